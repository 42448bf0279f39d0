//! The six faults of the 2020 example: each test finds its fault in the example's behaviour, and not in the application.

use aws_sdk_kms::primitives::Blob;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tests::accounts::{Application, Function, application, example, form, http, rest};
use tests::function::Ending;

use crate::conditions::recorded;
use crate::contract::{GOOD, OTHER};

/// Looks for a fault in the example, where it must be, and in the application, where it must not.
async fn fault(look: impl AsyncFn(&Application) -> bool) {
    example(async |app| assert!(look(app).await, "the example has the fault")).await;
    application(async |app| assert!(!look(app).await, "the application has the fault")).await;
}

async fn post(app: &Application, function: Function, user: &str, password: &str) -> Ending {
    app.learn(password);
    let path = if function == Function::SignUp { "/signup" } else { "/login" };
    let event = rest(path, &form(&[("uname", user), ("password", password)]));
    app.function(function).invoke(event.to_string().into_bytes()).await
}

fn says(ending: &Ending, text: &str) -> bool {
    matches!(ending, Ending::Returned(answer) if answer["body"].as_str().unwrap().contains(text))
}

#[tokio::test]
async fn a_second_sign_up_takes_the_account_over() {
    fault(async |app| {
        assert!(says(&post(app, Function::SignUp, "margarete", GOOD).await, "Signup Success"));
        post(app, Function::SignUp, "margarete", OTHER).await;
        says(&post(app, Function::LogIn, "margarete", OTHER).await, "Login Success")
    })
    .await;
}

#[tokio::test]
async fn whoever_has_the_role_of_the_login_reads_passwords() {
    fault(async |app| {
        post(app, Function::SignUp, "margarete", GOOD).await;
        let kms = app.account.kms_as(&app.session(Function::LogIn, &[]).await);
        let items = app.items("Accounts").await;
        let stored = items.iter().flat_map(|item| item.values());
        for value in stored {
            let bytes = match (value.as_s(), value.as_b()) {
                (Ok(text), _) => STANDARD.decode(text).unwrap_or_default(),
                (_, Ok(bytes)) => bytes.as_ref().to_vec(),
                _ => continue,
            };
            let decrypted = kms.decrypt().ciphertext_blob(Blob::new(bytes)).send().await;
            if decrypted.is_ok_and(|output| output.plaintext.unwrap().as_ref() == GOOD.as_bytes()) {
                return true;
            }
        }
        false
    })
    .await;
}

#[tokio::test]
async fn an_unknown_name_is_told_from_a_wrong_password() {
    fault(async |app| {
        post(app, Function::SignUp, "margarete", GOOD).await;
        let wrong = post(app, Function::LogIn, "margarete", OTHER).await;
        let unknown = post(app, Function::LogIn, "unknown", OTHER).await;
        wrong != unknown
    })
    .await;
}

#[tokio::test]
async fn an_unknown_name_makes_other_calls_than_a_wrong_password() {
    fault(async |app| {
        post(app, Function::SignUp, "margarete", GOOD).await;
        let (_wire, kept) = recorded(app, Function::LogIn).await;
        let mut calls = Vec::new();
        for user in ["margarete", "unknown"] {
            kept.lock().unwrap().clear();
            post(app, Function::LogIn, user, OTHER).await;
            calls.push(kept.lock().unwrap().iter().map(|(target, _)| target.clone()).collect::<Vec<_>>());
        }
        assert!(!calls[0].is_empty());
        calls[0] != calls[1]
    })
    .await;
}

#[tokio::test]
async fn a_password_is_in_the_log() {
    fault(async |app| {
        post(app, Function::SignUp, "margarete", GOOD).await;
        post(app, Function::LogIn, "margarete", GOOD).await;
        let mut logged = String::new();
        for function in Function::ALL {
            let (output, _) = app.function(function).stop().await;
            logged += &String::from_utf8_lossy(&output);
        }
        assert!(logged.contains("uname") || logged.contains("outcome"), "something is logged: {logged}");
        logged.contains(GOOD)
    })
    .await;
}

#[tokio::test]
async fn an_unknown_name_or_an_empty_field_is_an_error_of_the_function() {
    fault(async |app| {
        let unknown = post(app, Function::LogIn, "unknown", OTHER).await;
        let empty = post(app, Function::LogIn, "margarete", "").await;
        let failed = |ending: &Ending| matches!(ending, Ending::Failed(_));
        assert_eq!(failed(&unknown), failed(&empty));
        failed(&unknown)
    })
    .await;
}

#[tokio::test]
async fn passwords_that_differ_in_an_accent_alone_are_the_same() {
    fault(async |app| {
        let of = |password: &str| format!("uname=margarete&password=tulpe+kran+ofen+{password}");
        let send = async |function, path, password: &str| {
            let event = rest(path, &of(password));
            app.function(function).invoke(event.to_string().into_bytes()).await
        };
        // As a browser sends them that was told no charset, or ISO-8859-1.
        send(Function::SignUp, "/signup", "caf%E9").await;
        let latin = send(Function::LogIn, "/login", "caf%E8").await;
        // And in UTF-8, which the example reads well.
        send(Function::SignUp, "/signup", "caf%C3%A9").await;
        let utf8 = send(Function::LogIn, "/login", "caf%C3%A8").await;
        assert!(!says(&utf8, "Login Success"));
        says(&latin, "Login Success")
    })
    .await;
}

/// Beyond what the example could be held to: the same work for both, seen from outside.
#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        app.learn(OTHER);
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..9 {
            for (place, user) in ["margarete", &format!("unknown{round}")].into_iter().enumerate() {
                app.let_a_day_pass().await;
                let event = http("/login", form(&[("uname", user), ("password", OTHER)]).as_bytes());
                let begun = std::time::Instant::now();
                assert_eq!(app.send(Function::LogIn, &event).await.status, 200);
                times[place].push(begun.elapsed());
            }
        }
        let [wrong, unknown] = times.map(|mut times| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        });
        eprintln!("median of a wrong password {wrong:.4} s, of an unknown name {unknown:.4} s");
        // A difference that matters is that of the hash, most of all there is: a busy machine makes others.
        assert!((0.5..2.0).contains(&(wrong / unknown)), "{wrong} {unknown}");
    })
    .await;
}
