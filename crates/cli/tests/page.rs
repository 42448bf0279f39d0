//! docs/cli.md: its first part is `page.md` beside this, the rest comes of the command's grammar. A page that is not what they
//! say fails; `WRITE_CLI_PAGE=1` writes it anew.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that asks its environment whether to write"
)]

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use cli::cli::Cli;

/// As wide as the other pages.
const WIDTH: usize = 98;

fn page() -> String {
    let mut page = include_str!("page.md").to_owned();
    let mut command = Cli::command().term_width(WIDTH).max_term_width(WIDTH);
    command.build();
    section(&mut page, "## Globals and verbs", command.clone());
    for verb in command.get_subcommands() {
        // What holds for every verb stands above.
        let own = verb.clone().mut_args(|argument| {
            let is_global = argument.is_global_set();
            argument.hide(is_global)
        });
        section(&mut page, &format!("## {}", verb.get_name()), own.term_width(WIDTH).max_term_width(WIDTH));
    }
    page
}

fn section(page: &mut String, title: &str, mut command: Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    writeln!(page, "{title}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()).unwrap();
}

#[test]
fn the_page_is_what_the_grammar_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let page = format!("{}\n", page().trim_end());
    if std::env::var_os("WRITE_CLI_PAGE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/cli.md is stale: `make properties` writes it anew");
}

#[test]
fn every_verb_has_a_sentence_and_an_example() {
    for verb in Cli::command().get_subcommands() {
        let name = verb.get_name();
        assert!(verb.get_about().is_some(), "{name} says what it does");
        let examples = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(examples.contains(&format!("cfn-secrets {name}")), "{name} has an example");
        let broken = examples.lines().find(|line| line.len() > WIDTH);
        assert_eq!(broken, None, "{name}: on two lines, it is no command any more");
    }
}
