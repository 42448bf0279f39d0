//! docs/credstash.md: which recorded cases may differ, because a row says why.

use std::{collections::BTreeSet, fs};

use tests::paths;

/// The names in the last column of the page's table.
pub(crate) fn on_purpose() -> BTreeSet<String> {
    let page = fs::read_to_string(paths::repository().join("docs/credstash.md")).unwrap();
    let (_, table) = page.split_once("| Recorded cases |\n|---|---|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.trim_end_matches(" |").rsplit(" | ").next().unwrap());
    cells.flat_map(|cell| cell.split_whitespace().map(|name| name.trim_matches('`').to_owned())).collect()
}

#[test]
fn each_row_says_what_why_and_which() {
    let names = on_purpose();
    assert!(names.len() > 20 && names.contains("closed-pipe"), "{names:?}");
    let odd =
        |name: &&String| !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    assert_eq!(names.iter().find(odd), None);
}
