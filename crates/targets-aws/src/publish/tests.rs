//! What each adapter asks, word for word, and what it makes of the answers: what a write has to say so that nothing else
//! changes by it, what is looked at afterwards, and which refusals are none. No engine tells all of it.

mod parameter;
mod secret;

use std::collections::VecDeque;
use std::sync::Mutex;

use aws_session::{JsonReply, JsonService};
use secret_store::publish::{Claimant, Content, Mark, Place};
use secret_store::store::Cause;
use secret_store::{Owner, RequestToken, UnixTime};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{Ask, Tag};

/// A service that gives these answers, one after the other, and remembers what it was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Value, &'static str>>>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Script {
    fn of<const N: usize>(answers: [Result<Value, &'static str>; N]) -> Self {
        Self { answers: Mutex::new(answers.into()), ..Self::default() }
    }

    fn asked(&self) -> Vec<(String, Value)> {
        assert_eq!(self.answers.lock().unwrap().len(), 0, "answers that nobody asked for");
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn operations(&self) -> Vec<String> {
        self.asked().into_iter().map(|(operation, _)| operation).collect()
    }
}

impl Ask for &Script {
    fn ask(
        &self,
        _: &JsonService,
        operation: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<JsonReply, Cause>> + Send {
        self.asked.lock().unwrap().push((operation.to_owned(), serde_json::from_slice(&body).unwrap()));
        let answer = self.answers.lock().unwrap().pop_front();
        let (status, body) = match answer.unwrap_or_else(|| panic!("{operation} is one call too many")) {
            Ok(body) => (200, body),
            Err(code) => (400, json!({"__type": code})),
        };
        std::future::ready(Ok(JsonReply { status, error: None, body: Zeroizing::new(body.to_string().into_bytes()) }))
    }
}

fn mark(content: &str) -> Mark {
    let (place, content) = (Place::of(&["a"]), Content::of(&[], &[content]));
    Mark::new(UnixTime(1_800_000_000), Claimant::of(&Owner::Manual), place, RequestToken::manual("a"), content)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}
