//! What is published of a secret: the value, one field, or a JSON object in the shape that its readers take.
//!
//! An object is flat, and all of it are strings, but for the two fields that rotation functions want otherwise: readers print
//! numbers their own way, and some refuse them.

mod text;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use lambda_function::fields::{self, Depth, Interest, Sink};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::properties::PublisherProperties;
use crate::properties::types::{As, PortType};
use text::{Piece, object};

/// The field of a text that is no JSON object.
const PASSWORD: &str = "password";

/// Why a secret does not have the shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// A property that is for other shapes.
    #[error("property {property} is for As: {shapes}: leave it out")]
    NotForThis {
        /// The property.
        property: &'static str,
        /// The shapes that it is for.
        shapes: &'static str,
    },
    /// A property that this shape needs.
    #[error("property {property} is missing: {why}")]
    Missing {
        /// The property.
        property: &'static str,
        /// What it is needed for.
        why: &'static str,
    },
    /// The secret is no JSON object, or has no such field.
    #[error("the secret has no field {field}: {advice}")]
    NoField {
        /// The field.
        field: String,
        /// What there is to do.
        advice: &'static str,
    },
    /// Two sources for one field.
    #[error("the field {0} comes twice: rename it in Fields or Extra")]
    Twice(String),
    /// A field without a name.
    #[error("a field of Fields or Extra has no name")]
    NoName,
}

/// A shape with all that the template says about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'p>(&'p PublisherProperties);

/// What is read of the pair's table.
#[derive(Debug, Default)]
pub(crate) struct Values<'p> {
    /// The secret itself.
    pub(crate) main: Option<SecretString>,
    /// Those of `Fields`.
    pub(crate) fields: Vec<(&'p str, SecretString)>,
}

impl<'p> Shape<'p> {
    /// That of a template.
    pub(crate) fn of(properties: &'p PublisherProperties) -> Result<Self, ShapeError> {
        let shape = Self(properties);
        let p = properties;
        for (property, is_given, shapes) in [
            ("Field", p.field.is_some(), &[As::Field][..]),
            ("Fields", p.fields.is_some(), &[As::Json]),
            ("Extra", p.extra.is_some(), &[As::Json, As::Rds]),
            ("Username", p.username.is_some(), &[As::Credentials, As::Rds]),
            ("Engine", p.engine.is_some(), &[As::Rds]),
            ("Host", p.host.is_some(), &[As::Rds]),
            ("Port", p.port.is_some(), &[As::Rds]),
            ("PortType", p.port_type.is_some(), &[As::Rds]),
            ("DbName", p.db_name.is_some(), &[As::Rds]),
            ("Ssl", p.ssl.is_some(), &[As::Rds]),
            ("MasterSecretArn", p.master_secret_arn.is_some(), &[As::Rds]),
            ("DbInstanceIdentifier", p.db_instance_identifier.is_some(), &[As::Rds]),
            ("DbClusterIdentifier", p.db_cluster_identifier.is_some(), &[As::Rds]),
        ] {
            if is_given && !shapes.contains(&shape.name()) {
                let shapes = match shapes {
                    [As::Field] => "field",
                    [As::Json] => "json",
                    [As::Json, As::Rds] => "json or rds",
                    [As::Credentials, As::Rds] => "credentials or rds",
                    _ => "rds",
                };
                return Err(ShapeError::NotForThis { property, shapes });
            }
        }
        shape.check_needs()?;
        Ok(shape)
    }

