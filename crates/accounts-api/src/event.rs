//! Events of a REST API (payload 1.0), and of an HTTP API or a function URL (2.0), read by hand: whatever an event lacks is
//! missed only where it is needed, and a body that does not decode is the caller's fault, not an error of the function.

use std::collections::HashMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

/// A request, as far as the application looks at it.
pub struct Request {
    /// GET, POST or another one.
    pub method: Method,
    /// Which page.
    pub route: Route,
    /// What the application's paths begin with: nothing, or a stage.
    pub prefix: String,
    /// Which payload the answer must have.
    pub payload: Payload,
    /// Who asked, as the gateway saw it.
    pub source: Option<IpAddr>,
    headers: HashMap<String, String>,
    body: Option<Zeroizing<String>>,
    is_base64: bool,
}

/// How a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// Any other.
    Other,
}

/// The pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/signup`
    SignUp,
    /// `/login`
    LogIn,
    /// `/password`
    Password,
    /// `/account`
    Account,
    /// `/logout`
    LogOut,
    /// Anything else.
    Unknown,
}

impl Route {
    /// The last part of its path.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignUp => "signup",
            Self::LogIn => "login",
            Self::Password => "password",
            Self::Account => "account",
            Self::LogOut => "logout",
            Self::Unknown => "",
        }
    }

    fn named(name: &str) -> Self {
        [Self::SignUp, Self::LogIn, Self::Password, Self::Account, Self::LogOut]
            .into_iter()
            .find(|route| route.name() == name)
            .unwrap_or(Self::Unknown)
    }
}

/// The version of an event's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A REST API's.
    V1,
    /// An HTTP API's, or a function URL's.
    V2,
}

/// An event that is none of an API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event is none of a REST API, an HTTP API or a function URL")]
pub struct BadEvent;

/// A body that is larger than any form of ours, or does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBody {
    /// Larger.
    TooLarge,
    /// Not base64, though the event says so.
    NotBase64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    version: Option<String>,
    http_method: Option<String>,
    path: Option<String>,
    raw_path: Option<String>,
    headers: Option<HashMap<String, Value>>,
    multi_value_headers: Option<HashMap<String, Value>>,
    cookies: Option<Vec<String>>,
    #[serde(deserialize_with = "erased")]
    body: Option<Zeroizing<String>>,
    is_base64_encoded: Option<bool>,
    request_context: Context,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    path: Option<String>,
    identity: Identity,
    http: Http,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    source_ip: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Http {
    method: Option<String>,
    path: Option<String>,
    source_ip: Option<String>,
}

impl Request {
    /// Reads an event.
    ///
    /// # Errors
    /// If it is not one of an API.
    pub fn read(event: &str) -> Result<Self, BadEvent> {
        let event: Event = serde_json::from_str(event).map_err(|_| BadEvent)?;
        let payload = if event.version.as_deref() == Some("2.0") { Payload::V2 } else { Payload::V1 };
        let context = event.request_context;
        let (method, path, source) = match payload {
            // With the stage, which `path` has not.
            Payload::V1 => (event.http_method, context.path.or(event.path), context.identity.source_ip),
            Payload::V2 => (context.http.method, event.raw_path.or(context.http.path), context.http.source_ip),
        };
        let (prefix, name) = split(path.as_deref().ok_or(BadEvent)?);
        // It stands before every path that a page or an answer names.
        let route = if is_plain(prefix) { Route::named(name) } else { Route::Unknown };
        let mut headers = headers(event.headers, event.multi_value_headers);
        if let Some(cookies) = event.cookies {
            headers.insert("cookie".to_owned(), cookies.join("; "));
        }
        Ok(Self {
            method: match method.as_deref().ok_or(BadEvent)? {
                "GET" | "HEAD" => Method::Get,
                "POST" => Method::Post,
                _ => Method::Other,
            },
            route,
            prefix: prefix.to_owned(),
            payload,
            source: source.and_then(|address| address.parse().ok()),
            headers,
            body: event.body,
            is_base64: event.is_base64_encoded.unwrap_or_default(),
        })
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
        values.next()
    }

    /// Whether a page is wanted, which a browser says first; whoever takes anything gets JSON.
    pub fn wants_page(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.to_ascii_lowercase().contains("text/html"))
    }

    /// The body's bytes, of at most `limit` once they are decoded.
    ///
    /// # Errors
    /// If there are more, or they do not decode.
    pub fn body(&self, limit: usize) -> Result<Zeroizing<Vec<u8>>, BadBody> {
        let text = self.body.as_deref().map_or("", String::as_str);
        // Base64 makes four characters of three bytes.
        if text.len() > if self.is_base64 { 4 * limit.div_ceil(3) } else { limit } {
            return Err(BadBody::TooLarge);
        }
        let bytes = if self.is_base64 {
            STANDARD.decode(text).map_err(|_| BadBody::NotBase64)?
        } else {
            text.as_bytes().to_vec()
        };
        let bytes = Zeroizing::new(bytes);
        if bytes.len() > limit { Err(BadBody::TooLarge) } else { Ok(bytes) }
    }
}

