//! `Custom::Greeting`: a custom resource in ten lines.
//!
//! ```yaml
//! Greeting:
//!   Type: Custom::Greeting
//!   Properties: {ServiceToken: !GetAtt Function.Arn, ServiceTimeout: 60, Name: World, Times: 3}
//! ```

use custom_resource::{BoxError, Context, Outcome, from_fn};

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Greeting {
    name: String,
    times: u8,
}

fn main() -> Result<(), BoxError> {
    custom_resource::start(from_fn(async |greeting: Greeting, context: &Context| {
        let text = format!("Hello {}! ", greeting.name).repeat(greeting.times.into());
        Ok(Outcome::new(context.stable_id("greeting")?).attribute("Text", text)) // !GetAtt Greeting.Text
    }))
}
