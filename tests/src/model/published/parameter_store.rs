//! Parameter Store as AWS has it: versions are counted, a hundred are kept, an overwrite without a description takes on the one
//! before, tags go with a first version alone, and a parameter never becomes a standard one, or another kind, again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::aws::{Said, Standing};

/// How many versions are kept (user guide, "Working with parameter versions").
const KEPT: usize = 100;

/// How many versions a page has at most (API reference, `GetParameterHistory`).
const PAGE: u64 = 50;

#[derive(Default)]
pub(super) struct ParameterStore(BTreeMap<String, Parameter>);

struct Parameter {
    kind: String,
    advanced: bool,
    versions: Vec<Version>,
    tags: BTreeMap<String, String>,
}

struct Version {
    number: u64,
    text: String,
    description: Option<String>,
    author: String,
    act: usize,
}

impl ParameterStore {
    pub(super) fn read(&self, name: &str) -> Option<Standing> {
        let Version { number, text, author, act, .. } = self.0.get(name)?.versions.last()?;
        let (text, author, version) = (text.clone(), author.clone(), number.to_string());
        Some(Standing { text, version, author, act: *act })
    }

    /// What it is called after the name's own, and its kind.
    pub(super) fn is_secure(&self, name: &str) -> bool {
        self.0.get(name).is_none_or(|found| found.kind == "SecureString")
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// All that is told without a value: what must not have one in it.
    pub(super) fn told(&self) -> impl Iterator<Item = &str> {
        let descriptions = self.0.values().flat_map(|found| &found.versions);
        let tags = self.0.values().flat_map(|found| found.tags.values()).map(String::as_str);
        descriptions.filter_map(|version| version.description.as_deref()).chain(tags)
    }

    pub(super) fn carry_out(&mut self, operation: &str, input: &Value, author: &str, act: usize) -> Said {
        let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
        match operation {
            "PutParameter" => self.put(input, author, act),
            "GetParameterHistory" => self.history(input),
            "DeleteParameter" => match self.0.remove(&text("Name")) {
                Some(_) => Ok(json!({})),
                None => Err("ParameterNotFound"),
            },
            "AddTagsToResource" => {
                let found = self.0.get_mut(&text("ResourceId")).ok_or("InvalidResourceId")?;
                found.tags.extend(tags(&input["Tags"]));
                Ok(json!({}))
            }
            "RemoveTagsFromResource" => {
                let found = self.0.get_mut(&text("ResourceId")).ok_or("InvalidResourceId")?;
                for key in input["TagKeys"].as_array().into_iter().flatten() {
                    found.tags.remove(key.as_str().unwrap_or_default());
                }
                Ok(json!({}))
            }
            other => panic!("the model's Parameter Store does not know {other}"),
        }
    }

    fn put(&mut self, input: &Value, author: &str, act: usize) -> Said {
        let (name, value) = (input["Name"].as_str().expect("a name"), input["Value"].as_str().expect("a value"));
        let (advanced, has_tags) = (input["Tier"] == "Advanced", input["Tags"].is_array());
        let description = input["Description"].as_str().map(str::to_owned);
        let kind = input["Type"].as_str();
        if value.is_empty() || value.len() > if advanced { 8192 } else { 4096 } || value.contains("{{") {
            return Err("ValidationException");
        }
        let overwrite = input["Overwrite"] == true;
        let version = |number, description| Version {
            number,
            text: value.to_owned(),
            description,
            author: author.to_owned(),
            act,
        };
        match self.0.get_mut(name) {
            None => {
                let kind = kind.ok_or("ValidationException")?.to_owned();
                let (versions, tags) = (vec![version(1, description)], tags(&input["Tags"]).collect());
                self.0.insert(name.to_owned(), Parameter { kind, advanced, versions, tags });
                Ok(json!({"Version": 1}))
            }
            Some(_) if !overwrite => Err("ParameterAlreadyExists"),
            Some(_) if has_tags => Err("ValidationException"),
            Some(found) if kind.is_some_and(|kind| kind != found.kind) => Err("HierarchyTypeMismatchException"),
            Some(found) if found.advanced && input["Tier"] == "Standard" => Err("ValidationException"),
            Some(found) => {
                let last = found.versions.last().expect("a parameter has a version");
                let (number, inherited) = (last.number + 1, last.description.clone());
                found.versions.push(version(number, description.or(inherited)));
                found.advanced |= advanced;
                let surplus = found.versions.len().saturating_sub(KEPT);
                found.versions.drain(..surplus);
                Ok(json!({"Version": number}))
            }
        }
    }

    fn history(&self, input: &Value) -> Said {
        let found = self.0.get(input["Name"].as_str().unwrap_or_default()).ok_or("ParameterNotFound")?;
        assert!(input["MaxResults"].as_u64().is_some_and(|most| most <= PAGE), "a page has at most {PAGE}");
        let from: usize = input["NextToken"].as_str().map_or(0, |token| token.parse().expect("a token of ours"));
        let until = found.versions.len().min(from + usize::try_from(PAGE).expect("a small number"));
        let page = found.versions[from..until].iter().map(|version| {
            let tier = if found.advanced { "Advanced" } else { "Standard" };
            json!({
                "Version": version.number, "Type": found.kind, "Tier": tier, "Description": version.description,
                "LastModifiedDate": 1.5, "Labels": [],
            })
        });
        let mut said = json!({"Parameters": page.collect::<Vec<_>>()});
        if until < found.versions.len() {
            said["NextToken"] = json!(until.to_string());
        }
        Ok(said)
    }
}

/// Tags in either service's form.
pub(super) fn tags(list: &Value) -> impl Iterator<Item = (String, String)> {
    let text = |tag: &Value, key: &str| tag[key].as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(move |tag| (text(tag, "Key"), text(tag, "Value")))
}
