//! Guard rails round the entrypoint tag.

use runagent_types::{Architecture, ErrorCode, is_stream_tag};
use serde_json::json;

use crate::{RunAgentError, RunAgentResult};

/// What every tag must be.
pub(crate) fn check(tag: &str) -> RunAgentResult<()> {
    if tag.is_empty() || tag.chars().any(char::is_control) {
        let message = "the entrypoint tag is empty or has control characters";
        return Err(RunAgentError::new(ErrorCode::VALIDATION_ERROR, message));
    }
    Ok(())
}

/// A plain run needs a tag that does not stream.
pub(super) fn check_runs(tag: &str) -> RunAgentResult<()> {
    if is_stream_tag(tag) {
        let message = format!("`{}` streams: a plain run can't carry it", tag.escape_debug());
        return Err(RunAgentError::new(ErrorCode::STREAM_ENTRYPOINT, message));
    }
    Ok(())
}

/// A stream needs a tag that streams.
pub(super) fn check_streams(tag: &str) -> RunAgentResult<()> {
    if !is_stream_tag(tag) {
        let message = format!("`{}` does not stream: its tag does not end with `_stream`", tag.escape_debug());
        return Err(RunAgentError::new(ErrorCode::NON_STREAM_ENTRYPOINT, message));
    }
    Ok(())
}

/// The agent has entrypoints, but not this one.
pub(super) fn not_found(tag: &str, architecture: &Architecture) -> RunAgentError {
    let message = format!("the agent has no entrypoint `{}`", tag.escape_debug());
    missing(RunAgentError::new(ErrorCode::ENTRYPOINT_NOT_FOUND, message), tag, architecture)
}

/// Adds to an error which entrypoints there are, and logs them.
pub(super) fn missing(error: RunAgentError, tag: &str, architecture: &Architecture) -> RunAgentError {
    let tags: Vec<&str> = architecture.tags().collect();
    tracing::warn!(entrypoint_tag = tag, available_tags = ?tags, "the agent has no such entrypoint");
    let list = tags.iter().map(|tag| format!("`{}`", tag.escape_debug())).collect::<Vec<_>>().join(", ");
    let details = json!({ "entrypoint_tag": tag, "available_tags": tags });
    error.with_suggestion(format!("Use one of the tags that the agent has: {list}.")).with_details(details)
}
