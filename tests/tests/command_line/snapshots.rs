//! What each verb prints, word for word: the transcripts in `snapshots/`, played over an account that is filled the same way
//! each time. `TRYCMD=overwrite` writes what came instead; `[..]` stands for what differs from run to run.

use tests::{command, paths, world::scenario};

use crate::filled::filled;

#[tokio::test]
async fn transcripts() {
    scenario(async |world| {
        filled(world).await;
        let folder = paths::repository().join("tests/tests/command_line/snapshots");
        let cases = trycmd::TestCases::new();
        cases.register_bin("cfn-secrets", command::binary());
        for (name, value) in world.command_environment() {
            cases.env(name, value);
        }
        cases.case(folder.join("*.trycmd"));
        cases.run();
    })
    .await;
}
