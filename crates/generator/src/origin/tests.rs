//! What the properties make, or why they do not: each property, and each combination that is refused.

use custom_resource::{Error, Properties};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use serde_json::{Value, json};

use super::*;
use crate::reason::Failure;
use crate::tests::{either, hold};

/// A value of these properties in a few words, or the Reason.
fn made(properties: &Value) -> Result<String, String> {
    let mut all = properties.clone();
    all["Env"] = json!("prod");
    let properties = GeneratorProperties::read(&Properties::from_value(all).unwrap()).unwrap();
    let origin = properties.origin().map_err(|error| Error::from(Failure::from(error)).to_string())?;
    Ok(match origin {
        Origin::Generated(recipe) => {
            let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(1)).into_secret();
            shape(text.expose_secret())
        }
        Origin::KeyPair(spec, format) => format!("{spec:?} in {format:?}"),
        Origin::Value(value) => format!("the value {}", value.expose_secret()),
        Origin::EncryptedValue(ciphertext) => format!("a ciphertext of {} bytes", ciphertext.len()),
    })
}

/// A text by its length and by what occurs in it; a JSON object by its fields.
fn shape(text: &str) -> String {
    if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", field_shape(value))).collect();
        return format!("{{{}}}", fields.join(", "));
    }
    let occurs = |of: fn(&char) -> bool, name| text.chars().any(|one| of(&one)).then_some(name);
    let kinds = [
        occurs(char::is_ascii_lowercase, "a"),
        occurs(char::is_ascii_uppercase, "A"),
        occurs(char::is_ascii_digit, "0"),
        occurs(|one| *one == '-', "-"),
        occurs(|one| *one == ' ', "space"),
        occurs(|one| one.is_ascii_punctuation() && *one != '-', "!"),
    ];
    let kinds: Vec<_> = kinds.into_iter().flatten().collect();
    format!("{} of {}", text.len(), kinds.join(" "))
}

fn field_shape(value: &Value) -> String {
    value.as_str().map_or_else(|| shape(&value.to_string()), shape)
}

