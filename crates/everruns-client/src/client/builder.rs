//! The settings of a client.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header::USER_AGENT};
use runagent_transport::{
    Api, ApiBuilder, ApiKey, BaseUrl, Credentials, HttpTransport, Transport, retry::StandardRetry,
};

use super::{Client, bare_key::BareKey};
use crate::{
    AgentClient,
    retry_hint::RetryHint,
    service::{Service, Unusable},
    types::Secret,
};

const DEFAULT_URL: &str = "https://app.everruns.com/api";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const VERSION: &str = "/v1";
const ORGANISATION: HeaderName = HeaderName::from_static("x-org-id");
const PRODUCT: &str = concat!("everruns-client/", env!("CARGO_PKG_VERSION"));

/// Where a setting comes from, for messages about it.
struct Names {
    key: &'static str,
    url: &'static str,
}

/// The management API.
const MANAGEMENT: Names = Names { key: "EVERRUNS_API_KEY", url: "EVERRUNS_API_URL" };
/// The API of one agent.
const AGENT: Names = Names { key: "EVERRUNS_AGENT_KEY", url: "EVERRUNS_AGENT_URL" };

/// Settings of a [`Client`] or an [`AgentClient`]. What is set wins over what the [environment](Self::environment) says.
///
/// ```
/// use std::time::Duration;
/// use everruns_sdk::Client;
///
/// let client = Client::builder()
///     .api_key("evr_pat_0123")
///     .base_url("http://127.0.0.1:3000")
///     .org_id("org_00000000000000000000000000000000")
///     .timeout(Duration::from_secs(10))
///     .max_retries(1)
///     .build();
/// assert!(client.check().is_ok());
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    api_key: Option<Secret>,
    credentials: Option<Arc<dyn Credentials>>,
    /// What was given may have a password in it, and is not kept.
    base_url: Option<Result<BaseUrl, String>>,
    org_id: Option<String>,
    environment: bool,
    bare_key: bool,
    plaintext_key: bool,
    timeout: Option<Duration>,
    retry: StandardRetry,
    max_response_bytes: Option<usize>,
    user_agent: Option<String>,
    transport: Option<Arc<dyn Transport>>,
}

impl ClientBuilder {
    /// Takes what is not set here from the environment: `EVERRUNS_API_KEY`, `EVERRUNS_API_URL` and `EVERRUNS_ORG_ID`; for an
    /// [`AgentClient`] `EVERRUNS_AGENT_KEY` and `EVERRUNS_AGENT_URL`. A variable that is empty counts as unset.
    pub const fn environment(mut self) -> Self {
        self.environment = true;
        self
    }

