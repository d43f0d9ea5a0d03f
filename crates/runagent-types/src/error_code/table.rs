//! The codes this toolkit gives: one row each, and the only place that invents one.

use super::{ErrorCode, ErrorKind};

pub(super) struct Row {
    pub(super) code: &'static str,
    pub(super) kind: ErrorKind,
    pub(super) suggestion: &'static str,
    pub(super) retryable: bool,
}

pub(super) fn find(code: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident: $kind:ident, retry $retryable:literal, $suggestion:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $code: Self = Self::from_static(stringify!($code));)*
        }

        pub(super) static ROWS: &[Row] = &[$(Row {
            code: stringify!($code),
            kind: ErrorKind::$kind,
            suggestion: $suggestion,
            retryable: $retryable,
        }),*];
    };
}

codes! {
    /// No API key, or one that the server does not accept.
    AUTHENTICATION_ERROR: Authentication, retry false,
        "Set RUNAGENT_API_KEY env var or use .with_api_key() in config.";
    /// The key is known but may not do this.
    PERMISSION_ERROR: Permission, retry false,
        "Use an API key that has access to this agent, or ask its owner for access.";
    /// The request itself is wrong.
    VALIDATION_ERROR: Validation, retry false,
        "Correct the request: the message and details name what was refused.";
    /// The server was not reached, so nothing ran.
    CONNECTION_ERROR: Network, retry true,
        "Check that the server is running and reachable at this address, then try again.";
    /// No answer in time; the agent may have run.
    TIMEOUT_ERROR: Timeout, retry false,
        "Allow more time, or check whether the agent did its work before you call it again.";
    /// Too many requests.
    RATE_LIMIT_ERROR: RateLimit, retry true,
        "Wait as long as the server asks, then try again, or make fewer calls.";
    /// The server failed.
    SERVER_ERROR: Server, retry false,
        "Look at the agent's logs; if the agent ran, calling it again repeats its work.";
    /// The agent is not in the local registry, or is not being served.
    AGENT_NOT_FOUND_LOCAL: AgentNotFound, retry false,
        "Ensure the agent is registered locally (runagent serve or runagent config --register-agent).";
    /// The platform has no such agent, or none that this key may see.
    AGENT_NOT_FOUND_REMOTE: AgentNotFound, retry false,
        "Verify the agent ID and that your API key has access.";
    /// The agent has no entrypoint with this tag.
    ENTRYPOINT_NOT_FOUND: Entrypoint, retry false,
        "Use one of the agent's entrypoint tags; get_agent_architecture lists them.";
    /// A streaming tag was called without a stream.
    STREAM_ENTRYPOINT: Entrypoint, retry false,
        "Call run_stream* or switch to a non-stream tag.";
    /// A tag that does not stream was called with a stream.
    NON_STREAM_ENTRYPOINT: Entrypoint, retry false,
        "Call run* or deploy a _stream entrypoint.";
    /// The server lists no entrypoints for the agent.
    ARCHITECTURE_MISSING: Entrypoint, retry false,
        "Redeploy the agent; ensure entrypoints are defined in runagent.config.json.";
    /// A stream ended without saying that it was complete.
    STREAM_TRUNCATED: Stream, retry false,
        "Treat what arrived as incomplete; check the server, then start a new stream.";
    /// A stream was silent for too long.
    STREAM_IDLE: Stream, retry false,
        "Raise the idle timeout if the agent may think that long between chunks.";
    /// The agent failed while it was streaming.
    STREAM_ERROR: Stream, retry false,
        "Look at the agent's logs for the error that ended the stream.";
    /// An answer or an event is larger than the client allows.
    RESPONSE_TOO_LARGE: Limit, retry false,
        "Raise the client's size limit, or have the agent return less or stream it.";
    /// An answer cannot be understood.
    DECODE_ERROR: Decode, retry false,
        "Check that the address is a RunAgent server and that the result has the type you ask for.";
    /// The client's own configuration is wrong.
    CONFIG_ERROR: Config, retry false,
        "Correct the setting that the message names.";
    /// The local registry cannot be read.
    REGISTRY_ERROR: Registry, retry false,
        "Check that ~/.runagent/runagent_local.db is readable, or give the address with with_address().";
    /// The caller cancelled.
    CANCELLED: Cancelled, retry false,
        "Nothing to do: the call was cancelled on this side; the agent may have run.";
    /// Nothing more is known.
    UNKNOWN_ERROR: Unknown, retry false,
        "Look at the message and details, and at the agent's logs.";
}
