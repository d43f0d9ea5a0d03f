//! A transport that answers from a list.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    future,
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;

use super::{
    is_credential,
    reply::{Kind, Reply},
};
use crate::{BoxFuture, Request, Response, Socket, Transport, TransportError};

/// How much of the answer to a handshake its error keeps: see [`TransportError::response`].
const MAX_REJECTION: usize = 64 * 1024;

/// A transport that gives a list of replies, one a request, in order, and records the requests. It needs no network
/// and no runtime; cloning it shares the list and the record.
///
/// The reply to a handshake ([`Transport::connect`]) is a [`Socket`] or an error; a response refuses it. A request
/// beyond the list is an [`Unsupported`](crate::TransportErrorKind::Unsupported) error, and recorded as well.
///
/// ```
/// use runagent_transport::{
///     Api, BaseUrl,
///     testing::{Reply, ScriptedTransport},
/// };
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::new([
///     Reply::json(200, r#"{"id":1}"#),
///     Reply::json(503, r#"{"error":"busy"}"#),
///     Reply::json(200, r#"{"id":2}"#),
/// ]);
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport.clone()).build();
///
/// assert_eq!(api.get(&["agents", "a b"]).send().await?.body(), r#"{"id":1}"#);
/// // Tried again after the 503.
/// assert_eq!(api.get(&["agents", "c"]).send().await?.body(), r#"{"id":2}"#);
///
/// let paths: Vec<_> = transport.requests().iter().map(|request| request.uri().path().to_owned()).collect();
/// assert_eq!(paths, ["/agents/a%20b", "/agents/c", "/agents/c"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScriptedTransport {
    state: Arc<Mutex<State>>,
}

struct State {
    replies: VecDeque<Reply>,
    requests: Vec<http::Request<Bytes>>,
}

impl ScriptedTransport {
    /// A transport with these replies: each a [`Reply`], or what one is made of.
    pub fn new(replies: impl IntoIterator<Item: Into<Reply>>) -> Self {
        let replies = replies.into_iter().map(Into::into).collect();
        Self { state: Arc::new(Mutex::new(State { replies, requests: Vec::new() })) }
    }

    /// What was asked so far, handshakes among it, in the order in which it was answered, with headers, extensions and
    /// whole bodies. `Debug` shows no credentials in the headers.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.lock().requests.clone()
    }

    /// Records a request and takes the reply to it.
    fn take(&self, mut request: http::Request<Bytes>) -> Result<Kind, TransportError> {
        for (name, value) in request.headers_mut() {
            value.set_sensitive(value.is_sensitive() || is_credential(name.as_str()));
        }
        let mut state = self.lock();
        state.requests.push(request);
        let reply = state.replies.pop_front();
        reply.map(|reply| reply.0).ok_or_else(|| TransportError::unsupported(&state.beyond_the_script()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is locked")
    }
}

impl State {
    /// What is wrong with the request recorded last. The queries stay out of it: they can hold secrets.
    fn beyond_the_script(&self) -> String {
        let mut message = format!("the script has no reply number {}, for", self.requests.len());
        for (number, request) in self.requests.iter().rev().enumerate() {
            let before = match number {
                0 => "",
                1 => "; before it, the last first, came",
                _ => ",",
            };
            // Writing to a string does not fail.
            let _ = write!(message, "{before} {} {}", request.method(), request.uri().path());
        }
        message
    }
}

impl Transport for ScriptedTransport {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect(usize::MAX).await?;
            let path = head.uri.path().to_owned();
            match self.take(http::Request::from_parts(head, body))? {
                Kind::Response(response) => Ok(response),
                Kind::Error(error) => Err(error),
                Kind::Socket(_) => {
                    let message = format!("the script has a socket for the request of {path}, which is no handshake");
                    Err(TransportError::unsupported(&message))
                }
                Kind::Silence => future::pending().await,
            }
        })
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        Box::pin(async move {
            match self.take(request.map(|()| Bytes::new()))? {
                Kind::Socket(socket) => Ok(socket),
                Kind::Error(error) => Err(error),
                Kind::Response(response) => {
                    let (head, body) = response.into_parts();
                    let mut body = body.collect(usize::MAX).await?;
                    body.truncate(MAX_REJECTION);
                    Err(TransportError::rejected(http::Response::from_parts(head, body)))
                }
                Kind::Silence => future::pending().await,
            }
        })
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("ScriptedTransport")
            .field("replies", &state.replies.len())
            .field("requests", &state.requests.len())
            .finish()
    }
}
