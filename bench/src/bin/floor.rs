//! The getter's work by hand: blocking sockets, TLS by rustls on ring, requests signed here, no SDK, no executor, no
//! guard. What is faster than this is not doing the work.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a measure, not a product")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::{digest, hmac};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

type Tls = BufReader<StreamOwned<ClientConnection, TcpStream>>;

fn main() {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = Arc::new(
        config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth(),
    );
    let mut dynamodb = connect(&config, &host("AWS_ENDPOINT_URL_DYNAMODB"));
    let mut kms = connect(&config, &host("AWS_ENDPOINT_URL_KMS"));

    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut lambda = BufReader::new(TcpStream::connect(&api).unwrap());
    loop {
        let next = format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {api}\r\n\r\n");
        lambda.get_mut().write_all(next.as_bytes()).unwrap();
        let (head, event) = read(&mut lambda);
        let id = head.iter().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: ")).unwrap();
        answer(&serde_json::from_slice(&event).unwrap(), &config, &mut dynamodb, &mut kms);
        let done = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: {api}\r\nContent-Length: 4\r\n\r\nnull"
        );
        lambda.get_mut().write_all(done.as_bytes()).unwrap();
        read(&mut lambda);
    }
}

/// `TableName/StackName/Env/Name@version.tag` to the password, and that to CloudFormation.
fn answer(event: &Value, config: &Arc<ClientConfig>, dynamodb: &mut Tls, kms: &mut Tls) {
    let id = event["ResourceProperties"]["SecretId"].as_str().unwrap();
    let parts: Vec<&str> = id.split(['/', '@', '.']).collect();
    let version: u64 = parts[4].parse().unwrap();
    let key = json!({"StackName": {"S": parts[1]}, "Env": {"S": format!("{}#{version:019}", parts[2])}});
    let get = json!({"TableName": parts[0], "Key": key, "ConsistentRead": true});
    let host = host("AWS_ENDPOINT_URL_DYNAMODB");
    let item = &call(dynamodb, &host, "dynamodb", "DynamoDB_20120810.GetItem", &get)["Item"];
    let context = item["EncryptionContext"]["M"].as_object().unwrap();
    let context: serde_json::Map<_, _> =
        context.iter().map(|(name, value)| (name.clone(), value["S"].clone())).collect();
    let decrypt = json!({
        "CiphertextBlob": item["Ciphertext"]["S"], "KeyId": item["KeyArn"]["S"], "EncryptionContext": context,
    });
    let host = self::host("AWS_ENDPOINT_URL_KMS");
    let plaintext = call(kms, &host, "kms", "TrentService.Decrypt", &decrypt);
    let plaintext =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, plaintext["Plaintext"].as_str().unwrap());
    let body = json!({
        "Status": "SUCCESS", "PhysicalResourceId": "floor", "StackId": event["StackId"], "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"], "NoEcho": true,
        "Data": {"password": String::from_utf8(plaintext.unwrap()).unwrap(), "Version": version.to_string()},
    })
    .to_string();
    let url = event["ResponseURL"].as_str().unwrap().strip_prefix("https://").unwrap();
    let (host, path) = url.split_once('/').unwrap();
    let mut s3 = connect(config, host);
    let put = format!("PUT /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    s3.get_mut().write_all(put.as_bytes()).unwrap();
    assert!(read(&mut s3).0[0].contains(" 200 "));
}

/// One signed call of a JSON service: Signature Version 4 over four headers.
fn call(connection: &mut Tls, host: &str, service: &str, target: &str, body: &Value) -> Value {
    let (body, (date, time)) = (body.to_string(), now());
    let token = std::env::var("AWS_SESSION_TOKEN").unwrap_or_default();
    let signed = "host;x-amz-date;x-amz-security-token;x-amz-target";
    let canonical = format!(
        "POST\n/\n\nhost:{host}\nx-amz-date:{time}\nx-amz-security-token:{token}\nx-amz-target:{target}\n\n{signed}\n{}",
        hex(digest::digest(&digest::SHA256, body.as_bytes()).as_ref())
    );
    let region = std::env::var("AWS_REGION").unwrap();
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let secret = format!("AWS4{}", std::env::var("AWS_SECRET_ACCESS_KEY").unwrap());
    let key = [&date, &region, service, "aws4_request"].iter().fold(secret.into_bytes(), |key, part| mac(&key, part));
    let signature = hex(&mac(&key, &format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}")));
    let access_key = std::env::var("AWS_ACCESS_KEY_ID").unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Date: {time}\r\nX-Amz-Security-Token: {token}\r\n\
         X-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed}, \
         Signature={signature}\r\n\r\n{body}",
        body.len()
    );
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    serde_json::from_slice(&read(connection).1).unwrap()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// `20260101` and `20260101T000000Z`, by the days of the civil calendar.
fn now() -> (String, String) {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (days, rest) = (seconds / 86400, seconds % 86400);
    let (mut year, mut day) = (1970, days);
    let length =
        |year: u64| 365 + u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    while day >= length(year) {
        day -= length(year);
        year += 1;
    }
    let mut month = 0;
    let months = [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= months[month] {
        day -= months[month];
        month += 1;
    }
    let date = format!("{year}{:02}{:02}", month + 1, day + 1);
    let time = format!("{date}T{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60);
    (date, time)
}

fn host(variable: &str) -> String {
    std::env::var(variable).unwrap().strip_prefix("https://").unwrap().to_owned()
}

/// Connected and shaken hands.
fn connect(config: &Arc<ClientConfig>, host: &str) -> Tls {
    let name = host.split(':').next().unwrap().to_owned().try_into().unwrap();
    let tcp = TcpStream::connect(host).unwrap();
    tcp.set_nodelay(true).unwrap();
    let mut tls = StreamOwned::new(ClientConnection::new(Arc::clone(config), name).unwrap(), tcp);
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock).unwrap();
    }
    BufReader::new(tls)
}

/// The head's lines, the first as it is and the others in lower case, and the body.
fn read(stream: &mut impl BufRead) -> (Vec<String>, Vec<u8>) {
    let mut head = Vec::<String>::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line if head.is_empty() => head.push(line.to_owned()),
            line => head.push(line.to_lowercase()),
        }
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}
