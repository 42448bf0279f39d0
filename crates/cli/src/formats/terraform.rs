//! A line of Terraform's *.tfvars, and what its variables cannot hold in any file.

use std::fmt::Write as _;

use unicode_normalization::{IsNormalized, is_nfc_quick};

/// NAME = "value"; else why not.
pub(super) fn line(name: &str, value: &str) -> Result<String, String> {
    carries(value)?;
    Ok(format!("{name} = \"{}\"\n", escaped(value)))
}

/// Terraform holds texts in Unicode's form C and brings others into it, so that another password arrives.
pub(super) fn carries(value: &str) -> Result<(), String> {
    match is_nfc_quick(value.chars()) {
        IsNormalized::Yes => Ok(()),
        IsNormalized::No | IsNormalized::Maybe => Err("Terraform brings its accents into another form".to_owned()),
    }
}

/// As inside HCL's quotes. `${` and `%{` begin a template there, unless the first character is doubled.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut following = value.chars().skip(1);
    for c in value.chars() {
        // A `String` takes any text.
        let _ = match (c, following.next()) {
            ('"' | '\\', _) => write!(text, "\\{c}"),
            ('\n', _) => write!(text, "\\n"),
            ('\r', _) => write!(text, "\\r"),
            ('\t', _) => write!(text, "\\t"),
            ('$' | '%', Some('{')) => write!(text, "{c}{c}"),
            (c, _) if c.is_control() => write!(text, "\\u{:04X}", u32::from(c)),
            (c, _) => write!(text, "{c}"),
        };
    }
    text
}
