//! What each format writes, and which values it refuses.

use secrecy::SecretString;
use serde_json::json;

use super::*;

fn values(pairs: &[(&str, &str)]) -> Values {
    Values(pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect())
}

fn written(pairs: &[(&str, &str)], output: Output, dialect: Dialect) -> Result<String, Failure> {
    values(pairs).write(Format { output, dialect, names: Names::AsIs }).map(|text| text.to_string())
}

#[test]
fn a_common_line_is_one_that_every_reader_reads_alike_or_none() {
    for (value, expected) in [
        ("abc-1_2.3/4:5@6%7+8=9,0", Some("abc-1_2.3/4:5@6%7+8=9,0")),
        ("", Some("''")),
        ("a$b", Some("'a$b'")),
        ("a #b", Some("'a #b'")),
        ("a\"b", Some("'a\"b'")),
        ("a\\b", Some("'a\\b'")),
        ("a'b", Some("\"a'b\"")),
        (" a ", Some("' a '")),
        ("é!x", Some("'é!x'")),
        ("a\\nb", None),
        ("a\\\\b", None),
        ("a\\", None),
        ("a'\"b", None),
        ("a'`b", None),
        ("${x}", None),
        ("$(x)", None),
        ("a\nb", None),
        ("a\rb", None),
        ("a\0b", None),
        ("a\tb", Some("'a\tb'")),
        ("a\u{1}b", None),
        ("a\u{2028}b", None),
        ("a\u{ffff}b", None),
    ] {
        let line = written(&[("K", value)], Output::Dotenv, Dialect::Common);
        match expected {
            Some(expected) => assert_eq!(line.unwrap(), format!("K={expected}\n")),
            None => assert!(line.unwrap_err().message.contains("the value of `K`"), "{value:?}"),
        }
    }
}

#[test]
fn each_dialect_spells_for_its_reader() {
    for (dialect, value, expected) in [
        (Dialect::Shell, "a'b\n$c", Some("'a'\\''b\n$c'")),
        (Dialect::Systemd, "a'b", Some("'a'\"'\"'b'")),
        (Dialect::Docker, "a 'b' \"c\" $d", Some("a 'b' \"c\" $d")),
        (Dialect::Docker, "a\nb", None),
        (Dialect::Node, "a'b", Some("\"a'b\"")),
        (Dialect::Node, "a'b\\n", Some("`a'b\\n`")),
        (Dialect::Node, "a'b\"`", None),
        (Dialect::Python, "a\"\\b\nc", Some("\"a\\\"\\\\b\\nc\"")),
        (Dialect::Python, "${x}", None),
        (Dialect::Systemd, "a\r\u{1}", Some("'a\r\u{1}'")),
        (Dialect::Systemd, "\u{ffff}", None),
        (Dialect::Node, "a\\", Some("a\\")),
        (Dialect::Node, "a b\\", None),
        (Dialect::Python, "a\rb", Some("\"a\\rb\"")),
        (Dialect::Dotenvy, "a'b\nc", Some("\"a'b\nc\"")),
        (Dialect::Dotenvy, "a$\\", Some("\"a\\$\\\\\"")),
    ] {
        let line = written(&[("K", value)], Output::Dotenv, dialect).ok();
        assert_eq!(line, expected.map(|expected| format!("K={expected}\n")), "{dialect:?} {value:?}");
    }
}

#[test]
fn properties_are_ascii_and_need_no_second_line() {
    let line = |value| written(&[("a key:", value)], Output::Properties, Dialect::Common).unwrap();
    assert_eq!(line(" é=#!\\"), "a\\ key\\:=\\ \\u00E9=#!\\\\\n");
    assert_eq!(line("x\n\r\t\u{c}😀"), "a\\ key\\:=x\\n\\r\\t\\f\\uD83D\\uDE00\n");
}

