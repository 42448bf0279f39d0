//! Whom and what the applet asks: region, table and credentials as credstash finds them.

use std::time::Duration;

use aws_session::{AssumedRole, NoSession, Operator, Session, profile_region};

use super::command::Globals;
use super::problem::Problem;
use super::saved_region;
use crate::edge::Edge;
use crate::session::{self, NotOpen};

/// Where nobody says a region.
const DEFAULT_REGION: &str = "us-east-1";

/// The session's name in CloudTrail, where a role is taken: policies may ask for it.
const ROLE_SESSION: &str = "AssumeRoleCredstashSession1";

/// What is said for all verbs, and the world.
#[derive(Debug)]
pub(super) struct World {
    globals: Globals,
    /// The world as `main` finds it.
    pub(super) edge: Edge,
}

impl World {
    pub(super) fn new(globals: Globals, edge: Edge) -> Self {
        Self { globals, edge }
    }

    /// The table's name.
    pub(super) fn table(&self) -> String {
        let named = self.globals.table.clone().or_else(|| self.edge.var("CREDSTASH_DEFAULT_TABLE"));
        named.unwrap_or_else(|| "credential-store".to_owned())
    }

    /// A session in the table's region.
    ///
    /// # Errors
    /// Where there are no credentials.
    pub(super) async fn session(&self) -> Result<Session, Problem> {
        let role = self.globals.role.clone();
        let operator = Operator {
            region: Some(self.region().await?),
            profile: self.globals.profile.clone(),
            role: role.map(|arn| AssumedRole { arn, session_name: ROLE_SESSION.to_owned() }),
            endpoint_url: None,
            // botocore's.
            connect_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(60),
        };
        session::open(&operator, &self.edge).await.map_err(|error| match error {
            NotOpen::Setting(failure) => Problem::from(failure),
            NotOpen::NoSession(error) => self.no_session(&error),
        })
    }

    /// The same in the key's region: `--kms-region`, what `setup` saved, or the table's.
    ///
    /// # Errors
    /// For a saved region that makes no sense.
    pub(super) fn of_the_key(&self, session: &Session) -> Result<Session, Problem> {
        let region = match self.globals.kms_region.clone() {
            Some(region) => Some(region),
            None => saved_region::read(&self.edge)?,
        };
        Ok(region.map_or_else(|| session.clone(), |region| session.in_region(&region)))
    }

    /// As boto3 finds it, which does not look at AWS_REGION: a script that does not name a region has its table where
    /// credstash made it.
    async fn region(&self) -> Result<String, Problem> {
        if let Some(region) = &self.globals.region {
            return Ok(region.clone());
        }
        match (self.edge.env)("AWS_DEFAULT_REGION") {
            Some(region) if region.is_empty() => Err(Problem::refused("AWS_DEFAULT_REGION is empty")
                .more("set it to the table's region, unset it, or say which with --region")),
            Some(region) => Ok(region),
            None => {
                let region = profile_region(self.globals.profile.as_deref()).await;
                Ok(region.unwrap_or_else(|| DEFAULT_REGION.to_owned()))
            }
        }
    }

    fn no_session(&self, error: &NoSession) -> Problem {
        let profile = self.globals.profile.clone().or_else(|| self.edge.var("AWS_PROFILE"));
        let of_profile = profile.map(|name| format!(" for profile '{name}'")).unwrap_or_default();
        match error {
            NoSession::NoCredentials => Problem::refused(format!("Unable to locate credentials{of_profile}"))
                .more("log in with `aws login` or `aws sso login`, or choose a profile: -p"),
            NoSession::BadCredentials(source) => {
                let cause = std::iter::successors(source.source(), |&error| error.source()).last();
                let why = cause.map_or_else(|| source.to_string(), ToString::to_string);
                Problem::refused(format!("the AWS credentials{of_profile} cannot be had: {why}"))
            }
            NoSession::NoRegion | NoSession::Http(_) => Problem::refused(error),
        }
    }
}
