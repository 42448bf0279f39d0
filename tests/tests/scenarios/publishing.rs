//! The life of a published secret: whoever reads it gets the value that the database has, after each operation.

use serde_json::{Value, json};
use tests::{
    copies::{Copies, Copy, Shelf},
    resource::{Resource, Stack, assert_failed, assert_success},
    response::Answer,
    world::{World, scenario},
};

/// A stack with a generated secret and a copy of it in both places.
pub(crate) struct Shop<'w> {
    pub(crate) stack: Stack<'w>,
    pub(crate) secret: Resource<'w>,
    pub(crate) copy: Resource<'w>,
    pub(crate) copies: Copies,
}

impl<'w> Shop<'w> {
    /// Before the copy is made.
    pub(crate) async fn open(world: &'w World, copies: Copies) -> Self {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        let copy = stack.publisher("DbCopy");
        Self { stack, secret, copy, copies }
    }

    pub(crate) fn properties(&self, secret_id: &str) -> Value {
        json!({
            "SecretId": secret_id,
            "Parameter": {"Name": self.copies.parameter},
            "Secret": {"Name": self.copies.secret},
        })
    }

    pub(crate) async fn publish(&mut self) -> Answer {
        let properties = self.properties(self.secret.id());
        self.copy.create(properties).await
    }

    /// A new value, published; the id before.
    pub(crate) async fn rotate(&mut self, trigger: &str) -> (String, Answer) {
        let before = self.secret.id().to_owned();
        assert_success(&self.secret.update(json!({"Env": "prod", "RotationTrigger": trigger})).await);
        let properties = self.properties(self.secret.id());
        (before, self.copy.update(properties).await)
    }

    pub(crate) async fn value_of(&self, secret_id: &str) -> String {
        let got = self.stack.getter("Password").create(json!({"SecretId": secret_id})).await;
        assert_success(&got);
        got["password"].to_owned()
    }

    /// Both copies, which are of one value.
    pub(crate) async fn published(&self) -> (Copy, Copy) {
        let (parameter, secret) = (self.copies.in_parameter_store().await, self.copies.in_secrets_manager().await);
        let (parameter, secret) = (parameter.unwrap(), secret.unwrap());
        assert_eq!(parameter.value, secret.value);
        (parameter, secret)
    }

    /// Readers get the value of this version, and `Data` says which versions of theirs that is.
    pub(crate) async fn readers_have(&self, secret_id: &str, answer: &Answer) {
        assert_success(answer);
        let (parameter, secret) = self.published().await;
        assert_eq!(parameter.value, self.value_of(secret_id).await);
        assert_eq!((&answer["ParameterVersion"], &answer["SecretVersionId"]), (&*parameter.version, &*secret.version));
    }
}

#[tokio::test]
async fn readers_have_what_the_database_has_through_rotation_and_rollback() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            let created = shop.publish().await;
            let (first, id) = (shop.secret.id().to_owned(), shop.copy.id().to_owned());
            shop.readers_have(&first, &created).await;
            assert_eq!(created["Version"], *"1");
            assert_eq!(created["ParameterName"], *shop.copies.parameter);
            let account = &world.account.id;
            let arn = format!("arn:aws:ssm:eu-west-1:{account}:parameter{}", shop.copies.parameter);
            assert_eq!(created["ParameterArn"], arn);
            assert_eq!(created["SecretArn"], *shop.copies.described().await["ARN"].as_str().unwrap());

            let (_, rotated) = shop.rotate("2").await;
            let mut late = shop.copy.clone();
            shop.readers_have(shop.secret.id(), &rotated).await;
            assert_eq!((&rotated["Version"], &rotated["ParameterVersion"]), ("2", "2"));
            assert_eq!(shop.copy.id(), id, "the same resource");

            let back = shop.copy.update(shop.properties(&first)).await;
            shop.readers_have(&first, &back).await;
            assert_eq!(&back["ParameterVersion"], "3");
            let (parameter, secret) = shop.published().await;

            // The rollback once more, and the rotation, which was overtaken.
            let again = shop.copy.redeliver().await;
            shop.readers_have(&first, &again).await;
            late.redeliver().await;
            assert_eq!(shop.published().await, (parameter.clone(), secret.clone()));
            assert_eq!(shop.copies.parameter_versions().await, 3);

            // Nothing changes, and nothing is written.
            let mut properties = shop.properties(&first);
            properties["Tags"] = json!([{"Key": "team", "Value": "web"}]);
            let retagged = shop.copy.update(properties).await;
            shop.readers_have(&first, &retagged).await;
            assert_eq!(shop.published().await, (parameter, secret));

            assert_success(&shop.copy.delete().await);
            assert_eq!(shop.copies.in_parameter_store().await, None);
            assert_eq!(shop.copies.in_secrets_manager().await, None);
            assert_success(&shop.copy.redeliver().await);
        })
        .await;
    }
}

