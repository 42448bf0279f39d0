//! An endpoint for presigned URLs that is as strict as S3 and CloudFormation together, and fails on demand.
//!
//! It lives on a thread of its own, so that it answers while the executor under test is blocked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

/// What a presigned URL is recognized by, wherever it must not show up.
pub(crate) const SIGNATURE: &str = "5ec4e75160a7u4e";

/// What the endpoint does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Takes it.
    Ok,
    /// A status and S3's error code.
    Error(u16, &'static str),
    /// A status, and an error code after so many bytes of something else.
    ErrorBehind(u16, usize),
    /// A status, and a body that never comes.
    ErrorWithoutEnd(u16),
    /// A status with this `Location`.
    Redirect(u16, String),
    /// Closes the connection without a word.
    Close,
    /// Says nothing and keeps the connection open.
    Hang,
}

/// One PUT as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    connections: usize,
    /// Kept open, so that their clients wait.
    hanging: Vec<TcpStream>,
}

/// A running endpoint; its thread ends with the test process.
#[derive(Clone)]
pub(crate) struct Endpoint {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Endpoint {
    /// Answers the first requests with `script`, all others with 200.
    pub(crate) fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = Self { port: listener.local_addr().expect("bound").port(), state: Arc::default() };
        let mut script: Vec<Reply> = script.into_iter().collect();
        script.reverse();
        let server = endpoint.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                server.state.0.lock().unwrap().connections += 1;
                // One request per connection, because the crate keeps none: a second would hang its test.
                server.serve(connection, script.pop().unwrap_or(Reply::Ok));
            }
        });
        endpoint
    }

    /// A URL of the shape that CloudFormation sends.
    pub(crate) fn url(&self) -> String {
        format!(
            "http://127.0.0.1:{}/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/demo/5f2b1a7e%7CThing%7C52a1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261123T070000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Signature={SIGNATURE}",
            self.port
        )
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.0.lock().unwrap().received.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.0.lock().unwrap().connections
    }

    /// The one answer that must have come.
    pub(crate) fn answer(&self) -> Value {
        let received = self.received();
        assert_eq!(received.len(), 1, "exactly one answer");
        received[0].json()
    }

    /// Blocks this thread until an answer is there; for a handler that blocks.
    pub(crate) fn block_until_answered(&self) {
        let (state, changed) = &*self.state;
        let waited = changed.wait_timeout_while(state.lock().unwrap(), std::time::Duration::from_secs(30), |state| {
            state.received.is_empty()
        });
        assert!(!waited.unwrap().1.timed_out(), "no answer came");
    }

    fn serve(&self, mut connection: TcpStream, reply: Reply) {
        if matches!(reply, Reply::Close) {
            return;
        }
        let Some(received) = read(&connection) else { return };
        let complaint = complaint(&received);
        let text = match (&reply, complaint) {
            (Reply::Ok, Some(complaint)) => response(403, &format!("<Error><Code>{complaint}</Code></Error>"), ""),
            (Reply::Ok, None) => response(200, "", ""),
            (Reply::Error(status, code), _) => response(
                *status,
                &format!("<Error><Code>{code}</Code><StringToSign>{SIGNATURE}</StringToSign></Error>"),
                "",
            ),
            (Reply::Redirect(status, location), _) => response(*status, "", &format!("Location: {location}\r\n")),
            (Reply::ErrorBehind(status, bytes), _) => {
                response(*status, &format!("{}<Code>AccessDenied</Code>", " ".repeat(*bytes)), "")
            }
            (Reply::ErrorWithoutEnd(status), _) => {
                format!("HTTP/1.1 {status} Status\r\nContent-Length: 100000\r\n\r\n<")
            }
            (Reply::Close | Reply::Hang, _) => String::new(),
        };
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        state.received.push(received);
        changed.notify_all();
        let _ = connection.write_all(text.as_bytes());
        if matches!(reply, Reply::Hang | Reply::ErrorWithoutEnd(_)) {
            state.hanging.push(connection);
        }
    }
}

/// A URL at which nobody listens.
pub(crate) fn refusing_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}/x?X-Amz-Signature={SIGNATURE}", listener.local_addr().expect("bound"))
}

fn read(connection: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let split =
        |line: &String| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<_> = lines.iter().skip(1).filter_map(split).collect();
    let mut received = Received { target: lines.first()?.clone(), headers, body: Vec::new() };
    received.body = vec![0; received.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut received.body).ok()?;
    Some(received)
}

/// What S3 (the request) or CloudFormation (its body) has against this answer.
fn complaint(received: &Received) -> Option<&'static str> {
    let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let has_null = body.as_object().is_none_or(|fields| fields.values().any(Value::is_null));
    let flat = |data: &Value| data.as_object().is_some_and(|data| data.values().all(Value::is_string));
    [
        (!received.target.starts_with("PUT "), "MethodNotAllowed"),
        (received.header("content-type").is_some(), "SignatureDoesNotMatch"),
        (received.header("transfer-encoding").is_some(), "NotImplemented"),
        (received.header("authorization").is_some(), "InvalidArgument"),
        (received.body.len() > 4096, "ResponseObjectIsTooLong"),
        (has_null, "NullInTheResponse"),
        (!["SUCCESS", "FAILED"].contains(&text("Status")), "InvalidStatus"),
        (text("Status") == "FAILED" && text("Reason").is_empty(), "MissingReason"),
        (text("PhysicalResourceId").is_empty() || text("PhysicalResourceId").len() > 2048, "InvalidPhysicalResourceId"),
        (body.get("Data").is_some_and(|data| !flat(data)), "InvalidData"),
        (["StackId", "RequestId", "LogicalResourceId"].iter().any(|id| !body[*id].is_string()), "MissingId"),
    ]
    .into_iter()
    .find_map(|(wrong, code)| wrong.then_some(code))
}

fn response(status: u16, body: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}
