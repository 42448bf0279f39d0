//! The item: one version of one credential, as DynamoDB keeps it, and as it is read and written here.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Digest, UnknownDigest, Version};

/// The attributes of an item, by their names.
pub type Attributes = BTreeMap<String, Attribute>;

/// An attribute's value, of the types that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A string.
    Text(String),
    /// A binary.
    Bytes(Vec<u8>),
}

/// Where an item is: its keys in the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The credential's name: any text.
    pub name: String,
    /// Its version.
    pub version: Version,
}

/// One version of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub place: Place,
    /// The data key, as KMS encrypted it.
    pub encrypted_key: Vec<u8>,
    /// The value, encrypted.
    pub ciphertext: Vec<u8>,
    /// The HMAC of the ciphertext.
    pub hmac: Vec<u8>,
    /// What it is of.
    pub digest: Digest,
    /// What somebody said of it.
    pub comment: Option<String>,
}

/// Why an item cannot be read. No text of an attribute that may be secret is repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MalformedItem {
    /// It lacks an attribute.
    #[error("it has no attribute '{0}'")]
    Missing(&'static str),
    /// An attribute is of another type than a string; of the HMAC: than a string or a binary.
    #[error("its attribute '{0}' is not of the type that credstash writes")]
    WrongType(&'static str),
    /// An attribute is not what it was: cut off, or changed.
    #[error("its attribute '{0}' is not base64: it was cut off or changed")]
    NotBase64(&'static str),
    /// The HMAC is not one.
    #[error("its attribute 'hmac' is not hexadecimal: it was changed")]
    NotHexadecimal,
    /// The HMAC is shorter or longer than the digest's.
    #[error("its attribute 'hmac' has {found} bytes, and those of {} have {}: it was cut off or changed", .digest.as_str(), .digest.bytes())]
    HmacLength {
        /// What it should be of.
        digest: Digest,
        /// How long it is.
        found: usize,
    },
    /// Nobody knows the digest.
    #[error("its attribute 'digest' is unknown")]
    Digest(#[from] UnknownDigest),
    /// It is not the item that was asked for.
    #[error("it is that of {:?} in version {}: somebody put it into another's place", .0.name, .0.version)]
    Swapped(Place),
}

impl Item {
    /// The item that was asked for.
    ///
    /// # Errors
    /// For one that cannot be read, or is another.
    pub fn of_attributes(asked: &Place, attributes: &Attributes) -> Result<Self, MalformedItem> {
        let place = Place {
            name: text(attributes, "name")?.to_owned(),
            version: Version::stored(text(attributes, "version")?),
        };
        if place != *asked {
            return Err(MalformedItem::Swapped(place));
        }
        let digest = match attributes.get("digest") {
            None => Digest::default(),
            Some(_) => Digest::of_stored(text(attributes, "digest")?)?,
        };
        let hmac = hexadecimal(bytes(attributes, "hmac")?).ok_or(MalformedItem::NotHexadecimal)?;
        if hmac.len() != digest.bytes() {
            return Err(MalformedItem::HmacLength { digest, found: hmac.len() });
        }
        let comment = attributes.get("comment").map(|_| text(attributes, "comment").map(str::to_owned));
        Ok(Self {
            place,
            encrypted_key: base64(attributes, "key")?,
            ciphertext: base64(attributes, "contents")?,
            hmac,
            digest,
            comment: comment.transpose()?,
        })
    }

    /// As it is stored.
    pub fn to_attributes(&self) -> Attributes {
        let text = |text: &str| Attribute::Text(text.to_owned());
        let hmac: String = self.hmac.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut attributes = Attributes::from([
            ("name".to_owned(), text(&self.place.name)),
            ("version".to_owned(), text(self.place.version.as_str())),
            ("key".to_owned(), Attribute::Text(STANDARD.encode(&self.encrypted_key))),
            ("contents".to_owned(), Attribute::Text(STANDARD.encode(&self.ciphertext))),
            ("hmac".to_owned(), Attribute::Bytes(hmac.into_bytes())),
            ("digest".to_owned(), text(self.digest.as_str())),
        ]);
        // credstash leaves out an empty one.
        if let Some(comment) = self.comment.as_deref().filter(|comment| !comment.is_empty()) {
            attributes.insert("comment".to_owned(), text(comment));
        }
        attributes
    }
}

/// A string.
fn text<'a>(attributes: &'a Attributes, name: &'static str) -> Result<&'a str, MalformedItem> {
    match attributes.get(name) {
        Some(Attribute::Text(text)) => Ok(text),
        Some(Attribute::Bytes(_)) => Err(MalformedItem::WrongType(name)),
        None => Err(MalformedItem::Missing(name)),
    }
}

/// A binary, or a string of the same bytes: credstash wrote strings before 1.13.1, and other writers do today.
fn bytes<'a>(attributes: &'a Attributes, name: &'static str) -> Result<&'a [u8], MalformedItem> {
    match attributes.get(name) {
        Some(Attribute::Text(text)) => Ok(text.as_bytes()),
        Some(Attribute::Bytes(bytes)) => Ok(bytes),
        None => Err(MalformedItem::Missing(name)),
    }
}

fn base64(attributes: &Attributes, name: &'static str) -> Result<Vec<u8>, MalformedItem> {
    STANDARD.decode(text(attributes, name)?).map_err(|_| MalformedItem::NotBase64(name))
}

/// Two digits a byte, of either case.
fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            place: Place { name: "db".to_owned(), version: Version::first() },
            encrypted_key: b"key".to_vec(),
            ciphertext: b"text".to_vec(),
            hmac: vec![0xab; 32],
            digest: Digest::Sha256,
            comment: None,
        }
    }

    fn read(change: impl FnOnce(&mut Attributes)) -> Result<Item, MalformedItem> {
        let mut attributes = item().to_attributes();
        change(&mut attributes);
        Item::of_attributes(&item().place, &attributes)
    }

    #[test]
    fn what_others_write_is_read_as_well() {
        assert_eq!(read(|_| ()), Ok(item()));
        let as_text =
            |text: String| move |item: &mut Attributes| drop(item.insert("hmac".to_owned(), Attribute::Text(text)));
        assert_eq!(read(as_text("ab".repeat(32))), Ok(item()));
        assert_eq!(read(as_text("AB".repeat(32))), Ok(item()));
        assert_eq!(read(|attributes| drop(attributes.remove("digest"))), Ok(item()));
        assert_eq!(
            read(|item| drop(item.insert("digest".to_owned(), Attribute::Text("sha256".to_owned())))),
            Ok(item())
        );
        assert_eq!(read(|item| drop(item.insert("created_at".to_owned(), Attribute::Bytes(vec![1])))), Ok(item()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for name in ["name", "version", "key", "contents", "hmac"] {
            assert_eq!(read(|attributes| drop(attributes.remove(name))), Err(MalformedItem::Missing(name)));
        }
        let text = |name: &'static str, text: &'static str| {
            read(move |attributes| drop(attributes.insert(name.to_owned(), Attribute::Text(text.to_owned()))))
        };
        assert_eq!(text("contents", "dGV4"), read(|_| ()).map(|item| Item { ciphertext: b"tex".to_vec(), ..item }));
        assert_eq!(text("contents", "dGV4d"), Err(MalformedItem::NotBase64("contents")));
        assert_eq!(text("key", "k y"), Err(MalformedItem::NotBase64("key")));
        assert_eq!(text("hmac", "xy"), Err(MalformedItem::NotHexadecimal));
        assert_eq!(text("hmac", "abc"), Err(MalformedItem::NotHexadecimal));
        let short = MalformedItem::HmacLength { digest: Digest::Sha256, found: 2 };
        assert_eq!(text("hmac", "abcd"), Err(short));
        assert!(matches!(text("digest", "RIPEMD"), Err(MalformedItem::Digest(_))));
        assert!(matches!(text("name", "other"), Err(MalformedItem::Swapped(place)) if place.name == "other"));
        assert!(matches!(text("version", "2"), Err(MalformedItem::Swapped(_))));
        let bytes = |item: &mut Attributes| drop(item.insert("contents".to_owned(), Attribute::Bytes(Vec::new())));
        assert_eq!(read(bytes), Err(MalformedItem::WrongType("contents")));
    }

    #[test]
    fn a_comment_is_kept_unless_it_is_empty() {
        for (comment, stored) in [(None, None), (Some(""), None), (Some("why"), Some("why"))] {
            let item = Item { comment: comment.map(str::to_owned), ..item() };
            let read = Item::of_attributes(&item.place, &item.to_attributes()).unwrap();
            assert_eq!(read.comment.as_deref(), stored);
        }
    }
}
