use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::Usage;
use crate::json::{from_text, is_object, members, text, to_text, without_bom};
use crate::{ApiError, DecodeError, ErrorCode};

const WHAT: &str = "a stream event";

/// One server-sent event of `/v1/agents/{id}/stream`.
///
/// ```
/// use runagent_types::v1::StreamEvent;
///
/// let event = StreamEvent::decode("chunk", r#"{"content":"Once","index":0}"#)?;
/// assert_eq!(event, StreamEvent::Chunk { content: "Once".to_owned(), index: Some(0) });
/// assert_eq!((event.event_name(), event.data().as_str()), ("chunk", r#"{"content":"Once","index":0}"#));
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The agent has started.
    Start {
        /// The server's remark.
        message: Option<String>,
        /// The conversation, to continue it or to resume this stream.
        session_id: Option<String>,
    },
    /// A piece of the answer.
    Chunk {
        /// Its text; what the agent yielded and is no text is its JSON.
        content: String,
        /// Its number, from 0.
        index: Option<u64>,
    },
    /// The stream failed, and nothing follows.
    Error(ApiError),
    /// The stream is complete.
    Done {
        /// The server's remark.
        message: Option<String>,
        /// How many tokens it took.
        usage: Option<Usage>,
        /// How long the agent ran, in seconds.
        execution_time: Option<f64>,
    },
    /// An event that means nothing to us, to be skipped.
    Unknown {
        /// Its name.
        event: String,
        /// Its data, as they came.
        data: String,
    },
}

impl StreamEvent {
    /// Reads one event: its name, and its data, a JSON object. If the name is empty or `message`, which is what an
    /// event without a name has, a `type` or `event` among the data is the name.
    ///
    /// # Errors
    ///
    /// The data of a `start`, `chunk` or `done` are not a JSON object, or the text of a chunk is broken. An `error` is
    /// one whatever its data are.
    pub fn decode(event: &str, data: &str) -> Result<Self, DecodeError> {
        let data = without_bom(data);
        let name = match event {
            "" | "message" => name_in(data).unwrap_or(Cow::Borrowed(event)),
            name => Cow::Borrowed(name),
        };
        match &*name {
            "start" => start(data),
            "chunk" => chunk(data),
            "done" => done(data),
            "error" if is_object(data) => Ok(Self::Error(ApiError::from_frame(data, "the server gave no message"))),
            "error" => Ok(Self::Error(ApiError::from_body(data.as_bytes()))),
            _ => Ok(Self::Unknown { event: name.into_owned(), data: data.to_owned() }),
        }
    }

    /// The name of the event.
    #[must_use]
    pub fn event_name(&self) -> &str {
        match self {
            Self::Start { .. } => "start",
            Self::Chunk { .. } => "chunk",
            Self::Error(_) => "error",
            Self::Done { .. } => "done",
            Self::Unknown { event, .. } => event,
        }
    }

    /// The data of the event: one line of JSON, except that those of an [`Unknown`](Self::Unknown) event are as they
    /// came.
    #[must_use]
    pub fn data(&self) -> String {
        let wire = match self {
            Self::Start { message, session_id } => {
                Wire { message: message.as_deref(), session_id: session_id.as_deref(), ..Wire::default() }
            }
            Self::Chunk { content, index } => Wire { content: Some(content), index: *index, ..Wire::default() },
            Self::Error(error) => Wire::of_error(error),
            Self::Done { message, usage, execution_time } => Wire {
                message: message.as_deref(),
                usage: usage.as_ref(),
                execution_time: *execution_time,
                ..Wire::default()
            },
            Self::Unknown { data, .. } => return data.clone(),
        };
        String::from_utf8_lossy(&to_text(&wire)).into_owned()
    }
}

fn start(data: &str) -> Result<StreamEvent, DecodeError> {
    let [message, session_id] = find(data, ["message", "session_id"])?;
    Ok(StreamEvent::Start { message: owned(message), session_id: owned(session_id) })
}

fn chunk(data: &str) -> Result<StreamEvent, DecodeError> {
    let [content, index] = find(data, ["content", "index"])?;
    let content = match content {
        None => String::new(),
        Some(string) if string.starts_with('"') => text(string)
            .ok_or_else(|| DecodeError::shape(WHAT, "text with an escape that is no character"))?
            .into_owned(),
        Some(json) => json.to_owned(),
    };
    Ok(StreamEvent::Chunk { content, index: index.and_then(|index| index.parse().ok()) })
}

fn done(data: &str) -> Result<StreamEvent, DecodeError> {
    let [message, usage, execution_time] = find(data, ["message", "usage", "execution_time"])?;
    Ok(StreamEvent::Done {
        message: owned(message),
        usage: usage.filter(|json| is_object(json)).and_then(|json| from_text(json).ok()),
        execution_time: execution_time.and_then(|raw| raw.parse().ok()).filter(|time: &f64| time.is_finite()),
    })
}

fn find<'a, const N: usize>(data: &'a str, names: [&str; N]) -> Result<[Option<&'a str>; N], DecodeError> {
    members(data, names).map_err(|error| DecodeError::json(WHAT, error))
}

fn name_in(data: &str) -> Option<Cow<'_, str>> {
    let [kind, event] = members(data, ["type", "event"]).ok()?;
    kind.and_then(text).or_else(|| event.and_then(text))
}

fn owned(raw: Option<&str>) -> Option<String> {
    raw.and_then(text).map(Cow::into_owned)
}

/// Every member of every event, in the order they are written.
#[derive(Default, Serialize)]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<&'a Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_time: Option<f64>,
}

impl<'a> Wire<'a> {
    fn of_error(error: &'a ApiError) -> Self {
        Self {
            error: Some(&error.message),
            code: error.code.as_ref().map(ErrorCode::as_str),
            suggestion: error.suggestion.as_deref(),
            details: error.details.as_ref(),
            field: error.field.as_deref(),
            request_id: error.request_id.as_deref(),
            retry_after: error.retry_after,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
