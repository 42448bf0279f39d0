//! [`SecretStringTemplate`]: a JSON object with generated values in it, at any depth.
//!
//! `{{generate}}` inside a string is replaced by a text made under the same options as the rest of the secret;
//! `{{generate:32}}`, `{{generate:hex}}` and `{{generate:hex:64}}` say its size, its kind or both, counted as
//! [`TextKind`] says. `{{generate:username}}` and `{{generate:username:12}}` make a [`Username`].
//!
//! ```json
//! { "username": "{{generate:username}}", "password": "{{generate}}", "keys": { "cookie": "{{generate:hex:64}}" } }
//! ```
//!
//! Each placeholder is made by itself; a string may hold several, and other text around them. All else comes out as
//! it was written. The text that leaves this module is the only copy of the values: they never enter a JSON value.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::CryptoRng;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use crate::apart;
use crate::builder::PolicyBuilder;
use crate::error::PolicyError;
use crate::recipe::{Recipe, RecipeError, TextKind, UnknownKind};
use crate::secret_text::Password;
use crate::uniform::MAX_TABLE_CELLS;
use crate::username::Username;

/// How a placeholder begins.
pub(crate) const OPEN: &str = "{{generate";
const CLOSE: &str = "}}";

/// JSON text with places for generated values, at least one of them secret.
#[derive(Clone, Debug)]
pub struct SecretStringTemplate {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
enum Segment {
    Literal(String),
    Generated(Arc<Recipe>),
}

impl SecretStringTemplate {
    /// The longest secret, in bytes (Secrets Manager, CreateSecret, `SecretString`).
    pub const MAX_BYTES: usize = 65_536;

    /// Reads a template with placeholders; `options` are those of the passwords in it.
    pub(crate) fn parse(json: &str, options: &PolicyBuilder) -> Result<Self, SecretStringTemplateError> {
        let object = parse_object(json)?;
        if has_placeholder_key(&object) {
            return Err(SecretStringTemplateError::PlaceholderInName);
        }
        let mut segments = Vec::new();
        let mut recipes = Recipes { options, known: BTreeMap::new(), table_cells: 0 };
        let mut rest = json;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (placeholder, after) = after.split_once(CLOSE).ok_or(SecretStringTemplateError::Unclosed)?;
            segments.push(Segment::Literal(before.to_owned()));
            segments.push(Segment::Generated(recipes.get(placeholder)?));
            rest = after;
        }
        segments.push(Segment::Literal(rest.to_owned()));
        let template = Self { segments };
        if template.secrets().next().is_none() {
            return Err(SecretStringTemplateError::NothingToGenerate);
        }
        Ok(template)
    }

    /// Adds one generated value under `key` to an object, as Secrets Manager does with `GenerateStringKey`.
    /// Placeholders mean nothing there.
    pub(crate) fn with_key(json: &str, key: &str, recipe: Recipe) -> Result<Self, SecretStringTemplateError> {
        let mut object = parse_object(json)?;
        object.remove(key);
        let comma = if object.is_empty() { "" } else { "," };
        let object = Value::Object(object).to_string();
        let open = object.strip_suffix('}').unwrap_or(&object);
        let key = Value::String(key.to_owned());
        Ok(Self {
            segments: vec![
                Segment::Literal(format!("{open}{comma}{key}:\"")),
                Segment::Generated(Arc::new(recipe)),
                Segment::Literal("\"}".to_owned()),
            ],
        })
    }

    pub(crate) fn generate<R: CryptoRng + ?Sized>(&self, random: &mut R) -> Password {
        let mut generated: Vec<Part> = self.segments.iter().map(|segment| segment.generate(random)).collect();
        // Names, not secrets: those stay equally likely. Enough names are left, since a secret contains few of them.
        loop {
            let clashing = clashing(&generated);
            if clashing.is_empty() {
                break;
            }
            clashing.into_iter().for_each(|place| generated[place] = self.segments[place].generate(random));
        }
        let length = generated.iter().map(Part::len).sum();
        let mut text = String::with_capacity(length);
        generated.iter().for_each(|part| part.push_to(&mut text));
        Password::new(text)
    }

