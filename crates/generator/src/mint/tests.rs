//! What is stored of a new version, and for whom none is made.

mod limits;

use secret_store::testing::MemoryKey;
use secret_store::{Ciphertext, EntropyBits};
use serde_json::{Value, json};

use super::*;
use crate::tests::{deployed, either, hold};

fn record(properties: &Value) -> Record {
    let generator = deployed(&[]);
    let mut all = properties.clone();
    all["Env"] = json!("prod");
    generator.created("1", &all).unwrap();
    generator.stored().remove(0)
}

#[test]
fn a_value_is_bound_to_its_place_and_to_what_the_template_adds() {
    let record = record(&json!({"KeyId": "alias/mine", "EncryptionContext": {"Team": "web"}, "Value": "hunter2"}));
    let pairs: Vec<_> = record.context.pairs().iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(pairs, ["Env=prod", "Name=default", "StackName=shop", "Team=web", "Version=1"]);
    assert_eq!(record.item.key_arn.0, "alias/mine");
    assert_eq!(MemoryKey::value_of(&record), "hunter2");
}

#[test]
fn a_value_is_described_as_far_as_it_is_known() {
    let described = |properties| record(&properties).item.description;
    assert_eq!(described(json!({"Kind": "hex", "Bytes": 16})).entropy, Some(EntropyBits::floor(128.0)));
    assert_eq!(described(json!({"Value": "v"})), Description::default());
    let pair = described(json!({"Kind": "ed25519"}));
    assert_eq!(pair.entropy, Some(EntropyBits::floor(128.0)));
    let public_key = pair.public_key.unwrap();
    assert!(public_key.openssh.starts_with("ssh-ed25519 ") && public_key.pem.starts_with("-----BEGIN PUBLIC KEY"));
}

#[test]
fn a_long_value_goes_into_an_envelope() {
    let ciphertext = |bytes| record(&json!({"Value": "x".repeat(bytes)})).ciphertext;
    assert!(matches!(ciphertext(4096), Ciphertext::Direct(_)));
    assert!(matches!(ciphertext(4097), Ciphertext::Envelope { .. }));
}

#[test]
fn a_ciphertext_is_taken_for_its_own_secret_alone() {
    let generator = deployed(&[]);
    let create = |env: &str| {
        let source = SourceContext::new(&Identity {
            store: "secrets".parse().unwrap(),
            stack_name: "shop".parse().unwrap(),
            env: "prod".parse().unwrap(),
            name: "default".parse().unwrap(),
        });
        let blob = MemoryKey::encrypt_outside(&source, b"hunter2");
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, blob);
        generator.created(env, &json!({"Env": env, "EncryptedValue": text}))
    };
    create("prod").unwrap();
    assert_eq!(MemoryKey::value_of(&generator.stored()[0]), "hunter2");
    assert_eq!(
        create("dev").unwrap_err(),
        "EncryptedValue was not encrypted for this secret, or under a key that the generator may not use: encrypt it with \
         aws kms encrypt --encryption-context Env=dev,Name=default,StackName=shop"
    );
}

#[test]
fn nothing_is_made_out_of_bounds_or_without_a_key() {
    let settings =
        [("SHARED_STACK_NAMES", "common"), ("ALLOWED_ENVS", "prod,dev"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")];
    let other_stack = "FAILED: property StackName names another stack: leave it out or use !Ref AWS::StackName; a secret that \
                       several stacks share must be listed in the parameter SharedStackNames of the cfn-secrets stack";
    let rows = [
        (json!({"Env": "prod"}), "made"),
        (json!({"Env": "prod", "StackName": "shop"}), "made"),
        (json!({"Env": "prod", "StackName": "common"}), "made"),
        (json!({"Env": "prod", "StackName": "blog"}), other_stack),
        (
            json!({"Env": "test"}),
            "FAILED: this pair of functions does not serve Env test: use another Env, or add it to the parameter AllowedEnvs \
             of the cfn-secrets stack",
        ),
        (
            json!({"Env": "prod", "Kind": "rsa", "KeySize": 3072}),
            "FAILED: this Kind and KeySize need a function of at least 512 MB, and the generator has 256: set the parameter \
             GeneratorMemorySize of the cfn-secrets stack to 512",
        ),
    ];
    let create = |generator: &crate::tests::InMemory, properties: &Value| {
        either(generator.created("1", properties).map(|_| "made".to_owned()))
    };
    hold(rows, |properties| create(&deployed(&settings), properties));
    assert_eq!(
        create(&deployed(&[("KMS_KEY_ID", "")]), &json!({"Env": "prod"})),
        "FAILED: no KMS key: set the property KeyId, or deploy the pair from its template, which sets KMS_KEY_ID"
    );
    assert_eq!(
        create(&deployed(&[("TABLE_NAME", "")]), &json!({"Env": "prod"})),
        "FAILED: no table: set the property TableName, or deploy the pair from its template, which sets TABLE_NAME"
    );
}
