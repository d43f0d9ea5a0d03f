use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::{from_object, or_default, utf8};
use crate::{DecodeError, EncodeError};

/// What a client asks of an agent: the body of `POST /agents/{id}/run`, and the first message of `run-stream`.
///
/// `A` are the positional arguments, anything that serialises to a JSON array; `K` are the keyword
/// arguments, anything that serialises to a JSON object ([`Kwargs`](crate::Kwargs) for a borrowed slice). A
/// server reads `RunRequest<'static>`, whose arguments are a `Vec` and a `Map` of values.
///
/// `Debug` leaves the arguments out: they may be secret.
///
/// ```
/// use runagent_types::RunRequest;
/// use serde_json::json;
///
/// let request = RunRequest::new("greet", ["Ada"], json!({"punctuation": "!"})).with_timeout_seconds(300);
/// let body = request.to_json()?;
///
/// let read = RunRequest::from_slice(&body)?;
/// assert_eq!(read.entrypoint_tag, "greet");
/// assert_eq!(read.input_args, [json!("Ada")]);
/// assert_eq!(read.timeout_seconds, Some(300));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunRequest<'a, A = Vec<Value>, K = Map<String, Value>> {
    /// Which entrypoint of the agent to call.
    pub entrypoint_tag: Cow<'a, str>,
    /// Positional arguments, a JSON array.
    #[serde(default)]
    pub input_args: A,
    /// Keyword arguments, a JSON object.
    #[serde(default)]
    pub input_kwargs: K,
    /// How long the agent may take, in seconds. The local server ignores it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Whether to answer before the run has ended. The local server ignores it.
    #[serde(default, deserialize_with = "or_default")]
    pub async_execution: bool,
    /// Whose persistent storage the agent sees.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Cow<'a, str>>,
    /// Whether the agent keeps its persistent folders between calls.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "std::ops::Not::not")]
    pub persistent_memory: bool,
}

impl<'a, A, K> RunRequest<'a, A, K> {
    /// A call of `entrypoint_tag` with these arguments and no options.
    #[must_use]
    pub fn new(entrypoint_tag: impl Into<Cow<'a, str>>, input_args: A, input_kwargs: K) -> Self {
        Self {
            entrypoint_tag: entrypoint_tag.into(),
            input_args,
            input_kwargs,
            timeout_seconds: None,
            async_execution: false,
            user_id: None,
            persistent_memory: false,
        }
    }

    /// Limits the run to this many seconds.
    #[must_use]
    pub fn with_timeout_seconds(mut self, seconds: u64) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// Asks for an answer before the run has ended.
    #[must_use]
    pub fn with_async_execution(mut self, async_execution: bool) -> Self {
        self.async_execution = async_execution;
        self
    }

    /// Names the user whose persistent storage the agent sees.
    #[must_use]
    pub fn with_user_id(mut self, user_id: impl Into<Cow<'a, str>>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Keeps the agent's persistent folders between calls.
    #[must_use]
    pub fn with_persistent_memory(mut self, persistent_memory: bool) -> Self {
        self.persistent_memory = persistent_memory;
        self
    }
}

impl<A: Serialize, K: Serialize> RunRequest<'_, A, K> {
    /// The bytes to send. Options that are not set are left out, except `async_execution`.
    ///
    /// # Errors
    ///
    /// An argument has no JSON form, or a keyword argument is given twice.
    pub fn to_json(&self) -> Result<Vec<u8>, EncodeError> {
        serde_json::to_vec(self).map_err(|error| EncodeError::new("a run request", error))
    }
}

impl RunRequest<'static> {
    /// What a server reads. Members it does not know are ignored, and so is an option of the wrong type.
    ///
    /// # Errors
    ///
    /// The body is not JSON ([`DecodeError::is_malformed`]), or `entrypoint_tag` is not a string,
    /// `input_args` not an array or `input_kwargs` not an object.
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "a run request";
        from_object(WHAT, utf8(WHAT, body)?)
    }
}

