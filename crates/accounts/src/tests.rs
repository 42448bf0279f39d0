//! Stories of sign-up and login over tables in memory.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::testing::World;
use crate::*;

const NOW: Seconds = 1_800_000_000;
const GOOD: &str = "tulpe kran ofen mond";
const OTHER: &str = "fluss nagel birne takt";

fn fill(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
    bytes.iter_mut().zip(next.iter().cycle()).for_each(|(byte, next)| *byte = *next);
}

struct Story {
    world: World,
    hasher: Hasher,
    source: IpAddr,
    now: Seconds,
}

impl Story {
    fn new() -> Self {
        let world = World { newest_key: "key-1", ..World::default() };
        Self { world, hasher: Hasher::new(), source: "192.0.2.1".parse().unwrap(), now: NOW }
    }

    fn sign_up_by(&mut self, nonce: Nonce, user: &str, password: &str) -> SignedUp {
        let world = &self.world;
        let sign_up = SignUp { accounts: world, tries: world, pepper: world, fill };
        let user = UserName::new(user).unwrap();
        let password = NewPassword::new(Password::new(password).unwrap(), &user).unwrap();
        run(sign_up.run(&self.hasher, (&user, &password), nonce, self.source, self.now)).unwrap()
    }

    fn sign_up(&mut self, user: &str, password: &str) -> SignedUp {
        self.sign_up_by(Nonce::random(fill), user, password)
    }

    fn log_in(&mut self, user: &str, password: &str) -> LoggedIn {
        let (user, password) = (UserName::new(user).unwrap(), Password::new(password).unwrap());
        run(login(&self.world).run(&self.hasher, (&user, &password), self.source, self.now)).unwrap()
    }

    fn change(&mut self, user: &str, old: &str, new: &str) -> Changed {
        let (user, old) = (UserName::new(user).unwrap(), Password::new(old).unwrap());
        let new = NewPassword::new(Password::new(new).unwrap(), &user).unwrap();
        run(login(&self.world).change(&self.hasher, (&user, &old, &new), self.source, self.now)).unwrap()
    }

    fn who(&self, token: &SessionToken) -> Option<String> {
        let user = run(login(&self.world).who(token, self.now)).unwrap();
        user.map(|user| user.as_str().to_owned())
    }

    fn token(&mut self, user: &str, password: &str) -> SessionToken {
        match self.log_in(user, password) {
            LoggedIn::Yes(token) => token,
            other => panic!("{other:?}"),
        }
    }

    /// What is called, once it is done.
    fn calls(&mut self, act: impl FnOnce(&mut Self)) -> Vec<&'static str> {
        self.world.calls.borrow_mut().clear();
        act(self);
        self.world.calls.borrow().clone()
    }
}

fn login(world: &World) -> LogIn<&World, &World, &World, &World> {
    LogIn { accounts: world, tries: world, sessions: world, pepper: world, fill, decoy: Salt([9; SALT_BYTES]) }
}

/// The ports in memory never wait.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a port in memory waits"),
    }
}

#[test]
fn whoever_signed_up_is_let_in_with_their_password_alone() {
    let mut story = Story::new();
    assert_eq!(story.sign_up("anna", GOOD), SignedUp::Yes);
    let token = story.token("anna", GOOD);
    assert_eq!(story.who(&token).as_deref(), Some("anna"));
    for (user, password) in [("anna", OTHER), ("anna", "x"), ("Anna", GOOD), ("bert", GOOD)] {
        assert_eq!(story.log_in(user, password), LoggedIn::No, "{user}");
    }
}

#[test]
fn nobody_takes_an_account_over() {
    let mut story = Story::new();
    let nonce = Nonce::random(fill);
    assert_eq!(story.sign_up_by(nonce, "anna", GOOD), SignedUp::Yes);
    assert_eq!(story.sign_up("anna", OTHER), SignedUp::Taken);
    assert_eq!(story.log_in("anna", OTHER), LoggedIn::No);
    assert_eq!(story.sign_up_by(nonce, "anna", GOOD), SignedUp::Yes, "the same form, sent twice");
    assert_eq!(story.sign_up_by(nonce, "anna", OTHER), SignedUp::Taken, "whoever goes back in the browser");
    story.token("anna", GOOD);
}

#[test]
fn an_unknown_name_costs_what_a_wrong_password_costs() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let wrong = story.calls(|story| assert_eq!(story.log_in("anna", OTHER), LoggedIn::No));
    let unknown = story.calls(|story| assert_eq!(story.log_in("bert", OTHER), LoggedIn::No));
    assert_eq!(wrong, unknown);
    assert_eq!(wrong, ["try_source", "try_name", "read", "mac"]);
}

#[test]
fn a_record_is_worth_nothing_under_another_name() {
    let mut story = Story::new();
    story.sign_up("mallory", GOOD);
    let stolen = story.world.accounts.borrow()["mallory"].clone();
    story.world.accounts.borrow_mut().insert("anna".to_owned(), stolen);
    assert_eq!(story.log_in("anna", GOOD), LoggedIn::No);
}