    /// The API key. Only a server on this machine is called without one.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Secret::from(key.into()));
        self
    }

    /// Asks for the key of each request, in the place of [`api_key`](Self::api_key): for tokens that expire. The provider is
    /// asked once more when the server refuses a token.
    pub fn credentials(mut self, provider: impl Credentials) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Where the API is, with or without `/v1`: `https://app.everruns.com/api` is the default. For an [`AgentClient`] it is
    /// the URL of the agent, which has no default.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(base(&url.into()));
        self
    }

    /// The organisation to work for, when the key is good for several.
    pub fn org_id(mut self, id: impl Into<String>) -> Self {
        self.org_id = Some(id.into());
        self
    }

    /// Whether the key goes without the word `Bearer`, as old servers want it. By default it does not.
    pub const fn bare_key(mut self, bare: bool) -> Self {
        self.bare_key = bare;
        self
    }

    /// Whether the key may leave this machine by plain http. By default it may not, and a call is an error.
    pub const fn plaintext_key(mut self, allowed: bool) -> Self {
        self.plaintext_key = allowed;
        self
    }

    /// The time limit of each call. The default is 30 s, and five minutes for what carries whole files.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How often a call is tried again that failed in passing and is safe to repeat: 3 times by default.
    pub const fn max_retries(mut self, retries: u32) -> Self {
        self.retry = self.retry.with_max_retries(retries);
        self
    }

    /// The longest wait before the first retry, which doubles with each further one; 1 s by default.
    pub const fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry = self.retry.with_delay(delay);
        self
    }

    /// The largest answer, in bytes: 64 MiB by default.
    pub const fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = Some(bytes);
        self
    }

    /// The `User-Agent`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// What carries requests: an [`HttpTransport`] with settings of its own, or a double in a test.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// The client. Nothing is sent, and what is wrong with the settings is the error of each call: see
    /// [`Client::check`].
    #[must_use]
    pub fn build(self) -> Client {
        Client::of(self.service(&MANAGEMENT, |url| Ok(url.unwrap_or_else(|| base(DEFAULT_URL))?.with_prefix(VERSION))))
    }

    /// A client for one agent, at whose URL the [base URL](Self::base_url) is.
    #[must_use]
    pub fn build_agent(self) -> AgentClient {
        AgentClient::of(
            self.service(&AGENT, |url| {
                url.ok_or("there is no URL of an agent: set EVERRUNS_AGENT_URL, or `base_url`")?
            }),
        )
    }

    fn service(
        mut self,
        names: &Names,
        base: impl FnOnce(Option<Result<BaseUrl, String>>) -> Result<BaseUrl, String>,
    ) -> Service {
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let own = self.timeout.is_some();
        let api = self.read_environment(names).and_then(|()| {
            let base = base(self.base_url.take())?;
            self.api(names, base)
        });
        Service::new(api, timeout, own)
    }

    /// Fills in what is not set.
    fn read_environment(&mut self, names: &Names) -> Result<(), Unusable> {
        if !self.environment {
            return Ok(());
        }
        if self.api_key.is_none() && self.credentials.is_none() {
            self.api_key = variable(names.key).map_err(Unusable::Key)?.map(Secret::from);
        }
        if self.base_url.is_none() {
            self.base_url = variable(names.url)?.map(|url| base(&url));
        }
        if self.org_id.is_none() && names.key == MANAGEMENT.key {
            self.org_id = variable("EVERRUNS_ORG_ID")?;
        }
        Ok(())
    }

    fn api(self, names: &Names, base: BaseUrl) -> Result<Api, Unusable> {
        let headers = self.headers()?;
        let is_local = base.is_loopback();
        if !(is_local || base.is_https() || self.plaintext_key) {
            let message = format!("the API key would travel unencrypted to {base}: use https ({})", names.url);
            return Err(Unusable::Setting(message));
        }
        let transport = self.transport.unwrap_or_else(|| Arc::new(HttpTransport::new()));
        let mut api = Api::builder(base, RetryHint(transport)).retry(self.retry).plaintext_key(self.plaintext_key);
        for (name, value) in headers {
            api = name.into_iter().fold(api, |api, name| api.header(name, value.clone()));
        }
        if let Some(bytes) = self.max_response_bytes {
            api = api.max_response_bytes(bytes);
        }
        if self.bare_key {
            api = api.interceptor(BareKey);
        }
        Ok(with_key(api, self.credentials, self.api_key, names, is_local)?.build())
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        let product = self.user_agent.as_deref().unwrap_or(PRODUCT);
        headers.insert(USER_AGENT, header("the user agent", product)?);
        if let Some(id) = self.org_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            headers.insert(ORGANISATION, header("the id of the organisation", id)?);
        }
        Ok(headers)
    }
}

fn with_key(
    api: ApiBuilder,
    credentials: Option<Arc<dyn Credentials>>,
    key: Option<Secret>,
    names: &Names,
    is_local: bool,
) -> Result<ApiBuilder, Unusable> {
    match (credentials, key) {
        (Some(credentials), _) => Ok(api.credentials(credentials)),
        (None, Some(key)) => {
            let key =
                ApiKey::new(key.expose().trim()).map_err(|error| Unusable::Key(format!("{error} ({})", names.key)))?;
            Ok(api.api_key(key))
        }
        // An application on this machine may let everybody in.
        (None, None) if is_local => Ok(api),
        (None, None) => Err(Unusable::Key(format!("there is no API key: set {}, or `api_key`", names.key))),
    }
}

fn base(url: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(url).map_err(|error| error.to_string())
}

fn header(what: &str, text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("{what} has characters that no header takes"))
}

/// A variable of the environment. One that is empty counts as unset.
fn variable(name: &str) -> Result<Option<String>, String> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}
