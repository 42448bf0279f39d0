//! The response endpoint: issues presigned URLs, takes one PUT for each as strictly as S3 and CloudFormation together,
//! and remembers every breach.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use hyper::StatusCode;

use crate::{
    http::{Reply, Request, Server},
    presigned_url::{PresignedUrl, Signing},
    response::{self, Answer, Asked},
};

/// What goes wrong with one attempt to deliver a response.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// S3 answers with this status and stores nothing.
    Status(u16),
    /// The connection breaks and nothing is stored.
    HangUp,
    /// The object is stored, but the connection breaks before S3 says so.
    StoreAndHangUp,
    /// S3 stores the object and takes this long to say so.
    Slow(Duration),
}

/// How often a URL shall be used with success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deliveries {
    /// Never, or it does not matter.
    Any,
    /// Once: one request, one answer.
    One,
    /// As often as the request is delivered: the harness sends it again.
    Repeated,
}

/// The endpoint of one scenario.
#[derive(Debug)]
pub struct ResponseEndpoint {
    server: Server,
    desk: Arc<Mutex<Desk>>,
}

impl ResponseEndpoint {
    /// Listens on a free loopback port.
    pub async fn start() -> Self {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let server = Server::start({
            let desk = desk.clone();
            move |request| receive(desk.clone(), request)
        })
        .await;
        Self { server, desk }
    }

    /// A URL for one request, signed at that time.
    pub fn issue(&self, asked: Asked, signing: Signing, signed_at: SystemTime) -> String {
        let key = format!("{}|{}|{}", asked.stack_id, asked.logical_resource_id, asked.request_id);
        let presigned = PresignedUrl::new(self.server.address(), &key, signing, signed_at);
        let url = presigned.url.clone();
        self.desk().issued.push(Issued {
            presigned,
            asked,
            deliveries: Deliveries::One,
            heard: false,
            stored: Vec::new(),
        });
        url
    }

    /// How many answers this URL shall see; at first, one.
    pub fn expect(&self, url: &str, deliveries: Deliveries) {
        self.with(url, |issued| issued.deliveries = deliveries);
    }

    /// The next attempts, whichever URL they go to, fare like this.
    pub fn inject(&self, faults: impl IntoIterator<Item = Fault>) {
        self.desk().faults.extend(faults);
    }

    /// From now on nothing goes wrong.
    pub fn stop_faults(&self) {
        self.desk().faults.clear();
    }

    /// What was last stored under this URL.
    pub fn answer(&self, url: &str) -> Option<Answer> {
        self.with(url, |issued| {
            let body = issued.stored.last()?;
            response::check(body, &issued.asked).ok()
        })
    }

    /// Every body that any PUT carried, accepted or not.
    pub fn bodies(&self) -> Vec<Vec<u8>> {
        self.desk().bodies.clone()
    }

    /// Every URL that was issued.
    pub fn urls(&self) -> Vec<PresignedUrl> {
        self.desk().issued.iter().map(|issued| issued.presigned.clone()).collect()
    }

