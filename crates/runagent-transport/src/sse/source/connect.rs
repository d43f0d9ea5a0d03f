//! One connection of a source, redirects included.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri,
    header::{ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, LOCATION, USER_AGENT},
};
use tokio::time::timeout;

use super::{
    EventSourceError,
    location::{is_same_origin, resolve},
};
use crate::{Body, Progress, Transport, TransportError, TransportErrorKind, query::with_parameter};

pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const EVENT_STREAM: &str = "text/event-stream";
/// All that another origin gets to see of the request's headers; any other may be a credential.
const HARMLESS: [HeaderName; 5] = [ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT];

/// Makes connections.
pub(super) struct Connector {
    transport: Arc<dyn Transport>,
    template: Request<Bytes>,
    pub(super) cursor_parameter: Option<String>,
    pub(super) max_redirects: u32,
    pub(super) idle_timeout: Duration,
}

impl Connector {
    pub(super) fn new(transport: Arc<dyn Transport>, mut template: Request<Bytes>) -> Self {
        let headers = template.headers_mut();
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(EVENT_STREAM));
        // What the Fetch standard sends for a request that must not come from a cache.
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        Self { transport, template, cursor_parameter: None, max_redirects: 0, idle_timeout: Duration::from_secs(120) }
    }

    /// The body of an event stream; `None` when the server has no more of it (204).
    pub(super) async fn connect(self: Arc<Self>, last_event_id: String) -> Result<Option<Body>, EventSourceError> {
        let mut request = self.template.clone();
        self.set_position(&mut request, &last_event_id)?;
        let mut redirects = 0;
        loop {
            let sent = self.transport.send(request.clone().map(Body::from));
            let response =
                timeout(self.idle_timeout, sent).await.map_err(|_| EventSourceError::idle(self.idle_timeout))??;
            if self.max_redirects == 0 || !is_redirect(response.status()) {
                return accept(response).await;
            }
            if redirects == self.max_redirects {
                return Err(EventSourceError::redirect(format!("more than {redirects} redirects")));
            }
            redirects += 1;
            follow(&mut request, response.headers())?;
            self.set_position(&mut request, &last_event_id)?;
        }
    }

    /// Asks for what comes after the id.
    fn set_position(&self, request: &mut Request<Bytes>, id: &str) -> Result<(), TransportError> {
        if id.is_empty() {
            return Ok(());
        }
        if let Some(name) = &self.cursor_parameter {
            *request.uri_mut() = with_parameter(request.uri(), name, id).ok_or_else(|| {
                TransportError::new(TransportErrorKind::Request, Progress::NotSent, "the URI takes no query parameter")
            })?;
            return Ok(());
        }
        // An id may have control characters that a header can't. To start over instead would give every event again.
        let value = HeaderValue::from_bytes(id.as_bytes()).map_err(|error| {
            let message = "the last event id can't be sent in a header: it has control characters";
            TransportError::new(TransportErrorKind::Request, Progress::NotSent, message).with_source(error)
        })?;
        request.headers_mut().insert(LAST_EVENT_ID, value);
        Ok(())
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT)
}

/// Aims the request at where the answer points to.
fn follow(request: &mut Request<Bytes>, answer: &HeaderMap) -> Result<(), EventSourceError> {
    let location = answer.get(LOCATION).ok_or_else(|| EventSourceError::redirect("a redirect without `Location`"))?;
    let target: Uri =
        location.to_str().ok().and_then(|location| resolve(request.uri(), location)).ok_or_else(|| {
            let fault = if location.is_empty() { "an empty `Location`" } else { "a `Location` that is no http URL" };
            EventSourceError::redirect(format!("a redirect with {fault}"))
        })?;
    if request.uri().scheme_str() == Some("https") && target.scheme_str() != Some("https") {
        return Err(EventSourceError::redirect("a redirect from https to http"));
    }
    if !is_same_origin(request.uri(), &target) {
        let all = std::mem::take(request.headers_mut());
        let harmless = HARMLESS.into_iter().filter_map(|name| all.get(&name).cloned().map(|value| (name, value)));
        request.headers_mut().extend(harmless);
    }
    *request.uri_mut() = target;
    Ok(())
}

/// What the answer is.
async fn accept(response: Response<Body>) -> Result<Option<Body>, EventSourceError> {
    match response.status() {
        StatusCode::OK if is_event_stream(response.headers()) => Ok(Some(response.into_body())),
        StatusCode::NO_CONTENT => Ok(None),
        _ => {
            let (parts, body) = response.into_parts();
            Err(EventSourceError::refused(Response::from_parts(parts, body.beginning().await)))
        }
    }
}

/// Whether the media type is `text/event-stream`, in any case and with any parameters.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.as_bytes().split(|byte| *byte == b';').next());
    essence.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(EVENT_STREAM.as_bytes()))
}
