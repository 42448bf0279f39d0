//! Requests that are refused before anybody decides about them: from another site, too large, or no form of ours.

use std::error::Error;
use std::fmt::Write;
use std::net::IpAddr;

use accounts::ports::PortError;
use accounts::{
    Changed, Field, Form, FormError, LoggedIn, Nonce, PasswordError, Seconds, SignedUp, UserNameError, Weakness,
};

use crate::answer::Answer;
use crate::event::{BadBody, Request, Route};
use crate::pages::Page;

/// The longest body of a form with one password: 1,024 bytes of it are 3,072 escaped, which leaves 1,000 for the rest.
pub(crate) const ONE_PASSWORD: usize = 4096;

/// The same with two passwords.
pub(crate) const TWO_PASSWORDS: usize = 8192;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) retry_after: Option<Seconds>,
}

impl Refusal {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), retry_after: None }
    }

    /// For who has tried too often.
    pub(crate) fn wait(seconds: Seconds) -> Self {
        let reason = format!("there were too many tries: the next one is possible in {seconds} seconds");
        Self { retry_after: Some(seconds), ..Self::new(429, reason) }
    }

    /// For whom a service does not answer.
    fn unavailable() -> Self {
        let reason = "something that this needs does not answer: try again in a moment";
        Self { retry_after: Some(5), ..Self::new(503, reason) }
    }

    /// As a page, with what was typed but the password, or as JSON.
    pub(crate) fn answer(&self, request: &Request, status: &str, page: Page<'_>) -> Answer {
        let answer = if request.wants_page() {
            Answer::page(self.status, &Page { error: Some(&self.reason), ..page })
        } else {
            Answer::json(self.status, status, Some(&self.reason))
        };
        match self.retry_after {
            Some(seconds) => answer.with("Retry-After", seconds.to_string()),
            None => answer,
        }
    }
}

impl From<PortError> for Refusal {
    /// Why a service does not answer is for the log alone.
    fn from(error: PortError) -> Self {
        let mut causes = String::new();
        let mut next = error.source();
        while let Some(cause) = next {
            let _ = write!(causes, ": {cause}"); // never fails
            next = cause.source();
        }
        tracing::error!("{error}{causes}");
        Self::unavailable()
    }
}

/// What a request hears whose time is over while a service still does not answer: Lambda would end the function and say
/// nothing. The form is the one that was sent, whatever came of it.
pub(crate) fn late(request: &Request) -> Answer {
    tracing::error!("a service did not answer within the request's time");
    let form = form(request, TWO_PASSWORDS).unwrap_or_default();
    let nonce = form.optional(Field::Nonce).and_then(Nonce::parse).map(|nonce| nonce.expose()).unwrap_or_default();
    let (status, page) = match request.route {
        Route::SignUp => ("Signup Failed", Page { nonce, ..Page::sign_up(&request.prefix) }),
        Route::Password => ("Change Failed", Page::password(&request.prefix)),
        Route::LogIn => ("Login Failed", Page::log_in(&request.prefix)),
        Route::Account | Route::LogOut | Route::Unknown => ("Service Unavailable", Page::log_in(&request.prefix)),
    };
    Refusal::unavailable().answer(request, status, Page { user: form.optional(Field::UserName), ..page })
}

/// Where a request came from.
///
/// # Errors
/// If the gateway does not say, or says no address: then nobody could be told from anybody.
pub(crate) fn source(request: &Request) -> Result<IpAddr, Refusal> {
    request.source.ok_or_else(|| Refusal::new(400, "the request's event names no address that it came from"))
}

/// An outcome, as the log has it.
pub(crate) trait Told {
    fn told(&self) -> &'static str;
}

impl Told for SignedUp {
    fn told(&self) -> &'static str {
        match self {
            Self::Yes => "success",
            Self::Taken => "taken",
            Self::Wait(_) => "too many",
        }
    }
}

impl Told for LoggedIn {
    fn told(&self) -> &'static str {
        match self {
            Self::Yes(_) => "success",
            Self::MustChange => "must change",
            Self::No => "failed",
            Self::Wait(_) => "too many",
        }
    }
}

