//! Many values: all at once, in other people's formats, into processes and files, and found again.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tests::{command, world::scenario};

use crate::filled::{DOCUMENT, filled};

#[tokio::test]
async fn all_values_of_an_env_go_by_their_names() {
    scenario(async |world| {
        filled(world).await;
        let all = world.command(&["get-all", "--debug"]).for_values().run().await;
        let found = all.json();
        assert_eq!(all.code, Some(0), "{all:?}");
        assert_eq!(found.as_object().unwrap().keys().collect::<Vec<_>>(), ["shop/prod", "shop/prod/api"]);
        assert_eq!(found["shop/prod/api"], DOCUMENT);

        let of_one_env = &["get-all", "--stack", "shop", "--env", "prod"];
        let named = world.command(of_one_env).for_values().run().await.json();
        assert_eq!(named.as_object().unwrap().keys().collect::<Vec<_>>(), ["api", "default"]);
        for output in ["json", "yaml", "csv", "tfvars", "tfvars-json", "properties", "shell"] {
            let ran = world.command(&[of_one_env, &["--output", output][..]].concat()).for_values().run().await;
            assert!(ran.code == Some(0) && ran.text().contains("app-user-17"), "{output}: {ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_is_its_owners_alone_and_in_the_format_of_its_ending() {
    scenario(async |world| {
        filled(world).await;
        let folder = command::home();
        for (name, flags, begins) in [
            ("prod.tfvars", &[][..], "api = \"{\\\"user"),
            ("prod.tfvars.json", &[], "{\n  \"api\": "),
            (".env", &["--dialect", "python"], "api=\"{\\\"user"),
            ("prod.env", &["--output", "properties"], "api={\"user"),
        ] {
            let file = folder.join(name);
            let to_file = ["get-all", "--stack", "shop", "--env", "prod", "-o", file.to_str().unwrap()];
            let ran = world.command(&[&to_file, flags].concat()).run().await;
            assert!(ran.code == Some(0) && ran.stdout.is_empty(), "{ran:?}");
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.starts_with(begins) && text.contains("app-user-17"), "{name}: {text}");
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let unknown = folder.join("secrets");
        let ran = world.command(&["get-all", "-o", unknown.to_str().unwrap()]).run().await;
        assert!(ran.code == Some(2) && ran.stderr.contains("says no format") && !unknown.exists(), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn a_configured_form_holds_where_it_has_a_meaning() {
    scenario(async |world| {
        filled(world).await;
        let home = command::home();
        let config = home.join(".config/cfn-secrets");
        std::fs::create_dir_all(&config).unwrap();
        let value = world.command(&["get", "shop/prod"]).for_values().run().await.text().to_owned();
        for (form, many, list) in [
            ("table", "{\n  \"api\": ", "STACK  ENV "),
            ("json", "{\n  \"api\": ", "[\n  {\n"),
            ("csv", "\"name\",\"value\"\n\"api\",", "stack,env,"),
            ("tfvars", "api = \"{", "shop\tprod\tapi\t"),
        ] {
            std::fs::write(config.join("config.toml"), format!("[default]\noutput = \"{form}\"\n")).unwrap();
            let run = async |arguments: &[&str]| {
                let ran = world.command(arguments).env("HOME", home.to_str().unwrap()).for_values().run().await;
                assert_eq!(ran.code, Some(0), "{form}: {ran:?}");
                ran.text().to_owned()
            };
            assert_eq!(run(&["get", "shop/prod"]).await, value, "{form}: a value goes into pipes as it is");
            let text = run(&["get-all", "--stack", "shop", "--env", "prod"]).await;
            assert!(text.starts_with(many), "{form}: {text}");
            let text = run(&["list"]).await;
            assert!(text.starts_with(list), "{form}: {text}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_format_cannot_carry_is_refused_before_the_first_byte() {
    scenario(async |world| {
        filled(world).await;
        for (flags, sentence) in [
            (&["--output", "dotenv"][..], "this format cannot carry the name `shop/prod/api`"),
            (&["--output", "dotenv", "--names", "upper"], "this format cannot carry the value of `shop/prod/api`"),
            (&["--output", "table"], "--output table is for lists"),
        ] {
            let ran = world.command(&[&["get-all"], flags].concat()).run().await;
            assert!(ran.stdout.is_empty() && ran.stderr.contains(sentence), "{ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_may_not_be_read_does_not_stop_the_rest() {
    scenario(async |world| {
        filled(world).await;
        // One that another key encrypted: this one's policy does not name it.
        let mut item = world.versions().await["prod/api#0000000000000000001"].clone();
        let other = world.account.create_key().await;
        item.insert("KeyArn".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(other));
        world.account.put_item(&item).await;
        let policy = ["iam", "get-all", "--table", &world.account.table, "--key", &world.account.key_arn];
        let policy = world.command(&policy).run().await.json();
        let session = world.session(&policy).await;
        let ran = world.command(&["get-all"]).as_session(&session).for_values().run().await;
        assert_eq!((ran.code, ran.json().as_object().unwrap().len()), (Some(5), 1), "{ran:?}");
        assert!(ran.stderr.contains("warning: shop/prod/api: you may not call kms:Decrypt"), "{ran:?}");
        assert!(ran.stderr.contains("error: 1 of 2 secrets were read"), "{ran:?}");

        // A file stays what it was, unless somebody says that a part is enough.
        let file = command::home().join("all.yaml");
        std::fs::write(&file, "as it was").unwrap();
        let to_file = ["get-all", "-o", file.to_str().unwrap()];
        let ran = world.command(&to_file).as_session(&session).run().await;
        assert_eq!((ran.code, std::fs::read_to_string(&file).unwrap().as_str()), (Some(5), "as it was"), "{ran:?}");
        assert!(ran.stderr.contains("hint: --partial"), "{ran:?}");
        let ran = world.command(&[&to_file[..], &["--partial"]].concat()).as_session(&session).run().await;
        assert!(ran.code == Some(5) && std::fs::read_to_string(&file).unwrap().contains("shop/prod: "), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn a_command_finds_the_secrets_in_its_environment() {
    scenario(async |world| {
        filled(world).await;
        for (arguments, script, expected) in [
            (&["shop/prod/api"][..], "echo $USER $DB_PASSWORD $DB_PORT", "app-user-17 s3cret+db/pa'ss 3306\n"),
            (&["--map", "PW=shop/prod/api:db.password"], "echo $PW", "s3cret+db/pa'ss\n"),
            (&["shop/prod/api", "--only", "DB_PORT", "--prefix", "APP_"], "echo $APP_DB_PORT-$APP_USER", "3306-\n"),
            (&["shop/prod/api", "--pristine"], "echo $AWS_REGION-$DB_PORT", "-3306\n"),
            (
                &["--file", "F=shop/prod/api:db.password"],
                "cat $F; cat $F; cat <$F | wc -c",
                "s3cret+db/pa'sss3cret+db/pa'ss15\n",
            ),
            (
                &["--file", "F=shop/prod/api:user"],
                "stat -Lc %a $F; (echo x >$F) 2>/dev/null || echo kept",
                "400\nkept\n",
            ),
            (&["shop/prod/api"], "ulimit -Sc", "0\n"),
            (&["shop/prod/api"], "exit 42", ""),
            (&["shop/prod/api"], "kill -TERM $$", ""),
        ] {
            let arguments = [&["exec", "--debug"], arguments, &["--", "sh", "-c", script]].concat();
            let ran = world.command(&arguments).for_values().run().await;
            let code = match script {
                "exit 42" => Some(42),
                "kill -TERM $$" => None,
                _ => Some(0),
            };
            assert_eq!((ran.code, ran.text()), (code, expected), "{ran:?}");
        }
        for (arguments, code) in [
            (&["exec", "shop/prod", "--", "no-such-command-here"][..], 127),
            (&["exec", "shop/prod", "--", "/"], 126),
            (&["exec", "--", "true"], 2),
            (&["exec", "--file", "F", "--", "true"], 2),
            (&["exec", "--file", "F=shop/none", "--", "true"], 1),
            (&["exec", "--map", "F=shop/prod", "--file", "F=shop/prod", "--", "true"], 2),
            (&["exec", "shop/prod", "true"], 2),
            (&["exec", "shop/none", "--", "touch", "/nowhere/at/all"], 1),
            (&["exec", "shop/prod", "shop/prod@1", "--", "true"], 2),
        ] {
            let ran = world.command(arguments).run().await;
            assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_is_there_whole_or_not_at_all() {
    scenario(async |world| {
        filled(world).await;
        let folder = command::home();
        let (template, file) = (folder.join("t.j2"), folder.join("out"));
        let render = |text: &str| {
            std::fs::write(&template, text).unwrap();
            let arguments = ["render", template.to_str().unwrap(), "--to", file.to_str().unwrap()];
            world.command(&arguments).run()
        };
        let names_one = "user={{ secret('shop/prod/api', 'user') }}\n";
        std::fs::write(&template, names_one).unwrap();
        let dry = ["render", template.to_str().unwrap(), "--to", file.to_str().unwrap(), "--dry-run"];
        let ran = world.command(&dry).run().await;
        assert!(ran.code == Some(0) && ran.stderr.contains("are well: shop/prod/api") && !file.exists(), "{ran:?}");
        let ran = render(names_one).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "user=app-user-17\n");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for text in
            ["{{ secret('shop/none') }}", "{{ secret('shop') }}", "{{ secret('shop/prod/api', 'x') }}", "{% if %}"]
        {
            let ran = render(text).await;
            assert!(matches!(ran.code, Some(1 | 2)), "{ran:?}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "user=app-user-17\n", "as it was");
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name == "t.j2" || name == "out" || name == ".config"), "{left:?}");
        let ran = world.command(&["render", template.to_str().unwrap(), "--to", "/proc/nowhere/x"]).run().await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn a_value_leads_to_its_secret() {
    scenario(async |world| {
        filled(world).await;
        for (stdin, code, rows) in [
            (DOCUMENT.to_owned(), 0, 1),
            (format!("{DOCUMENT}\n"), 0, 1),
            (DOCUMENT.to_uppercase(), 1, 0),
            (String::new(), 1, 0),
        ] {
            let ran = world.command(&["find", "--by-value", "--debug"]).stdin(stdin).run().await;
            assert_eq!((ran.code, ran.text().lines().count()), (Some(code), rows), "{ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn two_values_are_compared_without_telling_them() {
    scenario(async |world| {
        filled(world).await;
        let ran = world.command(&["diff", "shop/prod@1", "shop/prod@2", "--output", "json"]).run().await;
        let same = |same: bool| json!([{"field": "(whole)", "same": same, "length": 32, "other_length": 32}]);
        assert_eq!((ran.code, ran.json()), (Some(0), same(false)), "{ran:?}");
        let ran = world.command(&["diff", "shop/prod", "shop/prod@2", "--output", "json"]).run().await;
        assert_eq!(ran.json(), same(true));
        let ran = world.command(&["diff", "shop/prod@1", "shop/prod@2", "--exit-code"]).run().await;
        assert_eq!(ran.code, Some(1));
        let ran = world.command(&["diff", "shop/prod", "shop/prod/api", "--reveal"]).for_values().run().await;
        assert!(ran.text().contains("+{\"user\":\"app-user-17\""), "{ran:?}");
        let ran = world.command(&["diff", "shop/prod", "blog/dev", "--all", "--output", "csv"]).run().await;
        let names: Vec<_> = ran.text().lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(names, ["api.db.password", "api.db.port", "api.user", "default"], "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_is_told() {
    scenario(async |world| {
        filled(world).await;
        for arguments in ["list", "get shop/prod", "get-all", "generate --print 1", "--help"] {
            let mut command = std::process::Command::new(command::binary());
            command.args(arguments.split(' ')).env_clear().envs(world.command_environment());
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let output = command.stdout(full).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{arguments}: {said}");
            assert!(said.contains("the output cannot be written: No space left on device"), "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_pipe_is_a_quiet_end() {
    scenario(async |world| {
        filled(world).await;
        for arguments in ["list", "history shop/prod", "get-all", "iam get", "man", "completions bash", "--help"] {
            let script = format!("{{ {} {arguments}; echo $? >&2; }} | exec true", command::binary().display());
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &script]).env_clear().envs(world.command_environment());
            let output = shell.output().unwrap();
            assert_eq!(String::from_utf8(output.stderr).unwrap().lines().last(), Some("0"), "{arguments}");
        }
    })
    .await;
}
