//! Whoever is asked: Parameter Store and Secrets Manager in memory, with what goes wrong on the way, and who did what.

use std::cell::{Cell, RefCell};

use aws_session::{JsonReply, JsonService};
use secret_store::store::Cause;
use serde_json::{Value, json};
use targets_aws::Ask;
use zeroize::Zeroizing;

use super::mutants::{Lies, Mutant};
use super::parameter_store::ParameterStore;
use super::secrets_manager::SecretsManager;
use super::stack::Service;

/// Who is not one of the model's resources.
pub const SOMEBODY: &str = "somebody";

/// What somebody else does meanwhile.
type Interlude = Box<dyn FnOnce()>;

/// The services, and all that was done to them.
pub struct Aws {
    pub(super) parameters: RefCell<ParameterStore>,
    pub(super) secrets: RefCell<SecretsManager>,
    pub(super) now: Cell<u64>,
    /// Who is at work: a resource, or somebody.
    pub(super) author: RefCell<String>,
    /// What happens to the calls of the invocation that runs.
    pub(super) weather: Cell<Weather>,
    /// How many calls the invocation has made.
    pub(super) calls: Cell<u32>,
    /// What comes after so many more calls.
    interlude: RefCell<Option<(u8, Interlude)>>,
    acts: RefCell<Vec<Act>>,
    /// How a mutant's calls differ.
    lies: RefCell<Lies>,
}

/// What happens to the calls of an invocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    #[default]
    Fair,
    ReplyLost,
    GoneAfterWrite,
    Throttled(u8),
    Down,
    Denied,
}

/// Something that was done to a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub service: Service,
    pub name: String,
    pub author: String,
    pub deed: Done,
    /// What readers had before.
    pub before: Option<Standing>,
    /// Whether a rotation of the service's own gave it its values.
    pub rotated: bool,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Wrote,
    Removed,
    /// Readers have another version, or none, for some other reason.
    Moved,
}

/// What readers have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub text: String,
    pub version: String,
    pub author: String,
    /// Which act it came with.
    pub act: usize,
}

/// How a service answers: a body, or a code.
pub(super) type Said = Result<Value, &'static str>;

impl Aws {
    pub fn new(mutant: Mutant) -> Self {
        Self {
            parameters: RefCell::default(),
            secrets: RefCell::default(),
            now: Cell::new(super::super::event::BEGIN),
            author: RefCell::new(SOMEBODY.to_owned()),
            weather: Cell::default(),
            calls: Cell::default(),
            interlude: RefCell::default(),
            acts: RefCell::default(),
            lies: RefCell::new(Lies::of(mutant)),
        }
    }

