//! A table as the pair leaves it after some life: what most stories begin with.

use serde_json::json;
use tests::{
    resource::{Resource, assert_success},
    world::World,
};

/// What `shop/prod/api` holds.
pub(crate) const DOCUMENT: &str = r#"{"user":"app-user-17","db":{"password":"s3cret+db/pa'ss","port":3306}}"#;

/// Two stacks: `shop` with a database password that was rotated once and a JSON secret, and `blog` with one that it deleted. CloudFormation itself knows
/// the pair's own stack alone.
pub(crate) async fn filled(world: &World) -> Resource<'_> {
    let shop = world.stack("shop");
    let mut database = shop.generator("DbSecret");
    assert_success(&database.create(json!({"Env": "prod"})).await);
    assert_success(&database.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
    let mut api = shop.generator("ApiSecret");
    assert_success(&api.create(json!({"Env": "prod", "Name": "api", "Value": DOCUMENT})).await);
    let mut gone = world.stack("blog").generator("DbSecret");
    assert_success(&gone.create(json!({"Env": "dev"})).await);
    gone.delete().await;
    let _ = world.account.create_pair("cfn-secrets", &[("TableName", &world.account.table)]).await;
    database
}
