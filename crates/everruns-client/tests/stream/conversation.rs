//! A client, a session, and what its events say.

use std::time::Duration;

use everruns_sdk::{
    Client, CreateMessageRequest, CreateSessionRequest, Error, Event, EventStream, Subscribe,
    testing::{FakeEverruns, RecordedRequest, Turn, TurnInput},
};

/// A session with an agent that follows a script.
pub(crate) struct Conversation {
    pub(crate) fake: FakeEverruns,
    pub(crate) client: Client,
    pub(crate) session_id: String,
}

/// Everything that a stream has said.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) kinds: Vec<String>,
    pub(crate) sequences: Vec<i64>,
    /// The deltas of all messages.
    pub(crate) text: String,
    pub(crate) added: usize,
    pub(crate) error: Option<Error>,
}

impl Conversation {
    pub(crate) async fn with<T: Into<Turn>>(
        fake: FakeEverruns,
        script: impl Fn(&TurnInput) -> T + Send + Sync + 'static,
    ) -> Self {
        let fake = fake.with_agent("assistant", script);
        let client = Client::builder().api_key("key").transport(fake.clone()).build();
        let request = CreateSessionRequest { agent_name: Some("assistant".to_owned()), ..Default::default() };
        let session = client.sessions().create(request).await.expect("a session");
        Self { fake, client, session_id: session.id }
    }

    pub(crate) fn message(&self, text: &str) -> CreateMessageRequest {
        CreateMessageRequest { session_id: self.session_id.clone(), content: text.to_owned() }
    }

    /// A stream that has caught up with what there is: whatever comes, comes by its connection.
    pub(crate) async fn caught_up(&self, subscribe: Subscribe) -> EventStream {
        let mut events = subscribe.await.expect("open");
        let early = tokio::time::timeout(Duration::from_millis(1), events.next()).await;
        assert!(early.is_err(), "{early:?}");
        events
    }

    pub(crate) async fn send(&self, text: &str) {
        self.client.messages().create(self.message(text)).await.expect("sent");
    }

    /// Another client, which knows nothing of the session.
    pub(crate) fn stranger(&self) -> Client {
        Client::builder().api_key("key").transport(self.fake.clone()).build()
    }

    /// The queries of the connections that were made.
    pub(crate) fn connections(&self) -> Vec<String> {
        let requests = self.fake.requests();
        let streams = requests.iter().filter(|request| request.path.ends_with("/sse"));
        let joined = |request: &RecordedRequest| {
            let pairs = request.query.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("&")
        };
        streams.map(joined).collect()
    }

    /// The sequences of all events that the server has kept, without those that streams leave out.
    pub(crate) fn kept(&self) -> Vec<i64> {
        let events = self.fake.events(&self.session_id);
        let kept = events.iter().filter(|event| event["type"] != "llm.generation");
        kept.filter_map(|event| event["sequence"].as_i64()).collect()
    }
}

/// Listens until a turn is over and the session is idle, or the stream ends.
pub(crate) async fn listen(events: &mut EventStream) -> Heard {
    let mut heard = Heard::default();
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                heard.error = Some(error);
                continue;
            }
        };
        heard.kinds.push(event.kind().to_owned());
        heard.sequences.extend(event.sequence());
        heard.added += usize::from(event.meta().is_added());
        if let Event::OutputMessageDelta { delta, .. } = &event {
            heard.text.push_str(delta);
        }
        if matches!(event, Event::SessionIdled { .. }) {
            break;
        }
    }
    heard
}
