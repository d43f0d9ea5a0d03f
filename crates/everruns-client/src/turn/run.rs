//! A turn on its way.

use std::{
    collections::VecDeque,
    pin::{Pin, pin},
    task::{Poll, ready},
    time::Duration,
};

use futures_core::Stream as _;
use runagent_transport::{Progress, TransportError, TransportErrorKind};
use tokio::runtime::Handle;

use super::{
    TurnOutcome,
    handlers::{Handlers, Wish},
    seen::Seen,
};
use crate::{
    AgentClient, Call, Error, Event, EventStream, Result,
    api::{Messages, Sessions},
    error::TurnError,
    service::Service,
    stream::{Route, Subscribe, Surface},
    types::{
        AnswerQuestionsRequest, AnswerStatus, CreateMessageRequest, Message, MessageOptions, Session, SessionStatus,
        ToolApproval, ToolCall, ToolResult,
    },
};

/// How many events are taken in while a handler is at work. More have to wait for it.
const MAX_EARLY: usize = 1024;

pub(super) struct Turn {
    pub(super) service: Service,
    pub(super) api: Surface,
    pub(super) message: CreateMessageRequest,
    pub(super) options: MessageOptions,
    pub(super) handlers: Handlers,
    pub(super) timeout: Duration,
}

impl Turn {
    pub(super) async fn run(mut self) -> Result<TurnOutcome> {
        if Handle::try_current().is_err() {
            let message = "no Tokio runtime here: a turn needs its timer";
            return Err(TransportError::new(TransportErrorKind::Unsupported, Progress::NotSent, message).into());
        }
        let timeout = self.timeout;
        tokio::time::timeout(timeout, self.play()).await.unwrap_or_else(|_| {
            let message = format!("the turn was not over after {timeout:?}");
            Err(TransportError::new(TransportErrorKind::Timeout, Progress::ResponseStarted, message).into())
        })
    }

    async fn play(&mut self) -> Result<TurnOutcome> {
        let route = Route { service: self.service.clone(), session_id: self.message.session_id.clone(), api: self.api };
        // First, so that nothing of the turn is missed.
        let mut events = Subscribe::new(route).await?;
        let mut seen = Seen::of(self.send().await?);
        let mut early = VecDeque::new();
        loop {
            let event = match early.pop_front() {
                Some(event) => Some(event),
                None => match tokio::time::timeout(seen.patience(), events.next()).await {
                    Ok(event) => event,
                    // While it connects again, it can't say anything.
                    Err(_) if !events.is_open() => continue,
                    Err(_) => match self.session().await.map(|session| session.status) {
                        Ok(SessionStatus::Idle | SessionStatus::Failed) => match seen.end() {
                            Some(outcome) => return outcome,
                            None => continue,
                        },
                        // It goes on, or the stream will say why it can't.
                        _ => continue,
                    },
                },
            };
            let Some(event) = event else {
                return Err(Error::Stream("the events of the session ended before the turn".to_owned()));
            };
            let event = event?;
            if let Some(see) = &mut self.handlers.event {
                see(&event);
            }
            let calls = match &event {
                Event::ToolCallRequested { tool_calls, .. } => tool_calls.clone(),
                _ => Vec::new(),
            };
            if let Some(outcome) = seen.follow(event) {
                return outcome;
            }
            if seen.begun() && !calls.is_empty() {
                self.answer_in_time(calls, &mut events, &mut early).await?;
            }
        }
    }

    /// Answers, unless the turn ends meanwhile: somebody cancels it, or it waits no longer.
    async fn answer_in_time(
        &mut self,
        calls: Vec<ToolCall>,
        events: &mut EventStream,
        early: &mut VecDeque<Result<Event>>,
    ) -> Result<()> {
        let answered = {
            let mut answer = pin!(self.answer(calls));
            let mut over = false;
            std::future::poll_fn(|cx| {
                loop {
                    if let Poll::Ready(answered) = answer.as_mut().poll(cx) {
                        return Poll::Ready(answered);
                    }
                    if over || early.len() >= MAX_EARLY {
                        return Poll::Pending;
                    }
                    let Some(event) = ready!(Pin::new(&mut *events).poll_next(cx)) else {
                        over = true;
                        continue;
                    };
                    let ends = event.as_ref().is_ok_and(Event::ends_turn);
                    early.push_back(event);
                    if ends {
                        return Poll::Ready(Ok(()));
                    }
                }
            })
            .await
        };
        let Err(error @ (Error::Conflict(_) | Error::NotFound(_))) = answered else { return answered };
        // Perhaps somebody else was faster, or it took too long. What the turn does without it, the events will say.
        match self.session().await.map(|session| session.status) {
            Ok(SessionStatus::Active | SessionStatus::Running | SessionStatus::Idle | SessionStatus::Failed) => Ok(()),
            _ => Err(error),
        }
    }

    /// What the session does.
    fn session(&self) -> Call<Session> {
        Sessions::of(self.service.clone()).get(&self.message.session_id)
    }

    fn send(&self) -> Call<Message> {
        let (message, options) = (self.message.clone(), self.options.clone());
        match self.api {
            Surface::Management => self.messages().create_with(message, options),
            Surface::Agent => AgentClient::of(self.service.clone()).send_message(message, options),
        }
    }

    /// Gives the agent what it asks for.
    async fn answer(&mut self, calls: Vec<ToolCall>) -> Result<()> {
        let mut results = Vec::new();
        let mut decisions = Vec::new();
        for call in calls {
            match Wish::from(call.clone()) {
                Wish::Tool(tool) => {
                    let Some(run) = &mut self.handlers.tool else { return Err(waiting(call)) };
                    let id = tool.id.clone();
                    results.push(match run(tool).await {
                        Ok(result) => ToolResult::ok(id, result),
                        Err(error) => ToolResult::error(id, error),
                    });
                }
                Wish::Approval(request) => {
                    let Some(decide) = &mut self.handlers.approval else { return Err(waiting(call)) };
                    decisions.push(ToolApproval::new(request.id.clone(), decide(request).await));
                }
                Wish::Question(request) => {
                    let Some(ask) = &mut self.handlers.question else { return Err(waiting(call)) };
                    let id = request.id.clone();
                    let answers = ask(request).await;
                    let status = if answers.is_empty() { AnswerStatus::Declined } else { AnswerStatus::Answered };
                    let request = AnswerQuestionsRequest { tool_call_id: Some(id), status: Some(status), answers };
                    self.messages().answer_questions(&self.message.session_id, request).await?;
                }
            }
        }
        if !results.is_empty() {
            self.messages().tool_results(&self.message.session_id, results).await?;
        }
        if !decisions.is_empty() {
            self.messages().approve_tools(&self.message.session_id, decisions).await?;
        }
        Ok(())
    }

    /// The paths are the same below the URL of an agent.
    fn messages(&self) -> Messages {
        Messages::of(self.service.clone())
    }
}

fn waiting(call: ToolCall) -> Error {
    Error::Turn(TurnError::Waiting { calls: vec![call] })
}