fn erased<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Zeroizing::new))
}

/// The path without a `/` at its end, parted before its last name.
fn split(path: &str) -> (&str, &str) {
    path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", ""))
}

/// Whether a prefix is what stages and base paths are made of. `//other.example` before a page's name would be another host,
/// and a browser takes `\` for `/`.
fn is_plain(prefix: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~$".contains(&byte))
    };
    prefix.strip_prefix('/').map_or(prefix.is_empty(), |parts| parts.split('/').all(plain))
}

/// By their names in lower case, as not every gateway sends them. A header that comes more than once has its last value
/// in `headers`, and all in the other map.
fn headers(single: Option<HashMap<String, Value>>, multi: Option<HashMap<String, Value>>) -> HashMap<String, String> {
    let single = single.into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
    let multi = multi.into_iter().flatten().filter_map(|(name, values)| {
        let values: Vec<&str> = values.as_array()?.iter().filter_map(Value::as_str).collect();
        let between = if name.eq_ignore_ascii_case("cookie") { "; " } else { ", " };
        Some((name, values.join(between)))
    });
    single.chain(multi).map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn v1(path: &str, full: &str) -> Value {
        json!({
            "httpMethod": "POST", "path": path, "headers": {"Accept": "*/*", "X": null}, "body": "a=b",
            "requestContext": {"path": full, "identity": {"sourceIp": "192.0.2.1"}}
        })
    }

    fn v2(path: &str) -> Value {
        json!({
            "version": "2.0", "rawPath": path, "headers": {"accept": "text/html,*/*"}, "cookies": ["a=1", "b=2"],
            "body": "YT1i", "isBase64Encoded": true,
            "requestContext": {"http": {"method": "POST", "path": path, "sourceIp": "2001:db8::1"}}
        })
    }

    fn read(event: &Value) -> Request {
        Request::read(&event.to_string()).ok().unwrap()
    }

    #[test]
    fn paths_are_known_with_and_without_a_stage_and_a_slash() {
        for (event, prefix) in [
            (v1("/login", "/Prod/login"), "/Prod"),
            (v1("/login/", "/Prod/login/"), "/Prod"),
            (v1("/login", "/login"), ""),
            (v1("/base/login", "/base/login"), "/base"),
            (v2("/login"), ""),
            (v2("/login/"), ""),
            (v2("/Prod/login"), "/Prod"),
        ] {
            let request = read(&event);
            assert_eq!((request.route, request.prefix.as_str()), (Route::LogIn, prefix), "{event}");
            assert_eq!(request.body(3).unwrap().as_slice(), b"a=b");
            assert_eq!(request.method, Method::Post);
            assert!(request.source.is_some());
        }
        assert_eq!(read(&v1("/logins", "/Prod/logins")).route, Route::Unknown);
        assert_eq!(read(&v1("/", "/")).route, Route::Unknown);
    }

    #[test]
    fn no_path_leads_to_another_host() {
        for path in [
            "//evil.example/login",
            "/\\evil.example/login",
            "/a//login",
            "/a b/login",
            "evil.example/login",
            "/é/login",
        ] {
            assert_eq!(read(&v2(path)).route, Route::Unknown, "{path}");
            assert_eq!(read(&v1(path, path)).route, Route::Unknown, "{path}");
        }
    }

    #[test]
    fn a_page_is_for_who_asks_for_one() {
        assert!(!read(&v1("/login", "/login")).wants_page());
        assert!(read(&v2("/login")).wants_page());
        assert_eq!(read(&v2("/login")).cookie("b"), Some("2"));
        assert_eq!(read(&v2("/login")).cookie("c"), None);
    }

    #[test]
    fn a_body_is_measured_as_it_decodes() {
        let mut event = v2("/login");
        assert_eq!(read(&event).body(2).err(), Some(BadBody::TooLarge));
        event["body"] = json!("%");
        assert_eq!(read(&event).body(3).err(), Some(BadBody::NotBase64));
        event["body"] = Value::Null;
        assert!(read(&event).body(3).unwrap().is_empty());
        event.as_object_mut().unwrap().remove("body");
        assert!(read(&event).body(3).unwrap().is_empty());
        event["body"] = json!("A".repeat(1_000_000));
        assert_eq!(read(&event).body(4096).err(), Some(BadBody::TooLarge));
    }

    #[test]
    fn any_other_event_is_refused() {
        for odd in ["", "null", "17", "{}", "[]", "{\"httpMethod\": 1}", "{\"httpMethod\": \"GET\"}"] {
            assert!(Request::read(odd).is_err(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), path in any::<String>()) {
            let _ = Request::read(&text);
            let _ = Request::read(&v1(&path, &path).to_string());
        }
    }
}
