//! Whether the key is good.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{Response, StatusCode};
use runagent_transport::{ApiKey, ApiRequest};

use super::{Client, TokenValidation, answer, client::READ};
use crate::RunAgentResult;

/// Where the server reads the key that it is to judge.
#[derive(Debug, Default)]
pub(super) struct TokenPlace {
    query: AtomicBool,
}

impl Client {
    /// Whether the platform accepts the key, and whose it is. A key that is not good is no error:
    /// [`valid`](TokenValidation::valid) is false then, and [`reason`](TokenValidation::reason) may say why.
    ///
    /// The key travels in the header. A server that reads it in the query only, as one that refuses the header may, is asked
    /// once more in that way, by https or on this machine alone; the client remembers it. Neither that URL nor the key is
    /// ever shown.
    ///
    /// ```
    /// use runagent::{ApiConfig, platform::Client};
    /// # use runagent::{ClientOptions, transport::testing::{Reply, ScriptedTransport}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let answer = Reply::json(200, r#"{"success":true,"data":{"valid":false,"reason":"expired"}}"#);
    /// # let options = ClientOptions::new().with_transport(ScriptedTransport::new([answer]));
    /// # let config = ApiConfig::new().with_api_key("key").with_options(options);
    /// let validation = Client::new(config)?.validate_token().await?;
    /// if !validation.valid {
    ///     println!("the key is not good: {}", validation.reason.as_deref().unwrap_or("nobody says why"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`Client`]: `AUTHENTICATION_ERROR` when the server does not even judge the key.
    pub async fn validate_token(&self) -> RunAgentResult<TokenValidation> {
        let place = &self.inner.token_place.query;
        let known = self.inner.key.as_ref().filter(|_| place.load(Ordering::Relaxed));
        let response = match known {
            Some(key) => self.ask(Some(key)).await?,
            None => {
                let response = self.ask(None).await?;
                match self.key_for_query(&response) {
                    Some(key) => {
                        let response = self.ask(Some(&key)).await?;
                        place.store(response.status().is_success(), Ordering::Relaxed);
                        response
                    }
                    None => response,
                }
            }
        };
        let mut response = self.judge(response, READ)?;
        if let Some(key) = &self.inner.key {
            // A reason may repeat it.
            let clean = Bytes::copy_from_slice(&key.redact(response.body()));
            *response.body_mut() = clean;
        }
        answer::read(&response)
    }

    /// Asks with the key in the header, and in the query as well if it is given.
    async fn ask(&self, key: Option<&ApiKey>) -> RunAgentResult<Response<Bytes>> {
        let request: ApiRequest = self.inner.api.post_json(&["tokens", "validate"], "{}").operation("validate_token");
        let request = match key {
            Some(key) => request.query("token", key.expose()),
            None => request,
        };
        self.exchange(request, self.quick(), READ).await
    }

    /// The key that was sent, if the server may want it in the query and nobody on the way can read it there.
    fn key_for_query(&self, response: &Response<Bytes>) -> Option<ApiKey> {
        let base = self.inner.api.base_url();
        let refused = matches!(
            response.status(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::UNPROCESSABLE_ENTITY
        );
        let safe = base.is_https() || base.is_loopback();
        // A refusal has the key that was sent with the request.
        response.extensions().get().filter(|_| refused && safe).cloned()
    }
}
