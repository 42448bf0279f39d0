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
mod tests;
