//! `setup`: what is printed works in a shell, what is made is well, once and again, and its policy suffices.

use tests::{
    command::Ran,
    iam::{actions, without},
    world::{World, scenario},
};

async fn setup(world: &World, name: &str, flags: &[&str]) -> Ran {
    let alias = format!("alias/{name}");
    world.command(&[&["setup", "--table", name, "--key", &*alias], flags].concat()).run().await
}

#[tokio::test]
async fn a_table_is_made_once_and_can_be_used() {
    scenario(async |world| {
        let printed = setup(world, "mine", &[]).await;
        assert!(printed.code == Some(0) && printed.stderr.contains("--apply makes it"), "{printed:?}");
        assert_eq!(printed.text().lines().count(), 6, "{printed:?}");
        assert!(printed.text().starts_with("aws dynamodb create-table --table-name mine "), "{printed:?}");
        assert!(printed.text().contains("\nkey=$(aws kms create-key"), "{printed:?}");
        let unasked = setup(world, "mine", &["--apply"]).await;
        assert!(unasked.code == Some(1) && unasked.stderr.contains("--yes answers the question"), "{unasked:?}");

        let made = setup(world, "mine", &["--apply", "--yes"]).await;
        assert!(made.code == Some(0) && made.stderr.contains("the key is arn:aws:kms:"), "{made:?}");
        for flags in [&["--apply", "--yes"][..], &[]] {
            let again = setup(world, "mine", flags).await;
            assert!(again.code == Some(0) && again.stderr.contains("all is there"), "{again:?}");
            assert!(again.stdout.is_empty(), "{again:?}");
        }
        let stored = world.command(&["put", "shop/prod/x", "--table", "mine", "--key", "alias/mine"]);
        assert_eq!(stored.stdin("a+value'of-mine").run().await.code, Some(0));
        let doctor =
            world.command(&["doctor", "--table", "mine", "--key", "alias/mine", "--output", "csv"]).run().await;
        assert!(doctor.code == Some(0) && doctor.text().matches("warning").count() == 1, "{doctor:?}");
    })
    .await;
}

#[tokio::test]
async fn only_what_is_missing_is_made_and_what_is_in_the_way_is_refused() {
    scenario(async |world| {
        let (table, key) = (&*world.account.table, &*world.account.key_arn);
        let rest = world.command(&["setup", "--table", table, "--key", key, "--output", "json"]).run().await;
        let steps: Vec<_> = rest.json().as_array().unwrap().iter().map(|row| row["step"].clone()).collect();
        assert_eq!(steps, ["deletion protection", "time to live", "point-in-time recovery", "key rotation"]);

        crate::starting::other_table(world).await;
        let refused = setup(world, "credential-store", &["--apply", "--yes"]).await;
        assert!(refused.code == Some(1) && refused.stderr.contains("none of cfn-secrets"), "{refused:?}");
        let none = format!("{key}0");
        let refused = world.command(&["setup", "--key", &none]).run().await;
        assert!(refused.code == Some(1) && refused.stderr.contains("name an alias"), "{refused:?}");
        world.account.disable_key().await;
        let refused = world.command(&["setup", "--key", key, "--apply", "--yes"]).run().await;
        assert!(refused.code == Some(1) && refused.stderr.contains("cannot be used"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn it_needs_what_its_policy_says_and_no_more() {
    scenario(async |world| {
        let account = &*world.account.id;
        let policy = async |table: &str| {
            world.command(&["iam", "setup", "--table", table, "--account", account]).run().await.json()
        };
        let actions = actions(&policy("any").await);
        // A table that lacks its protection alone is made by hand, so that each right is needed.
        for (index, taken) in actions.iter().map(Some).chain([None]).enumerate() {
            let name = format!("mine-{index}");
            let policy = without(&policy(&name).await, taken.map(String::as_str));
            if taken.is_none_or(|taken| taken == "dynamodb:UpdateTable") {
                world.account.create_table(&name).await;
            }
            let session = world.session(&policy).await;
            let alias = format!("alias/{name}");
            let made = |key: &str| {
                let arguments = ["setup", "--table", &name, "--key", key, "--apply", "--yes"];
                world.command(&arguments).as_session(&session).run()
            };
            let ran = made(&alias).await;
            let again = if ran.code == Some(0) { made(&alias).await } else { ran };
            assert_eq!(again.code, Some(if taken.is_none() { 0 } else { 4 }), "without {taken:?}: {again:?}");
        }
    })
    .await;
}
