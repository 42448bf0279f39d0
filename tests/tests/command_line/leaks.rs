//! The leak test around every verb, with all that `--debug` tells: on stderr and among the arguments of the process no verb
//! ever has a value, and on stdout only those that are there for it.

use tests::world::scenario;

use crate::filled::filled;

/// Each verb, done and refused.
const COMMANDS: &[&[&str]] = &[
    &["list", "--all"],
    &["list", "--orphans", "--output", "json"],
    &["history", "shop/prod"],
    &["history", "shop/prod/api", "--output", "yaml"],
    &["diff", "shop/prod@1", "shop/prod@2"],
    &["diff", "shop/prod/api", "shop/prod"],
    &["diff", "shop/prod", "shop/prod", "--all", "--output", "json"],
    &["get", "shop/prod/api", "--field", "no.such.field"],
    &["get", "shop/prod", "--field", "password"],
    &["get", "shop/prod@9"],
    &["get-all", "--output", "dotenv", "--names", "upper"],
    &["get-all", "--output", "table"],
    &["find", "--by-value"],
    &["exec", "shop/prod/api", "--", "true"],
    &["exec", "shop/prod/api", "shop/prod/api", "--", "true"],
    &["exec", "shop/prod/api", "--", "/no/such/command"],
    &["exec", "shop/prod/api", "--prefix", "1", "--", "true"],
    &["render", "-", "--to", "/no/such/folder/file"],
    &["render", "-", "--dry-run"],
    &["generate", "shop/new", "--dry-run", "--key", "alias/none"],
    &["generate", "shop/new", "--key", "alias/none"],
    &["put", "shop/new", "--key", "alias/none"],
    &["put", "shop/prod", "--key", "alias/none"],
    &["retire", "shop/prod"],
    &["retire", "blog/dev", "--dry-run"],
    &["restore", "shop/prod@1"],
    &["restore", "blog/dev@1", "--dry-run"],
    &["prune", "--yes"],
    &["reencrypt", "--to", "arn:aws:kms:eu-west-1:123456789012:key/another", "--dry-run"],
    &["credstash", "list"],
    &["export", "--recipient", "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"],
    &["export", "--recipients-file", "/no/such/file"],
    &["export", "--reveal", "-o", "/no/such/folder/file"],
    &["import", "-", "--format", "dotenv", "--into", "shop/prod"],
    &["import", "-", "--format", "json", "--dry-run"],
    &["copy", "--from", "table", "--to", "credstash://none", "--dry-run"],
    &["copy", "--from", "table", "--to", "credstash://none"],
    &["copy", "--from", "table", "--to", "table:none", "--match", "shop/*"],
    &["doctor", "--output", "json"],
    &["doctor", "--pair", "none"],
    &["setup"],
    &["rotate", "shop/prod", "--trigger", "2", "--key", "alias/none"],
    &["iam", "get"],
    &["completions", "bash"],
    &["man", "get"],
];

#[tokio::test]
async fn no_verb_tells_a_value_that_is_not_asked_for_it() {
    scenario(async |world| {
        filled(world).await;
        let help = world.command(&["--help"]).run().await;
        let listed = help.text().lines().skip_while(|line| *line != "Commands:").skip(1);
        let verbs = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
        for verb in verbs.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help") {
            assert!(COMMANDS.iter().any(|arguments| arguments[0] == verb), "{verb} is not among them");
        }
        for arguments in COMMANDS {
            let ran =
                world.command(&[&["--debug"], *arguments].concat()).stdin("{{ secret('shop/prod') + 1 }}").run().await;
            assert!(ran.code.is_some_and(|code| code < 70 || code == 127), "{ran:?}");
            let denied = world.account.session(tests::aws::Function::Getter, &["kms:Decrypt"]).await;
            world.command(&[&["--debug"], *arguments].concat()).as_session(&denied).run().await;
        }
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "a secret value, as it is, in Stdout")]
async fn a_value_where_none_is_expected_is_found() {
    scenario(async |world| {
        filled(world).await;
        world.command(&["get", "shop/prod"]).run().await;
    })
    .await;
}