impl Told for Changed {
    fn told(&self) -> &'static str {
        match self {
            Self::Yes => "success",
            Self::No => "failed",
            Self::Wait(_) => "too many",
        }
    }
}

pub(crate) fn told(outcome: &Result<impl Told, PortError>) -> &'static str {
    outcome.as_ref().map_or("error", Told::told)
}

macro_rules! refused {
    ($($error:ty: $status:literal,)*) => {
        $(impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Self::new($status, error.to_string())
            }
        })*
    };
}

refused! {
    FormError: 400,
    UserNameError: 400,
    PasswordError: 400,
    Weakness: 409,
}

/// The form of a request.
///
/// # Errors
/// If it comes from a page of somebody else, or is no form.
pub(crate) fn form(request: &Request, limit: usize) -> Result<Form, Refusal> {
    same_origin(request)?;
    if !is_form_in_utf8(request.header("content-type").unwrap_or_default()) {
        return Err(Refusal::new(400, "the body must be a form: application/x-www-form-urlencoded in UTF-8"));
    }
    let body = request.body(limit).map_err(|error| match error {
        BadBody::TooLarge => Refusal::new(413, format!("the form is too large: it has at most {limit} bytes")),
        BadBody::NotBase64 => Refusal::new(400, "the body is not base64, though its event says so"),
    })?;
    Ok(Form::parse(&body)?)
}

/// Whether a content type is a form's that names no other charset: its bytes could be read as UTF-8 by chance.
fn is_form_in_utf8(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let mut parameters = parts.filter_map(|part| part.split_once('='));
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && parameters.all(|(name, value)| {
            !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// Whether a request comes from a page of this application, or from no browser at all. A browser says where its page is:
/// new ones in `Sec-Fetch-Site`, all in `Origin`.
fn same_origin(request: &Request) -> Result<(), Refusal> {
    let other = || Err(Refusal::new(403, "the form is on a page of another site: open this service's own page"));
    match (request.header("sec-fetch-site"), request.header("origin")) {
        (Some("same-origin"), _) | (None, None) => Ok(()),
        (Some(_), _) => other(),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            if host.is_some() && host == request.header("host") { Ok(()) } else { other() }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(headers: serde_json::Value, body: &str) -> u16 {
        let mut event = json!({"httpMethod": "POST", "path": "/login", "headers": headers, "body": body});
        event["headers"]["content-type"] = json!("application/x-www-form-urlencoded; charset=utf-8");
        let request = Request::read(&event.to_string()).ok().unwrap();
        form(&request, 100).map_or_else(|refusal| refusal.status, |_| 200)
    }

    #[test]
    fn only_a_page_of_ours_or_no_browser_gets_through() {
        for (headers, expected) in [
            (json!({}), 200),
            (json!({"Sec-Fetch-Site": "same-origin", "Origin": "https://a.example", "Host": "b.example"}), 200),
            (json!({"Sec-Fetch-Site": "cross-site", "Origin": "https://a.example", "Host": "a.example"}), 403),
            (json!({"Sec-Fetch-Site": "same-site"}), 403),
            (json!({"Sec-Fetch-Site": "none"}), 403),
            (json!({"Origin": "https://a.example", "Host": "a.example"}), 200),
            (json!({"Origin": "https://evil.example", "Host": "a.example"}), 403),
            (json!({"Origin": "null", "Host": "a.example"}), 403),
            (json!({"Origin": "https://a.example"}), 403),
        ] {
            assert_eq!(status(headers.clone(), "uname=a"), expected, "{headers}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_body_has_a_status_of_its_own() {
        assert_eq!(status(json!({}), "uname=%ff"), 400);
        assert_eq!(status(json!({}), &"a".repeat(101)), 413);
        for (content_type, is_read) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded;Charset=\"UTF-8\"", true),
            ("application/x-www-form-urlencoded; charset=iso-8859-1", false),
            ("application/json", false),
            ("", false),
        ] {
            let event = json!({"httpMethod": "POST", "path": "/login", "headers": {"content-type": content_type}});
            let request = Request::read(&event.to_string()).ok().unwrap();
            assert_eq!(form(&request, 100).map_err(|refusal| refusal.status).err(), (!is_read).then_some(400));
        }
    }
}
