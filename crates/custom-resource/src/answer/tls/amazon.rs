//! Amazon's own root certificates, built in, and a verifier that asks for the machine's only when a chain ends elsewhere.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// All five that Amazon Trust Services recommends to whoever keeps a trust store of their own
/// (<https://www.amazontrust.com/repository/>, seen on 2026-11-27), from Mozilla's store as Debian packages it. The first
/// of them expires on 2037-12-31. Those for the European Sovereign Cloud alone are cross-signed by 1, 3 and 4.
const AMAZON: [&[u8]; 5] = [
    include_bytes!("amazon/amazon-root-ca-1.der"),
    include_bytes!("amazon/amazon-root-ca-2.der"),
    include_bytes!("amazon/amazon-root-ca-3.der"),
    include_bytes!("amazon/amazon-root-ca-4.der"),
    include_bytes!("amazon/starfield-services-root-g2.der"),
];

pub(super) fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(AMAZON.map(CertificateDer::from));
    roots
}

/// rustls' verifier over some roots, then over all others.
pub(super) struct AmazonFirst {
    amazon: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
    read_others: Box<dyn Fn() -> RootCertStore + Send + Sync>,
    others: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl AmazonFirst {
    pub(super) fn new(
        amazon: RootCertStore,
        provider: Arc<CryptoProvider>,
        read_others: impl Fn() -> RootCertStore + Send + Sync + 'static,
    ) -> Result<Self, VerifierBuilderError> {
        let amazon = WebPkiServerVerifier::builder_with_provider(Arc::new(amazon), Arc::clone(&provider)).build()?;
        Ok(Self { amazon, provider, read_others: Box::new(read_others), others: OnceLock::new() })
    }

    /// The verifier over all others; none where the machine has no certificates.
    fn others(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        let build = || {
            let roots = Arc::new((self.read_others)());
            WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&self.provider)).build().ok()
        };
        self.others.get_or_init(build).as_ref()
    }
}

impl fmt::Debug for AmazonFirst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmazonFirst").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for AmazonFirst {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        // Whatever is wrong by Amazon's roots may be right by another: a chain that ends elsewhere, or one of two paths that
        // has expired.
        by(&self.amazon).or_else(|refusal| self.others().map_or(Err(refusal), |others| by(others)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.amazon.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.amazon.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.amazon.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
