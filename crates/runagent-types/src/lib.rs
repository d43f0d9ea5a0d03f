//! Wire types of the RunAgent protocol: requests, envelopes, structured values, stream frames, error codes.
//!
//! No I/O and no async: bytes in, values out. The client and the server use the same types from their two
//! sides of the wire.
//!
//! | On the wire | Here |
//! |---|---|
//! | body of `POST /agents/{id}/run`, first message of `run-stream` | [`RunRequest`] |
//! | its answer | [`Envelope`] to read, [`Reply`] to write |
//! | `{"type": …, "payload": …}` in a string | [`StructuredValue`] |
//! | one message of `run-stream` | [`StreamFrame`] |
//! | any error body | [`ApiError`], whose code is an [`ErrorCode`] |
//! | `GET /agents/{id}/architecture` | [`Architecture`] |
//! | `GET /health` | [`Health`] |
//! | calls that operate the platform: what ran, limits, projects, deploying | [`platform`] |
//! | the documented REST API: invoke, stream, batch, operations | [`v1`] |
//!
//! [`DataFolder`] is where the platform's files are on this machine, for whoever reads them.
//!
//! # Numbers
//!
//! Integers beyond 64 bits are never rounded: where the target is [`serde_json::Value`] it carries their
//! digits as a string, at any depth; a typed target (`i128`, `u128`, a raw value) gets them exactly.
//! [`value_from_str`] is the one place that decides this. JSON nested deeper than 128 levels is a [`DecodeError`].
//!
//! ```
//! use runagent_types::Envelope;
//!
//! let body = br#"{"success":true,"data":"{\"type\": \"integer\", \"payload\": \"42\"}","error":null}"#;
//! let answer = Envelope::decode(body)?.into_result()?;
//! assert_eq!(answer.to_value()?, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod answer;
mod api_error;
mod architecture;
mod data_folder;
mod decode_error;
mod encode_error;
mod envelope;
mod error_code;
mod frame;
mod health;
mod json;
mod kwargs;
mod payload;
pub mod platform;
mod request;
mod structured;
mod timestamp;
pub mod v1;

pub use api_error::ApiError;
pub use architecture::{Architecture, ArchitectureError, Entrypoint, is_stream_tag};
pub use data_folder::DataFolder;
pub use decode_error::DecodeError;
pub use encode_error::EncodeError;
pub use envelope::{Envelope, Reply};
pub use error_code::{ErrorCode, ErrorKind};
pub use frame::{Frame, StreamFrame};
pub use health::Health;
pub use json::{typed_from_str, value_from_slice, value_from_str};
pub use kwargs::Kwargs;
pub use payload::Payload;
pub use request::RunRequest;
pub use structured::{StructuredValue, ValueKind, decode_text, generator_repr};
pub use timestamp::rfc3339;
