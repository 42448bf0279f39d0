//! One request at a time: what CloudFormation sends to the publisher, what it hears, and the promises that each is held to.

use std::rc::Rc;

use super::super::event::{Answer, Event, Kind};
use super::cloudformation::{CloudFormation, Step};
use super::function::{Delivery, author};
use super::history::Fault;
use super::promises::{Carried, Promises};
use super::stack::{COPIES, Copy, CopySpec, Made, Service};

/// By which words of a reason the model knows a refusal of what is there.
const REFUSALS: [&str; 8] = [
    "somebody else has changed it",
    "this resource did not publish",
    "on its way for",
    "somebody removed this",
    "is scheduled for deletion",
    "rotates it by itself",
    "has begun and not ended",
    "which stays so for good",
];

/// And what is told where others are at work at the same moment.
const CONTENDED: [&str; 3] = ["a newer request", "somebody else writes it all the time", " refused "];

/// How a request to publish ended, for CloudFormation.
pub(super) enum Heard {
    Success(String),
    /// FAILED, under the id of what may have been made all the same, if anything.
    Failed(Option<String>),
    /// Nothing within the time.
    Nothing,
}

/// What the request before an Update was.
#[derive(Clone, Copy)]
struct Before {
    /// It wanted something else.
    goes_back: bool,
    /// What was heard last is under the same names.
    keeps_names: bool,
}

impl CloudFormation {
    pub(super) fn publish_first(
        self: &Rc<Self>,
        stack_id: &str,
        copy: usize,
        spec: CopySpec,
        secret_id: &str,
    ) -> Step<(Made, bool)> {
        let event = self.event(stack_id, COPIES[copy], Kind::Create, spec.properties(secret_id));
        let heard = self.ask(&event, &spec, secret_id, Before { goes_back: false, keeps_names: false })?;
        let made = |physical_id| Made { copy, physical_id, spec, secret_id: secret_id.to_owned() };
        Ok(match heard {
            Heard::Success(id) => (made(id), true),
            Heard::Failed(created) => (made(created.unwrap_or("cfn-secrets/not-created".to_owned())), false),
            // CloudFormation makes up an id where it never heard any, each time another.
            Heard::Nothing => (made(format!("app-{}-{:012X}", COPIES[copy], event.attempt)), false),
        })
    }

    /// Sends an Update; the copy as CloudFormation remembers it then, and whether it worked.
    pub(super) fn publish_next(
        self: &Rc<Self>,
        stack_id: &str,
        copy: usize,
        now: &Copy,
        spec: CopySpec,
        secret_id: &str,
    ) -> Step<(Copy, bool)> {
        let old_properties = now.spec.properties(&now.secret_id);
        let kind = Kind::Update { physical_id: now.physical_id.clone(), old_properties };
        let event = self.event(stack_id, COPIES[copy], kind, spec.properties(secret_id));
        let content = |spec: &CopySpec, id| spec.content(Service::Parameters, id);
        // Nothing new is asked for only after what failed.
        let goes_back =
            now.asks_the_same(&spec, secret_id) || content(&now.spec, &now.secret_id) != content(&spec, secret_id);
        let keeps_names = now.physical_id.ends_with(&spec.names_in_id());
        let heard = self.ask(&event, &spec, secret_id, Before { goes_back, keeps_names })?;
        let is_heard = matches!(heard, Heard::Success(_));
        // Of two requests in turn that were not heard, the next one names the last alone; and where one that failed half-way
        // changed one of two names, the other is marked as of both, which no Delete names.
        let splits = !now.answered && !now.physical_id.ends_with(&now.spec.names_in_id());
        if !now.answered && !is_heard || splits && !keeps_names {
            self.leave(stack_id, &Made::of(copy, now));
        }
        let physical_id = match heard {
            Heard::Success(id) => id,
            Heard::Failed(_) | Heard::Nothing => now.physical_id.clone(),
        };
        Ok((Copy { physical_id, spec, secret_id: secret_id.to_owned(), answered: is_heard }, is_heard))
    }

