//! Which functions can be entrypoints: by what they take here, by what they return in [`answer`](crate::answer).

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answer::{Typed, Untyped};
use crate::arguments::{Signature, no_arguments};
use crate::{AgentError, Context, Input};

/// A function that can be an entrypoint. `M` is inferred: it tells the kinds apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an entrypoint",
    label = "takes something else than an entrypoint may",
    note = "an entrypoint takes nothing, or its arguments, or its arguments and a `Context`",
    note = "the arguments are a type with `#[derive(serde::Deserialize, schemars::JsonSchema)]` (with the `schemars` of \
            `runagent_server::schemars`), or an `Input`",
    note = "the parameter of a closure needs its type: `async |args: Greet| …`"
)]
pub trait Handler<M>: Send + Sync + 'static {
    /// [`Typed`] or [`Untyped`].
    type Form: 'static;
    /// What the function returns.
    type Output;

    /// The function, ready to be called with what callers send.
    #[doc(hidden)]
    fn prepare(self) -> Prepared<Self::Output>;
}

/// See [`Handler::prepare`].
#[allow(missing_debug_implementations, reason = "it is a closure, and nobody outside can get one")]
pub struct Prepared<R> {
    /// The JSON Schema of the arguments, of a function that has one.
    pub(crate) input_schema: Option<Value>,
    pub(crate) call: Box<dyn Fn(Input) -> Result<R, AgentError> + Send + Sync>,
}

impl<F, R> Handler<fn(Input)> for F
where
    F: Fn(Input) -> R + Send + Sync + 'static,
{
    type Form = Untyped;
    type Output = R;

    fn prepare(self) -> Prepared<R> {
        Prepared { input_schema: None, call: Box::new(move |input| Ok(self(input))) }
    }
}

impl<F, R> Handler<fn()> for F
where
    F: Fn() -> R + Send + Sync + 'static,
{
    type Form = Typed;
    type Output = R;

    fn prepare(self) -> Prepared<R> {
        let signature = Signature::Nothing;
        let call = move |input: Input| {
            signature.check(&input)?;
            Ok(self())
        };
        Prepared { input_schema: Some(no_arguments()), call: Box::new(call) }
    }
}

impl<F, A, R> Handler<fn(A)> for F
where
    F: Fn(A) -> R + Send + Sync + 'static,
    A: DeserializeOwned + JsonSchema,
{
    type Form = Typed;
    type Output = R;

    fn prepare(self) -> Prepared<R> {
        let (signature, schema) = Signature::of::<A>();
        Prepared { input_schema: Some(schema), call: Box::new(move |input| Ok(self(signature.read(&input)?))) }
    }
}

impl<F, A, R> Handler<fn(A, Context)> for F
where
    F: Fn(A, Context) -> R + Send + Sync + 'static,
    A: DeserializeOwned + JsonSchema,
{
    type Form = Typed;
    type Output = R;

    fn prepare(self) -> Prepared<R> {
        let (signature, schema) = Signature::of::<A>();
        let call = move |input: Input| Ok(self(signature.read(&input)?, Context::clone(&input)));
        Prepared { input_schema: Some(schema), call: Box::new(call) }
    }
}
