//! What a connection asks, and whom.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, Uri,
    header::{ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT},
};
use tokio::time::timeout;

use super::EventSourceError;
use crate::{ApiRequest, Body, Response, Transport, TransportError, location::is_same_origin};

/// All that another origin gets to see of the request's headers; any other may be a credential.
const HARMLESS: [HeaderName; 5] = [ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT];

/// A request that can be sent again and again.
#[derive(Clone)]
pub(super) enum Target {
    /// Sent as it is.
    Plain(Arc<dyn Transport>, http::Request<Bytes>),
    /// Sent as a call of an API.
    Api(ApiRequest),
}

impl Target {
    pub(super) fn uri(&self) -> Result<&Uri, TransportError> {
        match self {
            Self::Plain(_, request) => Ok(request.uri()),
            Self::Api(request) => request.uri(),
        }
    }

    /// Asks another part of the same origin.
    pub(super) fn set_uri(&mut self, uri: Uri) {
        match self {
            Self::Plain(_, request) => *request.uri_mut() = uri,
            Self::Api(request) => request.set_uri(uri),
        }
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        match self {
            Self::Plain(_, request) => request.headers_mut(),
            Self::Api(request) => request.headers_mut(),
        }
    }

    /// Follows a redirect.
    pub(super) fn redirect(&mut self, target: Uri) -> Result<(), EventSourceError> {
        if !is_same_origin(self.uri()?, &target) {
            if matches!(self, Self::Api(_)) {
                return Err(EventSourceError::redirect("a redirect to another origin than that of the API"));
            }
            let all = std::mem::take(self.headers_mut());
            let harmless = HARMLESS.into_iter().filter_map(|name| all.get(&name).cloned().map(|value| (name, value)));
            self.headers_mut().extend(harmless);
        }
        self.set_uri(target);
        Ok(())
    }

    /// The answer, whose head comes within `limit`.
    pub(super) async fn send(&self, limit: Duration) -> Result<Response, EventSourceError> {
        match self.clone() {
            Self::Plain(transport, request) => {
                let sent = transport.send(request.map(Body::from));
                timeout(limit, sent).await.map_err(|_| EventSourceError::idle(limit))?.map_err(Into::into)
            }
            Self::Api(mut request) => {
                // Not on the call as a whole: waits between attempts are no silence of the server.
                request.limit_attempts(limit);
                Ok(request.open().await?)
            }
        }
    }
}
