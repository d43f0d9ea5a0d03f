//! The agent's side of a stream.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::HeaderMap;
use runagent_transport::{Message, Progress, SocketIo, TransportError};
use runagent_types::{RunRequest, StreamFrame};
use tokio::time::Sleep;

use super::{
    RecordedCall,
    answer::{Step, broken},
    fake_agent::{unexpected, unknown},
    ledger::{Ledger, Verdict},
};

/// Waits for the request, then does what is expected.
pub(super) struct Conversation {
    ledger: Arc<Ledger>,
    /// Those of the handshake.
    headers: HeaderMap,
    moves: VecDeque<Move>,
    pause: Option<Pin<Box<Sleep>>>,
}

/// What the client sees next.
enum Move {
    Text(String),
    Step(Step),
    Error(TransportError),
}

impl Conversation {
    pub(super) const fn new(ledger: Arc<Ledger>, headers: HeaderMap) -> Self {
        Self { ledger, headers, moves: VecDeque::new(), pause: None }
    }

    fn begin(&mut self, request: &str) {
        let Ok(request) = RunRequest::from_slice(request.as_bytes()) else {
            self.moves.push_back(Move::Text(StreamFrame::refusal("not a run request")));
            return;
        };
        let call = RecordedCall::new(request, self.headers.clone(), true);
        match self.ledger.stream(&call) {
            Verdict::Answer(answer) => self.moves.extend(answer.steps(&call).into_iter().map(Move::Step)),
            Verdict::Unexpected => self.moves.push_back(Move::Error(unexpected(&call))),
            Verdict::Unknown => self.moves.push_back(Move::Text(StreamFrame::refusal(&unknown(&call.tag).message))),
        }
    }
}

impl SocketIo for Conversation {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            return Poll::Ready(match self.moves.pop_front() {
                None => None,
                Some(Move::Text(text)) => Some(Ok(Message::text(text))),
                Some(Move::Error(error)) => Some(Err(error)),
                Some(Move::Step(Step::Frame(frame))) => Some(Ok(Message::text(frame.to_json()))),
                Some(Move::Step(Step::BreaksOff)) => Some(Err(broken(Progress::ResponseStarted))),
                Some(Move::Step(Step::Wait(time))) => {
                    self.pause = Some(Box::pin(tokio::time::sleep(time)));
                    continue;
                }
                Some(Move::Step(Step::Silence)) => {
                    self.moves.push_front(Move::Step(Step::Silence));
                    return Poll::Pending;
                }
            });
        }
    }

    fn poll_send(&mut self, message: &mut Option<Message>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match message.take() {
            Some(Message::Text(request)) => self.begin(&request),
            // Whoever says goodbye is not kept waiting.
            Some(Message::Close(_)) => {
                self.moves.clear();
                self.pause = None;
            }
            _ => {}
        }
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("agent_id", &self.ledger.agent_id).finish_non_exhaustive()
    }
}
