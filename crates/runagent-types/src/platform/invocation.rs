mod status;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use status::InvocationStatus;

use crate::json::or_default;

/// One run of an agent, as the server recorded it.
///
/// ```
/// use runagent_types::platform::{Invocation, InvocationStatus};
///
/// let mut invocation = Invocation::new("i1", InvocationStatus::Completed);
/// invocation.output_data = "Hello, Ada!".into();
/// invocation.execution_time_ms = Some(0.5);
/// let json = serde_json::to_string(&invocation)?;
/// assert_eq!(serde_json::from_str::<Invocation>(&json)?, invocation);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invocation {
    /// The server's id for the run.
    pub invocation_id: String,
    /// The agent that ran; empty if the server left it out.
    #[serde(default, deserialize_with = "or_default")]
    pub agent_id: String,
    /// What it was called with: `{"input_args": […], "input_kwargs": {…}}`.
    #[serde(default)]
    pub input_data: Value,
    /// What it returned. A local server records null for every result that is false in Python: `0`, `""`, `[]`, `{}`.
    #[serde(default)]
    pub output_data: Value,
    /// Why it failed.
    #[serde(default, deserialize_with = "or_default")]
    pub error_detail: Option<String>,
    /// When it was called, as the server writes it: local servers use UTC without an offset.
    #[serde(default, deserialize_with = "or_default")]
    pub request_timestamp: Option<String>,
    /// When it had ended, written in the same way.
    #[serde(default, deserialize_with = "or_default")]
    pub response_timestamp: Option<String>,
    /// How long it ran, in milliseconds.
    #[serde(default, deserialize_with = "or_default")]
    pub execution_time_ms: Option<f64>,
    /// How it is.
    #[serde(default, deserialize_with = "or_default")]
    pub status: InvocationStatus,
    /// The entrypoint that was called.
    #[serde(default, deserialize_with = "or_default")]
    pub entrypoint_tag: Option<String>,
    /// How it was called, such as `local_server` or `websocket_stream`.
    #[serde(default, deserialize_with = "or_default")]
    pub sdk_type: Option<String>,
    /// What else the server noted, such as `server_port` and `agent_name`.
    #[serde(default, deserialize_with = "or_default")]
    pub client_info: Map<String, Value>,
}

/// The answer of `GET /agents/{id}/invocations`: the runs of an agent, the newest first.
///
/// ```
/// use runagent_types::platform::{Invocation, InvocationPage, InvocationStatus};
///
/// let page = InvocationPage::new("a1", vec![Invocation::new("i1", InvocationStatus::Pending)]);
/// assert_eq!(page.total_count, Some(1));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InvocationPage {
    /// The agent's id; empty if the server left it out.
    #[serde(default, deserialize_with = "or_default")]
    pub agent_id: String,
    /// The runs.
    pub invocations: Vec<Invocation>,
    /// How many these are: local servers count this page, not all runs.
    #[serde(default, deserialize_with = "or_default")]
    pub total_count: Option<u64>,
}

impl Invocation {
    /// A run of which only the id and the status are known.
    #[must_use]
    pub fn new(invocation_id: impl Into<String>, status: InvocationStatus) -> Self {
        Self {
            invocation_id: invocation_id.into(),
            agent_id: String::new(),
            input_data: Value::Null,
            output_data: Value::Null,
            error_detail: None,
            request_timestamp: None,
            response_timestamp: None,
            execution_time_ms: None,
            status,
            entrypoint_tag: None,
            sdk_type: None,
            client_info: Map::new(),
        }
    }
}

impl InvocationPage {
    /// These runs of `agent_id`, counted.
    #[must_use]
    pub fn new(agent_id: impl Into<String>, invocations: Vec<Invocation>) -> Self {
        Self { agent_id: agent_id.into(), total_count: Some(invocations.len() as u64), invocations }
    }
}
