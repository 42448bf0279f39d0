//! Stacks with a generated secret, a database that takes it, and copies of it, as CloudFormation remembers them.

use serde_json::{Value, json};

/// The logical ids of copies that a template may use.
pub const COPIES: [&str; 2] = ["DbCopy", "DbCopyRenamed"];

/// The stacks' names.
pub const STACKS: [&str; 2] = ["app", "web"];

/// The services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Parameter Store.
    Parameters,
    /// Secrets Manager.
    Secrets,
}

impl Service {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Parameters, Self::Secrets];

    /// One of its two names.
    pub fn name(self, index: usize) -> String {
        match self {
            Self::Parameters => format!("/pub/{index}"),
            Self::Secrets => format!("pub/{index}"),
        }
    }
}

/// A template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// The generated secret's `RotationTrigger`.
    pub trigger: usize,
    /// At each logical id a copy, or nothing.
    pub copies: [Option<CopySpec>; 2],
}

/// A published copy in a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopySpec {
    /// Which of the parameters' names; it or `secret` is there.
    pub parameter: Option<usize>,
    /// Which of the secrets' names.
    pub secret: Option<usize>,
    /// `Tier: Advanced`.
    pub advanced: bool,
    /// A `KeyId`.
    pub key: bool,
    /// `As: credentials`.
    pub credentials: bool,
    /// `OnDrift: overwrite`.
    pub overwrite: bool,
    /// `OnConflict: adopt`.
    pub adopt: bool,
    /// `RecoveryWindowInDays`.
    pub window: Option<u16>,
    /// `Tags`.
    pub tag: bool,
    /// `DeletionPolicy` and `UpdateReplacePolicy: Retain`.
    pub retain: bool,
}

impl CopySpec {
    /// As far as the properties of a request tell.
    pub fn of(properties: &Value) -> Self {
        let name = |block: &str| properties[block]["Name"].as_str()?.rsplit_once('/')?.1.parse().ok();
        Self {
            parameter: name("Parameter"),
            secret: name("Secret"),
            overwrite: properties["OnDrift"] == "overwrite",
            adopt: properties["OnConflict"] == "adopt",
            ..Self::default()
        }
    }

    /// Where it is published.
    pub fn places(&self) -> impl Iterator<Item = (Service, String)> {
        let of = |service: Service, index: Option<usize>| index.map(|index| (service, service.name(index)));
        of(Service::Parameters, self.parameter).into_iter().chain(of(Service::Secrets, self.secret))
    }

    /// How the id of a resource that publishes there ends.
    pub fn names_in_id(&self) -> String {
        let words = |(service, name): (Service, String)| match service {
            Service::Parameters => format!("parameter={name}"),
            Service::Secrets => format!("secret={name}"),
        };
        format!("?{}", self.places().map(words).collect::<Vec<_>>().join("&"))
    }

    /// Where the resource with this id publishes.
    pub fn places_in_id(id: &str) -> impl Iterator<Item = (Service, String)> {
        let names = id.split_once('?').map_or("", |(_, names)| names).split('&');
        names.filter_map(|name| match name.split_once('=')? {
            ("parameter", name) => Some((Service::Parameters, name.to_owned())),
            ("secret", name) => Some((Service::Secrets, name.to_owned())),
            _ => None,
        })
    }

    /// The same with one of both names at least.
    fn sensible(self) -> Self {
        let nowhere = self.parameter.is_none() && self.secret.is_none();
        Self { parameter: if nowhere { Some(0) } else { self.parameter }, ..self }
    }

    /// What is published under a name: by this alone it is decided whether it is written anew.
    pub fn content(&self, service: Service, secret_id: &str) -> String {
        let (Self { parameter, secret, credentials, key, .. }, advanced) =
            (self, self.advanced && service == Service::Parameters);
        format!("{secret_id} {parameter:?} {secret:?} {credentials} {key} {advanced}")
    }

    /// The properties, as CloudFormation sends them: every scalar a string.
    pub fn properties(&self, secret_id: &str) -> Value {
        let mut properties = json!({
            "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:publisher",
            "ServiceTimeout": "300",
            "SecretId": secret_id,
        });
        if let Some(index) = self.parameter {
            properties["Parameter"] = json!({"Name": Service::Parameters.name(index)});
            if self.advanced {
                properties["Parameter"]["Tier"] = json!("Advanced");
            }
        }
        if let Some(index) = self.secret {
            properties["Secret"] = json!({"Name": Service::Secrets.name(index)});
            if let Some(days) = self.window {
                properties["Secret"]["RecoveryWindowInDays"] = json!(days.to_string());
            }
        }
        for block in ["Parameter", "Secret"] {
            if self.key && !properties[block].is_null() {
                properties[block]["KeyId"] = json!("alias/web");
            }
        }
        if self.credentials {
            (properties["As"], properties["Username"]) = (json!("credentials"), json!("app"));
        }
        if self.overwrite {
            properties["OnDrift"] = json!("overwrite");
        }
        if self.adopt {
            properties["OnConflict"] = json!("adopt");
        }
        if self.tag {
            properties["Tags"] = json!([{"Key": "team", "Value": "web"}]);
        }
        properties
    }

    /// The password in what a reader gets, if it is in the shape that the template wants.
    pub fn password_in(&self, text: &str) -> Option<String> {
        if !self.credentials {
            return Some(text.to_owned());
        }
        let object: Value = serde_json::from_str(text).ok()?;
        (object["username"] == "app").then(|| object["password"].as_str().map(str::to_owned))?
    }
}