    /// Everything that was wrong, unanswered requests included.
    pub fn violations(&self) -> Vec<String> {
        let desk = self.desk();
        let unanswered =
            desk.issued.iter().filter(|issued| issued.deliveries != Deliveries::Any && issued.stored.is_empty());
        let unanswered = unanswered.map(|issued| format!("{} was never answered", issued.asked.request_type));
        desk.violations.iter().cloned().chain(unanswered).collect()
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    fn with<T>(&self, url: &str, f: impl FnOnce(&mut Issued) -> T) -> T {
        let mut desk = self.desk();
        f(desk.issued.iter_mut().find(|issued| issued.presigned.url == url).unwrap())
    }
}

#[derive(Debug, Default)]
struct Desk {
    issued: Vec<Issued>,
    faults: VecDeque<Fault>,
    bodies: Vec<Vec<u8>>,
    violations: Vec<String>,
}

#[derive(Debug)]
struct Issued {
    presigned: PresignedUrl,
    asked: Asked,
    deliveries: Deliveries,
    /// Whether the function knows that its answer has arrived.
    heard: bool,
    stored: Vec<Vec<u8>>,
}

async fn receive(desk: Arc<Mutex<Desk>>, request: Request) -> Reply {
    let fault = {
        let mut desk = desk.lock().unwrap();
        desk.bodies.push(request.body.to_vec());
        desk.faults.pop_front()
    };
    match fault {
        Some(Fault::Status(status)) => refuse(StatusCode::from_u16(status).unwrap(), "InjectedFault"),
        Some(Fault::HangUp) => Reply::HangUp,
        Some(Fault::StoreAndHangUp) => {
            desk.lock().unwrap().put(&request, Heard::No);
            Reply::HangUp
        }
        Some(Fault::Slow(delay)) => {
            let reply = desk.lock().unwrap().put(&request, Heard::Yes);
            tokio::time::sleep(delay).await;
            reply
        }
        None => desk.lock().unwrap().put(&request, Heard::Yes),
    }
}

/// Whether the function learns that its PUT was accepted; if not, it may try again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Yes,
    No,
}

impl Desk {
    fn put(&mut self, request: &Request, heard: Heard) -> Reply {
        // To try is no breach: whether a URL has expired, S3's clock decides.
        if self.issued.iter().any(|issued| issued.presigned.target == request.target && issued.presigned.has_expired())
        {
            return refuse(StatusCode::FORBIDDEN, "AccessDenied");
        }
        match self.store(request, heard) {
            Ok(()) => Reply::new(StatusCode::OK, ""),
            Err((status, code, breach)) => {
                self.violations.push(breach);
                refuse(status, code)
            }
        }
    }

    fn store(&mut self, request: &Request, heard: Heard) -> Result<(), (StatusCode, &'static str, String)> {
        let refused = |status, code, breach: &str| Err((status, code, breach.to_owned()));
        if request.method != "PUT" {
            return refused(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "the method is not PUT");
        }
        let Some(issued) = self.issued.iter_mut().find(|issued| issued.presigned.target == request.target) else {
            return refused(
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                "the URL is not, byte for byte, one that was issued",
            );
        };
        if request.headers.get("content-type").is_some_and(|value| !value.is_empty()) {
            return refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", "a Content-Type breaks the signature");
        }
        if request.headers.contains_key("authorization") {
            return refused(StatusCode::BAD_REQUEST, "InvalidArgument", "only one authentication mechanism is allowed");
        }
        if request.headers.contains_key("transfer-encoding") || !request.headers.contains_key("content-length") {
            return refused(StatusCode::NOT_IMPLEMENTED, "NotImplemented", "S3 takes no chunked body");
        }
        if issued.deliveries == Deliveries::One && issued.heard {
            self.violations.push("a second PUT to a URL that had its answer".to_owned());
        }
        if let Err(broken) = response::check(&request.body, &issued.asked) {
            self.violations.extend(broken);
        }
        issued.heard |= heard == Heard::Yes;
        issued.stored.push(request.body.to_vec());
        Ok(())
    }
}

