//! `application/x-www-form-urlencoded`, read strictly: what does not decode is refused and never replaced, since two
//! passwords with a replaced letter would be one.

use std::fmt;

use zeroize::Zeroizing;

/// A field that a form of ours may have; all others are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `uname`
    UserName,
    /// `password`
    Password,
    /// `new_password`
    NewPassword,
    /// `nonce`: which form it is, so that the same one sent twice is one sign-up.
    Nonce,
    /// `form_token`: that the form was made for this session.
    FormToken,
}

impl Field {
    const ALL: [Self; 5] = [Self::UserName, Self::Password, Self::NewPassword, Self::Nonce, Self::FormToken];

    /// Its name in the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserName => "uname",
            Self::Password => "password",
            Self::NewPassword => "new_password",
            Self::Nonce => "nonce",
            Self::FormToken => "form_token",
        }
    }
}

/// What is wrong with a form; its text is for the user, and quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A `%` without two hexadecimal digits after it.
    #[error("a % in the form is not followed by two hexadecimal digits: write % itself as %25")]
    Escape,
    /// Bytes that are no UTF-8, or a letter that was lost on the way.
    #[error("the form is not in UTF-8: send it from a page in UTF-8, with accept-charset=\"utf-8\"")]
    NotUtf8,
    /// A field that comes more than once, of which only one could count.
    #[error("the form has the field {0} more than once: send it once")]
    Twice(&'static str),
    /// A field that must be there.
    #[error("the form has no field {0}: send uname and password as application/x-www-form-urlencoded")]
    Missing(&'static str),
}

/// The fields of a form, erased when it is dropped.
#[derive(Default)]
pub struct Form([Option<Zeroizing<String>>; Field::ALL.len()]);

impl Form {
    /// Reads a body.
    ///
    /// # Errors
    /// If any of it does not decode, or a field comes twice.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let name = decode(&pair[..end])?;
            let value = decode(pair.get(end + 1..).unwrap_or_default())?;
            let Some(place) = Field::ALL.iter().position(|field| field.name() == *name) else { continue };
            if form.0[place].replace(value).is_some() {
                return Err(FormError::Twice(Field::ALL[place].name()));
            }
        }
        Ok(form)
    }

    /// The text of a field, if it is there and not empty.
    pub fn optional(&self, field: Field) -> Option<&str> {
        self.0[field as usize].as_deref().map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The text of a field.
    ///
    /// # Errors
    /// If it is missing or empty.
    pub fn required(&self, field: Field) -> Result<&str, FormError> {
        self.optional(field).ok_or(FormError::Missing(field.name()))
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").finish_non_exhaustive()
    }
}

fn decode(escaped: &[u8]) -> Result<Zeroizing<String>, FormError> {
    // Of its final size at once: a buffer that grows leaves what it held behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(escaped.len()));
    let mut rest = escaped.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(digit), rest.next().and_then(digit)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(FormError::Escape),
            },
            other => *other,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| FormError::NotUtf8)?;
    // A REST API puts U+FFFD where the body's own bytes were no UTF-8, and says nothing.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(FormError::NotUtf8);
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn digit(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn password(body: &[u8]) -> Result<String, FormError> {
        Form::parse(body).and_then(|form| Ok(form.required(Field::Password)?.to_owned()))
    }

    #[test]
    fn what_a_browser_sends_is_read_as_it_was_typed() {
        for (body, typed) in [
            ("password=a%2Bb", "a+b"),
            ("password=a%26b%3Dc%25d", "a&b=c%d"),
            ("password=+%C3%A9%F0%9F%90%A0+", " é🐠 "),
            ("uname=x&&submit=Log+in&password=a=b", "a=b"),
            ("password=%00%ef%bb%bf", "\0\u{feff}"),
            ("password=é", "é"), // curl -d sends it so
        ] {
            assert_eq!(password(body.as_bytes()).as_deref(), Ok(typed), "{body}");
        }
    }

    #[test]
    fn what_would_lose_a_letter_is_refused() {
        for (body, error) in [
            (&b"password=caf%E9"[..], FormError::NotUtf8),
            (b"password=caf\xe9", FormError::NotUtf8),
            ("password=caf\u{fffd}".as_bytes(), FormError::NotUtf8),
            (b"x=%ff&password=a", FormError::NotUtf8),
            (b"password=100%", FormError::Escape),
            (b"password=%+1", FormError::Escape),
            (b"password=a&pass%77ord=a", FormError::Twice("password")),
            (b"uname=a&uname=&password=a", FormError::Twice("uname")),
            (b"password=", FormError::Missing("password")),
            (b"password", FormError::Missing("password")),
            (b"", FormError::Missing("password")),
        ] {
            assert_eq!(password(body), Err(error), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_megabyte_is_read_in_one_go() {
        let body = [b"password=".as_slice(), &vec![b'a'; 1_000_000]].concat();
        assert_eq!(password(&body).unwrap().len(), 1_000_000);
        assert!(Form::parse(&b"&".repeat(1_000_000)).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Form::parse(&body);
        }

        #[test]
        fn whatever_is_encoded_comes_back(text in any::<String>(), other in any::<String>()) {
            prop_assume!(!text.is_empty() && !format!("{text}{other}").contains(char::REPLACEMENT_CHARACTER));
            let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
            let body = format!("{}={}&password={}", encode("note"), encode(&other), encode(&text));
            prop_assert_eq!(password(body.as_bytes()), Ok(text));
        }
    }
}
