//! Values from outside: in the clear from a NoEcho parameter, or as KMS made them; short ones and long ones.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::primitives::Blob;
use base64::{Engine, engine::general_purpose::STANDARD};
use keys_kms::DecryptionKey;
use secret_store::{Ciphertext, Identity, KeyArn, Record, seal, store::GetVersion, store::StoreError};
use serde_json::{Value, json};
use store_dynamodb::TableReader;
use tests::{
    aws::Function,
    resource::{assert_failed, assert_success},
    world::{World, scenario, scenario_with_strict_kms, text},
};

/// More than KMS encrypts by itself, and more than an answer holds.
fn long_value() -> String {
    let fields: Vec<String> =
        (0..90).map(|number| format!("\"field{number}\": \"value {number} {}\"", "x".repeat(60))).collect();
    format!("{{{}, \"token\": \"the-one-that-is-wanted\"}}", fields.join(", "))
}

#[tokio::test]
async fn each_request_stores_a_value_from_outside_anew_and_a_retry_does_not() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("Token");
        let first = secret.create(json!({"Env": "prod", "Value": "token number one"})).await;
        assert_success(&first);
        assert_eq!(&first["EntropyBits"], "");
        assert_eq!(secret.redeliver().await.physical_resource_id, first.physical_resource_id);

        let second = secret.update(json!({"Env": "prod", "Value": "token number two"})).await;
        assert_eq!((&first["Version"][..], &second["Version"][..]), ("1", "2"));
        let read = async |id: &str| stack.getter("Getter").create(json!({"SecretId": id})).await["password"].to_owned();
        assert_eq!(read(secret.id()).await, "token number two");
        // CloudFormation rolls back with an Update to the old properties, and later deletes what came of the new ones.
        let rolled_back = secret.update(json!({"Env": "prod", "Value": "token number one"})).await;
        assert_eq!(&rolled_back["Version"], "3");
        assert_eq!(read(secret.id()).await, "token number one");
        assert_success(&secret.delete_id(&second.physical_resource_id).await);
        assert_eq!(read(secret.id()).await, "token number one");

        // From outside to generated and back again.
        let generated = secret.update(json!({"Env": "prod", "RotationTrigger": "1"})).await;
        assert_eq!((&generated["Version"][..], generated["EntropyBits"].is_empty()), ("4", false));
        let back = secret.update(json!({"Env": "prod", "Value": "token number one"})).await;
        assert_eq!(&back["Version"], "5");
        assert_eq!(read(secret.id()).await, "token number one");
    })
    .await;
}

#[tokio::test]
async fn a_long_value_goes_into_an_envelope_and_comes_out_by_the_parts_that_are_wanted() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("Config");
        let value = long_value();
        assert!(value.len() > 4096);
        assert_success(&secret.create(json!({"Env": "prod", "Value": value})).await);
        let stored = world.versions().await.into_values().next().unwrap();
        assert!(stored.contains_key("DataKey"));
        assert_eq!(world.open(&stored).await, Some(value.clone()));

        let mut getter = stack.getter("Getter");
        assert_failed(&getter.create(json!({"SecretId": secret.id()})).await, &["4096", "Attributes"]);
        let token = getter.create(json!({"SecretId": secret.id(), "Attributes": ["token"]})).await;
        assert_eq!(&token["token"], "the-one-that-is-wanted");
        let direct = json!({"StackName": "shop", "Env": "prod", "Attributes": ["SecretString"]});
        let direct = world.invoke_directly(Function::Getter, direct).await.unwrap();
        assert_eq!(direct["SecretString"], value);
    })
    .await;
}

#[tokio::test]
async fn the_longest_value_fits_its_item_and_one_byte_more_is_refused() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("Archive");
        let refused = secret.create(json!({"Env": "prod", "Value": "v".repeat(300_001)})).await;
        assert_failed(&refused, &["Value", "300000"]);
        assert_failed(&secret.create(json!({"Env": "prod", "Value": ""})).await, &["Value"]);
        let value: String = (0..30_000).map(|number| format!("{number:09} ")).collect();
        assert_eq!(value.len(), 300_000);
        assert_success(&secret.create(json!({"Env": "prod", "Value": value})).await);
        let direct = world.invoke_directly(Function::Getter, json!({"StackName": "shop", "Env": "prod"})).await;
        assert_eq!(direct.unwrap()["password"], value);
    })
    .await;
}

