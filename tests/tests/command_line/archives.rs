//! Secrets on their way out of a table and into one: archives, and the files of other programs.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use age::{secrecy::ExposeSecret as _, x25519};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{
    aws::OTHER_TABLE,
    command::{self, CommandLine, Ran},
    random,
    resource::assert_success,
    world::{World, scenario, text},
};

use crate::filled::{DOCUMENT, filled};

/// A folder of its own, and in it a key with its recipient.
struct Folder {
    path: PathBuf,
    recipient: String,
}

impl Folder {
    fn new() -> Self {
        let path = command::home();
        let key = x25519::Identity::generate();
        std::fs::write(path.join("key"), key.to_string().expose_secret()).unwrap();
        Self { path, recipient: key.to_public().to_string() }
    }

    fn file(&self, name: &str) -> String {
        self.path.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path.join(name), text).unwrap();
        self.file(name)
    }

    /// What is in it beside the key.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "key")
            .collect();
        names.sort();
        names
    }
}

fn export<'w>(world: &'w World, folder: &Folder, flags: &[&str]) -> CommandLine<'w> {
    let to = folder.file("archive");
    world.command(&[&["export", "--debug", "--recipient", &*folder.recipient, "-o", &*to], flags].concat())
}

fn import<'w>(world: &'w World, folder: &Folder, from: &str, flags: &[&str]) -> CommandLine<'w> {
    let (key, from) = (folder.file("key"), folder.file(from));
    let command = ["import", "--debug", &*from, "--identity", &*key, "--output", "json"];
    world.command(&[&command[..], flags].concat()).env("CFN_SECRETS_KEY", &world.account.key_arn)
}

/// What became of each secret.
fn told(ran: &Ran) -> Vec<(String, String)> {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let row = |row: &Value| {
        let part = |name: &str| row[name].as_str().unwrap().to_owned();
        (format!("{}/{}/{}", part("stack"), part("env"), part("name")), part("becomes"))
    };
    ran.json().as_array().unwrap().iter().map(row).collect()
}

async fn values(world: &World, table: &str) -> Value {
    let ran = world.command(&["get-all", "--table", table]).for_values().run().await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.json()
}

