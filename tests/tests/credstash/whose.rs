//! Whose credentials are taken, and which region is asked: read off the signature of the first call.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use hyper::StatusCode;
use tests::http::{Reply, Request, Server};

use crate::program::{Output, Place, Program, arguments};

const CONFIG: &str = "[default]\nregion = eu-north-1\n[profile ops]\nregion = eu-west-3\n[profile nowhere]\n";
const KEYS: &str = "[ops]\naws_access_key_id = OPS\naws_secret_access_key = x\n\
                    [nowhere]\naws_access_key_id = NOWHERE\naws_secret_access_key = x\n";

/// Who asks, and where, of `line` with these variables more (or, where they are empty, less).
async fn asks(line: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let heard = Arc::new(Mutex::new(String::new()));
    let hears = heard.clone();
    let server = Server::start(move |request: Request| {
        request.headers["authorization"].to_str().unwrap().clone_into(&mut hears.lock().unwrap());
        async { Reply::new(StatusCode::OK, r#"{"Items": [], "Count": 0}"#) }
    })
    .await;
    let mut place = Place::new().await;
    fs::create_dir(place.home().join(".aws")).unwrap();
    fs::write(place.home().join(".aws/config"), CONFIG).unwrap();
    fs::write(place.home().join(".aws/credentials"), KEYS).unwrap();
    place.environment.insert("AWS_ENDPOINT_URL".to_owned(), format!("http://{}", server.address()));
    place.environment.remove("AWS_DEFAULT_REGION");
    for (name, value) in variables {
        place.environment.insert((*name).to_owned(), (*value).to_owned());
    }
    let line = arguments(line);
    let ran = tokio::task::spawn_blocking(move || place.run(Program::Ours, &line, b"", Output::Kept)).await.unwrap();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let heard = heard.lock().unwrap().clone();
    let scope: Vec<_> = heard.split_once("Credential=").unwrap().1.split('/').collect();
    (scope[0].to_owned(), scope[2].to_owned())
}

#[tokio::test]
async fn a_profile_is_taken_alone_and_a_region_is_found_as_boto_does() {
    for (line, variables, whose, region) in [
        (&["list"][..], &[][..], "testing", "eu-north-1"),
        (&["-p", "ops", "list"], &[], "OPS", "eu-west-3"),
        (&["list", "--profile=ops"], &[("AWS_PROFILE", "default")], "OPS", "eu-west-3"),
        (&["-p", "ops", "-r", "eu-west-1", "list"], &[("AWS_SESSION_TOKEN", "x")], "OPS", "eu-west-1"),
        (&["-p", "nowhere", "list"], &[], "NOWHERE", "us-east-1"),
        (&["list"], &[("AWS_PROFILE", "ops")], "testing", "eu-west-3"),
        (&["-p", "", "list"], &[("AWS_DEFAULT_REGION", "eu-west-2")], "testing", "eu-west-2"),
        (&["-p", "ops", "list"], &[("AWS_DEFAULT_REGION", "eu-west-2")], "OPS", "eu-west-2"),
        (&["list"], &[("AWS_REGION", "eu-west-2")], "testing", "eu-north-1"),
    ] {
        let asked = asks(line, variables).await;
        assert_eq!(asked, (whose.to_owned(), region.to_owned()), "{line:?} {variables:?}");
    }
}