    /// The length of the longest text that it can make.
    pub(crate) fn max_bytes(&self) -> usize {
        let bytes = self.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.len(),
            Segment::Generated(recipe) => recipe.max_json_bytes(),
        });
        bytes.sum()
    }

    /// The entropy of the weakest secret in it: what protects that from whoever knows all others.
    pub(crate) fn entropy_bits(&self) -> f64 {
        self.secrets().map(Recipe::entropy_bits).fold(f64::INFINITY, f64::min)
    }

    /// What it generates that is secret, which user names are not.
    fn secrets(&self) -> impl Iterator<Item = &Recipe> {
        let generated = self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Generated(recipe) => Some(&**recipe),
        });
        generated.filter(|recipe| !matches!(recipe, Recipe::Username(_)))
    }
}

impl Segment {
    fn generate<R: CryptoRng + ?Sized>(&self, random: &mut R) -> Part<'_> {
        match self {
            Self::Literal(text) => Part::Literal(text),
            Self::Generated(recipe) => match **recipe {
                Recipe::Username(_) => Part::Username(recipe.generate(random)),
                _ => Part::Secret(recipe.generate(random)),
            },
        }
    }
}

/// A segment, its value made.
enum Part<'a> {
    Literal(&'a str),
    Secret(Password),
    Username(Password),
}

/// Places of the user names that a secret beside them contains, or that contain one.
fn clashing(parts: &[Part<'_>]) -> Vec<usize> {
    let names = parts.iter().enumerate().filter_map(|(place, part)| match part {
        Part::Username(name) => Some((place, name.expose_secret())),
        Part::Literal(_) | Part::Secret(_) => None,
    });
    let (places, names): (Vec<_>, Vec<_>) = names.unzip();
    let secrets: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Secret(secret) => Some(secret.expose_secret()),
            Part::Literal(_) | Part::Username(_) => None,
        })
        .collect();
    apart::clashing(&names, &secrets).into_iter().map(|name| places[name]).collect()
}

impl Part<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Secret(value) | Self::Username(value) => {
                let text = value.expose_secret();
                text.len() + text.matches(NEEDS_ESCAPE).count()
            }
        }
    }

    fn push_to(&self, text: &mut String) {
        match self {
            Self::Literal(literal) => text.push_str(literal),
            Self::Secret(value) | Self::Username(value) => {
                for character in value.expose_secret().chars() {
                    if NEEDS_ESCAPE.contains(&character) {
                        text.push('\\');
                    }
                    text.push(character);
                }
            }
        }
    }
}

/// Of printable ASCII, the characters that a JSON string escapes (RFC 8259 §7).
pub(crate) const NEEDS_ESCAPE: [char; 2] = ['"', '\\'];

fn parse_object(json: &str) -> Result<Map<String, Value>, SecretStringTemplateError> {
    if json.len() > SecretStringTemplate::MAX_BYTES {
        return Err(SecretStringTemplateError::TooLong);
    }
    match serde_json::from_str(json)? {
        Value::Object(object) => Ok(object),
        _ => Err(SecretStringTemplateError::NotAnObject),
    }
}

fn has_placeholder_key(object: &Map<String, Value>) -> bool {
    object.iter().any(|(key, value)| key.contains(OPEN) || holds_placeholder_key(value))
}

fn holds_placeholder_key(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(holds_placeholder_key),
        Value::Object(object) => has_placeholder_key(object),
        _ => false,
    }
}

/// The recipes of a template's placeholders. What several of them ask for is prepared once, and all that is prepared takes
/// no more memory than one password may.
struct Recipes<'a> {
    options: &'a PolicyBuilder,
    known: BTreeMap<&'a str, Arc<Recipe>>,
    table_cells: usize,
}

impl<'a> Recipes<'a> {
    fn get(&mut self, placeholder: &'a str) -> Result<Arc<Recipe>, SecretStringTemplateError> {
        if let Some(known) = self.known.get(placeholder) {
            return Ok(known.clone());
        }
        let recipe = Arc::new(recipe(placeholder, self.options)?);
        self.table_cells += recipe.table_cells();
        if self.table_cells > MAX_TABLE_CELLS {
            return Err(SecretStringTemplateError::TooManySizes);
        }
        self.known.insert(placeholder, recipe.clone());
        Ok(recipe)
    }
}

