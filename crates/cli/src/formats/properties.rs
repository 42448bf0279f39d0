//! A line of java.util.Properties, in ASCII: read alike as ISO 8859-1 and as UTF-8.

use std::fmt::Write as _;

pub(super) fn line(name: &str, value: &str) -> String {
    format!("{}={}\n", escaped(name, Part::Key), escaped(value, Part::Value))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Value,
}

/// A raw `\` at the end would take the next line for its own; a space is a separator at the beginning, in a key everywhere.
fn escaped(text: &str, part: Part) -> String {
    let mut escaped = String::new();
    for (place, c) in text.char_indices() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{c}' => escaped.push_str("\\f"),
            ' ' if place == 0 || part == Part::Key => escaped.push_str("\\ "),
            '=' | ':' | '#' | '!' if part == Part::Key => {
                escaped.push('\\');
                escaped.push(c);
            }
            ' '..='~' => escaped.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(escaped, "\\u{unit:04X}");
                }
            }
        }
    }
    escaped
}