#[test]
fn each_property_shapes_the_value() {
    let weak = |mut properties: Value| {
        properties["AllowWeak"] = json!(true);
        properties
    };
    let rows = [
        (json!({}), "32 of a A 0 -"),
        (json!({"Engine": "MySQL"}), "32 of a A 0 -"),
        (json!({"Engine": "oracle-ee"}), "30 of a A 0 -"),
        (json!({"Engine": "redshift", "ExcludePunctuation": "false"}), "32 of a A 0 !"),
        (json!({"Kind": "password"}), "32 of a A 0 -"),
        (json!({"Kind": "alphanumeric"}), "32 of a A 0"),
        (json!({"Kind": "passphrase"}), "37 of a -"),
        (json!({"Kind": "passphrase", "Words": "8"}), "57 of a -"),
        (json!({"Kind": "hex"}), "64 of a 0"),
        (json!({"Kind": "hex", "Bytes": 8}), "16 of a 0"),
        (json!({"Kind": "base64", "Bytes": 9}), "12 of a A 0"),
        (json!({"Kind": "base64url", "Bytes": "2048"}), "2731 of a A 0 - !"),
        (json!({"Kind": "uuid"}), "36 of a 0 -"),
        (json!({"Kind": "rsa"}), "Rsa2048 in Pkcs8"),
        (json!({"Kind": "rsa", "KeySize": "3072", "KeyFormat": "openssh"}), "Rsa3072 in OpenSsh"),
        (json!({"Kind": "rsa", "KeyFormat": "pkcs1"}), "Rsa2048 in Pkcs1"),
        (json!({"Kind": "ecdsa-p256"}), "EcdsaP256 in Pkcs8"),
        (json!({"Kind": "ecdsa-p384", "KeyFormat": "sec1"}), "EcdsaP384 in Sec1"),
        (json!({"Kind": "ed25519"}), "Ed25519 in OpenSsh"),
        (json!({"Kind": "ed25519", "KeyFormat": "pkcs8"}), "Ed25519 in Pkcs8"),
        (json!({"PasswordLength": "4096"}), "4096 of a A 0 -"),
        (json!({"PasswordLength": 12}), "12 of a A 0 -"),
        (json!({"Entropy": "128"}), "22 of a A 0 -"),
        (json!({"Kind": "hex", "Entropy": "128"}), "32 of a 0"),
        (json!({"Alphabet": "abcd!"}), "32 of a !"),
        (weak(json!({"Alphabet": "a"})), "32 of a"),
        (json!({"Required": [{"Alphabet": "!", "Count": "2"}]}), "32 of a A 0 !"),
        (json!({"ExcludeCharacters": "-"}), "32 of a A 0"),
        (json!({"ExcludeCharacters": ""}), "32 of a A 0 -"),
        (json!({"ExcludeLowercase": true}), "32 of A 0 -"),
        (json!({"ExcludeUppercase": "true"}), "32 of a 0 -"),
        (json!({"ExcludeNumbers": "True"}), "32 of a A -"),
        (json!({"ExcludePunctuation": "true"}), "32 of a A 0"),
        (json!({"ExcludePunctuation": "false"}), "32 of a A 0 !"),
        (json!({"IncludeSpace": "true"}), "32 of a A 0 - space"),
        (json!({"ExcludeAmbiguous": "true", "Alphabet": "O0Il1|uvwxyz"}), "32 of a"),
        (json!({"UrlSafe": "true", "ExcludePunctuation": "false"}), "32 of a A 0 !"),
        (json!({"FirstCharacter": "letter"}), "32 of a A 0 -"),
        (json!({"FirstCharacter": "any"}), "32 of a A 0 -"),
        (json!({"FirstCharacter": "any", "Alphabet": "-", "AllowWeak": true}), "32 of -"),
        (json!({"FirstCharacter": "any", "Kind": "base64url"}), "43 of a A 0"),
        (weak(json!({"PasswordLength": 1, "RequireEachIncludedType": "false"})), "1 of A"),
        (weak(json!({"PasswordLength": "4"})), "4 of a A 0 -"),
        (
            json!({"SecretStringTemplate": "{\"a\": \"{{generate:8}}x\", \"b\": 7}", "AllowWeak": true}),
            "{a: 9 of a A 0 -, b: 1 of 0}",
        ),
        (
            json!({"SecretStringTemplate": "{\"user\": \"app\"}", "GenerateStringKey": "pass"}),
            "{pass: 32 of a A 0 -, user: 3 of a}",
        ),
        (json!({"GenerateStringKey": "token", "Kind": "hex"}), "{token: 64 of a 0}"),
        (json!({"UsernameLength": "8"}), "{password: 32 of a A 0 -, username: 8 of a 0}"),
        (json!({"UsernameLength": 16, "Kind": "passphrase", "Words": 7}), "{password: 56 of a -, username: 16 of a 0}"),
        (json!({"GenerateSecretString": {}}), "32 of a A 0 !"),
        (json!({"GenerateSecretString": {"PasswordLength": "20"}, "Engine": "oracle"}), "20 of a A 0 !"),
        (
            json!({"GenerateSecretString": {"PasswordLength": "4", "IncludeSpace": "true", "ExcludeNumbers": true}}),
            "4 of a A space !",
        ),
        (
            json!({"GenerateSecretString": {"SecretStringTemplate": "{}", "GenerateStringKey": "p"}}),
            "{p: 32 of a A 0 !}",
        ),
        (json!({"Value": "hunter2"}), "the value hunter2"),
        (json!({"EncryptedValue": "AAEC"}), "a ciphertext of 3 bytes"),
    ];
    hold(rows, |properties| either(made(properties)));
}

