//! What is read of the properties, and the exact words for what is not.

use serde_json::{Value, json};

use super::*;
use crate::tests::{either, hold};

fn read(properties: &Value) -> Result<GeneratorProperties, String> {
    GeneratorProperties::read(&Properties::from_value(properties.clone()).unwrap()).map_err(|error| error.to_string())
}

/// Beside an `Env` that is fine.
fn reason(properties: &Value) -> String {
    let mut all = properties.clone();
    if all["Env"].is_null() {
        all["Env"] = json!("prod");
    }
    either(read(&all).map(|_| "read".to_owned()))
}

#[test]
fn a_property_that_breaks_its_rule_is_refused_with_it() {
    let name = "must be 1 to 64 letters, digits, '_', '.' or '-'";
    let number = |property: &str, bounds: &str, given: &str| {
        format!("FAILED: property {property}: must be a whole number from {bounds}, not {given:?}")
    };
    let rows = [
        (json!({"Env": "prod "}), format!("FAILED: property Env: {name}, not \"prod \"")),
        (json!({"Name": "a#b"}), format!("FAILED: property Name: {name}, not \"a#b\"")),
        (
            json!({"StackName": "1shop"}),
            "FAILED: property StackName: must be a letter and up to 127 more letters, digits or hyphens, not \
             \"1shop\""
                .to_owned(),
        ),
        (
            json!({"TableName": "a"}),
            "FAILED: property TableName: must be 3 to 255 letters, digits, '_', '-' or '.', not \"a\"".to_owned(),
        ),
        (
            json!({"\
                 RotationTrigger": "x".repeat(1025)}),
            "FAILED: property RotationTrigger: must be at most 1024 bytes".to_owned(),
        ),
        (json!({"RotationTrigger": "x".repeat(1024)}), "read".to_owned()),
        (json!({"PasswordLength": "16 "}), number("PasswordLength", "1 to 4096", "16 ")),
        (json!({"PasswordLength": 0}), number("PasswordLength", "1 to 4096", "0")),
        (json!({"PasswordLength": "+5"}), number("PasswordLength", "1 to 4096", "+5")),
        (json!({"PasswordLength": 16.5}), number("PasswordLength", "1 to 4096", "16.5")),
        (json!({"PasswordLength": true}), number("PasswordLength", "1 to 4096", "true")),
        (json!({"PasswordLength": "9".repeat(30)}), number("PasswordLength", "1 to 4096", &"9".repeat(30))),
        (json!({"Bytes": "abc"}), number("Bytes", "1 to 2048", "abc")),
        (json!({"Words": "-1"}), number("Words", "1 to 128", "-1")),
        (json!({"Entropy": "1e3"}), number("Entropy", "0 to 26910", "1e3")),
        (json!({"UsernameLength": "x"}), number("UsernameLength", "4 to 16", "x")),
        (json!({"RecoveryWindowInDays": "366"}), number("RecoveryWindowInDays", "0 to 365", "366")),
        (json!({"RecoveryWindowInDays": "0"}), "read".to_owned()),
        (json!({"Required": [{"Alphabet": "a", "Count": "x"}]}), number("Required[0].Count", "0 to 1023", "x")),
        (
            json!({"\
                 GenerateSecretString": {"PasswordLength": ""}}),
            number("GenerateSecretString.PasswordLength", "1 to 4096", ""),
        ),
        (json!({"KeySize": "big"}), "FAILED: property KeySize: must be 2048 or 3072, not \"big\"".to_owned()),
        (
            json!({"Kind": "Password"}),
            "FAILED: property Kind: must be one of password, passphrase, alphanumeric, hex, base64, base64url, \
             uuid, rsa, ed25519, ecdsa-p256, ecdsa-p384, not \"Password\""
                .to_owned(),
        ),
        (
            json!({"Engine": "aurora"}),
            "FAILED: property Engine: must be one of mysql, mariadb, postgres, aurora-mysql, aurora-postgresql, \
             oracle-*, sqlserver-*, db2-*, redshift, docdb, elasticache, memorydb, opensearch, mq, \
             directory-service, timestream-influxdb, vpn, cognito-client, odb, redshift-serverless, docdb-elastic, \
             fsx-ontap, lightsail-mysql, lightsail-postgres, tenant-database, not \"aurora\"; did you mean aurora-mysql or aurora-postgresql?"
                .to_owned(),
        ),
        (json!({"Engine": "PostgreSQL"}), "read".to_owned()),
        (
            json!({"EncryptedValue": "hunter2!"}),
            "FAILED: property EncryptedValue: must be base64 of a KMS ciphertext, as `aws kms encrypt --query \
             CiphertextBlob` prints it"
                .to_owned(),
        ),
        (json!({"Tags": [{"Key": "team", "Value": "web"}], "Description": "mine"}), "read".to_owned()),
    ];
    hold(rows, reason);
    assert_eq!(read(&json!({})).unwrap_err(), "property Env is missing");
}

