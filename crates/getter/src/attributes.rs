//! What `Fn::GetAtt` finds in a secret, and the choice among it.
//!
//! A JSON object gives its fields, any other text is one attribute itself. Values go from the text straight into memory
//! that is erased, they never enter a JSON value; what an answer has no room for is counted and not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use custom_resource::MAX_RESPONSE_BYTES;
use lambda_function::fields::{self, Depth, Interest, MAX_FIELD_BYTES, MAX_FIELDS, Sink};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use secret_store::Description;
use zeroize::Zeroizing;

use crate::reason::Failure;

/// Every answer has the one beside those of the secret, so that a field of that name stays inside the other, which is given
/// only where `Attributes` asks for it.
pub(crate) use lambda_function::fields::{SECRET_STRING, VERSION};

/// The attribute of a text that is no JSON object.
const PASSWORD: &str = "password";

/// The same as it stands in any part of a URL.
const URL_ENCODED_PASSWORD: &str = "UrlEncodedPassword";

/// All but what RFC 3986 (§2.3) calls unreserved: the parsers of URLs take that as it is, and no two of them agree on more.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `Data.UrlEncodedPassword`, in pieces: as it stands in the URL of any connection.
pub fn url_encoded(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, RESERVED)
}

/// The same of a key pair.
const PRIVATE_KEY: &str = "PrivateKey";

/// Who is answered, and how much such an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// CloudFormation: as many bytes of names and values do not fit, whatever else the answer says.
    Stack,
    /// Whoever invokes the function.
    Invoker,
}

impl Answer {
    fn has_room_for(self, bytes: usize, count: usize) -> bool {
        match self {
            Self::Stack => bytes < MAX_RESPONSE_BYTES,
            Self::Invoker => bytes <= MAX_FIELD_BYTES && count <= MAX_FIELDS,
        }
    }
}

/// Named values, each of them secret.
#[derive(Debug)]
pub(crate) struct Attributes {
    values: BTreeMap<String, Zeroizing<String>>,
    /// The name of one that nobody asked for.
    pub(crate) dispensable: Option<&'static str>,
}

impl Attributes {
    /// Those of the given names, or all but the whole text.
    pub(crate) fn of(
        secret: &SecretString,
        description: &Description,
        names: Option<&[String]>,
        answer: Answer,
    ) -> Result<Self, Failure> {
        let text = secret.expose_secret();
        let mut found = Found::new(names, answer);
        if description.public_key.is_some() {
            found.put(PRIVATE_KEY, Depth::Top, text);
        } else if fields::walk(text, &mut found).is_err() {
            found = Found::new(names, answer);
            found.put(PASSWORD, Depth::Top, text);
            found.put_url_encoded(text);
        }
        if names.is_some_and(|names| names.iter().any(|name| name == SECRET_STRING)) {
            found.put(SECRET_STRING, Depth::Top, text);
        }
        found.finish()
    }
}

/// The attributes that are wanted, as far as the answer has room for them.
struct Found<'a> {
    names: Option<BTreeSet<&'a str>>,
    answer: Answer,
    kept: BTreeMap<String, Zeroizing<String>>,
    /// Of names and values, kept or not.
    bytes: usize,
    count: usize,
    dispensable: Option<&'static str>,
}

impl<'a> Found<'a> {
    fn new(names: Option<&'a [String]>, answer: Answer) -> Self {
        let names = names.map(|names| names.iter().map(String::as_str).collect());
        Self { names, answer, kept: BTreeMap::new(), bytes: 0, count: 0, dispensable: None }
    }

    fn is_wanted(&self, name: &str) -> bool {
        name != VERSION && self.names.as_ref().is_none_or(|names| names.contains(name))
    }

    /// Where a name with dots is also written as such, that one counts.
    fn put(&mut self, name: &str, depth: Depth, value: &str) {
        if !self.is_wanted(name) {
            return;
        }
        if let Some(known) = self.kept.get_mut(name) {
            if depth == Depth::Top {
                self.bytes = self.bytes - known.len() + value.len();
                *known = Zeroizing::new(value.to_owned());
            }
        } else {
            self.bytes += name.len() + value.len();
            self.count += 1;
        }
        if !self.has_room() {
            self.kept.clear();
        } else if !self.kept.contains_key(name) {
            self.kept.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        }
    }

    /// The password for a URL. Nobody who does not name it must miss the password itself because of it.
    fn put_url_encoded(&mut self, text: &str) {
        let bytes = url_encoded(text).map(str::len).sum::<usize>();
        let bytes_with_it = self.bytes + URL_ENCODED_PASSWORD.len() + bytes;
        if self.names.is_none() && !self.answer.has_room_for(bytes_with_it, self.count + 1) {
            return;
        }
        if self.is_wanted(URL_ENCODED_PASSWORD) {
            // Of its exact length, so that nothing of it is left behind where it grew.
            let mut encoded = Zeroizing::new(String::with_capacity(bytes));
            encoded.extend(url_encoded(text));
            self.put(URL_ENCODED_PASSWORD, Depth::Top, &encoded);
            self.dispensable = self.names.is_none().then_some(URL_ENCODED_PASSWORD);
        }
    }

