//! The getter over a table and a key in memory: what each request is given, or why not.

use std::time::Duration;

use custom_resource::Clock;
use secret_store::plan::Changes;
use secret_store::store::WriteVersions;
use secret_store::testing::{MemoryKey, MemoryTable, at_once, no_pause};
use secret_store::{
    Description, EncryptionContext, Head, LogicalResourceId, Owner, RequestToken, Retirement, Trigger, Version,
    VersionItem,
};
use serde_json::json;

use super::*;

type InMemory = Getter<MemoryTable, MemoryKey>;

/// The time of every request.
const NOW: u64 = 1_800_000_000;

const STACK_ID: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/5d3f0b6a";

/// A getter as the template deploys it, but for these variables; over these secrets.
fn deployed(variables: &[(&str, &str)]) -> InMemory {
    let variable = |name: &str| {
        let found = variables.iter().chain(&[("TABLE_NAME", "secrets")]).find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let getter = Getter::new(MemoryTable::new(), MemoryKey, no_pause, Settings::read(variable).unwrap());
    getter.store("shop/prod/default", &["first", "second"], None);
    getter.store("shop/prod/object", &[r#"{"db": {"password": "p"}, "user": "u", "none": null}"#], None);
    getter.store("shop/prod/long", &[&"x".repeat(5000)], None);
    getter.store("shop/prod/gone", &["old"], Some(Retirement { at: UnixTime(NOW), expires_at: UnixTime(NOW + 1) }));
    getter.store("shop/dev/default", &["dev"], None);
    getter.store("blog/prod/default", &["theirs"], None);
    getter
}

fn token() -> RequestToken {
    RequestToken::manual("made")
}

impl InMemory {
    /// Puts a secret's versions into the table, the last one current; all of them `retired`, if they are.
    fn store(&self, address: &str, values: &[&str], retired: Option<Retirement>) {
        let [stack_name, env, name] = address.split('/').collect::<Vec<_>>().try_into().unwrap();
        let identity = Identity {
            store: "secrets".parse().unwrap(),
            stack_name: stack_name.parse().unwrap(),
            env: env.parse().unwrap(),
            name: name.parse().unwrap(),
        };
        let mut head = None;
        for (number, value) in (1..).zip(values) {
            let record = record(&identity, Version::new(number).unwrap(), value, retired);
            let next = Head { current: record.item.version, as_of: UnixTime(NOW), retired, revision: number };
            let changes = Changes { read: head.replace(next.clone()), head: next, update: vec![], erase: vec![] };
            at_once(self.table.write(&identity, &changes, Some(&record))).unwrap();
        }
    }

    /// All that a stack is given, or the Reason.
    fn given(&self, properties: &Value) -> String {
        let request = CreateRequest::new(Properties::from_value(properties.clone()).unwrap());
        let context = Context::builder(Clock::at(NOW)).stack_id(STACK_ID).logical_resource_id("DbPassword").build();
        match at_once(self.create(request, &context)) {
            Ok(outcome) => {
                assert!(outcome.is_no_echo());
                assert_eq!(
                    outcome.physical_resource_id().as_str(),
                    "cfn-secrets/getter/use-GetAtt-not-Ref/shop/DbPassword"
                );
                let data = outcome.names().map(|name| format!("{name}={}", outcome.get(name).unwrap()));
                data.collect::<Vec<_>>().join(" ")
            }
            Err(error) => format!("FAILED: {error}"),
        }
    }

    /// All that an invoker is given, or the error.
    fn returned(&self, event: &Value) -> String {
        let invocation = Invocation::new("invocation", Duration::from_secs(25), Clock::at(NOW));
        match at_once(self.invoke(event.clone(), &invocation)) {
            Ok(data) => data.to_string(),
            Err(error) => format!("FAILED: {error}"),
        }
    }
}

fn record(identity: &Identity, version: Version, value: &str, retired: Option<Retirement>) -> Record {
    let context = EncryptionContext::new(identity, version, &Default::default()).unwrap();
    let nonce = seal::Nonce([0; seal::Nonce::BYTES]);
    let key = "key".parse().unwrap();
    let sealed = at_once(seal::seal(&MemoryKey, &key, &SecretString::from(value), &context, nonce)).unwrap();
    let item = VersionItem {
        version,
        owner: Owner::Resource {
            stack_id: StackId::new(STACK_ID),
            logical_resource_id: LogicalResourceId::new("DbSecret"),
        },
        token: token(),
        trigger: Trigger::Rotation(version.to_string()),
        adopted_from: Vec::new(),
        moved_from: None,
        kept_until: None,
        superseded: None,
        retired,
        key_arn: sealed.key_arn,
        created_at: UnixTime(NOW),
        description: Description::default(),
    };
    Record { item, context, ciphertext: sealed.ciphertext }
}

fn hold(rows: impl IntoIterator<Item = (Value, String)>, outcome: impl Fn(&Value) -> String) {
    let differences = rows.into_iter().filter_map(|(given, expected)| {
        let found = outcome(&given);
        (found != expected).then(|| format!("{given}\n  is {found}\n not {expected}"))
    });
    let differences: Vec<_> = differences.collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn id(address: &str, version: u64) -> String {
    format!("secrets/{address}@{version}.{}", token().tag())
}

#[test]
fn a_stack_is_given_what_its_properties_name() {
    let failed = |reason: &str| format!("FAILED: {reason}");
    let secret = |name: &str| format!("FAILED: the secret {name} of shop in Env prod (table secrets)");
    let rows = [
        (
            json!({"SecretId": id("shop/prod/default", 1)}),
            "UrlEncodedPassword=first Version=1 password=first".to_owned(),
        ),
        (
            json!({"SecretId": id("shop/prod/default", 2)}),
            "UrlEncodedPassword=second Version=2 password=second".to_owned(),
        ),
        (json!({"Env": "prod"}), "UrlEncodedPassword=second Version=2 password=second".to_owned()),
        (
            json!({"Env": "prod", "StackName": "shop", "Name": "default"}),
            "UrlEncodedPassword=second Version=2 password=second".to_owned(),
        ),
        (
            json!({"Env": "prod", "TableName": "secrets", "Version": "1"}),
            "UrlEncodedPassword=first Version=1 password=first".to_owned(),
        ),
        (json!({"Env": "prod", "Stage": "current"}), "UrlEncodedPassword=second Version=2 password=second".to_owned()),
        (json!({"Env": "prod", "Stage": "previous"}), "UrlEncodedPassword=first Version=1 password=first".to_owned()),
        (json!({"Env": "prod", "Name": "object"}), "Version=1 db.password=p none= user=u".to_owned()),
        (json!({"Env": "prod", "Name": "object", "Attributes": ["user"]}), "Version=1 user=u".to_owned()),
        (json!({"Env": "prod", "Name": "object", "Attributes": ["Version"]}), "Version=1".to_owned()),
        (json!({"Env": "prod", "Attributes": ["SecretString"]}), "SecretString=second Version=2".to_owned()),
        (
            json!({"Env": "prod", "Tags": [{"Key": "a"}], "Description": "d"}),
            "UrlEncodedPassword=second Version=2 password=second".to_owned(),
        ),
        (
            json!({"Env": "prod", "Name": "object", "Attributes": ["password"]}),
            failed(
                "the secret has no password: Attributes names fields of a secret that is a JSON object, with dots for \
                    fields inside others; a text has password and UrlEncodedPassword, a key pair PrivateKey, and each the whole SecretString",
            ),
        ),
        (
            json!({"Env": "prod", "Name": "long"}),
            failed(
                "the secret's attributes have 5008 bytes, and an answer to CloudFormation holds 4096 in all: select \
                    those that the template needs with the property Attributes; a direct invocation of the getter gives \
                    the rest",
            ),
        ),
        (
            json!({"SecretId": id("shop/prod/default", 1), "Env": "prod"}),
            failed("property Env cannot stand beside SecretId, which names the version fully: leave one of them out"),
        ),
        (
            json!({"Env": "prod", "Version": 1, "Stage": "current"}),
            failed("Version and Stage both name a version: leave one of them out"),
        ),
        (json!({}), failed("property Env is missing: set SecretId (!Ref of the generated secret) or Env")),
        (
            json!({"Env": "prod", "StackName": "blog"}),
            failed(
                "this secret is another stack's: use !Ref of a generated secret of this stack, or leave StackName out; a \
                    secret that several stacks share must be listed in the parameter SharedStackNames of the cfn-secrets \
                    stack",
            ),
        ),
        (
            json!({"Env": "prod", "Name": "absent"}),
            secret("absent")
                + " does not exist: generate it first, and pass its !Ref as SecretId so that CloudFormation \
                                waits for it",
        ),
        (
            json!({"Env": "prod", "Version": 3}),
            secret("default") + " has no version 3: pass the generated secret's !Ref as SecretId, or leave Version out",
        ),
        (
            json!({"Env": "prod", "Name": "object", "Stage": "previous"}),
            secret("object") + " has no earlier version that is kept: leave Stage out to read the current one",
        ),
        (
            json!({"SecretId": "secrets/shop/prod/default@1.00000000"}),
            secret("default")
                + " has a version 1, but not the one that SecretId names, which is gone: pass the generated \
                                 secret's !Ref",
        ),
        (
            json!({"Env": "prod", "Name": "gone"}),
            secret("gone")
                + " was deleted and is kept only for recovery: generate it anew, with OnConflict: adopt to have \
                              this value back",
        ),
    ];
    let getter = deployed(&[]);
    hold(rows, |properties| getter.given(properties));
}

#[test]
fn a_pair_keeps_to_its_bounds() {
    let getter = deployed(&[("SHARED_STACK_NAMES", "blog"), ("ALLOWED_ENVS", "prod")]);
    assert_eq!(
        getter.given(&json!({"Env": "prod", "StackName": "blog"})),
        "UrlEncodedPassword=theirs Version=1 password=theirs"
    );
    let refused = "FAILED: this pair of functions does not serve Env dev: use another Env, or add it to the parameter \
                   AllowedEnvs of the cfn-secrets stack";
    assert_eq!(getter.given(&json!({"SecretId": id("shop/dev/default", 1)})), refused);
    assert_eq!(getter.returned(&json!({"StackName": "shop", "Env": "dev"})), refused);
}

#[test]
fn an_invoker_names_the_stack_and_is_given_all() {
    let rows = [
        (
            json!({"StackName": "blog", "Env": "prod"}),
            r#"{"UrlEncodedPassword":"theirs","Version":"1","password":"theirs"}"#.to_owned(),
        ),
        (
            json!({"SecretId": id("shop/prod/default", 1)}),
            r#"{"UrlEncodedPassword":"first","Version":"1","password":"first"}"#.to_owned(),
        ),
        (
            json!({"StackName": "shop", "Env": "prod", "Name": "long"}),
            format!(r#"{{"UrlEncodedPassword":"{0}","Version":"1","password":"{0}"}}"#, "x".repeat(5000)),
        ),
        (json!({"Env": "prod"}), "FAILED: property StackName is missing: set SecretId or StackName".to_owned()),
    ];
    let getter = deployed(&[]);
    hold(rows, |event| getter.returned(event));
}

#[test]
fn terraform_may_say_what_it_is_about_and_a_destroy_reads_nothing() {
    let given = r#"{"UrlEncodedPassword":"second","Version":"2","password":"second"}"#;
    let said = |action: &str| json!({"StackName": "shop", "Env": "prod", "tf": {"action": action, "prev_input": null}});
    let rows = [
        (said("create"), given),
        (said("update"), given),
        (said("delete"), "{}"),
        (json!({"StackName": "shop", "Env": "nowhere", "tf": {"action": "delete"}}), "{}"),
    ];
    let getter = deployed(&[]);
    hold(rows.map(|(event, answer)| (event, answer.to_owned())), |event| getter.returned(event));
    let refused = getter.returned(&said("read"));
    assert!(refused.starts_with("FAILED: ") && refused.contains("create, update or delete"), "{refused}");
    assert!(getter.given(&said("create")).contains("property tf is unknown"));
}

#[test]
fn a_property_that_breaks_its_rule_is_refused_with_it() {
    let name = "must be 1 to 64 letters, digits, '_', '.' or '-'";
    let empty =
        |property: &str| format!("FAILED: property {property} is empty: leave it out, or give it !Ref AWS::NoValue");
    let rows = [
        (json!({"Env": "prod "}), format!("FAILED: property Env: {name}, not \"prod \"")),
        (json!({"Env": "prod", "Name": "a/b"}), format!("FAILED: property Name: {name}, not \"a/b\"")),
        (
            json!({"Env": "prod", "Engine": "mysql"}),
            "FAILED: this is the getter, which reads secrets, and Engine is a property of the generator, which makes \
             secrets: set ServiceToken to !ImportValue cfn-secrets-GeneratorArn, or leave Engine out"
                .to_owned(),
        ),
        (
            json!({"SecretId": id("shop/prod/default", 1), "KeyId": "k", "Secretid": "x"}),
            "FAILED: property KeyId is the generator's; property Secretid is unknown, did you mean SecretId? \
             (docs/properties.md has all that the getter knows)"
                .to_owned(),
        ),
        (
            json!({"Env": "prod", "Version": "latest"}),
            "FAILED: property Version: must be a whole number from 1 up, not \"latest\"".to_owned(),
        ),
        (
            json!({"SecretId": "shop-DbSecret-1ABC"}),
            "FAILED: property SecretId: must look like TableName/StackName/Env/Name@version.tag, as !Ref of a generated \
             secret gives it"
                .to_owned(),
        ),
        (
            json!({"Env": "prod", "Attributes": []}),
            "FAILED: property Attributes: names no attribute: name those that the template needs, or leave it out to get \
             all"
            .to_owned(),
        ),
    ];
    let empties = ["SecretId", "Env", "Name", "StackName", "TableName", "Version", "Stage", "Attributes"];
    let empties = empties.map(|property| (json!({property: ""}), empty(property)));
    let getter = deployed(&[]);
    hold(rows.into_iter().chain(empties), |properties| getter.given(properties));
}

#[test]
fn an_update_keeps_the_id_that_an_older_release_gave() {
    let request = UpdateRequest::new(
        "cfn-secrets/getter/shop/DbPassword",
        Properties::from_value(json!({"Env": "prod"})).unwrap(),
        Properties::default(),
    );
    let context = Context::builder(Clock::at(NOW)).stack_id(STACK_ID).logical_resource_id("DbPassword").build();
    let outcome = at_once(deployed(&[]).update(request, &context)).unwrap();
    assert_eq!(outcome.physical_resource_id().as_str(), "cfn-secrets/getter/shop/DbPassword");
}