    fn ask(self: &Rc<Self>, event: &Event, spec: &CopySpec, secret_id: &str, before: Before) -> Step<Heard> {
        let delivery = self.function.deliver(event);
        let author = author(&event.stack_id, event.logical_id);
        self.note_delivery(event, &delivery);
        let carried = Carried {
            author: &author,
            spec,
            start: delivery.start,
            stray: false,
            keeps_names: before.keeps_names,
            goes_back: before.goes_back,
            between: delivery.between,
        };
        let aws = &self.function.aws;
        let mut promises = self.promises.borrow_mut();
        promises.others_keep_theirs(aws, &carried)?;
        if !delivery.between {
            promises.writes_once(aws, &carried, secret_id)?;
        }
        let value = self.function.value_of(secret_id);
        match delivery.heard {
            None => Ok(Heard::Nothing),
            Some(Answer::Failed { reason, created }) => {
                promises.nothing_leaks(aws, value.as_slice(), &reason)?;
                let justified = may_fail(delivery.fault) || self.is_told_rightly(&promises, &reason, &carried);
                promises.failure_is_justified(justified, &event.request_id, &reason)?;
                Ok(Heard::Failed(created))
            }
            Some(Answer::Success { physical_id, data }) => {
                promises.nothing_leaks(aws, value.as_slice(), &physical_id)?;
                let expected = value.map(|value| (value, data)).filter(|_| !delivery.between);
                promises.is_published(aws, &carried, secret_id, expected.as_ref())?;
                Ok(Heard::Success(physical_id))
            }
        }
    }

    /// Sends a Delete. Returns whether it worked.
    pub(super) fn unpublish(self: &Rc<Self>, stack_id: &str, made: &Made) -> Step<bool> {
        let kind = Kind::Delete { physical_id: made.physical_id.clone() };
        let event = self.event(stack_id, COPIES[made.copy], kind, made.spec.properties(&made.secret_id));
        let delivery = self.function.deliver(&event);
        self.note_delivery(&event, &delivery);
        let author = author(stack_id, COPIES[made.copy]);
        let carried = Carried {
            author: &author,
            spec: &made.spec,
            start: delivery.start,
            stray: false,
            keeps_names: false,
            goes_back: false,
            between: delivery.between,
        };
        let mut promises = self.promises.borrow_mut();
        promises.is_deleted(&author, &made.physical_id);
        promises.others_keep_theirs(&self.function.aws, &carried)?;
        match delivery.heard {
            None => Ok(false),
            Some(Answer::Success { .. }) => Ok(true),
            Some(Answer::Failed { reason, .. }) => {
                promises.failure_is_justified(may_fail(delivery.fault), &event.request_id, &reason)?;
                Ok(false)
            }
        }
    }

    fn note_delivery(&self, event: &Event, delivery: &Delivery) {
        let line = format!("  {event} ({:?})\n      -> {:?}", delivery.fault, delivery.heard);
        let mut promises = self.promises.borrow_mut();
        promises.log.push(line);
        for act in &self.function.aws.acts()[delivery.start..] {
            promises.log.push(format!("      {:?} {} by {}", act.deed, act.name, act.author));
        }
    }

    /// Whether what is refused is as it is told.
    fn is_told_rightly(&self, promises: &Promises, reason: &str, carried: &Carried<'_>) -> bool {
        let Carried { author, spec, between, .. } = *carried;
        let says = |words: &&str| reason.contains(words);
        // Between a look and a write somebody may do anything, and what is told was so a moment ago.
        if between && REFUSALS.iter().chain(&CONTENDED).any(says) {
            return true;
        }
        let aws = &self.function.aws;
        spec.places().any(|place| {
            let (service, name) = &place;
            let found = aws.read(*service, name);
            let secrets = aws.secrets.borrow();
            let is_secret = *service == Service::Secrets;
            let theirs = found.as_ref().is_some_and(|found| found.author != author)
                || is_secret && secrets.is_scheduled(name)
                // Written over once more without being known: somebody's version lies behind.
                || promises.is_changed(aws, author, &place);
            let [changed, taken, late, gone, leaving, rotated, rotating, other_kind] =
                REFUSALS.map(|words| says(&words));
            (changed || taken || late) && theirs
                || gone && found.is_none()
                || leaving && is_secret && secrets.is_scheduled(name)
                || (rotated || rotating) && is_secret && secrets.is_rotated(name)
                || other_kind && !aws.parameters.borrow().is_secure(name)
        })
    }

    pub(super) fn event(
        &self,
        stack_id: &str,
        logical_id: &'static str,
        kind: Kind,
        properties: serde_json::Value,
    ) -> Event {
        let attempt = self.serial.get() + 1;
        self.serial.set(attempt);
        // A second passes from request to request.
        self.function.wait(1);
        let verb = match &kind {
            Kind::Create => "create",
            Kind::Update { .. } => "update",
            Kind::Delete { .. } => "delete",
        };
        Event {
            stack_id: stack_id.to_owned(),
            request_id: format!("{verb}-{logical_id}"),
            logical_id,
            sent_at: self.function.now(),
            pair: ("secrets", false),
            attempt,
            properties,
            kind,
        }
    }
}

/// Whether a fault may make a request fail.
fn may_fail(fault: Fault) -> bool {
    matches!(fault, Fault::GoneAfterWrite | Fault::Down | Fault::Denied | Fault::TableDown)
}
