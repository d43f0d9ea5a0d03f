//! Wire types of the documented REST API, whose paths begin with `/v1`.
//!
//! | On the wire | Here |
//! |---|---|
//! | body of `POST /v1/agents/{id}/invoke` and `…/stream` | [`InvokeRequest`] |
//! | answer of `…/invoke` | [`InvokeOutput`] |
//! | one event of `…/stream` | [`StreamEvent`] |
//! | `POST /v1/agents/{id}/batch` | [`BatchRequest`], [`BatchReply`] |
//! | `GET /v1/operations/{id}`, and `…/invoke` that answers at once | [`Operation`] |
//! | `GET /v1/agents` | [`Page`] of [`AgentInfo`] |
//! | `GET /v1/agents/{id}` | [`AgentInfo`] |
//! | `GET /v1/agents/{id}/health` | [`AgentHealth`] |
//! | an error | [`ApiError`](crate::ApiError), which [`error_to_json`] writes |
//!
//! Every `decode` takes the body of an answer and returns what it is, or the error that the server tells in it; a
//! [`DecodeError`](crate::DecodeError) is a body that is neither. The documents show answers with
//! `{"status": "success", "data": …}` around them and without, so both are read everywhere.
//!
//! ```
//! use runagent_types::v1::{InvokeOutput, InvokeRequest};
//!
//! let request = InvokeRequest::new("Hello").with_parameter("temperature", 0.7);
//! assert_eq!(request.to_json(), br#"{"query":"Hello","parameters":{"temperature":0.7}}"#);
//!
//! let body = br#"{"status":"success","data":{"result":"Hi","metadata":{"tokens_used":150}}}"#;
//! let output = InvokeOutput::<String>::decode(body)??;
//! assert_eq!((output.result.as_str(), output.metadata.tokens_used), ("Hi", Some(150)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent_health;
mod agent_info;
mod batch_reply;
mod batch_request;
mod invoke_metadata;
mod invoke_output;
mod invoke_request;
mod operation;
mod page;
mod reply;
mod stream_event;
mod usage;

pub use agent_health::AgentHealth;
pub use agent_info::AgentInfo;
pub use batch_reply::BatchReply;
pub use batch_request::BatchRequest;
pub use invoke_metadata::InvokeMetadata;
pub use invoke_output::InvokeOutput;
pub use invoke_request::InvokeRequest;
pub use operation::{Operation, OperationStatus};
pub use page::{Page, Pagination};
pub use reply::error_to_json;
pub use stream_event::StreamEvent;
pub use usage::Usage;
