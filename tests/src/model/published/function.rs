//! The publisher as it is deployed, reached through deliveries that go wrong; and the generator beside it, whose own are in the
//! model of the pair.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use custom_resource::{Clock, Context, CreateRequest, CustomResource, DeleteRequest, Properties, UpdateRequest};
use generator::Generator;
use publisher::Publisher;
use rand::SeedableRng;
use rand::rngs::StdRng;
use secret_store::SecretId;
use secret_store::store::Limits;
use secret_store::testing::{MemoryKey, MemoryTable, at_once, no_pause};
use serde_json::json;
use targets_aws::publish::{ParameterPublisher, SecretPublisher};

use super::super::event::{Answer, BEGIN, Event, Kind};
use super::super::table::Table;
use super::super::world::{Weather as StoreWeather, World};
use super::aws::{Aws, Way, Weather};
use super::history::Fault;
use super::mutants::Mutant;

/// For how long a ResponseURL is good, in seconds.
const URL_LIFE: u64 = 7200;

/// From then on a request is dropped unanswered, whatever the clocks say.
const UNANSWERABLE: u64 = URL_LIFE + 15 * 60;

/// The functions, and the world that they run in.
pub struct Function {
    pub aws: Rc<Aws>,
    world: World,
    mutant: Mutant,
    faults: RefCell<VecDeque<Fault>>,
    /// Deliveries that were held back.
    pub strays: RefCell<Vec<Event>>,
    pub invocations: Cell<u64>,
    /// Something came between the calls of the delivery that runs.
    between: Cell<bool>,
    /// The most calls that an invocation made.
    pub most_calls: Cell<u32>,
}

/// A delivery, and what CloudFormation hears of it.
pub struct Delivery {
    pub heard: Option<Answer>,
    pub fault: Fault,
    /// What was done before it.
    pub start: usize,
    /// Whether something else was carried out meanwhile.
    pub between: bool,
}

/// The resource that a request is of, as an author.
pub fn author(stack_id: &str, logical_id: &str) -> String {
    let (_, stack) = stack_id.rsplit_once('/').unwrap_or_default();
    format!("{logical_id} of {stack}")
}

impl Function {
    pub fn new(faults: &[Fault], mutant: Mutant) -> Self {
        let world = World::new(Table::Memory(MemoryTable::new()), Limits::LEAST);
        world.now.set(BEGIN);
        Self {
            aws: Rc::new(Aws::new(mutant)),
            world,
            mutant,
            faults: RefCell::new(faults.iter().copied().collect()),
            strays: RefCell::default(),
            invocations: Cell::default(),
            between: Cell::default(),
            most_calls: Cell::default(),
        }
    }

    pub fn now(&self) -> u64 {
        self.world.now.get()
    }

    pub fn wait(&self, seconds: u64) {
        self.world.now.set(self.now() + seconds);
        self.aws.now.set(self.now());
        self.aws.reap();
    }

    /// Delivers an event as the next fault wants it.
    pub fn deliver(self: &Rc<Self>, event: &Event) -> Delivery {
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        let start = self.aws.acts().len();
        self.between.set(false);
        let once = |weather| self.invoke(event, weather);
        let heard = match fault {
            Fault::None => Some(once(Weather::Fair)),
            Fault::Twice => {
                let first = once(Weather::Fair);
                once(Weather::Fair);
                Some(first)
            }
            Fault::TwiceAtOnce(calls) => {
                let (function, again) = (Rc::clone(self), event.clone());
                let set = self.aws.interrupt(calls, move || {
                    function.invoke(&again, Weather::Fair);
                    function.between.set(true);
                });
                let heard = once(Weather::Fair);
                if set && let Some(late) = self.aws.leftover() {
                    late();
                }
                Some(heard)
            }
            Fault::TwiceMuchLater => {
                self.strays.borrow_mut().push(event.clone());
                Some(once(Weather::Fair))
            }
            Fault::AnswerLost => {
                once(Weather::Fair);
                self.wait(60);
                Some(once(Weather::Fair))
            }
            Fault::AllAnswersLost => {
                for pause in [60, 120, 120] {
                    once(Weather::Fair);
                    self.wait(pause);
                }
                None
            }
            Fault::NothingDone => {
                self.wait(300);
                None
            }
            Fault::HeldBack => {
                self.strays.borrow_mut().push(event.clone());
                self.wait(300);
                None
            }
            Fault::ReplyLost => Some(once(Weather::ReplyLost)),
            Fault::GoneAfterWrite => Some(once(Weather::GoneAfterWrite)),
            Fault::Throttled(calls) => Some(once(Weather::Throttled(calls))),
            Fault::Down => Some(once(Weather::Down)),
            Fault::Denied => Some(once(Weather::Denied)),
            Fault::TableDown => {
                self.world.weather.set(StoreWeather::TableUnavailable);
                let heard = once(Weather::Fair);
                self.world.weather.set(StoreWeather::Fair);
                Some(heard)
            }
        };
        Delivery { heard, fault, start, between: self.between.get() }
    }

    /// Says that something came between the calls of whatever runs.
    pub fn came_between(&self) {
        self.between.set(true);
    }

    /// Whether something came between the calls of the last delivery.
    pub fn is_between(&self) -> bool {
        self.between.get()
    }

    /// A held-back delivery arrives, if it is still carried out.
    pub fn deliver_stray(&self, event: &Event) -> Option<Answer> {
        self.between.set(false);
        (self.now() <= event.sent_at + UNANSWERABLE).then(|| self.invoke(event, Weather::Fair))
    }

