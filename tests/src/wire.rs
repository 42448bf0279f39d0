//! The wire between a function and AWS: passes every byte on, notes which operations are called, and goes silent when a
//! scenario wants it to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{aws::Function, world::World};

/// One function's wire; its connections end when this is dropped.
#[derive(Debug)]
pub struct Wire {
    heard: Arc<Mutex<Heard>>,
    silence: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Heard {
    calls: Vec<String>,
    knocks: usize,
}

impl Wire {
    /// From now on this function reaches AWS by a wire of its own; it starts anew.
    pub async fn start(world: &World, function: Function) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::default();
        let silence = watch::Sender::new(());
        let accepting = tokio::spawn(accept(listener, world.account.endpoint, Arc::clone(&heard), silence.subscribe()));
        world.configure(function, &[("AWS_ENDPOINT_URL", &endpoint)]);
        Self { heard, silence, accepting }
    }

    /// The operations that were called since this was last asked, as IAM names them, in alphabetical order.
    pub fn calls(&self) -> Vec<String> {
        let mut calls = std::mem::take(&mut self.heard.lock().unwrap().calls);
        calls.sort();
        calls
    }

    /// How many times somebody asked for `/`, which is no operation.
    pub fn knocks(&self) -> usize {
        self.heard.lock().unwrap().knocks
    }

    /// Every connection there is now swallows what it is sent, and never says a word again: no answer, no FIN, no RST.
    /// New ones work.
    pub fn fall_silent(&self) {
        self.silence.send_replace(());
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, aws: SocketAddr, heard: Arc<Mutex<Heard>>, silence: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((function, _)) = listener.accept().await else {
            continue;
        };
        let mut silence = silence.clone();
        silence.mark_unchanged();
        connections.spawn(pass_on(function, aws, Arc::clone(&heard), silence));
    }
}

async fn pass_on(function: TcpStream, aws: SocketAddr, heard: Arc<Mutex<Heard>>, mut silence: watch::Receiver<()>) {
    let aws = TcpStream::connect(aws).await.unwrap();
    let ((mut from_function, mut to_function), (mut from_aws, mut to_aws)) = (function.into_split(), aws.into_split());
    let requests = async {
        let (mut chunk, mut line) = ([0; 4096], Vec::new());
        while let Ok(length @ 1..) = from_function.read(&mut chunk).await {
            heard.lock().unwrap().listen(&mut line, &chunk[..length]);
            if to_aws.write_all(&chunk[..length]).await.is_err() {
                break;
            }
        }
    };
    let answers = tokio::io::copy(&mut from_aws, &mut to_function);
    tokio::select! {
        biased;
        // The streams stay open, and nobody reads them.
        _ = silence.changed() => std::future::pending().await,
        () = requests => {}
        _ = answers => {}
    }
}

impl Heard {
    /// Looks at the lines of requests: one header names the operation. A body is one line of JSON without an end.
    fn listen(&mut self, line: &mut Vec<u8>, bytes: &[u8]) {
        for byte in bytes {
            line.push(*byte);
            if *byte == b'\n' {
                let text = String::from_utf8_lossy(line).to_ascii_lowercase();
                if text.trim_end().ends_with("get / http/1.1") {
                    self.knocks += 1;
                }
                if text.starts_with("x-amz-target:") {
                    self.calls.push(operation(String::from_utf8_lossy(line).trim_end()));
                }
                line.clear();
            }
        }
    }
}

/// `TrentService` is KMS.
fn operation(target: &str) -> String {
    let (service, operation) = target.rsplit_once('.').unwrap();
    let service = if service.ends_with("TrentService") { "kms" } else { "dynamodb" };
    format!("{service}:{operation}")
}
