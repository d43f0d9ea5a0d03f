//! How calls are made, wherever they go.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use runagent_transport::{Api, ApiKey, BaseUrl, CallOptions, Credentials, Transport, retry::StandardRetry};

use super::options::ConfigureApi;

/// What all calls of a client share, whichever server they go to.
pub(crate) struct Connection {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) key: Option<ApiKey>,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    pub(super) headers: HeaderMap,
    pub(super) call: CallOptions,
    pub(super) retry: StandardRetry,
    pub(super) max_response_bytes: usize,
    pub(super) plaintext_key: bool,
    pub(super) configure: Option<ConfigureApi>,
}

impl Connection {
    /// The API at a base URL, which a local agent serves or not.
    pub(crate) fn api(&self, base: BaseUrl, local: bool) -> Api {
        let may_send_key = base.is_https() || base.is_loopback() || !local;
        let mut builder = Api::builder(base, self.transport.clone())
            .options(self.call)
            .retry(self.retry.clone())
            .max_response_bytes(self.max_response_bytes)
            .plaintext_key(self.plaintext_key);
        for (name, value) in &self.headers {
            builder = builder.header(HeaderName::clone(name), HeaderValue::clone(value));
        }
        match (&self.credentials, &self.key) {
            (None, None) => {}
            _ if !may_send_key => {
                tracing::warn!("the API key stays here: the local agent is on another machine, by plain http");
            }
            (Some(credentials), _) => builder = builder.credentials(credentials.clone()),
            (None, Some(key)) => builder = builder.api_key(key.clone()),
        }
        match &self.configure {
            Some(configure) => configure(builder).build(),
            None => builder.build(),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("transport", &self.transport)
            .field("key", &self.key)
            .field("credentials", &self.credentials)
            // Their values may be secrets.
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
