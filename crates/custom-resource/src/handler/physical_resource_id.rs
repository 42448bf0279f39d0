//! The name of the thing that a custom resource stands for.

use std::borrow::Cow;
use std::fmt;

/// The most bytes that a PhysicalResourceId may have.
///
/// "The value must be a non-empty string and can be up to 1 KB in size":
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>
pub const MAX_PHYSICAL_RESOURCE_ID_BYTES: usize = 1024;

/// The name of the thing that a custom resource stands for, as `!Ref` yields it.
///
/// CloudFormation tells replacement from update by it: an Update that answers with another id than before is a
/// replacement, and the old id gets a Delete of its own. It shows up in consoles and logs, so it is never a secret.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PhysicalResourceId(Cow<'static, str>);

impl PhysicalResourceId {
    /// Checks `id`: not empty, at most [`MAX_PHYSICAL_RESOURCE_ID_BYTES`], no control characters.
    ///
    /// # Errors
    /// One variant of [`PhysicalResourceIdError`] for each of the three.
    pub fn parse(id: impl Into<String>) -> Result<Self, PhysicalResourceIdError> {
        let id = id.into();
        if id.is_empty() {
            Err(PhysicalResourceIdError::Empty)
        } else if id.len() > MAX_PHYSICAL_RESOURCE_ID_BYTES {
            Err(PhysicalResourceIdError::TooLong { bytes: id.len() })
        } else if id.contains(char::is_control) {
            Err(PhysicalResourceIdError::ControlCharacter)
        } else {
            Ok(Self(Cow::Owned(id)))
        }
    }

    /// An id that is known when the program is written; meant for a `const`, where a wrong one does not compile.
    ///
    /// ```
    /// use custom_resource::PhysicalResourceId;
    ///
    /// const NOT_CREATED: PhysicalResourceId = PhysicalResourceId::from_static("my-tool/not-created");
    /// assert_eq!(NOT_CREATED.as_str(), "my-tool/not-created");
    /// ```
    ///
    /// # Panics
    /// If `id` is empty, longer than [`MAX_PHYSICAL_RESOURCE_ID_BYTES`] or not printable ASCII.
    pub const fn from_static(id: &'static str) -> Self {
        let bytes = id.as_bytes();
        assert!(!bytes.is_empty() && bytes.len() <= MAX_PHYSICAL_RESOURCE_ID_BYTES, "1 to 1024 bytes");
        let mut at = 0;
        while at < bytes.len() {
            assert!(bytes[at] >= b' ' && bytes[at] <= b'~', "printable ASCII");
            at += 1;
        }
        Self(Cow::Borrowed(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhysicalResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text cannot be a [`PhysicalResourceId`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhysicalResourceIdError {
    /// CloudFormation would invent an id of its own and show "Invalid PhysicalResourceId" in place of the Reason.
    #[error("a physical resource id must not be empty")]
    Empty,
    /// Longer than 1 KB.
    #[error("a physical resource id has at most {MAX_PHYSICAL_RESOURCE_ID_BYTES} bytes, not {bytes}")]
    TooLong {
        /// The length of the refused text.
        bytes: usize,
    },
    /// A line break or the like, which no console shows and JSON blows up sixfold.
    #[error("a physical resource id must not contain control characters")]
    ControlCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_checked_at_each_border() {
        assert_eq!(PhysicalResourceId::parse(""), Err(PhysicalResourceIdError::Empty));
        assert_eq!(PhysicalResourceId::parse("a\nb"), Err(PhysicalResourceIdError::ControlCharacter));
        assert_eq!(PhysicalResourceId::parse("é".repeat(513)), Err(PhysicalResourceIdError::TooLong { bytes: 1026 }));
        assert_eq!(PhysicalResourceId::parse("é".repeat(512)).unwrap().to_string(), "é".repeat(512));
    }

    #[test]
    #[should_panic(expected = "1 to 1024 bytes")]
    fn an_empty_constant_does_not_compile_in_a_const() {
        drop(PhysicalResourceId::from_static(""));
    }

    #[test]
    #[should_panic(expected = "printable ASCII")]
    fn a_constant_with_a_line_break_does_not_compile_in_a_const() {
        drop(PhysicalResourceId::from_static("a\nb"));
    }
}