    fn has_room(&self) -> bool {
        self.answer.has_room_for(self.bytes, self.count)
    }

    /// Refuses what is certain not to fit into the answer, and names that the secret does not have.
    fn finish(self) -> Result<Attributes, Failure> {
        if !self.has_room() {
            return Err(Failure::TooLarge { answer: self.answer, bytes: self.bytes, count: self.count });
        }
        let missing = |name: &&str| *name != VERSION && !self.kept.contains_key(*name);
        match self.names.into_iter().flatten().find(missing) {
            Some(name) => Err(Failure::NoAttribute(name.to_owned())),
            None => Ok(Attributes { values: self.kept, dispensable: self.dispensable }),
        }
    }
}

impl Sink for Found<'_> {
    fn name(&mut self, _: &str, name: &str) -> ControlFlow<(), Interest> {
        // No attribute's name is empty.
        ControlFlow::Continue(if name.is_empty() { Interest::Skipped } else { Interest::Wanted })
    }

    fn value(&mut self, path: &str, depth: Depth, value: &str) -> ControlFlow<()> {
        // The object's own `SecretString` is not the whole text, which is what that name asks for.
        if self.names.is_none() || path != SECRET_STRING {
            self.put(path, depth, value);
        }
        ControlFlow::Continue(())
    }
}

impl IntoIterator for Attributes {
    type Item = (String, Zeroizing<String>);
    type IntoIter = std::collections::btree_map::IntoIter<String, Zeroizing<String>>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use secret_store::PublicKey;

    use super::*;

    fn given(secret: &str, selected: Option<&[&str]>, answer: Answer) -> Result<Vec<(String, String)>, Failure> {
        let selected = selected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let secret = SecretString::from(secret);
        let attributes = Attributes::of(&secret, &Description::default(), selected.as_deref(), answer)?;
        Ok(attributes.into_iter().map(|(name, value)| (name, value.to_string())).collect())
    }

