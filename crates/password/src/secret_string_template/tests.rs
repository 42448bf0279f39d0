//! What templates are filled with, and which cannot be.

use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;

use super::*;
use crate::engine::Engine;
use crate::policy::Policy;

fn generate(json: &str, options: &PolicyBuilder) -> Value {
    let template = SecretStringTemplate::parse(json, options).unwrap();
    let text = template.generate(&mut ChaCha12Rng::seed_from_u64(1)).into_secret();
    serde_json::from_str(text.expose_secret()).unwrap()
}

#[test]
fn values_are_generated_at_any_depth() {
    let json = r#" {"db": {"password": "{{generate}}", "port": 3306.0},
        "cookie": "{{generate:hex:64}}", "users": [{"name": "{{generate:username:8}}"}],
        "url": "redis://:{{generate:24}}@{{generate:uuid}}/", "note": "{{ generate }} {{resolve:x}}"} "#;
    let value = generate(json, &Policy::builder().engine(Engine::Oracle));
    assert_eq!(value["db"]["password"].as_str().unwrap().len(), 30);
    assert_eq!(value["db"]["port"].to_string(), "3306.0");
    assert_eq!(value["cookie"].as_str().unwrap().len(), 128);
    assert_eq!(value["users"][0]["name"].as_str().unwrap().len(), 8);
    assert_eq!(value["url"].as_str().unwrap().len(), "redis://:@/".len() + 24 + 36);
    assert_eq!(value["note"], "{{ generate }} {{resolve:x}}");
}

#[test]
fn a_size_in_the_placeholder_goes_before_the_options() {
    let options = Policy::builder().entropy(128).engine(Engine::MySql);
    let json = r#"{"a": "{{generate}}", "b": "{{generate:40}}", "c": "{{generate:hex}}", "d": "{{generate:uuid}}"}"#;
    let value = generate(json, &options);
    assert_eq!(value["c"].as_str().unwrap().len(), 32);
    assert_eq!(value["a"].as_str().unwrap().len(), 22);
    assert_eq!(value["b"].as_str().unwrap().len(), 40);
}

#[test]
fn quotes_and_backslashes_are_escaped() {
    let options = Policy::builder().alphabet(r#""\"#).length(200);
    let value = generate(r#"{"a": "<{{generate}}>"}"#, &options);
    assert_eq!(value["a"].as_str().unwrap().len(), 202);
}

#[test]
fn a_generated_key_joins_the_object_or_replaces_its_namesake() {
    let recipe = Recipe::new(TextKind::Password, Some(40), &Policy::builder()).unwrap();
    for (json, key, fields) in
        [("{}", "password", 1), (r#"{"username":"{{generate}}"}"#, "a\"b", 2), (r#"{"a":1,"b":2}"#, "b", 2)]
    {
        let template = SecretStringTemplate::with_key(json, key, recipe.clone()).unwrap();
        let text = template.generate(&mut ChaCha12Rng::seed_from_u64(1)).into_secret();
        let value: Value = serde_json::from_str(text.expose_secret()).unwrap();
        assert_eq!(value[key].as_str().unwrap().len(), 40);
        assert_eq!(value.as_object().unwrap().len(), fields);
        assert_eq!(text.expose_secret().matches("\":").count(), fields, "no name comes twice");
    }
}

#[test]
fn what_is_prepared_is_bounded_and_what_is_asked_for_again_is_prepared_once() {
    let template = |placeholders: &mut dyn Iterator<Item = String>| {
        let values: Vec<_> = placeholders.map(|placeholder| format!("\"{placeholder}\"")).collect();
        SecretStringTemplate::parse(&format!("{{\"a\": [{}]}}", values.join(",")), &Policy::builder())
    };
    let equal = template(&mut (0..2000).map(|_| "{{generate:4096}}".to_owned())).unwrap();
    assert!(equal.max_bytes() > 2000 * 4096);
    let different = template(&mut (0..100).map(|less| format!("{{{{generate:{}}}}}", 4096 - less)));
    assert!(matches!(different, Err(SecretStringTemplateError::TooManySizes)));
    assert!(template(&mut (20..200).map(|length| format!("{{{{generate:{length}}}}}"))).is_ok());
}

/// So many passwords that one name in ten would be in them by chance.
#[test]
fn no_password_contains_the_name_of_its_user() {
    let passwords = [r#""{{generate}}""#; 40].join(",");
    let json = format!(r#"{{"username": "{{{{generate:username:4}}}}", "passwords": [{passwords}]}}"#);
    let options = Policy::builder().length(4096).alphabet("abcdefghijklmnopqrstuvwxyz0123456789").types_optional();
    let template = SecretStringTemplate::parse(&json, &options).unwrap();
    let mut random = ChaCha12Rng::seed_from_u64(1);
    for _ in 0..100 {
        let text = template.generate(&mut random).into_secret();
        let value: Value = serde_json::from_str(text.expose_secret()).unwrap();
        let name = value["username"].as_str().unwrap();
        let passwords = value["passwords"].as_array().unwrap();
        assert!(passwords.iter().all(|password| !password.as_str().unwrap().contains(name)), "{name}");
    }
}

#[test]
fn the_weakest_value_tells_the_entropy() {
    let json = r#"{"name": "{{generate:username:4}}", "a": "{{generate:hex:16}}", "b": "{{generate:hex:8}}"}"#;
    let template = SecretStringTemplate::parse(json, &Policy::builder()).unwrap();
    assert!((template.entropy_bits() - 64.0).abs() < 1e-9);
}

#[test]
fn templates_that_cannot_be_filled_are_refused() {
    let refusal = |json: &str| SecretStringTemplate::parse(json, &Policy::builder()).unwrap_err();
    assert!(matches!(refusal("{"), SecretStringTemplateError::NotJson(_)));
    assert!(matches!(refusal(r#"["{{generate}}"]"#), SecretStringTemplateError::NotAnObject));
    assert!(matches!(refusal(r#"{"a": "b"}"#), SecretStringTemplateError::NothingToGenerate));
    assert!(matches!(refusal(r#"{"a": "{{generate:username}}"}"#), SecretStringTemplateError::NothingToGenerate));
    assert!(matches!(refusal(r#"{"a": [{"{{generate}}": 1}]}"#), SecretStringTemplateError::PlaceholderInName));
    assert!(matches!(refusal(r#"{"a": "{{generate:32"}"#), SecretStringTemplateError::Unclosed));
    assert!(matches!(refusal(r#"{"a": "{{generate:8}}"}"#), SecretStringTemplateError::Recipe(_)));
    assert!(matches!(refusal(r#"{"a": "{{generate:rot13}}"}"#), SecretStringTemplateError::UnknownKind(_)));
    assert!(matches!(refusal(r#"{"a": "{{generate:username:17}}"}"#), SecretStringTemplateError::Username));
    assert!(matches!(refusal(r#"{"a": "{{generate:username:3}}"}"#), SecretStringTemplateError::Username));
    for placeholder in ["{{generated}}", "{{generate 32}}", "{{generate:hex:x}}", "{{generate:hex:8:8}}"] {
        let json = Value::from_iter([("a", placeholder)]).to_string();
        assert!(matches!(refusal(&json), SecretStringTemplateError::NotAPlaceholder), "{placeholder}");
    }
    assert!(matches!(refusal(&" ".repeat(SecretStringTemplate::MAX_BYTES + 1)), SecretStringTemplateError::TooLong));
    let message = refusal(r#"{"a": "{{generate:}}"}"#).to_string();
    assert_eq!(message, "SecretStringTemplate has a placeholder of an unknown kind");
}