    fn check_needs(self) -> Result<(), ShapeError> {
        let missing = |property, why| Err(ShapeError::Missing { property, why });
        let p = self.0;
        if self.name() == As::Field && p.field.is_none() {
            return missing("Field", "As: field publishes one");
        }
        if self.name() != As::Rds {
            return Ok(());
        }
        let engine = p.engine.map(|engine| engine.0).unwrap_or_default();
        if engine.is_empty() {
            return missing("Engine", "rotation functions go by it");
        }
        if p.host.is_none() {
            return missing("Host", "rotation functions connect to it");
        }
        if engine == "oracle" && p.db_name.is_none() {
            return missing("DbName", "the rotation function for Oracle needs it");
        }
        if engine.starts_with("db2") && p.master_secret_arn.is_none() {
            return missing("MasterSecretArn", "the rotation function for Db2 needs it");
        }
        Ok(())
    }

    fn name(self) -> As {
        self.0.shape.unwrap_or_default()
    }

    /// Whether the secret itself may be left out.
    pub(crate) fn does_without_the_secret(self) -> bool {
        self.0.fields.as_ref().is_some_and(|fields| !fields.is_empty())
    }

    /// All that the template says about it, so that a change is seen. No values of secrets.
    pub(crate) fn parts(self) -> Vec<String> {
        let p = self.0;
        let mut parts = vec![format!("{:?}", self.name())];
        let mut say = |name: &str, text: Option<&str>| parts.extend(text.map(|text| format!("{name}={text}")));
        say("Field", p.field.as_deref());
        say("Username", p.username.as_deref());
        say("Engine", p.engine.map(|engine| engine.0));
        say("Host", p.host.as_deref());
        say("Port", p.port.map(|port| port.0.to_string()).as_deref());
        say("PortType", p.port_type.map(|kind| format!("{kind:?}")).as_deref());
        say("DbName", p.db_name.as_deref());
        say("Ssl", p.ssl.map(|ssl| ssl.to_string()).as_deref());
        say("MasterSecretArn", p.master_secret_arn.as_deref());
        say("DbInstanceIdentifier", p.db_instance_identifier.as_deref());
        say("DbClusterIdentifier", p.db_cluster_identifier.as_deref());
        for (kind, map) in [("Fields", &p.fields), ("Extra", &p.extra)] {
            for (name, text) in map.iter().flatten() {
                say(&format!("{kind}.{name}"), Some(text));
            }
        }
        parts
    }

    /// The text to publish.
    pub(crate) fn make(self, values: Values<'_>) -> Result<SecretString, ShapeError> {
        match (self.name(), values.main) {
            (As::Value, Some(main)) => Ok(main),
            (As::Field, Some(main)) => self.field(&main),
            (As::Json, main) => self.json(main.as_ref(), &values.fields),
            (As::Credentials, Some(main)) => self.credentials(&main),
            (As::Rds, Some(main)) => self.rds(&main),
            (As::Value | As::Field | As::Credentials | As::Rds, None) => {
                Err(ShapeError::Missing { property: "SecretId", why: "it says what is published" })
            }
        }
    }

    fn field(self, main: &SecretString) -> Result<SecretString, ShapeError> {
        let name = self.0.field.as_deref().unwrap_or_default();
        let found = Fields::of(main).0.remove(name);
        let mut found = found.ok_or_else(|| ShapeError::NoField {
            field: name.to_owned(),
            advice: "Field names one of a secret that is a JSON object, with dots for fields inside others",
        })?;
        Ok(SecretString::from(std::mem::take(&mut *found)))
    }

    fn json(self, main: Option<&SecretString>, more: &[(&str, SecretString)]) -> Result<SecretString, ShapeError> {
        let mut found = main.map(Fields::of).unwrap_or_default().0;
        for (name, value) in more {
            put(&mut found, name, value.expose_secret())?;
        }
        for (name, value) in self.0.extra.iter().flatten() {
            put(&mut found, name, value)?;
        }
        Ok(object(found.iter().map(|(name, value)| (name.as_str(), Piece::Text(value)))))
    }

    fn credentials(self, main: &SecretString) -> Result<SecretString, ShapeError> {
        let mut found = Fields::of(main).0;
        let (username, password) = self.user(&mut found)?;
        Ok(object([("username", Piece::Text(&username)), ("password", Piece::Text(&password))].into_iter()))
    }