/// A change of a template.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    Trigger(usize),
    Parameter(usize, Option<usize>),
    Secret(usize, Option<usize>),
    Advanced(usize, bool),
    Key(usize, bool),
    Credentials(usize, bool),
    Overwrite(usize, bool),
    Adopt(usize, bool),
    Window(usize, Option<u16>),
    Tag(usize, bool),
    Retain(usize, bool),
    /// Adds the copy, or removes it.
    Toggle(usize, CopySpec),
    /// Gives the copies the other logical ids.
    Rename,
}

impl Template {
    /// Without what nobody can want: two copies that live side by side and take one name from each other.
    #[must_use]
    pub fn sensible(mut self) -> Self {
        for copy in self.copies.iter_mut().flatten() {
            *copy = copy.sensible();
        }
        if let [Some(one), Some(two)] = &mut self.copies
            && one.places().any(|place| two.places().any(|other| other == place))
        {
            (one.adopt, two.adopt) = (false, false);
        }
        self
    }

    /// The template after the edits.
    #[must_use]
    pub fn edited(mut self, edits: &[Edit]) -> Self {
        for edit in edits {
            match *edit {
                Edit::Trigger(trigger) => self.trigger = trigger,
                Edit::Toggle(copy, spec) => {
                    self.copies[copy] = if self.copies[copy].is_some() { None } else { Some(spec) };
                }
                Edit::Rename if self.copies.iter().all(Option::is_some) => {}
                Edit::Rename => self.copies.swap(0, 1),
                Edit::Parameter(copy, name) => self.change(copy, |spec| spec.parameter = name),
                Edit::Secret(copy, name) => self.change(copy, |spec| spec.secret = name),
                Edit::Advanced(copy, is) => self.change(copy, |spec| spec.advanced = is),
                Edit::Key(copy, is) => self.change(copy, |spec| spec.key = is),
                Edit::Credentials(copy, is) => self.change(copy, |spec| spec.credentials = is),
                Edit::Overwrite(copy, is) => self.change(copy, |spec| spec.overwrite = is),
                Edit::Adopt(copy, is) => self.change(copy, |spec| spec.adopt = is),
                Edit::Window(copy, window) => self.change(copy, |spec| spec.window = window),
                Edit::Tag(copy, is) => self.change(copy, |spec| spec.tag = is),
                Edit::Retain(copy, is) => self.change(copy, |spec| spec.retain = is),
            }
        }
        self.sensible()
    }

    fn change(&mut self, copy: usize, change: impl FnOnce(&mut CopySpec)) {
        if let Some(spec) = &mut self.copies[copy] {
            change(spec);
        }
    }
}

/// A stack that lives.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its ARN, with a GUID of its own.
    pub id: String,
    /// Its secret, and what the database was given.
    pub secret: Generated,
    /// What it has published.
    pub copies: [Option<Copy>; 2],
    /// What may be done with it.
    pub status: Status,
}

/// The generated secret, and the database behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// Its `RotationTrigger`.
    pub trigger: usize,
    /// Its id, which names a version.
    pub id: String,
    /// The database's password.
    pub database: String,
}

/// A copy as CloudFormation remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The last id that it heard.
    pub physical_id: String,
    /// Its properties in the last request that counts, whatever came of it,
    pub spec: CopySpec,
    /// and the id of the secret in them.
    pub secret_id: String,
    /// Whether that request succeeded.
    pub answered: bool,
}

impl Copy {
    /// Whether a request with these properties would be the last one again.
    pub fn asks_the_same(&self, spec: &CopySpec, secret_id: &str) -> bool {
        self.spec.properties(&self.secret_id) == spec.properties(secret_id)
    }
}

/// What may be done with a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Updated and deleted.
    Stable,
    /// Only deleted.
    OnlyDelete,
    /// Rolled back further, or deleted: UPDATE_ROLLBACK_FAILED.
    RollbackFailed(Box<Interrupted>),
    /// Updated, taken back or deleted: UPDATE_FAILED, with rollback switched off.
    UpdateFailed(Box<Interrupted>),
}

/// An update that has neither succeeded nor been rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The secret before.
    pub secret: Generated,
    /// The copies before.
    pub copies: [Option<Copy>; 2],
    /// The template that was asked for.
    pub template: Template,
    /// What the update made, whichever id CloudFormation has for it: to be deleted in a rollback.
    pub made: Vec<Made>,
    /// The ids of the secret that the update brought about.
    pub new_secret_ids: Vec<String>,
    /// What still has to be updated back.
    pub pending: Vec<usize>,
}

/// An id that an update brought about, with the properties of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub copy: usize,
    pub physical_id: String,
    pub spec: CopySpec,
    pub secret_id: String,
}

impl Made {
    /// What CloudFormation remembers of a copy.
    pub fn of(copy: usize, found: &Copy) -> Self {
        let Copy { physical_id, spec, secret_id, .. } = found.clone();
        Self { copy, physical_id, spec, secret_id }
    }

    /// Where it may be published: its properties may be those of a request that failed, and then its id says the names.
    pub fn places(&self) -> impl Iterator<Item = (Service, String)> {
        self.spec.places().chain(CopySpec::places_in_id(&self.physical_id))
    }
}

impl Stack {
    /// What CloudFormation has in mind of an update that has not come to its end.
    pub fn interrupted(&self) -> Option<&Interrupted> {
        match &self.status {
            Status::RollbackFailed(interrupted) | Status::UpdateFailed(interrupted) => Some(interrupted),
            Status::Stable | Status::OnlyDelete => None,
        }
    }

    /// What the next edits are made to.
    pub fn template(&self) -> Template {
        match &self.status {
            Status::UpdateFailed(interrupted) => interrupted.template,
            _ => Template {
                trigger: self.secret.trigger,
                copies: [0, 1].map(|copy| self.copies[copy].as_ref().map(|copy| copy.spec)),
            },
        }
    }
}
