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
    connections: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

impl TlsEndpoint {
    fn start() -> Self {
        let (config, root) = certificates();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("root-{port}.pem"));
        std::fs::write(&file, root).unwrap();
        let endpoint = Self { port, root: file, connections: Arc::default(), taken: Arc::default() };
        let (connections, taken) = (Arc::clone(&endpoint.connections), Arc::clone(&endpoint.taken));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
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
fn a_root_of_ones_own_is_trusted_in_place_of_the_machines() {
    let endpoint = TlsEndpoint::start();
    let (root, other) = (endpoint.root.to_str().unwrap(), TlsEndpoint::start());
    let other = other.root.to_str().unwrap();
    for (variables, trusted) in [
        (&[][..], false),
        (&[("SSL_CERT_FILE", root)], true),
        (&[("AWS_CA_BUNDLE", root)], true),
        (&[("AWS_CA_BUNDLE", root), ("SSL_CERT_FILE", other)], true),
        (&[("AWS_CA_BUNDLE", other), ("SSL_CERT_FILE", root)], false),
        (&[("AWS_CA_BUNDLE", ""), ("SSL_CERT_FILE", root)], true),
    ] {
        for mut lambda in lambdas(variables) {
            let before = endpoint.taken.load(Ordering::SeqCst);
            assert_eq!(matches!(lambda.invoke(&endpoint.event()), Ended::Returned(_)), trusted, "{variables:?}");
            assert_eq!(endpoint.taken.load(Ordering::SeqCst), before + usize::from(trusted), "{variables:?}");
        }
    }
}

#[test]
fn a_server_that_is_not_trusted_is_named_and_not_tried_again() {
    let endpoint = TlsEndpoint::start();
    std::fs::write(&endpoint.root, "").unwrap();
    for mut lambda in lambdas(&[("SSL_CERT_FILE", endpoint.root.to_str().unwrap())]) {
        let before = endpoint.connections.load(Ordering::SeqCst);
        let Ended::Failed(text) = lambda.invoke(&endpoint.event()) else { panic!() };
        for word in ["localhost", "UnknownIssuer", "AWS_CA_BUNDLE"] {
            assert!(text.contains(word), "{text}");
        }
        assert_eq!(endpoint.connections.load(Ordering::SeqCst), before + 1, "{text}");
        assert!(lambda.output().contains("no root certificates"), "{}", lambda.output());
    }
    assert_eq!(endpoint.taken.load(Ordering::SeqCst), 0);
}

#[test]
fn a_bundle_that_is_none_is_told_by_its_name_when_the_function_starts() {
    let endpoint = TlsEndpoint::start();
    std::fs::write(&endpoint.root, "not a certificate").unwrap();
    let no_certificate = endpoint.root.to_str().unwrap();
    for (bundle, problem) in [("/no/such/bundle.pem", "cannot be read"), (no_certificate, "no certificate")] {
        for mut lambda in lambdas(&[("AWS_CA_BUNDLE", bundle)]) {
            assert_eq!(lambda.invoke(&endpoint.event()), Ended::Exited);
            let output = lambda.output();
            assert!(
                output.contains("AWS_CA_BUNDLE") && output.contains(bundle) && output.contains(problem),
                "{output}"
            );
        }
    }
    assert_eq!(endpoint.connections.load(Ordering::SeqCst), 0);
}
