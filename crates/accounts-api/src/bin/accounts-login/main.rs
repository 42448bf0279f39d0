//! The login function's wiring: what comes from outside is handed in here.

#![recursion_limit = "256"] // the futures of the AWS SDK nest deeper than the default of 128

#[path = "../../outside.rs"]
mod outside;

use accounts::{LogIn, Salt};
use accounts_api::aws::{AccountReader, DynamoDb, KmsPepper, SessionsTable, TriesTable};
use accounts_api::{Error, LogInApi, Settings, run};
use outside::WORLD;

fn main() -> Result<(), Error> {
    let wire = |session: &_| {
        let settings = Settings::of_log_in(WORLD.env)?;
        let dynamodb = DynamoDb::connect(session);
        let accounts = AccountReader::connect(&dynamodb, settings.accounts);
        let sessions = SessionsTable::connect(&dynamodb, settings.sessions);
        let tries = TriesTable::connect(&dynamodb, settings.tries, WORLD.fill);
        let pepper = KmsPepper::connect(session, settings.key);
        let (fill, decoy) = (WORLD.fill, Salt::random(WORLD.fill));
        Ok((
            LogInApi::new(LogIn { accounts, tries: tries.clone(), sessions, pepper: pepper.clone(), fill, decoy }),
            tries,
            pepper,
        ))
    };
    run(WORLD, wire, async |api, request, now| api.answer(request, now).await)
}
