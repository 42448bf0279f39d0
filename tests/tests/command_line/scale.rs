//! Very many secrets: listed, read, exported, imported, re-encrypted and pruned, by commands that are killed half-way at random
//! moments and run again. Some here; `make scale` has ten thousand, and prints what it took.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use age::{secrecy::ExposeSecret as _, x25519};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use aws_sdk_kms::primitives::Blob;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tests::{
    aws::{Account, Engine, Item, OTHER_TABLE},
    command, ministack, random,
};

/// How many secrets there are, and how often a command is killed.
fn size() -> (usize, usize) {
    let number = |name: &str, default| std::env::var(name).ok().map_or(default, |text| text.parse().unwrap());
    (number("SCALE_SECRETS", 150), number("SCALE_KILLS", 3))
}

/// As many as a stack may have: a template has at most 500 resources (AWS CloudFormation User Guide, "CloudFormation quotas"),
/// and a secret takes two.
const OF_A_STACK: usize = 200;

/// An account whose table is full. No leak test is around it: so many values are not looked for in so much.
struct Crowd {
    account: Account,
    /// By their addresses.
    values: BTreeMap<String, String>,
    home: PathBuf,
}

/// What became of a command.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    took: Duration,
}

impl Crowd {
    /// Each secret has a version that is current, every second one an older one whose window is over as well.
    async fn gather(engine: Engine) -> Self {
        let account = Account::new(engine).await;
        let (secrets, _) = size();
        let mut values = BTreeMap::new();
        for index in 0..secrets {
            values.insert(format!("crowd-{:02}/prod/n{index:05}", index / OF_A_STACK), random::hex(32));
        }
        let home = command::home();
        let crowd = Self { account, values, home };
        let mut waiting = Vec::new();
        for (index, (address, value)) in crowd.values.iter().enumerate() {
            waiting.extend(crowd.items(address, value, index % 2 == 0).await);
            if waiting.len() > 22 {
                crowd.write(std::mem::take(&mut waiting)).await;
            }
        }
        crowd.write(waiting).await;
        crowd
    }

    async fn items(&self, address: &str, value: &str, has_expired: bool) -> Vec<Item> {
        let [stack_name, env, name]: [&str; 3] = address.split('/').collect::<Vec<_>>().try_into().unwrap();
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: u64| AttributeValue::N(number.to_string());
        let context = [("StackName", stack_name), ("Env", env), ("Name", name), ("Version", "2")];
        let context: HashMap<_, _> =
            context.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let encrypt = self.account.kms.encrypt().key_id(&self.account.key_arn).plaintext(Blob::new(value));
        let encrypted = encrypt.set_encryption_context(Some(context.clone())).send().await.unwrap();
        let ciphertext = STANDARD.encode(encrypted.ciphertext_blob.unwrap().into_inner());
        let head = [
            ("StackName", text(stack_name)),
            ("Env", text(&format!("{env}/{name}"))),
            ("CurrentVersion", number(2)),
            ("AsOf", number(0)),
            ("Revision", number(2)),
        ];
        let version = |version: u64, more: &[(&str, AttributeValue)]| -> Item {
            let mut context = context.clone();
            context.insert("Version".to_owned(), version.to_string());
            let context = context.into_iter().map(|(name, value)| (name, AttributeValue::S(value)));
            let attributes = [
                ("StackName", text(stack_name)),
                ("Env", text(&format!("{env}/{name}#{version:019}"))),
                ("Format", number(1)),
                ("Ciphertext", text(&ciphertext)),
                ("EncryptionContext", AttributeValue::M(context.collect())),
                ("KeyArn", text(&self.account.key_arn)),
                ("CreatedAt", number(1_700_000_000)),
                ("StackId", text("manual")),
                ("LogicalResourceId", text("manual")),
                ("RequestToken", text(&random::hex(64))),
            ];
            attributes.into_iter().chain(more.to_vec()).map(|(name, value)| (name.to_owned(), value)).collect()
        };
        let mut items = vec![head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()];
        items.push(version(2, &[]));
        if has_expired {
            items.push(version(1, &[("RetiredAt", number(1_700_000_000)), ("ExpiresAt", number(1_700_000_001))]));
        }
        items
    }

