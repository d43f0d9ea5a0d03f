use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use runagent_types::{ErrorCode, RunRequest};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{AgentError, Context};

/// What a caller passes to an entrypoint that takes its arguments one by one, or as they come: the arguments, and the
/// [`Context`] of the call, to which it dereferences.
///
/// Where the arguments are known beforehand, a struct of them is shorter, and tells clients what to pass: see
/// [`Agent`](crate::Agent). The accessors fail with a `VALIDATION_ERROR` that names the argument, which `?` hands to the caller.
/// `Debug` leaves the arguments out: they may be secret.
///
/// ```
/// use runagent_server::{AgentError, Input};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Question {
///     text: String,
///     #[serde(default)]
///     words: Option<u32>,
/// }
///
/// async fn ask(input: Input) -> Result<String, AgentError> {
///     let question: Question = input.kwargs_as()?;
///     let language: String = input.kwarg_or("language", "en".to_owned())?;
///     Ok(format!("{} in {language}, {:?} words", question.text, question.words))
/// }
/// # let _ = runagent_server::Agent::new("a").entrypoint("ask", ask);
/// ```
#[derive(Clone)]
pub struct Input {
    args: Vec<Value>,
    kwargs: Map<String, Value>,
    body: Bytes,
    context: Context,
}

impl Input {
    /// What `request` says; it was read from `body`.
    pub(crate) fn new(request: RunRequest<'static>, body: Bytes, context: Context) -> Self {
        Self { args: request.input_args, kwargs: request.input_kwargs, body, context }
    }

    /// The request as it came, in which integers beyond 64 bits are still integers.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The positional arguments.
    #[must_use]
    pub fn args(&self) -> &[Value] {
        &self.args
    }

    /// The keyword arguments.
    #[must_use]
    pub fn kwargs(&self) -> &Map<String, Value> {
        &self.kwargs
    }

    /// The positional argument at `index`, counted from 0.
    ///
    /// # Errors
    ///
    /// It is missing, or is not a `T`.
    pub fn arg<T: DeserializeOwned>(&self, index: usize) -> Result<T, AgentError> {
        let value = self.args.get(index).ok_or_else(|| invalid(format!("missing positional argument {index}")))?;
        typed(value, || format!("positional argument {index}"))
    }

    /// The keyword argument `name`.
    ///
    /// # Errors
    ///
    /// It is missing, or is not a `T`.
    pub fn kwarg<T: DeserializeOwned>(&self, name: &str) -> Result<T, AgentError> {
        let value = self.kwargs.get(name).ok_or_else(|| invalid(format!("missing keyword argument `{name}`")))?;
        typed(value, || format!("keyword argument `{name}`"))
    }

    /// The keyword argument `name`, or `default` if it is missing. A null is not missing.
    ///
    /// # Errors
    ///
    /// It is there and is not a `T`.
    pub fn kwarg_or<T: DeserializeOwned>(&self, name: &str, default: T) -> Result<T, AgentError> {
        if self.kwargs.contains_key(name) { self.kwarg(name) } else { Ok(default) }
    }

    /// All keyword arguments as one struct.
    ///
    /// # Errors
    ///
    /// A field is missing or of another type.
    pub fn kwargs_as<T: DeserializeOwned>(&self) -> Result<T, AgentError> {
        T::deserialize(&self.kwargs).map_err(|error| invalid(format!("keyword arguments: {error}")))
    }
}

impl Deref for Input {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

fn typed<T: DeserializeOwned>(value: &Value, what: impl FnOnce() -> String) -> Result<T, AgentError> {
    T::deserialize(value).map_err(|error| invalid(format!("{}: {error}", what())))
}

fn invalid(message: String) -> AgentError {
    AgentError::new(message).with_code(ErrorCode::VALIDATION_ERROR)
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("args", &self.args.len())
            .field("kwargs", &self.kwargs.len())
            .field("context", &self.context)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    fn input(args: Value, kwargs: Value) -> Input {
        let body = json!({"entrypoint_tag": "e", "input_args": args, "input_kwargs": kwargs, "user_id": "u1"});
        crate::invocation::tests::input(&body.to_string())
    }

    fn error<T: fmt::Debug>(result: Result<T, AgentError>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::VALIDATION_ERROR));
        error.to_string()
    }

    #[test]
    fn arguments_are_typed_or_named_in_the_error() {
        let input = input(json!([1]), json!({"n": "x", "none": null}));
        assert_eq!(input.arg::<u8>(0).unwrap(), 1);
        assert_eq!(error(input.arg::<u8>(1)), "missing positional argument 1");
        assert_eq!(error(input.kwarg::<u8>("m")), "missing keyword argument `m`");
        assert!(error(input.kwarg_or("n", 3)).starts_with("keyword argument `n`: invalid type"));
        assert_eq!(input.kwarg_or("m", 3).unwrap(), 3);
        assert_eq!(input.kwarg::<Option<u8>>("none").unwrap(), None);
        assert!(error(input.kwarg_or("none", 3)).contains("null"));
    }

    #[test]
    fn keyword_arguments_fill_a_struct() {
        #[derive(Debug, Deserialize)]
        struct Point {
            x: i32,
        }
        assert_eq!(input(json!([]), json!({"x": 4, "y": 5})).kwargs_as::<Point>().unwrap().x, 4);
        assert!(error(input(json!([]), json!({})).kwargs_as::<Point>()).contains("missing field `x`"));
    }

    #[test]
    fn debug_keeps_the_arguments_to_itself() {
        let shown = format!("{:?}", input(json!(["hunter2"]), json!({"key": "hunter2"})));
        assert!(shown.contains("u1") && !shown.contains("hunter2"), "{shown}");
    }
}
