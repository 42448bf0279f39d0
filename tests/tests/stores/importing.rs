//! A file of names and values for an env: told first, then done, then compared, then archived.

use age::{secrecy::ExposeSecret as _, x25519};
use serde_json::{Value, json};
use tests::random;

use crate::shop::{PLACES, Shop};

#[tokio::test]
async fn a_dry_run_tells_what_an_import_then_does_and_nothing_else() {
    let shop = Shop::new().await;
    for place in &PLACES {
        let [old, same, new] = [(); 3].map(|()| random::hex(24));
        shop.put(place, "changed", &old, &[]).await.done();
        shop.put(place, "alike", &same, &[]).await.done();
        shop.learn(&new);
        let values = json!({"shop/prod/changed": new, "shop/prod/alike": same, "shop/prod/created": new});
        // JSON is YAML.
        for file in [shop.file("values.json", &values.to_string()), shop.file("values.yaml", &values.to_string())] {
            let dry = ["--store", place.at, "import", &file, "--dry-run", "--output", "json"];
            let told = shop.run(&dry).await.done().json();
            let becomes = |name: &str| {
                let row = told.as_array().unwrap().iter().find(|row| row["from"] == format!("shop/prod/{name}"));
                row.unwrap()["becomes"].clone()
            };
            assert_eq!(
                [becomes("changed"), becomes("alike"), becomes("created")],
                ["changed".into(), "left-alone".into(), Value::from("created")]
            );
            assert_eq!(shop.get(place, "changed").await.done().stdout, old);
        }
        let import = ["--store", place.at, "import", "values.json", "--output", "json"];
        assert_eq!(shop.run(&import).await.done().json().as_array().unwrap().len(), 2);
        for (name, value) in [("changed", &new), ("alike", &same), ("created", &new)] {
            assert_eq!(shop.get(place, name).await.done().stdout, *value);
        }
        assert_eq!(shop.run(&import).await.done().json(), json!([]), "again, it does nothing");
        let history = ["--store", place.at, "history", &place.name("changed"), "--output", "json"];
        assert_eq!(shop.run(&history).await.done().json().as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn an_archive_of_each_store_comes_back_in_each_other_one() {
    let shop = Shop::new().await;
    let key = x25519::Identity::generate();
    let (recipient, key) = (key.to_public().to_string(), shop.file("key", key.to_string().expose_secret()));
    for (from, to) in PLACES.iter().zip(PLACES.iter().cycle().skip(1)) {
        let value = random::hex(24);
        let name = format!("of-{}", from.at.trim_end_matches([':', '/']));
        shop.put(from, &name, &value, &[]).await.done();
        let archive = shop.folder.join("archive").to_str().unwrap().to_owned();
        shop.run(&["--store", from.at, "export", "--recipient", &recipient, "-o", &archive]).await.done();
        let written = std::fs::read(&archive).unwrap();
        assert!(!written.windows(value.len()).any(|window| window == value.as_bytes()));
        shop.run(&["--store", to.at, "import", &archive, "--identity", &key]).await.done();
        assert_eq!(shop.get(to, &name).await.done().stdout, value, "{} to {}", from.at, to.at);
    }
    // And by the verb of the pair's own table, where a name says stack and env.
    let archive = shop.folder.join("archive").to_str().unwrap().to_owned();
    let imported = shop.run(&["import", &archive, "--identity", &key, "--dry-run", "--output", "json"]).await;
    assert_eq!(imported.done().json()[0]["stack"], "shop");
}
