//! What time it is for AWS: whoever answers at all says so, also to a request that it does not accept.

use aws_session::{Endpoint, Session};
use secret_store::store::Cause;

/// The clock of a session's region.
#[derive(Clone, Debug)]
pub struct Clock(Session);

/// What the region's DynamoDB answers to nobody in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As the header `Date` has it.
    pub date: Option<String>,
}

impl Clock {
    /// The clock of this session's region.
    pub fn connect(session: &Session) -> Self {
        Self(session.clone())
    }

    /// Where it is asked.
    pub fn url(&self) -> String {
        self.0.url(&Endpoint::of("dynamodb", self.0.region()), "/")
    }

    /// Asks, without credentials.
    ///
    /// # Errors
    /// Where nobody answers.
    pub async fn ask(&self) -> Result<Told, Cause> {
        let reply = self.0.look(&Endpoint::of("dynamodb", self.0.region())).await?;
        Ok(Told { date: reply.date })
    }
}
