//! The mark of a published version: short enough for the id of a version, and nothing in it comes of a value.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::id::SecretId;
use crate::owner::Owner;
use crate::record::{RequestToken, UnixTime};

/// What every mark begins with.
const PREFIX: &str = "cfn-";

/// Says of a version who published it, under which names, for which request, what, and when that was asked for.
///
/// Written out it has 53 to 64 characters of `a-z 0-9 -`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// When it was asked for.
    pub at: UnixTime,
    /// Who asked.
    pub claimant: Claimant,
    /// The names that the resource publishes under.
    pub place: Place,
    /// The request.
    pub request: Short<6>,
    /// Which version of a secret, in which shape.
    pub content: Content,
}

impl Mark {
    /// Of a request for this content.
    pub fn new(at: UnixTime, claimant: Claimant, place: Place, token: RequestToken, content: Content) -> Self {
        Self { at, claimant, place, request: Short::of(&[&token.to_string()]), content }
    }

    /// Whether both are of one request for one content.
    pub fn is_same_write(&self, other: &Self) -> bool {
        self.request == other.request && self.is_same_content(other)
    }

    /// Whether both say the same of the same resource.
    pub fn is_same_content(&self, other: &Self) -> bool {
        (self.claimant, self.place, self.content) == (other.claimant, other.place, other.content)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, claimant, place, request, content } = self;
        write!(f, "{PREFIX}{:x}-{}-{}-{request}-{}", at.0, claimant.0, place.0, content.0)
    }
}

/// A text that is no mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the mark of a published version")]
pub struct NotAMark;

impl FromStr for Mark {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        let rest = text.strip_prefix(PREFIX).ok_or(NotAMark)?;
        let [at, claimant, place, request, content] = rest.split('-').collect::<Vec<_>>()[..] else {
            return Err(NotAMark);
        };
        let mark = Self {
            at: UnixTime(u64::from_str_radix(at, 16).map_err(|_| NotAMark)?),
            claimant: Claimant(claimant.parse()?),
            place: Place(place.parse()?),
            request: request.parse()?,
            content: Content(content.parse()?),
        };
        // There is one way to write each: no capitals, no zeros in front.
        if mark.to_string() == text { Ok(mark) } else { Err(NotAMark) }
    }
}

/// A resource of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claimant(Short<6>);

impl Claimant {
    /// The one who is that owner.
    pub fn of(owner: &Owner) -> Self {
        Self(Short::of(&[&owner.to_string()]))
    }
}

impl fmt::Display for Claimant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Claimant {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        text.parse().map(Self)
    }
}

/// The names that a resource publishes under: other names are another place, and so another resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place(Short<4>);

impl Place {
    /// That of these names; one that is left out has its part in it, too.
    pub fn of(names: &[&str]) -> Self {
        Self(Short::of(names))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Place {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        text.parse().map(Self)
    }
}

/// Which versions of secrets are published, and as what. Never their values: whoever sees it could try them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content(Short<6>);

impl Content {
    /// Of these versions, in a shape and under settings that the texts say.
    pub fn of(versions: &[SecretId], shape: &[&str]) -> Self {
        let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
        let parts: Vec<_> = versions.iter().map(String::as_str).chain(["as"]).chain(shape.iter().copied()).collect();
        Self(Short::of(&parts))
    }
}

/// As much of a digest as tells a handful of things apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Short<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Short<BYTES> {
    /// Each part is preceded by its length, so that no two lists of parts run together into the same text.
    fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self(std::array::from_fn(|index| digest[index]))
    }
}

impl<const BYTES: usize> fmt::Display for Short<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const BYTES: usize> fmt::Debug for Short<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const BYTES: usize> FromStr for Short<BYTES> {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        if text.len() != 2 * BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAMark);
        }
        let mut bytes = [0; BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| NotAMark)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::owner::{LogicalResourceId, StackId};

    fn mark(at: u64, resource: &str, token: &str, shape: &str) -> Mark {
        let owner = Owner::Resource {
            stack_id: StackId::new("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/g"),
            logical_resource_id: LogicalResourceId::new(resource),
        };
        let id = "secrets/shop/prod/default@1.00000000".parse().unwrap();
        let (place, content) = (Place::of(&["/shop/db", ""]), Content::of(&[id], &[shape]));
        Mark::new(UnixTime(at), Claimant::of(&owner), place, RequestToken::manual(token), content)
    }

    #[test]
    fn a_mark_fits_into_the_id_of_a_version_for_a_million_years() {
        for at in [0, 1_800_000_000, 1 << 47] {
            let text = mark(at, "Db", "a", "value").to_string();
            assert!((32..=64).contains(&text.len()), "{text}");
            assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            assert_eq!(text.parse(), Ok(mark(at, "Db", "a", "value")));
        }
    }

    #[test]
    fn whatever_makes_a_difference_is_in_it() {
        let one = mark(1, "Db", "a", "value");
        assert!(one.is_same_write(&mark(2, "Db", "a", "value")), "the time is not what tells them apart");
        assert!(!one.is_same_write(&mark(1, "Db", "b", "value")) && one.is_same_content(&mark(1, "Db", "b", "value")));
        assert!(!one.is_same_content(&mark(1, "Db", "a", "rds")));
        assert!(!one.is_same_content(&mark(1, "Other", "a", "value")));
        assert!(!one.is_same_content(&Mark { place: Place::of(&["/shop/other", ""]), ..one }));
        assert_ne!(Place::of(&["/a", ""]), Place::of(&["", "/a"]));
        assert_ne!(Content::of(&[], &["ab", "c"]), Content::of(&[], &["a", "bc"]));
    }

    #[test]
    fn marks_are_stable_over_releases() {
        // What is published stays ours after an update of the function.
        let text = "cfn-6b49d200-56a1c5e3d8e9-0c010bee-9a9dd914111e-dacf7b3fc3da";
        assert_eq!(mark(0x6b49_d200, "Db", "a", "value").to_string(), text);
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_mark(text in "(cfn-)?[0-9a-fA-F-]{0,64}") {
            if let Ok(mark) = text.parse::<Mark>() {
                prop_assert_eq!(mark.to_string(), text);
            }
        }
    }

    #[test]
    fn what_looks_like_a_mark_is_none() {
        let text = mark(1, "Db", "a", "value").to_string();
        for other in
            ["", "cfn-", &text.to_uppercase(), &text.replace("cfn-1", "cfn-01"), &format!("{text}-"), &text[1..]]
        {
            assert_eq!(other.parse::<Mark>(), Err(NotAMark), "{other}");
        }
    }
}
