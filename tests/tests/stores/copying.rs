//! `copy` from each store to each other one: what is missing is made, what is there is left alone, what cannot be kept is told.

use std::collections::BTreeMap;

use tests::random;

use crate::shop::{PLACES, Shop, Spot};

#[tokio::test]
async fn from_each_store_to_each_other_one() {
    let shop = Shop::new().await;
    for from in &PLACES {
        // Each begins with its own, and has by now what came from those before it.
        let (name, value) = (format!("of-{}", from.at.trim_end_matches([':', '/'])), random::hex(24));
        let comment: &[&str] = if from.has.longest_comment.is_some() { &["--comment", "why it is"] } else { &[] };
        shop.put(from, &name, &value, comment).await.done();
        for to in PLACES.iter().filter(|to| to.at != from.at) {
            let copy = ["copy", "--from", from.at, "--to", to.at, "--output", "json"];
            let before = shop.all(to.at).await;
            let dry = shop.run(&[&copy[..], &["--dry-run"]].concat()).await.done();
            assert_eq!(shop.all(to.at).await, before, "a dry run writes nothing");
            let planned = dry.json();
            let row = planned.as_array().unwrap().iter().find(|row| row["name"] == to.name(&name).as_str()).unwrap();
            assert_eq!((&row["becomes"], &row["from"]), (&"created".into(), &from.name(&name).as_str().into()));

            let copied = shop.run(&copy).await.done();
            assert_eq!(copied.json().as_array().unwrap().len(), 1, "{copied:?}");
            let lost = to.has.longest_comment.is_none() && from.has.longest_comment.is_some();
            assert_eq!(copied.stderr.contains("keeps no comments"), lost, "{copied:?}");
            assert_eq!(shop.get(to, &name).await.done().stdout, value);
            if to.has.longest_comment.is_some() && from.has.longest_comment.is_some() {
                let listed =
                    shop.run(&["--store", to.at, "list", "--match", &format!("*{name}"), "--output", "json"]).await;
                assert_eq!(listed.done().json()[0]["comment"], "why it is");
            }
            let again = shop.run(&copy).await.done();
            assert_eq!(again.json().as_array().unwrap().len(), 0, "{again:?}");
        }
    }
    let all: Vec<BTreeMap<_, _>> = vec![shop.all("table").await, shop.all("credstash://").await];
    assert_eq!((all[0].len(), &all[0]), (4, &all[1]));
    for at in ["ssm:/", "secretsmanager:"] {
        assert_eq!(shop.all(at).await, all[0], "{at}");
        shop.run(&["--store", "table", "diff", "--all", "--with", at, "--exit-code"]).await.done();
    }
}

#[tokio::test]
async fn names_are_chosen_and_changed_on_the_way() {
    let shop = Shop::new().await;
    let credstash = &PLACES[1];
    let mut expected = BTreeMap::new();
    for name in ["prod.db.password", "prod.api.key", "dev.db.password"] {
        let value = random::hex(24);
        shop.learn(&value);
        let put = ["--store", credstash.at, "put", name, "--context", "app=shop"];
        shop.run_with(&put, &value).await.done();
        if let Some(rest) = name.strip_prefix("prod.") {
            expected.insert(format!("shop/prod/{}", rest.replace('.', "-")), value);
        }
    }
    let copy =
        ["copy", "--from", credstash.at, "--to", "table", "--match", "prod.*", "--rename", "prod.*.*=shop/prod/*-*"];
    let bound = shop.run(&copy).await;
    bound.refused(1, "not encrypted under this encryption context");
    shop.run(&[&copy[..], &["--from-context", "app=shop"]].concat()).await.done();
    assert_eq!(shop.all("table").await, expected);

    // What a value is bound to is kept by the table, and bound to again on the way back; others have no such thing.
    shop.run(&["copy", "--from", "table", "--to", credstash.at]).await.done();
    shop.values(&["--store", credstash.at, "get", "shop/prod/api-key"]).await.refused(1, "encryption context");
    let read = ["--store", credstash.at, "get", "shop/prod/api-key", "--context", "app=shop"];
    assert_eq!(shop.values(&read).await.done().stdout, expected["shop/prod/api-key"]);
    let told = shop.run(&["copy", "--from", "table", "--to", "ssm:/x"]).await.done();
    assert!(told.stderr.contains("keeps no encryption context: 2 secrets"), "{told:?}");
    assert_eq!(shop.all("ssm:/x").await, expected);

    // Two that would be one, and one that cannot be, stop all of it before anything is written.
    let one = ["copy", "--from", "table", "--to", "secretsmanager:", "--rename", "*=one"];
    shop.run(&one).await.refused(1, "would both be `one`");
    let bad = ["copy", "--from", "table", "--to", "secretsmanager:", "--rename", "*api*=a b"];
    shop.run(&bad).await.refused(1, "nothing was written");
    assert!(shop.all("secretsmanager:").await.is_empty());
    shop.run(&["copy", "--from", "table", "--to", "table"]).await.refused(2, "the store to read and the one to write");
}

