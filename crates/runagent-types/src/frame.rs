use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::{members, text, to_text, two_texts, without_bom};
use crate::payload::deserialize;
use crate::structured::deserialize_text;
use crate::{ApiError, DecodeError, ErrorCode, StructuredValue};

const WHAT: &str = "a stream frame";

/// One message of `run-stream`, with chunks of type `D`; [`StreamFrame`] is the one whose chunks are values.
///
/// ```
/// use runagent_types::Frame;
///
/// let frame = Frame::<u32>::decode(r#"{"type":"data","content":"{\"type\": \"integer\", \"payload\": \"7\"}"}"#)?;
/// assert_eq!(frame, Frame::Data(7));
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Frame<D> {
    /// The agent has started.
    Started {
        /// The server's id for this invocation.
        invocation_id: Option<String>,
    },
    /// One chunk that the agent yielded.
    Data(D),
    /// The stream is complete; the server says nothing more, and does not hang up either.
    Completed {
        /// How many chunks the agent yielded.
        total_chunks: Option<u64>,
        /// How long the agent ran, in seconds.
        execution_time: Option<f64>,
        /// The server's id for this invocation.
        invocation_id: Option<String>,
    },
    /// The stream failed. The code is `None` when the server gave none.
    Error(ApiError),
    /// A frame that means nothing to us, to be skipped: progress, keep-alive, what newer servers add.
    Unknown {
        /// The frame's `status` or `type`.
        kind: String,
    },
}

/// A [`Frame`] whose chunks are JSON values.
///
/// ```
/// use runagent_types::StreamFrame;
///
/// let frame = StreamFrame::Data("hello".into());
/// let wire = frame.to_json();
/// assert_eq!(wire, r#"{"type":"data","content":"{\"type\": \"string\", \"payload\": \"\\\"hello\\\"\"}"}"#);
/// assert_eq!(StreamFrame::decode(&wire)?, frame);
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
pub type StreamFrame = Frame<Value>;

