//! Many at once: nobody is let in who should not be, and no instance outgrows the smallest function.

use std::time::Duration;

use serde_json::json;
use tests::accounts::{Application, Function, application, form, rest};
use tests::together::all;

use crate::contract::{GOOD, OTHER};

/// How many at once, over and over; `make accounts-crowd` takes 200.
fn crowd() -> usize {
    std::env::var("ACCOUNTS_CROWD").ok().map_or(12, |number| number.parse().unwrap())
}

/// The highest that an instance's memory may get.
const PEAK_KILOBYTES: u32 = 64 * 1024;

/// On a machine of two processors, 200 processes that start at once take minutes. Each waits for the tables as long.
const PATIENCE: Duration = Duration::from_secs(400);

async fn at_once(app: &Application, users: impl Fn(usize) -> (String, &'static str)) -> Vec<u64> {
    app.function(Function::LogIn).set_time_limit(PATIENCE);
    let logins = (0..crowd()).map(|number| {
        let (user, password) = users(number);
        async move {
            let mut event = rest("/login", &form(&[("uname", &user), ("password", password)]));
            event["requestContext"]["identity"]["sourceIp"] =
                json!(format!("198.51.{}.{}", number / 100, number % 100));
            let heard = app.send(Function::LogIn, &event).await;
            let is_in = heard.status == 200 && heard.body.contains("Login Success");
            assert_eq!(is_in, heard.token().is_some());
            assert!(!is_in || password == GOOD, "let in with a wrong password");
            heard.status
        }
    });
    all(logins).await
}

#[tokio::test]
async fn nobody_gets_in_among_many_for_one_name() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        app.learn(OTHER);
        let begun = std::time::Instant::now();
        let statuses = at_once(app, |_| ("margarete".to_owned(), OTHER)).await;
        let tried = statuses.iter().filter(|status| **status == 200).count() as u64;
        let most = 5 + begun.elapsed().as_secs() / 5;
        eprintln!("{tried} of {} were tried", statuses.len());
        assert!((1..=most).contains(&tried), "after five, there is one in five seconds at most: {statuses:?}");
        assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
        assert!(app.function(Function::LogIn).peak_memory() < PEAK_KILOBYTES);
    })
    .await;
}

#[tokio::test]
async fn everybody_gets_in_among_many_names() {
    application(async |app| {
        for number in 0..crowd() {
            let mut event = rest("/signup", &form(&[("uname", &format!("user-{number}")), ("password", GOOD)]));
            event["requestContext"]["identity"]["sourceIp"] =
                json!(format!("198.51.{}.{}", number / 100, number % 100));
            assert_eq!(app.send(Function::SignUp, &event).await.status, 200);
        }
        app.learn(GOOD);
        let statuses = at_once(app, |number| (format!("user-{number}"), GOOD)).await;
        eprintln!("{} of {} are in", statuses.iter().filter(|status| **status == 200).count(), statuses.len());
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        for function in Function::ALL {
            let peak = app.function(function).peak_memory();
            eprintln!("{function:?}: {peak} kB at most, {} instances", app.function(function).idle_instances());
            assert!(peak < PEAK_KILOBYTES);
        }
    })
    .await;
}

#[tokio::test]
async fn one_instance_keeps_its_size() {
    application(async |app| {
        app.learn(OTHER);
        for number in 0..crowd() {
            let mut event = rest("/login", &form(&[("uname", &format!("user-{number}")), ("password", OTHER)]));
            event["requestContext"]["identity"]["sourceIp"] =
                json!(format!("198.51.{}.{}", number / 100, number % 100));
            assert_eq!(app.send(Function::LogIn, &event).await.status, 200);
        }
        assert_eq!(app.function(Function::LogIn).idle_instances(), 1);
        assert!(app.function(Function::LogIn).peak_memory() < PEAK_KILOBYTES);
    })
    .await;
}
