//! One connection of a source, redirects included.

use std::{sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION},
};

use super::{EventSourceError, target::Target};
use crate::{Progress, Response, TransportError, TransportErrorKind, location::resolve, query::with_parameter};

pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const EVENT_STREAM: &str = "text/event-stream";

/// Makes connections.
pub(super) struct Connector {
    target: Target,
    pub(super) cursor_parameter: Option<String>,
    pub(super) max_redirects: u32,
    pub(super) idle_timeout: Duration,
}

impl Connector {
    pub(super) fn new(mut target: Target) -> Self {
        let headers = target.headers_mut();
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(EVENT_STREAM));
        // What the Fetch standard sends for a request that must not come from a cache.
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        Self { target, cursor_parameter: None, max_redirects: 0, idle_timeout: Duration::from_secs(120) }
    }

    /// The answer with an event stream; `None` when the server has no more of it (204).
    pub(super) async fn connect(self: Arc<Self>, last_event_id: String) -> Result<Option<Response>, EventSourceError> {
        let mut target = self.target.clone();
        self.set_position(&mut target, &last_event_id)?;
        let mut redirects = 0;
        loop {
            let response = target.send(self.idle_timeout).await?;
            if self.max_redirects == 0 || !is_redirect(response.status()) {
                return accept(response).await;
            }
            if redirects == self.max_redirects {
                return Err(EventSourceError::redirect(format!("more than {redirects} redirects")));
            }
            redirects += 1;
            follow(&mut target, response.headers())?;
            self.set_position(&mut target, &last_event_id)?;
        }
    }

    /// Asks for what comes after the id.
    fn set_position(&self, target: &mut Target, id: &str) -> Result<(), TransportError> {
        if id.is_empty() {
            return Ok(());
        }
        if let Some(name) = &self.cursor_parameter {
            let uri = with_parameter(target.uri()?, name, id).ok_or_else(|| {
                TransportError::new(TransportErrorKind::Request, Progress::NotSent, "the URI takes no query parameter")
            })?;
            target.set_uri(uri);
            return Ok(());
        }
        // An id may have control characters that a header can't. To start over instead would give every event again.
        let value = HeaderValue::from_bytes(id.as_bytes()).map_err(|error| {
            let message = "the last event id can't be sent in a header: it has control characters";
            TransportError::new(TransportErrorKind::Request, Progress::NotSent, message).with_source(error)
        })?;
        target.headers_mut().insert(LAST_EVENT_ID, value);
        Ok(())
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT)
}

/// Aims at where the answer points to.
fn follow(target: &mut Target, answer: &HeaderMap) -> Result<(), EventSourceError> {
    let from = target.uri()?;
    let location = answer.get(LOCATION).ok_or_else(|| EventSourceError::redirect("a redirect without `Location`"))?;
    let to: Uri = location.to_str().ok().and_then(|location| resolve(from, location)).ok_or_else(|| {
        let fault = if location.is_empty() { "an empty `Location`" } else { "a `Location` that is no http URL" };
        EventSourceError::redirect(format!("a redirect with {fault}"))
    })?;
    if from.scheme_str() == Some("https") && to.scheme_str() != Some("https") {
        return Err(EventSourceError::redirect("a redirect from https to http"));
    }
    target.redirect(to)
}

/// What the answer is.
async fn accept(response: Response) -> Result<Option<Response>, EventSourceError> {
    match response.status() {
        StatusCode::OK if is_event_stream(response.headers()) => Ok(Some(response)),
        StatusCode::NO_CONTENT => Ok(None),
        _ => {
            let (parts, body) = response.into_parts();
            Err(EventSourceError::refused(http::Response::from_parts(parts, body.beginning().await)))
        }
    }
}

/// Whether the media type is `text/event-stream`, in any case and with any parameters.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.as_bytes().split(|byte| *byte == b';').next());
    essence.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(EVENT_STREAM.as_bytes()))
}
