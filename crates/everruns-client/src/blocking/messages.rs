//! What is said in a session.

use super::{Listing, wait};
use crate::{
    Result,
    types::{
        AnswerQuestionsRequest, AnswerQuestionsResponse, CreateMessageRequest, Message, MessageOptions,
        SubmitToolResultsResponse, ToolApproval, ToolApprovalsResponse, ToolResult,
    },
};

/// What is said in a session: see [`everruns_sdk::Messages`](crate::Messages).
#[derive(Clone, Debug)]
pub struct Messages(pub(super) crate::Messages);

impl Messages {
    /// The messages of a session. See [`list`](crate::Messages::list).
    pub fn list(&self, session_id: &str) -> Listing<Message> {
        self.0.list(session_id).stream().into()
    }

    /// Says something to the agent of a session, which starts a turn.
    ///
    /// # Errors
    ///
    /// See [`create`](crate::Messages::create).
    pub fn create(&self, message: CreateMessageRequest) -> Result<Message> {
        wait(self.0.create(message))
    }

    /// The same with all that a message may have beside its text.
    ///
    /// # Errors
    ///
    /// See [`create_with`](crate::Messages::create_with).
    pub fn create_with(&self, message: CreateMessageRequest, options: MessageOptions) -> Result<Message> {
        wait(self.0.create_with(message, options))
    }

    /// Gives the agent the results of tools that it has asked the caller to run.
    ///
    /// # Errors
    ///
    /// See [`tool_results`](crate::Messages::tool_results).
    pub fn tool_results(
        &self,
        session_id: &str,
        results: impl IntoIterator<Item = ToolResult>,
    ) -> Result<SubmitToolResultsResponse> {
        wait(self.0.tool_results(session_id, results))
    }

    /// Answers what the agent has asked the user.
    ///
    /// # Errors
    ///
    /// See [`answer_questions`](crate::Messages::answer_questions).
    pub fn answer_questions(
        &self,
        session_id: &str,
        answers: AnswerQuestionsRequest,
    ) -> Result<AnswerQuestionsResponse> {
        wait(self.0.answer_questions(session_id, answers))
    }

    /// Decides on tools that the agent may not run by itself.
    ///
    /// # Errors
    ///
    /// See [`approve_tools`](crate::Messages::approve_tools).
    pub fn approve_tools(
        &self,
        session_id: &str,
        decisions: impl IntoIterator<Item = ToolApproval>,
    ) -> Result<ToolApprovalsResponse> {
        wait(self.0.approve_tools(session_id, decisions))
    }
}
