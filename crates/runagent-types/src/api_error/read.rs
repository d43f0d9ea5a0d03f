//! The JSON forms in which servers tell an error.

use serde_json::{Map, Value};

use super::{ApiError, foreign};
use crate::json::{members, text, without_bom};
use crate::{ErrorCode, value_from_str};

impl ApiError {
    /// Reads the body of a failed request. Never fails: what is not JSON becomes one line of text.
    ///
    /// Read are RunAgent envelopes and error objects, `{"error": "…"}`, `{"error": "[CODE] …"}`,
    /// `{"detail": "…"}`, FastAPI's `{"detail": [{"loc", "msg"}, …]}`, `{"message": "…"}`, HTML (its title
    /// or first heading) and plain text (at most 512 bytes of it).
    #[must_use]
    pub fn from_body(body: &[u8]) -> Self {
        let Ok(body) = std::str::from_utf8(body) else {
            return foreign::read(body);
        };
        let body = without_bom(body).trim_ascii();
        from_object(body).unwrap_or_else(|| foreign::read(body.as_bytes()))
    }

    /// Reads an envelope that is known to tell of a failure.
    pub(crate) fn from_envelope(body: &str) -> Self {
        let error =
            from_object(body).unwrap_or_else(|| Self::plain("the server reported a failure and gave no reason"));
        Self { is_envelope: true, ..error }
    }

    /// Reads a stream frame that is known to tell of a failure; `otherwise` is the message if it has none.
    pub(crate) fn from_frame(frame: &str, otherwise: &str) -> Self {
        let mut error = from_object(frame).unwrap_or_else(|| Self::plain(otherwise));
        if let Some(text) = error.message.strip_prefix("Streaming error:") {
            // Python's exceptions may have no text.
            let text = text.trim_ascii_start();
            error.message = if text.is_empty() { otherwise } else { text }.to_owned();
        }
        error
    }
}

/// An object that names an error, in any of its members; `None` if it names none.
fn from_object(object: &str) -> Option<ApiError> {
    let [success, status, error, detail, data, message] =
        members(object, ["success", "status", "error", "detail", "data", "message"]).ok()?;
    let beside = from_members(object);
    let is_envelope = success.is_some_and(|success| matches!(success, "true" | "false"))
        || status.is_some_and(|status| status == r#""error""#);

    let mut found = error
        .and_then(from_cause)
        .or_else(|| detail.and_then(from_cause))
        .or_else(|| data.and_then(error_in).and_then(from_cause))
        .or_else(|| message.and_then(from_cause));
    if found.is_none() && (is_envelope || beside.code.is_some()) {
        found = Some(beside.clone());
    }
    let mut found = found?.or(beside);
    if found.message.is_empty() {
        "the server gave no message".clone_into(&mut found.message);
    }
    found.is_envelope = is_envelope || found.code.is_some() || error.is_some_and(is_object);
    Some(found)
}

/// An error that stands under `error`, `detail` or `message`: words, an object, or FastAPI's list.
fn from_cause(cause: &str) -> Option<ApiError> {
    match cause.as_bytes().first()? {
        b'"' => text(cause).filter(|words| !words.trim_ascii().is_empty()).map(|words| from_words(&words)),
        b'{' => Some(from_members(cause)),
        b'[' => from_list(cause),
        _ => None,
    }
}

/// The members of an error object; those it lacks stay empty.
fn from_members(object: &str) -> ApiError {
    let names = [
        "code",
        "message",
        "detail",
        "suggestion",
        "details",
        "field",
        "request_id",
        "retry_after",
        "documentation_url",
    ];
    let [code, message, detail, suggestion, details, field, request_id, retry_after, link] =
        members(object, names).unwrap_or_default();
    let message = message.and_then(text).or_else(|| detail.and_then(text)).unwrap_or_default();
    let details = with_link(details.and_then(|details| value_from_str(details).ok()), owned(link));
    ApiError {
        code: code.and_then(code_of),
        suggestion: owned(suggestion),
        field: owned(field),
        request_id: owned(request_id),
        retry_after: retry_after
            .and_then(seconds)
            .or_else(|| details.as_ref()?.get("retry_after")?.to_string().trim_matches('"').parse().ok())
            .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0),
        details,
        ..ApiError::plain(message)
    }
}

/// The documented API tells where to read on beside the details; it is kept among them, where callers find it.
fn with_link(details: Option<Value>, link: Option<String>) -> Option<Value> {
    let Some(link) = link else { return details };
    let mut details = details.unwrap_or_else(|| Map::new().into());
    if let Value::Object(members) = &mut details {
        members.entry("documentation_url").or_insert_with(|| link.into());
    }
    Some(details)
}

/// `[CODE] message`, or a message.
fn from_words(words: &str) -> ApiError {
    let is_code = |code: &str| {
        let code_byte = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        !code.is_empty() && code.bytes().all(code_byte)
    };
    match words.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((code, message)) if is_code(code) => {
            ApiError { code: Some(code.to_owned().into()), ..ApiError::plain(message.trim_start()) }
        }
        _ => ApiError::plain(words),
    }
}

/// FastAPI's list of refused fields.
fn from_list(list: &str) -> Option<ApiError> {
    let details = value_from_str(list).ok()?;
    let message = details.as_array()?.iter().filter_map(refusal).collect::<Vec<_>>().join("; ");
    let message = if message.is_empty() { "the request was refused".to_owned() } else { message };
    Some(ApiError { details: Some(details), ..ApiError::plain(message) })
}

/// `body.entrypoint_tag: Field required`
fn refusal(item: &Value) -> Option<String> {
    let reason = item.get("msg").unwrap_or(item).as_str()?;
    let location = item.get("loc").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let location = location.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
    let location = location.collect::<Vec<_>>().join(".");
    Some(if location.is_empty() { reason.to_owned() } else { format!("{location}: {reason}") })
}

fn error_in(data: &str) -> Option<&str> {
    let [error] = members(data, ["error"]).ok()?;
    error
}

fn is_object(raw: &str) -> bool {
    raw.starts_with('{')
}

fn owned(raw: Option<&str>) -> Option<String> {
    raw.and_then(text).map(|text| text.into_owned())
}

/// A code is a word, fit for a log as it is; some servers send a number.
fn code_of(raw: &str) -> Option<ErrorCode> {
    let code = match text(raw) {
        Some(code) => code.into_owned(),
        None if raw.bytes().all(|byte| byte.is_ascii_digit()) => raw.to_owned(),
        None => return None,
    };
    (!code.trim_ascii().is_empty() && !code.contains(char::is_control)).then(|| code.into())
}

/// A number, or a number in a string.
fn seconds(raw: &str) -> Option<f64> {
    raw.trim_matches('"').parse().ok()
}

impl ApiError {
    /// What this error lacks is taken from the members beside it.
    fn or(self, beside: Self) -> Self {
        Self {
            code: self.code.or(beside.code),
            message: if self.message.is_empty() { beside.message } else { self.message },
            suggestion: self.suggestion.or(beside.suggestion),
            details: self.details.or(beside.details),
            field: self.field.or(beside.field),
            request_id: self.request_id.or(beside.request_id),
            retry_after: self.retry_after.or(beside.retry_after),
            is_envelope: self.is_envelope,
        }
    }
}