impl<A, K> fmt::Debug for RunRequest<'_, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunRequest")
            .field("entrypoint_tag", &self.entrypoint_tag)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("async_execution", &self.async_execution)
            .field("user_id", &self.user_id)
            .field("persistent_memory", &self.persistent_memory)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Kwargs;

    fn read(body: &str) -> Result<RunRequest<'static>, DecodeError> {
        RunRequest::from_slice(body.as_bytes())
    }

    #[test]
    fn writes_every_option_that_is_set_in_the_order_of_the_protocol() {
        let kwargs = [("n", json!(3))];
        let body = RunRequest::new("count", (1, "two"), Kwargs::new(&kwargs))
            .with_timeout_seconds(300)
            .with_user_id("u1")
            .with_persistent_memory(true)
            .to_json()
            .unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"entrypoint_tag":"count","input_args":[1,"two"],"input_kwargs":{"n":3},"timeout_seconds":300,"async_execution":false,"user_id":"u1","persistent_memory":true}"#
        );
    }

    #[test]
    fn leaves_out_what_is_not_set() {
        let empty: [i32; 0] = [];
        let body = RunRequest::new("echo", empty, Map::new()).to_json().unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"entrypoint_tag":"echo","input_args":[],"input_kwargs":{},"async_execution":false}"#
        );
    }

    #[test]
    fn reads_a_tag_alone() {
        let request = read(r#"{"entrypoint_tag":"echo"}"#).unwrap();
        assert!(request.input_args.is_empty() && request.input_kwargs.is_empty());
        assert_eq!(request.timeout_seconds, None);
    }

    #[test]
    fn ignores_unknown_members_and_mistyped_options() {
        let request = read(
            r#"{"id":"stream_start","entrypoint_tag":"echo","timeout_seconds":"soon","async_execution":null,
                "user_id":7,"persistent_memory":true,"more":{"deep":[1]}}"#,
        )
        .unwrap();
        assert_eq!((request.timeout_seconds, request.async_execution), (None, false));
        assert_eq!((request.user_id, request.persistent_memory), (None, true));
    }

    #[test]
    fn refuses_what_the_python_server_refuses() {
        for body in [
            "{}",
            r#"{"input_args":[],"input_kwargs":{}}"#,
            r#"{"entrypoint_tag":5}"#,
            r#"{"entrypoint_tag":"e","input_args":null}"#,
            r#"{"entrypoint_tag":"e","input_args":{}}"#,
            r#"{"entrypoint_tag":"e","input_kwargs":null}"#,
            r#"{"entrypoint_tag":"e","input_kwargs":[]}"#,
            r#"["e",[],{}]"#,
            "5",
        ] {
            let error = read(body).unwrap_err();
            assert!(!error.is_malformed(), "{body}: {error}");
        }
        for body in ["", "{", r#"{"entrypoint_tag":"#, "nope"] {
            assert!(read(body).unwrap_err().is_malformed(), "{body}");
        }
    }

    #[test]
    fn wide_integers_arrive_exactly() {
        let request = read(r#"{"entrypoint_tag":"e","input_args":[[1180591620717411303424]],"input_kwargs":{"n":-9223372036854775809}}"#)
            .unwrap();
        assert_eq!(request.input_args, [json!(["1180591620717411303424"])]);
        assert_eq!(request.input_kwargs["n"], "-9223372036854775809");

        let body = RunRequest::new("e", [i128::MAX], Map::new()).to_json().unwrap();
        assert_eq!(RunRequest::from_slice(&body).unwrap().input_args, [json!(i128::MAX.to_string())]);
    }

    #[test]
    fn debug_keeps_the_arguments_to_itself() {
        let request = RunRequest::new("e", ["hunter2"], Map::new());
        let shown = format!("{request:?}");
        assert!(shown.contains("\"e\"") && !shown.contains("hunter2"), "{shown}");
    }
}
