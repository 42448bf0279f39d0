//! The contract: paths, fields, texts and statuses, on each kind of event.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::accounts::{Application, Function, application, form, http, rest};

pub(crate) const GOOD: &str = "tulpe kran ofen mond";
pub(crate) const OTHER: &str = "fluss nagel birne takt";

fn ok(text: &str) -> (u64, Value) {
    (200, json!({"status": text}))
}

#[tokio::test]
async fn the_three_texts_come_word_for_word_on_every_event_and_path() {
    application(async |app| {
        let (mut users, body) = (0, |user: &str| form(&[("uname", user), ("password", GOOD)]));
        for path in ["/signup", "/signup/"] {
            for kind in ["rest", "http", "http with a stage"] {
                users += 1;
                let user = format!("somebody{users}");
                let event = |path: &str| match kind {
                    "rest" => rest(path, &body(&user)),
                    "http" => http(path, body(&user).as_bytes()),
                    _ => http(&format!("/Prod{path}"), body(&user).as_bytes()),
                };
                app.learn(GOOD);
                let signed_up = app.send(Function::SignUp, &event(path)).await;
                assert_eq!(signed_up.json(), ok("Signup Success"), "{kind} {path}");
                let login = app.send(Function::LogIn, &event(&path.replace("signup", "login"))).await;
                assert_eq!(login.json(), ok("Login Success"), "{kind} {path}");
                assert!(login.token().is_some());
            }
        }
        assert_eq!(app.log_in("somebody1", OTHER).await.json(), ok("Login Failed"));
        assert_eq!(app.log_in("nobody at all", OTHER).await.json(), ok("Login Failed"));
    })
    .await;
}

