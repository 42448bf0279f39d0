//! `Custom::RandomString`: a text that stays the same until its `Length` changes; a whole custom resource on one
//! screen.
//!
//! ```yaml
//! Suffix:
//!   Type: Custom::RandomString
//!   Properties: {ServiceToken: !GetAtt Function.Arn, ServiceTimeout: 60, Length: 8}
//! Bucket:
//!   Type: AWS::S3::Bucket
//!   Properties: {BucketName: !Sub "demo-${Suffix.Value}"}
//! ```

use custom_resource::{
    BoxError, Context, CreateRequest, CustomResource, DeleteRequest, Error, Outcome, PhysicalResourceId, UpdateRequest,
};
use serde::Deserialize;

struct RandomString;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Settings {
    /// 1 to 32.
    length: usize,
}

impl CustomResource for RandomString {
    type Properties = Settings;

    async fn create(&self, request: CreateRequest<Settings>, context: &Context) -> Result<Outcome, Error> {
        made(&text(&request.properties, context)?)
    }

    /// Another length is another text, and so a replacement: the id changes with it.
    async fn update(&self, request: UpdateRequest<Settings>, context: &Context) -> Result<Outcome, Error> {
        if request.changed(|settings| &settings.length) {
            return made(&text(&request.properties, context)?);
        }
        made(&request.physical_resource_id)
    }

    /// Nothing is kept anywhere, so nothing is to be removed.
    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        Ok(())
    }
}

/// The text is its own id. That is all right for one that is no secret.
fn made(text: &str) -> Result<Outcome, Error> {
    Ok(Outcome::new(PhysicalResourceId::parse(text)?).attribute("Value", text))
}

/// Derived from the request, so that a repeated delivery of it gives the same text.
fn text(settings: &Settings, context: &Context) -> Result<String, Error> {
    if !(1..=32).contains(&settings.length) {
        return Err(Error::new("property Length: must be from 1 to 32"));
    }
    let letter = |byte: &u8| char::from(b'a' + byte % 26);
    Ok(context.idempotency_token().as_bytes().iter().take(settings.length).map(letter).collect())
}

fn main() -> Result<(), BoxError> {
    custom_resource::start(RandomString)
}

#[cfg(test)]
mod tests {
    use custom_resource::{Clock, Properties};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn the_text_changes_with_the_length_only() {
        let context = Context::builder(Clock::at(0)).build();
        let first = RandomString.create(CreateRequest::new(Settings { length: 8 }), &context).await.unwrap();
        let id = first.physical_resource_id().to_string();
        assert_eq!(first.get("Value").map(str::len), Some(8));

        let old = Properties::from_value(json!({"Length": "8"})).unwrap();
        let update = |length| UpdateRequest::new(id.clone(), Settings { length }, old.clone());
        let same = RandomString.update(update(8), &context).await.unwrap();
        assert_eq!(same.physical_resource_id().as_str(), id);
        let other = RandomString.update(update(9), &context).await.unwrap();
        assert_ne!(other.physical_resource_id().as_str(), id);
        assert!(RandomString.update(update(33), &context).await.is_err());
    }
}
