//! The sign-up function's wiring: what comes from outside is handed in here.

#![recursion_limit = "256"] // the futures of the AWS SDK nest deeper than the default of 128

#[path = "../../outside.rs"]
mod outside;

use accounts::SignUp;
use accounts_api::aws::{AccountMaker, DynamoDb, KmsPepper, TriesTable};
use accounts_api::{Error, Settings, SignUpApi, run};
use outside::WORLD;

fn main() -> Result<(), Error> {
    let wire = |session: &_| {
        let settings = Settings::of_sign_up(WORLD.env)?;
        let dynamodb = DynamoDb::connect(session);
        let accounts = AccountMaker::connect(&dynamodb, settings.accounts);
        let tries = TriesTable::connect(&dynamodb, settings.tries, WORLD.fill);
        let pepper = KmsPepper::connect(session, settings.key);
        let sign_up = SignUp { accounts, tries: tries.clone(), pepper: pepper.clone(), fill: WORLD.fill };
        Ok((SignUpApi::new(sign_up), tries, pepper))
    };
    run(WORLD, wire, async |api, request, now| api.answer(request, now).await)
}
