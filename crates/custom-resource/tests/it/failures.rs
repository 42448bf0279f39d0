//! The table of failures in the crate's documentation: complete, and each test that it names exists.

use std::path::Path;

const TABLE: &str = include_str!("../../src/failures.md");

fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path {
            path if path.is_dir() => sources(&path),
            path if path.extension().is_some_and(|extension| extension == "rs") => {
                std::fs::read_to_string(path).unwrap()
            }
            _ => String::new(),
        })
        .collect()
}

/// What stands in backticks and looks like the name of a test.
fn named_tests() -> Vec<&'static str> {
    let quoted = TABLE.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| {
            text.matches('_').count() >= 2 && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        })
        .filter(|text| text.bytes().any(|byte| byte.is_ascii_lowercase()))
        .collect()
}

#[test]
fn every_test_that_the_table_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(&root.join("src")) + &sources(&root.join("tests"));
    assert!(named_tests().len() > 40, "{:?}", named_tests());
    for name in named_tests() {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}");
    }
}

#[test]
fn every_failure_has_its_row_with_a_test_or_a_reason() {
    for number in 1..=36 {
        let start = format!("| F{number} |");
        let row = TABLE.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no row {start}"));
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{row}");
        let is_outside = cells[2].starts_with("*Yours*")
            || cells[2].contains("by CloudFormation itself")
            || cells[2].contains("Before the function runs");
        assert!(cells[3].contains('`') || is_outside, "{row}");
    }
}
