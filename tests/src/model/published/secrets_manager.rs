//! Secrets Manager as AWS has it: a token becomes a version's id and is good once, labels move, a version without labels is told
//! of no more, what is scheduled for deletion keeps its name, and what is deleted at once keeps it for a moment.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::aws::{Said, Standing};
use super::history::DAY;
use super::parameter_store::tags;

/// How often a name is still taken after its secret was deleted at once.
const LINGERS: u8 = 1;

#[derive(Default)]
pub(super) struct SecretsManager {
    secrets: BTreeMap<String, Secret>,
    /// Names that are being erased.
    leaving: BTreeMap<String, u8>,
}

#[derive(Default)]
struct Secret {
    key: Option<String>,
    tags: BTreeMap<String, String>,
    versions: Vec<Version>,
    /// Which version has which label.
    labels: BTreeMap<String, String>,
    /// Scheduled for deletion: until when.
    until: Option<u64>,
    rotates: bool,
}

struct Version {
    id: String,
    text: String,
    author: String,
    act: usize,
}

impl Secret {
    fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    fn labels_of(&self, id: &str) -> Vec<&String> {
        self.labels.iter().filter(|(_, labelled)| *labelled == id).map(|(label, _)| label).collect()
    }

    /// The version becomes current; the one before is the previous one.
    fn move_current_to(&mut self, id: &str) {
        if let Some(before) = self.labels.insert("AWSCURRENT".to_owned(), id.to_owned()) {
            self.labels.insert("AWSPREVIOUS".to_owned(), before);
        }
    }

    fn current(&self) -> Option<Standing> {
        let Version { id, text, author, act } = self.version(self.labels.get("AWSCURRENT")?)?;
        Some(Standing { text: text.clone(), version: id.clone(), author: author.clone(), act: *act })
    }
}

impl SecretsManager {
    /// What is scheduled for deletion cannot be read.
    pub(super) fn read(&self, name: &str) -> Option<Standing> {
        self.secrets.get(name).filter(|found| found.until.is_none())?.current()
    }

    pub(super) fn is_scheduled(&self, name: &str) -> bool {
        self.secrets.get(name).is_some_and(|found| found.until.is_some())
    }

    pub(super) fn is_rotated(&self, name: &str) -> bool {
        let is = |found: &Secret| {
            let pending = found.labels.get("AWSPENDING");
            found.rotates || pending.is_some_and(|pending| found.labels.get("AWSCURRENT") != Some(pending))
        };
        self.secrets.get(name).is_some_and(is)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.secrets.keys()
    }

    /// All that is told without a value: what must not have one in it.
    pub(super) fn told(&self) -> impl Iterator<Item = &str> {
        let ids = self.secrets.values().flat_map(|found| &found.versions).map(|version| version.id.as_str());
        ids.chain(self.secrets.values().flat_map(|found| found.tags.values()).map(String::as_str))
    }

    /// Erases what was scheduled for now; what readers would have had.
    pub(super) fn reap(&mut self, now: u64) -> Vec<(String, Standing)> {
        let is_over = |found: &Secret| found.until.is_some_and(|until| until <= now);
        let over: Vec<_> =
            self.secrets.iter().filter(|(_, found)| is_over(found)).map(|(name, _)| name.clone()).collect();
        let erase = |name: String| {
            let found = self.secrets.remove(&name)?;
            Some((name, found.current()?))
        };
        over.into_iter().filter_map(erase).collect()
    }

    pub(super) fn carry_out(&mut self, operation: &str, input: &Value, author: &str, act: usize, now: u64) -> Said {
        if operation == "CreateSecret" {
            return self.create(input, author, act);
        }
        let name = input["SecretId"].as_str().unwrap_or_default().to_owned();
        if operation == "DeleteSecret" {
            return self.delete(&name, input, now);
        }
        let found = self.secrets.get_mut(&name).ok_or("ResourceNotFoundException")?;
        if found.until.is_some() && !matches!(operation, "DescribeSecret" | "RestoreSecret") {
            return Err("InvalidRequestException");
        }
        match operation {
            "DescribeSecret" => return Ok(describe(&name, found, now)),
            "RestoreSecret" => found.until = None,
            "UpdateSecret" => found.key = input["KmsKeyId"].as_str().map(str::to_owned),
            "TagResource" => found.tags.extend(tags(&input["Tags"])),
            "UntagResource" => {
                for key in input["TagKeys"].as_array().into_iter().flatten() {
                    found.tags.remove(key.as_str().unwrap_or_default());
                }
            }
            "PutSecretValue" => return put(found, input, author, act),
            // Somebody's, by other operations of AWS.
            "MoveCurrentBack" => {
                let previous = found.labels.get("AWSPREVIOUS").cloned().ok_or("InvalidParameterException")?;
                found.move_current_to(&previous);
            }
            "SetRotation" => found.rotates = input["Rotates"] == true,
            "LeavePending" => {
                let current = found.labels.get("AWSPREVIOUS").cloned().ok_or("InvalidParameterException")?;
                found.labels.insert("AWSPENDING".to_owned(), current);
            }
            "EndPending" => _ = found.labels.remove("AWSPENDING"),
            other => panic!("the model's Secrets Manager does not know {other}"),
        }
        Ok(json!({"Name": name, "ARN": arn(&name)}))
    }

