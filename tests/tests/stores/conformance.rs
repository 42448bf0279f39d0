//! What every store must do, and what each must refuse by name where its capabilities say that it lacks it.

use cli::stores::capabilities::Deletion;
use tests::random;

use crate::shop::{PLACES, SECRETS, SSM, Shop};

#[tokio::test]
async fn a_value_is_stored_read_listed_and_kept_when_the_next_one_comes() {
    let shop = Shop::new().await;
    for place in &PLACES {
        let (one, two) = (random::hex(24), format!("{}é\n\"x\"", random::hex(24)));
        shop.get(place, "db").await.refused(1, "there is no secret");
        shop.run(&["--store", place.at, "history", &place.name("db")]).await.refused(1, "there is no secret");
        assert!(shop.all(place.at).await.is_empty());

        let first = shop.put(place, "db", &one, &[]).await.done().json();
        assert_eq!(first[0]["name"], place.name("db").as_str());
        assert_eq!(shop.get(place, "db").await.done().stdout, one, "{}", place.at);
        let second = shop.put(place, "db", &two, &[]).await.done().json();
        assert_ne!(first[0]["version"], second[0]["version"]);
        assert_eq!(shop.get(place, "db").await.done().stdout, two);

        // The version that was set aside is still read, by its name.
        let older = format!("db@{}", first[0]["version"].as_str().unwrap());
        assert_eq!(shop.get(place, &older).await.done().stdout, one);
        shop.get(place, "db@77").await.refused(1, "has no version 77");
        let history = shop.run(&["--store", place.at, "history", &place.name("db"), "--output", "json"]).await.done();
        let history = history.json();
        assert_eq!(history[0]["version"], second[0]["version"], "{history}");
        assert_eq!(history[1]["version"], first[0]["version"], "{history}");

        let listed = shop.run(&["--store", place.at, "list", "--output", "json"]).await.done().json();
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["version"]), (1, &second[0]["version"]), "{listed}");
        assert_eq!(listed[0]["name"], place.name("db").as_str());
        assert_eq!(shop.all(place.at).await["shop/prod/db"], two);
        let found = shop.run_with(&["--store", place.at, "find", "--by-value", "--output", "json"], &two).await.done();
        assert_eq!(found.json()[0]["name"], place.name("db").as_str());

        // Nothing to do is nothing done.
        let same = shop.put(place, "db", &two, &["--skip-unchanged"]).await.done();
        assert!(same.stderr.contains("nothing to do"), "{same:?}");
        assert_eq!(same.json()[0]["version"], second[0]["version"]);
    }
}

#[tokio::test]
async fn what_a_store_lacks_is_refused_by_name_and_what_it_has_is_kept() {
    let shop = Shop::new().await;
    for place in &PLACES {
        let value = random::hex(24);
        let commented = shop.put(place, "comment", &value, &["--comment", "why it is"]).await;
        match place.has.longest_comment {
            None => drop(commented.refused(2, "keeps no comments")),
            Some(most) => {
                commented.done();
                let listed = shop.run(&["--store", place.at, "list", "--output", "json"]).await.done().json();
                assert_eq!(listed[0]["comment"], "why it is", "{listed}");
                let long = "x".repeat(most + 1);
                shop.put(place, "comment", &value, &["--comment", &long]).await.refused(1, "at most");
            }
        }
        let tiered = shop.put(place, "tier", &value, &["--tier", "advanced"]).await;
        match place.has.tier {
            true => drop(tiered.done()),
            false => drop(tiered.refused(2, "--tier does not apply")),
        }
        let bound = shop.put(place, "bound", &value, &["--context", "env=prod"]).await;
        if place.at == "credstash://" {
            bound.done();
            shop.get(place, "bound").await.refused(1, "not encrypted under this encryption context");
            let named = place.name("bound");
            let read = shop.values(&["--store", place.at, "get", &named, "--context", "env=prod"]).await.done();
            assert_eq!(read.stdout, value);
        } else {
            bound.refused(2, "--context does not apply");
        }
        for verb in ["rotate", "retire", "restore", "prune", "reencrypt", "doctor", "setup"] {
            shop.run(&["--store", place.at, verb]).await.refused(2, "is about the pair's own table");
        }
    }
}

