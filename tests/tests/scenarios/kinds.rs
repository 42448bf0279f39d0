//! What a template may ask for: each kind and each way to shape it, made by the generator and read by the getter.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tests::{
    aws::Function,
    resource::{assert_failed, assert_success},
    response::Answer,
    world::{World, scenario},
};

/// Makes a secret with these properties and reads it back.
async fn made(world: &World, properties: Value) -> (Answer, Answer) {
    let stack = world.stack("shop");
    let mut secret = stack.generator("Secret");
    let mut all = properties;
    all["Env"] = json!("prod");
    let created = secret.create(all.clone()).await;
    assert_success(&created);
    let read = stack.getter("Getter").create(json!({"SecretId": secret.id()})).await;
    assert_success(&read);
    assert!(read.no_echo);
    // The same version answers with the same data, also where the properties that shaped it are gone (F31).
    let updated = secret.update(json!({"Env": "prod"})).await;
    assert_eq!(updated.data, created.data);
    assert_success(&secret.delete().await);
    (created, read)
}

fn bits(answer: &Answer) -> f64 {
    answer["EntropyBits"].parse().unwrap()
}

#[tokio::test]
async fn every_kind_of_text_is_made_as_it_says() {
    scenario(async |world| {
        let all = |accepted: fn(char) -> bool| move |text: &str| text.chars().all(accepted);
        type Check = Box<dyn Fn(&str) -> bool>;
        let cases: [(Value, f64, Check); 8] = [
            (json!({}), 180.0, Box::new(|text| text.len() == 32)),
            (json!({"Kind": "alphanumeric"}), 185.0, Box::new(all(|c| c.is_ascii_alphanumeric()))),
            (json!({"Kind": "hex", "Bytes": 16}), 128.0, Box::new(|text| text.len() == 32)),
            (json!({"Kind": "base64", "Bytes": 20}), 160.0, Box::new(|text| text.ends_with('='))),
            (json!({"Kind": "base64url"}), 255.9, Box::new(all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)))),
            (json!({"Kind": "uuid"}), 122.0, Box::new(|text| text.len() == 36)),
            (json!({"Kind": "passphrase", "Words": 7}), 90.0, Box::new(|text| text.split(['-', ' ']).count() >= 7)),
            (json!({"Entropy": 100, "FirstCharacter": "letter"}), 100.0, Box::new(|text| text.len() < 20)),
        ];
        for (properties, least, check) in cases {
            let (created, read) = made(world, properties.clone()).await;
            assert!(check(&read["password"]), "{properties}");
            assert!((least..least + 20.0).contains(&bits(&created)), "{properties}: {}", bits(&created));
            assert!(!created.data.contains_key("PublicKey") && !created.data.contains_key("PublicKeyJwk"));
        }
    })
    .await;
}

#[tokio::test]
async fn every_option_of_a_password_is_heeded() {
    scenario(async |world| {
        let has = |text: &str, set: &str| text.chars().any(|character| set.contains(character));
        let options = json!({
            "Engine": "mysql", "PasswordLength": 40, "ExcludePunctuation": false, "ExcludeCharacters": "abc",
            "ExcludeAmbiguous": true, "Required": [{"Alphabet": "!#", "Count": 3}], "FirstCharacter": "letter",
        });
        let (_, read) = made(world, options).await;
        let password = &read["password"];
        assert_eq!(password.len(), 40);
        assert!(!has(password, "abc/'\"@ 0OlI1"));
        assert!(password.chars().filter(|character| "!#".contains(*character)).count() >= 3);
        assert!(password.starts_with(|first: char| first.is_ascii_alphabetic()));

        let options = json!({
            "Alphabet": "xyz019.", "PasswordLength": 60, "ExcludeLowercase": true, "RequireEachIncludedType": false,
            "IncludeSpace": true,
        });
        let (_, read) = made(world, options).await;
        assert!(!has(&read["password"], "xyz") && has(&read["password"], "01"));
        let options = json!({"ExcludeUppercase": true, "ExcludeNumbers": true, "UrlSafe": true});
        let (_, read) = made(world, options).await;
        assert!(read["password"].chars().all(|character| character.is_ascii_lowercase() || character == '-'));
        let (created, read) = made(world, json!({"PasswordLength": 8, "AllowWeak": true})).await;
        assert!(read["password"].len() == 8 && bits(&created) < 64.0);
    })
    .await;
}