    fn invoke(&self, event: &Event, weather: Weather) -> Answer {
        self.invocations.set(self.invocations.get() + 1);
        let author = self.aws.author.replace(author(&event.stack_id, event.logical_id));
        self.aws.weather.set(weather);
        self.aws.calls.set(0);
        let answer = self.run(event);
        // What is denied, or does not answer, is asked again until that is no use; here no time passes meanwhile.
        if !matches!(self.aws.weather.get(), Weather::Denied | Weather::Down) {
            self.most_calls.set(self.most_calls.get().max(self.aws.calls.get()));
        }
        self.aws.weather.set(Weather::Fair);
        self.aws.author.replace(author);
        answer
    }

    fn run(&self, event: &Event) -> Answer {
        let publisher = self.publisher();
        let properties = Properties::from_value(event.properties.clone()).expect("an object");
        let context = self.context(event);
        let outcome = match &event.kind {
            Kind::Create => at_once(publisher.create(CreateRequest::new(properties), &context)),
            Kind::Update { physical_id, old_properties } => {
                let old = Properties::from_value(old_properties.clone()).expect("an object");
                at_once(publisher.update(UpdateRequest::new(physical_id, properties, old), &context))
            }
            Kind::Delete { physical_id } => {
                let request = DeleteRequest::new(Some(physical_id.clone()), properties);
                let result = match *physical_id == publisher.not_created_id().to_string() {
                    true => Ok(()), // answered by the lifecycle, without asking
                    false => at_once(publisher.delete(request, &context)),
                };
                return match result {
                    Ok(()) => Answer::Success { physical_id: physical_id.clone(), data: BTreeMap::new() },
                    Err(error) => Answer::Failed { reason: error.to_string(), created: None },
                };
            }
        };
        match outcome {
            Ok(outcome) => Answer::Success {
                physical_id: outcome.physical_resource_id().to_string(),
                data: ["ParameterVersion", "SecretVersionId"]
                    .map(|name| (name.to_owned(), outcome.get(name).unwrap_or_default().to_owned()))
                    .into(),
            },
            Err(error) => {
                let created = error.created_id().or(context.begun().as_ref()).map(ToString::to_string);
                Answer::Failed { reason: error.to_string(), created }
            }
        }
    }

    fn publisher(&self) -> Publisher<&World, &World, Way> {
        let variable = |name: &str| match name {
            "PARAMETER_PREFIXES" => Some("/pub/".to_owned()),
            "SECRET_PREFIXES" => Some("pub/".to_owned()),
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            _ => None,
        };
        let settings = publisher::settings::Settings::read(variable).expect("usable settings");
        let targets =
            (ParameterPublisher::of(Way(Rc::clone(&self.aws))), SecretPublisher::of(Way(Rc::clone(&self.aws))));
        Publisher::new(&self.world, &self.world, targets, no_pause, settings).with_decisions(self.mutant.decisions())
    }

    fn context(&self, event: &Event) -> Context {
        let expires = event.sent_at + URL_LIFE;
        Context::builder(Clock::at(self.now()))
            .stack_id(&event.stack_id)
            .request_id(&event.request_id)
            .logical_resource_id(event.logical_id)
            .function_arn("arn:aws:lambda:eu-west-1:123456789012:function:publisher")
            .response_url(format!(
                "https://responses.example/{}?AWSAccessKeyId=A&Expires={expires}&Signature=s{}",
                event.request_id, event.attempt
            ))
            .build()
    }

    /// The generator carries out a request for a stack's secret; the id that it answers with.
    pub fn generate(&self, event: &Event) -> Option<String> {
        // What keeps the publisher from the table, while this comes between its calls, is not what this is about.
        let weather = self.world.weather.replace(StoreWeather::Fair);
        let id = self.generate_in_fair_weather(event);
        self.world.weather.set(weather);
        id
    }

    fn generate_in_fair_weather(&self, event: &Event) -> Option<String> {
        self.world.seed.set(self.world.seed.get() + 1);
        let variable = |name: &str| match name {
            "TABLE_NAME" => Some("secrets".to_owned()),
            "KMS_KEY_ID" => Some("key".to_owned()),
            _ => None,
        };
        let settings = generator::settings::Settings::read(variable).expect("usable settings");
        let rng = StdRng::seed_from_u64(self.world.seed.get());
        let generator = Generator::new(&self.world, &self.world, rng, no_pause, settings).asking(&self.world);
        let (properties, context) = (event.properties.clone(), self.context(event));
        let properties = Properties::from_value(properties).expect("an object");
        let outcome = match &event.kind {
            Kind::Create => at_once(generator.create(CreateRequest::new(properties), &context)),
            Kind::Update { physical_id, old_properties } => {
                let old = Properties::from_value(old_properties.clone()).expect("an object");
                at_once(generator.update(UpdateRequest::new(physical_id, properties, old), &context))
            }
            Kind::Delete { physical_id } => {
                let request = DeleteRequest::new(Some(physical_id.clone()), properties);
                at_once(generator.delete(request, &context)).expect("nothing keeps a secret from being deleted");
                return None;
            }
        };
        Some(outcome.expect("the generator's requests go well here").physical_resource_id().to_string())
    }

    /// What the database is given for this id.
    pub fn value_of(&self, secret_id: &str) -> Option<String> {
        let id: SecretId = secret_id.parse().ok()?;
        let stored = self.world.table.contents().remove(&id.identity)?;
        let mut records = stored.records.iter();
        records.find(|record| record.item.version == id.version).map(MemoryKey::value_of)
    }
}

/// The generator's properties.
pub fn generator_properties(trigger: usize) -> serde_json::Value {
    json!({"ServiceToken": "generator", "Env": "prod", "RotationTrigger": format!("t{trigger}")})
}
