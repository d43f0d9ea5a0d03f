//! What goes wrong in the place of an answer.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use runagent_transport::{Body, Progress, Response, TransportError, TransportErrorKind, testing::cut_off};
use serde_json::json;

use super::{problem::with_type, recorded_request::RecordedRequest};

/// What goes wrong in the place of an answer: see [`FakeEverruns::inject`](super::FakeEverruns::inject).
///
/// ```
/// use everruns_sdk::testing::{Fault, FakeEverruns};
///
/// let fake = FakeEverruns::new();
/// fake.inject("POST /sessions/*/messages", 2, Fault::rate_limited(3));
/// fake.inject("GET /agents", 1, Fault::html(502).with_header("retry-after", "1"));
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    kind: Kind,
    headers: HeaderMap,
}

#[derive(Clone, Debug)]
enum Kind {
    Answer { status: StatusCode, content_type: &'static str, body: String },
    NotSent,
    Lost,
    CutOff,
    Silence,
}

/// What a fault comes to.
pub(super) enum Failing {
    /// This is the outcome.
    With(Result<Response, TransportError>),
    /// Nothing comes.
    Silent,
    /// The request is carried out, and its answer lost.
    AnswerLost(TransportError),
    /// The request is carried out, and its answer cut off.
    AnswerCutOff,
}

impl Fault {
    /// A status without a body.
    ///
    /// # Panics
    ///
    /// When there is no such status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::answer(status, "", String::new())
    }

    /// An error as the server writes it.
    ///
    /// # Panics
    ///
    /// When there is no such status.
    #[must_use]
    pub fn problem(status: u16, code: &str, detail: &str) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error");
        let body = json!({"title": title, "status": status, "code": code, "detail": detail});
        Self::answer(status, "application/problem+json", body.to_string())
    }

    /// A 429 that says in its body alone when to come again.
    #[must_use]
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let body = json!({
            "title": "Too Many Requests",
            "status": 429,
            "code": "rate_limited",
            "detail": "slow down",
            "retry_after_seconds": retry_after_seconds,
            "allowed_actions": [{"rel": "retry-later"}],
        });
        Self::answer(429, "application/problem+json", body.to_string())
    }

    /// A page for people, as proxies write it.
    ///
    /// # Panics
    ///
    /// When there is no such status.
    #[must_use]
    pub fn html(status: u16) -> Self {
        let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
        Self::answer(status, "text/html", page)
    }

    /// A text.
    ///
    /// # Panics
    ///
    /// When there is no such status.
    #[must_use]
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::answer(status, "text/plain; charset=utf-8", text.into())
    }

    /// Any JSON, with any status.
    ///
    /// # Panics
    ///
    /// When there is no such status.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::answer(status, "application/json", body.to_string())
    }

    /// The request does not reach the server.
    #[must_use]
    pub fn not_sent() -> Self {
        Self::of(Kind::NotSent)
    }

    /// The server does as it is asked, and its answer is lost.
    #[must_use]
    pub fn answer_lost() -> Self {
        Self::of(Kind::Lost)
    }

    /// The server does as it is asked, and half of its answer is lost.
    #[must_use]
    pub fn answer_cut_off() -> Self {
        Self::of(Kind::CutOff)
    }

    /// No answer comes.
    #[must_use]
    pub fn silence() -> Self {
        Self::of(Kind::Silence)
    }

    /// Adds a header to the answer.
    ///
    /// # Panics
    ///
    /// When it is no header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("the name of a header");
        self.headers.append(name, HeaderValue::from_str(value).expect("the value of a header"));
        self
    }

    fn answer(status: u16, content_type: &'static str, body: String) -> Self {
        let status = StatusCode::from_u16(status).expect("a status");
        Self::of(Kind::Answer { status, content_type, body })
    }

    fn of(kind: Kind) -> Self {
        Self { kind, headers: HeaderMap::new() }
    }

    pub(super) fn strike(self) -> Failing {
        let broken = |progress, message| TransportError::new(TransportErrorKind::Closed, progress, message);
        match self.kind {
            Kind::Answer { status, content_type, body } => {
                let mut response = with_type(content_type, body);
                *response.status_mut() = status;
                if content_type.is_empty() {
                    response.headers_mut().clear();
                }
                response.headers_mut().extend(self.headers);
                Failing::With(Ok(response))
            }
            Kind::NotSent => {
                let message = "the connection was refused, as the test says";
                Failing::With(Err(TransportError::new(TransportErrorKind::Connect, Progress::NotSent, message)))
            }
            Kind::Lost => Failing::AnswerLost(broken(
                Progress::MaybeSent,
                "the connection broke before the answer, as the test says",
            )),
            Kind::CutOff => Failing::AnswerCutOff,
            Kind::Silence => Failing::Silent,
        }
    }
}

/// Half of an answer.
pub(super) async fn cut(response: Response) -> Result<Response, TransportError> {
    let (head, body) = response.into_parts();
    let body = body.collect(usize::MAX).await?;
    Ok(Response::from_parts(head, cut_off(Body::from(body.slice(..body.len() / 2)))))
}

/// Where faults strike, and how often.
#[derive(Debug)]
pub(super) struct Injection {
    method: String,
    /// The segments below the version, where `*` is any one.
    segments: Vec<String>,
    left: usize,
    fault: Fault,
}

impl Injection {
    /// `route` is a method and a path below the version.
    pub(super) fn new(route: &str, times: usize, fault: Fault) -> Self {
        let (method, path) = route.split_once(' ').expect("a method, a blank and a path");
        let path = path.trim_matches('/').trim_start_matches("v1/");
        Self { method: method.to_owned(), segments: path.split('/').map(str::to_owned).collect(), left: times, fault }
    }

    /// The fault, when it strikes this request.
    pub(super) fn strikes(&mut self, request: &RecordedRequest) -> Option<Fault> {
        let segments = request.segments();
        let is_same = |(pattern, segment): (&String, &String)| pattern == "*" || pattern == segment;
        let matches = (self.method == "*" || self.method == request.method.as_str())
            && self.segments.len() == segments.len()
            && self.segments.iter().zip(&segments).all(is_same);
        if !matches || self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.fault.clone())
    }
}
