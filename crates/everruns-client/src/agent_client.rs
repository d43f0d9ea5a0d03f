//! The client of one agent.

use http::{HeaderName, HeaderValue, Method};

use uuid::Uuid;

use crate::{
    ClientBuilder, Error, Result,
    api::{EventList, Messages},
    call::{Call, json},
    list::{List, Paging},
    service::Service,
    stream::{Route, Subscribe, Surface, position},
    turn::TurnCall,
    types::{
        AgentCard, AnswerQuestionsRequest, AnswerQuestionsResponse, CancelResponse, CreateMessageRequest, Message,
        MessageOptions, RuntimeToken, Session, ToolApproval, ToolApprovalsResponse,
    },
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One agent, by its own URL and key: what a program is given that may call the agent and see nothing else.
///
/// Sessions are made and messages sent with an idempotency key, a new one for each call. The platform does a thing with a key
/// once, so there such a call is tried again when a connection breaks. It is known by the id of the channel at the end of the
/// URL; an application that serves its own agents has a name there, and does not look at keys: to it the call is not repeated
/// when nobody knows whether it got through.
///
/// ```
/// use everruns_sdk::{AgentClient, CreateMessageRequest, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("librarian", |_| "Three books.");
/// # let builder = AgentClient::builder().transport(fake);
/// let agent = builder.base_url("http://localhost:3000/v1/channels/librarian").api_key("evr_ak_1").build_agent();
///
/// let session = agent.create_session(Some("Bees")).await?;
/// let message = CreateMessageRequest { session_id: session.id, content: "What is there on bees?".to_owned() };
/// let outcome = agent.turn(message).await?;
/// assert_eq!(outcome.text, "Three books.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AgentClient {
    service: Service,
}

impl AgentClient {
    /// A client of the agent at this URL, such as `https://app.everruns.com/api/v1/channels/…`.
    #[must_use]
    pub fn new(agent_url: impl Into<String>, key: impl Into<String>) -> Self {
        Self::builder().base_url(agent_url).api_key(key).build_agent()
    }

    /// The client that the environment describes: `EVERRUNS_AGENT_URL` and `EVERRUNS_AGENT_KEY`.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when there is no URL, [`Error::Authentication`] when there is no key; the same when one can't be used.
    pub fn from_env() -> Result<Self> {
        let client = Self::builder().environment().build_agent();
        client.check()?;
        Ok(client)
    }

