//! What entrypoints may return. The markers are inferred: each tells one form of an answer from the others.

use std::convert::Infallible;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt};
use serde::Serialize;

use crate::AgentError;

/// The function takes typed arguments.
#[derive(Debug)]
#[non_exhaustive]
pub struct Typed;
/// The function takes an [`Input`](crate::Input), and its error is an [`AgentError`]: so closures need not say it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Untyped;
/// A value that is no `Result`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Plain;
/// A `Result`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fallible;
/// The function returns the stream itself.
#[derive(Debug)]
#[non_exhaustive]
pub struct Direct<K>(K);
/// The function is async, and returns the stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened<K>(K);
/// The function is async, and returns the stream or an error.
#[derive(Debug)]
#[non_exhaustive]
pub struct TryOpened<K>(K);

/// A value, or a `Result` of one.
///
/// Every `Result` is the second, whatever its error is. So one whose error serialises is both, which does not compile,
/// rather than be sent as `{"Err": …}`:
///
/// ```compile_fail
/// use runagent_server::Agent;
///
/// async fn fail() -> Result<u8, String> {
///     Err("no".to_owned())
/// }
/// let agent = Agent::new("a").entrypoint("fail", fail);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of an entrypoint",
    note = "an answer, or a chunk of a stream, is a `T: serde::Serialize`, or a `Result<T, E>` whose `E` becomes an \
            `AgentError`: any `std::error::Error` does"
)]
pub trait Outcome<K> {
    /// The value.
    type Value;
    /// Why there is none.
    type Error;

    /// The two apart.
    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T: Serialize> Outcome<Plain> for T {
    type Value = T;
    type Error = Infallible;

    fn into_result(self) -> Result<T, Infallible> {
        Ok(self)
    }
}

impl<T, E> Outcome<Fallible> for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// What an entrypoint that answers once returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of an entrypoint",
    label = "returned by the entrypoint",
    note = "an entrypoint is async, and returns a `T: serde::Serialize`, or a `Result<T, E>` whose `E` becomes an \
            `AgentError`: any `std::error::Error` does",
    note = "one that takes an `Input` returns a `Result<T, AgentError>`"
)]
pub trait IntoAnswer<K>: Send + 'static {
    /// The answer as JSON.
    #[doc(hidden)]
    fn into_answer(self) -> impl Future<Output = Result<String, AgentError>> + Send + 'static;
}

impl<F, T> IntoAnswer<(Untyped, ())> for F
where
    F: Future<Output = Result<T, AgentError>> + Send + 'static,
    T: Serialize,
{
    fn into_answer(self) -> impl Future<Output = Result<String, AgentError>> + Send + 'static {
        self.map(|answer| json(answer))
    }
}

impl<F, K> IntoAnswer<(Typed, K)> for F
where
    F: Future<Output: Outcome<K, Value: Serialize, Error: Into<AgentError>>> + Send + 'static,
{
    fn into_answer(self) -> impl Future<Output = Result<String, AgentError>> + Send + 'static {
        self.map(|answer| json(answer.into_result()))
    }
}

/// What an entrypoint that answers with a stream returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of a streaming entrypoint",
    label = "returned by the entrypoint",
    note = "a streaming entrypoint returns a `Stream` of a `T: serde::Serialize` or of `Result<T, E>`, or is async and \
            returns such a stream or a `Result` of it; each `E` becomes an `AgentError`: any `std::error::Error` does",
    note = "one that takes an `Input` is async and returns a `Result<S, AgentError>`, where `S` is a stream of \
            `Result<T, AgentError>`"
)]
pub trait IntoChunks<K>: Send + 'static {
    /// The chunks as JSON.
    #[doc(hidden)]
    fn into_chunks(self) -> BoxStream<'static, Result<String, AgentError>>;
}

impl<F, S, T> IntoChunks<(Untyped, ())> for F
where
    F: Future<Output = Result<S, AgentError>> + Send + 'static,
    S: Stream<Item = Result<T, AgentError>> + Send + 'static,
    T: Serialize,
{
    fn into_chunks(self) -> BoxStream<'static, Result<String, AgentError>> {
        self.try_flatten_stream().map(|chunk| json(chunk)).boxed()
    }
}

impl<S, K> IntoChunks<(Typed, Direct<K>)> for S
where
    S: Stream<Item: Outcome<K, Value: Serialize, Error: Into<AgentError>>> + Send + 'static,
{
    fn into_chunks(self) -> BoxStream<'static, Result<String, AgentError>> {
        self.map(|chunk| json(chunk.into_result())).boxed()
    }
}

impl<F, K: 'static> IntoChunks<(Typed, Opened<K>)> for F
where
    F: Future<Output: IntoChunks<(Typed, Direct<K>)>> + Send + 'static,
{
    fn into_chunks(self) -> BoxStream<'static, Result<String, AgentError>> {
        self.map(IntoChunks::into_chunks).flatten_stream().boxed()
    }
}

impl<F, S, E, K: 'static> IntoChunks<(Typed, TryOpened<K>)> for F
where
    F: Future<Output = Result<S, E>> + Send + 'static,
    S: IntoChunks<(Typed, Direct<K>)>,
    E: Into<AgentError> + 'static,
{
    fn into_chunks(self) -> BoxStream<'static, Result<String, AgentError>> {
        self.map_ok(IntoChunks::into_chunks).map_err(Into::into).try_flatten_stream().boxed()
    }
}

/// The text of an answer: a `Value` could not hold every number.
fn json<T: Serialize>(answer: Result<T, impl Into<AgentError>>) -> Result<String, AgentError> {
    serde_json::to_string(&answer.map_err(Into::into)?)
        .map_err(|error| AgentError::new(format!("the result has no JSON form: {error}")))
}
