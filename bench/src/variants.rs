//! Who runs: the pair, an earlier build of it, its peers, and the floor.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::mocks::Mocks;

/// One function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    kind: Kind,
    pub(crate) event: Event,
    /// Calls of KMS, the store, the response endpoint and Parameter Store for each event.
    pub(crate) calls: [u64; 4],
    /// Whether a run of it takes so long that fewer events must do.
    pub(crate) slow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// That binary of the pair.
    Binary(&'static str),
    /// That binary of an earlier build.
    Before(&'static str),
    /// A module in `bench/peers/`.
    Python(&'static str),
}

/// What it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A new secret.
    Generate,
    /// One that is stored, by its id.
    Read,
    /// The same, as a parameter that is not there yet.
    Publish,
    /// By its address: whichever is current.
    ReadByAddress,
}

/// The baselines of the ratios.
pub(crate) const FLOOR: &str = "floor";
pub(crate) const BOTO3: &str = "boto3";
pub(crate) const GETTER: &str = "getter";
pub(crate) const GENERATOR: &str = "generator";
pub(crate) const GETTER_BEFORE: &str = "getter-before";
pub(crate) const GENERATOR_BEFORE: &str = "generator-before";
pub(crate) const PUBLISHER: &str = "publisher";
pub(crate) const GETTER_OVER_S3: &str = "getter-s3";
pub(crate) const BY_ADDRESS: &str = "getter-address";
pub(crate) const BY_ADDRESS_OVER_S3: &str = "getter-s3-address";

const READ: [u64; 4] = [1, 1, 1, 0];

const GENERATE: [u64; 4] = [1, 2, 1, 0];
/// The head, or the state, and then the version.
const READ_BY_ADDRESS: [u64; 4] = [1, 2, 1, 0];

pub(crate) const VARIANTS: [Variant; 13] = [
    binary(GETTER, "the getter as it is shipped", Event::Read, READ),
    binary(GENERATOR, "the generator as it is shipped; one more call of DynamoDB", Event::Generate, GENERATE),
    before(GETTER_BEFORE, GETTER, Event::Read, READ),
    before(GENERATOR_BEFORE, GENERATOR, Event::Generate, GENERATE),
    binary(PUBLISHER, "the publisher as it is shipped; two calls of Parameter Store", Event::Publish, [1, 1, 1, 2]),
    binary(GETTER_OVER_S3, "the getter over a bucket, as it is shipped", Event::Read, READ),
    by_address(BY_ADDRESS, GETTER),
    by_address(BY_ADDRESS_OVER_S3, GETTER_OVER_S3),
    binary(FLOOR, "the getter's work by hand, without the SDK", Event::Read, READ),
    binary("noop", "lambda_runtime, doing nothing", Event::Read, [0; 4]),
    python(BOTO3, "Python, clients at import", "boto3_import"),
    python("boto3-2016", "Python, clients inside the handler", "boto3_2016"),
    python("crhelper", "Python over crhelper", "crhelper_peer"),
];

const fn binary(name: &'static str, what: &'static str, event: Event, calls: [u64; 4]) -> Variant {
    Variant { name, what, kind: Kind::Binary(name), event, calls, slow: false }
}

const fn before(name: &'static str, binary: &'static str, event: Event, calls: [u64; 4]) -> Variant {
    Variant { name, what: "of the earlier build", kind: Kind::Before(binary), event, calls, slow: false }
}

const fn by_address(name: &'static str, binary: &'static str) -> Variant {
    let (kind, event) = (Kind::Binary(binary), Event::ReadByAddress);
    Variant { name, what: "asked by address", kind, event, calls: READ_BY_ADDRESS, slow: false }
}

const fn python(name: &'static str, what: &'static str, module: &'static str) -> Variant {
    Variant { name, what, kind: Kind::Python(module), event: Event::Read, calls: READ, slow: true }
}

impl Variant {
    /// The binary, in a copy of its own, so that no variant finds the pages of another in the cache.
    pub(crate) fn program(&self, target: &Path) -> PathBuf {
        target.join("bench/bin").join(self.name)
    }

    /// Where it is built, or was, if it is a binary.
    pub(crate) fn built(&self, release: &Path, before: Option<&Path>) -> Option<PathBuf> {
        match self.kind {
            Kind::Binary(binary) => Some(release.join(binary)),
            Kind::Before(binary) => before.map(|folder| folder.join(binary)),
            Kind::Python(_) => None,
        }
    }

    pub(crate) fn is_binary(&self) -> bool {
        !matches!(self.kind, Kind::Python(_))
    }

    /// Whether it is one of ours, today's or an earlier one.
    pub(crate) fn is_of_the_pair(&self) -> bool {
        self.is_of_before() || [GETTER, GENERATOR].contains(&self.name)
    }

    pub(crate) fn is_of_before(&self) -> bool {
        matches!(self.kind, Kind::Before(_))
    }

    /// The process, with what Lambda and the template set.
    pub(crate) fn command(&self, target: &Path, mocks: &Mocks) -> Command {
        let mut command = match self.kind {
            Kind::Binary(_) | Kind::Before(_) => Command::new(self.program(target)),
            Kind::Python(module) => {
                let mut command = Command::new(target.join("bench/venv/bin/python"));
                command.args(["-m", "awslambdaric", &format!("{module}.handler")]);
                command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"));
                command
            }
        };
        // Amazon's roots are built into the pair, and AWS's chains end there: the mocks' own root stands for them. The floor
        // has the same; who reads the machine's roots at each start does so here.
        let roots = if matches!(self.kind, Kind::Binary(_)) { "bench/root.pem" } else { "bench/roots.pem" };
        let (roots, task) = (target.join(roots), concat!(env!("CARGO_MANIFEST_DIR"), "/peers"));
        command.env_clear().envs([
            ("PATH", "/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("LAMBDA_TASK_ROOT", task),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "a-session-token"),
            ("TABLE_NAME", "secrets"),
            ("PARAMETER_PREFIXES", "/shop/"),
            ("KMS_KEY_ID", "arn:aws:kms:eu-west-1:123456789012:key/99999999-8888-7777-6666-555555555555"),
        ]);
        command.env("SSL_CERT_FILE", &roots).env("AWS_CA_BUNDLE", &roots);
        command.env("AWS_ENDPOINT_URL_KMS", format!("https://localhost:{}", mocks.kms));
        for service in ["DYNAMODB", "S3"] {
            command.env(format!("AWS_ENDPOINT_URL_{service}"), format!("https://localhost:{}", mocks.dynamodb));
        }
        command.env("AWS_ENDPOINT_URL_SSM", format!("https://localhost:{}", mocks.ssm));
        let log = std::fs::File::create(target.join("bench").join(format!("{}.log", self.name))).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }
}
