use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt;
use http::StatusCode;
use http::header::UPGRADE;
use hyper_util::rt::TokioIo;
use runagent_transport::socket::{SocketConfig, handshake};
use runagent_transport::{CloseFrame, Message, Socket, TransportError};
use runagent_types::StreamFrame;
use tokio::select;
use tokio::time::timeout;
use tracing::Instrument;

use crate::agent::{Call, Open};
use crate::invocation::{Invocation, Outcome};
use crate::places::Place;
use crate::recording::{Sort, Summary};
use crate::refusal::Refusal;
use crate::request::read_stream;
use crate::router::App;
use crate::{Agent, Input};

/// How long a client may take to say what it wants.
const FIRST_MESSAGE_TIME: Duration = Duration::from_secs(30);
/// How long a client may take to answer a Close frame.
const CLOSE_TIME: Duration = Duration::from_millis(300);
/// How long a client may take nothing of what is sent to it.
const STALL_TIME: Duration = Duration::from_secs(600);
/// What waits for a client that reads slowly, in bytes; then the agent's stream is not polled.
const QUEUE: usize = 64 * 1024;

/// The client is gone, and with it whoever could be told.
struct Gone;

impl From<TransportError> for Gone {
    fn from(_: TransportError) -> Self {
        Self
    }
}

/// `GET /api/v1/agents/{id}/run-stream`, a WebSocket.
pub(crate) async fn run_stream(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    mut request: Request,
) -> Result<Response, Refusal> {
    if !request.headers().contains_key(UPGRADE) {
        return Err(Refusal::not_found());
    }
    let answer = handshake::answer(request.method(), request.headers());
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let place = app.places.take().await?;
        let upgrade = hyper::upgrade::on(&mut request);
        let mut shutdown = app.shutdown.participant();
        tokio::spawn(async move {
            let Ok(io) = upgrade.await else { return };
            let config = SocketConfig::new().with_max_message_bytes(app.limits.request_bytes).with_queue_bytes(QUEUE);
            let mut socket = Socket::server(TokioIo::new(io), config);
            let end = select! {
                end = converse(&app, &agent, &mut socket, place) => end,
                () = shutdown.begun() => Ok(CloseFrame::new(1012, "the server shuts down")),
            };
            if let Ok(frame) = end {
                // A client that does not answer is left to itself.
                let _ = timeout(CLOSE_TIME, socket.close(frame)).await;
            }
        });
    }
    Ok(answer.map(|()| Body::empty()))
}

/// Takes one request and answers it. Returns how to close the socket.
async fn converse(app: &Arc<App>, agent: &Agent, socket: &mut Socket, _place: Place) -> Result<CloseFrame, Gone> {
    let chosen = match timeout(FIRST_MESSAGE_TIME, socket.recv()).await {
        Ok(message) => match message.transpose()? {
            None | Some(Message::Close(_)) => return Err(Gone),
            Some(Message::Text(text)) => choose(app, agent, &text),
            Some(_) => Err(StreamFrame::refusal("The request must be a text message")),
        },
        Err(_) => Err(StreamFrame::refusal("No request arrived in time")),
    };
    match chosen {
        Ok((open, invocation, input)) => {
            stream(open, invocation, input, socket).await?;
            // The Python server leaves the socket open, and its clients hang up. To close it does them no harm.
            Ok(CloseFrame::NORMAL)
        }
        Err(refusal) => {
            socket.send(Message::text(refusal)).await?;
            Ok(CloseFrame::new(1003, ""))
        }
    }
}

/// What the first message asks for, or the frame that refuses it.
fn choose<'a>(app: &Arc<App>, agent: &'a Agent, message: &str) -> Result<(&'a Open, Invocation, Input), String> {
    let request = read_stream(message).map_err(|error| StreamFrame::refusal(&error.sentence()))?;
    let tag = &request.entrypoint_tag;
    match agent.find(tag) {
        Some(Call::Stream(open)) => {
            let body = Bytes::copy_from_slice(message.as_bytes());
            let (invocation, input) = Invocation::begin(app, agent, Sort::Stream, request, body);
            Ok((open, invocation, input))
        }
        Some(Call::Run(_)) => Err(StreamFrame::refusal(&format!(
            "Entrypoint `{tag}` is not a streaming entrypoint. Use a streaming entrypoint (ending with '_stream')."
        ))),
        None => Err(StreamFrame::refusal(&format!("Entrypoint {tag} not found"))),
    }
}

/// Sends the agent's chunks up to the terminal frame. The agent's stream is dropped as soon as the client is gone.
async fn stream(open: &Open, invocation: Invocation, input: Input, socket: &mut Socket) -> Result<(), Gone> {
    let context = invocation.context().clone();
    let id = || Some(context.invocation_id().to_owned());
    send(socket, StreamFrame::Started { invocation_id: id() }.to_json()).await?;
    let mut chunks = open(input);
    let mut summary = Summary::default();
    let last = loop {
        let chunk = select! {
            chunk = chunks.next().instrument(context.span().clone()) => chunk,
            message = socket.recv() => match message.transpose()? {
                None | Some(Message::Close(_)) => return Err(Gone),
                // The protocol has no second message; one that comes means nothing.
                Some(_) => continue,
            },
        };
        match chunk {
            Some(Ok(json)) => {
                summary.add(&json);
                send(socket, StreamFrame::data_json(&json)).await?;
            }
            Some(Err(error)) => {
                invocation.end(Outcome::Failed(&error));
                break StreamFrame::Error(error.into_stream_failure());
            }
            None => {
                let execution_time = Some(invocation.elapsed().as_secs_f64());
                invocation.end(Outcome::Streamed(&summary));
                let total_chunks = Some(summary.total());
                break StreamFrame::Completed { total_chunks, execution_time, invocation_id: id() };
            }
        }
    };
    send(socket, last.to_json()).await
}

/// Waits while the client is behind, but not for ever: it may be dead, and it holds a place.
async fn send(socket: &mut Socket, frame: String) -> Result<(), Gone> {
    match timeout(STALL_TIME, socket.send(Message::text(frame))).await {
        Ok(sent) => Ok(sent?),
        Err(_) => Err(Gone),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::task::{Context, Poll};

    use runagent_transport::SocketIo;

    use super::*;
    use crate::limits::Limits;
    use crate::places::Places;

    /// A client that takes everything and says nothing.
    #[derive(Debug, Default)]
    struct Silent(Arc<Mutex<Vec<Message>>>);

    impl SocketIo for Silent {
        fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
            Poll::Pending
        }

        fn poll_send(
            &mut self,
            message: &mut Option<Message>,
            _: &mut Context<'_>,
        ) -> Poll<Result<(), TransportError>> {
            self.0.lock().unwrap().extend(message.take());
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_asks_for_nothing_is_told_so_after_30_seconds() {
        let places = Places::new(&Limits { calls: 1, ..Limits::default() });
        let place = places.take().await.unwrap();
        let client = Silent::default();
        let sent = Arc::clone(&client.0);

        let started = tokio::time::Instant::now();
        let end = converse(&crate::invocation::tests::app(), &Agent::new("a"), &mut Socket::new(client), place).await;
        assert_eq!(started.elapsed().as_secs(), 30);
        assert_eq!(end.ok().map(|frame| frame.code), Some(1003));
        let expected = r#"{"type":"error","detail":"No request arrived in time"}"#;
        assert_eq!(*sent.lock().unwrap(), [Message::text(expected)]);
        places.take().await.unwrap();
    }
}
