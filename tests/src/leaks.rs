//! The leak test: searches everything that a scenario left behind for everything that must stay secret, in each form
//! that software is likely to write it.

use std::collections::{BTreeMap, BTreeSet};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use lambda_function::fields::VERSION;
use serde_json::Value;

use crate::{
    functions::{Answers, Function},
    http::percent_encode,
};

/// Where a piece of evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output or error of a function: CloudWatch.
    Output(Function),
    /// What a function told the Runtime API: its return value, its errors.
    RuntimeApi(Function),
    /// The body of a PUT to a response URL.
    Response(Function),
    /// An item of a table.
    StoredItem,
    /// The arguments of a command, which everybody on its machine can read.
    Arguments,
    /// What a command says beside its data.
    Stderr,
    /// The data of a command that is not asked for values.
    Stdout,
    /// What another application wrote or answered.
    Application(&'static str),
}

/// What must not show up.
#[derive(Clone, Debug, Default)]
pub struct Leaks {
    values: BTreeMap<String, Forms>,
    credentials: BTreeMap<String, Forms>,
}

/// How a secret may be written down, each form with its name.
type Forms = Vec<(&'static str, String)>;

impl Leaks {
    /// A stored secret: allowed where the getter hands it out, and nowhere else.
    pub fn learn_value(&mut self, value: &str) {
        assert!(value.len() >= 4, "too short to be told from chance");
        self.values.entry(value.to_owned()).or_insert_with(|| forms(value));
    }

    /// A signature, a key, a token: allowed nowhere.
    pub fn learn_credential(&mut self, credential: &str) {
        self.credentials.entry(credential.to_owned()).or_insert_with(|| forms(credential));
    }

    /// What leaked in this piece of evidence, in words that do not repeat it.
    pub fn search(&self, place: Place, evidence: &[u8]) -> Vec<String> {
        let everything = String::from_utf8_lossy(evidence);
        let values = self.without_handed_out(place, evidence).unwrap_or_else(|| everything.to_string());
        let found_values = self.values.values().flat_map(|forms| find(forms, &values));
        let found_credentials = self.credentials.values().flat_map(|forms| find(forms, &everything));
        found_values
            .map(|form| format!("a secret value, {form}, in {place:?}"))
            .chain(found_credentials.map(|form| format!("a credential, {form}, in {place:?}")))
            .collect()
    }

    /// The evidence without the values that the getter is asked for: the attributes of a response marked NoEcho (under
    /// `sam local invoke` also returned), or of what a direct invocation returns. The value must be the whole of it.
    fn without_handed_out(&self, place: Place, evidence: &[u8]) -> Option<String> {
        let mut answer: Value = serde_json::from_slice(evidence).ok()?;
        let attributes = match place {
            Place::Response(function) | Place::RuntimeApi(function)
                if function.answers() == Answers::WithSecrets && answer["NoEcho"] == true =>
            {
                answer.get_mut("Data")?
            }
            Place::RuntimeApi(function) if function.answers() == Answers::WithSecrets => &mut answer,
            Place::Output(_)
            | Place::RuntimeApi(_)
            | Place::Response(_)
            | Place::StoredItem
            | Place::Arguments
            | Place::Stderr
            | Place::Stdout
            | Place::Application(_) => return None,
        };
        let is_secret = |value: &Value| value.as_str().is_some_and(|value| self.values.contains_key(value));
        let for_a_url = |name: &str, value: &Value| {
            name == "UrlEncodedPassword" && self.values.keys().any(|known| *value == percent_encode(known))
        };
        attributes
            .as_object_mut()?
            .retain(|name, value| name == VERSION || !(is_secret(value) || for_a_url(name, value)));
        Some(answer.to_string())
    }
}

/// The names of the forms in which a secret occurs.
fn find(forms: &Forms, text: &str) -> BTreeSet<&'static str> {
    forms.iter().filter(|(_, form)| text.contains(form)).map(|(name, _)| *name).collect()
}

fn forms(secret: &str) -> Forms {
    let bytes = secret.as_bytes();
    let once = json_escaped(secret);
    let debug = format!("{secret:?}");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let decimals: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let mut forms = vec![
        ("as it is", secret.to_owned()),
        ("JSON-escaped", once.clone()),
        ("JSON-escaped twice", json_escaped(&once)),
        ("debug-printed", debug[1..debug.len() - 1].to_owned()),
        ("percent-encoded", percent_encode(secret)),
        ("percent-encoded in lower case", lower_case_percent_encoded(secret)),
        ("in hexadecimal", hex.to_uppercase()),
        ("in hexadecimal", hex),
        ("as a list of bytes", decimals.join(",")),
        ("as a list of bytes", decimals.join(", ")),
    ];
    for alignment in 0..3 {
        forms.push(("in base64", aligned_base64(&STANDARD, bytes, alignment)));
        forms.push(("in base64", aligned_base64(&URL_SAFE, bytes, alignment)));
    }
    forms
}

