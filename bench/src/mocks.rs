//! KMS, DynamoDB, or S3 in its place, the response endpoint and Parameter Store as far as one secret needs them: over TLS on loopback, with the latency that
//! is asked for, and able to fall silent. They check no signature and no right; the tests do that.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::bucket;
use crate::crowd::Crowd;
pub(crate) use crate::crowd::MANY;

/// The secret that everybody reads.
pub(crate) const SECRET_ID: &str = "secrets/shop/prod/default@7.07070707";

/// The four servers.
pub(crate) struct Mocks {
    pub(crate) kms: u16,
    pub(crate) dynamodb: u16,
    pub(crate) s3: u16,
    pub(crate) ssm: u16,
    /// The certificate that a client must trust.
    pub(crate) root: String,
    pub(crate) shared: Arc<Shared>,
}

/// What a run sets and reads.
#[derive(Default)]
pub(crate) struct Shared {
    latency_us: AtomicU64,
    connect_us: AtomicU64,
    epoch: AtomicU64,
    calls: [AtomicU64; 4],
    wrong: AtomicU64,
    crowd: Crowd,
}

impl Shared {
    /// How long each call, and each new connection, takes from now on.
    pub(crate) fn set_latency(&self, call: Duration, connection: Duration) {
        self.latency_us.store(u64::try_from(call.as_micros()).unwrap_or(0), SeqCst);
        self.connect_us.store(u64::try_from(connection.as_micros()).unwrap_or(0), SeqCst);
    }

    /// The connections that there are never say a word again.
    pub(crate) fn fall_silent(&self) {
        self.epoch.fetch_add(1, SeqCst);
    }

    /// Calls of KMS, DynamoDB, the response endpoint and Parameter Store since this was last asked, and whether all answers were good.
    pub(crate) fn take_calls(&self) -> ([u64; 4], bool) {
        let calls = [0, 1, 2, 3].map(|index| self.calls[index].swap(0, SeqCst));
        (calls, self.wrong.swap(0, SeqCst) == 0)
    }

    fn pause(microseconds: &AtomicU64) {
        std::thread::sleep(Duration::from_micros(microseconds.load(SeqCst)));
    }
}

impl Mocks {
    /// Starts them; they run until the process ends.
    pub(crate) fn start(crowd: Crowd) -> Self {
        let (config, root) = certificates();
        let shared = Arc::new(Shared { crowd, ..Shared::default() });
        let [kms, dynamodb, s3, ssm] = [0, 1, 2, 3].map(|service| listen(service, &config, &shared));
        Self { kms, dynamodb, s3, ssm, root, shared }
    }
}

/// A root of our own and a certificate for `localhost` under it, ECDSA P-256.
fn certificates() -> (Arc<ServerConfig>, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(DnType::CommonName, "root of make bench");
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    let leaf = leaf.signed_by(&key, &root).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap());
    (Arc::new(config.unwrap()), root.pem())
}

fn listen(service: usize, config: &Arc<ServerConfig>, shared: &Arc<Shared>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (config, shared) = (Arc::clone(config), Arc::clone(shared));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (config, shared) = (Arc::clone(&config), Arc::clone(&shared));
            // A connection that breaks is the client's affair.
            std::thread::spawn(move || serve(service, stream, config, &shared));
        }
    });
    port
}

fn serve(service: usize, stream: TcpStream, config: Arc<ServerConfig>, shared: &Shared) -> std::io::Result<()> {
    let epoch = shared.epoch.load(SeqCst);
    stream.set_nodelay(true)?;
    Shared::pause(&shared.connect_us);
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let (head, body) = read(&mut stream)?;
        if shared.epoch.load(SeqCst) != epoch {
            loop {
                std::thread::park();
            }
        }
        Shared::pause(&shared.latency_us);
        let (status, answer) = answer(service, &head, &body, shared);
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
        stream.get_mut().write_all(answer.as_bytes())?;
        stream.get_mut().flush()?;
    }
}

/// The head in lower case, and the body.
pub(crate) fn read(stream: &mut impl BufRead) -> std::io::Result<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    Ok((head, body))
}

fn answer(service: usize, head: &str, body: &[u8], shared: &Shared) -> (&'static str, String) {
    if head.starts_with("get / ") {
        return ("404 Not Found", "{}".to_owned());
    }
    shared.calls[service].fetch_add(1, SeqCst);
    if let Some(object) = bucket::answer(head, &item()) {
        return ("200 OK", object);
    }
    let target = head.lines().find_map(|line| line.strip_prefix("x-amz-target:")).unwrap_or("put").trim();
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(answer) = shared.crowd.answer(target, &said) {
        return ("200 OK", answer.to_string());
    }
    let answer = match target {
        "put" => {
            let good = said["Status"] == "SUCCESS" && !head.contains("authorization:");
            shared.wrong.fetch_add(u64::from(!good), SeqCst);
            return ("200 OK", String::new());
        }
        "dynamodb_20120810.getitem" if said["Key"]["Env"]["S"] == "prod" => {
            json!({"Item": of_vector(include_str!("../../tests/vectors/items/head.json"))})
        }
        "dynamodb_20120810.getitem" => json!({"Item": item()}),
        "dynamodb_20120810.query" => json!({"Items": [], "Count": 0, "ScannedCount": 0}),
        "dynamodb_20120810.transactwriteitems" => json!({}),
        // 32 characters, and what KMS might make of them.
        "trentservice.decrypt" => json!({"Plaintext": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=", "KeyId": KEY}),
        "trentservice.encrypt" => json!({"CiphertextBlob": "AQIDBAUGBwgJ".repeat(16), "KeyId": KEY}),
        "amazonssm.getparameterhistory" => {
            return ("400 Bad Request", json!({"__type": "ParameterNotFound"}).to_string());
        }
        "amazonssm.putparameter" => json!({"Version": 1}),
        _ => return ("400 Bad Request", json!({"__type": "UnknownOperationException"}).to_string()),
    };
    ("200 OK", answer.to_string())
}

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/99999999-8888-7777-6666-555555555555";

/// The stored version, as `docs/format.md` describes it.
fn item() -> Value {
    of_vector(include_str!("../../tests/vectors/items/active.json"))
}

fn of_vector(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