    /// All that was done so far.
    pub fn acts(&self) -> std::cell::Ref<'_, Vec<Act>> {
        self.acts.borrow()
    }

    /// What a reader gets by the name; by `NAME:VERSION` and with `AWSCURRENT` it is the same.
    pub fn read(&self, service: Service, name: &str) -> Option<Standing> {
        match service {
            Service::Parameters => self.parameters.borrow().read(name),
            Service::Secrets => self.secrets.borrow().read(name),
        }
    }

    /// After so many calls of the next invocation this comes between.
    pub fn interrupt(&self, calls: u8, interlude: impl FnOnce() + 'static) -> bool {
        let mut slot = self.interlude.borrow_mut();
        let free = slot.is_none();
        if free {
            *slot = Some((calls, Box::new(interlude)));
        }
        free
    }

    /// What was to come between and did not.
    pub fn leftover(&self) -> Option<Interlude> {
        self.interlude.borrow_mut().take().map(|(_, interlude)| interlude)
    }

    /// Somebody asks, without anything going wrong.
    pub fn somebody(&self, service: Service, operation: &str, input: &Value) -> Said {
        let author = self.author.replace(SOMEBODY.to_owned());
        let said = self.carry_out(service, operation, input);
        self.author.replace(author);
        said
    }

    /// Time passes: what was scheduled for deletion is erased.
    pub fn reap(&self) {
        let gone = self.secrets.borrow_mut().reap(self.now.get());
        for (name, before) in gone {
            self.note(Service::Secrets, &name, SOMEBODY, Done::Moved, Some(before), false);
        }
    }

    fn note(&self, service: Service, name: &str, author: &str, deed: Done, before: Option<Standing>, rotated: bool) {
        let (name, author) = (name.to_owned(), author.to_owned());
        self.acts.borrow_mut().push(Act { service, name, author, deed, before, rotated });
    }

    /// One operation, and what it did to readers.
    fn carry_out(&self, service: Service, operation: &str, input: &Value) -> Said {
        let name = input["Name"].as_str().or_else(|| input["SecretId"].as_str()).unwrap_or_default().to_owned();
        let before = self.read(service, &name);
        let rotated = service == Service::Secrets && self.secrets.borrow().is_rotated(&name);
        let (author, act) = (self.author.borrow().clone(), self.acts.borrow().len());
        let said = match service {
            Service::Parameters => self.parameters.borrow_mut().carry_out(operation, input, &author, act),
            Service::Secrets => self.secrets.borrow_mut().carry_out(operation, input, &author, act, self.now.get()),
        };
        let after = self.read(service, &name);
        let deed = match operation {
            "PutParameter" | "CreateSecret" | "PutSecretValue" if after != before => Done::Wrote,
            "DeleteParameter" | "DeleteSecret" if after != before => Done::Removed,
            _ if after != before => Done::Moved,
            _ => return said,
        };
        self.note(service, &name, &author, deed, before, rotated);
        said
    }

    fn answer(&self, service: Service, operation: &str, body: &[u8]) -> Result<JsonReply, Cause> {
        let calls = self.calls.get();
        self.calls.set(calls + 1);
        self.come_between();
        let writes = !matches!(operation, "GetParameterHistory" | "DescribeSecret");
        match self.weather.get() {
            Weather::Down => return Err("nobody answers".into()),
            Weather::Denied => return Ok(refusal("AccessDeniedException")),
            Weather::Throttled(left @ 1..) => {
                self.weather.set(Weather::Throttled(left - 1));
                return Ok(refusal("ThrottlingException"));
            }
            _ => {}
        }
        let input: Value = serde_json::from_slice(body).expect("a request in JSON");
        let asked = self.lies.borrow_mut().asks(operation, input);
        let said = self.carry_out(service, operation, &asked);
        let said = self.lies.borrow_mut().hears(operation, &asked, said);
        match self.weather.get() {
            Weather::ReplyLost if writes => {
                self.weather.set(Weather::Fair);
                return Err("the reply is lost".into());
            }
            Weather::GoneAfterWrite if writes => {
                self.weather.set(Weather::Down);
                return Err("the reply is lost".into());
            }
            _ => {}
        }
        Ok(match said {
            Ok(body) => reply(200, &body),
            Err(code) => refusal(code),
        })
    }

    fn come_between(&self) {
        let due = match self.interlude.borrow_mut().as_mut() {
            Some((0, _)) => true,
            Some((calls, _)) => {
                *calls -= 1;
                false
            }
            None => false,
        };
        if let Some(interlude) = due.then(|| self.leftover()).flatten() {
            let (author, weather) = (self.author.borrow().clone(), self.weather.replace(Weather::Fair));
            let calls = self.calls.get();
            interlude();
            self.author.replace(author);
            self.weather.set(weather);
            self.calls.set(calls);
        }
    }
}

fn reply(status: u16, body: &Value) -> JsonReply {
    JsonReply { status, error: None, body: Zeroizing::new(body.to_string().into_bytes()) }
}

fn refusal(code: &str) -> JsonReply {
    reply(400, &json!({"__type": code, "message": "made up by the model"}))
}

/// The publisher's way there.
#[derive(Clone)]
pub struct Way(pub std::rc::Rc<Aws>);

impl Ask for Way {
    fn ask(
        &self,
        service: &JsonService,
        operation: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<JsonReply, Cause>> + Send {
        let service = if service.name == "ssm" { Service::Parameters } else { Service::Secrets };
        std::future::ready(self.0.answer(service, operation, &body))
    }
}
