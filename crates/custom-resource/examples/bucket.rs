//! `Custom::Bucket`: what is made in two steps, so that a failure of the second must not leave the first behind.

use custom_resource::{
    BoxError, Context, CreateRequest, CustomResource, DeleteRequest, Error, Outcome, Properties, ReasonExt,
    UpdateRequest,
};

struct Bucket;

/// Stands for an SDK's calls.
async fn call(_what: &str, _id: &str) -> std::io::Result<()> {
    Ok(())
}

impl CustomResource for Bucket {
    type Properties = Properties;

    async fn create(&self, _: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        let id = context.stable_id("bucket")?;
        context.begin(id.clone()); // from here on, whatever goes wrong, `delete` is called for it
        call("CreateBucket", id.as_str()).await.reason("the bucket could not be made")?;
        call("PutBucketTagging", id.as_str()).await.reason("the bucket could not be tagged")?;
        Ok(Outcome::new(id))
    }

    async fn update(&self, _: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        Ok(Outcome::new(context.stable_id("bucket")?))
    }

    async fn delete(&self, request: DeleteRequest, _: &Context) -> Result<(), Error> {
        let id = request.physical_resource_id.unwrap_or_default();
        call("DeleteBucket", &id).await.reason("the bucket could not be deleted: see whether it is empty")
    }
}

fn main() -> Result<(), BoxError> {
    custom_resource::start(Bucket)
}
