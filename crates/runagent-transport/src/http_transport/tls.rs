//! https.

use std::{error, fmt, io, sync::Arc};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, Error,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::OnceCell,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use zeroize::Zeroizing;

use super::{
    dial::Protocols,
    origin::Origin,
    roots::{self, Roots},
};
use crate::{Progress, TransportError, TransportErrorKind};

/// The TLS configuration, made on the first https connection: it reads the platform's certificate store.
pub(super) struct Tls {
    config: OnceCell<Arc<ClientConfig>>,
    roots: Roots,
    identity: Option<Identity>,
}

/// A certificate chain and its private key for servers that ask for one, both PEM.
#[derive(Clone)]
pub(super) struct Identity {
    chain: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Tls {
    pub(super) fn new(roots: Roots, identity: Option<Identity>) -> Self {
        Self { config: OnceCell::new(), roots, identity }
    }

    /// With a configuration of the caller's.
    pub(super) fn with_config(config: Arc<ClientConfig>) -> Self {
        Self { config: OnceCell::new_with(Some(config)), roots: Roots::default(), identity: None }
    }

    /// Says in the handshake (ALPN) which protocols can follow it.
    pub(super) async fn handshake<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        origin: &Origin,
        protocols: Protocols,
        io: T,
    ) -> Result<TlsStream<T>, TransportError> {
        let host = origin.host();
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| failed(format!("`{host}` is no name a certificate can be for"), error))?;
        let config = self.config.get_or_try_init(|| self.configure()).await?.clone();
        let connector = TlsConnector::from(config);
        let connecting = connector.with_alpn(protocols.names()).connect(name, io);
        connecting.await.map_err(|error| handshake_failed(origin, error))
    }

    async fn configure(&self) -> Result<Arc<ClientConfig>, TransportError> {
        let (roots, identity) = (self.roots.clone(), self.identity.clone());
        // Reading the certificate store blocks for milliseconds.
        tokio::task::spawn_blocking(move || configure(&roots, identity))
            .await
            .map_err(|error| failed("the TLS configuration could not be made".into(), error))?
    }
}

impl Identity {
    pub(super) fn new(chain: Vec<u8>, key: Vec<u8>) -> Self {
        Self { chain, key: Zeroizing::new(key) }
    }

    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TransportError> {
        let chain = roots::in_pem("client_certificate: the chain", &self.chain)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| {
            failed("client_certificate: the key is no PEM of a private key that is not encrypted".into(), error)
        })?;
        Ok((chain, key))
    }
}

fn configure(roots: &Roots, identity: Option<Identity>) -> Result<Arc<ClientConfig>, TransportError> {
    let unusable = |error| failed("the TLS configuration could not be made".into(), error);
    let provider = provider()?;
    let roots = roots.load()?;
    let verifier = match roots.is_empty() {
        true => Verifier::new(provider.clone()),
        false => Verifier::new_with_extra_roots(roots, provider.clone()),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier.map_err(unusable)?));
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = identity.read()?;
            config.with_client_auth_cert(chain, key).map_err(|error| {
                failed("client_certificate: the certificate and the key can't be used together".into(), error)
            })?
        }
    };
    Ok(Arc::new(config))
}

/// Who does the cryptography. It is named, so that no default of the process is needed or touched. Where both are on, one
/// is there by default and the other was asked for.
fn provider() -> Result<Arc<CryptoProvider>, TransportError> {
    #[cfg(feature = "tls-aws-lc")]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "tls", not(feature = "tls-aws-lc")))]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "tls", feature = "tls-aws-lc")))]
    return Err(super::https_needs_a_feature());
}

/// What went wrong in a handshake, and what to do about it where that is known.
fn handshake_failed(origin: &Origin, error: io::Error) -> TransportError {
    let Some(cause) = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) else {
        // The connection broke; the certificate may be all right.
        let message = format!("the connection to {origin} broke in the TLS handshake");
        return TransportError::new(TransportErrorKind::Closed, Progress::NotSent, message).with_source(error);
    };
    let message = match cause {
        Error::InvalidMessage(_) => format!("{origin} does not speak TLS: is it an http:// address?"),
        Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => format!(
                "the certificate of {origin} is signed by no authority trusted here: name a file with the authority's \
                 in SSL_CERT_FILE, or add it to the transport"
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the certificate of {origin} has expired, or the clock is wrong")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("the certificate of {origin} is not valid yet, or the clock is wrong")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate of {origin} is for another host")
            }
            _ => format!("the certificate of {origin} is not accepted"),
        },
        _ => format!("the TLS handshake with {origin} failed"),
    };
    failed(message, error)
}

/// Whether a server ended a connection for want of a client certificate. With TLS 1.3 it is heard of after the handshake.
pub(super) fn is_certificate_wanted(error: &hyper::Error) -> bool {
    let io = error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    let tls = io.and_then(io::Error::get_ref).and_then(|cause| cause.downcast_ref::<Error>());
    matches!(tls, Some(Error::AlertReceived(AlertDescription::CertificateRequired)))
}

pub(super) fn failed(message: String, error: impl error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(TransportErrorKind::Tls, Progress::NotSent, message).with_source(error)
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(set)")
    }
}

#[cfg(all(test, feature = "tls-aws-lc"))]
mod tests {
    use rustls::NamedGroup;

    use super::*;

    #[test]
    fn aws_lc_goes_before_ring() {
        // ring has no such key exchange.
        let groups = provider().expect("a provider").kx_groups.clone();
        assert!(groups.iter().any(|group| group.name() == NamedGroup::X25519MLKEM768));
    }
}
