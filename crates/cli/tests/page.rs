//! docs/cli.md and docs/stores.md: the first part of each is `page.md` or `stores.md` beside this, the rest comes of the command's
//! grammar, and of what it knows of each store. A page that is not what they say fails; `WRITE_CLI_PAGE=1` writes it anew.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that asks its environment whether to write"
)]

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use cli::cli::Cli;
use cli::stores;
use cli::stores::capabilities::{self, Capabilities, Deletion};

/// As wide as the other pages.
const WIDTH: usize = 98;

fn page() -> String {
    let mut page = include_str!("page.md").to_owned();
    grammar(&mut page, Cli::command());
    page
}

fn stores_page() -> String {
    let mut page = include_str!("stores.md").to_owned();
    page.push_str(&table());
    grammar(&mut page, stores::Cli::command());
    page
}

fn grammar(page: &mut String, command: Command) {
    let mut command = command.term_width(WIDTH).max_term_width(WIDTH);
    command.build();
    section(page, "## Globals and verbs", command.clone());
    for verb in command.get_subcommands() {
        // What holds for every verb stands above.
        let own = verb.clone().mut_args(|argument| {
            let is_global = argument.is_global_set();
            argument.hide(is_global)
        });
        section(page, &format!("## {}", verb.get_name()), own.term_width(WIDTH).max_term_width(WIDTH));
    }
}

/// What is told of a store.
type Told = fn(&Capabilities) -> String;

/// A row for what may be asked of a store, a column for each.
fn table() -> String {
    let rows: [(&str, Told); 12] = [
        ("", |has| format!("`{}`", has.store)),
        ("A name", |has| has.names.to_owned()),
        ("The longest value, in bytes of UTF-8", |has| has.longest_value.to_string()),
        ("An empty value", |has| if has.empty_value { "kept" } else { "refused" }.to_owned()),
        ("Refused in a value", |has| has.refused_values.unwrap_or("nothing").to_owned()),
        ("A version", |has| has.versions.called.to_owned()),
        ("Versions that are kept", |has| has.versions.kept.to_owned()),
        ("A comment", |has| has.longest_comment.map_or("none".to_owned(), |most| format!("of {most} characters"))),
        ("An encryption context of one's own", |has| if has.context { "kept" } else { "none" }.to_owned()),
        ("What comes twice", |has| has.repeated.to_owned()),
        ("Calls in a second, at most", |has| has.rate.to_string()),
        ("`delete`", |has| match has.deletion {
            Deletion::AtOnce => "at once, with all versions".to_owned(),
            Deletion::Window { least, most } => format!("can be brought back for {least} to {most} days"),
        }),
    ];
    let mut table = String::new();
    for (index, (name, cell)) in rows.iter().enumerate() {
        let cells: Vec<_> = capabilities::ALL.iter().map(cell).collect();
        writeln!(table, "| {name} | {} |", cells.join(" | ")).unwrap();
        if index == 0 {
            table.push_str("|---|---|---|---|---|---|\n");
        }
    }
    table.push_str("\nAn advanced parameter, with `--tier advanced`, has 8192 bytes, and costs.\n\nSources:\n\n");
    for has in capabilities::ALL {
        writeln!(table, "- {}: {}", has.service, has.source).unwrap();
    }
    table.push('\n');
    table
}

fn section(page: &mut String, title: &str, mut command: Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    writeln!(page, "{title}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()).unwrap();
}

#[test]
fn the_pages_are_what_the_grammar_says() {
    for (name, text) in [("cli.md", page()), ("stores.md", stores_page())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        let text = format!("{}\n", text.trim_end());
        if std::env::var_os("WRITE_CLI_PAGE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == text, "docs/{name} is stale: `make properties` writes it anew");
    }
}

#[test]
fn every_verb_has_a_sentence_and_an_example() {
    for (command, begins) in [(Cli::command(), "cfn-secrets "), (stores::Cli::command(), "cfn-secrets --store ")] {
        for verb in command.get_subcommands() {
            let name = verb.get_name();
            assert!(verb.get_about().is_some(), "{name} says what it does");
            let examples = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = examples.lines().any(|line| line.contains(begins) && line.contains(&format!(" {name}")));
            assert!(example, "{name} has an example");
            let broken = examples.lines().find(|line| line.len() > WIDTH);
            assert_eq!(broken, None, "{name}: on two lines, it is no command any more");
        }
    }
}
