//! The future of `handle` may go to another thread if the handler's futures may.

use std::sync::Arc;
use std::time::Duration;

use custom_resource::{
    Arrival, Clock, Config, Context, CreateRequest, CustomResource, DeleteRequest, Delivery, Error, LocalMode, NotYet,
    Outcome, PhysicalResourceId, UpdateRequest, from_fn, handle,
};
use serde_json::json;

use crate::handlers::{NOW, event};

const URL: &str = "https://example.com/answer?X-Amz-Date=20261123T070000Z&X-Amz-Expires=1800&X-Amz-Signature=s";

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    password: String,
}

struct Length;

impl CustomResource for Length {
    type Properties = Settings;

    async fn create(&self, request: CreateRequest<Settings>, context: &Context) -> Result<Outcome, Error> {
        tokio::task::yield_now().await;
        Ok(Outcome::new(context.stable_id("length")?).attribute("Length", request.properties.password.len()))
    }

    async fn update(&self, request: UpdateRequest<Settings>, _: &Context) -> Result<Outcome, Error> {
        tokio::task::yield_now().await;
        let changed = request.changed(|settings| &settings.password);
        Ok(Outcome::new(PhysicalResourceId::parse(&request.physical_resource_id)?).attribute("Changed", changed))
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        Err(NotYet::new("not ready", Duration::from_secs(1)).into())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handled_may_be_spawned() {
    for (kind, name, value) in [("Create", "Length", json!(14)), ("Update", "Changed", json!(true))] {
        let (delivery, answers) = Delivery::in_memory();
        let config = Config::new(Clock::at(NOW), delivery, LocalMode::Off);
        let resource = Arc::new(Length);
        let arrival = Arrival::new("lambda-1", Duration::from_secs(30));
        let task = tokio::spawn(async move { handle(&*resource, event(kind, URL), arrival, &config).await });
        task.await.unwrap().unwrap();
        assert_eq!(answers.take()[0]["Data"][name], value, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_may_be_spawned_and_a_delete_of_it_succeeds() {
    for kind in ["Create", "Delete"] {
        let (delivery, answers) = Delivery::in_memory();
        let config = Config::new(Clock::at(NOW), delivery, LocalMode::Off);
        let function = from_fn(async |settings: Settings, context: &Context| {
            tokio::task::yield_now().await;
            Ok(Outcome::new(context.stable_id("length")?).attribute("Length", settings.password.len()))
        });
        let arrival = Arrival::new("lambda-1", Duration::from_secs(30));
        let task = tokio::spawn(async move { handle(&function, event(kind, URL), arrival, &config).await });
        task.await.unwrap().unwrap();
        assert_eq!(answers.take()[0]["Status"], "SUCCESS", "{kind}");
    }
}
