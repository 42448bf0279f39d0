//! The engines, a row each: the one place to add one. `docs/properties.md` and the schemas for editors are made of it.
//!
//! A row's `source` says where its rule comes from. Where AWS's pages disagree or are silent, the rule is the strictest of
//! what they say, and `source` tells that, too.

use std::ops::RangeInclusive;

use crate::character_set::{CharacterSet, CharacterType};

/// Everything printable but the space, which no target is certain to accept.
const VISIBLE: CharacterSet = CharacterSet::PRINTABLE.minus(CharacterSet::SPACE);

/// RDS and Aurora: printable ASCII but `/ ' " @` and the space.
const RDS: CharacterSet = but(r#"/'"@"#);

/// ElastiCache's AUTH token.
const AUTH_TOKEN: CharacterSet = CharacterSet::ALPHANUMERIC.union(CharacterSet::of("!&#$^<>-"));

const NONE: &[CharacterType] = &[];
const LETTERS_AND_DIGIT: &[CharacterType] =
    &[CharacterType::Lowercase, CharacterType::Uppercase, CharacterType::Number];
const EACH_TYPE: &[CharacterType] =
    &[CharacterType::Lowercase, CharacterType::Uppercase, CharacterType::Number, CharacterType::Punctuation];

const fn but(characters: &str) -> CharacterSet {
    VISIBLE.minus(CharacterSet::of(characters))
}

/// Whether a name may go on with the edition that RDS appends: `oracle-ee`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Editions {
    Any,
    None,
}

/// Makes the enum and, of each column, a method. A method holds no more than its column, so that the sources are in no
/// binary that does not show them.
macro_rules! engines {
    ($($variant:ident {
        name: $name:literal, target: $target:literal, editions: $editions:ident, aliases: $aliases:expr,
        lengths: $lengths:expr, accepted: $accepted:expr, required: $required:expr,
        source: $source:literal,
    })*) => {
        /// A database, cache, broker or directory that will take the password.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Engine {
            $(#[doc = concat!("`", $name, "`: ", $target, ".")] $variant,)*
        }

        impl Engine {
            /// Every engine.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name: RDS's own, without the edition for Oracle, SQL Server and Db2.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What takes the password, as AWS calls it.
            pub const fn target(self) -> &'static str {
                match self { $(Self::$variant => $target,)* }
            }

            pub(super) const fn editions(self) -> Editions {
                match self { $(Self::$variant => Editions::$editions,)* }
            }

            /// Other names that are read as this one, in lower case.
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &$aliases,)* }
            }

            /// The length in characters that it accepts.
            pub const fn lengths(self) -> RangeInclusive<usize> {
                match self { $(Self::$variant => $lengths,)* }
            }

            /// The characters that it accepts.
            pub const fn accepted(self) -> CharacterSet {
                match self { $(Self::$variant => const { $accepted },)* }
            }

            /// The types of which it wants at least one character each.
            pub const fn required(self) -> &'static [CharacterType] {
                match self { $(Self::$variant => $required,)* }
            }

            /// Where all this is said.
            pub const fn source(self) -> &'static str {
                match self { $(Self::$variant => $source,)* }
            }
        }
    };
}