#[tokio::test]
async fn nothing_that_shapes_a_value_stands_beside_one_from_outside() {
    scenario(async |world| {
        for (option, value) in [
            ("Engine", json!("mysql")),
            ("PasswordLength", json!(20)),
            ("GenerateSecretString", json!({})),
            ("EncryptedValue", json!("AAAA")),
        ] {
            let properties = json!({"Env": "prod", "Value": "hunter2 hunter2", option: value});
            let refused = world.stack("shop").generator("Token").create(properties).await;
            assert_failed(&refused, &[option, "Value", "leave"]);
            assert!(!refused.reason.unwrap().contains("hunter2"));
        }
        let refused =
            world.stack("shop").generator("Token").create(json!({"Env": "prod", "EncryptedValue": "no!"})).await;
        assert_failed(&refused, &["EncryptedValue", "base64"]);
        assert!(world.items().await.is_empty());
    })
    .await;
}

/// What an operator does with `aws kms encrypt`.
async fn encrypted(world: &World, value: &[u8], context: &[(&str, &str)]) -> String {
    let context: HashMap<_, _> = context.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let encrypt = world.account.kms.encrypt().key_id(&world.account.key_arn).plaintext(Blob::new(value));
    let output = encrypt.set_encryption_context(Some(context)).send().await.unwrap();
    STANDARD.encode(output.ciphertext_blob.unwrap().into_inner())
}

const SHOP: [(&str, &str); 3] = [("StackName", "shop"), ("Env", "prod"), ("Name", "default")];

#[tokio::test]
async fn a_ciphertext_that_was_made_for_this_secret_is_encrypted_again_as_its_own() {
    scenario_with_strict_kms(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("Token");
        let value = encrypted(world, b"token from version control", &SHOP).await;
        assert_success(&secret.create(json!({"Env": "prod", "EncryptedValue": value})).await);
        let read = stack.getter("Getter").create(json!({"SecretId": secret.id()})).await;
        assert_eq!(&read["password"], "token from version control");
        let stored = world.versions().await.into_values().next().unwrap();
        assert_ne!(text(&stored, "Ciphertext"), value);
    })
    .await;
}

#[tokio::test]
async fn a_ciphertext_of_another_secret_is_not_encrypted_again() {
    scenario_with_strict_kms(async |world| {
        let mut other = world.stack("bank").generator("Theirs");
        assert_success(&other.create(json!({"Env": "prod"})).await);
        let stored = text(&world.versions().await.into_values().next().unwrap(), "Ciphertext");
        let other_env = [SHOP[0], ("Env", "dev"), SHOP[2]];
        let versioned = [SHOP[0], SHOP[1], SHOP[2], ("Version", "1")];
        for foreign in [
            stored,
            encrypted(world, b"for another env", &other_env).await,
            encrypted(world, b"for a version", &versioned).await,
            encrypted(world, b"for nobody", &[]).await,
        ] {
            let mut secret = world.stack("shop").generator("Mine");
            let refused = secret.create(json!({"Env": "prod", "EncryptedValue": foreign})).await;
            assert_failed(&refused, &["EncryptedValue", "Env=prod,Name=default,StackName=shop"]);
        }
        assert_eq!(world.versions().await.len(), 1);
    })
    .await;
}

/// KMS does not tell that the plaintext is no text; the getter does.
#[tokio::test]
async fn what_is_no_text_is_not_handed_out() {
    scenario_with_strict_kms(async |world| {
        let binary = STANDARD.decode(
            encrypted(world, &[0xff, 0xfe, 0x00, 0x41], &{ [SHOP[0], SHOP[1], SHOP[2], ("Version", "1")] }).await,
        );
        let stack = world.stack("shop");
        assert_success(&stack.generator("Token").create(json!({"Env": "prod", "Value": "something else"})).await);
        let mut stored = world.versions().await.into_values().next().unwrap();
        stored.insert("Ciphertext".to_owned(), AttributeValue::S(STANDARD.encode(binary.unwrap())));
        world.tamper(&stored).await;
        let refused = stack.getter("Getter").create(json!({"Env": "prod"})).await;
        assert_failed(&refused, &["UTF-8", "EncryptedValue"]);
    })
    .await;
}