#[tokio::test]
async fn a_template_of_secrets_manager_moves_over() {
    scenario(async |world| {
        let block = json!({"GenerateSecretString": {
            "SecretStringTemplate": r#"{"username": "admin"}"#, "GenerateStringKey": "password",
            "PasswordLength": 16, "ExcludeCharacters": "\"@/\\",
        }});
        let (_, read) = made(world, block).await;
        assert_eq!(&read["username"], "admin");
        assert_eq!(read["password"].len(), 16);
        // Exempt from the rule against weak ones, as there.
        let (created, read) = made(world, json!({"GenerateSecretString": {"PasswordLength": 5}})).await;
        assert!(read["password"].len() == 5 && bits(&created) < 64.0);
    })
    .await;
}

#[tokio::test]
async fn several_values_come_out_of_one_secret() {
    scenario(async |world| {
        let template = r#"{"db": {"username": "{{generate:username:12}}", "password": "{{generate:32}}", "port": 3306},
            "cookie": "{{generate:hex:64}}"}"#;
        let (created, read) = made(world, json!({"SecretStringTemplate": template, "Engine": "postgres"})).await;
        assert_eq!((read["db.username"].len(), read["db.password"].len(), read["cookie"].len()), (12, 32, 128));
        assert_eq!(&read["db.port"], "3306");
        assert!(!read.data.contains_key("SecretString"));
        assert!((180.0..200.0).contains(&bits(&created)), "that of the weakest");

        let stack = world.stack("blog");
        let mut secret = stack.generator("Secret");
        assert_success(&secret.create(json!({"Env": "prod", "UsernameLength": 16, "Engine": "mysql"})).await);
        let mut getter = stack.getter("Getter");
        let all = getter.create(json!({"SecretId": secret.id()})).await;
        assert_eq!((all["username"].len(), all["password"].len()), (16, 32));
        let chosen = getter.update(json!({"SecretId": secret.id(), "Attributes": ["username", "SecretString"]})).await;
        assert_success(&chosen);
        assert_eq!(chosen.data.keys().collect::<Vec<_>>(), ["SecretString", "Version", "username"]);
        let whole: Value = serde_json::from_str(&chosen["SecretString"]).unwrap();
        assert_eq!(whole["password"], all["password"]);
        let wrong = getter.update(json!({"SecretId": secret.id(), "Attributes": ["pasword"]})).await;
        assert_failed(&wrong, &["pasword", "Attributes"]);
        let direct = json!({"StackName": "blog", "Env": "prod", "Attributes": ["username"]});
        let direct = world.invoke_directly(Function::Getter, direct).await.unwrap();
        assert_eq!(direct, json!({"username": all["username"], "Version": "1"}));
    })
    .await;
}

#[tokio::test]
async fn of_a_key_pair_the_template_gets_the_public_half_and_the_getter_the_private_one() {
    scenario(async |world| {
        for (properties, strength, key_type) in [
            (json!({"Kind": "ed25519"}), "128.00", "OKP"),
            (json!({"Kind": "rsa"}), "112.00", "RSA"),
            (json!({"Kind": "rsa", "KeyFormat": "pkcs1"}), "112.00", "RSA"),
            (json!({"Kind": "ecdsa-p256"}), "128.00", "EC"),
            (json!({"Kind": "ecdsa-p384", "KeyFormat": "sec1"}), "192.00", "EC"),
        ] {
            let (created, read) = made(world, properties).await;
            assert_eq!(&created["EntropyBits"], strength);
            assert!(created["PublicKeyPem"].starts_with("-----BEGIN PUBLIC KEY-----"));
            let jwk: Value = serde_json::from_str(&created["PublicKeyJwk"]).unwrap();
            assert_eq!((&jwk["kty"], jwk.get("d")), (&json!(key_type), None));
            assert_eq!(public_key_of(&read["PrivateKey"]), created["PublicKey"]);
            assert!(!read.data.contains_key("password"));
        }
    })
    .await;
}

