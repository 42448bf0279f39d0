//! A custom resource that is one function.

use std::fmt;
use std::marker::PhantomData;

use crate::event::request::{CreateRequest, DeleteRequest, UpdateRequest};
use crate::handler::context::Context;
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::Error;
use crate::handler::outcome::Outcome;
use crate::properties::FromProperties;

/// A custom resource that looks something up or computes it: `function` runs on Create and on Update, and a Delete, with
/// nothing to remove, succeeds.
///
/// ```
/// use custom_resource::{Context, Error, Outcome, from_fn};
///
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Text {
///     text: String,
/// }
///
/// let upper_case = from_fn(async |text: Text, context: &Context| {
///     Ok(Outcome::new(context.stable_id("upper-case")?).attribute("Text", text.text.to_uppercase()))
/// });
/// # let _ = upper_case;
/// ```
pub fn from_fn<P, F>(function: F) -> FromFn<P, F>
where
    P: FromProperties,
    F: AsyncFn(P, &Context) -> Result<Outcome, Error>,
{
    FromFn { function, properties: PhantomData }
}

/// What [`from_fn`] makes of a function.
pub struct FromFn<P, F> {
    function: F,
    properties: PhantomData<fn() -> P>,
}

impl<P, F> fmt::Debug for FromFn<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn")
    }
}

impl<P, F> CustomResource for FromFn<P, F>
where
    P: FromProperties,
    F: AsyncFn(P, &Context) -> Result<Outcome, Error>,
{
    type Properties = P;

    async fn create(&self, request: CreateRequest<P>, context: &Context) -> Result<Outcome, Error> {
        (self.function)(request.properties, context).await
    }

    async fn update(&self, request: UpdateRequest<P>, context: &Context) -> Result<Outcome, Error> {
        (self.function)(request.properties, context).await
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        Ok(())
    }
}
