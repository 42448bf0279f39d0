//! Holds `docs/properties.md` and the schemas for editors to the types that the functions parse.
//!
//! `make properties` writes them anew.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "helpers of tests; one is asked to write by a variable"
)]

use std::fs;
use std::path::{Path, PathBuf};

use custom_resource::Properties;
use lambda_function::properties::{GENERATOR, GETTER};
use serde_json::{Value, json};
use tests::properties_page::against_parser::Described;
use tests::properties_page::{editor_schema, render, tables};

/// Set by `make properties`.
fn writes() -> bool {
    std::env::var_os("WRITE_PROPERTIES").is_some()
}

fn path(relative: &str) -> PathBuf {
    tests::paths::repository().join(relative)
}

fn hold(path: &Path, expected: &str) {
    if writes() {
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{} is not what the types say: run `make properties`", path.display());
}

#[test]
fn the_page_says_what_the_types_say() {
    let page = path("docs/properties.md");
    hold(&page, &render(&fs::read_to_string(&page).unwrap()));
}

#[test]
fn the_schemas_for_editors_say_what_the_types_say() {
    for (name, file, title) in [
        ("generator", "generated-secret.schema.json", "Properties of a Custom::GeneratedSecret"),
        ("getter", "secret.schema.json", "Properties of a Custom::Secret"),
        ("publisher", "published-secret.schema.json", "Properties of a Custom::PublishedSecret"),
    ] {
        let (_, schema, _) = tables().into_iter().find(|(table, ..)| *table == name).unwrap();
        let schema = serde_json::to_string_pretty(&editor_schema(title, &schema)).unwrap() + "\n";
        hold(&path("docs").join(file), &schema);
    }
}

#[test]
fn every_property_is_described() {
    for (name, schema, order) in tables() {
        let described: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let mut parsed = order.clone();
        parsed.sort();
        assert_eq!(described, parsed, "{name}");
        if name != "GenerateSecretString" {
            let lacks = |property: &&String| schema["properties"][property.as_str()]["description"] == Value::Null;
            assert_eq!(order.iter().find(lacks), None, "{name}");
        }
    }
}

/// So that a template with the other function's ServiceToken is recognized.
#[test]
fn each_function_knows_what_only_the_other_has() {
    let names = |table: &str| tables().into_iter().find(|(name, ..)| *name == table).unwrap().2;
    let (generator, getter) = (names("generator"), names("getter"));
    let only = |these: &[String], others: &[String]| {
        let mut own: Vec<_> = these.iter().filter(|name| !others.contains(name)).cloned().collect();
        own.sort();
        own
    };
    // That of a direct invocation is no property.
    let of_the_generator: Vec<_> = GENERATOR.own.iter().filter(|name| **name != "ClientRequestToken").collect();
    assert_eq!(only(&generator, &getter).iter().collect::<Vec<_>>(), of_the_generator);
    assert_eq!(only(&getter, &generator), GETTER.own);
}

/// CloudFormation sends every scalar as a string, so people write them as such.
#[test]
fn a_number_may_be_written_as_a_string_and_keeps_its_bounds() {
    let (_, schema, _) = tables().into_iter().find(|(table, ..)| *table == "generator").unwrap();
    let schema = editor_schema("x", &schema);
    for (properties, name, most) in [
        (&schema["properties"], "PasswordLength", 4096),
        (&schema["$defs"]["GenerateSecretStringBlock"]["properties"], "PasswordLength", 4096),
        (&schema["properties"], "Bytes", 2048),
        (&schema["properties"], "RecoveryWindowInDays", 365),
    ] {
        let [number, text, intrinsic] = properties[name]["anyOf"].as_array().unwrap().as_slice() else {
            panic!("{name}: {}", properties[name])
        };
        assert_eq!((&number["type"], &number["maximum"]), (&"integer".into(), &most.into()), "{name}");
        assert_eq!(text["type"], "string", "{name}");
        assert_eq!(intrinsic["$ref"], "#/$defs/Intrinsic");
    }
}

fn schema_of(table: &str) -> Value {
    tables().into_iter().find(|(name, ..)| *name == table).unwrap().1
}

/// Where the generator's schema, or a planted one, is not what it parses.
fn generator_faults(schema: &Value) -> Vec<String> {
    let weak = json!({"AllowWeak": true, "RequireEachIncludedType": false});
    let printable: String = (' '..='~').collect();
    let mut with_all = weak.clone();
    with_all["Alphabet"] = json!(printable);
    let beside = [
        ("PasswordLength", weak),
        ("Entropy", with_all),
        ("Bytes", json!({"Kind": "hex", "AllowWeak": true})),
        ("Words", json!({"Kind": "passphrase", "AllowWeak": true})),
        ("KeySize", json!({"Kind": "rsa"})),
        ("KeyFormat", json!({"Kind": "rsa"})),
        ("KeyFormat", json!({"Kind": "ecdsa-p256"})),
    ];
    let needed = json!({"Env": "prod"});
    let refusal = |properties: &Value| {
        let properties = Properties::from_value(properties.clone()).unwrap();
        generator::properties::check(&properties).err().map(|error| error.to_string())
    };
    Described { schema, needed: &needed, beside: &beside, refusal: &refusal }.faults()
}

/// The same of a block inside the generator's properties; `whole` puts it there.
fn block_faults(name: &str, needed: Value, beside: &[(&str, Value)], whole: fn(&Value) -> Value) -> Vec<String> {
    let refusal = |block: &Value| {
        let properties = Properties::from_value(whole(block)).unwrap();
        generator::properties::check(&properties).err().map(|error| error.to_string())
    };
    let mut schema = schema_of("generator");
    let block = schema["$defs"][name].take();
    Described { schema: &block, needed: &needed, beside, refusal: &refusal }.faults()
}

fn getter_faults(schema: &Value) -> Vec<String> {
    let refusal = |properties: &Value| {
        let properties = Properties::from_value(properties.clone()).unwrap();
        getter::properties::GetterProperties::read(&properties).err().map(|error| error.to_string())
    };
    Described { schema, needed: &json!({}), beside: &[], refusal: &refusal }.faults()
}

fn publisher_refusal(properties: &Value) -> Option<String> {
    let properties = Properties::from_value(properties.clone()).unwrap();
    publisher::properties::PublisherProperties::read(&properties).err().map(|error| error.to_string())
}

/// Of the publisher's own properties, and of a block inside them.
fn publisher_faults(schema: &Value, block: Option<&str>) -> Vec<String> {
    let refusal = |properties: &Value| match block {
        None => publisher_refusal(properties),
        Some(name) => publisher_refusal(&json!({name: properties})),
    };
    let needed = if block.is_some() { json!({"Name": "/shop/db"}) } else { json!({}) };
    Described { schema, needed: &needed, beside: &[], refusal: &refusal }.faults()
}

#[test]
fn the_schemas_say_what_is_parsed() {
    assert_eq!(publisher_faults(&schema_of("publisher"), None), [""; 0]);
    assert_eq!(publisher_faults(&schema_of("ParameterProperties"), Some("Parameter")), [""; 0]);
    assert_eq!(publisher_faults(&schema_of("SecretProperties"), Some("Secret")), [""; 0]);
    assert_eq!(generator_faults(&schema_of("generator")), [""; 0]);
    assert_eq!(getter_faults(&schema_of("getter")), [""; 0]);
    let beside = [("PasswordLength", json!({"RequireEachIncludedType": false}))];
    let in_place = |block: &Value| json!({"Env": "prod", "GenerateSecretString": block});
    assert_eq!(block_faults("GenerateSecretStringBlock", json!({}), &beside, in_place), [""; 0]);
    let in_place = |entry: &Value| json!({"Env": "prod", "PasswordLength": 1023, "AllowWeak": true, "RequireEachIncludedType": false, "Required": [entry]});
    let needed = json!({"Alphabet": "a", "Count": 1});
    assert_eq!(block_faults("RequiredCharacters", needed, &[], in_place), [""; 0]);
}

#[test]
fn a_schema_that_says_something_else_is_seen() {
    let plant = |pointer: &str, value: Value| {
        let mut schema = schema_of("generator");
        *schema.pointer_mut(pointer).unwrap() = value;
        generator_faults(&schema)
    };
    let optional = plant("/required", json!([]));
    assert_eq!(optional, ["Env is optional, and must be given: property Env is missing"]);
    assert_eq!(plant("/required", json!(["Env", "Engine"])), ["Engine is required, and may be left out"]);
    for (pointer, value, fault) in [
        ("/properties/Bytes/maximum", json!(2049), "Bytes must be 1 to 2048, not 2049"),
        ("/properties/PasswordLength/minimum", json!(2), "PasswordLength should be refused as 1"),
        ("/properties/RotationTrigger/maxLength", json!(1023), "RotationTrigger should be refused as \"AAAA"),
        ("/properties/Kind/enum", json!(["dsa"]), "Kind should be taken as \"dsa\""),
        ("/properties/Name/pattern", json!("^[a-z~]{1,64}$"), "Name should be taken as"),
        ("/properties/StackName/pattern", json!("^[a-z][a-z-]{0,126}$"), "StackName should be refused as"),
    ] {
        let faults = plant(pointer, value);
        assert!(!faults.is_empty() && faults.iter().all(|found| found.contains(fault)), "{pointer}: {faults:?}");
    }
}
