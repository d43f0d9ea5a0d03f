//! What is said in a session, and the answers to what an agent asks for.

use crate::{
    call::{Call, Conflicts},
    list::{List, Paging},
    stream::{Route, Surface, position},
    types::{
        AnswerQuestionsRequest, AnswerQuestionsResponse, CreateMessageRequest, Message, MessageOptions,
        SubmitToolResultsRequest, SubmitToolResultsResponse, ToolApproval, ToolApprovalsRequest, ToolApprovalsResponse,
        ToolResult,
    },
};

resource! {
    /// What is said in a session: [`Client::messages`](crate::Client::messages).
    pub struct Messages;
}

impl Messages {
    /// The messages of a session: `GET /v1/sessions/{id}/messages`.
    pub fn list(&self, session_id: &str) -> List<Message> {
        List::new(&self.service, &["sessions", session_id, "messages"], "list_messages", Paging::Whole)
    }

    /// Says something to the agent of a session, which starts a turn: `POST /v1/sessions/{id}/messages`. An event stream that
    /// is opened later starts before it.
    ///
    /// It is not tried again when nobody knows whether it got through.
    pub fn create(&self, message: CreateMessageRequest) -> Call<Message> {
        self.create_with(message, MessageOptions::default())
    }

    /// The same with all that a message may have beside its text: files, the model, how it is to think.
    ///
    /// ```
    /// use everruns_sdk::{Client, CreateMessageRequest, MessageOptions, testing::FakeEverruns};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// # let session = client.sessions().create(Default::default()).await?;
    /// let message = CreateMessageRequest { session_id: session.id, content: "What do you see?".to_owned() };
    /// let options = MessageOptions { tags: vec!["picture".to_owned()], ..Default::default() };
    /// client.messages().create_with(message, options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_with(&self, message: CreateMessageRequest, options: MessageOptions) -> Call<Message> {
        let route =
            Route { service: self.service.clone(), session_id: message.session_id.clone(), api: Surface::Management };
        let segments = ["sessions", message.session_id.as_str(), "messages"];
        let call = self.service.post(&segments, "create_message", &message.body(&options));
        // Where it is not known, a stream starts after it: that is no reason not to send it.
        call.first(async move { drop(position(&route).await) })
    }

    /// Gives the agent the results of tools that it has asked the caller to run: `POST /v1/sessions/{id}/tool-results`.
    ///
    /// The event that asks may come before the session waits; that is waited for, a few seconds at most.
    pub fn tool_results(
        &self,
        session_id: &str,
        results: impl IntoIterator<Item = ToolResult>,
    ) -> Call<SubmitToolResultsResponse> {
        let body = SubmitToolResultsRequest { tool_results: results.into_iter().collect() };
        let segments = ["sessions", session_id, "tool-results"];
        self.service.post(&segments, "submit_tool_results", &body).conflicts(Conflicts::NotWaiting)
    }

    /// Answers what the agent has asked the user: `POST /v1/sessions/{id}/question-answers`.
    pub fn answer_questions(&self, session_id: &str, answers: AnswerQuestionsRequest) -> Call<AnswerQuestionsResponse> {
        self.service.post(&["sessions", session_id, "question-answers"], "answer_questions", &answers)
    }

    /// Decides on tools that the agent may not run by itself: `POST /v1/sessions/{id}/tool-approvals`. Those that are left out
    /// are not approved. At most 100.
    pub fn approve_tools(
        &self,
        session_id: &str,
        decisions: impl IntoIterator<Item = ToolApproval>,
    ) -> Call<ToolApprovalsResponse> {
        let body = ToolApprovalsRequest { decisions: decisions.into_iter().collect() };
        self.service.post(&["sessions", session_id, "tool-approvals"], "submit_tool_approvals", &body)
    }
}
