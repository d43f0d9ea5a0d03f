//! What a single call may say.

use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Call, Conflicts};
use crate::Error;

const CHANGE_REASON: HeaderName = HeaderName::from_static("everruns-change-reason");
/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest reason, in characters.
const MAX_REASON: usize = 1000;

impl<T> Call<T> {
    /// Sends an `Idempotency-Key`: the server does the same thing once, however often it is asked, and so the call is tried
    /// again even when nobody knows whether it got through. A key is remembered for a day.
    ///
    /// Only for servers that honour keys, such as the platform for sessions and messages of an
    /// [`AgentClient`](crate::AgentClient), which has one for each call by itself.
    pub fn idempotency_key(self, key: &str) -> Self {
        let value = HeaderValue::from_str(key);
        self.conflicts(Conflicts::InProgress).map(|request| {
            let value =
                value.map_err(|_| Error::Config("the idempotency key has characters that no header takes".into()))?;
            Ok(request.idempotency_key(value))
        })
    }

    /// Says why something is changed, for the history that the server keeps: at most 1,000 characters.
    pub fn change_reason(self, reason: &str) -> Self {
        let reason = reason.trim();
        let length = reason.chars().count();
        let value = HeaderValue::try_from(utf8_percent_encode(reason, RESERVED).to_string());
        self.map(|request| match value {
            Ok(value) if (1..=MAX_REASON).contains(&length) => Ok(request.header(CHANGE_REASON, value)),
            _ => {
                Err(Error::Config(format!("a reason for a change has 1 to {MAX_REASON} characters, and this {length}")))
            }
        })
    }
}