/// S3's form of an error.
fn refuse(status: StatusCode, code: &str) -> Reply {
    Reply::new(status, format!("<Error><Code>{code}</Code></Error>")).with_header("x-amz-request-id", "HARNESS")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http;

    #[tokio::test]
    async fn one_good_put_is_stored() {
        let (endpoint, url) = endpoint(Signing::V2).await;
        assert_eq!(endpoint.violations(), ["Create was never answered"]);
        assert_eq!(put(&endpoint, &url, &[], &good()).await, Some(200));
        assert_eq!(endpoint.answer(&url).unwrap().physical_resource_id, "an/id");
        assert!(endpoint.violations().is_empty());
    }

    #[tokio::test]
    async fn every_breach_is_remembered() {
        let long = format!("{}{}", good(), " ".repeat(4096));
        let cases = [
            (Some(("Content-Type", "application/json")), "", &*good(), "Content-Type", 403),
            (Some(("Authorization", "AWS4-HMAC-SHA256")), "", &*good(), "authentication", 400),
            (Some(("Transfer-Encoding", "chunked")), "", &*good(), "chunked", 501),
            (None, "&x=1", &*good(), "byte for byte", 403),
            (None, "", &*long, "too long", 200),
            (None, "", "{}", "Status", 200),
        ];
        for (header, suffix, body, breach, status) in cases {
            let (endpoint, url) = endpoint(Signing::V4).await;
            let url = format!("{url}{suffix}");
            assert_eq!(put(&endpoint, &url, header.as_slice(), body).await, Some(status), "{breach}");
            let violations = endpoint.violations();
            assert!(violations.iter().any(|violation| violation.contains(breach)), "{violations:?}");
        }
    }

    #[tokio::test]
    async fn a_second_answer_is_a_breach_unless_the_request_came_twice() {
        let (endpoint, url) = endpoint(Signing::V4).await;
        put(&endpoint, &url, &[], &good()).await;
        put(&endpoint, &url, &[], &good()).await;
        assert_eq!(endpoint.violations(), ["a second PUT to a URL that had its answer"]);

        let (endpoint, url) = self::endpoint(Signing::V4).await;
        endpoint.expect(&url, Deliveries::Repeated);
        put(&endpoint, &url, &[], &good()).await;
        put(&endpoint, &url, &[], &good()).await;
        assert!(endpoint.violations().is_empty());
    }

    #[tokio::test]
    async fn faults_come_in_their_order_and_are_no_answers() {
        let (endpoint, url) = endpoint(Signing::V4).await;
        endpoint.inject([
            Fault::Status(503),
            Fault::HangUp,
            Fault::StoreAndHangUp,
            Fault::Slow(Duration::from_millis(1)),
        ]);
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(put(&endpoint, &url, &[], &good()).await);
        }
        assert_eq!(statuses, [Some(503), None, None, Some(200)]);
        assert!(endpoint.violations().is_empty());
        assert_eq!(endpoint.bodies().len(), 4);
    }

    #[tokio::test]
    async fn an_expired_url_takes_nothing() {
        let endpoint = ResponseEndpoint::start().await;
        let url = endpoint.issue(asked(), Signing::V4, SystemTime::now() - Duration::from_secs(7300));
        endpoint.expect(&url, Deliveries::Any);
        assert_eq!(put(&endpoint, &url, &[], &good()).await, Some(403));
        assert!(endpoint.answer(&url).is_none());
        assert!(endpoint.violations().is_empty());
    }

    async fn endpoint(signing: Signing) -> (ResponseEndpoint, String) {
        let endpoint = ResponseEndpoint::start().await;
        let url = endpoint.issue(asked(), signing, SystemTime::now());
        (endpoint, url)
    }

    fn asked() -> Asked {
        Asked {
            request_type: "Create".to_owned(),
            stack_id: "arn:stack".to_owned(),
            request_id: "r-1".to_owned(),
            logical_resource_id: "Secret".to_owned(),
            physical_resource_id: None,
        }
    }

    fn good() -> String {
        json!({
            "Status": "SUCCESS", "PhysicalResourceId": "an/id", "StackId": "arn:stack", "RequestId": "r-1",
            "LogicalResourceId": "Secret",
        })
        .to_string()
    }

    async fn put(endpoint: &ResponseEndpoint, url: &str, headers: &[(&str, &str)], body: &str) -> Option<u16> {
        let address = endpoint.server.address();
        let target = url.strip_prefix(&format!("http://{address}")).unwrap();
        let answer = http::exchange(address, "PUT", target, headers, body.to_owned()).await;
        answer.ok().map(|(head, _)| head.status.as_u16())
    }
}
