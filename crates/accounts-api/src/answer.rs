//! What a request hears: JSON or a page, with the headers that every answer has.

use serde_json::{Value, json};

use crate::event::Payload;
use crate::pages::Page;

/// What a browser is told with every answer: nothing is kept, framed, or run but what the page brings along.
const HEADERS: [(&str, &str); 5] = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "same-origin"), // `no-referrer` would make the Origin of our own forms null
    ("Strict-Transport-Security", "max-age=31536000"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
];

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    content_type: &'static str,
    body: String,
    policy: String,
    headers: Vec<(&'static str, String)>,
    cookie: Option<String>,
}

impl Answer {
    /// For programs: `{"status": ...}`, with a reason where there is one.
    pub fn json(status: u16, text: &str, reason: Option<&str>) -> Self {
        let body = match reason {
            None => json!({"status": text}),
            Some(reason) => json!({"status": text, "reason": reason}),
        };
        Self::json_of(status, &body)
    }

    /// For programs.
    pub fn json_of(status: u16, body: &Value) -> Self {
        let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'".to_owned();
        Self::new(status, "application/json", body.to_string(), policy)
    }

    /// For people.
    pub fn page(status: u16, page: &Page<'_>) -> Self {
        Self::new(status, "text/html; charset=utf-8", page.render(), Page::policy())
    }

    /// The way to another page.
    pub fn see_other(path: String) -> Self {
        Self::json_of(303, &json!({})).with("Location", path)
    }

    fn new(status: u16, content_type: &'static str, body: String, policy: String) -> Self {
        Self { status, content_type, body, policy, headers: Vec::new(), cookie: None }
    }

    /// With another header.
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With the session's cookie; an empty one takes it away. `__Host-`: from this host alone, over TLS alone.
    pub fn with_session(mut self, token: &str) -> Self {
        let end = if token.is_empty() { "; Max-Age=0" } else { "" };
        self.cookie = Some(format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{end}"));
        self
    }

    /// As the API wants it.
    pub fn into_event(self, payload: Payload) -> Value {
        let mut headers: serde_json::Map<String, Value> =
            HEADERS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        headers.insert("Content-Type".to_owned(), json!(self.content_type));
        headers.insert("Content-Security-Policy".to_owned(), json!(self.policy));
        headers.extend(self.headers.into_iter().map(|(name, value)| (name.to_owned(), json!(value))));
        let mut event = json!({"statusCode": self.status, "body": self.body, "isBase64Encoded": false});
        match (payload, self.cookie) {
            (_, None) => (),
            (Payload::V1, Some(cookie)) => drop(headers.insert("Set-Cookie".to_owned(), json!(cookie))),
            (Payload::V2, Some(cookie)) => event["cookies"] = json!([cookie]),
        }
        event["headers"] = Value::Object(headers);
        event
    }
}

/// The name of the session's cookie.
pub(crate) const SESSION_COOKIE: &str = "__Host-session";