    fn rds(self, main: &SecretString) -> Result<SecretString, ShapeError> {
        let p = self.0;
        let mut found = Fields::of(main).0;
        let (username, password) = self.user(&mut found)?;
        let port = p.port.map(|port| port.0.to_string());
        let mut pieces: BTreeMap<&str, Piece<'_>> = BTreeMap::new();
        let texts = [
            ("username", Some(username.as_str())),
            ("password", Some(password.as_str())),
            ("engine", p.engine.map(|engine| engine.0)),
            ("host", p.host.as_deref()),
            ("dbname", p.db_name.as_deref()),
            ("masterarn", p.master_secret_arn.as_deref()),
            ("dbInstanceIdentifier", p.db_instance_identifier.as_deref()),
            ("dbClusterIdentifier", p.db_cluster_identifier.as_deref()),
        ];
        pieces.extend(texts.into_iter().filter_map(|(name, text)| Some((name, Piece::Text(text?)))));
        match (p.port, p.port_type.unwrap_or_default()) {
            (Some(port), PortType::Number) => drop(pieces.insert("port", Piece::Number(port.0))),
            (Some(_), PortType::String) => {
                pieces.insert("port", Piece::Text(port.as_deref().unwrap_or_default()));
            }
            (None, _) => {}
        }
        pieces.extend(p.ssl.map(|ssl| ("ssl", Piece::Truth(ssl))));
        for (name, text) in p.extra.iter().flatten() {
            if name.is_empty() {
                return Err(ShapeError::NoName);
            }
            if pieces.insert(name, Piece::Text(text)).is_some() {
                return Err(ShapeError::Twice(name.clone()));
            }
        }
        Ok(object(pieces.iter().map(|(name, piece)| (*name, *piece))))
    }

    /// User name and password.
    fn user(self, found: &mut Found) -> Result<(Zeroizing<String>, Zeroizing<String>), ShapeError> {
        let own = self.0.username.clone().map(Zeroizing::new);
        let username = own
            .or_else(|| found.remove("username"))
            .ok_or(ShapeError::Missing { property: "Username", why: "the secret itself has no field username" })?;
        let password = found.remove(PASSWORD).ok_or_else(|| ShapeError::NoField {
            field: PASSWORD.to_owned(),
            advice: "a secret that is a JSON object needs one, and any other text is one itself",
        })?;
        Ok((username, password))
    }
}

type Found = BTreeMap<String, Zeroizing<String>>;

fn put(found: &mut Found, name: &str, value: &str) -> Result<(), ShapeError> {
    if name.is_empty() {
        return Err(ShapeError::NoName);
    }
    match found.insert(name.to_owned(), Zeroizing::new(value.to_owned())) {
        None => Ok(()),
        Some(_) => Err(ShapeError::Twice(name.to_owned())),
    }
}

/// The fields of a secret: those of a JSON object, all flat and as text; any other text is one itself.
#[derive(Debug, Default)]
struct Fields(Found);

impl Fields {
    fn of(secret: &SecretString) -> Self {
        let (mut fields, text) = (Self::default(), secret.expose_secret());
        if fields::walk(text, &mut fields).is_err() {
            fields.0.clear();
            fields.0.insert(PASSWORD.to_owned(), Zeroizing::new(text.to_owned()));
        }
        fields
    }
}

impl Sink for Fields {
    fn name(&mut self, _: &str, name: &str) -> ControlFlow<(), Interest> {
        ControlFlow::Continue(if name.is_empty() { Interest::Skipped } else { Interest::Wanted })
    }

    fn value(&mut self, path: &str, depth: Depth, value: &str) -> ControlFlow<()> {
        // Where a name with dots is also written as such, that one counts.
        if depth == Depth::Top || !self.0.contains_key(path) {
            self.0.insert(path.to_owned(), Zeroizing::new(value.to_owned()));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
