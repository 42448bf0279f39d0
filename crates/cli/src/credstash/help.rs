//! The texts of `--help`, made of the grammar.

use std::fmt::Write as _;

use super::grammar::{Flag, GLOBALS, HELP, Takes, Verb};

/// Of the program.
pub(super) fn of_the_program() -> String {
    let mut text = format!("usage: credstash{} VERB ...\n\n", brackets(GLOBALS.iter()));
    text.push_str("credstash's command line over credstash's table, in cfn-secrets; docs/credstash.md says how it differs.\n\nverbs:\n");
    for verb in Verb::ALL {
        line(&mut text, verb.name(), verb.about());
    }
    flags(&mut text, "options", [&HELP].into_iter().chain(&GLOBALS));
    text.push_str(
        "\n`credstash VERB -h` says what a verb takes. What is said before the verb may stand behind it as well.\n",
    );
    text
}

/// Of a verb.
pub(super) fn of(verb: Verb) -> String {
    let own = verb.own();
    let mut text = format!("usage: credstash {}{} {}", verb.name(), brackets(own.iter().copied()), verb.positionals());
    text.truncate(text.trim_end().len());
    write_text(&mut text, format_args!("\n\n{}\n", verb.about()));
    let positionals: &[(&str, &str)] = match verb {
        Verb::Delete => &[("credential", "its name")],
        Verb::Get => &[("credential", "its name; each * stands for any text, and the rest is a regular expression")],
        Verb::Put => &[
            ("credential", "its name"),
            ("value", "the value; @FILE: what the file holds; -: what comes on stdin; with -P none"),
        ],
        Verb::PutAll => &[("credentials", "an object of names and values in JSON, or @FILE, or - for stdin")],
        Verb::GetAll | Verb::Keys | Verb::List | Verb::Setup => &[],
    };
    let context = ("context", "pairs key=value that the value is bound to");
    let context = verb.positionals().contains("context").then_some(&context);
    if !verb.positionals().is_empty() {
        text.push_str("\npositional arguments:\n");
    }
    for (name, about) in positionals.iter().chain(context) {
        line(&mut text, name, about);
    }
    flags(&mut text, "options", [&HELP].into_iter().chain(own));
    flags(&mut text, "options of all verbs", GLOBALS.iter());
    text
}

fn brackets<'a>(flags: impl Iterator<Item = &'a Flag>) -> String {
    let mut text = String::from(" [-h]");
    for flag in flags {
        write_text(&mut text, format_args!(" [{}]", spelled(flag, false)));
    }
    text
}

fn flags<'a>(text: &mut String, title: &str, flags: impl Iterator<Item = &'a Flag>) {
    write_text(text, format_args!("\n{title}:\n"));
    for flag in flags {
        line(text, &spelled(flag, true), flag.help);
    }
}

fn spelled(flag: &Flag, in_full: bool) -> String {
    let names = match flag.short {
        Some(short) if in_full => format!("-{short}, --{}", flag.long),
        Some(short) => format!("-{short}"),
        None => format!("--{}", flag.long),
    };
    match flag.takes {
        Takes::Nothing => names,
        Takes::One(value) => format!("{names} {value}"),
        Takes::Many(value) => format!("{names} [{value} ...]"),
    }
}

fn line(text: &mut String, name: &str, about: &str) {
    write_text(text, format_args!("  {name:<28} {about}\n"));
}

/// A `String` takes any text.
fn write_text(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}
