//! What S3 says in XML: the texts of elements. What is looked for has none of the characters that XML spells otherwise: error
//! codes, keys of our own, ids of versions, tokens in base64.

/// The text of the first element of this name.
pub(crate) fn text<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    all(xml, name).next()
}

/// What the elements of this name have inside, one after the other.
pub(crate) fn all<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (inside, after) = after.split_once(&close)?;
        rest = after;
        Some(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_names() {
        let xml = "<?xml version=\"1.0\"?><List><Key>a</Key><KeyCount>2</KeyCount><C><Key>b/c</Key></C><Key>cut off";
        assert_eq!(all(xml, "Key").collect::<Vec<_>>(), ["a", "b/c"]);
        assert_eq!(text(xml, "KeyCount"), Some("2"));
        assert_eq!(text(xml, "Code"), None);
        assert_eq!(text("", "Code"), None);
    }
}