    fn names(secret: &str, selected: Option<&[&str]>) -> Result<Vec<String>, Failure> {
        let given = given(secret, selected, Answer::Stack)?;
        Ok(given.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_text_is_a_password_and_an_object_is_its_fields() {
        assert_eq!(names("hunter2", None).unwrap(), ["UrlEncodedPassword", "password"]);
        assert_eq!(names(r#"{"a": 1} and more"#, None).unwrap(), ["UrlEncodedPassword", "password"]);
        assert_eq!(names(r#"{"user": "a", "Version": "b", "": 1}"#, None).unwrap(), ["user"]);
        assert_eq!(
            names(r#"{"db": {"x": null, "hosts": ["a", "b"]}}"#, None).unwrap(),
            ["db.hosts.0", "db.hosts.1", "db.x"]
        );
        assert_eq!(names("{}", None).unwrap(), [""; 0]);
    }

    #[test]
    fn for_a_url_all_but_the_unreserved_is_encoded() {
        let encoded = |text: &str| given(text, Some(&["UrlEncodedPassword"]), Answer::Stack).unwrap().remove(0).1;
        let unreserved = "ABCXYZabcxyz0189-._~";
        assert_eq!(encoded(unreserved), unreserved);
        assert_eq!(encoded(r##" !"#$%&'()*+,/"##), "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F");
        assert_eq!(encoded(r":;<=>?@[\]^`{|}"), "%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D");
        assert_eq!(encoded("é\n\0"), "%C3%A9%0A%00");
        for character in ' '..='~' {
            let kept = unreserved.contains(character) || character.is_ascii_alphanumeric();
            assert_eq!(encoded(&character.to_string()).len(), if kept { 1 } else { 3 }, "{character}");
        }
    }

    #[test]
    fn the_password_for_a_url_is_left_out_where_it_has_no_room_and_nobody_asks_for_it() {
        let given = |length, selected| {
            let given = given(&"/".repeat(length), selected, Answer::Stack)?;
            Ok::<_, Failure>(given.into_iter().map(|(name, value)| (name, value.len())).collect::<Vec<_>>())
        };
        let (both, one) = (Some(&["UrlEncodedPassword", "password"][..]), Some(&["UrlEncodedPassword"][..]));
        let pair = |length| vec![("UrlEncodedPassword".to_owned(), 3 * length), ("password".to_owned(), length)];
        assert_eq!(given(1017, None).unwrap(), pair(1017));
        assert_eq!(given(1018, None).unwrap(), [("password".to_owned(), 1018)]);
        assert_eq!(given(1017, both).unwrap(), pair(1017));
        assert!(matches!(given(1018, both), Err(Failure::TooLarge { bytes: 4098, count: 2, .. })));
        assert_eq!(given(1018, one).unwrap(), [("UrlEncodedPassword".to_owned(), 3054)]);
        assert!(matches!(given(1400, one), Err(Failure::TooLarge { bytes: 4218, count: 1, .. })));
        assert!(matches!(names(r#"{"a": 1}"#, one), Err(Failure::NoAttribute(_))));
    }

    #[test]
    fn only_what_nobody_asked_for_is_dispensable() {
        let dispensable = |text: &str, names: Option<&[String]>| {
            let attributes = Attributes::of(&SecretString::from(text), &Description::default(), names, Answer::Stack);
            attributes.unwrap().dispensable
        };
        let asked = ["UrlEncodedPassword".to_owned()];
        assert_eq!(dispensable("hunter2", None), Some("UrlEncodedPassword"));
        assert_eq!(dispensable("hunter2", Some(&asked)), None);
        let field = r#"{"UrlEncodedPassword": "a field of this name"}"#;
        assert_eq!((dispensable(field, None), dispensable(field, Some(&asked))), (None, None));
    }

    #[test]
    fn of_a_key_pair_it_is_the_private_key() {
        let public_key = PublicKey { openssh: "ssh-ed25519".to_owned(), pem: "-----BEGIN".to_owned() };
        let description = Description { public_key: Some(public_key), entropy: None };
        let attributes = Attributes::of(&SecretString::from("key"), &description, None, Answer::Stack);
        let (name, _) = attributes.unwrap().into_iter().next().unwrap();
        assert_eq!(name, "PrivateKey");
    }

    #[test]
    fn a_choice_takes_what_it_names_and_refuses_what_there_is_not() {
        let secret = r#"{"user": "a", "db": {"password": "b"}}"#;
        assert_eq!(names(secret, Some(&["db.password"])).unwrap(), ["db.password"]);
        assert_eq!(names(secret, Some(&["SecretString", "user", "Version"])).unwrap(), ["SecretString", "user"]);
        assert_eq!(names("hunter2", Some(&["SecretString"])).unwrap(), ["SecretString"]);
        assert!(matches!(names(secret, Some(&["password"])), Err(Failure::NoAttribute(name)) if name == "password"));
    }

    #[test]
    fn a_name_that_is_written_with_its_dots_goes_before_a_path() {
        for text in [r#"{"a.b": "as written", "a": {"b": "path"}}"#, r#"{"a": {"b": "path"}, "a.b": "as written"}"#] {
            let expected = [("a.b".to_owned(), "as written".to_owned())];
            assert_eq!(given(text, None, Answer::Stack).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_whole_text_goes_before_a_field_of_its_name() {
        let text = r#"{"SecretString": "field"}"#;
        let value = |selected| given(text, selected, Answer::Stack).unwrap().remove(0).1;
        assert_eq!(value(Some(&["SecretString"])), text);
        assert_eq!(value(None), "field");
    }

    #[test]
    fn what_cannot_fit_is_refused_with_its_size() {
        let text = |length| given(&"x".repeat(length), None, Answer::Stack);
        assert!(text(3000).is_ok());
        assert!(matches!(text(5000), Err(Failure::TooLarge { bytes: 5008, count: 1, .. })));
        let object =
            |values: usize, answer| given(&format!(r#"{{"a": [{}0]}}"#, "0,".repeat(values - 1)), None, answer);
        assert!(given(&"/".repeat(300_000), None, Answer::Invoker).is_ok());
        assert!(object(10_000, Answer::Invoker).is_ok());
        assert!(matches!(object(10_001, Answer::Invoker), Err(Failure::TooLarge { count: 10_001, .. })));
        assert!(matches!(object(10_000, Answer::Stack), Err(Failure::TooLarge { bytes: 68_890, .. })));
    }

    #[test]
    fn names_that_multiply_are_counted_and_not_kept() {
        let text = format!(r#"{{"{}": [{}0], "token": "t"}}"#, "k".repeat(150_000), "0,".repeat(69_999));
        assert!(text.len() < 300_000);
        for answer in [Answer::Stack, Answer::Invoker] {
            let refused = given(&text, None, answer);
            assert!(matches!(refused, Err(Failure::TooLarge { bytes: 10_000_000_000.., count: 70_001, .. })));
            assert_eq!(given(&text, Some(&["token"]), answer).unwrap(), [("token".to_owned(), "t".to_owned())]);
        }
        assert_eq!(given(&text, Some(&["SecretString"]), Answer::Invoker).unwrap()[0].1, text);
    }
}
