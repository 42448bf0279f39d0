//! TLS as every connection of the function speaks it: rustls on ring, and whose certificates are trusted.

mod amazon;

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::VerifierBuilderError;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use amazon::AmazonFirst;

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// The machine's own; `SSL_CERT_FILE` and `SSL_CERT_DIR` are honored.
    #[default]
    Machine,
    /// Those of [Amazon Trust Services], which are built in and stand above every endpoint of AWS; the machine's own are
    /// read, once, only when a chain ends elsewhere. Reading the hundred and more of a machine is nine tenths of all that a
    /// function does before its first event.
    ///
    /// [Amazon Trust Services]: https://www.amazontrust.com/repository/
    AmazonFirst,
    /// Those of this file of PEM text, or of the files of this folder, and no others.
    Bundle(PathBuf),
}

impl Roots {
    /// As environment variables have it, given by what reads them. `AWS_CA_BUNDLE` takes the place of all others, as it does
    /// for the AWS CLI (AWS SDKs and Tools Reference Guide, "General configuration", `ca_bundle`); `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` take the place of the machine's and of Amazon's. Empty is as good as unset.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        match set("AWS_CA_BUNDLE") {
            Some(path) => Self::Bundle(path.into()),
            None if set("SSL_CERT_FILE").or_else(|| set("SSL_CERT_DIR")).is_some() => Self::Machine,
            None => Self::AmazonFirst,
        }
    }
}

/// Why there is no TLS.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// ring offers none of rustls' protocol versions.
    #[error("the TLS configuration was refused")]
    Versions(#[source] rustls::Error),
    /// The built-in roots cannot be read.
    #[error("the built-in root certificates were refused")]
    Roots(#[source] VerifierBuilderError),
    /// The [bundle](Roots::Bundle) is missing, or cannot be read.
    #[error("AWS_CA_BUNDLE names {path}, which cannot be read: {problem}")]
    #[non_exhaustive]
    Unreadable {
        /// What was named.
        path: PathBuf,
        /// What the machine says.
        problem: String,
    },
    /// The [bundle](Roots::Bundle) has no certificate.
    #[error("AWS_CA_BUNDLE names {path}, which has no certificate: PEM text with root certificates is wanted")]
    #[non_exhaustive]
    Empty {
        /// What was named.
        path: PathBuf,
    },
}

/// As people read it: what ends a `main` is printed so.
impl fmt::Debug for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// TLS 1.2 and 1.3 by rustls on ring, and these root certificates. Make it once, before the first event, since reading the
/// certificates takes milliseconds, and hand clones of it to [`Delivery::with_tls`] and to the function's other clients.
///
/// ring, not AWS-LC: AWS-LC collects CPU jitter at the first handshake, which takes most of a second at the CPU share of
/// a 128 MB function (<https://github.com/aws/aws-lambda-rust-runtime/issues/1101>).
///
/// # Errors
/// If there is a bundle without a certificate, ring offers none of rustls' protocol versions, or the built-in roots are
/// damaged. A machine without root
/// certificates is no error here, since plain HTTP to a loopback address still works; it is logged, and each https attempt
/// will say so.
///
/// [`Delivery::with_tls`]: crate::Delivery::with_tls
pub fn tls_config(roots: &Roots) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let config = versions.map_err(TlsError::Versions)?;
    let config = match roots {
        Roots::Machine => config.with_root_certificates(roots_of_the_machine()),
        Roots::Bundle(path) => config.with_root_certificates(roots_of_a_bundle(path)?),
        // Each chain is verified by rustls' own verifier; ours only says whose roots come first.
        Roots::AmazonFirst => {
            let verifier =
                AmazonFirst::new(amazon::roots(), provider, roots_of_the_machine).map_err(TlsError::Roots)?;
            config.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    Ok(config.with_no_client_auth())
}

fn roots_of_the_machine() -> RootCertStore {
    let (roots, taken) = store(rustls_native_certs::load_native_certs().certs);
    if taken == 0 {
        tracing::warn!("this machine has no root certificates, so no https server can be trusted: see SSL_CERT_FILE");
    }
    roots
}

fn roots_of_a_bundle(path: &Path) -> Result<RootCertStore, TlsError> {
    let (file, folder) = if path.is_dir() { (None, Some(path)) } else { (Some(path), None) };
    let found = rustls_native_certs::load_certs_from_paths(file, folder);
    let (roots, taken) = store(found.certs);
    match found.errors.first() {
        _ if taken > 0 => Ok(roots),
        Some(error) => Err(TlsError::Unreadable { path: path.to_owned(), problem: error.to_string() }),
        None => Err(TlsError::Empty { path: path.to_owned() }),
    }
}

fn store(certificates: Vec<CertificateDer<'static>>) -> (RootCertStore, usize) {
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(certificates);
    (roots, taken)
}

/// What is wrong with the server's certificate, if that is why a connection failed: trying again does not change it.
pub(crate) fn why_untrusted(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(why.to_string());
        }
        // An I/O error does not count what it was made of among its sources.
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}
