//! A transport without a network, which keeps what was asked of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};

use http::header::AUTHORIZATION;
use runagent::{
    ClientOptions,
    transport::{
        BoxFuture, Message, OperationContext, Progress, Request, Response, Socket, SocketIo, Transport, TransportError,
        TransportErrorKind,
    },
};
use tokio::sync::mpsc;

/// Gives one answer, or one socket, a request, in the order in which they were added. A request too many fails the test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<http::Response<String>>,
    sockets: VecDeque<Result<Socket, TransportError>>,
    asked: Vec<Asked>,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) uri: http::Uri,
    pub(crate) method: http::Method,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
    pub(crate) operation: String,
}

impl Memory {
    /// Adds an answer.
    pub(crate) fn answer(self, status: u16, body: impl Into<String>) -> Self {
        self.answer_with(status, &[], body)
    }

    /// Adds an answer with headers.
    pub(crate) fn answer_with(self, status: u16, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        self.state().answers.push_back(response.body(body.into()).expect("a response"));
        self
    }

    /// Adds a socket.
    pub(crate) fn socket(self, socket: Socket) -> Self {
        self.state().sockets.push_back(Ok(socket));
        self
    }

    /// Adds an answer to a handshake that is no upgrade.
    pub(crate) fn rejection(self, status: u16) -> Self {
        let response = http::Response::builder().status(status).body(bytes::Bytes::new()).expect("a response");
        let error = TransportError::new(TransportErrorKind::Rejected, Progress::ResponseStarted, "no upgrade");
        self.state().sockets.push_back(Err(error.with_response(response)));
        self
    }

    /// Options of a client that uses it, and reads no environment.
    pub(crate) fn options(&self) -> ClientOptions {
        super::agent::options().with_transport(self.clone())
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panicked in here")
    }

    fn note<B>(&self, request: &http::Request<B>, body: &[u8]) {
        let authorization = request.headers().get(AUTHORIZATION);
        let context = request.extensions().get::<OperationContext>().expect("every call has one");
        self.state().asked.push(Asked {
            uri: request.uri().clone(),
            method: request.method().clone(),
            authorization: authorization.map(|value| value.to_str().expect("ASCII").to_owned()),
            body: String::from_utf8(body.to_vec()).expect("UTF-8"),
            operation: context.name().to_owned(),
        });
    }
}

impl Transport for Memory {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        self.note(&request, request.body().as_bytes().expect("a body at hand"));
        let answer = self.state().answers.pop_front();
        let answer = answer.unwrap_or_else(|| panic!("a request that nobody expected: {}", request.uri().path()));
        Box::pin(async move { Ok(answer.map(Into::into)) })
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        self.note(&request, &[]);
        let socket = self.state().sockets.pop_front();
        let socket = socket.unwrap_or_else(|| panic!("a socket that nobody expected: {}", request.uri().path()));
        Box::pin(async move { socket })
    }
}

/// The server's end of a socket in memory; the socket breaks when it is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    frames: mpsc::UnboundedSender<Message>,
    sent: mpsc::UnboundedReceiver<Message>,
}

impl Peer {
    /// A socket, and its other end.
    pub(crate) fn new() -> (Socket, Self) {
        let (frames, incoming) = mpsc::unbounded_channel();
        let (outgoing, sent) = mpsc::unbounded_channel();
        (Socket::new(Pipe { incoming, outgoing }), Self { frames, sent })
    }

    /// Says something.
    pub(crate) fn say(&self, text: impl Into<String>) {
        self.frames.send(Message::text(text.into())).expect("the socket is there");
    }

    /// What the client sent next; `None` when it has dropped the socket.
    pub(crate) async fn hear(&mut self) -> Option<Message> {
        self.sent.recv().await
    }
}

#[derive(Debug)]
struct Pipe {
    incoming: mpsc::UnboundedReceiver<Message>,
    outgoing: mpsc::UnboundedSender<Message>,
}

impl SocketIo for Pipe {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        let lost = || TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, "the peer is gone");
        self.incoming.poll_recv(cx).map(|message| Some(message.ok_or_else(lost)))
    }

    fn poll_send(&mut self, message: &mut Option<Message>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if let Some(message) = message.take() {
            drop(self.outgoing.send(message));
        }
        Poll::Ready(Ok(()))
    }
}
