//! TLS as every connection of the function speaks it: rustls on ring, with the machine's own root certificates.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// TLS 1.2 and 1.3 by rustls on ring, and the machine's own root certificates; `SSL_CERT_FILE` and `SSL_CERT_DIR` are
/// honored. Make it once, before the first event, since reading the certificates takes milliseconds, and hand clones of it
/// to [`Delivery::with_tls`] and to the function's other clients.
///
/// ring, not AWS-LC: AWS-LC collects CPU jitter at the first handshake, which takes most of a second at the CPU share of
/// a 128 MB function (<https://github.com/aws/aws-lambda-rust-runtime/issues/1101>).
///
/// # Errors
/// If ring offers none of rustls' protocol versions. A machine without root certificates is no error here, since plain
/// HTTP to a loopback address still works; it is logged, and each https attempt will say so.
///
/// [`Delivery::with_tls`]: crate::Delivery::with_tls
pub fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(native_roots()).with_no_client_auth())
}

fn native_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        tracing::warn!("this machine has no root certificates, so no https server can be trusted: see SSL_CERT_FILE");
    }
    roots
}