/// What OpenSSH makes of a private key.
fn public_key_of(private_key: &str) -> String {
    let folder = tests::paths::scratch();
    let path = folder.join(format!("key-{}", tests::random::hex(8)));
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create_new(true).write(true).open(&path).unwrap().write_all(private_key.as_bytes()).unwrap();
    let output = Command::new("ssh-keygen").arg("-y").arg("-f").arg(&path).stderr(Stdio::inherit()).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(output.status.success());
    let line = String::from_utf8(output.stdout).unwrap();
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_cannot_be_met_together_is_refused_with_the_reason() {
    scenario(async |world| {
        for (properties, words) in [
            (json!({"Engine": "mysql", "PasswordLength": 64}), ["PasswordLength", "41"]),
            (json!({"PasswordLength": 8}), ["entropy", "AllowWeak"]),
            (json!({"Kind": "hex", "PasswordLength": 8}), ["hex", "leave"]),
            (json!({"Kind": "password", "Bytes": 8}), ["Bytes", "hex"]),
            (json!({"Words": 8}), ["Words", "passphrase"]),
            (json!({"Kind": "rsa", "KeySize": 4096}), ["KeySize", "3072"]),
            (json!({"Kind": "rsa", "Engine": "mysql"}), ["Engine", "key pair"]),
            (json!({"Kind": "pasphrase"}), ["Kind", "passphrase"]),
            (json!({"GenerateSecretString": {}, "PasswordLength": 20}), ["PasswordLength", "GenerateSecretString"]),
            (json!({"GenerateSecretString": {"PaswordLength": 20}}), ["GenerateSecretString", "PasswordLength"]),
            (json!({"GenerateSecretString": {"SecretStringTemplate": "{}"}}), ["GenerateStringKey", "both"]),
            (json!({"SecretStringTemplate": r#"{"a": "{{generate:8}}"}"#}), ["placeholder", "entropy"]),
            (json!({"SecretStringTemplate": r#"{"a": "{{generate}}"}"#, "Kind": "hex"}), ["Kind", "placeholders"]),
            (json!({"SecretStringTemplate": "{", "GenerateStringKey": "a"}), ["SecretStringTemplate", "JSON"]),
            (json!({"UsernameLength": 17}), ["UsernameLength", "16"]),
            (json!({"UsernameLength": 16, "GenerateStringKey": "a"}), ["UsernameLength", "GenerateStringKey"]),
            (json!({"Required": [{"Alphabet": "ab", "Cuont": 2}]}), ["Required[0]", "Count"]),
            (json!({"FirstCharacter": "digit"}), ["FirstCharacter", "letter"]),
            (json!({"Entropy": 128, "PasswordLength": 32}), ["Entropy", "PasswordLength"]),
        ] {
            let mut all = properties.clone();
            all["Env"] = json!("prod");
            let mut secret = world.stack("shop").generator("Secret");
            assert_failed(&secret.create(all).await, &words);
        }
        assert!(world.items().await.is_empty());
        world.configure(Function::Generator, &[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")]);
        let mut secret = world.stack("shop").generator("Secret");
        let refused = secret.create(json!({"Env": "prod", "Kind": "rsa", "KeySize": 3072})).await;
        assert_failed(&refused, &["512 MB", "GeneratorMemorySize"]);
    })
    .await;
}
