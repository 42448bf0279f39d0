//! The verbs that only read: what there is, and what it says.

use tests::world::{World, scenario, text};

use crate::filled::{DOCUMENT, filled};

/// The plaintext of the version at this sort key.
async fn plaintext(world: &World, sort_key: &str) -> String {
    world.open(&world.versions().await[sort_key]).await.unwrap()
}

#[tokio::test]
async fn a_list_has_a_row_for_each_version_that_matters() {
    scenario(async |world| {
        let database = filled(world).await;
        let listed = world.command(&["list", "--output", "json"]).run().await;
        assert_eq!(listed.code, Some(0), "{listed:?}");
        let rows = listed.json();
        let told: Vec<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                (text("stack"), text("env"), text("name"), row["version"].as_u64().unwrap(), text("state"))
            })
            .collect();
        let row = |name: &str, version, state: &str| {
            ("shop".to_owned(), "prod".to_owned(), name.to_owned(), version, state.to_owned())
        };
        assert_eq!(told, [row("api", 1, "current"), row("default", 1, "retained"), row("default", 2, "current")]);
        assert_eq!(rows[2]["id"], database.id());
        assert_eq!(rows[2]["owner"]["logical_resource_id"], "DbSecret");
        assert!(listed.stderr.contains("1 superseded or retired versions are not shown: --all"), "{listed:?}");

        for (flags, count) in [
            (&["--all"][..], 4),
            (&["--retained"], 1),
            (&["--state", "retired"], 1),
            (&["--stack", "blog", "--all"], 1),
            (&["--env", "prod"], 3),
            (&["--owner", "ApiSecret"], 1),
            (&["--owner", "manual"], 0),
            (&["--older-than", "1d"], 0),
        ] {
            let listed = world.command(&[&["list"], flags].concat()).run().await;
            assert_eq!((listed.code, listed.text().lines().count()), (Some(0), count), "{flags:?}: {listed:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_value_goes_into_a_pipe_as_it_is() {
    scenario(async |world| {
        let database = filled(world).await;
        let (first, second) =
            (plaintext(world, "prod#0000000000000000001").await, plaintext(world, "prod#0000000000000000002").await);
        for (arguments, expected) in [
            (&["get", "shop/prod"][..], second.clone()),
            (&["get", "shop/prod@1"], first),
            (&["get", database.id()], second.clone()),
            (&["get", "shop/prod", "--line"], format!("{second}\n")),
            (&["get", "shop/prod/api"], DOCUMENT.to_owned()),
            (&["get", "shop/prod/api", "--field", "db.password"], "s3cret+db/pa'ss".to_owned()),
            (&["get", "shop/prod/api", "--field", "db.port"], "3306".to_owned()),
            (&["--debug", "get", "shop/prod", "--output", "json"], format!("\"{second}\"\n")),
        ] {
            let got = world.command(arguments).for_values().run().await;
            assert_eq!((got.code, got.text()), (Some(0), &*expected), "{arguments:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_history_shows_each_version_the_newest_first() {
    scenario(async |world| {
        let database = filled(world).await;
        let history = world.command(&["history", "shop/prod", "--output", "json"]).run().await;
        let rows = history.json();
        let told: Vec<_> = rows.as_array().unwrap().iter().map(|row| (&row["version"], &row["state"])).collect();
        assert_eq!(told, [(&2.into(), &"current".into()), (&1.into(), &"retained".into())], "{history:?}");
        let by_id =
            world.command(&["history", database.id(), "--output", "json"]).without("CFN_SECRETS_TABLE").run().await;
        assert_eq!(by_id.json(), rows);
    })
    .await;
}

#[tokio::test]
async fn an_item_that_cannot_be_read_does_not_hide_the_others() {
    scenario(async |world| {
        filled(world).await;
        let mut item = world.versions().await["prod#0000000000000000002"].clone();
        let sort_key = text(&item, "Env");
        item.remove("KeyArn");
        world.tamper(&item).await;
        let listed = world.command(&["list"]).run().await;
        assert_eq!((listed.code, listed.text().lines().count()), (Some(5), 2), "{listed:?}");
        assert!(listed.stderr.contains(&format!("shop/{sort_key}")) && listed.stderr.contains("KeyArn"), "{listed:?}");
    })
    .await;
}