fn json_escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn lower_case_percent_encoded(text: &str) -> String {
    let encoded = percent_encode(text);
    let mut lower = String::new();
    let mut rest = encoded.as_str();
    while let Some(position) = rest.find('%') {
        lower += &rest[..position];
        lower += &rest[position..position + 3].to_lowercase();
        rest = &rest[position + 3..];
    }
    lower + rest
}

/// The part of the base64 of a longer text that depends on these bytes alone, when they begin `alignment` bytes after
/// a multiple of three.
fn aligned_base64(alphabet: &impl Engine, bytes: &[u8], alignment: usize) -> String {
    let padded = [&[0; 2][..alignment], bytes].concat();
    let encoded = alphabet.encode(&padded);
    let first = (alignment * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    encoded[first..end].to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "pa\"ss/wörd+1";

    fn leaks() -> Leaks {
        let mut leaks = Leaks::default();
        leaks.learn_value(SECRET);
        leaks.learn_credential("0123456789abcdef");
        leaks
    }

    fn places() -> impl Iterator<Item = Place> {
        let of = |&function| [Place::Output(function), Place::RuntimeApi(function), Place::Response(function)];
        Function::ALL.iter().flat_map(of).chain([Place::StoredItem, Place::Arguments, Place::Stderr, Place::Stdout])
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        for place in places() {
            assert!(leaks().search(place, b"{\"message\":\"all is well\"}").is_empty());
        }
    }

    #[test]
    fn a_planted_value_is_found_in_each_place() {
        for place in places() {
            assert!(!leaks().search(place, format!("before {SECRET} after").as_bytes()).is_empty(), "{place:?}");
            let field = json!({"Reason": SECRET, "NoEcho": true, "Data": {"password": "another"}});
            assert!(!leaks().search(place, field.to_string().as_bytes()).is_empty(), "{place:?}");
        }
    }

    #[test]
    fn a_planted_credential_is_found_in_each_place() {
        for place in places() {
            let text =
                json!({"NoEcho": true, "Data": {"password": "0123456789abcdef"}, "password": "0123456789abcdef"});
            assert!(!leaks().search(place, text.to_string().as_bytes()).is_empty(), "{place:?}");
        }
    }

    #[test]
    fn each_form_is_found() {
        let planted = [
            format!("{SECRET:?}"),
            json!({"log": json!({"value": SECRET}).to_string()}).to_string(),
            format!("https://host/?x={}", percent_encode(SECRET)),
            format!("https://host/?x={}", lower_case_percent_encoded(SECRET)),
            format!("{:?}", SECRET.as_bytes()),
            json!(SECRET.as_bytes()).to_string(),
            SECRET.bytes().map(|byte| format!("{byte:02X}")).collect(),
            SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
            STANDARD.encode(SECRET),
            URL_SAFE.encode(format!("a{SECRET}b")),
            STANDARD.encode(format!("{{\"password\":\"{SECRET}\"}}")),
            STANDARD.encode(format!("ab{SECRET}cd")),
        ];
        for text in planted {
            assert!(!leaks().search(Place::StoredItem, text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_getter_may_hand_out_values_as_attributes_and_only_as_such() {
        let response = |no_echo: bool, name: &str| json!({"NoEcho": no_echo, "Data": {name: SECRET}}).to_string();
        let within = json!({"NoEcho": true, "Data": {"password": format!("it is {SECRET}")}}).to_string();
        let getter = Place::Response(Function::Getter);
        assert!(leaks().search(getter, response(true, "password").as_bytes()).is_empty());
        assert!(!leaks().search(getter, response(false, "password").as_bytes()).is_empty());
        let encoded = |name: &str| json!({"NoEcho": true, "Data": {name: percent_encode(SECRET)}}).to_string();
        assert!(leaks().search(getter, encoded("UrlEncodedPassword").as_bytes()).is_empty());
        assert!(!leaks().search(getter, encoded("password").as_bytes()).is_empty());
        assert!(leaks().search(getter, response(true, "db.password").as_bytes()).is_empty());
        assert!(!leaks().search(getter, response(true, "Version").as_bytes()).is_empty());
        assert!(!leaks().search(getter, within.as_bytes()).is_empty());
        assert!(
            !leaks().search(Place::Response(Function::Generator), response(true, "password").as_bytes()).is_empty()
        );

        let returned = json!({"password": SECRET}).to_string();
        assert!(leaks().search(Place::RuntimeApi(Function::Getter), returned.as_bytes()).is_empty());
        assert!(!leaks().search(Place::RuntimeApi(Function::Generator), returned.as_bytes()).is_empty());
    }
}
