//! On a real terminal: what is refused there, what is asked, and that a bar is drawn.

use std::process::Command;

use rexpect::{process::WaitStatus, session::PtySession, session::spawn_command};
use tests::{
    command,
    world::{World, scenario},
};

use crate::filled::filled;

/// A command on a terminal of its own.
fn on_a_terminal(world: &World, arguments: &[&str]) -> PtySession {
    let mut command = Command::new(command::binary());
    command.args(arguments).env_clear().envs(world.command_environment()).env("TERM", "xterm");
    // What does not answer is waited for, a minute.
    spawn_command(command, Some(150_000)).unwrap()
}

/// All that it said to its end, and its exit code.
fn ended(mut terminal: PtySession) -> (String, i32) {
    let said = terminal.exp_eof().unwrap();
    match terminal.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (said, code),
        other => panic!("{other:?}: {said}"),
    }
}

#[tokio::test]
async fn a_value_is_shown_to_who_says_so_alone() {
    scenario(async |world| {
        filled(world).await;
        let template = command::home().join("t.j2");
        std::fs::write(&template, "{{ secret('shop/prod/api', 'user') }}\n").unwrap();
        let template = template.to_str().unwrap();
        for (arguments, shown) in [
            (&["get", "shop/prod/api", "--field", "user"][..], "app-user-17"),
            (&["get-all", "--name", "api"], "app-user-17"),
            (&["render", template], "app-user-17"),
            (&["generate", "--print", "1", "--kind", "uuid"], "-"),
        ] {
            let (said, code) = ended(on_a_terminal(world, arguments));
            assert!(code == 1 && said.contains("a secret is not shown on a terminal"), "{arguments:?}: {said}");
            assert!(said.contains("--reveal") && !said.contains("app-user-17"), "{said}");
            let (said, code) = ended(on_a_terminal(world, &[arguments, &["--reveal"]].concat()));
            assert!(code == 0 && said.contains(shown) && said.ends_with("\n"), "{arguments:?}: {said:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_is_a_table_with_its_columns() {
    scenario(async |world| {
        filled(world).await;
        let (said, code) = ended(on_a_terminal(world, &["list", "--owner", "ApiSecret"]));
        assert!(code == 0 && said.contains("STACK  ENV   NAME  VERSION  STATE"), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_sees_a_bar() {
    scenario(async |world| {
        filled(world).await;
        let mut terminal = on_a_terminal(world, &["get-all", "--reveal"]);
        terminal.exp_string("reading values").unwrap();
        let (said, code) = ended(terminal);
        assert!(code == 0 && said.contains("shop/prod/api"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_value_that_is_typed_is_not_echoed() {
    scenario(async |world| {
        filled(world).await;
        let value = crate::filled::DOCUMENT;
        let mut terminal = on_a_terminal(world, &["find", "--by-value"]);
        terminal.exp_string("Value: ").unwrap();
        terminal.send_line(value).unwrap();
        let (said, code) = ended(terminal);
        assert!(code == 0 && said.contains("ApiSecret") && !said.contains("app-user-17"), "{said}");

        let (said, code) = ended(on_a_terminal(world, &["find", "--by-value", "--no-input"]));
        assert!(code == 1 && said.contains("nobody may be asked"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_asked_for() {
    scenario(async |world| {
        filled(world).await;
        let arguments = ["retire", "shop/prod", "--recovery-window-in-days", "0"];
        let mut terminal = on_a_terminal(world, &arguments);
        terminal.exp_string("is lost some hours from now. Type yes:").unwrap();
        terminal.send_line("y").unwrap();
        let (said, code) = ended(terminal);
        assert!(code == 1 && said.contains("not done: the answer was not yes"), "{said}");
        let mut terminal = on_a_terminal(world, &arguments);
        terminal.exp_string("Type yes:").unwrap();
        terminal.send_line("yes").unwrap();
        let (said, code) = ended(terminal);
        assert!(code == 0 && said.contains("retired until"), "{said}");
        // Who says yes beforehand is not asked, and who gives up is not taken for a yes.
        let (said, code) = ended(on_a_terminal(world, &[&arguments[..], &["--yes"]].concat()));
        assert!(code == 0 && !said.contains("Type yes"), "{said}");
        let mut terminal = on_a_terminal(world, &["setup", "--table", "mine", "--apply"]);
        terminal.exp_string("Type yes:").unwrap();
        terminal.send_control('d').unwrap();
        let (said, code) = ended(terminal);
        assert!(code == 1 && said.contains("not done"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_stack_is_updated_after_a_question_and_under_a_bar() {
    scenario(async |world| {
        crate::living::living(world).await;
        let key = &*world.account.key_arn;
        let mut terminal = on_a_terminal(world, &["rotate", "shop/prod", "--trigger", "second", "--key", key]);
        terminal.exp_string("Rotation from \"first\" to \"second\"").unwrap();
        terminal.exp_string("Type yes:").unwrap();
        terminal.send_line("yes").unwrap();
        terminal.exp_string("updating the stack").unwrap();
        let (said, code) = ended(terminal);
        assert!(code == 0 && said.contains("current"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_value_to_be_stored_is_typed_twice() {
    scenario(async |world| {
        let key = &*world.account.key_arn;
        for (again, code, sentence) in [("other", 1, "the two are not the same"), ("typed+by'hand", 0, "current")] {
            let mut terminal = on_a_terminal(world, &["put", "shop/prod/x", "--key", key]);
            terminal.exp_string("Value of shop/prod/x: ").unwrap();
            terminal.send_line("typed+by'hand").unwrap();
            terminal.exp_string("Once more: ").unwrap();
            terminal.send_line(again).unwrap();
            let (said, ended) = ended(terminal);
            assert!(ended == code && said.contains(sentence) && !said.contains("typed+by"), "{said}");
        }
        let (said, code) = ended(on_a_terminal(world, &["put", "shop/prod/x", "--key", key, "--no-input"]));
        assert!(code == 1 && said.contains("nobody may be asked"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn whoever_reencrypts_sees_two_bars() {
    scenario(async |world| {
        filled(world).await;
        let arguments = ["reencrypt", "--to", "arn:aws:kms:eu-west-1:123456789012:key/another"];
        let mut terminal = on_a_terminal(world, &arguments);
        terminal.exp_string("reading the table").unwrap();
        terminal.exp_string("re-encrypting").unwrap();
        let (said, code) = ended(terminal);
        // The engine of this test cannot re-encrypt.
        assert!(code != 0 && said.contains("left as they were"), "{code}: {said}");
    })
    .await;
}

#[tokio::test]
async fn a_passphrase_is_asked_for_twice_and_not_echoed() {
    scenario(async |world| {
        filled(world).await;
        let archive = command::home().join("archive");
        let archive = archive.to_str().unwrap();
        let typed = |arguments: &[&str], answers: &[&str]| {
            let mut terminal = on_a_terminal(world, arguments);
            for (number, answer) in answers.iter().enumerate() {
                terminal.exp_string(["Passphrase of the archive: ", "Once more: "][number]).unwrap();
                terminal.send_line(answer).unwrap();
            }
            let (said, code) = ended(terminal);
            assert!(answers.iter().all(|answer| !said.contains(answer)), "{said}");
            (said, code)
        };
        let (said, code) = typed(&["export"], &[]);
        assert!(code == 1 && said.contains("an archive is not for a terminal"), "{said}");
        let (said, code) = typed(&["export", "-o", archive], &["staple battery", "battery staple"]);
        assert!(code == 1 && said.contains("the two are not the same"), "{said}");
        let (said, code) = typed(&["export", "-o", archive], &["staple battery", "staple battery"]);
        assert!(code == 0 && said.contains("2 secrets are in the archive"), "{said}");
        let import = ["import", archive, "--key", &*world.account.key_arn];
        let (said, code) = typed(&import, &["wrong horse"]);
        assert!(code == 1 && said.contains("the archive does not open"), "{said}");
        let (said, code) = typed(&import, &["staple battery"]);
        assert!(code == 0 && said.contains("2 secrets have these values already"), "{said}");
        let (said, code) = ended(on_a_terminal(world, &[&import[..], &["--no-input"]].concat()));
        assert!(code == 2 && said.contains("nobody may be asked for it"), "{said}");
    })
    .await;
}
