//! `/signup`: its page, and accounts that are made there.

use accounts::ports::{CountTries, CreateAccount, Pepper};
use accounts::{Field, Form, Hasher, NewPassword, Nonce, Password, Seconds, SignUp, SignedUp, Subject, UserName};

use crate::answer::Answer;
use crate::event::{Method, Request, Route};
use crate::pages::Page;
use crate::refusal::{self, Refusal};

/// The sign-up function.
#[derive(Debug)]
pub struct SignUpApi<A, T, P> {
    sign_up: SignUp<A, T, P>,
    hasher: Hasher,
}

impl<A: CreateAccount, T: CountTries, P: Pepper> SignUpApi<A, T, P> {
    /// Over these ports.
    pub fn new(sign_up: SignUp<A, T, P>) -> Self {
        Self { sign_up, hasher: Hasher::new() }
    }

    /// Answers a request.
    pub async fn answer(&self, request: &Request, now: Seconds) -> Answer {
        match (request.method, request.route) {
            (Method::Get, Route::SignUp) => Answer::page(200, &self.page(request)),
            (Method::Post, Route::SignUp) => self.post(request, now).await,
            (Method::Other, Route::SignUp) => {
                Answer::json(405, "Method Not Allowed", None).with("Allow", "GET, POST".into())
            }
            _ => Answer::json(404, "Not Found", None),
        }
    }

    async fn post(&self, request: &Request, now: Seconds) -> Answer {
        let form = match refusal::form(request, refusal::ONE_PASSWORD) {
            Ok(form) => form,
            Err(refusal) => return refusal.answer(request, "Signup Failed", self.page(request)),
        };
        let user = form.optional(Field::UserName);
        let nonce = form.optional(Field::Nonce).and_then(Nonce::parse);
        let nonce = nonce.unwrap_or_else(|| Nonce::random(self.sign_up.fill));
        match self.sign_up(request, &form, nonce, now).await {
            Ok(()) if request.wants_page() => Answer::page(200, &Page { user, ..Page::signed_up(&request.prefix) }),
            Ok(()) => Answer::json(200, "Signup Success", None),
            // The same form still: what it wrote when its answer was lost is no other's account.
            Err(refusal) => {
                let page = Page { user, nonce: nonce.expose(), ..Page::sign_up(&request.prefix) };
                refusal.answer(request, "Signup Failed", page)
            }
        }
    }

    async fn sign_up(&self, request: &Request, form: &Form, nonce: Nonce, now: Seconds) -> Result<(), Refusal> {
        let user = UserName::new(form.required(Field::UserName)?)?;
        let password = NewPassword::new(Password::new(form.required(Field::Password)?)?, &user)?;
        let source = refusal::source(request)?;
        let outcome = self.sign_up.run(&self.hasher, (&user, &password), nonce, source, now).await;
        tracing::info!(name = Subject::name(&user).brief(), %source, outcome = refusal::told(&outcome), "sign-up");
        match outcome? {
            SignedUp::Yes => Ok(()),
            SignedUp::Taken => Err(Refusal::new(409, "the user name is taken: choose another one")),
            SignedUp::Wait(seconds) => Err(Refusal::wait(seconds)),
        }
    }

    fn page<'r>(&self, request: &'r Request) -> Page<'r> {
        Page { nonce: Nonce::random(self.sign_up.fill).expose(), ..Page::sign_up(&request.prefix) }
    }
}
