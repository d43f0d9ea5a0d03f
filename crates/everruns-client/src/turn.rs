//! A whole turn: from a message to the answer.

mod handlers;
mod outcome;
mod run;
mod seen;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use runagent_transport::BoxFuture;
use serde_json::Value;

use self::{handlers::Handlers, run::Turn};
pub use self::{
    handlers::{ApprovalRequest, QuestionRequest},
    outcome::{TurnOutcome, TurnStatus},
};
use crate::{
    Event, Result,
    service::Service,
    stream::Surface,
    types::{ApprovalDecision, CreateMessageRequest, MessageOptions, QuestionAnswer, ToolCall},
};

/// A turn, before it is run: a future of its [`TurnOutcome`].
///
/// It sends a message, answers what the agent asks for on the way, and waits until the turn is over, over as many connections
/// as that takes. What it asks for is given by handlers: [tools](Self::on_tool) that the caller runs,
/// [approvals](Self::on_approval) of tools, [questions](Self::on_question) to the user.
///
/// ```
/// use everruns_sdk::{Client, CreateMessageRequest, CreateSessionRequest, testing::FakeEverruns};
/// use everruns_sdk::types::ApprovalDecision;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("assistant", |_| "It is 21 degrees.");
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// # let agent_id = client.agents().list().await?.data[0].id.clone();
/// let session = client.sessions().create(CreateSessionRequest { agent_id, ..Default::default() }).await?;
/// let message = CreateMessageRequest { session_id: session.id, content: "How warm is it?".to_owned() };
/// let outcome = client
///     .turn(message)
///     .on_tool(async |call| match call.name.as_str() {
///         "temperature" => Ok(json!({ "celsius": 21 })),
///         other => Err(format!("there is no tool {other}")),
///     })
///     .on_approval(async |_| ApprovalDecision::Reject)
///     .await?;
/// assert_eq!(outcome.text, "It is 21 degrees.");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::Turn`](crate::Error::Turn) when the turn fails, or the agent asks for something that has no handler; else those
/// of a [`Call`](crate::Call) and of an [`EventStream`](crate::EventStream).
///
/// # Cancel safety
///
/// Dropping the future leaves the turn to itself: it goes on, and waits for what it asks for. To stop it, call
/// [`Sessions::cancel`](crate::Sessions::cancel).
#[must_use = "a turn does nothing until it is awaited"]
pub struct TurnCall {
    plan: Option<Turn>,
    running: Option<BoxFuture<'static, Result<TurnOutcome>>>,
}

impl TurnCall {
    pub(crate) fn managed(service: Service, message: CreateMessageRequest) -> Self {
        Self::of(service, Surface::Management, message)
    }

    pub(crate) fn of_agent(service: Service, message: CreateMessageRequest) -> Self {
        Self::of(service, Surface::Agent, message)
    }

    fn of(service: Service, api: Surface, message: CreateMessageRequest) -> Self {
        let plan = Turn {
            service,
            api,
            message,
            options: MessageOptions::default(),
            handlers: Handlers::default(),
            timeout: Duration::MAX,
        };
        Self { plan: Some(plan), running: None }
    }

    /// What the message has beside its text.
    pub fn options(self, options: MessageOptions) -> Self {
        self.with(|plan| plan.options = options)
    }

    /// Limits the whole turn; without a limit by default.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|plan| plan.timeout = timeout)
    }

    /// Runs the tools that the agent asks the caller to run. An error is told to the agent, which goes on.
    pub fn on_tool<F, Fut, E>(self, mut tool: F) -> Self
    where
        F: FnMut(ToolCall) -> Fut + Send + 'static,
        Fut: Future<Output = std::result::Result<Value, E>> + Send + 'static,
        E: fmt::Display,
    {
        self.with(|plan| {
            plan.handlers.tool = Some(Box::new(move |call| {
                let work = tool(call);
                Box::pin(async move { work.await.map_err(|error| error.to_string()) })
            }));
        })
    }

    /// Decides on tools that the agent may not run by itself.
    pub fn on_approval<F, Fut>(self, mut decide: F) -> Self
    where
        F: FnMut(ApprovalRequest) -> Fut + Send + 'static,
        Fut: Future<Output = ApprovalDecision> + Send + 'static,
    {
        self.with(|plan| plan.handlers.approval = Some(Box::new(move |request| Box::pin(decide(request)))))
    }

    /// Answers questions to the user. No answers decline them.
    pub fn on_question<F, Fut>(self, mut answer: F) -> Self
    where
        F: FnMut(QuestionRequest) -> Fut + Send + 'static,
        Fut: Future<Output = Vec<QuestionAnswer>> + Send + 'static,
    {
        self.with(|plan| plan.handlers.question = Some(Box::new(move |request| Box::pin(answer(request)))))
    }

    /// Sees every event on the way.
    pub fn on_event(self, see: impl FnMut(&Event) + Send + 'static) -> Self {
        self.with(|plan| plan.handlers.event = Some(Box::new(see)))
    }

    fn with(mut self, change: impl FnOnce(&mut Turn)) -> Self {
        if let Some(plan) = &mut self.plan {
            change(plan);
        }
        self
    }
}

impl Future for TurnCall {
    type Output = Result<TurnOutcome>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<TurnOutcome>> {
        if let Some(plan) = self.plan.take() {
            self.running = Some(Box::pin(plan.run()));
        }
        self.running.as_mut().map_or(Poll::Pending, |running| running.as_mut().poll(cx))
    }
}

impl fmt::Debug for TurnCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session_id = self.plan.as_ref().map(|plan| &plan.message.session_id);
        f.debug_struct("TurnCall").field("session_id", &session_id).finish_non_exhaustive()
    }
}
