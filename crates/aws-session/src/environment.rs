//! What a function's environment says of AWS, in the SDK's own names.
//!
//! The SDK's loader would look into profiles, STS and IMDS as well, and so bring them into the functions, where none is.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// An environment variable's value; only `main.rs` reads the environment.
pub type Env = fn(&str) -> Option<String>;

/// Region, credentials, endpoints and the app id (AWS SDKs and Tools Reference Guide, "Environment variables list").
pub(crate) fn config(env: Env) -> Builder {
    let is_true = |name| env(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(env("AWS_REGION").or_else(|| env("AWS_DEFAULT_REGION")).map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .use_fips(is_true("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"));
    config.set_app_name(env("AWS_SDK_UA_APP_ID").and_then(|id| AppName::new(id).ok()));
    if !is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        config.set_endpoint_url(env(ENDPOINT_URL));
        config = config.service_config(Endpoints(env));
    }
    config
}

const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// `AWS_ENDPOINT_URL_KMS` and its like, each before `AWS_ENDPOINT_URL`.
#[derive(Debug)]
struct Endpoints(Env);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (self.0)(&format!("{}_{}", key.env(), key.service_id().to_uppercase().replace(' ', "_")))
            .or_else(|| (self.0)(key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_environment_says_is_what_the_clients_get() {
        let env: Env = |name| {
            let value = match name {
                "AWS_DEFAULT_REGION" => "eu-west-1",
                "AWS_USE_FIPS_ENDPOINT" => "TRUE",
                "AWS_SDK_UA_APP_ID" => "shop",
                "AWS_ENDPOINT_URL" => "http://127.0.0.1:1",
                "AWS_ENDPOINT_URL_SECRETS_MANAGER" => "http://127.0.0.1:2",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = config(env).build();
        assert_eq!(config.region().map(AsRef::as_ref), Some("eu-west-1"));
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(true), Some(false)));
        assert_eq!(config.app_name().map(AsRef::as_ref), Some("shop"));
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        let of = |service| {
            let key = ServiceConfigKey::builder().service_id(service).profile("endpoint_url").env(ENDPOINT_URL);
            config.service_config().unwrap().load_config(key.build().unwrap())
        };
        assert_eq!(of("Secrets Manager").as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(of("KMS").as_deref(), Some("http://127.0.0.1:1"));
    }

    #[test]
    fn configured_endpoints_can_be_left_out() {
        let env: Env = |name| match name {
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" => Some("true".to_owned()),
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:1".to_owned()),
            _ => None,
        };
        let config = config(env).build();
        assert!(config.endpoint_url().is_none() && config.service_config().is_none() && config.region().is_none());
    }
}
