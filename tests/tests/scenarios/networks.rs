//! A network that looks into TLS: trusted where the function is told its root, and otherwise told instead of waited for.

use serde_json::json;
use tests::{
    aws::Function::{self, Generator},
    resource::{assert_failed, assert_success},
    tls_front::TlsFront,
    world::{World, scenario},
};

fn reaches_aws_by(world: &World, function: Function, endpoint: &str, bundle: &str) {
    world.configure(function, &[("AWS_ENDPOINT_URL", endpoint), ("AWS_CA_BUNDLE", bundle)]);
}

#[tokio::test]
async fn a_root_of_ones_own_is_trusted_through_aws_ca_bundle() {
    scenario(async |world| {
        let front = TlsFront::start(world.account.endpoint).await;
        for &function in Function::ALL {
            reaches_aws_by(world, function, &format!("https://localhost:{}", front.port()), front.root());
        }
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        assert_success(&stack.getter("DbPassword").create(json!({"SecretId": secret.id()})).await);
        assert_success(&secret.delete().await);
        assert!(front.connections() > 2);
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_will_never_be_trusted_is_told_and_not_waited_for() {
    scenario(async |world| {
        let front = TlsFront::start(world.account.endpoint).await;
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        // A root that vouches for somebody else, and a name that is not in the certificate.
        let other = TlsFront::start(world.account.endpoint).await;
        for (host, bundle, why) in
            [("localhost", other.root(), "UnknownIssuer"), ("127.0.0.1", front.root(), "not valid for name")]
        {
            for &function in Function::ALL {
                reaches_aws_by(world, function, &format!("https://{host}:{}", front.port()), bundle);
            }
            let words = [host, why, "AWS_CA_BUNDLE"];
            let before = front.connections();
            assert_failed(&stack.generator("Another").create(json!({"Env": "dev"})).await, &words);
            assert_failed(&secret.delete().await, &words);
            assert_failed(&stack.getter("DbPassword").create(json!({"SecretId": secret.id()})).await, &words);
            // Each start opens one for the table and one for the key; each request asks once and once more.
            assert!(front.connections() - before <= 10, "{}", front.connections() - before);
        }
        reaches_aws_by(world, Generator, &format!("http://{}", world.account.endpoint), "");
        assert_success(&secret.delete().await);
    })
    .await;
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_is_told_to_each_request_and_nothing_is_done() {
    scenario(async |world| {
        let stack = world.stack("shop");
        for &function in Function::ALL {
            world.configure(function, &[("AWS_CA_BUNDLE", "/no/such/bundle.pem")]);
        }
        let words = ["could not start", "AWS_CA_BUNDLE", "/no/such/bundle.pem"];
        let mut secret = stack.generator("DbSecret");
        assert_failed(&secret.create(json!({"Env": "prod"})).await, &words);
        assert_failed(&stack.getter("DbPassword").create(json!({"Env": "prod"})).await, &words);
        assert_success(&secret.delete().await);
        assert!(world.items().await.is_empty());
    })
    .await;
}
