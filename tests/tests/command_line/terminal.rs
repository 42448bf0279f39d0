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
    spawn_command(command, Some(20_000)).unwrap()
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
