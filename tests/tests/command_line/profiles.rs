//! The files of the AWS CLI: whose credentials are taken, and what is said of those that cannot be had.

use std::path::PathBuf;

use tests::{
    command,
    ministack::REGION,
    world::{World, scenario},
};

use crate::filled::filled;

/// A home with these two files, and a process that gives the account's own credentials.
fn home(world: &World, config: &str) -> PathBuf {
    let home = command::home();
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    std::fs::write(home.join(".aws/config"), config).unwrap();
    let keys = format!(r#"{{"Version": 1, "AccessKeyId": "{}", "SecretAccessKey": "root"}}"#, world.account.id);
    std::fs::write(home.join("keys.json"), keys).unwrap();
    home
}

#[tokio::test]
async fn a_profile_says_who_and_where() {
    scenario(async |world| {
        filled(world).await;
        let home = home(world, "");
        let keys = home.join("keys.json");
        let profile = format!("[profile prod]\nregion = {REGION}\ncredential_process = cat {}\n", keys.display());
        std::fs::write(home.join(".aws/config"), profile).unwrap();
        let command = |arguments: &[&str]| {
            let command = world.command(arguments).env("HOME", home.to_str().unwrap()).without("AWS_REGION");
            command.env("AWS_ACCESS_KEY_ID", "999999999999")
        };
        // Keys in the environment do not count beside --profile; they do beside AWS_PROFILE, as with the AWS CLI.
        let ran = command(&["list", "--profile", "prod"]).run().await;
        assert_eq!((ran.code, ran.text().lines().count()), (Some(0), 3), "{ran:?}");
        let ran = command(&["list"]).env("AWS_PROFILE", "prod").run().await;
        assert!(ran.code == Some(1) && ran.stderr.contains("does not exist"), "{ran:?}");
        let ran = command(&["list"]).env("AWS_PROFILE", "prod").without("AWS_ACCESS_KEY_ID");
        let ran = ran.without("AWS_SECRET_ACCESS_KEY").run().await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let ran = command(&["list", "-p", "prod", "-r", "eu-west-2"]).run().await;
        assert!(ran.code == Some(1) && ran.stderr.contains("does not exist"), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_had_is_named_with_its_profile() {
    scenario(async |world| {
        let home = home(
            world,
            "[profile broken]\nregion = eu-west-1\ncredential_process = false\n\
             [profile empty]\nregion = eu-west-1\n\
             [profile nowhere]\noutput = json\n\
             [profile sso]\nregion = eu-west-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\
             [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.com/start\n",
        );
        for (profile, sentence, hint) in [
            ("broken", "the AWS credentials for profile `broken` cannot be had", "--profile broken"),
            ("sso", "the AWS credentials for profile `sso` cannot be had", "aws sso login --profile sso"),
            ("empty", "no AWS credentials are found for profile `empty`", "aws login --profile empty"),
            ("nowhere", "no AWS region is given, and profile `nowhere` has none", "--region eu-west-1"),
            ("unheard-of", "", "profile"),
        ] {
            let command = world.command(&["list", "--profile", profile]).env("HOME", home.to_str().unwrap());
            let ran = command.without("AWS_REGION").run().await;
            assert_eq!(ran.code, Some(3), "{ran:?}");
            assert!(ran.stderr.contains(sentence) && ran.stderr.contains(hint), "{ran:?}");
        }
    })
    .await;
}
