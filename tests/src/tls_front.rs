//! TLS before the local cloud, with a root certificate of its own: a network that looks into every connection.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::paths;

/// A server for `localhost` that passes everything on.
#[derive(Debug)]
pub struct TlsFront {
    port: u16,
    root: PathBuf,
    connections: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl TlsFront {
    /// In front of what speaks plain HTTP.
    pub async fn start(behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (config, root) = certificates(port);
        let file = paths::scratch().join(format!("root-{port}.pem"));
        std::fs::write(&file, root).unwrap();
        let connections = Arc::<AtomicUsize>::default();
        let accepting =
            tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(config)), behind, connections.clone()));
        Self { port, root: file, connections, accepting }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file with the root certificate that vouches for it.
    pub fn root(&self) -> &str {
        self.root.to_str().unwrap()
    }

    /// How many connections were begun, whatever came of them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = std::fs::remove_file(&self.root);
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, behind: SocketAddr, connections: Arc<AtomicUsize>) {
    while let Ok((connection, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that does not trust it, or has enough, goes away.
            let mut inside = acceptor.accept(connection).await.ok()?;
            copy_bidirectional(&mut inside, &mut TcpStream::connect(behind).await.ok()?).await.ok()
        });
    }
}

/// A certificate, and the PEM text of the root that vouches for it; its name tells it from other ports' roots.
fn certificates(port: u16) -> (ServerConfig, String) {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, format!("the root of {port}"));
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    (config, root.pem())
}
