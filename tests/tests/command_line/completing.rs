//! The tab key: real shells ask the real binary, which answers from what `list` remembered and asks nobody.

use std::{
    collections::BTreeMap, io::Write as _, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path,
    process::Command,
};

use rexpect::session::spawn_command;
use tests::{
    command,
    world::{World, scenario},
};

use crate::filled::filled;

/// One home for all commands of a story.
fn environment(world: &World) -> BTreeMap<String, String> {
    let mut environment = world.command_environment();
    let path = format!("{}:{}", command::binary().parent().unwrap().display(), environment["PATH"]);
    environment.insert("PATH".to_owned(), path);
    environment
}

fn cache(environment: &BTreeMap<String, String>) -> std::path::PathBuf {
    Path::new(&environment["HOME"]).join(".cache/cfn-secrets")
}

/// What a shell is told for this line, the last word of which is being typed.
fn asked(environment: &BTreeMap<String, String>, words: &[&str]) -> Vec<String> {
    let mut asked = Command::new("cfn-secrets");
    asked.env_clear().envs(environment).env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    asked.env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "false");
    let told = asked.args(["--", "cfn-secrets"]).args(words).output().unwrap();
    assert!(told.status.success() && told.stderr.is_empty(), "{told:?}");
    String::from_utf8(told.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn names_are_remembered_by_whoever_asks_for_it_and_no_values() {
    scenario(async |world| {
        filled(world).await;
        let environment = environment(world);
        let home = environment["HOME"].clone();
        let run = |arguments: &[&str]| world.command(arguments).env("HOME", &home).run();
        assert_eq!(run(&["list"]).await.code, Some(0));
        assert!(!cache(&environment).exists(), "nobody asked for it");
        assert!(asked(&environment, &["get", "shop"]).is_empty());

        assert_eq!(run(&["list", "--remember-names", "--stack", "none"]).await.code, Some(0));
        let file = cache(&environment).join("names-default");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "blog/dev\nshop/prod/api\nshop/prod\n");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let (stacks, verbs) = (asked(&environment, &["list", "--stack", ""]), asked(&environment, &["reen"]));
        assert_eq!((stacks, verbs), (vec!["blog".to_owned(), "shop".to_owned()], vec!["reencrypt".to_owned()]));
        assert_eq!(asked(&environment, &["diff", "shop/prod", "shop/prod/"]), ["shop/prod/api"]);
        assert!(asked(&environment, &["--profile", "other", "get", "shop"]).is_empty(), "each profile has its own");
        assert_eq!(asked(&environment, &["list", "--store", "s"]), ["ssm:/", "secretsmanager:"]);
        assert_eq!(asked(&environment, &["--store", "ssm:/", "del"]), ["delete"]);

        // From the configuration file, each time.
        std::fs::create_dir_all(format!("{home}/.config/cfn-secrets")).unwrap();
        std::fs::write(format!("{home}/.config/cfn-secrets/config.toml"), "[default]\nremember_names = true\n")
            .unwrap();
        std::fs::write(&file, "old/name\n").unwrap();
        assert_eq!(run(&["list"]).await.code, Some(0));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "blog/dev\nshop/prod/api\nshop/prod\n");
    })
    .await;
}

/// A shell on a terminal, and how it is told to complete.
struct Shell {
    program: &'static str,
    flags: &'static [&'static str],
    told: &'static str,
}

const SHELLS: [Shell; 3] = [
    // A terminal of rexpect has no echo, and readline looks for it.
    Shell {
        program: "bash",
        flags: &["--norc", "--noprofile", "-i"],
        told: "stty echo; source <(cfn-secrets completions bash)",
    },
    Shell {
        program: "zsh",
        flags: &["-f", "-i"],
        told: "autoload -Uz compinit; compinit -u; source <(cfn-secrets completions zsh)",
    },
    Shell { program: "fish", flags: &["--no-config", "-i"], told: "cfn-secrets completions fish | source" },
];

#[tokio::test]
async fn each_shell_completes_a_secret_and_aws_is_not_asked() {
    scenario(async |world| {
        filled(world).await;
        let mut environment = environment(world);
        let home = environment["HOME"].clone();
        let remembered = world.command(&["list", "--remember-names"]).env("HOME", &home).run().await;
        assert_eq!(remembered.code, Some(0), "{remembered:?}");
        let aws = TcpListener::bind("127.0.0.1:0").unwrap();
        aws.set_nonblocking(true).unwrap();
        environment.insert("AWS_ENDPOINT_URL".to_owned(), format!("http://{}", aws.local_addr().unwrap()));
        for shell in SHELLS {
            if Command::new(shell.program).arg("--version").output().is_err() {
                assert!(std::env::var_os("CI").is_none(), "{} is not installed", shell.program);
                writeln!(std::io::stderr(), "!! SKIPPED: completions in {0} (Debian has it as {0})", shell.program)
                    .unwrap();
                continue;
            }
            completes(&shell, &environment);
        }
        assert!(aws.accept().is_err(), "somebody asked AWS");
    })
    .await;
}

fn completes(shell: &Shell, environment: &BTreeMap<String, String>) {
    let mut program = Command::new(shell.program);
    program.args(shell.flags).env_clear().envs(environment).env("TERM", "dumb").env("PS1", "> ");
    let mut terminal = spawn_command(program, Some(20_000)).unwrap();
    terminal.send_line(&format!("{}; echo rea''dy", shell.told)).unwrap();
    terminal.exp_string("ready").unwrap();
    for (typed, becomes) in
        [("cfn-secrets get blo", "g/dev"), ("cfn-secrets list --stack sh", "op"), ("cfn-secrets reenc", "rypt")]
    {
        terminal.send(&format!("{typed}\t")).unwrap();
        terminal.flush().unwrap();
        let seen = terminal.exp_string(&format!("{typed}{becomes}"));
        seen.unwrap_or_else(|error| panic!("{}: {error}", shell.program));
        terminal.send_control('u').unwrap();
    }
    terminal.send_line("exit").unwrap();
    terminal.exp_eof().unwrap();
}

#[tokio::test]
async fn every_shell_has_a_script_and_an_unknown_one_is_told() {
    scenario(async |world| {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let ran = world.command(&["completions", shell]).run().await;
            assert!(ran.code == Some(0) && ran.text().contains("COMPLETE"), "{ran:?}");
        }
        let ran = world.command(&["--"]).env("COMPLETE", "tcsh").run().await;
        assert!(ran.code == Some(2) && ran.stderr.contains("unknown shell"), "{ran:?}");
    })
    .await;
}
