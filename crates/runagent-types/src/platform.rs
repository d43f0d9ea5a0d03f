//! Wire types of the calls under `/api/v1` that operate the platform: what ran, what may be deployed, and deploying.
//!
//! | On the wire | Here |
//! |---|---|
//! | `GET /` of the API | [`ServerInfo`] |
//! | `GET /agents/{id}/invocations` | [`InvocationPage`] of [`Invocation`] |
//! | `GET /agents/{id}/invocations/stats` | [`InvocationStats`] |
//! | `GET /invocations/{id}` | [`Invocation`] |
//! | `GET /limits/agents` | [`AgentLimits`] |
//! | `POST /tokens/validate` | [`TokenValidation`] |
//! | `GET /projects` | [`ProjectPage`] of [`Project`] |
//! | `POST /agents/metadata-upload` | [`MetadataUpload`], [`MetadataUploaded`] |
//! | `POST /agents/upload` | [`Uploaded`] |
//! | `POST /agents/{id}/start` | [`AgentStarted`] |
//!
//! Some of these answers have an [`Envelope`](crate::Envelope), some have none: [`decode`] reads both. A server writes
//! them as they are, or with [`Reply::success_data`](crate::Reply::success_data).

mod agent_limits;
mod invocation;
mod invocation_stats;
mod metadata_upload;
mod project;
mod server_info;
mod token_validation;
mod upload;

use serde::de::DeserializeOwned;

pub use agent_limits::{AgentLimit, AgentLimits};
pub use invocation::{Invocation, InvocationPage, InvocationStatus};
pub use invocation_stats::InvocationStats;
pub use metadata_upload::{AgentMetadata, MetadataUpload, MetadataUploaded};
pub use project::{Project, ProjectPage};
pub use server_info::ServerInfo;
pub use token_validation::TokenValidation;
pub use upload::{AgentStarted, Uploaded};

use crate::answer::subject;
use crate::json::{from_object, utf8};
use crate::{ApiError, DecodeError};

/// Reads the answer to a platform call, a `T` in an envelope or without one, or the error that the server reports.
///
/// # Errors
///
/// The body is not a JSON object, or lacks what a `T` cannot be without.
///
/// ```
/// use runagent_types::platform::{self, AgentLimits, TokenValidation};
///
/// let bare = platform::decode::<AgentLimits>(br#"{"max_agents":5,"features":[]}"#)??;
/// assert_eq!(bare.max_agents.and_then(|limit| limit.at_most()), Some(5));
///
/// let enveloped = br#"{"success":true,"data":{"valid":true,"user_email":"ada@example.com"}}"#;
/// assert!(platform::decode::<TokenValidation>(enveloped)??.valid);
///
/// let failure = br#"{"success":false,"error":{"code":"NOT_FOUND","message":"Invocation x not found"}}"#;
/// let error = platform::decode::<platform::Invocation>(failure)?.unwrap_err();
/// assert_eq!(error.message, "Invocation x not found");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<Result<T, ApiError>, DecodeError> {
    const WHAT: &str = "an answer of the platform";
    match subject(WHAT, utf8(WHAT, body)?)? {
        Ok(answer) => from_object(WHAT, answer).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

#[cfg(test)]
mod tests;