    fn create(&mut self, input: &Value, author: &str, act: usize) -> Said {
        let name = input["Name"].as_str().expect("a name").to_owned();
        if let Some(left) = self.leaving.get_mut(&name) {
            *left -= 1;
            if *left == 0 {
                self.leaving.remove(&name);
            }
            return Err("InvalidRequestException");
        }
        let (token, text) = token_and_text(input)?;
        if let Some(found) = self.secrets.get(&name) {
            if found.until.is_some() {
                return Err("InvalidRequestException");
            }
            return match found.version(&token) {
                Some(version) if version.text == text => {
                    Ok(json!({"Name": name, "ARN": arn(&name), "VersionId": token}))
                }
                _ => Err("ResourceExistsException"),
            };
        }
        let key = input["KmsKeyId"].as_str().map(str::to_owned);
        let mut made = Secret { key, tags: tags(&input["Tags"]).collect(), ..Secret::default() };
        made.versions.push(Version { id: token.clone(), text, author: author.to_owned(), act });
        made.move_current_to(&token);
        self.secrets.insert(name.clone(), made);
        Ok(json!({"Name": name, "ARN": arn(&name), "VersionId": token}))
    }

    fn delete(&mut self, name: &str, input: &Value, now: u64) -> Said {
        let at_once = input["ForceDeleteWithoutRecovery"] == true;
        let Some(found) = self.secrets.get_mut(name) else {
            return if at_once { Ok(json!({"Name": name})) } else { Err("ResourceNotFoundException") };
        };
        if at_once {
            self.secrets.remove(name);
            self.leaving.insert(name.to_owned(), LINGERS);
            return Ok(json!({"Name": name}));
        }
        let days = input["RecoveryWindowInDays"].as_u64().unwrap_or(30);
        if !(7..=30).contains(&days) {
            return Err("InvalidParameterException");
        }
        if found.until.is_some() {
            return Err("InvalidRequestException");
        }
        found.until = Some(now + days * DAY);
        Ok(json!({"Name": name}))
    }
}

fn put(found: &mut Secret, input: &Value, author: &str, act: usize) -> Said {
    let (token, text) = token_and_text(input)?;
    let name = &input["SecretId"];
    match found.version(&token) {
        Some(version) if version.text != text => return Err("ResourceExistsException"),
        // It succeeds, and does nothing.
        Some(_) => {}
        None => {
            found.versions.push(Version { id: token.clone(), text, author: author.to_owned(), act });
            found.move_current_to(&token);
        }
    }
    Ok(json!({"Name": name, "VersionId": token, "VersionStages": found.labels_of(&token)}))
}

fn token_and_text(input: &Value) -> Result<(String, String), &'static str> {
    let token = input["ClientRequestToken"].as_str().unwrap_or_default();
    let text = input["SecretString"].as_str().unwrap_or_default();
    match (32..=64).contains(&token.len()) && (1..=65_536).contains(&text.len()) {
        true => Ok((token.to_owned(), text.to_owned())),
        false => Err("InvalidParameterException"),
    }
}

fn describe(name: &str, found: &Secret, now: u64) -> Value {
    let labelled = found.versions.iter().map(|version| (version.id.clone(), json!(found.labels_of(&version.id))));
    let stages: serde_json::Map<_, _> =
        labelled.filter(|(_, labels)| labels.as_array().is_some_and(|labels| !labels.is_empty())).collect();
    let tags: Vec<_> = found.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let mut said = json!({
        "Name": name, "ARN": arn(name), "Tags": tags, "VersionIdsToStages": stages, "LastChangedDate": 1.5,
        "RotationEnabled": found.rotates,
    });
    if let Some(key) = &found.key {
        said["KmsKeyId"] = json!(key);
    }
    if found.until.is_some() {
        said["DeletedDate"] = json!(now);
    }
    said
}

fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-AbCdEf")
}
