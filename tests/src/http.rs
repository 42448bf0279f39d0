//! The least of HTTP/1.1 that the harness needs: a server that sees each byte and may hang up, and one client call.

use std::{future::Future, io, net::SocketAddr};

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, StatusCode,
    body::{Bytes, Incoming},
    http::response::Parts,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A request as it came in.
#[derive(Debug)]
pub struct Request {
    /// `GET`, `PUT`, ...
    pub method: String,
    /// Path and query, byte for byte as sent.
    pub target: String,
    /// Header fields, repeated ones included.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// What the server does about a request.
#[derive(Debug)]
pub enum Reply {
    /// Answers.
    Answer(hyper::Response<Full<Bytes>>),
    /// Closes the connection without a word.
    HangUp,
}

impl Reply {
    /// An answer with this status and body.
    pub fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        let mut response = hyper::Response::new(Full::new(body.into()));
        *response.status_mut() = status;
        Self::Answer(response)
    }

    /// The same answer with one more header field.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(response) = &mut self {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        self
    }
}

/// A server on a free loopback port; it and its connections end when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Listens, and answers each request with what `handle` says.
    pub async fn start<H, F>(handle: H) -> Self
    where
        H: Fn(Request) -> F + Clone + Send + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, accepting: tokio::spawn(accept(listener, handle)) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One request over a connection of its own; gives back head and body of the answer, or why there was none.
pub async fn exchange(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<(Parts, String), hyper::Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut request = hyper::Request::builder().method(method).uri(target).header("Host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(body.into())).unwrap()).await;
    let (head, body) = response?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}

/// The same request once more, to somebody else: method, target, header fields and body as they came in.
pub async fn pass_on(address: SocketAddr, request: Request) -> Result<(Parts, Bytes), hyper::Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut passed_on = hyper::Request::new(Full::new(request.body));
    *passed_on.method_mut() = request.method.parse().unwrap();
    *passed_on.uri_mut() = request.target.parse().unwrap();
    *passed_on.headers_mut() = request.headers;
    let (head, body) = sender.send_request(passed_on).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok((head, body))
}

/// Percent-encodes all but RFC 3986's unreserved characters, as AWS does in presigned URLs.
pub fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

async fn accept<H, F>(listener: TcpListener, handle: H)
where
    H: Fn(Request) -> F + Clone + Send + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let handle = handle.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| respond(handle.clone(), request));
            // A connection that breaks is the client's affair, or the HangUp that was asked for.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond<H, F>(handle: H, request: hyper::Request<Incoming>) -> io::Result<hyper::Response<Full<Bytes>>>
where
    H: Fn(Request) -> F,
    F: Future<Output = Reply>,
{
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let request =
        Request { method: head.method.to_string(), target: head.uri.to_string(), headers: head.headers, body };
    match handle(request).await {
        Reply::Answer(response) => Ok(response),
        Reply::HangUp => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}
