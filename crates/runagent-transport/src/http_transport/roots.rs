//! Certificate authorities that are trusted besides the platform's.

use std::{
    error, fmt, fs, io,
    path::{Path, PathBuf},
};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{environment::Environment, tls::failed};
use crate::{Progress, TransportError, TransportErrorKind};

/// A certificate that the builder was given, or several.
#[derive(Clone)]
pub(super) enum GivenRoot {
    Der(Vec<u8>),
    Pem(Vec<u8>),
}

/// Where the certificates are. Nothing is read before the first https call.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    given: Vec<GivenRoot>,
    file: Option<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Roots {
    pub(super) fn new(given: Vec<GivenRoot>, environment: &Environment) -> Self {
        let folders = environment.get("SSL_CERT_DIR").unwrap_or_default();
        Self {
            given,
            file: environment.get("SSL_CERT_FILE").map(PathBuf::from),
            folders: std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()).collect(),
        }
    }

    /// Reads the certificates, each of them once.
    pub(super) fn load(&self) -> Result<Vec<CertificateDer<'static>>, TransportError> {
        let mut roots = Vec::new();
        for given in &self.given {
            match given {
                GivenRoot::Der(der) => roots.push(authority("extra_root_certificate", der.clone().into())?),
                GivenRoot::Pem(pem) => {
                    const METHOD: &str = "extra_root_certificates_pem";
                    for root in in_pem(METHOD, pem)? {
                        roots.push(authority(METHOD, root)?);
                    }
                }
            }
        }
        if let Some(file) = &self.file {
            let name = format!("SSL_CERT_FILE: {}", file.display());
            let pem = fs::read(file).map_err(|error| failed(format!("{name} can't be read"), error))?;
            // A platform's bundle may hold certificates that rustls does not take.
            roots.extend(in_pem(&name, &pem)?.into_iter().filter(is_authority));
        }
        for folder in &self.folders {
            let certificates = in_folder(folder)
                .map_err(|error| failed(format!("SSL_CERT_DIR: {} can't be read", folder.display()), error))?;
            roots.extend(certificates.into_iter().filter(is_authority));
        }
        // Folders hold links from several names to one file.
        roots.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
        roots.dedup();
        Ok(roots)
    }
}

/// The certificates of a PEM file; `name` says where it comes from.
pub(super) fn in_pem(name: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| failed(format!("{name} is broken PEM"), error))?;
    if certificates.is_empty() {
        let message = format!("{name} holds no certificate: PEM has `-----BEGIN CERTIFICATE-----`");
        return Err(TransportError::new(TransportErrorKind::Tls, Progress::NotSent, message));
    }
    Ok(certificates)
}

/// The certificates of a folder. It may have files of other kinds, and files that others may read.
fn in_folder(folder: &Path) -> Result<Vec<CertificateDer<'static>>, io::Error> {
    let mut certificates = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file()
            && let Ok(pem) = fs::read(&path)
        {
            certificates.extend(CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok));
        }
    }
    Ok(certificates)
}

/// Gives a certificate back that can be an authority's.
fn authority(name: &str, der: CertificateDer<'static>) -> Result<CertificateDer<'static>, TransportError> {
    check(&der).map_err(|error| failed(format!("{name} was given no certificate of an authority"), error))?;
    Ok(der)
}

fn is_authority(der: &CertificateDer<'static>) -> bool {
    check(der).is_ok()
}

fn check(der: &CertificateDer<'static>) -> Result<(), impl error::Error + Send + Sync + use<>> {
    RootCertStore::empty().add(der.clone())
}

impl fmt::Debug for GivenRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (form, bytes) = match self {
            Self::Der(der) => ("DER", der),
            Self::Pem(pem) => ("PEM", pem),
        };
        write!(f, "{form}({} bytes)", bytes.len())
    }
}