#[test]
fn terraform_is_given_no_template_and_nothing_that_it_changes() {
    let line = |value| written(&[("a-1", value)], Output::Tfvars, Dialect::Common).ok();
    for (value, expected) in [
        ("", Some("")),
        ("é\"\\", Some("é\\\"\\\\")),
        ("\n\r\t\u{1}\u{7f}", Some("\\n\\r\\t\\u0001\\u007F")),
        ("${x} $ %{y} % $${z}", Some("$${x} $ %%{y} % $$${z}")),
        ("e\u{301}", None),
        ("\u{212b}", None),
    ] {
        assert_eq!(line(value), expected.map(|expected| format!("a-1 = \"{expected}\"\n")), "{value:?}");
    }
    let failure = written(&[("a", "e\u{301}")], Output::TfvarsJson, Dialect::Common).unwrap_err();
    assert!(failure.message.contains("the value of `a`"), "{failure:?}");
}

#[test]
fn a_file_is_written_in_the_format_of_its_ending() {
    for (name, expected) in [
        ("x/prod.tfvars", Some(Output::Tfvars)),
        ("prod.auto.tfvars.json", Some(Output::TfvarsJson)),
        ("a.json", Some(Output::Json)),
        ("a.YML", Some(Output::Yaml)),
        (".env", Some(Output::Dotenv)),
        ("prod.env", Some(Output::Dotenv)),
        (".env.prod", None),
        ("secrets", None),
        ("/", None),
    ] {
        assert_eq!(Output::of_file(name.as_ref()), expected, "{name}");
    }
}

#[test]
fn the_formats_with_quotes_of_their_own_carry_everything() {
    let odd = "a'\"`\\ ${x} %{y}\r\n\té\u{1}";
    let pairs = &[("k", odd), ("l", "")];
    let json: Value = serde_json::from_str(&written(pairs, Output::Json, Dialect::Common).unwrap()).unwrap();
    assert_eq!(json, json!({"k": odd, "l": ""}));
    assert_eq!(written(pairs, Output::TfvarsJson, Dialect::Common).unwrap(), format!("{json:#}\n"));
    let csv = written(pairs, Output::Csv, Dialect::Common).unwrap();
    assert!(csv.starts_with("\"name\",\"value\"\n") && csv.ends_with("\"l\",\"\"\n"), "{csv}");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<(String, String)> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(records, [("k".to_owned(), odd.to_owned()), ("l".to_owned(), String::new())]);
}

#[test]
fn a_name_that_the_format_does_not_take_is_refused() {
    for output in [Output::Dotenv, Output::Shell, Output::Tfvars, Output::TfvarsJson] {
        let failure = written(&[("shop/prod", "x")], output, Dialect::Common).unwrap_err();
        assert!(failure.message.contains("the name `shop/prod`") && !failure.hints.is_empty(), "{failure:?}");
    }
    for (name, output, dialect) in [
        ("UID", Output::Shell, Dialect::Common),
        ("BASH_ENV", Output::Dotenv, Dialect::Common),
        ("RANDOM", Output::Dotenv, Dialect::Shell),
        ("count", Output::Tfvars, Dialect::Common),
        ("version", Output::TfvarsJson, Dialect::Common),
    ] {
        assert!(written(&[(name, "x")], output, dialect).unwrap_err().message.contains(name), "{name}");
    }
    assert_eq!(written(&[("UID", "x")], Output::Dotenv, Dialect::Docker).unwrap(), "UID=x\n");
    let format = Format { output: Output::Dotenv, dialect: Dialect::Common, names: Names::Upper };
    assert_eq!(*values(&[("shop/prod", "x"), ("1-a", "y")]).write(format).unwrap(), "SHOP_PROD=x\n_1_A=y\n");
    let failure = values(&[("a-b", "x"), ("a.b", "y")]).write(format).unwrap_err();
    assert!(failure.message.contains("`a-b` and `a.b` would both be `A_B`"), "{failure:?}");
}

/// What a shell reads of such a line.
fn read_by_sh(line: &str) -> String {
    let script = format!("{line}printf '%s' \"$K\"");
    let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    #[test]
    fn a_shell_reads_what_was_written(value in "[ -~\n\t\u{e9}]{0,16}") {
        let line = |output, dialect| written(&[("K", &value)], output, dialect);
        proptest::prop_assert_eq!(read_by_sh(&line(Output::Shell, Dialect::Common).unwrap()), value.clone());
        if let Ok(line) = line(Output::Dotenv, Dialect::Common) {
            proptest::prop_assert_eq!(read_by_sh(&line), value.clone());
        }
    }
}