/// Reads what stands between `{{generate` and `}}`: nothing, `:SIZE`, `:KIND` or `:KIND:SIZE`.
fn recipe(placeholder: &str, options: &PolicyBuilder) -> Result<Recipe, SecretStringTemplateError> {
    let mut fields = placeholder.split(':');
    if fields.next() != Some("") {
        return Err(SecretStringTemplateError::NotAPlaceholder);
    }
    let (name, size) = match (fields.next(), fields.next(), fields.next()) {
        (None, ..) => (None, None),
        (Some(size), None, None) if size.starts_with(|first: char| first.is_ascii_digit()) => (None, Some(size)),
        (Some(name), size, None) => (Some(name), size),
        _ => return Err(SecretStringTemplateError::NotAPlaceholder),
    };
    let size =
        size.map(|size| size.parse::<usize>().map_err(|_| SecretStringTemplateError::NotAPlaceholder)).transpose()?;
    if name == Some("username") {
        let username =
            Username::new(size.unwrap_or(Username::MAX_LENGTH)).ok_or(SecretStringTemplateError::Username)?;
        return Ok(Recipe::Username(username));
    }
    let kind: TextKind = name.map_or(Ok(TextKind::Password), str::parse)?;
    let mut options = options.clone();
    if !kind.is_made_of_characters() {
        options = options.beyond_characters();
    }
    if size.is_some() || kind == TextKind::Uuid {
        options = options.without_size();
    }
    Ok(Recipe::new(kind, size, &options)?)
}

/// A template that cannot be filled in. No message shows any of its text.
#[derive(Debug, thiserror::Error)]
pub enum SecretStringTemplateError {
    /// One of the two without the other.
    #[error("SecretStringTemplate and GenerateStringKey of GenerateSecretString belong together: give both or neither")]
    KeyAndTemplate,
    /// Two ways to say where the value belongs.
    #[error("SecretStringTemplate has placeholders: leave GenerateStringKey out, or the placeholders")]
    KeyAndPlaceholder,
    /// Not a JSON object.
    #[error("SecretStringTemplate must be a JSON object")]
    NotAnObject,
    /// Neither of the forms.
    #[error(
        "SecretStringTemplate: a placeholder is {{{{generate}}}}, {{{{generate:SIZE}}}}, {{{{generate:KIND}}}}, \
         {{{{generate:KIND:SIZE}}}} or {{{{generate:username:LENGTH}}}}"
    )]
    NotAPlaceholder,
    /// Not JSON.
    #[error("SecretStringTemplate must be valid JSON")]
    NotJson(#[from] serde_json::Error),
    /// Nothing in it would be secret.
    #[error(
        "SecretStringTemplate has no secret to generate: write {{{{generate}}}} where a value belongs, or give GenerateStringKey"
    )]
    NothingToGenerate,
    /// The password beside the template.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A name must be known to whoever reads the value.
    #[error("SecretStringTemplate has a placeholder in the name of a field: use it in values only")]
    PlaceholderInName,
    /// What a placeholder asks for cannot be made.
    #[error("SecretStringTemplate has a placeholder that cannot be filled")]
    Recipe(#[from] RecipeError),
    /// Longer than [`SecretStringTemplate::MAX_BYTES`].
    #[error("SecretStringTemplate must be at most {} bytes long", SecretStringTemplate::MAX_BYTES)]
    TooLong,
    /// Together they take more memory than one password may.
    #[error("SecretStringTemplate asks for passwords of too many different lengths: let more of them be equally long")]
    TooManySizes,
    /// A placeholder that does not end.
    #[error("SecretStringTemplate has a placeholder without its closing }}}}")]
    Unclosed,
    /// A placeholder of a kind that there is not.
    #[error("SecretStringTemplate has a placeholder of an unknown kind")]
    UnknownKind(#[from] UnknownKind),
    /// A user name that some engine does not take.
    #[error(
        "SecretStringTemplate: a generated username has {} to {} characters",
        Username::MIN_LENGTH,
        Username::MAX_LENGTH
    )]
    Username,
}

#[cfg(test)]
mod tests {
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
        let json =
            r#"{"a": "{{generate}}", "b": "{{generate:40}}", "c": "{{generate:hex}}", "d": "{{generate:uuid}}"}"#;
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
        assert!(matches!(
            refusal(&" ".repeat(SecretStringTemplate::MAX_BYTES + 1)),
            SecretStringTemplateError::TooLong
        ));
        let message = refusal(r#"{"a": "{{generate:}}"}"#).to_string();
        assert_eq!(message, "SecretStringTemplate has a placeholder of an unknown kind");
    }
}