#[tokio::test]
async fn the_events_beside_the_template_are_answered() {
    application(async |app| {
        app.learn(GOOD);
        let folder = tests::paths::repository().join("apps/accounts/events");
        let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort_by_key(|path| !path.ends_with("rest-signup.json")); // first
        assert_eq!(files.len(), 4);
        for path in files {
            let is_sign_up = path.ends_with("rest-signup.json");
            let (function, text) =
                if is_sign_up { (Function::SignUp, "Signup Success") } else { (Function::LogIn, "Login Success") };
            let heard = app.send_raw(function, std::fs::read(&path).unwrap()).await;
            assert_eq!(heard.json(), ok(text), "{}", path.display());
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_example_leaves_out_has_a_status_of_its_own() {
    application(async |app| {
        assert_eq!(app.sign_up("margarete", GOOD).await, ok("Signup Success"));
        let (status, taken) = app.sign_up("margarete", OTHER).await;
        assert_eq!((status, &taken["status"]), (409, &json!("Signup Failed")));
        for (user, password, status) in [
            ("anna", "fourteen chars", 409),
            ("anna", "passwordpassword", 409),
            ("anna", "lhbjkjubz2957704", 409),
            ("", GOOD, 400),
            ("anna", "", 400),
            (&"a".repeat(65), GOOD, 400),
            ("anna", &"🐠".repeat(257), 400),
            ("anna", &"🐠".repeat(400), 413),
        ] {
            let (heard, body) = app.sign_up(user, password).await;
            assert_eq!((heard, &body["status"]), (status, &json!("Signup Failed")), "{body}");
            assert!(body["reason"].as_str().unwrap().len() > 20, "{body}");
        }
        for body in ["", "uname=anna", "uname=a&uname=b&password=c", "uname=a&password=%ff", "uname=a&password=%"] {
            for function in Function::ALL {
                let path = if function == Function::SignUp { "/signup" } else { "/login" };
                assert_eq!(app.send(function, &rest(path, body)).await.status, 400, "{body}");
                assert_eq!(app.send(function, &http(path, body.as_bytes())).await.status, 400, "{body}");
            }
        }
        assert_eq!(app.send(Function::LogIn, &http("/login", b"uname=a&password=caf\xe9")).await.status, 400);
        let mut event = rest("/login", "x");
        event["body"] = Value::Null;
        assert_eq!(app.send(Function::LogIn, &event).await.status, 400);
        event["httpMethod"] = json!("DELETE");
        assert_eq!(app.send(Function::LogIn, &event).await.status, 405);
        assert_eq!(app.send(Function::LogIn, &rest("/admin", "")).await.status, 404);
        let elsewhere = http("//evil.example/login", form(&[("uname", "margarete"), ("password", GOOD)]).as_bytes());
        assert_eq!(app.send(Function::LogIn, &elsewhere).await.status, 404, "it would lead to another host");
        assert_eq!(app.send_raw(Function::LogIn, b"{\"Records\": []}".to_vec()).await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn a_body_of_any_size_and_any_bytes_is_answered() {
    application(async |app| {
        for body in [vec![b'a'; 4097], vec![0xff; 1_000_000], b"%".repeat(5000), b"password=".repeat(500)] {
            let heard = app.send(Function::LogIn, &http("/login", &body)).await;
            assert!([400, 413].contains(&heard.status), "{heard:?}");
        }
        let longest = "tulpé mönd🐠".repeat(64);
        assert_eq!(longest.len(), 1024);
        assert_eq!(app.sign_up(&"🐠".repeat(64), &longest).await, ok("Signup Success"));
        assert_eq!(app.log_in(&"🐠".repeat(64), &longest).await.json(), ok("Login Success"));
        let shorter = format!("{}a", longest.strip_suffix('🐠').unwrap());
        assert_eq!(app.log_in(&"🐠".repeat(64), &shorter).await.json(), ok("Login Failed"));
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_page_is_refused_and_one_sent_twice_is_one() {
    application(async |app| {
        let fields = [("uname", "margarete"), ("password", GOOD), ("nonce", "AAAAAAAAAAAAAAAAAAAAAA")];
        app.learn(GOOD);
        let mut event = rest("/signup", &form(&fields));
        event["headers"]["Origin"] = json!("null");
        assert_eq!(app.send(Function::SignUp, &event).await.status, 403, "the example's form, opened from disk");
        event["headers"]["Origin"] = json!("https://api.example");
        for _ in 0..2 {
            assert_eq!(app.send(Function::SignUp, &event).await.json(), ok("Signup Success"));
        }
        let other = rest("/signup", &form(&[fields[0], fields[1], ("nonce", "AAAAAAAAAAAAAAAAAAAAAQ")]));
        assert_eq!(app.send(Function::SignUp, &other).await.status, 409);
        app.learn(OTHER);
        let changed = rest("/signup", &form(&[fields[0], ("password", OTHER), fields[2]]));
        assert_eq!(app.send(Function::SignUp, &changed).await.status, 409, "another password is no second click");
        assert_eq!(app.log_in("margarete", GOOD).await.json(), ok("Login Success"));
        app.set("Accounts", "margarete", "MustChange", AttributeValue::Bool(true)).await;
        assert_eq!(app.send(Function::SignUp, &event).await.status, 409, "it would take back what an operator said");
        let anna = rest("/signup", &form(&[("uname", "anna"), fields[1], fields[2]]));
        assert_eq!(app.send(Function::SignUp, &anna).await.json(), ok("Signup Success"));
        app.set("Accounts", "anna", "CreatedAt", AttributeValue::N("1".to_owned())).await;
        assert_eq!(app.send(Function::SignUp, &anna).await.status, 409, "a form of long ago");
    })
    .await;
}

#[tokio::test]
async fn a_session_begins_shows_and_ends() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        let token = app.log_in("margarete", GOOD).await.token().unwrap();
        let account = who(app, &token).await;
        let (status, body) = account.json();
        assert_eq!((status, &body["status"], &body["uname"]), (200, &json!("Logged In"), &json!("margarete")));
        let leave = async |fields: &[(&str, &str)]| {
            let mut event = rest("/logout", &form(fields));
            event["headers"]["cookie"] = json!(format!("a=b; __Host-session={token}"));
            app.send(Function::LogIn, &event).await
        };
        assert_eq!(leave(&[]).await.status, 403, "no token of the form");
        assert_eq!(who(app, &token).await.status, 200);
        let left = leave(&[("form_token", body["form_token"].as_str().unwrap())]).await;
        assert_eq!((left.status, left.token()), (200, None));
        assert_eq!(who(app, &token).await.status, 401, "it ended at the server");
        let first = app.log_in("margarete", GOOD).await.token().unwrap();
        let mut again = rest("/login", &form(&[("uname", "margarete"), ("password", GOOD)]));
        again["headers"]["Cookie"] = json!(format!("__Host-session={first}"));
        let second = app.send(Function::LogIn, &again).await.token().unwrap();
        assert_eq!((who(app, &first).await.status, who(app, &second).await.status), (401, 200));
        assert_eq!(who(app, "AAAAAAAAAAAAAAAAAAAAAA").await.status, 401);
        assert_eq!(who(app, "x").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_with_the_old_one_and_must_be_where_the_record_says_so() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        let token = app.log_in("margarete", GOOD).await.token().unwrap();
        app.set("Accounts", "margarete", "MustChange", AttributeValue::Bool(true)).await;
        assert_eq!(who(app, &token).await.status, 401);
        let (status, body) = app.log_in("margarete", GOOD).await.json();
        assert_eq!((status, &body["status"]), (403, &json!("Login Failed")));
        let change = async |old: &str, new: &str| {
            app.learn(new);
            let fields = [("uname", "margarete"), ("password", old), ("new_password", new)];
            app.send(Function::LogIn, &rest("/password", &form(&fields))).await.json()
        };
        assert_eq!(change(OTHER, OTHER).await.0, 403);
        assert_eq!(change(GOOD, "too short").await.0, 409);
        assert_eq!(change(GOOD, OTHER).await, ok("Change Success"));
        assert_eq!(app.log_in("margarete", GOOD).await.json(), ok("Login Failed"));
        assert_eq!(app.log_in("margarete", OTHER).await.json(), ok("Login Success"));
    })
    .await;
}

#[tokio::test]
async fn waits_grow_and_the_answer_says_how_long() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        for user in ["margarete", "nobody at all"] {
            for _ in 0..5 {
                assert_eq!(app.log_in(user, OTHER).await.json(), ok("Login Failed"));
            }
            let heard = app.log_in(user, GOOD).await;
            assert_eq!(heard.status, 429, "{user}");
            assert!((1..=5).contains(&heard.headers["retry-after"].parse::<u32>().unwrap()));
        }
        app.let_a_day_pass().await;
        assert_eq!(app.log_in("margarete", GOOD).await.json(), ok("Login Success"));
        assert_eq!(app.log_in("margarete", GOOD).await.json(), ok("Login Success"), "counted anew");
    })
    .await;
}

#[tokio::test]
async fn a_source_is_bounded_whatever_a_header_says() {
    application(async |app| {
        let body = form(&[("uname", "anna"), ("password", GOOD)]);
        for tries in 0..101 {
            // A sign-up of a taken name is as cheap as a try gets; the source is counted before anything else.
            if tries > 2 && tries < 99 {
                continue;
            }
            let mut event = rest("/signup", &body);
            event["headers"]["X-Forwarded-For"] = json!(format!("198.51.100.{tries}"));
            if tries == 99 {
                let source = app
                    .items("Tries")
                    .await
                    .into_iter()
                    .find(|item| item["Subject"].as_s().unwrap().starts_with("source#"));
                let source = source.unwrap()["Subject"].as_s().unwrap().clone();
                app.set("Tries", &source, "Tries", AttributeValue::N("99".to_owned())).await;
            }
            let expected = [200, 409, 409, 409, 429];
            let place = if tries < 3 { tries } else { tries - 96 };
            let heard = app.send(Function::SignUp, &event).await;
            assert_eq!(heard.status, expected[place], "{tries}: {heard:?}");
        }
        assert_eq!(app.send(Function::LogIn, &rest("/login", &body)).await.status, 429);
        let mut event = rest("/login", &body);
        event["requestContext"]["identity"]["sourceIp"] = json!("192.0.2.2");
        assert_eq!(app.send(Function::LogIn, &event).await.json(), ok("Login Success"));
    })
    .await;
}

#[tokio::test]
async fn a_browser_gets_pages_and_everybody_the_same_headers() {
    application(async |app| {
        let page = async |function, method: &str, path: &str, body: &str| {
            let mut event = rest(path, body);
            event["httpMethod"] = json!(method);
            event["headers"]["Accept"] = json!("text/html,application/xhtml+xml,*/*;q=0.8");
            event["headers"]["sec-fetch-site"] = json!("same-origin");
            app.send(function, &event).await
        };
        let body = form(&[("uname", "margarete"), ("password", GOOD)]);
        app.learn(GOOD);
        let heard = [
            page(Function::SignUp, "GET", "/signup", "").await,
            page(Function::SignUp, "POST", "/signup/", &body).await,
            page(Function::LogIn, "GET", "/login/", "").await,
            page(Function::LogIn, "GET", "/password", "").await,
            page(Function::LogIn, "POST", "/login", &form(&[("uname", "<b>"), ("password", "x")])).await,
        ];
        for heard in &heard {
            assert_eq!(heard.headers["content-type"], "text/html; charset=utf-8");
            assert_eq!(heard.status, 200);
            assert!(heard.body.contains("<html lang=\"en\">") && !heard.body.contains("<b>"), "{}", heard.body);
        }
        let let_in = page(Function::LogIn, "POST", "/login/", &body).await;
        assert_eq!((let_in.status, let_in.headers["location"].as_str()), (303, "/Prod/account"));
        assert_eq!(page(Function::LogIn, "GET", "/account", "").await.headers["location"], "/Prod/login");
        let cookie = let_in.cookie.clone().unwrap();
        for part in ["__Host-session=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let json = app.log_in("margarete", GOOD).await;
        for heard in heard.iter().chain([&let_in, &json]) {
            assert_eq!(heard.headers["referrer-policy"], "same-origin");
            assert_eq!(heard.headers["cache-control"], "no-store");
            assert_eq!(heard.headers["x-content-type-options"], "nosniff");
            assert!(heard.headers["strict-transport-security"].contains("max-age=31536000"));
            let policy = &heard.headers["content-security-policy"];
            for named in ["default-src 'none'", "form-action ", "base-uri 'none'", "frame-ancestors 'none'"] {
                assert!(policy.contains(named), "{policy}");
            }
            assert!(!heard.headers.keys().any(|name| name.starts_with("access-control")), "no CORS");
        }
    })
    .await;
}

#[tokio::test]
async fn a_stored_parameter_string_of_any_size_costs_nothing() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        for cost in
            ["$argon2id$v=19$m=4294967295,t=4294967295,p=1", "$argon2i$v=19$m=19456,t=2,p=1", &"9".repeat(300_000)]
        {
            app.set("Accounts", "margarete", "Cost", AttributeValue::S(cost.to_owned())).await;
            let begun = std::time::Instant::now();
            assert_eq!(app.log_in("margarete", GOOD).await.status, 503);
            assert!(begun.elapsed().as_secs() < 5);
            app.let_a_day_pass().await;
        }
        assert!(app.function(Function::LogIn).peak_memory() < 64 * 1024);
    })
    .await;
}

async fn who(app: &Application, token: &str) -> tests::accounts::Heard {
    let mut event = http("/account", b"");
    event["requestContext"]["http"]["method"] = json!("GET");
    event["cookies"] = json!(["theme=dark", format!("__Host-session={token}")]);
    app.send(Function::LogIn, &event).await
}