#[test]
fn waits_grow_for_a_name_whether_or_not_somebody_has_it() {
    for there in [true, false] {
        let mut story = Story::new();
        if there {
            story.sign_up("anna", GOOD);
        }
        for _ in 0..5 {
            assert_eq!(story.log_in("anna", OTHER), LoggedIn::No);
        }
        let calls = story.calls(|story| assert_eq!(story.log_in("anna", GOOD), LoggedIn::Wait(5)));
        assert_eq!(calls, ["try_source", "try_name"], "nothing is read or hashed");
        story.now += 5;
        let answer = story.log_in("anna", GOOD);
        assert_eq!(matches!(answer, LoggedIn::Yes(_)), there);
        if there {
            story.token("anna", GOOD); // the count begins anew
        }
    }
}

#[test]
fn a_source_has_its_bound_and_then_makes_nobody_wait() {
    let mut story = Story::new();
    for n in 0..MAX_PER_SOURCE {
        let user = UserName::new(&format!("user{n}")).unwrap();
        run((&story.world).count(&user, &story)).unwrap();
    }
    let calls = story.calls(|story| assert!(matches!(story.log_in("anna", OTHER), LoggedIn::Wait(1..=WINDOW))));
    assert_eq!(calls, ["try_source"]);
    assert!(matches!(story.sign_up("bert", GOOD), SignedUp::Wait(_)));
    story.source = "192.0.2.2".parse().unwrap();
    assert_eq!(story.log_in("anna", OTHER), LoggedIn::No);
}

trait Count {
    async fn count(&self, user: &UserName, story: &Story) -> Result<bool, ports::PortError>;
}

impl Count for &World {
    /// A try that ends before the hash, for tests that need many.
    async fn count(&self, _: &UserName, story: &Story) -> Result<bool, ports::PortError> {
        ports::CountTries::try_source(self, &Subject::source(story.source, story.now), story.now).await
    }
}

#[test]
fn a_changed_password_ends_every_session_of_the_old_one() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let token = story.token("anna", GOOD);
    assert_eq!(story.change("anna", OTHER, OTHER), Changed::No);
    assert_eq!(story.who(&token).as_deref(), Some("anna"));
    assert_eq!(story.change("anna", GOOD, OTHER), Changed::Yes);
    assert_eq!(story.who(&token), None);
    assert_eq!(story.log_in("anna", GOOD), LoggedIn::No);
    story.token("anna", OTHER);
    assert_eq!(story.change("bert", GOOD, OTHER), Changed::No);
}

#[test]
fn a_password_that_must_be_changed_opens_nothing_else() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let token = story.token("anna", GOOD);
    story.world.accounts.borrow_mut().get_mut("anna").unwrap().must_change = true;
    assert_eq!(story.who(&token), None);
    assert_eq!(story.log_in("anna", GOOD), LoggedIn::MustChange);
    assert_eq!(story.log_in("anna", OTHER), LoggedIn::No, "who has not the password hears nothing of it");
    assert_eq!(story.change("anna", GOOD, OTHER), Changed::Yes);
    story.token("anna", OTHER);
}

#[test]
fn a_session_ends_with_its_time_and_when_its_user_leaves() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let (one, two) = (story.token("anna", GOOD), story.token("anna", GOOD));
    assert_ne!(one, two);
    run(login(&story.world).leave(&one)).unwrap();
    assert_eq!(story.who(&one), None);
    assert_eq!(story.who(&two).as_deref(), Some("anna"));
    story.now += SESSION_SECONDS;
    assert_eq!(story.who(&two), None, "though it is still stored");
}

#[test]
fn a_session_is_none_of_a_later_account_of_the_same_name() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let token = story.token("anna", GOOD);
    story.world.accounts.borrow_mut().clear();
    assert_eq!(story.who(&token), None);
    story.now += 1;
    story.sign_up("anna", OTHER);
    assert_eq!(story.who(&token), None);
}

#[test]
fn what_is_outdated_is_written_anew_at_login() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let token = story.token("anna", GOOD);
    story.world.newest_key = "key-2";
    story.token("anna", GOOD);
    let key = |story: &Story| story.world.accounts.borrow()["anna"].key.clone();
    assert_eq!(key(&story), "key-2");
    assert_eq!(story.who(&token).as_deref(), Some("anna"), "it is the same password");
    let calls = story.calls(|story| drop(story.token("anna", GOOD)));
    assert!(!calls.contains(&"replace"), "{calls:?}");
}

#[test]
fn a_password_of_older_parameters_is_hashed_anew_at_login() {
    let mut story = Story::new();
    story.sign_up("anna", GOOD);
    let (user, password) = (UserName::new("anna").unwrap(), Password::new(GOOD).unwrap());
    let (cost, salt) = (Cost::M12288T3, Salt([1; SALT_BYTES]));
    let tag = story.hasher.tag(cost, &salt, &password);
    let mac = run(ports::Pepper::mac(&&story.world, "key-1", &mac_message(cost, &salt, &tag, &user))).unwrap();
    let record = |story: &Story| story.world.accounts.borrow()["anna"].clone();
    let old = Record { cost, salt, mac, ..record(&story) };
    story.world.accounts.borrow_mut().insert("anna".to_owned(), old.clone());
    assert_eq!(story.log_in("anna", OTHER), LoggedIn::No);
    assert_eq!(record(&story), old, "only who knows the password");
    let token = story.token("anna", GOOD);
    assert_eq!(record(&story).cost, Cost::CURRENT);
    assert_ne!(record(&story).salt, old.salt);
    assert_eq!(story.who(&token).as_deref(), Some("anna"));
    story.token("anna", GOOD);
}
