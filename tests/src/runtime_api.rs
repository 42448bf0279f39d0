//! The Lambda Runtime API, as one function instance sees it: events go out in order, and what the instance says about
//! each comes back.
//!
//! Interface: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::{
    http::{Reply, Request, Server},
    random,
};

/// What a function instance said about one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// `/response`: the handler returned this.
    Returned(Value),
    /// `/error`: the handler failed, or could not be called.
    Failed(Value),
}

/// The Runtime API of one instance.
#[derive(Debug)]
pub struct RuntimeApi {
    server: Server,
    events: mpsc::UnboundedSender<Event>,
    desk: Arc<Desk>,
}

impl RuntimeApi {
    /// Listens on a free loopback port, for an instance of the function with this ARN.
    pub async fn start(function_arn: &str) -> Self {
        let (events, queue) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            function_arn: function_arn.to_owned(),
            queue: tokio::sync::Mutex::new(queue),
            waiting: Mutex::default(),
            heard: Mutex::default(),
        });
        let server = Server::start({
            let desk = desk.clone();
            move |request| {
                let desk = desk.clone();
                async move { desk.answer(request).await }
            }
        })
        .await;
        Self { server, events, desk }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Queues an event, which need not even be JSON; the receiver hears what the instance says about it.
    pub fn deliver(&self, payload: Vec<u8>, time_limit: Duration) -> oneshot::Receiver<Outcome> {
        let (outcome, receiver) = oneshot::channel();
        let request_id = random::uuid();
        self.desk.waiting.lock().unwrap().insert(request_id.clone(), outcome);
        let deadline = SystemTime::now() + time_limit;
        self.events.send(Event { request_id, deadline, payload }).unwrap();
        receiver
    }

    /// Every body that the instance posted, start-up errors included, in order.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.desk.heard.lock().unwrap().clone()
    }
}

#[derive(Debug)]
struct Event {
    request_id: String,
    deadline: SystemTime,
    payload: Vec<u8>,
}

#[derive(Debug)]
struct Desk {
    function_arn: String,
    queue: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    heard: Mutex<Vec<Vec<u8>>>,
}

impl Desk {
    async fn answer(&self, request: Request) -> Reply {
        let path: Vec<&str> = request.target.split('/').skip(1).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            ("POST", ["2018-06-01", "runtime", "invocation", id, "response"]) => {
                self.hear(id, &request.body, Outcome::Returned)
            }
            ("POST", ["2018-06-01", "runtime", "invocation", id, "error"]) => {
                self.hear(id, &request.body, Outcome::Failed)
            }
            ("POST", ["2018-06-01", "runtime", "init", "error"]) => {
                self.heard.lock().unwrap().push(request.body.to_vec());
                accepted()
            }
            _ => Reply::new(StatusCode::NOT_FOUND, "no such call"),
        }
    }

    /// Holds the instance's call until there is an event, as Lambda freezes an idle instance.
    async fn next(&self) -> Reply {
        let Some(event) = self.queue.lock().await.recv().await else {
            return Reply::HangUp;
        };
        let deadline = event.deadline.duration_since(UNIX_EPOCH).unwrap().as_millis();
        Reply::new(StatusCode::OK, event.payload)
            .with_header("content-type", "application/json")
            .with_header("lambda-runtime-aws-request-id", &event.request_id)
            .with_header("lambda-runtime-deadline-ms", &deadline.to_string())
            .with_header("lambda-runtime-invoked-function-arn", &self.function_arn)
    }

    fn hear(&self, id: &str, body: &[u8], outcome: fn(Value) -> Outcome) -> Reply {
        self.heard.lock().unwrap().push(body.to_vec());
        let said = serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)));
        match self.waiting.lock().unwrap().remove(id) {
            // Nobody waits any more when the scenario has moved on.
            Some(waiting) => drop(waiting.send(outcome(said))),
            None => {
                return Reply::new(StatusCode::BAD_REQUEST, "unknown or already answered request id");
            }
        }
        accepted()
    }
}

fn accepted() -> Reply {
    Reply::new(StatusCode::ACCEPTED, "{}").with_header("content-type", "application/json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http;

    #[tokio::test]
    async fn events_go_out_in_order_and_each_outcome_comes_back_once() {
        let api = RuntimeApi::start("arn:aws:lambda:eu-west-1:100000000000:function:under-test").await;
        let first = api.deliver(b"{\"n\":1}".to_vec(), Duration::from_secs(3));
        let second = api.deliver(b"not json".to_vec(), Duration::from_secs(3));

        let id = next_id(&api, "{\"n\":1}").await;
        say(&api, &id, "response", "{\"ok\":true}").await;
        assert_eq!(first.await.unwrap(), Outcome::Returned(json!({"ok": true})));

        let id = next_id(&api, "not json").await;
        say(&api, &id, "error", "{\"errorMessage\":\"no\"}").await;
        assert_eq!(second.await.unwrap(), Outcome::Failed(json!({"errorMessage": "no"})));
        assert_eq!(say(&api, &id, "error", "{}").await, StatusCode::BAD_REQUEST);
        assert_eq!(api.heard().len(), 3);
    }

    async fn next_id(api: &RuntimeApi, payload: &str) -> String {
        let (head, body) =
            http::exchange(api.address(), "GET", "/2018-06-01/runtime/invocation/next", &[], "").await.unwrap();
        assert_eq!(body, payload);
        head.headers["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned()
    }

    async fn say(api: &RuntimeApi, id: &str, what: &str, body: &str) -> StatusCode {
        let target = format!("/2018-06-01/runtime/invocation/{id}/{what}");
        http::exchange(api.address(), "POST", &target, &[], body.to_owned()).await.unwrap().0.status
    }
}
