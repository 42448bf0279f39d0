//! The way to an engine: it hears every request, and does to it what a test wants.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat as Format};
use hyper::StatusCode;
use tokio::sync::Notify;

use crate::{
    aws::Function,
    http::{self, Reply, Request, Server},
    world::World,
};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Such as `PUT`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// `if-match` or `if-none-match`, with its value.
    pub condition: Option<String>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out and answered.
    Pass,
    /// It is carried out, and nobody hears of it.
    LoseReply,
    /// It never arrives.
    Lose,
    /// It waits on the way until it is let go.
    Hold,
    /// S3 answers with this status and code.
    Answer(u16, &'static str),
    /// It is carried out; that there is no such object is answered as S3 does to whoever may not list (Amazon S3 API
    /// reference, `GetObject`), which no engine does.
    HideAbsence,
}

type Fates = Box<dyn FnMut(&Asked) -> Fate + Send>;

/// A wire; its connections end when this is dropped.
pub struct Wire {
    server: Server,
    heard: Arc<Mutex<Vec<Asked>>>,
    fates: Arc<Mutex<Fates>>,
    held: Arc<Held>,
    /// What time it is at its end, where it is not now.
    time: Arc<AtomicU64>,
}

/// Requests that wait.
#[derive(Debug, Default)]
struct Held {
    came: Notify,
    go: Notify,
}

impl Wire {
    /// From now on this function reaches AWS by a wire of its own; it starts anew.
    pub async fn of(world: &World, function: Function) -> Self {
        let wire = Self::start(world.account.endpoint).await;
        world.configure(function, &[("AWS_ENDPOINT_URL", &format!("http://{}", wire.server.address()))]);
        wire
    }

    /// One that ends there.
    pub async fn start(aws: SocketAddr) -> Self {
        let (heard, fates) =
            (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<Fates>>::new(Mutex::new(Box::new(|_| Fate::Pass))));
        let (log, decided, held) = (Arc::clone(&heard), Arc::clone(&fates), Arc::<Held>::default());
        let holds = Arc::clone(&held);
        let time = Arc::<AtomicU64>::default();
        let told = Arc::clone(&time);
        let server = Server::start(move |request| {
            let asked = asked(&request);
            log.lock().unwrap().push(asked.clone());
            let fate = decided.lock().unwrap()(&asked);
            carry_out(aws, request, fate, Arc::clone(&holds), told.load(Ordering::Relaxed))
        })
        .await;
        Self { server, heard, fates, held, time }
    }

    /// Waits until a request is held, lets something else happen, and then that one go.
    pub async fn meanwhile(&self, other: impl Future<Output = ()>) {
        self.held.came.notified().await;
        other.await;
        self.held.go.notify_one();
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// From now on each answer says that it is this time, in seconds since 1970.
    pub fn tell_time(&self, time: u64) {
        self.time.store(time, Ordering::Relaxed);
    }

    /// What was asked since this was last asked.
    pub fn heard(&self) -> Vec<Asked> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// From now on this decides what becomes of each request.
    pub fn let_decide(&self, fates: impl FnMut(&Asked) -> Fate + Send + 'static) {
        *self.fates.lock().unwrap() = Box::new(fates);
    }
}

fn asked(request: &Request) -> Asked {
    let header = |name: &str| Some(format!("{name}: {}", request.headers.get(name)?.to_str().ok()?));
    Asked {
        method: request.method.clone(),
        target: request.target.clone(),
        condition: header("if-match").or_else(|| header("if-none-match")),
    }
}

fn error(status: StatusCode, code: &str) -> Reply {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>made up</Message></Error>");
    Reply::new(status, body)
}

async fn carry_out(aws: SocketAddr, request: Request, fate: Fate, held: Arc<Held>, time: u64) -> Reply {
    if fate == Fate::Hold {
        held.came.notify_one();
        held.go.notified().await;
    }
    match fate {
        Fate::Lose => Reply::HangUp,
        Fate::Answer(status, code) => error(StatusCode::from_u16(status).unwrap(), code),
        Fate::Pass | Fate::Hold | Fate::LoseReply | Fate::HideAbsence => match http::pass_on(aws, request).await {
            Ok((head, _)) if fate == Fate::HideAbsence && head.status == StatusCode::NOT_FOUND => {
                error(StatusCode::FORBIDDEN, "AccessDenied")
            }
            Ok((mut head, body)) if fate != Fate::LoseReply => {
                // The body is whole by now, and has a length of its own.
                head.headers.remove("transfer-encoding");
                head.headers.remove("content-length");
                let mut reply = hyper::Response::new(http_body_util::Full::new(body));
                *reply.status_mut() = head.status;
                *reply.headers_mut() = head.headers;
                if time > 0 {
                    let date = DateTime::from_secs(i64::try_from(time).unwrap()).fmt(Format::HttpDate).unwrap();
                    reply.headers_mut().insert("date", date.parse().unwrap());
                }
                Reply::Answer(reply)
            }
            _ => Reply::HangUp,
        },
    }
}
