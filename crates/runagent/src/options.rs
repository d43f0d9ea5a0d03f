//! How one call is made.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use runagent_transport::ApiRequest;
use runagent_types::ErrorCode;

use crate::{CancelToken, RunAgentError, RunAgentResult, config::reserved_header};

/// How one call is made: what it sets goes before what the client is configured with.
///
/// ```
/// use std::time::Duration;
/// use runagent::RunOptions;
///
/// let options = RunOptions::new()
///     .with_timeout(Duration::from_secs(5))
///     .with_header("x-tenant", "acme")
///     .with_idempotency_key("order-4711");
/// ```
#[derive(Clone, Default)]
pub struct RunOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) first_frame_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) cancel: Option<CancelToken>,
    headers: HeaderMap,
    idempotency_key: Option<HeaderValue>,
    /// Why it can't be used.
    fault: Option<String>,
}

impl RunOptions {
    /// Nothing set: the call is made as the client is configured.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the whole call: all attempts and the waits between them. For a stream it is the time from the call to the
    /// stream's end, which has no limit otherwise. `Duration::MAX` is no limit.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Limits the wait for the first frame of a stream.
    #[must_use]
    pub const fn with_first_frame_timeout(mut self, timeout: Duration) -> Self {
        self.first_frame_timeout = Some(timeout);
        self
    }

    /// Limits the wait for each further frame of a stream.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sends a header beside those of the client. The call is a `VALIDATION_ERROR` when it is no header, or one that the
    /// client sets itself. `Debug` tells its name only.
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        match (HeaderName::try_from(name), header_value(value.as_ref())) {
            (Ok(name), Some(value)) => match reserved_header(&name) {
                Some(why) => self.refuse(format!("the header {name} can't be set: {why}")),
                None => {
                    self.headers.insert(name, value);
                }
            },
            (Ok(name), None) => {
                self.refuse(format!("the value of the header {name} has characters that no header has"))
            }
            (Err(_), _) => self.refuse(format!("`{}` is no name of a header", shown(name))),
        }
        self
    }

    /// Sends this `Idempotency-Key` with every attempt, and so lets the call be repeated where it would not be otherwise:
    /// only for servers that know a key again. It is not for streams.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl AsRef<str>) -> Self {
        match header_value(key.as_ref()).filter(|key| !key.is_empty()) {
            Some(key) => self.idempotency_key = Some(key),
            None => self.refuse("the idempotency key is empty or has characters that no header has".to_owned()),
        }
        self
    }

    /// Lets this token end the call.
    #[must_use]
    pub fn with_cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    fn refuse(&mut self, why: String) {
        self.fault.get_or_insert(why);
    }

    /// # Errors
    ///
    /// When one of the settings can't be used.
    pub(crate) fn check(&self) -> RunAgentResult<()> {
        match &self.fault {
            Some(why) => Err(RunAgentError::new(ErrorCode::VALIDATION_ERROR, why)),
            None => Ok(()),
        }
    }

    /// The same for further calls that only read what the first one began.
    pub(crate) fn for_reading(mut self) -> Self {
        self.idempotency_key = None;
        self
    }

    /// Puts the headers into a request.
    pub(crate) fn apply(&self, mut request: ApiRequest) -> ApiRequest {
        for (name, value) in &self.headers {
            request = request.header(name.clone(), value.clone());
        }
        match &self.idempotency_key {
            Some(key) => request.idempotency_key(key.clone()),
            None => request,
        }
    }
}

/// A header's value, which may be any text but control characters.
fn header_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_bytes(text.trim().as_bytes()).ok()?;
    // Whoever prints the request does not print what may be a secret.
    value.set_sensitive(true);
    Some(value)
}

fn shown(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}

impl fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("timeout", &self.timeout)
            .field("first_frame_timeout", &self.first_frame_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("cancel", &self.cancel)
            // Their values may be secrets.
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("idempotency_key", &self.idempotency_key.as_ref().map(|_| "set"))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_the_names_of_headers_and_no_value() {
        let options = RunOptions::new().with_header("x-token", "CANARY").with_idempotency_key("CANARY");
        for debug in [format!("{options:?}"), format!("{options:#?}")] {
            assert!(debug.contains("x-token") && debug.contains("idempotency_key: Some("), "{debug}");
            assert!(!debug.contains("CANARY"), "{debug}");
        }
        assert!(options.headers.values().chain(&options.idempotency_key).all(HeaderValue::is_sensitive));
    }

    #[test]
    fn what_is_no_header_is_refused_by_name_and_never_by_value() {
        for (name, value, message) in [
            ("x-a", "ok", None),
            ("x-a", " ünïcode ", None),
            ("", "secret", Some("`` is no name of a header")),
            ("a b", "secret", Some("`a b` is no name of a header")),
            ("x\r\ny", "secret", Some("`x\\r\\ny` is no name of a header")),
            ("x-a", "secret\r\nx-b: 1", Some("the value of the header x-a has characters that no header has")),
            ("x-a", "secret\0", Some("the value of the header x-a has characters that no header has")),
            (
                "Authorization",
                "Bearer secret",
                Some(
                    "the header authorization can't be set: use .with_api_key(key), or ClientOptions::with_credentials(provider)",
                ),
            ),
            ("HOST", "secret", Some("the header host can't be set: the client writes it itself")),
            ("content-length", "5", Some("the header content-length can't be set: the client writes it itself")),
        ] {
            let options = RunOptions::new().with_header(name, value);
            let refused = options.check().err().map(|error| error.message().to_owned());
            assert_eq!(refused.as_deref(), message, "{name:?}: {value:?}");
        }
    }

    #[test]
    fn an_idempotency_key_is_text_for_a_header() {
        for (key, usable) in [("order-1", true), ("", false), ("  ", false), ("a\nb", false), ("ключ", true)] {
            assert_eq!(RunOptions::new().with_idempotency_key(key).check().is_ok(), usable, "{key:?}");
        }
    }

    #[test]
    fn the_first_fault_is_told() {
        let options = RunOptions::new().with_header("a b", "1").with_idempotency_key("").with_header("x-a", "2");
        assert_eq!(options.check().expect_err("refused").message(), "`a b` is no name of a header");
    }
}
