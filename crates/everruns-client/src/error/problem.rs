//! What a server says about a request that it refuses.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::LOCATION};
use runagent_transport::{ApiKey, Attempts, retry::retry_after};
use serde::Deserialize as _;
use serde_json::Value;

use crate::types::AllowedAction;

/// How much of a body that is no problem document is shown.
const SHOWN: usize = 200;

/// An answer with an error status: a problem document of RFC 9457, or whatever else stood in its place.
///
/// `Display` is one line, with the status and the code.
pub struct Problem(Box<Inner>);

struct Inner {
    status: StatusCode,
    kind: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
    instance: Option<String>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    allowed_actions: Vec<AllowedAction>,
    attempts: u32,
    body: Bytes,
}

impl Problem {
    /// Reads an answer with an error status.
    pub(crate) fn of(response: &http::Response<Bytes>) -> Self {
        let head = response.headers();
        let body = match response.extensions().get::<ApiKey>() {
            // Something on the way may have answered with a page that shows the request.
            Some(key) => Bytes::from(key.redact(response.body()).into_owned()),
            None => response.body().clone(),
        };
        // Other servers, and older ones, have `{"error": text}` or `{"error": {"code", "message"}}`.
        let document: Value = serde_json::from_slice(&body).unwrap_or_default();
        let nested = document.get("error").unwrap_or(&Value::Null);
        let title = text(&document, "title");
        let told = text(&document, "detail")
            .or_else(|| text(&document, "error"))
            .or_else(|| text(nested, "message"))
            .or_else(|| text(&document, "message"));
        let detail = told.or_else(|| if title.is_none() { plain(&body) } else { None });
        Self(Box::new(Inner {
            status: response.status(),
            kind: text(&document, "type"),
            detail: detail.or_else(|| moved(response.status(), head)),
            title,
            code: text(&document, "code").or_else(|| text(nested, "code")),
            instance: text(&document, "instance"),
            retry_after: retry_after(head, SystemTime::now()).or_else(|| seconds(&document)),
            request_id: header(head, "x-request-id"),
            allowed_actions: document.get("allowed_actions").map(actions).unwrap_or_default(),
            attempts: response.extensions().get().map_or(1, |attempts: &Attempts| attempts.0),
            body,
        }))
    }

    /// A key that can't even be sent.
    pub(crate) fn of_key(message: String) -> Self {
        Self(Box::new(Inner {
            status: StatusCode::UNAUTHORIZED,
            kind: None,
            title: None,
            detail: Some(message),
            code: None,
            instance: None,
            retry_after: None,
            request_id: None,
            allowed_actions: Vec::new(),
            attempts: 0,
            body: Bytes::new(),
        }))
    }

    /// The status of the answer; 401 for a key that can't be sent, after no [attempt](Self::attempts).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.0.status
    }

    /// A short name of the sort of problem.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// What is wrong this time.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The server's word for what is wrong, such as `session_not_found`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The `type` of the document: a URL about the sort of problem.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.0.kind.as_deref()
    }

    /// The path that it is about.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.0.instance.as_deref()
    }

    /// How long the server asks to wait: `Retry-After`, else `retry_after_seconds`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The server's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What can be done about it.
    #[must_use]
    pub fn allowed_actions(&self) -> &[AllowedAction] {
        &self.0.allowed_actions
    }

    /// How many attempts it took to be refused for good.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The body as it came, but for the API key.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.0.body
    }
}

fn text(document: &Value, name: &str) -> Option<String> {
    let text = document.get(name)?.as_str()?.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// How long the document asks to wait.
pub(crate) fn seconds(document: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(document.get("retry_after_seconds")?.as_f64()?).ok().filter(|time| !time.is_zero())
}

fn actions(value: &Value) -> Vec<AllowedAction> {
    Vec::deserialize(value).unwrap_or_default()
}

/// A body that is text for people; nothing of a page of HTML, whose status says as much.
fn plain(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let shown: String = text.chars().take(SHOWN).collect();
    if text.is_empty() || text.starts_with(['<', '{', '[']) { None } else { Some(shown) }
}

/// Where a redirect points to, which is not followed: the key would go along.
fn moved(status: StatusCode, head: &HeaderMap) -> Option<String> {
    let target = header(head, LOCATION.as_str()).filter(|_| status.is_redirection())?;
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let origin = path.split_once("://").map_or(path, |(_, rest)| rest.rsplit_once('@').map_or(rest, |(_, host)| host));
    let origin: String = origin.chars().take(SHOWN).collect();
    Some(format!("the server points to `{}`: set the URL to where the API really is", origin.escape_debug()))
}

fn header(head: &HeaderMap, name: &str) -> Option<String> {
    head.get(name)?.to_str().ok().map(str::to_owned)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if inner.attempts == 0 {
            return f.write_str(inner.detail.as_deref().unwrap_or_default());
        }
        let status = inner.status.as_u16();
        match inner.detail.as_ref().or(inner.title.as_ref()) {
            // Text of a server has no place in the lines of a log.
            Some(text) => write!(f, "{} (HTTP {status}", text.escape_debug())?,
            None => write!(f, "{} (HTTP {status}", inner.status.canonical_reason().unwrap_or("the request failed"))?,
        }
        match &inner.code {
            Some(code) => write!(f, ", {})", code.escape_debug()),
            None => f.write_str(")"),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Problem")
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("title", &inner.title)
            .field("detail", &inner.detail)
            .field("retry_after", &inner.retry_after)
            .field("request_id", &inner.request_id)
            .field("attempts", &inner.attempts)
            .finish_non_exhaustive()
    }
}
