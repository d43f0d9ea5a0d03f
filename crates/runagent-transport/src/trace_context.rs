//! Which trace a request belongs to.

use http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The trace that a request belongs to, as the [W3C Trace Context](https://www.w3.org/TR/trace-context/) recommendation
/// has it on the wire: see [`ApiBuilder::trace_context`](crate::ApiBuilder::trace_context).
///
/// ```
/// use http::HeaderValue;
/// use runagent_transport::TraceContext;
///
/// // The trace that a server's own caller sent is handed on as it came.
/// let received = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
/// let context = TraceContext::from_header(&received).expect("a trace");
/// assert_eq!(Some(context), TraceContext::new(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0xb7ad_6b71_6920_3331, true));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    traceparent: HeaderValue,
    tracestate: Option<HeaderValue>,
}

impl TraceContext {
    /// The trace and the span that the request is a child of, and whether the trace is recorded. `None` when one of the
    /// ids is zero, which stands for "no trace".
    #[must_use]
    pub fn new(trace_id: u128, parent_id: u64, sampled: bool) -> Option<Self> {
        if trace_id == 0 || parent_id == 0 {
            return None;
        }
        let text = format!("00-{trace_id:032x}-{parent_id:016x}-{:02x}", u8::from(sampled));
        Some(Self { traceparent: HeaderValue::try_from(text).ok()?, tracestate: None })
    }

    /// The trace of a `traceparent` header of version 00; `None` when it is not well formed.
    #[must_use]
    pub fn from_header(traceparent: &HeaderValue) -> Option<Self> {
        let text = traceparent.to_str().ok()?;
        let mut parts = text.split('-');
        let mut hex = |length: usize| {
            let part = parts.next()?;
            let digits = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            (part.len() == length && digits).then_some(part)
        };
        let (version, trace_id, parent_id, _flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let is_set = |id: &str| id.bytes().any(|digit| digit != b'0');
        let well_formed = version == "00" && is_set(trace_id) && is_set(parent_id) && parts.next().is_none();
        well_formed.then(|| Self { traceparent: traceparent.clone(), tracestate: None })
    }

    /// Adds what tracing systems hand on beside it: the `tracestate` header, as it is.
    #[must_use]
    pub fn with_tracestate(mut self, tracestate: HeaderValue) -> Self {
        self.tracestate = Some(tracestate);
        self
    }

    /// Adds the headers, unless the request belongs to a trace already.
    pub(crate) fn inject(self, headers: &mut HeaderMap) {
        if headers.contains_key(TRACEPARENT) {
            return;
        }
        headers.insert(TRACEPARENT, self.traceparent);
        if let Some(tracestate) = self.tracestate {
            headers.insert(TRACESTATE, tracestate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_are_not_well_formed_are_no_trace() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assert!(TraceContext::from_header(&HeaderValue::from_static(good)).is_some());
        for bad in [
            "",
            "00",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-00",
            "00-00000000000000000000000000000000-b7ad6b7169203331-00",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-x",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        ] {
            assert_eq!(TraceContext::from_header(&HeaderValue::from_static(bad)), None, "{bad:?}");
        }
    }

    #[test]
    fn ids_keep_their_leading_zeros_and_zero_is_no_trace() {
        let context = TraceContext::new(1, 2, false).expect("a trace");
        assert_eq!(context.traceparent, "00-00000000000000000000000000000001-0000000000000002-00");
        assert_eq!(TraceContext::from_header(&context.traceparent), Some(context));
        assert_eq!(TraceContext::new(0, 2, false), None);
        assert_eq!(TraceContext::new(1, 0, false), None);
    }
}
