//! YAML that PyYAML, which reads YAML 1.1, reads as it is meant: the spelling of its own `dump` where that is simple.

use std::fmt::Write as _;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// What YAML 1.1 takes for something else than a text.
const WORDS: [&str; 10] = ["yes", "no", "true", "false", "on", "off", "null", "y", "n", "nan"];

/// A mapping.
pub(super) fn mapping(values: &[(String, SecretString)]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in values {
        scalar(&mut text, name);
        text.push_str(": ");
        scalar(&mut text, value.expose_secret());
        text.push('\n');
    }
    if values.is_empty() {
        text.push_str("{}\n");
    }
    text
}

fn scalar(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
    } else if value.chars().all(|c| (' '..='~').contains(&c)) {
        text.push('\'');
        text.push_str(&Zeroizing::new(value.replace('\'', "''")));
        text.push('\'');
    } else {
        escaped(text, value);
    }
}

/// A letter, then what means nothing to YAML.
fn is_plain(value: &str) -> bool {
    let begins = value.starts_with(|c: char| c.is_ascii_alphabetic());
    let means_nothing = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    begins && value.bytes().all(means_nothing) && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

fn escaped(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        // A `String` takes any text.
        let _ = match c {
            '"' | '\\' => write!(text, "\\{c}"),
            '\n' => write!(text, "\\n"),
            ' '..='~' => write!(text, "{c}"),
            '\0'..='\u{ff}' => write!(text, "\\x{:02x}", u32::from(c)),
            '\u{100}'..='\u{ffff}' => write!(text, "\\u{:04x}", u32::from(c)),
            _ => write!(text, "\\U{:08x}", u32::from(c)),
        };
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_would_take_for_something_else_is_quoted() {
        for (value, written) in [
            ("bee", "bee"),
            ("", "''"),
            ("yes", "'yes'"),
            ("Off", "'Off'"),
            ("007", "'007'"),
            ("1:30", "'1:30'"),
            ("a: b", "'a: b'"),
            ("it's", "'it''s'"),
            ("~", "'~'"),
            ("a\nb", "\"a\\nb\""),
            ("é☃𝄞", "\"\\xe9\\u2603\\U0001d11e\""),
        ] {
            let text = mapping(&[("a/b-c.d".to_owned(), SecretString::from(value))]);
            assert_eq!(*text, format!("a/b-c.d: {written}\n"));
        }
        assert_eq!(*mapping(&[]), "{}\n");
    }
}
