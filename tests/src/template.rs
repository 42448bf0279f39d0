//! `template.yaml`: as it stands, and as CloudFormation would resolve it for a deployment's parameters. What the functions
//! may do in the scenarios is read from here and from nowhere else.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Map, Value, json};

use crate::{aws::Function, paths, python};

/// The template as it stands, intrinsic functions in their long form.
pub fn as_written() -> &'static Value {
    static TEMPLATE: LazyLock<Value> = LazyLock::new(|| read("template.yaml"));
    &TEMPLATE
}

/// That of the sign-up and login application.
pub fn of_accounts() -> &'static Value {
    static TEMPLATE: LazyLock<Value> = LazyLock::new(|| read("apps/accounts/template.yaml"));
    &TEMPLATE
}

/// One of the examples.
pub fn of_example(name: &str) -> Value {
    read(&format!("examples/{name}.yaml"))
}

fn read(path: &str) -> Value {
    let mut tool = python::tool("template_as_json");
    tool.arg(paths::repository().join(path));
    serde_json::from_slice(&tool.output().unwrap().stdout).unwrap()
}

/// The template, deployed with these parameters.
#[derive(Debug)]
pub struct Deployment<'t> {
    template: &'t Value,
    region: &'t str,
    account: &'t str,
    stack: &'t str,
    imports: &'t [(&'t str, &'t str)],
    parameters: BTreeMap<&'t str, Value>,
}

impl<'t> Deployment<'t> {
    /// A stack with these parameters, and all others at their defaults. Lists are separated by commas.
    pub fn new(template: &'t Value, region: &'t str, account: &'t str, given: &[(&str, &str)]) -> Self {
        let mut parameters = BTreeMap::new();
        for (name, declared) in template["Parameters"].as_object().unwrap() {
            let given = given.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
            let value = match (given, &declared["Default"]) {
                (Some(value), _) => value.to_owned(),
                (None, Value::String(value)) => value.clone(),
                (None, value) => value.to_string(),
            };
            let is_list = declared["Type"] == "CommaDelimitedList";
            let value = if is_list { json!(value.split(',').collect::<Vec<_>>()) } else { json!(value) };
            parameters.insert(name.as_str(), value);
        }
        for (name, _) in given {
            assert!(parameters.contains_key(name), "template.yaml has no parameter {name}");
        }
        Self { template, region, account, stack: "cfn-secrets", imports: &[], parameters }
    }

    /// As a stack of this name, beside one that exports these values.
    #[must_use]
    pub fn beside(self, stack: &'t str, imports: &'t [(&'t str, &'t str)]) -> Self {
        Self { stack, imports, ..self }
    }

    /// The one inline policy of a function's role.
    pub fn role_policy(&self, function: Function) -> Value {
        self.policy_of_role(function.role())
    }

    /// The one inline policy of a role, by its logical id.
    pub fn policy_of_role(&self, role: &str) -> Value {
        let policies = &self.template["Resources"][role]["Properties"]["Policies"];
        assert_eq!(policies.as_array().unwrap().len(), 1);
        self.resolve(&policies[0]["PolicyDocument"])
    }

