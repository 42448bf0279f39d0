//! Which store is meant: `table[:NAME]`, `s3://BUCKET[/PREFIX]`, `credstash://TABLE`, `ssm:/PATH` or `secretsmanager:PREFIX`; and how the names in it are
//! spelled.

use std::fmt;
use std::str::FromStr;

use secret_store::StoreName;
use store_s3::Prefix;

/// Where credstash keeps what it keeps, unless somebody says otherwise.
const CREDENTIAL_STORE: &str = "credential-store";

/// A store, as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The pair's table: the one that is named, or the one that verbs find without `--store`.
    Table(Option<StoreName>),
    /// The pair's bucket, and where in it.
    Bucket(StoreName, Prefix),
    /// credstash's table.
    Credstash(String),
    /// Parameter Store, from this path down; with none, names that have no path as well.
    Parameters(String),
    /// Secrets Manager, the names that begin so.
    Secrets(String),
}

impl At {
    /// What all names in it begin with. The rest of a name is what `copy` takes along.
    fn beginning(&self) -> &str {
        match self {
            Self::Table(_) | Self::Bucket(..) | Self::Credstash(_) => "",
            Self::Parameters(path) => path,
            Self::Secrets(prefix) => prefix,
        }
    }

    /// What of a name is its own, or `None` for one that is elsewhere.
    pub(super) fn own<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rest = name.strip_prefix(self.beginning())?;
        match self {
            Self::Parameters(path) if path.is_empty() || path == "/" => (!rest.is_empty()).then_some(rest),
            Self::Parameters(_) => rest.strip_prefix('/').filter(|rest| !rest.is_empty()),
            Self::Table(_) | Self::Bucket(..) | Self::Credstash(_) | Self::Secrets(_) => {
                (!rest.is_empty()).then_some(rest)
            }
        }
    }

    /// The whole name of what is called so in it.
    pub(super) fn whole(&self, own: &str) -> String {
        match self {
            Self::Parameters(path) if !path.is_empty() && path != "/" => format!("{path}/{own}"),
            _ => format!("{}{own}", self.beginning()),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(None) => f.write_str("table"),
            Self::Table(Some(name)) => write!(f, "table:{name}"),
            Self::Bucket(bucket, prefix) => {
                write!(f, "s3://{}", format!("{bucket}/{prefix}").trim_end_matches('/'))
            }
            Self::Credstash(table) => write!(f, "credstash://{table}"),
            Self::Parameters(path) => write!(f, "ssm:{path}"),
            Self::Secrets(prefix) => write!(f, "secretsmanager:{prefix}"),
        }
    }
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        let table = |name: &str| name.parse::<StoreName>().map_err(|error| format!("a table's name is {}", error.rule));
        match scheme {
            "table" if rest.is_empty() => Ok(Self::Table(None)),
            "table" => Ok(Self::Table(Some(table(rest)?))),
            "s3" => bucket(rest),
            "credstash" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Ok(Self::Credstash(CREDENTIAL_STORE.to_owned())),
                name => Ok(Self::Credstash(table(name)?.to_string())),
            },
            "ssm" if rest.is_empty() || rest == "/" => Ok(Self::Parameters(rest.to_owned())),
            "ssm" if rest.starts_with('/') => Ok(Self::Parameters(rest.trim_end_matches('/').to_owned())),
            "ssm" => Err("a path of Parameter Store begins with '/': ssm:/PATH".to_owned()),
            "secretsmanager" => Ok(Self::Secrets(rest.to_owned())),
            _ => {
                Err("must be table[:NAME], s3://BUCKET[/PREFIX], credstash://TABLE, ssm:/PATH or secretsmanager:PREFIX"
                    .to_owned())
            }
        }
    }
}

/// A bucket is named as S3 wants it (Amazon S3 User Guide, "General purpose bucket naming rules"): a name that it would refuse
/// looks like a folder or a table.
fn bucket(rest: &str) -> Result<At, String> {
    let rest = rest.strip_prefix("//").ok_or("a bucket is s3://BUCKET[/PREFIX]")?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_character = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_bucket = (3..=63).contains(&name.len())
        && name.bytes().all(is_character)
        && is_edge(name.bytes().next())
        && is_edge(name.bytes().next_back());
    let named = name.parse().ok().filter(|_| is_bucket);
    let named = named.ok_or("a bucket's name is 3 to 63 small letters, digits, '.' or '-'")?;
    let prefix = prefix.parse().map_err(|error| format!("the prefix in a bucket {error}"))?;
    Ok(At::Bucket(named, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_store_has_its_spelling() {
        for (text, spelled) in [
            ("table", "table"),
            ("table:secrets", "table:secrets"),
            ("s3://my-bucket", "s3://my-bucket"),
            ("s3://my.bucket/", "s3://my.bucket"),
            ("s3://bucket/team/x/", "s3://bucket/team/x"),
            ("credstash://", "credstash://credential-store"),
            ("credstash:", "credstash://credential-store"),
            ("credstash://dev", "credstash://dev"),
            ("ssm:", "ssm:"),
            ("ssm:/", "ssm:/"),
            ("ssm:/shop/", "ssm:/shop"),
            ("secretsmanager:", "secretsmanager:"),
            ("secretsmanager:shop/", "secretsmanager:shop/"),
        ] {
            assert_eq!(text.parse::<At>().unwrap().to_string(), spelled);
        }
        for (text, expected) in [
            ("", "table[:NAME]"),
            ("s3:bucket", "s3://BUCKET"),
            ("s3://Bucket", "3 to 63 small letters"),
            ("s3://ab", "3 to 63 small letters"),
            ("s3://-abc", "3 to 63 small letters"),
            ("s3://bucket/a/../b", "the prefix in a bucket"),
            ("vault:x", "table[:NAME]"),
            ("ssm:shop", "ssm:/PATH"),
            ("table:x y", "a table's name is"),
            ("credstash://x y", "a table's name is"),
        ] {
            assert!(text.parse::<At>().unwrap_err().contains(expected), "{text}");
        }
    }

    #[test]
    fn a_name_is_the_stores_beginning_and_its_own_part() {
        for (at, name, own) in [
            ("ssm:/shop", "/shop/prod/db", Some("prod/db")),
            ("ssm:/shop", "/shopping/db", None),
            ("ssm:/shop", "/shop", None),
            ("ssm:/", "/shop/prod/db", Some("shop/prod/db")),
            ("ssm:/", "db", None),
            ("ssm:", "db", Some("db")),
            ("ssm:", "/shop/db", Some("/shop/db")),
            ("secretsmanager:shop/", "shop/db", Some("db")),
            ("secretsmanager:shop-", "shop-db", Some("db")),
            ("secretsmanager:shop/", "blog/db", None),
            ("secretsmanager:", "db", Some("db")),
            ("credstash://own", "db.password", Some("db.password")),
            ("table", "shop/prod", Some("shop/prod")),
        ] {
            let at: At = at.parse().unwrap();
            assert_eq!(at.own(name), own, "{at} {name}");
            if let Some(own) = own {
                assert_eq!(at.whole(own), name, "{at}");
            }
        }
    }
}