#[test]
fn an_empty_string_is_no_value() {
    let told = "is empty: leave it out, or give it !Ref AWS::NoValue";
    for name in [
        "Env",
        "Engine",
        "Kind",
        "PasswordLength",
        "Bytes",
        "Words",
        "KeySize",
        "KeyFormat",
        "Entropy",
        "ExcludeLowercase",
        "ExcludeUppercase",
        "ExcludeNumbers",
        "ExcludePunctuation",
        "ExcludeAmbiguous",
        "IncludeSpace",
        "RequireEachIncludedType",
        "FirstCharacter",
        "UrlSafe",
        "AllowWeak",
        "UsernameLength",
        "EncryptedValue",
        "Name",
        "StackName",
        "TableName",
        "KeyId",
        "OnConflict",
        "RecoveryWindowInDays",
        "Required",
        "GenerateSecretString",
        "EncryptionContext",
    ] {
        assert_eq!(reason(&json!({name: ""})), format!("FAILED: property {name} {told}"));
    }
    // To be asked when a value is made: see `origin`. The other two mean what they say.
    for name in
        ["Value", "Alphabet", "SecretStringTemplate", "GenerateStringKey", "RotationTrigger", "ExcludeCharacters"]
    {
        assert_eq!(reason(&json!({name: ""})), "read");
    }
}

#[test]
fn names_that_other_tools_have_are_told_together() {
    let properties = json!({"Length": "30", "KeyAlias": "alias/aws/ssm", "KmsKeyId": "k", "DBEngine": "mysql"});
    assert_eq!(
        reason(&properties),
        "FAILED: property DBEngine is called Engine here; property KeyAlias is called KeyId here; \
         property KmsKeyId is called KeyId here; property Length is called PasswordLength here (docs/properties.md has all that the \
         generator knows)"
    );
}

#[test]
fn the_secret_is_the_one_that_is_named_or_the_pairs_and_the_stacks_own() {
    let settings = Settings { table_name: Some("secrets".parse().unwrap()), ..Settings::default() };
    let id: SecretId = "before/shop/prod/default@1.0123abcd".parse().unwrap();
    let all = json!({"Env": "prod", "Name": "db", "StackName": "other", "TableName": "mine"});
    for (properties, stack, named, address) in [
        (json!({"Env": "prod"}), Some("shop"), None, "secrets/shop/prod/default"),
        (json!({"Env": "prod"}), Some("shop"), Some(&id), "before/shop/prod/default"),
        (all.clone(), Some("shop"), Some(&id), "mine/other/prod/db"),
        (all, None, None, "mine/other/prod/db"),
    ] {
        let identity = read(&properties).unwrap().identity(&settings, stack, named).unwrap();
        let Identity { store, stack_name, env, name } = identity;
        assert_eq!(format!("{store}/{stack_name}/{env}/{name}"), address);
    }
    let properties = read(&json!({"Env": "prod"})).unwrap();
    assert!(matches!(properties.identity(&settings, None, None), Err(Failure::NoStackName)));
    assert!(matches!(properties.identity(&Settings::default(), Some("shop"), None), Err(Failure::NoTable)));
}

#[test]
fn the_trigger_is_the_templates_or_that_a_value_came_from_outside() {
    let rotation = |text: &str| Trigger::Rotation(text.to_owned());
    for (properties, trigger) in [
        (json!({"Env": "prod"}), rotation("")),
        (json!({"Env": "prod", "RotationTrigger": ""}), rotation("")),
        (json!({"Env": "prod", "RotationTrigger": 7}), rotation("7")),
        (json!({"Env": "prod", "RotationTrigger": "7", "Value": "v"}), Trigger::External),
        (json!({"Env": "prod", "EncryptedValue": "AAEC"}), Trigger::External),
    ] {
        assert_eq!(read(&properties).unwrap().trigger(), trigger, "{properties}");
    }
    let old = |value: Value| old_trigger(&Properties::from_value(value).unwrap());
    assert_eq!(old(json!({"RotationTrigger": "7", "Nonsense": []})), rotation("7"));
    assert_eq!(old(json!({})), rotation(""));
    assert_eq!(old(json!({"Value": {}})), Trigger::External);
    assert_eq!(old(json!({"EncryptedValue": "?"})), Trigger::External);
}

#[test]
fn a_delete_has_the_window_that_can_be_read() {
    let days = |days| RecoveryWindow::from_days(days).unwrap();
    let settings = Settings { recovery_window: days(7), ..Settings::default() };
    for (properties, window) in [
        (json!({}), days(7)),
        (json!({"RecoveryWindowInDays": "0"}), days(0)),
        (json!({"RecoveryWindowInDays": "365", "Nonsense": 1}), days(365)),
        (json!({"RecoveryWindowInDays": "366"}), days(7)),
        (json!({"RecoveryWindowInDays": []}), days(7)),
    ] {
        let properties = Properties::from_value(properties).unwrap();
        assert_eq!(recovery_window(Windows::PerSecret, &properties, &settings), window);
        assert_eq!(recovery_window(Windows::OfTheStore, &properties, &settings), settings.recovery_window);
    }
}

#[test]
fn a_window_of_the_secrets_own_is_refused_where_the_store_has_one_for_all() {
    let settings = Settings { recovery_window: RecoveryWindow::from_days(30).unwrap(), ..Settings::default() };
    let check = |windows, days: serde_json::Value| {
        let properties = Properties::from_value(json!({"Env": "prod", "RecoveryWindowInDays": days})).unwrap();
        check_window(windows, &properties, &settings)
    };
    for days in [json!(0), json!("7"), json!(31)] {
        let refused = check(Windows::OfTheStore, days.clone()).unwrap_err();
        assert!(refused.to_string().contains("leave it out"), "{refused}");
        assert!(check(Windows::PerSecret, days).is_ok());
    }
    assert!(check(Windows::OfTheStore, json!("30")).is_ok());
}