    async fn write(&self, items: Vec<Item>) {
        let put =
            |item| WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap());
        let puts = items.into_iter().map(|item| put(item).build()).collect();
        let write = self.account.dynamodb.batch_write_item().request_items(&self.account.table, puts);
        assert!(write.send().await.unwrap().unprocessed_items.is_none_or(|left| left.is_empty()));
    }

    /// All that is stored, by its keys.
    async fn stored(&self, table: &str) -> BTreeMap<String, Item> {
        let mut pages =
            self.account.dynamodb.scan().table_name(table).consistent_read(true).into_paginator().items().send();
        let mut items = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let item = item.unwrap();
            let key = format!("{}/{}", tests::world::text(&item, "StackName"), tests::world::text(&item, "Env"));
            items.insert(key, item);
        }
        items
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(command::binary());
        command.args(arguments).env_clear().current_dir(&self.home).envs([
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("HOME", self.home.to_str().unwrap().to_owned()),
            ("TMPDIR", self.home.to_str().unwrap().to_owned()),
            ("AWS_REGION", ministack::REGION.to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.account.endpoint)),
            ("AWS_ACCESS_KEY_ID", self.account.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", "root".to_owned()),
            ("CFN_SECRETS_TABLE", self.account.table.clone()),
            ("CFN_SECRETS_KEY", self.account.key_arn.clone()),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let started = Instant::now();
        let output = self.command(arguments).output().unwrap();
        let took = started.elapsed();
        println!("{:>9} ms  {} of {} secrets", took.as_millis(), arguments[0], self.values.len());
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr), took }
    }

    /// Starts it, and kills it at a random moment, so many times: within the time that a whole run may take, as far as one
    /// can tell; then lets it come to its end.
    fn run_killed(&self, arguments: &[&str], whole: Duration) -> Ended {
        let (_, kills) = size();
        let mut random = StdRng::seed_from_u64(17);
        let mut killed = 0;
        for _ in 0..kills {
            let mut child = self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole.mul_f64(random.random_range(0.0..2.0) / kills as f64));
            let was_running = child.try_wait().unwrap().is_none();
            child.kill().unwrap();
            child.wait().unwrap();
            killed += usize::from(was_running);
        }
        println!("{killed:>9} times killed: {}", arguments[0]);
        let ended = self.run(arguments);
        assert!(killed > 0, "nothing was killed half-way: {ended:?}");
        ended
    }

    /// What it leaves behind in its folders.
    fn litter(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.home).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn assert_every_value_is_there(&self, table: &str) -> Duration {
        let all = self.run(&["get-all", "--output", "json", "--table", table]);
        assert_eq!(all.code, Some(0), "{}", all.stderr);
        let read: BTreeMap<String, String> = serde_json::from_str(&all.stdout).unwrap();
        assert!(read == self.values, "{} of {} values came, or other ones", read.len(), self.values.len());
        all.took
    }
}

#[tokio::test]
async fn very_many_are_listed_read_and_pruned() {
    let crowd = Crowd::gather(Engine::Ministack).await;
    let before = crowd.stored(&crowd.account.table).await;
    let list = crowd.run(&["list"]);
    assert_eq!((list.code, list.stdout.lines().count()), (Some(0), crowd.values.len()), "{}", list.stderr);
    let whole = crowd.assert_every_value_is_there(&crowd.account.table);

    // A deletion takes no longer than a decryption, and half of them have one.
    let pruned = crowd.run_killed(&["prune", "--yes"], whole / 2);
    assert_eq!(pruned.code, Some(0), "{}", pruned.stderr);
    let after = crowd.stored(&crowd.account.table).await;
    let expected: Vec<_> = before.keys().filter(|key| !key.ends_with("#0000000000000000001")).collect();
    assert!(after.keys().eq(expected), "{} items of {} are left", after.len(), before.len());
    let same =
        |key: &String| tests::world::text(&before[key], "Ciphertext") == tests::world::text(&after[key], "Ciphertext");
    assert!(after.keys().all(same), "a version changed");
    crowd.assert_every_value_is_there(&crowd.account.table);
    let again = crowd.run(&["prune", "--yes"]);
    assert!(again.code == Some(0) && again.stderr.contains("there is nothing to do"), "{again:?}");
    assert_eq!(crowd.litter(), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn very_many_go_through_an_archive_into_another_table() {
    let crowd = Crowd::gather(Engine::Ministack).await;
    let key = x25519::Identity::generate();
    std::fs::write(crowd.home.join("key"), key.to_string().expose_secret()).unwrap();
    let whole = crowd.assert_every_value_is_there(&crowd.account.table);
    let recipient = key.to_public().to_string();
    let exported = crowd.run_killed(&["export", "--recipient", &recipient, "-o", "archive"], whole);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    let (key, archive) = (crowd.home.join("key"), crowd.home.join("archive"));
    let mut litter = crowd.litter();
    litter.sort();
    assert_eq!(litter, [archive, key]);

    crowd.account.create_table(OTHER_TABLE).await;
    let import = ["import", "archive", "--identity", "key", "--table", OTHER_TABLE, "--output", "json"];
    let imported = crowd.run_killed(&import, 2 * whole);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    let stored = crowd.stored(OTHER_TABLE).await;
    assert_eq!(stored.len(), 2 * crowd.values.len(), "a head and one version each");
    crowd.assert_every_value_is_there(OTHER_TABLE);
    let again = crowd.run(&import);
    assert!(again.code == Some(0) && again.stdout.trim() == "[]", "{again:?}");
    assert_eq!(crowd.stored(OTHER_TABLE).await, stored);
    assert_eq!(crowd.litter().len(), 2);
}

#[tokio::test]
async fn very_many_are_put_under_another_key() {
    let crowd = Crowd::gather(Engine::Roto).await;
    let before = crowd.stored(&crowd.account.table).await;
    let whole = crowd.assert_every_value_is_there(&crowd.account.table);
    let to = crowd.account.create_key().await;
    let arguments = ["reencrypt", "--to", &to];
    let done = crowd.run_killed(&arguments, whole / 4);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let after = crowd.stored(&crowd.account.table).await;
    assert!(after.keys().eq(before.keys()), "{} items of {} are there", after.len(), before.len());
    for (key, item) in &after {
        let mut expected = before[key].clone();
        // What can neither be read nor restored any more stays as it is, and so do heads.
        if key.ends_with("#0000000000000000002") {
            assert_eq!(tests::world::text(item, "KeyArn"), to);
            for name in ["KeyArn", "Ciphertext"] {
                expected.insert(name.to_owned(), item[name].clone());
            }
        }
        assert_eq!(*item, expected);
    }
    crowd.assert_every_value_is_there(&crowd.account.table);
    let again = crowd.run(&arguments);
    assert!(again.code == Some(0) && again.stderr.contains("there is nothing to do"), "{again:?}");
    assert_eq!(crowd.litter(), [] as [PathBuf; 0]);
}