#[tokio::test]
async fn a_limit_is_ours_and_holds_before_the_call() {
    let shop = Shop::new().await;
    for place in &PLACES {
        let most = place.has.longest_value;
        // Of which the emulators take any length.
        shop.put(place, "long", &"x".repeat(most), &[]).await.done();
        assert_eq!(shop.get(place, "long").await.done().stdout.len(), most);
        let refused = shop.put(place, "longer", &"x".repeat(most + 1), &[]).await;
        assert!(refused.code == Some(1) && refused.stderr.contains(&most.to_string()), "{refused:?}");
        shop.put(place, "empty", "", &[]).await.refused(1, "no value came");
        shop.get(place, "longer").await.refused(1, "there is no secret");
    }
    shop.put(&SSM, "long", &"x".repeat(8192), &["--tier", "advanced"]).await.done();
    shop.put(&SSM, "long", &"x".repeat(5000), &[]).await.done();
    shop.put(&SSM, "long", "short again", &["--tier", "standard"]).await.refused(1, "never becomes a standard one");
    shop.put(&SSM, "braces", "a{{ssm:b}}c", &[]).await.refused(1, "`{{`");
    for (place, name, says) in [
        (&SSM, "a b", "cannot be the name of a parameter"),
        (&SSM, "é", "cannot be the name of a parameter"),
        (&SSM, "a/b/c/d/e/f/g/h/i/j/k/l/m/n", "levels"),
        (&SECRETS, "a b", "cannot be the name of a secret"),
        (&SECRETS, "é", "cannot be the name of a secret"),
    ] {
        shop.put(place, name, "a value", &[]).await.refused(1, says);
    }
    shop.run(&["--store", "ssm:/shop", "get", "/elsewhere/db"]).await.refused(2, "is not in ssm:/shop");
}

#[tokio::test]
async fn what_is_deleted_is_gone_or_comes_back_as_the_store_says() {
    let shop = Shop::new().await;
    for place in &PLACES {
        let (named, value) = (place.name("gone"), random::hex(24));
        shop.run(&["--store", place.at, "delete", &named, "--yes"]).await.refused(1, "there is no secret");
        shop.put(place, "gone", &value, &[]).await.done();
        shop.run(&["--store", place.at, "delete", &named, "--dry-run"]).await.done();
        shop.get(place, "gone").await.done();
        let windowed = ["--store", place.at, "delete", &named, "--recovery-window-in-days", "7"];
        match place.has.deletion {
            Deletion::AtOnce => {
                shop.run(&windowed).await.refused(2, "cannot bring back");
                shop.run(&["--store", place.at, "delete", &named]).await.refused(1, "nobody may be asked");
                shop.run(&["--store", place.at, "delete", &named, "--yes"]).await.done();
                shop.put(place, "gone", &value, &[]).await.done();
            }
            Deletion::Window { .. } => drop(shop.run(&windowed).await.done()),
        }
        let gone = shop.get(place, "gone").await;
        match place.has.deletion {
            Deletion::AtOnce => assert_eq!(gone.done().stdout, value),
            Deletion::Window { .. } => {
                assert_eq!(gone.code, Some(1), "{gone:?}");
                assert!(shop.all(place.at).await.is_empty(), "{}", place.at);
            }
        }
    }
    // It would fail, or come back with its old versions.
    shop.put(&SECRETS, "gone", "another value", &[]).await.refused(1, "restore-secret");
    let days = ["--store", SECRETS.at, "delete", "shop/prod/gone", "--recovery-window-in-days", "6"];
    shop.run(&days).await.refused(2, "7 to 30 days");
}

#[tokio::test]
async fn values_go_to_commands_files_and_comparisons_from_every_store() {
    let shop = Shop::new().await;
    for place in &PLACES {
        let (one, two) = (random::hex(24), random::hex(24));
        let document = format!(r#"{{"user": "app", "db": {{"password": "{one}"}}}}"#);
        shop.learn(&one);
        shop.put(place, "api", &document, &[]).await.done();
        shop.put(place, "key", &two, &[]).await.done();
        let (api, key) = (place.name("api"), place.name("key"));
        let field = ["--store", place.at, "get", &api, "--field", "db.password"];
        assert_eq!(shop.values(&field).await.done().stdout, one);
        let mapping = format!("PW={api}:db.password");
        let exec = [
            "--store",
            place.at,
            "exec",
            &key,
            &api,
            "--map",
            &mapping,
            "--",
            "sh",
            "-c",
            "echo $KEY $DB_PASSWORD $PW $USER",
        ];
        assert_eq!(shop.values(&exec).await.done().stdout, format!("{two} {one} {one} app\n"));
        let template =
            shop.file("template", &format!("a={{{{ secret('{api}', 'user') }}}} b={{{{ secret('{key}') }}}}\n"));
        let rendered = shop.values(&["--store", place.at, "render", &template]).await.done();
        assert_eq!(rendered.stdout, format!("a=app b={two}\n"));
        let diff = shop.run(&["--store", place.at, "diff", &api, &key, "--exit-code"]).await;
        diff.refused(1, "differ");
        shop.run(&["--store", place.at, "diff", &api, &api, "--exit-code"]).await.done();
        let dotenv = ["--store", place.at, "get-all", "--match", "*/key", "--output", "dotenv", "--names", "upper"];
        let dotenv = shop.values(&dotenv).await.done();
        assert_eq!(dotenv.stdout, format!("SHOP_PROD_KEY={two}\n"));
    }
}
