//! Generator and getter over one table in memory, reached through deliveries that go wrong.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use custom_resource::{Clock, Context, CreateRequest, CustomResource, DeleteRequest, Properties, UpdateRequest};
use generator::Generator;
use getter::Getter;
use rand::SeedableRng;
use rand::rngs::StdRng;
use secret_store::plan::RecoveryWindow;
use secret_store::record::Stored;
use secret_store::store::{Limits, QueryVersions, Windows, WriteVersions};
use secret_store::testing::{MemoryKey, at_once, no_pause};
use secret_store::{Identity, Record};
use serde_json::Value;

use super::event::{Answer, BEGIN, Event, Kind};
use super::history::{DAY, Fault};
use super::mutants::Mutant;
use super::table::Table;
use super::world::{OneWindow, Weather, World};

/// The generator of the model over a store.
type OverStore<'w, S> = Generator<S, &'w World, StdRng, &'w World>;

/// For how long a ResponseURL is good, in seconds.
const URL_LIFE: u64 = 7200;

/// The pair as it is deployed, and the world that it runs in.
pub struct Pair {
    pub(super) world: World,
    deployed: Deployed,
    mutant: Mutant,
    faults: RefCell<VecDeque<Fault>>,
    /// Deliveries that were held back.
    pub strays: Vec<Event>,
    /// How many deliveries there were.
    pub deliveries: u64,
    /// What a pair did outside its envs.
    pub trespasses: Vec<String>,
}

/// The window of a pair that is told no other.
const DEFAULT_DAYS: u64 = 30;

struct Deployed {
    table: usize,
    key: usize,
    days: u64,
    one_env: bool,
}

impl Pair {
    pub fn new(faults: &[Fault], mutant: Mutant, table: Table, limits: Limits) -> Self {
        let mut world = World::new(table, limits);
        world.now.set(BEGIN);
        world.hand.decisions = mutant.operator_decisions();
        world.hand.mutant.set(Some(mutant));
        Self {
            world,
            deployed: Deployed { table: 0, key: 0, days: DEFAULT_DAYS, one_env: false },
            mutant,
            faults: RefCell::new(faults.iter().copied().collect()),
            strays: Vec::new(),
            deliveries: 0,
            trespasses: Vec::new(),
        }
    }

    pub fn now(&self) -> u64 {
        self.world.now.get()
    }

    pub fn wait(&self, seconds: u64) {
        self.world.now.set(self.now() + seconds);
    }

    /// The store hears what time it is.
    pub fn tell_time(&self) {
        self.world.table.tell_time(self.now());
    }

    /// What the store has at the end of a history.
    pub fn assert_in_order(&self) {
        self.world.table.assert_in_order();
    }

    /// From now on, whoever asks hears that a stack is being rolled back, or that none is.
    pub fn rolls_back(&self, rolls_back: bool) {
        self.world.rolls_back.set(rolls_back);
    }

    pub fn is_rolling_back(&self) -> bool {
        self.world.rolls_back.get()
    }

    /// The store erases what it may erase by now.
    pub fn reap(&self) {
        match self.windows() {
            Windows::PerSecret => self.world.table.reap(self.now()),
            Windows::OfTheStore => self.world.table.reap_after(self.days(), self.now()),
        }
    }

    pub fn redeploy(&mut self, table: usize, key: usize, window: Option<u64>, one_env: bool) {
        // A bucket's lifecycle has no window of 0, so the template refuses one.
        let window = window.filter(|days| *days > 0 || self.windows() == Windows::PerSecret);
        let days = window.unwrap_or(DEFAULT_DAYS);
        self.deployed = Deployed { table, key, days, one_env };
    }

    /// Who says how long what is retired is kept.
    pub fn windows(&self) -> Windows {
        self.world.limits.windows
    }

    /// The window of the pair.
    pub fn days(&self) -> u64 {
        self.deployed.days
    }