#[test]
fn a_value_is_refused_for_these_reasons() {
    let hyphens =
        "no character but the hyphen is left to begin with: allow more characters, or set FirstCharacter to any";
    let beside =
        |option: &str, other: &str| format!("property {option} cannot stand beside {other}: leave one of them out");
    let not_for = |option: &str, kinds: &str| format!("property {option} is for {kinds}: leave it out, or change Kind");
    let empty = |option: &str| format!("property {option} is empty: leave it out, or give it !Ref AWS::NoValue");
    let rows = [
        (json!({"Alphabet": "-", "AllowWeak": true}), hyphens.to_owned()),
        (
            json!({"PasswordLength": 42, "Engine": "mysql"}),
            "PasswordLength must be 8 to 41 for engine mysql, not 42".to_owned(),
        ),
        (
            json!({"PasswordLength": 20, "Entropy": 128}),
            "PasswordLength and Entropy exclude each other: give one of them".to_owned(),
        ),
        (
            json!({"PasswordLength": 6}),
            "the password would have 31.1 bits of entropy, fewer than 64: make it longer, allow more \
             characters, or set AllowWeak to true"
                .to_owned(),
        ),
        (
            json!({"Entropy": 178, "Engine": "oracle"}),
            "Entropy must be at most 177 for engine oracle with these characters: ask for less".to_owned(),
        ),
        (
            json!({"Alphabet": "ab@", "Engine": "mysql"}),
            "Alphabet brings in characters that engine mysql does not accept: leave out \"@\"".to_owned(),
        ),
        (json!({"Alphabet": "ä"}), "Alphabet must hold one or more characters, printable ASCII only".to_owned()),
        (
            json!({"IncludeSpace": true, "Engine": "mysql"}),
            "IncludeSpace brings in characters that engine mysql does not accept: leave out \" \"".to_owned(),
        ),
        (
            json!({"ExcludeNumbers": true, "Engine": "redshift"}),
            "engine redshift demands at least one digit, but the other options leave none: exclude fewer \
             characters"
                .to_owned(),
        ),
        (
            json!({"Required": [{"Alphabet": "!", "Count": 40}]}),
            "a password of 32 characters has no room for all that it must contain: make it longer or \
             require less"
                .to_owned(),
        ),
        (
            json!({"Required": [{"Alphabet": "!", "Count": 1}], "ExcludeCharacters": "!"}),
            "Required asks for characters that another option excludes: remove one of the two".to_owned(),
        ),
        (
            json!({"FirstCharacter": "letter", "Alphabet": "0123456789"}),
            "FirstCharacter asks for a letter, but no letter is left: exclude fewer characters".to_owned(),
        ),
        (
            json!({"Alphabet": "a", "ExcludeLowercase": true}),
            "no character is left to make a password from: exclude fewer characters".to_owned(),
        ),
        (json!({"Kind": "hex", "Bytes": 2049}), "Bytes must be 1 to 2048, not 2049".to_owned()),
        (json!({"Kind": "passphrase", "Words": 0}), "Words must be 1 to 128, not 0".to_owned()),
        (
            json!({"Kind": "hex", "Bytes": 8, "Entropy": 64}),
            "Bytes and Entropy exclude each other: give one of them".to_owned(),
        ),
        (
            json!({"Kind": "uuid", "Entropy": 64}),
            "the kind uuid always has 122 bits of entropy: leave its size and Entropy out".to_owned(),
        ),
        (
            json!({"Kind": "hex", "Engine": "mysql"}),
            "Engine, PasswordLength and the options about characters are for the kinds password and \
             alphanumeric, not for hex: leave them out"
                .to_owned(),
        ),
        (
            json!({"Kind": "rsa", "KeySize": 4096}),
            "KeySize is 2048 or 3072, for rsa alone: change it, or leave it out".to_owned(),
        ),
        (
            json!({"Kind": "ed25519", "KeySize": 2048}),
            "KeySize is 2048 or 3072, for rsa alone: change it, or leave it out".to_owned(),
        ),
        (
            json!({"Kind": "ed25519", "KeyFormat": "pkcs1"}),
            "KeyFormat is openssh or pkcs8, pkcs1 for rsa, sec1 for ecdsa-p256 and ecdsa-p384: change it, or leave it out"
                .to_owned(),
        ),
        (json!({"UsernameLength": 17}), "property UsernameLength: must be 4 to 16, not 17".to_owned()),
        (json!({"UsernameLength": 0}), "property UsernameLength: must be 4 to 16, not 0".to_owned()),
        (json!({"Bytes": 8}), not_for("Bytes", "the kinds hex, base64 and base64url")),
        (json!({"Words": 8}), not_for("Words", "the kind passphrase")),
        (json!({"KeySize": 2048}), not_for("KeySize", "the kind rsa")),
        (json!({"KeyFormat": "pkcs8"}), not_for("KeyFormat", "the kinds of key pairs")),
        (json!({"UsernameLength": 8, "GenerateStringKey": "a"}), beside("UsernameLength", "GenerateStringKey")),
        (json!({"UsernameLength": 8, "SecretStringTemplate": "{}"}), beside("UsernameLength", "SecretStringTemplate")),
        (
            json!({"Kind": "hex", "SecretStringTemplate": "{\"a\": \"{{generate}}\"}"}),
            beside("Kind", "a SecretStringTemplate with placeholders, which name their kind themselves"),
        ),
        (
            json!({"SecretStringTemplate": "{\"a\": \"{{generate}}\"}", "GenerateStringKey": "b"}),
            "SecretStringTemplate has placeholders: leave GenerateStringKey out, or the \
                      placeholders"
                .to_owned(),
        ),
        (
            json!({"SecretStringTemplate": "{\"a\": 1}"}),
            "SecretStringTemplate has no secret to generate: write \
                                                         {{generate}} where a value belongs, or give \
                                                         GenerateStringKey"
                .to_owned(),
        ),
        (
            json!({"SecretStringTemplate": "[]", "GenerateStringKey": "a"}),
            "SecretStringTemplate must be a JSON object".to_owned(),
        ),
        (
            json!({"SecretStringTemplate": "{\"a\": \"{{generate:rot13}}\"}"}),
            "SecretStringTemplate has a placeholder of an unknown kind: must be one of password, \
                      passphrase, alphanumeric, hex, base64, base64url, uuid"
                .to_owned(),
        ),
        (
            json!({"SecretStringTemplate": "{\"a\": \"{{generate:4}}\"}"}),
            "SecretStringTemplate has a placeholder that cannot be filled: the password would have 16.9 \
                      bits of entropy, fewer than 64: make it longer, allow more characters, or set AllowWeak to \
                      true"
                .to_owned(),
        ),
        (
            json!({"GenerateSecretString": {"PasswordLength": 3}}),
            "a password of 3 characters has no room for all that it must contain: make it longer or require \
             less"
                .to_owned(),
        ),
        (
            json!({"GenerateSecretString": {"GenerateStringKey": "a"}}),
            "SecretStringTemplate and GenerateStringKey of GenerateSecretString belong together: give both \
             or neither"
                .to_owned(),
        ),
        (
            json!({"GenerateSecretString": {}, "Engine": "oracle"}),
            "PasswordLength must be 8 to 30 for engine oracle, not 32".to_owned(),
        ),
        (
            json!({"SecretStringTemplate": "{\"db.p\": \"{{generate}}\", \"db\": {\"p\": 1}}"}),
            "SecretStringTemplate has two fields for the attribute db.p, of which the getter could give one: rename one of \
             them"
                .to_owned(),
        ),
        (
            json!({"GenerateSecretString": {"SecretStringTemplate": "{\"Version\": 1}", "GenerateStringKey": "p"}}),
            "SecretStringTemplate has a field Version, which is an attribute that the getter gives of every secret: \
             rename it"
                .to_owned(),
        ),
        (
            json!({"GenerateStringKey": "SecretString"}),
            "SecretStringTemplate has a field SecretString, which is an attribute that the getter gives of every secret: \
             rename it"
                .to_owned(),
        ),
        (json!({"Value": ""}), empty("Value")),
        (json!({"Alphabet": ""}), empty("Alphabet")),
        (json!({"SecretStringTemplate": ""}), empty("SecretStringTemplate")),
        (json!({"GenerateStringKey": ""}), empty("GenerateStringKey")),
        (
            json!({"Value": "x".repeat(MAX_VALUE_BYTES + 1)}),
            "property Value: must be 1 to 300000 bytes of text".to_owned(),
        ),
    ];
    hold(rows, |properties| made(properties).unwrap_err());
}