engines! {
    MySql {
        name: "mysql", target: "RDS for MySQL", editions: None, aliases: [],
        lengths: 8..=41, accepted: RDS, required: NONE,
        source: "RDS API, CreateDBInstance, MasterUserPassword; the `'` by the user guide's naming constraints alone",
    }
    MariaDb {
        name: "mariadb", target: "RDS for MariaDB", editions: None, aliases: [],
        lengths: 8..=41, accepted: RDS, required: NONE,
        source: "as for `mysql`",
    }
    Postgres {
        name: "postgres", target: "RDS for PostgreSQL", editions: None, aliases: ["postgresql"],
        lengths: 8..=128, accepted: RDS, required: NONE,
        source: "as for `mysql`",
    }
    AuroraMySql {
        name: "aurora-mysql", target: "Aurora MySQL", editions: None, aliases: [],
        lengths: 8..=41, accepted: RDS, required: NONE,
        source: "RDS API, CreateDBCluster, MasterUserPassword; the `'` as for `mysql`",
    }
    AuroraPostgreSql {
        name: "aurora-postgresql", target: "Aurora PostgreSQL", editions: None, aliases: ["aurora-postgres"],
        lengths: 8..=41, accepted: RDS, required: NONE,
        source: "as for `aurora-mysql`: 41 for every Aurora; longer ones are reported to pass here, but no page \
                 says so",
    }
    Oracle {
        name: "oracle", target: "RDS for Oracle", editions: Any, aliases: [],
        lengths: 8..=30, accepted: but(r#"/'"@&"#), required: NONE,
        source: "RDS API, CreateDBInstance, MasterUserPassword: neither `&` nor `'`",
    }
    SqlServer {
        name: "sqlserver", target: "RDS for SQL Server", editions: Any, aliases: ["mssql", "sql-server"],
        lengths: 8..=128, accepted: RDS, required: LETTERS_AND_DIGIT,
        source: "as for `mysql`; Windows' policy may ask for three of the four types",
    }
    Db2 {
        name: "db2", target: "RDS for Db2", editions: Any, aliases: [],
        lengths: 8..=255, accepted: RDS, required: NONE,
        source: "as for `mysql`",
    }
    Redshift {
        name: "redshift", target: "Amazon Redshift", editions: None, aliases: [],
        lengths: 8..=64, accepted: but(r#"'"\/@:"#), required: LETTERS_AND_DIGIT,
        source: "Redshift API, CreateCluster, MasterUserPassword; the `:` by a copy of an older page",
    }
    DocDb {
        name: "docdb", target: "Amazon DocumentDB", editions: None, aliases: ["documentdb"],
        lengths: 8..=100, accepted: but("/\"@"), required: NONE,
        source: "DocumentDB API, CreateDBCluster, MasterUserPassword",
    }
    ElastiCache {
        name: "elasticache", target: "an AUTH token or an RBAC user of Amazon ElastiCache", editions: None,
        aliases: ["redis", "valkey"],
        lengths: 16..=128, accepted: AUTH_TOKEN, required: NONE,
        source: "ElastiCache API, CreateReplicationGroup, AuthToken: alphanumeric and these eight; a user may have \
                 more",
    }
    MemoryDb {
        name: "memorydb", target: "an ACL user of Amazon MemoryDB", editions: None, aliases: [],
        lengths: 16..=128, accepted: AUTH_TOKEN, required: NONE,
        source: "no page states a rule: that of `elasticache`, whose access lists it shares",
    }
    OpenSearch {
        name: "opensearch", target: "the master user of an Amazon OpenSearch Service domain", editions: None,
        aliases: ["elasticsearch"],
        lengths: 8..=128, accepted: VISIBLE, required: EACH_TYPE,
        source: "OpenSearch Service API, Password; the types by the console",
    }
    Mq {
        name: "mq", target: "a user of an Amazon MQ broker", editions: None,
        aliases: ["activemq", "amazon-mq", "amazonmq", "rabbitmq"],
        lengths: 12..=250, accepted: but(",:="), required: EACH_TYPE,
        source: "Amazon MQ API, User: at least 12, four different ones (one of each type sees to it); 250 is not \
                 stated there",
    }
    DirectoryService {
        name: "directory-service", target: "the Admin of an AWS Managed Microsoft AD", editions: None,
        aliases: ["microsoft-ad", "microsoftad"],
        lengths: 8..=64, accepted: but("mM"), required: LETTERS_AND_DIGIT,
        source: "Directory Service API, Password: three of the four types. \"admin\" must not occur (user guide): without \
                 the letter m it cannot, and no password is drawn twice",
    }
    TimestreamInfluxDb {
        name: "timestream-influxdb", target: "Amazon Timestream for InfluxDB", editions: None, aliases: ["influxdb"],
        lengths: 8..=64, accepted: CharacterSet::ALPHANUMERIC, required: NONE,
        source: "Timestream for InfluxDB API, CreateDbInstance, password: letters and digits",
    }
    Vpn {
        name: "vpn", target: "the pre-shared key of an AWS Site-to-Site VPN tunnel", editions: None,
        aliases: ["site-to-site-vpn"],
        lengths: 8..=64, accepted: CharacterSet::ALPHANUMERIC.union(CharacterSet::of("._")).minus(CharacterSet::of("0")),
        required: NONE,
        source: "EC2 API, CreateVpnConnection, PreSharedKey: letters, digits, `.` and `_`, no zero in front: here none at all",
    }
    CognitoClient {
        name: "cognito-client", target: "the secret of an app client of Amazon Cognito", editions: None, aliases: [],
        lengths: 24..=64, accepted: CharacterSet::ALPHANUMERIC.union(CharacterSet::of("_+")), required: NONE,
        source: "Cognito user pools API, AddUserPoolClientSecret, ClientSecret: letters, digits, `_` and `+`",
    }
    Odb {
        name: "odb", target: "the ADMIN of an Autonomous Database of Oracle Database@AWS", editions: None, aliases: [],
        lengths: 12..=30, accepted: but(r#"/'"@&mM"#), required: LETTERS_AND_DIGIT,
        source: "Oracle Database@AWS API, CreateAutonomousDatabase, adminPassword: the length alone; the types and neither \
                 `\"` nor \"admin\" by Oracle's page on Autonomous Database, hence no letter m; the others as for `oracle`",
    }
    RedshiftServerless {
        name: "redshift-serverless", target: "Amazon Redshift Serverless", editions: None, aliases: [],
        lengths: 8..=64, accepted: but(r#"'"\/@:"#), required: LETTERS_AND_DIGIT,
        source: "no page states a rule: that of `redshift`",
    }
    DocDbElastic {
        name: "docdb-elastic", target: "an elastic cluster of Amazon DocumentDB", editions: None, aliases: [],
        lengths: 8..=100, accepted: but("/\"@"), required: NONE,
        source: "DocumentDB Elastic API, CreateCluster, adminUserPassword",
    }
    FsxOntap {
        name: "fsx-ontap", target: "an administrator of Amazon FSx for NetApp ONTAP", editions: None, aliases: [],
        lengths: 8..=50, accepted: VISIBLE, required: LETTERS_AND_DIGIT,
        source: "FSx API, AdminPassword: the length alone; a letter and a digit by ONTAP's own default",
    }
    LightsailMySql {
        name: "lightsail-mysql", target: "a MySQL database of Amazon Lightsail", editions: None, aliases: [],
        lengths: 8..=41, accepted: but("/\"@"), required: NONE,
        source: "Lightsail API, CreateRelationalDatabase, masterUserPassword",
    }
    LightsailPostgres {
        name: "lightsail-postgres", target: "a PostgreSQL database of Amazon Lightsail", editions: None,
        aliases: ["lightsail-postgresql"],
        lengths: 8..=128, accepted: but("/\"@"), required: NONE,
        source: "as for `lightsail-mysql`",
    }
    TenantDatabase {
        name: "tenant-database", target: "a tenant database of RDS for Oracle", editions: None, aliases: [],
        lengths: 8..=30, accepted: but(r#"/'"@&"#), required: NONE,
        source: "RDS API, CreateTenantDatabase, MasterUserPassword",
    }
}