    /// What stands in a resource's properties, unresolved.
    pub fn properties(&self, logical_id: &str) -> &'t Value {
        &self.template["Resources"][logical_id]["Properties"]
    }

    /// The key's policy.
    pub fn key_policy(&self) -> Value {
        self.resolve(&self.template["Resources"]["Key"]["Properties"]["KeyPolicy"])
    }

    /// The document of a managed policy.
    pub fn managed_policy(&self, logical_id: &str) -> Value {
        self.resolve(&self.template["Resources"][logical_id]["Properties"]["PolicyDocument"])
    }

    /// Any part of the template, its intrinsic functions carried out; what `AWS::NoValue` stands for is gone.
    pub fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).filter(|item| !item.is_null()).collect(),
            Value::Object(fields) => match fields.iter().next() {
                Some((name, argument)) if fields.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) => {
                    self.call(name, argument)
                }
                _ => {
                    let fields = fields.iter().map(|(name, value)| (name.clone(), self.resolve(value)));
                    Value::Object(fields.filter(|(_, value)| !value.is_null()).collect())
                }
            },
            other => other.clone(),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Value {
        match function {
            "Ref" => self.named(argument.as_str().unwrap(), &Map::new()),
            "Fn::ImportValue" => {
                let import = self.imports.iter().find(|(name, _)| argument == name);
                json!(import.unwrap_or_else(|| panic!("nobody exports {argument}")).1)
            }
            "Fn::GetAtt" => json!(self.arn(argument[0].as_str().unwrap())),
            "Fn::If" => {
                let branch =
                    if self.holds(&self.template["Conditions"][argument[0].as_str().unwrap()]) { 1 } else { 2 };
                self.resolve(&argument[branch])
            }
            "Fn::Join" => json!(strings(&self.resolve(&argument[1])).join(argument[0].as_str().unwrap())),
            "Fn::Split" => {
                let text = self.resolve(&argument[1]);
                json!(text.as_str().unwrap().split(argument[0].as_str().unwrap()).collect::<Vec<_>>())
            }
            "Fn::Sub" => match argument {
                Value::Array(parts) => self.substitute(parts[0].as_str().unwrap(), parts[1].as_object().unwrap()),
                text => self.substitute(text.as_str().unwrap(), &Map::new()),
            },
            other => panic!("{other} is not known here"),
        }
    }

    fn holds(&self, condition: &Value) -> bool {
        let (name, argument) = condition.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "Condition" => self.holds(&self.template["Conditions"][argument.as_str().unwrap()]),
            "Fn::Equals" => self.resolve(&argument[0]) == self.resolve(&argument[1]),
            "Fn::Not" => !self.holds(&argument[0]),
            "Fn::Or" => argument.as_array().unwrap().iter().any(|part| self.holds(part)),
            "Fn::And" => argument.as_array().unwrap().iter().all(|part| self.holds(part)),
            other => panic!("{other} is not known here"),
        }
    }

    fn substitute(&self, text: &str, names: &Map<String, Value>) -> Value {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("${") {
            let (name, after) = from.split_once('}').unwrap();
            result += before;
            result += self.named(name, names).as_str().unwrap();
            rest = after;
        }
        json!(result + rest)
    }

    fn named(&self, name: &str, names: &Map<String, Value>) -> Value {
        match name {
            "AWS::NoValue" => Value::Null,
            "AWS::Partition" => json!("aws"),
            "AWS::Region" => json!(self.region),
            "AWS::AccountId" => json!(self.account),
            "AWS::StackName" => json!(self.stack),
            _ => match (names.get(name), self.parameters.get(name)) {
                (Some(value), _) => self.resolve(value),
                (None, Some(value)) => value.clone(),
                (None, None) => json!(name), // a resource goes by its logical id
            },
        }
    }

    fn arn(&self, logical_id: &str) -> String {
        let place = format!("{}:{}", self.region, self.account);
        match self.template["Resources"][logical_id]["Type"].as_str().unwrap() {
            "AWS::Logs::LogGroup" => format!("arn:aws:logs:{place}:log-group:{logical_id}:*"),
            "AWS::S3::Bucket" => format!("arn:aws:s3:::{}", logical_id.to_lowercase()),
            "AWS::KMS::Key" => format!("arn:aws:kms:{place}:key/{logical_id}"),
            "AWS::DynamoDB::Table" => format!("arn:aws:dynamodb:{place}:table/{logical_id}"),
            other => panic!("the ARN of a {other} is not known here"),
        }
    }
}

/// A string or a list of strings, as policies have them.
pub fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::String(text) => vec![text.clone()],
        other => panic!("no string: {other}"),
    }
}
