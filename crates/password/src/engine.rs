//! What a password is for, and what that target accepts: every rule as data, with its source.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::character_set::{CharacterSet, CharacterType};

/// A database, cache, broker or directory that will take the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// `aurora-mysql`.
    AuroraMySql,
    /// `aurora-postgresql`.
    AuroraPostgreSql,
    /// `db2-ae`, `db2-se` and other `db2-` editions.
    Db2,
    /// `directory-service`: the Admin of AWS Managed Microsoft AD.
    DirectoryService,
    /// `docdb`: Amazon DocumentDB.
    DocDb,
    /// `elasticache`: an AUTH token, or the password of an RBAC user.
    ElastiCache,
    /// `mariadb`.
    MariaDb,
    /// `memorydb`: the password of an ACL user.
    MemoryDb,
    /// `mq`: a user of an Amazon MQ broker.
    Mq,
    /// `mysql`.
    MySql,
    /// `opensearch`: the master user of a domain.
    OpenSearch,
    /// `oracle-ee`, `oracle-se2`, `oracle-ee-cdb` and other `oracle-` editions.
    Oracle,
    /// `postgres`.
    Postgres,
    /// `redshift`.
    Redshift,
    /// `sqlserver-ee`, `sqlserver-se`, `sqlserver-ex`, `sqlserver-web` and other `sqlserver-` editions.
    SqlServer,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 15] = [
        Self::MySql,
        Self::MariaDb,
        Self::Postgres,
        Self::AuroraMySql,
        Self::AuroraPostgreSql,
        Self::Oracle,
        Self::SqlServer,
        Self::Db2,
        Self::Redshift,
        Self::DocDb,
        Self::ElastiCache,
        Self::MemoryDb,
        Self::OpenSearch,
        Self::Mq,
        Self::DirectoryService,
    ];

    /// Its name: RDS's own, without the edition for Oracle, SQL Server and Db2.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuroraMySql => "aurora-mysql",
            Self::AuroraPostgreSql => "aurora-postgresql",
            Self::Db2 => "db2",
            Self::DirectoryService => "directory-service",
            Self::DocDb => "docdb",
            Self::ElastiCache => "elasticache",
            Self::MariaDb => "mariadb",
            Self::MemoryDb => "memorydb",
            Self::Mq => "mq",
            Self::MySql => "mysql",
            Self::OpenSearch => "opensearch",
            Self::Oracle => "oracle",
            Self::Postgres => "postgres",
            Self::Redshift => "redshift",
            Self::SqlServer => "sqlserver",
        }
    }

    /// The length in characters that it accepts.
    pub fn lengths(self) -> RangeInclusive<usize> {
        self.rule().lengths
    }

    /// The characters that it accepts.
    pub fn accepted(self) -> CharacterSet {
        self.rule().accepted
    }

    /// The types of which it wants at least one character each.
    pub fn required(self) -> &'static [CharacterType] {
        self.rule().required
    }

    /// What it accepts. Where AWS's pages disagree or are silent, the rule is the strictest of what they say.
    fn rule(self) -> Rule {
        match self {
            // RDS API, CreateDBInstance, MasterUserPassword: length by engine.
            Self::MySql | Self::MariaDb => Rule::rds(8..=41),
            // The same page. RDS API, CreateDBCluster says 8 to 41 for every Aurora; longer ones are
            // reported to pass for PostgreSQL, but no page says so.
            Self::AuroraMySql | Self::AuroraPostgreSql => Rule::rds(8..=41),
            Self::Postgres => Rule::rds(8..=128),
            Self::Db2 => Rule::rds(8..=255),
            // The same page: for Oracle neither & nor '. `Rule::rds` leaves out the latter anyway.
            Self::Oracle => Rule::rds(8..=30).without("&"),
            // The same page; Windows' policy may ask for three of the four types.
            Self::SqlServer => Rule::rds(8..=128).requiring(&LETTERS_AND_DIGIT),
            // Redshift API, CreateCluster, MasterUserPassword: ASCII 33 to 126 but ' " \ / @, one of each of
            // three types. A copy of an older page adds the colon.
            Self::Redshift => {
                Rule { lengths: 8..=64, accepted: VISIBLE, required: &LETTERS_AND_DIGIT }.without(r#"'"\/@:"#)
            }
            // DocumentDB API, CreateDBCluster, MasterUserPassword: but / " and @.
            Self::DocDb => Rule { lengths: 8..=100, accepted: VISIBLE, required: &[] }.without("/\"@"),
            // ElastiCache API, CreateReplicationGroup, AuthToken: alphanumeric and these eight. Users
            // (RBAC) may have more characters; a password for an AUTH token fits both.
            Self::ElastiCache => Rule { lengths: 16..=128, accepted: AUTH_TOKEN, required: &[] },
            // No page states a rule; ElastiCache's, whose access lists it shares.
            Self::MemoryDb => Rule { lengths: 16..=128, accepted: AUTH_TOKEN, required: &[] },
            // OpenSearch API, Password: 8 to 128. The console wants one of each of the four types.
            Self::OpenSearch => Rule { lengths: 8..=128, accepted: VISIBLE, required: &EACH_TYPE },
            // Amazon MQ API, User: at least 12, four different ones (one of each type sees to it), none of
            // , : and =. The maximum of 250 is not stated there.
            Self::Mq => Rule { lengths: 12..=250, accepted: VISIBLE, required: &EACH_TYPE }.without(",:="),
            // Directory Service API, Password: 8 to 64, three of the four types. "admin" must not occur in
            // it (user guide): without the letter m it cannot, and no password is drawn twice.
            Self::DirectoryService => {
                Rule { lengths: 8..=64, accepted: VISIBLE, required: &LETTERS_AND_DIGIT }.without("mM")
            }
        }
    }
}