    /// Settings to change, for [`ClientBuilder::build_agent`].
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) const fn of(service: Service) -> Self {
        Self { service }
    }

    /// The same client in the name of a customer of the caller's: sessions and limits are theirs. The key must be allowed to.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the id is empty, which would be nobody's name, or has characters that no header takes.
    pub fn for_end_user(&self, id: &str) -> Result<Self> {
        if id.trim().is_empty() {
            return Err(Error::Config("the id of the end user is empty".to_owned()));
        }
        let id = HeaderValue::from_str(id)
            .map_err(|_| Error::Config("the id of the end user has characters that no header takes".to_owned()))?;
        Ok(Self { service: self.service.for_end_user(id) })
    }

    /// Whether the settings can be used. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Authentication`] about the key, [`Error::Config`] about anything else; they say what to change.
    pub fn check(&self) -> Result<()> {
        self.service.api().map(drop)
    }

    /// What the agent is and takes.
    pub fn card(&self) -> Call<AgentCard> {
        self.service.get(&[], "get_agent_card")
    }

    /// Makes a session.
    pub fn create_session(&self, title: Option<&str>) -> Call<Session> {
        let body = title.map_or_else(|| serde_json::json!({}), |title| serde_json::json!({ "title": title }));
        let service = self.service.clone();
        self.keyed(self.service.post(&["sessions"], "create_session", &body)).then(move |session: &Session| {
            service.positions().start(&session.id, 0);
        })
    }

    /// The sessions that the key may see.
    pub fn sessions(&self) -> List<Session> {
        List::new(&self.service, &["sessions"], "list_sessions", Paging::Token)
    }

    /// A session, with what it waits for.
    pub fn session(&self, session_id: &str) -> Call<Session> {
        self.service.get(&["sessions", session_id], "get_session")
    }

    /// Says something to the agent, which starts a turn. An event stream that is opened later starts before it.
    pub fn send_message(&self, message: CreateMessageRequest, options: MessageOptions) -> Call<Message> {
        let route = self.route(&message.session_id);
        let segments = ["sessions", message.session_id.as_str(), "messages"];
        let body = message.body(&options);
        let call = self.service.call_with(Method::POST, &segments, "send_message", &body, json);
        self.keyed(call).first(async move { drop(position(&route).await) })
    }

    /// A whole turn: sends the message, answers what the agent asks for on the way, and waits for its end.
    pub fn turn(&self, message: CreateMessageRequest) -> TurnCall {
        TurnCall::of_agent(self.service.clone(), message)
    }

    /// Stops the turn that is running.
    pub fn cancel(&self, session_id: &str) -> Call<CancelResponse> {
        crate::api::Sessions::of(self.service.clone()).cancel(session_id)
    }

    /// The events as they happen. What is shown is decided by the agent's channel.
    pub fn stream(&self, session_id: &str) -> Subscribe {
        Subscribe::new(self.route(session_id))
    }

    /// The events that the server has kept, oldest first.
    pub fn events(&self, session_id: &str) -> EventList {
        EventList::new(self.route(session_id))
    }

    /// Answers what the agent has asked the user.
    pub fn answer_questions(&self, session_id: &str, answers: AnswerQuestionsRequest) -> Call<AnswerQuestionsResponse> {
        Messages::of(self.service.clone()).answer_questions(session_id, answers)
    }

    /// Decides on tools that the agent may not run by itself. Those that are left out are not approved.
    pub fn approve_tools(
        &self,
        session_id: &str,
        decisions: impl IntoIterator<Item = ToolApproval>,
    ) -> Call<ToolApprovalsResponse> {
        Messages::of(self.service.clone()).approve_tools(session_id, decisions)
    }

    /// A token with which a customer's own program may call the agent; for a client
    /// [in the name of](Self::for_end_user) that customer.
    pub fn runtime_token(&self) -> Call<RuntimeToken> {
        self.service.post(&["runtime-auth"], "create_runtime_token", &serde_json::json!({}))
    }

    fn route(&self, session_id: &str) -> Route {
        Route { service: self.service.clone(), session_id: session_id.to_owned(), api: Surface::Agent }
    }

    /// The call with a key of its own, by which a server that looks at it knows that it is the same when it is tried again.
    fn keyed<T>(&self, call: Call<T>) -> Call<T> {
        let key = Uuid::new_v4().to_string();
        let honoured = self.service.api().is_ok_and(|api| is_channel_of_platform(&api.base_url().to_string()));
        match HeaderValue::try_from(&key) {
            Ok(key) if !honoured => call.header(IDEMPOTENCY_KEY, key),
            _ => call.idempotency_key(&key),
        }
    }
}

/// Whether the URL ends with an id, such as `appchan_` and 32 hexadecimal digits, or a UUID, as older servers write it.
fn is_channel_of_platform(url: &str) -> bool {
    let id = url.rsplit('/').next().unwrap_or_default();
    Uuid::try_parse(id.rsplit('_').next().unwrap_or_default()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_known_by_the_id_of_a_channel() {
        let id = "0198c0ffee0198c0ffee0198c0ffee01";
        for (end, expected) in [
            (format!("api/v1/channels/appchan_{id}"), true),
            (format!("v1/channels/apichan_{id}"), true),
            ("api/v1/channels/0198c0ff-ee01-98c0-ffee-0198c0ffee01".to_owned(), true),
            ("v1/channels/librarian".to_owned(), false),
            ("v1/channels/my_librarian".to_owned(), false),
            (format!("v1/channels/appchan_{}", &id[1..]), false),
            (format!("appchan_{id}/agent"), false),
            (String::new(), false),
        ] {
            assert_eq!(is_channel_of_platform(&format!("https://example.com/{end}")), expected, "{end}");
        }
    }
}