#[tokio::test]
async fn an_archive_comes_back_in_another_table_under_another_key() {
    scenario(async |world| {
        filled(world).await;
        let mut keys = world.stack("shop").generator("Deploy");
        let properties =
            json!({"Env": "prod", "Name": "deploy", "Kind": "ed25519", "EncryptionContext": {"Team": "web"}});
        assert_success(&keys.create(properties).await);
        let long = world.command(&["put", "shop/prod/long", "--key", &world.account.key_arn]).stdin(random::hex(9_000));
        assert_eq!(long.run().await.code, Some(0));
        let folder = Folder::new();
        let dry = export(world, &folder, &["--dry-run"]).run().await;
        assert_eq!((dry.code, dry.text().lines().count(), folder.files().len()), (Some(0), 4, 0), "{dry:?}");
        let exported = export(world, &folder, &[]).run().await;
        assert!(exported.code == Some(0) && exported.stderr.contains("4 secrets are in the archive"), "{exported:?}");
        assert!(exported.stderr.contains("1 versions that are not current stay in the table alone"), "{exported:?}");
        assert_eq!(folder.files(), ["archive"]);
        let file = folder.path.join("archive");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!std::fs::read(&file).unwrap().windows(11).any(|bytes| bytes == b"app-user-17"));

        let (table, key) = (OTHER_TABLE.to_owned(), world.account.create_key().await);
        world.account.create_table(&table).await;
        let there: &[&str] = &["--table", &table, "--key", &key];
        let dry = import(world, &folder, "archive", &[there, &["--dry-run"]].concat()).run().await;
        assert!(told(&dry).iter().all(|(_, becomes)| becomes == "created") && told(&dry).len() == 4, "{dry:?}");
        assert_eq!(values(world, &table).await, json!({}));
        let imported = import(world, &folder, "archive", there).run().await;
        assert_eq!(told(&imported).len(), 4);
        assert_eq!(values(world, &table).await, values(world, &world.account.table).await);

        let again = import(world, &folder, "archive", there).run().await;
        assert!(told(&again).is_empty() && again.stderr.contains("4 secrets have these values already"), "{again:?}");
        let listed = world.command(&["list", "--all", "--table", &table, "--output", "json"]).run().await.json();
        assert_eq!(listed.as_array().unwrap().len(), 4, "no version more");
        assert!(listed.as_array().unwrap().iter().all(|row| row["owner"] == "manual"));
        let items: Vec<_> = world.items().await.into_iter().filter(|item| text(item, "KeyArn") == key).collect();
        assert_eq!(items.len(), 4, "under the other key");
        let deploy = items.iter().find(|item| text(item, "Env").starts_with("prod/deploy#")).unwrap();
        assert!(text(deploy, "PublicKey").starts_with("ssh-ed25519 "));
        assert_eq!(deploy["EncryptionContext"].as_m().unwrap()["Team"], AttributeValue::S("web".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_become_and_import_does_that() {
    scenario(async |world| {
        filled(world).await;
        let folder = Folder::new();
        assert_eq!(export(world, &folder, &["--env", "prod"]).run().await.code, Some(0));
        // In another env nobody has them: one is there already, one has another value, one is not there.
        let put = |name: &str, value: &str| {
            let secret = format!("shop/staging{name}");
            world.command(&["put", &secret, "--key", &world.account.key_arn]).stdin(value).run()
        };
        assert_eq!(put("/api", DOCUMENT).await.code, Some(0));
        assert_eq!(put("", "another value").await.code, Some(0));
        let dry = import(world, &folder, "archive", &["--into", "shop/staging", "--dry-run"]).run().await;
        let row = |name: &str, becomes: &str| (format!("shop/staging/{name}"), becomes.to_owned());
        assert_eq!(told(&dry), [row("api", "left-alone"), row("default", "changed")], "{dry:?}");
        assert_eq!(dry.json()[1]["length_before"], 13);
        assert!(dry.stderr.contains("a dry run: nothing was written"), "{dry:?}");
        let before = world.items().await.len();
        assert_eq!(
            told(&import(world, &folder, "archive", &["--into", "shop/staging"]).run().await),
            [row("default", "changed")]
        );
        assert_eq!(world.items().await.len(), before + 1);
        let all = values(world, &world.account.table).await;
        assert_eq!(all["shop/staging"], all["shop/prod"]);
        let first = world.command(&["get", "shop/staging@1"]).for_values().run().await;
        assert_eq!(first.text(), "another value", "nothing is overwritten");
        let some = import(world, &folder, "archive", &["--into", "shop/test", "--name", "api"]).run().await;
        assert_eq!(told(&some), [("shop/test/api".to_owned(), "created".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn what_a_stack_has_stops_all_before_the_first_write() {
    scenario(async |world| {
        filled(world).await;
        let folder = Folder::new();
        assert_eq!(export(world, &folder, &[]).run().await.code, Some(0));
        let other =
            world.command(&["put", "shop/prod/other", "--key", &world.account.key_arn]).stdin("value of another");
        assert_eq!(other.run().await.code, Some(0));
        // A stack that lives has this one, and by now another value.
        let mut api = world.versions().await["prod/api#0000000000000000001"].clone();
        let lives = world.account.create_stack("shop", &[]).await;
        api.insert("StackId".to_owned(), AttributeValue::S(lives));
        world.account.put_item(&api).await;
        let file = folder.write(
            "new.json",
            r#"{"shop/prod/api": "anything", "shop/prod/new": "something", "shop/prod/other": "else"}"#,
        );
        let before = world.items().await.len();
        let refused = import(world, &folder, &file, &[]).run().await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("warning: shop/prod/api:"), "{refused:?}");
        assert!(refused.stderr.contains("1 of 3 secrets cannot be brought in, so nothing was written"), "{refused:?}");
        assert_eq!(world.items().await.len(), before);
        // The same value that it has is no reason to refuse.
        assert!(told(&import(world, &folder, "archive", &["--name", "api"]).run().await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn files_of_other_programs_go_into_an_env() {
    scenario(async |world| {
        let folder = Folder::new();
        folder.write("one.json", r#"{"JSON_KEY": "from+json \"quoted\""}"#);
        folder.write("two.yaml", "YAML_KEY: |\n  from yaml\n  on two lines\n");
        folder.write(".env", "# comment\nENV_KEY='from dotenv'\nPLAIN=bare-value\n");
        for (file, count) in [("one.json", 1), ("two.yaml", 1), (".env", 2)] {
            assert_eq!(told(&import(world, &folder, file, &["--into", "app/dev"]).run().await).len(), count);
            assert!(told(&import(world, &folder, file, &["--into", "app/dev"]).run().await).is_empty(), "once more");
        }
        let expected = json!({
            "app/dev/ENV_KEY": "from dotenv", "app/dev/JSON_KEY": "from+json \"quoted\"",
            "app/dev/PLAIN": "bare-value", "app/dev/YAML_KEY": "from yaml\non two lines\n",
        });
        assert_eq!(values(world, &world.account.table).await, expected);
        // What get-all prints says itself where it goes; `-` is standard input.
        let table = OTHER_TABLE.to_owned();
        world.account.create_table(&table).await;
        let piped = ["import", "-", "--format", "json", "--table", &table, "--key", &world.account.key_arn];
        let piped = world.command(&piped).stdin(expected.to_string()).run().await;
        assert_eq!(piped.code, Some(0), "{piped:?}");
        assert_eq!(values(world, &table).await, expected);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_brought_in_is_named_and_never_quoted() {
    scenario(async |world| {
        let folder = Folder::new();
        let into: &[&str] = &["--into", "app/dev"];
        let long = format!("{{\"A\": \"ok\", \"LONG\": \"{}\"}}", "x".repeat(300_001));
        for (name, text, flags, sentence) in [
            ("a.json", "{\"A\": \"hunter2\", \"A\": \"hunter2\"}", into, "two secrets of"),
            ("b.json", "{\"A B\": \"hunter2\"}", into, "cannot be the name of a secret: it must be 1 to 64"),
            ("c.json", "{\"A\": \"hunter2\"}", &[], "does not say where it goes"),
            ("d.json", "{\"app/dev/A@3\": \"hunter2\"}", &[], "does not say where it goes"),
            ("e.json", "{\"A\": \"hunter2\", \"B\": 3306}", into, "no JSON object of texts: line 1"),
            ("f.yaml", "A: hunter2\nB: no\n", into, "no YAML mapping of texts"),
            (".env", "A=hunter2\nB=hunter2 with spaces\n", into, "line 2 of the file cannot be read"),
            ("g.json", "{\"A\": \"\"}", into, "app/dev/A: the value has 0 bytes"),
            ("h.json", &long, into, "app/dev/LONG: the value has 300001 bytes"),
            ("i.json", "{}", into, "no secret that is meant"),
            ("j.txt", "hunter2", into, "its name does not say how it is written"),
            ("k.age", "age-encryption.org/v1\nhunter2", into, "the archive is damaged"),
            ("none", "", &["--into", "app"], "must be STACK/ENV"),
        ] {
            folder.write(name, text);
            let ran = import(world, &folder, name, flags).run().await;
            assert!(matches!(ran.code, Some(1 | 2)) && ran.stderr.contains(sentence), "{name}: {ran:?}");
            assert!(!ran.stderr.contains("hunter2") && ran.stdout.is_empty(), "{ran:?}");
        }
        let missing = import(world, &folder, "missing", &[]).run().await;
        assert!(missing.code == Some(1) && missing.stderr.contains("cannot be read"), "{missing:?}");
        assert!(world.items().await.is_empty(), "not even what would fit");
    })
    .await;
}

#[tokio::test]
async fn only_the_right_key_opens_an_archive() {
    scenario(async |world| {
        filled(world).await;
        let (folder, other) = (Folder::new(), Folder::new());
        assert_eq!(export(world, &folder, &[]).run().await.code, Some(0));
        let archive = std::fs::read(folder.path.join("archive")).unwrap();
        std::fs::write(other.path.join("archive"), &archive).unwrap();
        std::fs::write(folder.path.join("cut"), &archive[..archive.len() - 20]).unwrap();
        for (ran, sentence) in [
            (import(world, &other, "archive", &[]).run().await, "none of these keys opens the archive"),
            (import(world, &folder, "cut", &[]).run().await, "the archive is damaged, or was cut off"),
            (world.command(&["import", &folder.file("archive")]).run().await, "no key is named that opens it"),
            (world.command(&["export", "--recipient", &other.recipient[..20]]).run().await, "is no recipient"),
            (world.command(&["export"]).run().await, "nobody is named who can open the archive"),
            (world.command(&["export", "--reveal"]).run().await, "--to"),
            (export(world, &folder, &["--reveal"]).run().await, "cannot be used with"),
            (export(world, &folder, &["--stack", "none"]).run().await, "there is no secret to export"),
        ] {
            assert!(matches!(ran.code, Some(1 | 2)) && ran.stderr.contains(sentence), "{sentence}: {ran:?}");
        }
        assert_eq!(folder.files(), ["archive", "cut"]);

        // Under a passphrase, and with the keys that people have for SSH.
        let phrase = folder.write("phrase", "correct horse battery staple\n");
        let ssh = folder.file("id_ed25519");
        let made =
            std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &ssh]).status();
        assert!(made.unwrap().success());
        for (locks, opens) in [
            (["--passphrase-file", &phrase], ["--passphrase-file", &phrase]),
            (["--recipients-file", &format!("{ssh}.pub")], ["--identity", &ssh]),
        ] {
            let to = folder.file("another");
            let ran = world.command(&[&["export", "-o", &*to], &locks[..]].concat()).run().await;
            assert_eq!(ran.code, Some(0), "{ran:?}");
            let opened = world.command(&[&["import", &*to, "--key", &world.account.key_arn], &opens[..]].concat());
            let opened = opened.run().await;
            assert!(opened.code == Some(0) && opened.stderr.contains("2 secrets have these values"), "{opened:?}");
            let wrong = folder.write("wrong", "another phrase\n");
            let ran = world.command(&["import", &to, "--passphrase-file", &wrong]).run().await;
            assert!(matches!(ran.code, Some(1 | 2)), "{ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_other_age_reads_and_writes_them_as_well() {
    scenario(async |world| {
        filled(world).await;
        let folder = Folder::new();
        assert_eq!(export(world, &folder, &[]).run().await.code, Some(0));
        let age = |arguments: &[&str]| {
            let ran = std::process::Command::new("age").args(arguments).output().expect("Debian's package age");
            assert!(ran.status.success(), "{ran:?}");
            String::from_utf8(ran.stdout).unwrap()
        };
        let text = age(&["--decrypt", "--identity", &folder.file("key"), &folder.file("archive")]);
        let line: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
        assert_eq!((text.lines().count(), &line["Value"]), (3, &json!(DOCUMENT)));
        let plain = folder.write("plain", &text);
        age(&["--recipient", &folder.recipient, "--output", &folder.file("theirs"), &plain]);
        assert!(told(&import(world, &folder, "theirs", &[]).run().await).is_empty(), "the values are there already");
        // Names and values that are encrypted, and no archive.
        let values = folder.write("values.json", r#"{"A": "of+somebody+else"}"#);
        age(&["--recipient", &folder.recipient, "--output", &folder.file("values"), &values]);
        let ran = import(world, &folder, "values", &["--format", "json", "--into", "app/dev"]).run().await;
        assert_eq!(told(&ran), [("app/dev/A".to_owned(), "created".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn an_archive_that_is_not_encrypted_is_made_on_purpose_alone() {
    scenario(async |world| {
        filled(world).await;
        let folder = Folder::new();
        let plain = folder.file("plain.jsonl");
        let ran = world.command(&["export", "--reveal", "-o", &plain]).run().await;
        assert!(ran.code == Some(0) && ran.stdout.is_empty(), "{ran:?}");
        assert_eq!(std::fs::metadata(&plain).unwrap().permissions().mode() & 0o777, 0o600);
        let lines = std::fs::read_to_string(&plain).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["Archive"], &lines[0]["Format"], &lines[0]["Secrets"]),
            (&json!("cfn-secrets"), &json!(1), &json!(2))
        );
        assert_eq!(lines[1]["Value"], DOCUMENT);
        assert_eq!(lines[1]["LogicalResourceId"], "ApiSecret");
        assert!(told(&import(world, &folder, "plain.jsonl", &[]).run().await).is_empty());
        let ran = world.command(&["export", "--reveal", "-o", "/proc/nowhere/x"]).run().await;
        assert!(ran.code == Some(1) && ran.stderr.contains("cannot be written"), "{ran:?}");
        assert!(!Path::new("/proc/nowhere").exists());
    })
    .await;
}

#[tokio::test]
async fn an_archive_is_of_all_that_is_meant_or_says_that_it_is_not() {
    scenario(async |world| {
        filled(world).await;
        let mut item = world.versions().await["prod/api#0000000000000000001"].clone();
        item.insert("KeyArn".to_owned(), AttributeValue::S(world.account.create_key().await));
        world.account.put_item(&item).await;
        let policy = ["iam", "export", "--table", &world.account.table, "--key", &world.account.key_arn];
        let policy = world.command(&policy).run().await.json();
        let session = world.session(&policy).await;
        let folder = Folder::new();
        let ran = export(world, &folder, &[]).as_session(&session).run().await;
        assert!(ran.code == Some(5) && ran.stderr.contains("warning: shop/prod/api: you may not call"), "{ran:?}");
        assert!(ran.stderr.contains("--partial") && folder.files().is_empty(), "{ran:?}");
        let ran = export(world, &folder, &["--partial"]).as_session(&session).run().await;
        assert!(ran.code == Some(5) && ran.stderr.contains("1 secrets are in the archive"), "{ran:?}");
        assert_eq!(folder.files(), ["archive"]);
    })
    .await;
}