/// What a target accepts and demands.
struct Rule {
    lengths: RangeInclusive<usize>,
    accepted: CharacterSet,
    required: &'static [CharacterType],
}

/// Everything printable but the space, which no target is certain to accept.
const VISIBLE: CharacterSet = CharacterSet::PRINTABLE.minus(CharacterSet::SPACE);
/// ElastiCache's AUTH token.
const AUTH_TOKEN: CharacterSet = CharacterSet::ALPHANUMERIC.union(CharacterSet::of("!&#$^<>-"));
const LETTERS_AND_DIGIT: [CharacterType; 3] =
    [CharacterType::Lowercase, CharacterType::Uppercase, CharacterType::Number];
const EACH_TYPE: [CharacterType; 4] =
    [CharacterType::Lowercase, CharacterType::Uppercase, CharacterType::Number, CharacterType::Punctuation];

impl Rule {
    /// RDS and Aurora user guides, "Naming constraints": printable ASCII but / ' " @ and the space (the API's
    /// page leaves out the ' ).
    const fn rds(lengths: RangeInclusive<usize>) -> Self {
        Self { lengths, accepted: VISIBLE.minus(CharacterSet::of("/'\"@")), required: &[] }
    }

    fn without(self, characters: &str) -> Self {
        Self { accepted: self.accepted.minus(CharacterSet::of(characters)), ..self }
    }

    fn requiring(self, required: &'static [CharacterType]) -> Self {
        Self { required, ..self }
    }
}

/// A name that is no engine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Engine must be one of mysql, mariadb, postgres, aurora-mysql, aurora-postgresql, oracle-*, sqlserver-*, db2-*, \
     redshift, docdb, elasticache, memorydb, opensearch, mq, directory-service"
)]
pub struct UnknownEngine;

/// Reads RDS's own names, with any edition after `oracle`, `sqlserver` and `db2`.
impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        if let Some(engine) = Self::ALL.into_iter().find(|engine| engine.name() == name) {
            return Ok(engine);
        }
        match name.split_once('-') {
            Some(("oracle", edition)) if !edition.is_empty() => Ok(Self::Oracle),
            Some(("sqlserver", edition)) if !edition.is_empty() => Ok(Self::SqlServer),
            Some(("db2", edition)) if !edition.is_empty() => Ok(Self::Db2),
            _ => Err(UnknownEngine),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_reads_its_own_name() {
        for engine in Engine::ALL {
            assert_eq!(engine.name().parse(), Ok(engine));
        }
    }

    #[test]
    fn editions_are_read_and_other_names_are_refused() {
        assert_eq!("oracle-se2-cdb".parse(), Ok(Engine::Oracle));
        assert_eq!("sqlserver-ex".parse(), Ok(Engine::SqlServer));
        assert_eq!("db2-ae".parse(), Ok(Engine::Db2));
        for name in ["", "oracle-", "MySQL", "mysql-8", "postgresql", "aurora", "neptune"] {
            assert_eq!(name.parse::<Engine>(), Err(UnknownEngine), "{name}");
        }
    }

    #[test]
    fn every_engine_accepts_what_it_requires() {
        for engine in Engine::ALL {
            for required in engine.required() {
                let accepted = engine.accepted().intersection(required.characters());
                assert!(!accepted.is_empty(), "{engine}: {required}");
            }
        }
    }

    #[test]
    fn a_password_of_managed_ad_cannot_spell_admin() {
        let accepted = Engine::DirectoryService.accepted();
        assert!(!accepted.contains('m') && !accepted.contains('M'), "in whatever case");
    }
}