/// Every byte of what KMS is asked with: the data key, the context, the key. Those of the envelope itself are flipped in
/// secret-store's own tests.
#[tokio::test]
async fn no_byte_of_a_stored_envelope_can_be_changed() {
    scenario_with_strict_kms(async |world| {
        let mut secret = world.stack("shop").generator("Config");
        let properties = json!({"Env": "prod", "Value": long_value(), "EncryptionContext": {"Team": "web"}});
        assert_success(&secret.create(properties).await);
        let table = TableReader::new(world.account.dynamodb.clone());
        let key = DecryptionKey::new(world.account.kms.clone());
        let identity = Identity {
            store: world.account.table.parse().unwrap(),
            stack_name: "shop".parse().unwrap(),
            env: "prod".parse().unwrap(),
            name: "default".parse().unwrap(),
        };
        let version = "1".parse().unwrap();
        let record = table.get(&identity, version).await.unwrap().unwrap();
        assert!(seal::open(&key, &record).await.is_ok());

        let Ciphertext::Envelope { sealed, data_key } = &record.ciphertext else { panic!("an envelope") };
        for index in 0..data_key.len() {
            let mut data_key = data_key.clone();
            data_key[index] ^= 1 << (index % 8);
            let ciphertext = Ciphertext::Envelope { sealed: sealed.clone(), data_key };
            let opened = seal::open(&key, &Record { ciphertext, ..record.clone() }).await;
            assert!(opened.is_err(), "byte {index} of DataKey");
        }
        for index in 0..record.item.key_arn.0.len() {
            let mut changed = record.clone();
            changed.item.key_arn = KeyArn(flipped(&record.item.key_arn.0, index));
            assert!(seal::open(&key, &changed).await.is_err(), "byte {index} of KeyArn");
        }
        // The context is read from the item, where its four pairs must also match the item's own keys.
        let stored = world.versions().await.into_values().next().unwrap();
        let pairs = stored["EncryptionContext"].as_m().unwrap().clone();
        for (name, value) in &pairs {
            let value = value.as_s().unwrap();
            for (place, changed) in (0..name.len())
                .map(|index| (index, (flipped(name, index), value.clone())))
                .chain((0..value.len()).map(|index| (index, (name.clone(), flipped(value, index)))))
            {
                let mut pairs = pairs.clone();
                pairs.remove(name);
                pairs.insert(changed.0, AttributeValue::S(changed.1));
                let mut item = stored.clone();
                item.insert("EncryptionContext".to_owned(), AttributeValue::M(pairs));
                world.account.put_item(&item).await;
                let read = match table.get(&identity, version).await {
                    Ok(record) => seal::open(&key, &record.unwrap()).await.map(drop),
                    Err(error) => Err(error),
                };
                let refused = matches!(read, Err(StoreError::Malformed { .. } | StoreError::Undecryptable(_)));
                assert!(refused, "byte {place} of {name}: {read:?}");
            }
        }
        world.account.put_item(&stored).await;
    })
    .await;
}

/// Another text of the same length.
fn flipped(text: &str, index: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[index] ^= 1;
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_password_is_given_for_a_url_as_well_where_that_has_room() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let given = async |name: &str, value: &str, more: Value| {
            let mut secret = stack.generator(name);
            assert_success(&secret.create(json!({"Env": "prod", "Name": name, "Value": value})).await);
            let mut properties = json!({"SecretId": secret.id()});
            properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            stack.getter(name).create(properties).await
        };
        let both = given("both", "p@ss/w:rd?100%+é", json!({})).await;
        assert_eq!(&both["password"], "p@ss/w:rd?100%+é");
        assert_eq!(&both["UrlEncodedPassword"], "p%40ss%2Fw%3Ard%3F100%25%2B%C3%A9");

        // What fitted before there was any fits still; the frame of the answer decides.
        for (name, length) in [("long", 3000), ("longer", 1900)] {
            let answer = given(name, &"x".repeat(length), json!({})).await;
            assert_success(&answer);
            assert_eq!(answer.data.keys().collect::<Vec<_>>(), ["Version", "password"], "{length}");
        }
        let encoded = json!({"Attributes": ["UrlEncodedPassword"]});
        let named = given("named", &"/".repeat(1000), encoded.clone()).await;
        assert_eq!(named["UrlEncodedPassword"], "%2F".repeat(1000));
        assert!(!named.data.contains_key("password"));
        assert_failed(&given("refused", &"/".repeat(1300), encoded.clone()).await, &["4096"]);
        assert_failed(&given("object", r#"{"user": "somebody"}"#, encoded).await, &["UrlEncodedPassword"]);
    })
    .await;
}
