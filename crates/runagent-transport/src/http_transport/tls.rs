//! https.

use std::sync::Arc;

use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName},
};
use rustls_platform_verifier::Verifier;
use tokio::{net::TcpStream, sync::OnceCell};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::origin::Origin;
use crate::{Progress, TransportError, TransportErrorKind};

/// The TLS configuration, made on the first https connection: it reads the platform's certificate store.
pub(super) struct Tls {
    config: OnceCell<Arc<ClientConfig>>,
    extra_roots: Vec<Vec<u8>>,
}

impl Tls {
    pub(super) fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { config: OnceCell::new(), extra_roots }
    }

    pub(super) async fn handshake(
        &self,
        origin: &Origin,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, TransportError> {
        let host = origin.authority().host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| failed(&format!("`{host}` is no name a certificate can be for"), error))?;
        let config = self.config.get_or_try_init(|| self.configure()).await?.clone();
        TlsConnector::from(config).connect(name, tcp).await.map_err(|error| {
            match error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>()) {
                true => failed(&format!("the TLS handshake with {origin} failed"), error),
                // The connection broke; the certificate may be all right.
                false => {
                    let message = format!("the connection to {origin} broke in the TLS handshake");
                    TransportError::new(TransportErrorKind::Closed, Progress::NotSent, message).with_source(error)
                }
            }
        })
    }

    async fn configure(&self) -> Result<Arc<ClientConfig>, TransportError> {
        let roots: Vec<_> = self.extra_roots.iter().map(|der| CertificateDer::from(der.clone())).collect();
        // Reading the certificate store blocks for milliseconds.
        tokio::task::spawn_blocking(move || configure(roots))
            .await
            .map_err(|error| failed("the TLS configuration could not be made", error))?
            .map_err(|error| failed("the TLS configuration could not be made", error))
    }
}

/// The provider is named, so that no default of the process is needed or touched.
fn configure(extra_roots: Vec<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = if extra_roots.is_empty() {
        Verifier::new(provider.clone())?
    } else {
        Verifier::new_with_extra_roots(extra_roots, provider.clone())?
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn failed(message: &str, error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(TransportErrorKind::Tls, Progress::NotSent, message).with_source(error)
}
