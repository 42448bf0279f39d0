//! Each shape from templates as CloudFormation sends them, and what is refused.

use custom_resource::Properties;
use serde_json::{Value, json};

use super::*;

/// What is published of this secret, or why nothing is.
fn published(mut properties: Value, secret: Option<&str>, fields: &[(&str, &str)]) -> String {
    properties["Parameter"] = json!({"Name": "/a"});
    let properties = PublisherProperties::read(&Properties::from_value(properties).unwrap());
    let properties = match properties {
        Ok(properties) => properties,
        Err(error) => return format!("FAILED: {error}"),
    };
    let values = Values {
        main: secret.map(SecretString::from),
        fields: fields.iter().map(|(name, value)| (*name, SecretString::from(*value))).collect(),
    };
    match Shape::of(&properties).and_then(|shape| shape.make(values)) {
        Ok(text) => text.expose_secret().to_owned(),
        Err(error) => format!("FAILED: {error}"),
    }
}

const OBJECT: &str =
    r#"{"username": "app", "password": "p\"ss", "db": {"port": 5432, "none": null}, "on": true, "": "x"}"#;

#[test]
fn each_shape_is_what_its_readers_take() {
    let rds = |more: Value| {
        let mut properties = json!({"As": "rds", "Engine": "postgres", "Host": "db.example", "Username": "app"});
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        properties
    };
    for (properties, secret, expected) in [
        (json!({}), "hunter2", "hunter2"),
        (json!({"As": "value"}), OBJECT, OBJECT),
        (json!({"As": "field", "Field": "password"}), OBJECT, r#"p"ss"#),
        (json!({"As": "field", "Field": "db.port"}), OBJECT, "5432"),
        (json!({"As": "field", "Field": "password"}), "hunter2", "hunter2"),
        // Flat, and all of it strings; null is an empty one.
        (
            json!({"As": "json"}),
            OBJECT,
            r#"{"db.none":"","db.port":"5432","on":"true","password":"p\"ss","username":"app"}"#,
        ),
        (json!({"As": "json", "Extra": {"host": "db"}}), "hunter2", r#"{"host":"db","password":"hunter2"}"#),
        (json!({"As": "credentials"}), OBJECT, r#"{"username":"app","password":"p\"ss"}"#),
        (json!({"As": "credentials", "Username": "root"}), "hunter2", r#"{"username":"root","password":"hunter2"}"#),
        (
            rds(json!({})),
            "hunter2",
            r#"{"engine":"postgres","host":"db.example","password":"hunter2","username":"app"}"#,
        ),
        (
            rds(
                json!({"Port": "5432", "Ssl": "true", "DbName": "shop", "Extra": {"pool": "5"}, "DbInstanceIdentifier": "db-1"}),
            ),
            "hunter2",
            r#"{"dbInstanceIdentifier":"db-1","dbname":"shop","engine":"postgres","host":"db.example","password":"hunter2","pool":"5","port":5432,"ssl":true,"username":"app"}"#,
        ),
        (
            rds(json!({"Port": "5432", "PortType": "string"})),
            "hunter2",
            r#"{"engine":"postgres","host":"db.example","password":"hunter2","port":"5432","username":"app"}"#,
        ),
    ] {
        assert_eq!(published(properties.clone(), Some(secret), &[]), expected, "{properties}");
    }
}

#[test]
fn engines_are_called_as_the_rotation_functions_call_them() {
    for (given, theirs) in [
        ("oracle-ee", "oracle"),
        ("sqlserver-web", "sqlserver"),
        ("docdb", "mongo"),
        ("aurora-mysql", "aurora-mysql"),
        ("redshift", "redshift"),
        ("db2-ae", "db2-ae"),
    ] {
        let properties =
            json!({"As": "rds", "Engine": given, "Host": "h", "Username": "u", "DbName": "d", "MasterSecretArn": "m"});
        let text = published(properties, Some("p"), &[]);
        assert!(text.contains(&format!(r#""engine":"{theirs}""#)), "{given}: {text}");
    }
    for unknown in ["aurora", "postgresql", "Postgres", "", "oracle-xe"] {
        let failed = published(json!({"As": "rds", "Engine": unknown, "Host": "h", "Username": "u"}), Some("p"), &[]);
        assert!(failed.starts_with("FAILED: property Engine") && failed.len() < 700, "{unknown}: {failed}");
    }
}

#[test]
fn two_generated_values_make_one_object() {
    let properties =
        json!({"As": "json", "Fields": {"API_KEY": "id", "DB_PASSWORD": "id"}, "Extra": {"DB_USER": "app"}});
    let fields = [("API_KEY", "k\ney"), ("DB_PASSWORD", "pä\"ss")];
    let text = published(properties, None, &fields);
    assert_eq!(text, r#"{"API_KEY":"k\ney","DB_PASSWORD":"pä\"ss","DB_USER":"app"}"#);
}

#[test]
fn what_a_shape_cannot_be_made_of_is_told() {
    for (properties, secret, words) in [
        (json!({"Field": "a"}), OBJECT, "property Field is for As: field"),
        (json!({"As": "credentials", "Host": "h"}), OBJECT, "property Host is for As: rds"),
        (json!({"As": "value", "Extra": {"a": "b"}}), OBJECT, "property Extra is for As: json or rds"),
        (json!({"As": "field"}), OBJECT, "property Field is missing"),
        (json!({"As": "field", "Field": "absent"}), OBJECT, "the secret has no field absent"),
        (json!({"As": "credentials"}), "hunter2", "property Username is missing"),
        (json!({"As": "credentials"}), r#"{"username": "a"}"#, "the secret has no field password"),
        (json!({"As": "rds", "Host": "h", "Username": "u"}), "p", "property Engine is missing"),
        (json!({"As": "rds", "Engine": "mysql", "Username": "u"}), "p", "property Host is missing"),
        (json!({"As": "rds", "Engine": "oracle", "Host": "h", "Username": "u"}), "p", "property DbName is missing"),
        (
            json!({"As": "rds", "Engine": "db2", "Host": "h", "Username": "u"}),
            "p",
            "property MasterSecretArn is missing",
        ),
        (
            json!({"As": "rds", "Engine": "mysql", "Host": "h", "Username": "u", "Extra": {"host": "x"}}),
            "p",
            "host comes twice",
        ),
        (json!({"As": "json", "Extra": {"password": "x"}}), "p", "password comes twice"),
        (json!({"As": "json", "Extra": {"": "x"}}), "p", "has no name"),
        (
            json!({"As": "rds", "Engine": "mysql", "Host": "h", "Username": "u", "Port": "0"}),
            "p",
            "property Port: must be",
        ),
    ] {
        let failed = published(properties.clone(), Some(secret), &[]);
        assert!(failed.starts_with("FAILED: ") && failed.contains(words), "{properties}: {failed}");
        assert!(!failed.contains("hunter2"), "{failed}");
    }
    assert!(published(json!({}), None, &[]).contains("property SecretId is missing"));
}

#[test]
fn whatever_changes_the_text_changes_the_parts() {
    let parts = |properties: Value| {
        let mut properties = properties;
        properties["Secret"] = json!({"Name": "a"});
        let properties = PublisherProperties::read(&Properties::from_value(properties).unwrap()).unwrap();
        Shape(&properties).parts()
    };
    let all = json!({
        "As": "rds", "Field": "f", "Username": "u", "Engine": "mysql", "Host": "h", "Port": "1", "PortType": "string", "DbName": "d",
        "Ssl": "true", "MasterSecretArn": "m", "DbInstanceIdentifier": "i", "DbClusterIdentifier": "c", "Fields": {"a": "b"},
        "Extra": {"c": "d"},
    });
    let whole = parts(all.clone());
    for name in all.as_object().unwrap().keys() {
        let mut without = all.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_ne!(parts(without), whole, "{name}");
    }
}
