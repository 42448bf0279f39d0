//! The pages, as HTML that works without JavaScript. What a user typed is escaped, and no password is ever sent back.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const LAYOUT: &str = include_str!("../../../apps/accounts/pages/layout.html");
const STYLE: &str = include_str!("../../../apps/accounts/pages/style.css");
const SCRIPT: &str = include_str!("../../../apps/accounts/pages/script.js");
const SIGN_UP: &str = include_str!("../../../apps/accounts/pages/signup.html");
const SIGNED_UP: &str = include_str!("../../../apps/accounts/pages/signed-up.html");
const LOG_IN: &str = include_str!("../../../apps/accounts/pages/login.html");
const PASSWORD: &str = include_str!("../../../apps/accounts/pages/password.html");
const CHANGED: &str = include_str!("../../../apps/accounts/pages/changed.html");
const ACCOUNT: &str = include_str!("../../../apps/accounts/pages/account.html");

/// A page and what stands in it.
#[derive(Debug, Default)]
pub struct Page<'p> {
    pub(crate) title: &'static str,
    pub(crate) main: &'static str,
    pub(crate) prefix: &'p str,
    /// The name that was typed, or of who is in.
    pub user: Option<&'p str>,
    /// What went wrong.
    pub error: Option<&'p str>,
    /// Which form of a sign-up it is.
    pub nonce: String,
    /// What ties a form to its session.
    pub form_token: String,
}

impl<'p> Page<'p> {
    /// The form that makes an account.
    pub fn sign_up(prefix: &'p str) -> Self {
        Self::of("Sign up", SIGN_UP, prefix)
    }

    /// An account was made.
    pub fn signed_up(prefix: &'p str) -> Self {
        Self::of("Welcome", SIGNED_UP, prefix)
    }

    /// The form that lets in.
    pub fn log_in(prefix: &'p str) -> Self {
        Self::of("Log in", LOG_IN, prefix)
    }

    /// The form that changes a password.
    pub fn password(prefix: &'p str) -> Self {
        Self::of("Change your password", PASSWORD, prefix)
    }

    /// A password was changed.
    pub fn changed(prefix: &'p str) -> Self {
        Self::of("Your password is changed", CHANGED, prefix)
    }

    /// Who is in.
    pub fn account(prefix: &'p str) -> Self {
        Self::of("Your account", ACCOUNT, prefix)
    }

    fn of(title: &'static str, main: &'static str, prefix: &'p str) -> Self {
        Self { title, main, prefix, ..Self::default() }
    }

    /// As HTML.
    pub fn render(&self) -> String {
        let error =
            self.error.map(|text| format!("<p role=\"alert\" class=\"error\" id=\"error\">{}</p>", escape(text)));
        let of = |name: &str| match name {
            "prefix" => escape(self.prefix),
            "user" => escape(self.user.unwrap_or_default()),
            "error" => error.clone().unwrap_or_default(),
            "nonce" => self.nonce.clone(),
            "form_token" => self.form_token.clone(),
            _ => String::new(),
        };
        let main = fill(self.main, of);
        fill(LAYOUT, |name| match name {
            "title" => self.title.to_owned(),
            "style" => STYLE.to_owned(),
            "script" => SCRIPT.to_owned(),
            "main" => main.clone(),
            _ => String::new(),
        })
    }

    /// What a browser may do with it. `default-src` stops neither a form nor a frame nor another base: each has its name.
    pub fn policy() -> String {
        static POLICY: LazyLock<String> = LazyLock::new(|| {
            let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
            format!(
                "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; form-action 'self'; \
                 base-uri 'none'; frame-ancestors 'none'",
                hash(STYLE),
                hash(SCRIPT)
            )
        });
        POLICY.clone()
    }
}

/// A text with its `{{names}}` filled in. What is filled in is not looked at again.
fn fill(template: &str, of: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, from)| Some((before, from.split_once("}}")?)))
    {
        filled += before;
        filled += &of(name);
        rest = after;
    }
    filled + rest
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_text() {
        let user = "\"><script>{{nonce}}</script>";
        let pages = [Page::sign_up, Page::signed_up, Page::log_in, Page::password, Page::changed, Page::account];
        for page in pages {
            let page = Page { user: Some(user), error: Some(user), ..page("/Prod") };
            let html = page.render();
            assert!(!html.contains("\"><script>"), "{html}");
            assert!(html.contains("&quot;&gt;&lt;script&gt;{{nonce}}"), "{html}");
            assert!(html.contains("<meta charset=\"utf-8\">"));
        }
    }

    #[test]
    fn every_form_names_its_letters_and_posts_to_its_page() {
        for page in [Page::sign_up(""), Page::log_in(""), Page::password("")] {
            let html = page.render();
            assert!(html.contains("accept-charset=\"utf-8\"") && html.contains("method=\"post\""), "{html}");
            assert!(!html.contains("maxlength"), "a browser would cut in silence: {html}");
        }
        for page in [Page::sign_up("/Prod"), Page::log_in("/Prod")] {
            assert!(!page.render().contains(" action="), "with or without a / at the end, it is the page's own");
        }
        // A login that must change its password answers with this page.
        assert!(Page::password("/Prod").render().contains(" action=\"/Prod/password\""));
    }

    #[test]
    fn style_and_script_are_what_the_policy_names() {
        let html = Page::log_in("").render();
        assert!(
            html.contains(&format!("<style>{STYLE}</style>")) && html.contains(&format!("<script>{SCRIPT}</script>"))
        );
    }
}
