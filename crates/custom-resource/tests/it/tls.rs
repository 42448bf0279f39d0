//! Over TLS, as in life: which certificates are trusted, and how long a handshake and a PUT take.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use crate::handlers::event;
use crate::lambda::{Ended, lambdas};

/// An https endpoint that takes everything, with a root certificate of its own.
struct TlsEndpoint {
    port: u16,
    root: PathBuf,
    taken: Arc<AtomicUsize>,
}

impl TlsEndpoint {
    fn start() -> Self {
        let (config, root) = certificates();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("root-{port}.pem"));
        std::fs::write(&file, root).unwrap();
        let endpoint = Self { port, root: file, taken: Arc::default() };
        let taken = Arc::clone(&endpoint.taken);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if take(&config, connection).is_some() {
                    taken.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        endpoint
    }

    fn event(&self) -> Vec<u8> {
        let mut event = event("Create", &format!("https://localhost:{}/answer", self.port));
        event["ResourceProperties"] = json!({});
        serde_json::to_vec(&event).unwrap()
    }
}

impl Drop for TlsEndpoint {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.root);
    }
}

/// A server for `localhost`, and the PEM text of the root that vouches for it.
fn certificates() -> (Arc<ServerConfig>, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    (Arc::new(config), root.pem())
}

/// Takes one PUT; `None` if the client does not trust the certificate.
fn take(config: &Arc<ServerConfig>, connection: TcpStream) -> Option<()> {
    let session = ServerConnection::new(Arc::clone(config)).ok()?;
    let mut stream = StreamOwned::new(session, connection);
    let (mut request, mut buffer) = (Vec::new(), [0; 8192]);
    while !request.ends_with(b"}") {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&buffer[..read]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()?;
    stream.flush().ok()
}

#[test]
fn a_root_of_ones_own_is_trusted_through_ssl_cert_file() {
    let endpoint = TlsEndpoint::start();
    for mut lambda in lambdas(&[("SSL_CERT_FILE", endpoint.root.to_str().unwrap())]) {
        for _ in 0..3 {
            assert_eq!(lambda.invoke(&endpoint.event()), Ended::Returned("null".to_owned()));
        }
    }
    assert_eq!(endpoint.taken.load(Ordering::SeqCst) % 3, 0);
    assert!(endpoint.taken.load(Ordering::SeqCst) > 0);
}

#[test]
fn an_unknown_root_is_not_trusted_and_no_roots_are_told() {
    let endpoint = TlsEndpoint::start();
    std::fs::write(&endpoint.root, "").unwrap();
    for mut lambda in lambdas(&[("SSL_CERT_FILE", endpoint.root.to_str().unwrap())]) {
        let Ended::Failed(text) = lambda.invoke(&endpoint.event()) else { panic!() };
        assert!(text.contains("UnknownIssuer"), "{text}");
        assert!(lambda.output().contains("no root certificates"), "{}", lambda.output());
    }
    assert_eq!(endpoint.taken.load(Ordering::SeqCst), 0);
}