    /// The table of the secrets whose template names none.
    pub fn default_table(&self) -> &'static str {
        super::stack::TABLES[self.deployed.table]
    }

    /// What a redeployment may change of where the pair writes.
    pub fn table_and_bounds(&self) -> (&'static str, bool) {
        (self.default_table(), self.deployed.one_env)
    }

    pub fn contents(&self) -> BTreeMap<Identity, Stored> {
        self.world.table.contents()
    }

    /// Whether the pair is there for the first env alone.
    pub fn is_bounded_to_one_env(&self) -> bool {
        self.deployed.one_env
    }

    /// Whether a version with this value is not retired.
    pub fn can_read(&self, value: &str) -> bool {
        let contents = self.contents();
        let mut records = contents.values().flat_map(|stored| &stored.records);
        records.any(|record| record.item.retired.is_none() && value_of(record) == value)
    }

    pub fn minted(&self) -> u64 {
        self.world.minted.get()
    }

    /// Delivers an event as the next fault wants it. Returns what CloudFormation hears, and whether something was done
    /// on purpose that may make it fail.
    pub fn deliver(&mut self, event: &Event) -> (Option<Answer>, Fault) {
        self.world.hand.moment(&self.world);
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        let heard = match fault {
            Fault::None => Some(self.invoke(event, Weather::Fair)),
            Fault::Twice => {
                let first = self.invoke(event, Weather::Fair);
                self.invoke(event, Weather::Fair);
                Some(first)
            }
            Fault::TwiceMuchLater => {
                self.strays.push(event.clone());
                Some(self.invoke(event, Weather::Fair))
            }
            Fault::DiesFirst => {
                self.wait(60);
                Some(self.invoke(event, Weather::Fair))
            }
            Fault::AnswerLost => {
                self.invoke(event, Weather::Fair);
                self.wait(60);
                Some(self.invoke(event, Weather::Fair))
            }
            Fault::AllAnswersLost => {
                for pause in [60, 120, 120] {
                    self.invoke(event, Weather::Fair);
                    self.wait(pause);
                }
                None
            }
            Fault::NothingDone => {
                self.wait(300);
                None
            }
            Fault::WriteReplyLost => Some(self.invoke(event, Weather::WriteReplyLost)),
            Fault::GoneAfterWrite => Some(self.invoke(event, Weather::GoneAfterWrite)),
            Fault::DatedAhead => {
                let ahead = Event { sent_at: event.sent_at + 20 * 365 * DAY, ..event.clone() };
                Some(self.invoke(&ahead, Weather::Fair))
            }
            Fault::TableUnavailable => Some(self.invoke(event, Weather::TableUnavailable)),
            Fault::TableMissing => Some(self.invoke(event, Weather::TableMissing)),
            Fault::KeyUnusable => Some(self.invoke(event, Weather::KeyUnusable)),
            Fault::StackNotTold => Some(self.invoke(event, Weather::StackNotTold)),
            Fault::Contended => Some(self.invoke(event, Weather::Contended(2))),
        };
        (heard, fault)
    }

    /// A held-back delivery arrives; nobody listens any more.
    pub fn deliver_stray(&mut self, event: &Event) {
        self.invoke(event, Weather::Fair);
    }

    fn invoke(&mut self, event: &Event, weather: Weather) -> Answer {
        let by_hand = self.world.hand.done.get();
        let before = self.deployed.one_env.then(|| self.out_of_bounds());
        let answer = self.run(event, weather);
        if by_hand == self.world.hand.done.get() && before.is_some_and(|before| before != self.out_of_bounds()) {
            self.trespasses.push(format!("{event}"));
        }
        answer
    }

    /// What a pair for the first env alone has no business with.
    fn out_of_bounds(&self) -> BTreeMap<Identity, Stored> {
        self.contents().into_iter().filter(|(identity, _)| identity.env.as_str() != "env0").collect()
    }

    fn run(&mut self, event: &Event, weather: Weather) -> Answer {
        self.deliveries += 1;
        self.world.seed.set(self.world.seed.get() + 1);
        self.world.turn(weather);
        let answer = match self.windows() {
            Windows::PerSecret => self.answer(&self.generator(&self.world), event),
            Windows::OfTheStore => self.answer(&self.generator(OneWindow(&self.world)), event),
        };
        self.world.turn(Weather::Fair);
        answer
    }

    fn answer<S: QueryVersions + WriteVersions>(&self, generator: &OverStore<'_, S>, event: &Event) -> Answer {
        let properties = Properties::from_value(event.properties.clone()).expect("an object");
        let context = self.context(event);
        let outcome = match &event.kind {
            Kind::Create => at_once(generator.create(CreateRequest::new(properties), &context)),
            Kind::Update { physical_id, old_properties } => {
                let old = Properties::from_value(old_properties.clone()).expect("an object");
                at_once(generator.update(UpdateRequest::new(physical_id, properties, old), &context))
            }
            Kind::Delete { physical_id } => {
                let request = DeleteRequest::new(Some(physical_id.clone()), properties);
                let result = match *physical_id == generator.not_created_id().to_string() {
                    true => Ok(()), // answered by the lifecycle, without asking
                    false => at_once(generator.delete(request, &context)),
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
                data: ["TableName", "Version"]
                    .map(|name| (name.to_owned(), outcome.get(name).unwrap_or_default().to_owned()))
                    .into(),
            },
            Err(error) => {
                let created = error.created_id().map(ToString::to_string);
                Answer::Failed { reason: error.to_string(), created }
            }
        }
    }

    /// What a getter of this stack answers to these properties, right now and without a fault.
    pub fn read(&self, stack_id: &str, properties: &Value) -> Result<String, String> {
        let settings = getter::settings::Settings {
            table_name: Some(self.default_table().parse().expect("a table name")),
            ..Default::default()
        };
        let getter = Getter::new(&self.world, &self.world, no_pause, settings);
        let properties = Properties::from_value(properties.clone()).expect("an object");
        let context = Context::builder(Clock::at(self.now())).stack_id(stack_id).build();
        let outcome = at_once(getter.create(CreateRequest::new(properties), &context));
        outcome
            .map(|outcome| outcome.get("password").expect("the getter's attribute").to_owned())
            .map_err(|error| error.to_string())
    }

    fn generator<S: QueryVersions + WriteVersions>(&self, store: S) -> OverStore<'_, S> {
        let variable = |name: &str| match name {
            "TABLE_NAME" => Some(self.default_table().to_owned()),
            "ALLOWED_ENVS" if self.deployed.one_env => Some("env0".to_owned()),
            "KMS_KEY_ID" => Some(format!("key-{}", self.deployed.key)),
            _ => None,
        };
        let mut settings = generator::settings::Settings::read(variable).expect("usable settings");
        settings.recovery_window = RecoveryWindow::from_days(self.deployed.days).expect("a window");
        let rng = StdRng::seed_from_u64(self.world.seed.get());
        Generator::new(store, &self.world, rng, no_pause, settings)
            .asking(&self.world)
            .with_decisions(self.mutant.decisions())
    }

    fn context(&self, event: &Event) -> Context {
        let expires = event.sent_at + URL_LIFE;
        // The signature makes each try's URL another one; a broken token leaves that out.
        let attempt = if self.mutant == Mutant::TokenWithoutUrl { 0 } else { event.attempt };
        let expires_for_token = if self.mutant == Mutant::TokenWithoutUrl { BEGIN * 2 } else { expires };
        Context::builder(Clock::at(self.now()))
            .stack_id(&event.stack_id)
            .request_id(&event.request_id)
            .logical_resource_id(event.logical_id)
            .response_url(format!(
                "https://responses.example/{}?AWSAccessKeyId=A&Expires={expires_for_token}&Signature=s{attempt}",
                event.request_id
            ))
            .build()
    }
}

/// What a record's value is; the model's key hides nothing from the model.
pub fn value_of(record: &Record) -> String {
    MemoryKey::value_of(record)
}
