//! From what the user said, the environment and the files to what is done.

use std::{sync::Arc, time::Duration};

use runagent_transport::{
    ApiKey, BaseUrl, CallOptions, HttpTransport, Transport, retry::StandardRetry, socket::SocketConfig,
};
use runagent_types::ErrorCode;

use super::{
    ClientOptions, Explanation, Limits, Surface, config_error,
    connection::Connection,
    files::Files,
    headers::headers,
    kind::{COUNT, SECONDS, TEXT},
    options::Proxy,
    setting::{Search, Setting, Source},
};
use crate::{RunAgentError, RunAgentResult};

const MAX_RESPONSE: usize = 64 * 1024 * 1024;

/// Finds the settings that all clients have, and keeps account of where they came from. It does no I/O.
pub(super) struct Resolver<'a> {
    options: &'a ClientOptions,
    files: &'a Files,
    surface: Surface,
    pub(super) explanation: Explanation,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(options: &'a ClientOptions, files: &'a Files, surface: Surface) -> Self {
        Self { options, files, surface, explanation: Explanation::default() }
    }

    /// The address of the API.
    pub(super) fn base(&mut self, said: Option<String>) -> RunAgentResult<BaseUrl> {
        let file = match self.surface {
            Surface::Backend => &self.files.base_url,
            Surface::V1 => &self.files.api_url,
        };
        let Setting { value: url, source } = Search::builder(said)
            .variable(self.options.environment(), self.surface.variable(), &TEXT)?
            .file(file.as_ref())
            .default(self.surface.default_url().to_owned());
        let name = match &source {
            Source::Builder => "base_url".to_owned(),
            other => other.to_string(),
        };
        let base = self.surface.base(&url).map_err(|error| config_error(format!("{name}: {error}")))?;
        if !base.is_https() && !base.is_loopback() && !self.options.plaintext_key.unwrap_or(false) {
            return Err(config_error(format!("{name}: {base} would send the API key in the clear"))
                .with_suggestion("Use https, or ClientOptions::with_plaintext_key(true) if the network is yours."));
        }
        self.explanation.add(self.surface.setting(), base.to_string(), &source);
        Ok(base)
    }

    /// The API key.
    pub(super) fn key(&mut self, said: Option<String>, required: bool) -> RunAgentResult<Option<ApiKey>> {
        if self.options.credentials.is_some() {
            if said.is_some() {
                return Err(config_error("an API key and credentials that give one: only one of them can be sent")
                    .with_suggestion("Leave out .with_api_key(key), or ClientOptions::with_credentials(provider)."));
            }
            self.explanation.add("api_key", "asked for each request", &Source::Builder);
            return Ok(None);
        }
        let found = Search::builder(said)
            .variable(self.options.environment(), "RUNAGENT_API_KEY", &TEXT)?
            .file(self.files.api_key.as_ref())
            .found();
        let refuse = |message: String| Err(RunAgentError::new(ErrorCode::AUTHENTICATION_ERROR, message));
        let Some(Setting { value, source }) = found else {
            if required {
                return refuse("calls to another machine need an API key, and there is none".to_owned());
            }
            self.explanation.add("api_key", "not set", &Source::Default);
            return Ok(None);
        };
        self.explanation.add("api_key", "set", &source);
        match ApiKey::new(value) {
            Ok(key) => Ok(Some(key)),
            Err(error) if source == Source::Builder => refuse(format!("api_key: {error}")),
            Err(error) => refuse(format!("{source}: {error}")),
        }
    }

    /// How calls are made, and how long they may take.
    pub(super) fn connection(&mut self, key: Option<ApiKey>) -> RunAgentResult<(Connection, Limits)> {
        let options = self.options;
        let mut limits = self.limits()?;
        let retry = self.retry()?;
        let max_response_bytes = self.size("max_response_bytes", options.max_response_bytes, MAX_RESPONSE);
        limits.frame_bytes = self.size("max_frame_bytes", options.max_frame_bytes, limits.frame_bytes);
        let plaintext_key = Search::builder(options.plaintext_key).default(false);
        self.explanation.add("plaintext_key", plaintext_key.value.to_string(), &plaintext_key.source);
        if options.configure_api.is_some() {
            self.explanation.add("api", "changed by a function", &Source::Builder);
        }
        let socket = SocketConfig::new().with_max_message_bytes(limits.frame_bytes);
        let connection = Connection {
            transport: self.transport()?,
            key,
            credentials: options.credentials.clone(),
            headers: headers(options, &mut self.explanation)?,
            call: CallOptions::new().with_connect_timeout(limits.connect).with_socket(socket),
            retry,
            max_response_bytes,
            plaintext_key: plaintext_key.value,
            configure: options.configure_api.clone(),
        };
        Ok((connection, limits))
    }

    fn limits(&mut self) -> RunAgentResult<Limits> {
        let options = self.options;
        let defaults = self.surface.limits();
        let run = Search::builder(options.run_timeout)
            .variable(options.environment(), "RUNAGENT_TIMEOUT", &SECONDS)?
            .file(self.files.timeout.as_ref())
            .default(defaults.run);
        let said = |said, default| Search::builder(said).default(default);
        let mut limit = |name, setting: Setting<Duration>| {
            self.explanation.add_duration(name, &setting);
            setting.value
        };
        Ok(Limits {
            connect: limit("connect_timeout", said(options.connect_timeout, defaults.connect)),
            control: limit("control_timeout", said(options.control_timeout, defaults.control)),
            run: limit("run_timeout", run),
            first_frame: limit("first_frame_timeout", said(options.first_frame_timeout, defaults.first_frame)),
            stream_idle: limit("stream_idle_timeout", said(options.stream_idle_timeout, defaults.stream_idle)),
            frame_bytes: defaults.frame_bytes,
        })
    }

    fn retry(&mut self) -> RunAgentResult<StandardRetry> {
        let Self { options, files, explanation, .. } = self;
        let max_retries = Search::builder(options.max_retries)
            .variable(options.environment(), "RUNAGENT_MAX_RETRIES", &COUNT)?
            .file(files.max_retries.as_ref())
            .default(3);
        let delay = Search::builder(options.retry_delay).file(files.retry_delay.as_ref());
        let delay = delay.default(Duration::from_secs(1));
        let backoff = Search::builder(options.retry_backoff).file(files.retry_backoff.as_ref()).default(2.0);
        explanation.add("max_retries", max_retries.value.to_string(), &max_retries.source);
        explanation.add_duration("retry_delay", &delay);
        explanation.add("retry_backoff", format!("{:?}", backoff.value), &backoff.source);
        let policy = StandardRetry::new().with_max_retries(max_retries.value);
        Ok(policy.with_delay(delay.value).with_backoff(backoff.value))
    }

    fn size(&mut self, name: &'static str, said: Option<usize>, default: usize) -> usize {
        let size = Search::builder(said).default(default);
        self.explanation.add(name, size.value.to_string(), &size.source);
        size.value
    }

    fn transport(&mut self) -> RunAgentResult<Arc<dyn Transport>> {
        let options = self.options;
        let proxy = options.proxy.as_ref().map(|proxy| if let Proxy::Url(_) = proxy { "set" } else { "off" });
        #[cfg(any(feature = "tls", feature = "tls-aws-lc"))]
        let authorities = options.ca_pem.len();
        #[cfg(not(any(feature = "tls", feature = "tls-aws-lc")))]
        let authorities = 0;
        if let Some(transport) = &options.transport {
            let also = if proxy.is_some() { "a proxy" } else { "certificate authorities" };
            if proxy.is_some() || authorities > 0 {
                return Err(config_error(format!(
                    "a transport and {also}: a transport makes connections in its own way"
                ))
                .with_suggestion("Give the transport itself that setting, or leave out .with_transport(transport)."));
            }
            self.explanation.add("transport", "set", &Source::Builder);
            return Ok(transport.clone());
        }
        self.explanation.add("transport", "http", &Source::Default);
        self.explanation.add_or("proxy", proxy, "by the environment");
        let authorities = (authorities > 0).then(|| format!("{authorities} set"));
        self.explanation.add_or("ca_pem", authorities, "none");
        let environment = options.environment().clone();
        let builder = HttpTransport::builder().environment(move |name| environment.get(name));
        let builder = match &options.proxy {
            None => builder,
            Some(Proxy::Url(url)) => builder.proxy(url),
            Some(Proxy::Off) => builder.no_proxy(),
        };
        #[cfg(any(feature = "tls", feature = "tls-aws-lc"))]
        let builder = options.ca_pem.iter().fold(builder, |builder, pem| builder.extra_root_certificates_pem(&**pem));
        Ok(Arc::new(builder.build()))
    }
}
