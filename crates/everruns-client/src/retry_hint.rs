//! The server's hint of when to try again, where all of HTTP looks for it.

use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use runagent_transport::{Body, BoxFuture, Request, Response, Transport, TransportError};

use crate::error::seconds;

/// The longest problem document that is looked into.
const MAX_DOCUMENT: usize = 64 * 1024;

/// A transport that says in `Retry-After` what the body of an answer says in `retry_after_seconds`.
#[derive(Debug)]
pub(crate) struct RetryHint<T>(pub(crate) T);

impl<T: Transport> Transport for RetryHint<T> {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let response = self.0.send(request).await?;
            if wants_hint(&response) { with_hint(response).await } else { Ok(response) }
        })
    }
}

fn wants_hint(response: &Response) -> bool {
    let json = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
        && !response.headers().contains_key(RETRY_AFTER)
        && json.is_some_and(|media_type| media_type.contains("json"))
}

async fn with_hint(response: Response) -> Result<Response, TransportError> {
    let (mut head, body) = response.into_parts();
    // A document that is too long, or breaks off, takes nothing from the status.
    let body = body.collect(MAX_DOCUMENT).await.unwrap_or_default();
    let document = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(time) = seconds(&document) {
        // Whole seconds, and never sooner than it says.
        let more = u64::from(time.subsec_nanos() > 0);
        head.headers.insert(RETRY_AFTER, HeaderValue::from(time.as_secs().saturating_add(more)));
    }
    Ok(Response::from_parts(head, Body::from(body)))
}