#[tokio::test]
async fn a_value_that_a_target_does_not_hold_stops_all_of_them() {
    let shop = Shop::new().await;
    shop.put(&PLACES[0], "long", &random::hex(5000), &[]).await.done();
    shop.put(&PLACES[0], "short", &random::hex(24), &[]).await.done();
    let copy = ["copy", "--from", "table", "--to", "ssm:/"];
    shop.run(&copy).await.refused(1, "1 of 2 secrets cannot be brought in");
    assert!(shop.all("ssm:/").await.is_empty());
    shop.run(&[&copy[..], &["--tier", "advanced"]].concat()).await.done();
    assert_eq!(shop.all("ssm:/").await, shop.all("table").await);
}

/// The values of a secret, the oldest first.
async fn versions(shop: &Shop, at: &Spot, name: &str) -> Vec<String> {
    let name = at.name(name);
    let history = shop.run(&["--store", at.at, "history", &name, "--output", "json"]).await.done().json();
    let mut values = Vec::new();
    for version in history.as_array().unwrap().iter().rev() {
        let one = format!("{name}@{}", version["version"].as_str().unwrap());
        values.push(shop.values(&["--store", at.at, "get", &one]).await.done().stdout);
    }
    values
}

#[tokio::test]
async fn every_version_comes_along_in_its_order_and_once() {
    let shop = Shop::new().await;
    for from in &PLACES {
        let name = format!("all-of-{}", from.at.trim_end_matches([':', '/']));
        let [first, second] = [random::hex(24), random::hex(24)];
        // One that comes back is no reason to stop.
        let values = [&first, &second, &first, &random::hex(24)].map(Clone::clone);
        for value in &values {
            shop.put(from, &name, value, &[]).await.done();
        }
        for to in PLACES.iter().filter(|to| to.at != from.at) {
            let copy = ["copy", "--from", from.at, "--to", to.at, "--match", "*all-of-*", "--output", "json"];
            let all = [&copy[..], &["--versions", "all"]].concat();
            if to.at == "ssm:/" {
                // As a copy leaves it that was killed behind the third.
                for value in &values[..3] {
                    shop.put(to, &name, value, &[]).await.done();
                }
            }
            shop.run(&all).await.done();
            assert_eq!(versions(&shop, to, &name).await, values, "{} -> {}", from.at, to.at);
            let again = shop.run(&all).await.done();
            assert_eq!(again.json().as_array().unwrap().len(), 0, "{again:?}");
            let find = ["--store", to.at, "find", "--by-value", "--match", &format!("*{name}")];
            shop.run_with(&find, &second).await.refused(1, "no secret that can be read has this value");
            shop.run_with(&[&find[..], &["--versions", "all"]].concat(), &second).await.done();
        }
    }
}
