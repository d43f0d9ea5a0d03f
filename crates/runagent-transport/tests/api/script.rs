//! A transport that answers by a script, and notes what it was asked.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
};

use http::StatusCode;
use runagent_transport::{
    Api, ApiBuilder, BaseUrl, BoxFuture, Progress, Request, Response, Socket, Transport, TransportError,
    TransportErrorKind,
};
use tokio::time::Instant;

/// What to do with a request.
pub(crate) enum Step {
    Answer(u16, &'static [(&'static str, &'static str)]),
    Lost,
    Never,
    Open,
}

pub(crate) const OK: Step = Step::Answer(200, &[]);

/// A request, and when it came.
type Seen = (Instant, http::Request<()>);

/// Clones share the script and the notes. A script that is at its end says 200.
#[derive(Clone, Default)]
pub(crate) struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), seen: Arc::default() }
    }

    /// An API over it.
    pub(crate) fn api(&self, configure: impl FnOnce(ApiBuilder) -> ApiBuilder) -> Api {
        let base = BaseUrl::parse("https://api.example.com").expect("a URL");
        configure(Api::builder(base, self.clone())).build()
    }

    /// The value of a header in each request.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let text = |(_, request): &Seen| {
            request.headers().get(name).map_or("", |value| value.to_str().expect("text")).to_owned()
        };
        self.seen.lock().expect("no panic").iter().map(text).collect()
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().expect("no panic").len()
    }

    /// Something of each request.
    pub(crate) fn seen<T>(&self, what: impl Fn(Instant, &http::Request<()>) -> T) -> Vec<T> {
        self.seen.lock().expect("no panic").iter().map(|(time, request)| what(*time, request)).collect()
    }

    fn next(&self, request: http::Request<()>) -> Step {
        self.seen.lock().expect("no panic").push((Instant::now(), request));
        self.steps.lock().expect("no panic").pop_front().unwrap_or(OK)
    }
}

async fn play(step: Step) -> Result<Response, TransportError> {
    // Requests that were made at once are all there before the first is answered.
    tokio::task::yield_now().await;
    match step {
        Step::Answer(status, headers) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let mut response = http::Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            Ok(response.body("".into()).expect("a response"))
        }
        Step::Lost => Err(TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "lost")),
        Step::Never => std::future::pending().await,
        Step::Open => panic!("an answer to a handshake only"),
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(play(self.next(request.map(drop))))
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        let step = self.next(request);
        Box::pin(async {
            if let Step::Open = step {
                return Ok(Socket::scripted([]));
            }
            let response = play(step).await?;
            let message = "no upgrade";
            let error = TransportError::new(TransportErrorKind::Rejected, Progress::ResponseStarted, message);
            Err(error.with_response(response.map(|_| Default::default())))
        })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}
