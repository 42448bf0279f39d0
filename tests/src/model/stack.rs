//! Stacks and resources as CloudFormation remembers them.

use serde_json::{Value, json};

use super::history::{Edit, LogicalIndex, Spec};

/// The logical ids that a template may use.
pub const LOGICAL_IDS: [&str; 2] = ["DbSecret", "DbSecretRenamed"];

/// The stacks: name, region, account. The last two have nothing but their name in common with the first.
pub const STACKS: [(&str, &str, &str); 4] = [
    ("app", "eu-west-1", "123456789012"),
    ("web", "eu-west-1", "123456789012"),
    ("app", "eu-west-1", "222222222222"),
    ("app", "us-east-1", "123456789012"),
];

/// The part of a stack's id that says where it is.
pub fn place(stack_id: &str) -> &str {
    stack_id.split_once(":stack/").map_or("", |(place, _)| place)
}

/// The tables of the region.
pub const TABLES: [&str; 2] = ["secrets-one", "secrets-two"];

/// A template: at each logical id a secret with its database, or nothing.
pub type Template = [Option<Spec>; 2];

/// A stack that lives.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its ARN, with a GUID of its own.
    pub id: String,
    /// What it has.
    pub resources: [Option<Resource>; 2],
    /// What may be done with it.
    pub status: Status,
}

/// What may be done with a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Updated and deleted.
    Stable,
    /// Only deleted: ROLLBACK_COMPLETE, ROLLBACK_FAILED and DELETE_FAILED.
    OnlyDelete,
    /// Rolled back further, or deleted: UPDATE_ROLLBACK_FAILED.
    RollbackFailed(Box<Interrupted>),
    /// Updated, taken back or deleted: UPDATE_FAILED, with rollback switched off.
    UpdateFailed(Box<Interrupted>),
}

/// An update that has neither succeeded nor been rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// What was asked for.
    pub template: Template,
    /// What there was before.
    pub before: [Option<Resource>; 2],
    /// The ids that the update brought about.
    pub new_ids: Vec<(LogicalIndex, String, Spec)>,
    /// What still has to be updated back.
    pub pending: Vec<LogicalIndex>,
    /// The value that each secret's address, and its id, gave before the update.
    pub values_before: [(Option<String>, Option<String>); 2],
    /// How many Deletes had never reached the table by then.
    pub missed_deletes: u64,
    /// Updates failed before it, with rollback switched off.
    pub is_one_of_several: bool,
}

impl Status {
    /// The update that has not come to its end.
    pub fn interrupted(&self) -> Option<&Interrupted> {
        match self {
            Status::RollbackFailed(interrupted) | Status::UpdateFailed(interrupted) => Some(interrupted),
            Status::Stable | Status::OnlyDelete => None,
        }
    }
}

/// A resource with the getter and the database behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The properties of the last request that CloudFormation counts.
    pub spec: Spec,
    /// Those of the last request that succeeded.
    pub answered: Spec,
    /// The last id that it heard.
    pub physical_id: String,
    /// The table that the generator said the secret is in.
    pub table: String,
    /// The getter's properties when it ran last.
    pub getter: Option<Value>,
    /// The value that the getter gave last: what the database has.
    pub database: Option<String>,
    /// The value that the database had at the end of the last completed operation.
    pub committed: Option<String>,
}

/// The generator's properties as CloudFormation sends them: every scalar a string.
pub fn generator_properties(spec: &Spec, policy_in_trigger: bool) -> Value {
    let mut properties = json!({
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:generator",
        "ServiceTimeout": "300",
        "Env": format!("env{}", spec.env),
        "RotationTrigger": match policy_in_trigger {
            true => format!("t{}-{}", spec.trigger, spec.length),
            false => format!("t{}", spec.trigger),
        },
        "PasswordLength": (20 + spec.length).to_string(),
    });
    if let Some(name) = spec.name {
        properties["Name"] = json!(format!("name{name}"));
    }
    if let Some(table) = spec.table {
        properties["TableName"] = json!(TABLES[table]);
    }
    if spec.adopt {
        properties["OnConflict"] = json!("adopt");
    }
    if let Some(days) = spec.window {
        properties["RecoveryWindowInDays"] = json!(days.to_string());
    }
    properties
}

/// The getter's properties: of the short form with `SecretId`, or of the 2016 form with the address alone.
pub fn getter_properties(spec: &Spec, physical_id: &str, table: &str) -> Value {
    if spec.by_id {
        return json!({"SecretId": physical_id});
    }
    let mut properties = json!({"TableName": table, "Env": format!("env{}", spec.env)});
    if let Some(name) = spec.name {
        properties["Name"] = json!(format!("name{name}"));
    }
    properties
}

/// The template with one thing taken out that nobody can want: two resources that live side by side and adopt one secret
/// from each other. Without `OnConflict` the second is refused; one that takes over what the other gives up is wanted.
pub fn sensible(mut template: Template) -> Template {
    if let [Some(one), Some(two)] = &mut template {
        let same_table = one.table == two.table || one.table.is_none() || two.table.is_none();
        if (one.env, one.name) == (two.env, two.name) && same_table {
            (one.adopt, two.adopt) = (false, false);
        }
    }
    template
}

/// The template after the edits.
pub fn edited(template: &Template, edits: &[(LogicalIndex, Edit)]) -> Template {
    let mut template = *template;
    for (logical, edit) in edits {
        let both = template.iter().all(Option::is_some);
        match (edit, &mut template[*logical]) {
            (Edit::Toggle(spec), slot @ None) => *slot = Some(*spec),
            (Edit::Toggle(_), slot @ Some(_)) => *slot = None,
            // Two that are there are not swapped: each would adopt from one that lives.
            (Edit::Rename, _) if both => {}
            (Edit::Rename, _) => template.swap(0, 1),
            (_, None) => {}
            (Edit::Env(env), Some(spec)) => spec.env = *env,
            (Edit::Name(name), Some(spec)) => spec.name = *name,
            (Edit::Table(table), Some(spec)) => spec.table = *table,
            (Edit::Trigger(trigger), Some(spec)) => spec.trigger = *trigger,
            (Edit::Length(length), Some(spec)) => spec.length = *length,
            (Edit::Adopt(adopt), Some(spec)) => spec.adopt = *adopt,
            (Edit::Window(window), Some(spec)) => spec.window = *window,
            (Edit::Retain(retain), Some(spec)) => spec.retain = *retain,
            (Edit::ById(by_id), Some(spec)) => spec.by_id = *by_id,
        }
    }
    sensible(template)
}