/// Every property that shapes a value, with a value that is fine by itself.
fn shaping() -> Value {
    json!({
        "Engine": "mysql", "Kind": "hex", "PasswordLength": 20, "Bytes": 32, "Words": 6, "KeySize": 2048,
        "KeyFormat": "pkcs8", "Entropy": 128, "Alphabet": "abc", "Required": [], "ExcludeCharacters": "x",
        "ExcludeLowercase": false, "ExcludeUppercase": false, "ExcludeNumbers": false, "ExcludePunctuation": true,
        "ExcludeAmbiguous": false, "IncludeSpace": false, "RequireEachIncludedType": true, "FirstCharacter": "any",
        "UrlSafe": false, "AllowWeak": false, "SecretStringTemplate": "{\"a\": \"{{generate}}\"}",
        "GenerateStringKey": "a", "UsernameLength": 8, "GenerateSecretString": {}, "Value": "v",
        "EncryptedValue": "AAEC",
    })
}

#[test]
fn what_says_it_all_takes_nothing_beside_it() {
    for (says_it_all, name, takes) in [
        (json!({"Value": "v"}), "Value", &["Value"][..]),
        (json!({"EncryptedValue": "AAEC"}), "EncryptedValue", &["EncryptedValue", "Value"]),
        (
            json!({"GenerateSecretString": {}}),
            "GenerateSecretString",
            &["GenerateSecretString", "Engine", "Value", "EncryptedValue"],
        ),
        (
            json!({"Kind": "rsa"}),
            "a Kind of key pair",
            &["Kind", "KeySize", "KeyFormat", "Value", "EncryptedValue", "GenerateSecretString"],
        ),
    ] {
        for (option, value) in shaping().as_object().unwrap() {
            let mut both = says_it_all.clone();
            both[option] = value.clone();
            if !takes.contains(&option.as_str()) {
                let expected = format!("property {option} cannot stand beside {name}: leave one of them out");
                assert_eq!(made(&both), Err(expected), "{both}");
            }
        }
    }
}
