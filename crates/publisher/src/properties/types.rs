//! The single properties: each a type that holds only what it may be.

use serde::Deserialize;
use targets_aws::Tier;

/// What is published of a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum As {
    #[default]
    Value,
    Field,
    Json,
    Credentials,
    Rds,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnDriftProperty {
    Refuse,
    Overwrite,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnConflictProperty {
    Refuse,
    Adopt,
}

/// As Parameter Store spells it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum TierProperty {
    Standard,
    Advanced,
}

impl From<TierProperty> for Tier {
    fn from(tier: TierProperty) -> Self {
        match tier {
            TierProperty::Standard => Self::Standard,
            TierProperty::Advanced => Self::Advanced,
        }
    }
}

/// How readers find the port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum PortType {
    #[default]
    Number,
    String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TagProperty {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// A port of TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Port(pub(crate) u16);

impl TryFrom<String> for Port {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let port = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let port = port.filter(|port| *port > 0);
        port.map(Self).ok_or_else(|| format!("must be a whole number from 1 to 65535, not {}", shown(&text)))
    }
}

/// Days; 0 is at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Window(pub(crate) u16);

#[cfg(feature = "schema")]
impl Window {
    /// Secrets Manager's own bounds, and at once.
    pub(crate) fn taken() -> impl Iterator<Item = u16> {
        std::iter::once(0).chain(targets_aws::limits::secret::RECOVERY_DAYS)
    }
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let days =
            text.parse().ok().filter(|days| *days == 0 || targets_aws::limits::secret::RECOVERY_DAYS.contains(days));
        days.map(Self).ok_or_else(|| format!("must be 0, or 7 to 30, not {}", shown(&text)))
    }
}

/// A database, as the rotation functions name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Engine(pub(crate) RotationName);

/// What a rotation function calls an engine.
type RotationName = &'static str;

/// What templates call an engine, and what the rotation functions do. They compare letter by letter.
const ENGINES: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("aurora-postgresql", "aurora-postgresql"),
    ("mysql", "mysql"),
    ("aurora-mysql", "aurora-mysql"),
    ("mariadb", "mariadb"),
    ("oracle", "oracle"),
    ("oracle-ee", "oracle"),
    ("oracle-ee-cdb", "oracle"),
    ("oracle-se2", "oracle"),
    ("oracle-se2-cdb", "oracle"),
    ("custom-oracle-ee", "oracle"),
    ("custom-oracle-ee-cdb", "oracle"),
    ("custom-oracle-se2", "oracle"),
    ("custom-oracle-se2-cdb", "oracle"),
    ("sqlserver", "sqlserver"),
    ("sqlserver-ee", "sqlserver"),
    ("sqlserver-se", "sqlserver"),
    ("sqlserver-ex", "sqlserver"),
    ("sqlserver-web", "sqlserver"),
    ("custom-sqlserver-ee", "sqlserver"),
    ("custom-sqlserver-se", "sqlserver"),
    ("custom-sqlserver-web", "sqlserver"),
    ("docdb", "mongo"),
    ("mongo", "mongo"),
    ("redshift", "redshift"),
    ("db2", "db2"),
    ("db2-ae", "db2-ae"),
    ("db2-se", "db2-se"),
];

impl Engine {
    /// The names that are taken.
    pub(crate) fn taken() -> impl Iterator<Item = &'static str> {
        ENGINES.iter().map(|(name, _)| *name)
    }
}

impl TryFrom<String> for Engine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = ENGINES.iter().find(|(name, _)| *name == text);
        known.map(|(_, theirs)| Self(theirs)).ok_or_else(|| {
            let names = Self::taken().collect::<Vec<_>>().join(", ");
            format!("must be one of {names}, which AWS's rotation functions know, not {}", shown(&text))
        })
    }
}

/// What came in, in quotes, and not more of it than a Reason has room for.
fn shown(given: &str) -> String {
    format!("{:?}", given.chars().take(64).collect::<String>())
}