impl<D: DeserializeOwned> Frame<D> {
    /// Reads one text message.
    ///
    /// A chunk is under `content`, else `data`, `payload` or `delta`: a string is decoded as
    /// [`decode_text`](crate::decode_text) does, other JSON is the chunk itself, and without any it is null.
    ///
    /// # Errors
    ///
    /// The message is not a JSON object, or its chunk is broken or not a `D`.
    pub fn decode(frame: &str) -> Result<Self, DecodeError> {
        let frame = without_bom(frame);
        // Nearly every frame, in one pass.
        if let Some([kind, content]) = two_texts(frame, [r#""type""#, r#""content""#])
            && kind == "data"
        {
            return deserialize_text(&content).map(Self::Data);
        }
        let [kind, status, content, data, payload, delta, invocation_id, total_chunks, execution_time] = members(
            frame,
            [
                "type",
                "status",
                "content",
                "data",
                "payload",
                "delta",
                "invocation_id",
                "total_chunks",
                "execution_time",
            ],
        )
        .map_err(|error| DecodeError::json(WHAT, error))?;
        let kind = kind.and_then(text).unwrap_or_default();
        match &*kind {
            "data" => deserialize(content.or(data).or(payload).or(delta)).map(Self::Data),
            "error" => Ok(Self::Error(ApiError::from_frame(frame, "the server gave no message"))),
            "status" => Ok(match status.and_then(text).unwrap_or_default() {
                status if status == "stream_started" => Self::Started { invocation_id: owned(invocation_id) },
                status if status == "stream_completed" => Self::Completed {
                    total_chunks: total_chunks.and_then(|raw| raw.parse().ok()),
                    execution_time: execution_time
                        .and_then(|raw| raw.parse().ok())
                        .filter(|time: &f64| time.is_finite()),
                    invocation_id: owned(invocation_id),
                },
                status => match failure(&status, frame) {
                    Some(error) => Self::Error(error),
                    None => Self::Unknown { kind: status.into_owned() },
                },
            }),
            _ => Ok(Self::Unknown { kind: kind.into_owned() }),
        }
    }
}

/// The error that a status stands for, if it does.
fn failure(status: &str, frame: &str) -> Option<ApiError> {
    match status {
        "stream_error" | "stream_failed" => Some(ApiError::from_frame(frame, "the stream failed")),
        "stream_interrupted" => Some(ApiError::from_frame(frame, "the stream was interrupted")),
        "stream_retry" => Some(ApiError {
            code: Some(ErrorCode::from_static("STREAM_RETRY")),
            ..ApiError::from_frame(frame, "the server asks to try again later")
        }),
        _ => None,
    }
}

fn owned(raw: Option<&str>) -> Option<String> {
    raw.and_then(text).map(Cow::into_owned)
}

impl Frame<Value> {
    /// The text message that a server sends.
    ///
    /// An error is the text that every client reads, under `error`, and beside it the code, suggestion and
    /// details for those that read more. [`refusal`](Self::refusal) is for an error before the start.
    #[must_use]
    pub fn to_json(&self) -> String {
        let wire = match self {
            Self::Started { invocation_id } => {
                Wire { status: Some("stream_started"), invocation_id: invocation_id.as_deref(), ..Wire::of("status") }
            }
            Self::Data(value) => Wire { content: Some(StructuredValue::encode(value)), ..Wire::of("data") },
            Self::Completed { total_chunks, execution_time, invocation_id } => Wire {
                status: Some("stream_completed"),
                total_chunks: *total_chunks,
                execution_time: *execution_time,
                invocation_id: invocation_id.as_deref(),
                ..Wire::of("status")
            },
            Self::Error(error) => {
                Wire { error: Some(format!("Streaming error: {}", error.message)), ..Wire::of_error(error) }
            }
            Self::Unknown { kind } => Wire::of(kind),
        };
        wire.to_json()
    }

    /// The text message of a chunk that is JSON text already, as [`StructuredValue::encode_json`] takes it.
    ///
    /// ```
    /// use runagent_types::StreamFrame;
    ///
    /// assert_eq!(StreamFrame::data_json("\"hello\""), StreamFrame::Data("hello".into()).to_json());
    /// ```
    #[must_use]
    pub fn data_json(json: &str) -> String {
        Wire { content: Some(StructuredValue::encode_json(json)), ..Wire::of("data") }.to_json()
    }

    /// The text message with which a server refuses to start a stream, before it closes with code 1003: an
    /// unknown tag, a tag that does not stream, a request it cannot read. Just a sentence, as the Python server
    /// sends it: its client shows words of its own when a code stands beside it.
    ///
    /// ```
    /// use runagent_types::StreamFrame;
    ///
    /// assert_eq!(
    ///     StreamFrame::refusal("Entrypoint x_stream not found"),
    ///     r#"{"type":"error","detail":"Entrypoint x_stream not found"}"#
    /// );
    /// ```
    #[must_use]
    pub fn refusal(detail: &str) -> String {
        Wire { detail: Some(detail), ..Wire::of("error") }.to_json()
    }
}

/// Every member of every frame, in the order they are written.
#[derive(Default, Serialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_chunks: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invocation_id: Option<&'a str>,
}

impl<'a> Wire<'a> {
    fn of(kind: &'a str) -> Self {
        Self { kind, ..Self::default() }
    }

    fn of_error(error: &'a ApiError) -> Self {
        Self {
            code: error.code.as_ref().map(ErrorCode::as_str),
            suggestion: error.suggestion.as_deref(),
            details: error.details.as_ref(),
            retry_after: error.retry_after,
            ..Self::of("error")
        }
    }

    fn to_json(&self) -> String {
        String::from_utf8_lossy(&to_text(self)).into_owned()
    }
}

#[cfg(test)]
mod tests;
