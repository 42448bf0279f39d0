//! `/login`, `/account`, `/logout` and `/password`: in, who is in, out, and another password.

use accounts::ports::{CountTries, KeepSessions, Pepper, PortError, ReadAccount, ReplacePassword};
use accounts::{
    Changed, Field, Form, Hasher, LogIn, LoggedIn, NewPassword, Password, Seconds, SessionToken, Subject, UserName,
};
use serde_json::json;

use crate::answer::{Answer, SESSION_COOKIE};
use crate::event::{Method, Request, Route};
use crate::pages::Page;
use crate::refusal::{self, Refusal};

/// What a wrong name and a wrong password both hear.
const WRONG: &str = "user name or password is wrong";

/// The login function.
#[derive(Debug)]
pub struct LogInApi<A, T, S, P> {
    log_in: LogIn<A, T, S, P>,
    hasher: Hasher,
}

impl<A, T, S, P> LogInApi<A, T, S, P>
where
    A: ReadAccount + ReplacePassword,
    T: CountTries,
    S: KeepSessions,
    P: Pepper,
{
    /// Over these ports.
    pub fn new(log_in: LogIn<A, T, S, P>) -> Self {
        Self { log_in, hasher: Hasher::new() }
    }

    /// Answers a request.
    pub async fn answer(&self, request: &Request, now: Seconds) -> Answer {
        match (request.method, request.route) {
            (Method::Get, Route::LogIn) => Answer::page(200, &Page::log_in(&request.prefix)),
            (Method::Post, Route::LogIn) => self.post_login(request, now).await,
            (Method::Get, Route::Password) => Answer::page(200, &Page::password(&request.prefix)),
            (Method::Post, Route::Password) => self.post_password(request, now).await,
            (Method::Get, Route::Account) => self.account(request, now).await,
            (Method::Post, Route::LogOut) => self.leave(request).await,
            (_, Route::SignUp | Route::Unknown) => Answer::json(404, "Not Found", None),
            (_, route) => Answer::json(405, "Method Not Allowed", None).with("Allow", allowed(route).into()),
        }
    }

    async fn post_login(&self, request: &Request, now: Seconds) -> Answer {
        let form = match refusal::form(request, refusal::ONE_PASSWORD) {
            Ok(form) => form,
            Err(refusal) => return refusal.answer(request, "Login Failed", Page::log_in(&request.prefix)),
        };
        let page = Page { user: form.optional(Field::UserName), ..Page::log_in(&request.prefix) };
        match self.log_in(request, &form, now).await {
            Ok(LoggedIn::Yes(token)) if request.wants_page() => {
                self.to(request, Route::Account).with_session(&token.expose())
            }
            Ok(LoggedIn::Yes(token)) => Answer::json(200, "Login Success", None).with_session(&token.expose()),
            Ok(LoggedIn::MustChange) if request.wants_page() => {
                let error = "this password is known to others and must be changed before it lets you in";
                Answer::page(403, &Page { user: page.user, error: Some(error), ..Page::password(&request.prefix) })
            }
            Ok(LoggedIn::MustChange) => {
                let reason = "the password is known to others: change it with POST /password";
                Answer::json(403, "Login Failed", Some(reason))
            }
            Ok(LoggedIn::No) if request.wants_page() => Answer::page(200, &Page { error: Some(WRONG), ..page }),
            Ok(LoggedIn::No) => Answer::json(200, "Login Failed", None),
            Ok(LoggedIn::Wait(seconds)) => Refusal::wait(seconds).answer(request, "Login Failed", page),
            Err(refusal) => refusal.answer(request, "Login Failed", page),
        }
    }

    async fn log_in(&self, request: &Request, form: &Form, now: Seconds) -> Result<LoggedIn, Refusal> {
        let user = UserName::new(form.required(Field::UserName)?)?;
        let password = Password::new(form.required(Field::Password)?)?;
        let source = refusal::source(request)?;
        let outcome = self.log_in.run(&self.hasher, (&user, &password), source, now).await;
        tracing::info!(name = Subject::name(&user).brief(), %source, outcome = refusal::told(&outcome), "login");
        let outcome = outcome?;
        // Whoever logs in once more has one session in this browser, and not two.
        if let (LoggedIn::Yes(_), Some(before)) = (&outcome, token(request)) {
            self.log_in.leave(&before).await?;
        }
        Ok(outcome)
    }

    async fn post_password(&self, request: &Request, now: Seconds) -> Answer {
        let form = match refusal::form(request, refusal::TWO_PASSWORDS) {
            Ok(form) => form,
            Err(refusal) => return refusal.answer(request, "Change Failed", Page::password(&request.prefix)),
        };
        let page = Page { user: form.optional(Field::UserName), ..Page::password(&request.prefix) };
        match self.change(request, &form, now).await {
            Ok(()) if request.wants_page() => {
                Answer::page(200, &Page { user: page.user, ..Page::changed(&request.prefix) }).with_session("")
            }
            Ok(()) => Answer::json(200, "Change Success", None).with_session(""),
            Err(refusal) => refusal.answer(request, "Change Failed", page),
        }
    }

    async fn change(&self, request: &Request, form: &Form, now: Seconds) -> Result<(), Refusal> {
        let user = UserName::new(form.required(Field::UserName)?)?;
        let old = Password::new(form.required(Field::Password)?)?;
        let new = NewPassword::new(Password::new(form.required(Field::NewPassword)?)?, &user)?;
        let source = refusal::source(request)?;
        let outcome = self.log_in.change(&self.hasher, (&user, &old, &new), source, now).await;
        tracing::info!(name = Subject::name(&user).brief(), %source, outcome = refusal::told(&outcome), "change of password");
        match outcome? {
            Changed::Yes => Ok(()),
            Changed::No => Err(Refusal::new(403, WRONG)),
            Changed::Wait(seconds) => Err(Refusal::wait(seconds)),
        }
    }

    async fn account(&self, request: &Request, now: Seconds) -> Answer {
        let page = Page::log_in(&request.prefix);
        match self.who(request, now).await {
            Ok(Some((user, token))) if request.wants_page() => {
                let form_token = token.form_token().expose().to_owned();
                Answer::page(200, &Page { user: Some(user.as_str()), form_token, ..Page::account(&request.prefix) })
            }
            Ok(Some((user, token))) => {
                let form_token = token.form_token();
                let body = json!({"status": "Logged In", "uname": user.as_str(), "form_token": form_token.expose()});
                Answer::json_of(200, &body)
            }
            Ok(None) if request.wants_page() => self.to(request, Route::LogIn),
            Ok(None) => Answer::json(401, "Not Logged In", None),
            Err(error) => Refusal::from(error).answer(request, "Not Logged In", page),
        }
    }

    async fn who(&self, request: &Request, now: Seconds) -> Result<Option<(UserName, SessionToken)>, PortError> {
        let Some(token) = token(request) else { return Ok(None) };
        Ok(self.log_in.who(&token, now).await?.map(|user| (user, token)))
    }

    async fn leave(&self, request: &Request) -> Answer {
        match self.left(request).await {
            Ok(()) if request.wants_page() => self.to(request, Route::LogIn).with_session(""),
            Ok(()) => Answer::json(200, "Logged Out", None).with_session(""),
            Err(refusal) => refusal.answer(request, "Not Logged Out", Page::log_in(&request.prefix)),
        }
    }

    async fn left(&self, request: &Request) -> Result<(), Refusal> {
        let form = refusal::form(request, refusal::ONE_PASSWORD)?;
        let Some(token) = token(request) else { return Ok(()) };
        if !token.form_token().is(form.optional(Field::FormToken).unwrap_or_default()) {
            return Err(Refusal::new(403, "the form is none of this session: log out from the account's page"));
        }
        Ok(self.log_in.leave(&token).await?)
    }

    fn to(&self, request: &Request, route: Route) -> Answer {
        Answer::see_other(format!("{}/{}", request.prefix, route.name()))
    }
}

fn token(request: &Request) -> Option<SessionToken> {
    request.cookie(SESSION_COOKIE).and_then(SessionToken::parse)
}

fn allowed(route: Route) -> &'static str {
    match route {
        Route::Account => "GET",
        Route::LogOut => "POST",
        Route::SignUp | Route::LogIn | Route::Password | Route::Unknown => "GET, POST",
    }
}
