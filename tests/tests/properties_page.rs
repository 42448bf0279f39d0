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

use serde_json::Value;
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