#[tokio::test]
async fn a_rollback_after_a_rotation_that_nobody_waited_for_reads_right() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            // There and back again, three times: the same two values under ever new requests.
            let first = shop.secret.id().to_owned();
            let (_, rotated) = shop.rotate("2").await;
            assert_success(&rotated);
            let second = shop.secret.id().to_owned();
            for id in [&first, &second, &first, &second, &first] {
                let answer = shop.copy.update(shop.properties(id)).await;
                shop.readers_have(id, &answer).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn another_name_is_another_copy_and_a_rollback_leaves_one() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let renamed = copies.called("renamed");
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            let (old, old_id, secret_id) =
                (shop.properties(shop.secret.id()), shop.copy.id().to_owned(), shop.secret.id().to_owned());

            // Of two names one changes. CloudFormation deletes the replaced one in the end.
            let mut new = old.clone();
            new["Secret"]["Name"] = json!(renamed.secret);
            assert_success(&shop.copy.update(new.clone()).await);
            assert_ne!(shop.copy.id(), old_id);
            let value = shop.value_of(&secret_id).await;
            assert_eq!(renamed.in_secrets_manager().await.unwrap().value, value);
            assert_success(&shop.copy.delete_with(&old_id, old.clone()).await);
            assert_eq!(shop.copies.in_secrets_manager().await, None);
            assert_eq!(shop.copies.in_parameter_store().await.unwrap().value, value, "the kept name is kept");

            // And the rollback of such a change.
            let (newer, newer_id) = (old, shop.copy.id().to_owned());
            assert_success(&shop.copy.update(newer).await);
            assert_eq!(shop.copy.id(), old_id);
            assert_success(&shop.copy.delete_with(&newer_id, new).await);
            assert_eq!(renamed.in_secrets_manager().await, None);
            let answer = shop.copy.update(shop.properties(&secret_id)).await;
            shop.readers_have(&secret_id, &answer).await;
        })
        .await;
    }
}

#[tokio::test]
async fn shapes_are_what_their_readers_take() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let shop = Shop::open(world, copies).await;
            let mut key = shop.stack.generator("ApiKey");
            assert_success(&key.create(json!({"Env": "prod", "Name": "api", "Kind": "base64url"})).await);
            let (password, token) = (shop.value_of(shop.secret.id()).await, key.id().to_owned());
            let token_value = shop.value_of(&token).await;
            let target = |ending: &str| json!({"Name": shop.copies.called(ending).secret});

            let rds = json!({
                "SecretId": shop.secret.id(), "Secret": target("rds"), "As": "rds", "Engine": "aurora-mysql", "Host": "db.example",
                "Port": 3306, "Username": "app", "DbName": "shop", "Ssl": true,
            });
            assert_success(&shop.stack.publisher("Rds").create(rds).await);
            let found = shop.copies.called("rds").in_secrets_manager().await.unwrap();
            let expected = json!({
                "engine": "aurora-mysql", "host": "db.example", "port": 3306, "username": "app", "password": password,
                "dbname": "shop", "ssl": true,
            });
            assert_eq!(serde_json::from_str::<Value>(&found.value).unwrap(), expected);

            let two = json!({
                "Secret": target("two"), "As": "json", "Fields": {"DB_PASSWORD": shop.secret.id(), "API_KEY": token},
                "Extra": {"DB_USER": "app"},
            });
            assert_success(&shop.stack.publisher("Two").create(two).await);
            let found = shop.copies.called("two").in_secrets_manager().await.unwrap();
            let expected = json!({"DB_PASSWORD": password, "API_KEY": token_value, "DB_USER": "app"});
            assert_eq!(serde_json::from_str::<Value>(&found.value).unwrap(), expected);

            let foreign = json!({"Secret": target("foreign"), "As": "json", "Fields": {"A": "secrets/blog/prod/default@1.00000000"}});
            let answer = shop.stack.publisher("Foreign").create(foreign).await;
            assert_failed(&answer, &["another stack's"]);
        })
        .await;
    }
}

#[tokio::test]
async fn keys_tiers_and_tags_are_said_with_each_version() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            let mut properties = shop.properties(shop.secret.id());
            properties["Parameter"]["KeyId"] = json!("alias/web");
            properties["Parameter"]["Tier"] = json!("Advanced");
            properties["Secret"]["KeyId"] = json!("alias/web");
            properties["Secret"]["Tags"] = json!([{"Key": "SageMaker", "Value": "true"}]);
            properties["Tags"] = json!([{"Key": "team", "Value": "web"}]);
            assert_success(&shop.copy.create(properties.clone()).await);
            let history = async || {
                let history = shop.copies.ssm("GetParameterHistory", json!({"Name": shop.copies.parameter})).await;
                let entries = history.unwrap()["Parameters"].as_array().unwrap().clone();
                entries
                    .into_iter()
                    .map(|entry| (entry["KeyId"].clone(), entry["Tier"].clone(), entry["Type"].clone()))
                    .collect::<Vec<_>>()
            };
            let said = (json!("alias/web"), json!("Advanced"), json!("SecureString"));
            assert_eq!(history().await, vec![said.clone()]);
            assert_eq!(shop.copies.tags().await, [&["team=web"][..], &["SageMaker=true", "team=web"]]);
            assert_eq!(shop.copies.described().await["KmsKeyId"], "alias/web");

            // Another key is another version, and an advanced parameter stays one.
            // moto takes no other key for a secret that is there.
            let other = if shelf == Shelf::Moto { "alias/web" } else { "alias/other" };
            properties["Parameter"] = json!({"Name": shop.copies.parameter});
            properties["Secret"] = json!({"Name": shop.copies.secret, "KeyId": other});
            properties["Tags"] = json!([{"Key": "team", "Value": "till"}]);
            let updated = shop.copy.update(properties).await;
            shop.readers_have(shop.secret.id(), &updated).await;
            assert_eq!(history().await, vec![said, (json!("alias/aws/ssm"), json!("Advanced"), json!("SecureString"))]);
            assert_eq!(shop.copies.tags().await, [["team=till"], ["team=till"]]);
            assert_eq!(shop.copies.described().await["KmsKeyId"], other);
        })
        .await;
    }
}
