//! Where keys come from that expire.

use std::{fmt, sync::Arc};

use crate::{ApiKey, BoxFuture, TransportError};

/// Gives an API its key: see [`ApiBuilder::credentials`](crate::ApiBuilder::credentials).
///
/// It is asked for every attempt, so it should keep what it has got; not for a request with an `Authorization` of its own.
/// When the server refuses a key with 401 it is asked once more, and if the key is another one, the request is sent again
/// with that: a refused request was not acted on.
///
/// [`credentials_fn`] makes one out of a closure.
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// The key to send. `refused` is the one that the server has just refused: give no kept copy of that.
    ///
    /// # Errors
    ///
    /// When there is none: the error of the call, for example of the kind
    /// [`Credentials`](crate::TransportErrorKind::Credentials). After a 401 the answer of the server stands.
    fn key(&self, refused: Option<ApiKey>) -> BoxFuture<'_, Result<ApiKey, TransportError>>;
}

impl<T: Credentials + ?Sized> Credentials for Arc<T> {
    fn key(&self, refused: Option<ApiKey>) -> BoxFuture<'_, Result<ApiKey, TransportError>> {
        (**self).key(refused)
    }
}

/// Credentials out of a closure.
///
/// ```
/// use runagent_transport::{Api, ApiKey, BaseUrl, credentials_fn, transport_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = credentials_fn(|refused| async move {
///     // Here: from a file, a vault or a token service, and anew when one was refused.
///     let key = if refused.is_some() { "fresh" } else { "stale" };
///     Ok(ApiKey::new(key).expect("a key"))
/// });
/// let transport = transport_fn(|request| async move {
///     let mut response = http::Response::new("".into());
///     if request.headers()["authorization"] != "Bearer fresh" {
///         *response.status_mut() = http::StatusCode::UNAUTHORIZED;
///     }
///     Ok(response)
/// });
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).credentials(credentials).build();
/// assert_eq!(api.get(&["agents"]).send().await?.status(), 200);
/// # Ok(())
/// # }
/// ```
pub const fn credentials_fn<F, Fut>(key: F) -> CredentialsFn<F>
where
    F: Fn(Option<ApiKey>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<ApiKey, TransportError>> + Send + 'static,
{
    CredentialsFn(key)
}

/// What [`credentials_fn`] makes.
pub struct CredentialsFn<F>(F);

impl<F, Fut> Credentials for CredentialsFn<F>
where
    F: Fn(Option<ApiKey>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<ApiKey, TransportError>> + Send + 'static,
{
    fn key(&self, refused: Option<ApiKey>) -> BoxFuture<'_, Result<ApiKey, TransportError>> {
        Box::pin((self.0)(refused))
    }
}

impl<F> fmt::Debug for CredentialsFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialsFn")
    }
}
