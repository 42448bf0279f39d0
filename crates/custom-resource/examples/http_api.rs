//! `Custom::ApiObject`: an object behind somebody's HTTP API, made with POST, changed with PUT, removed with DELETE.
//!
//! What it shows: a client made once; the request's token as idempotency key, so that a repeated delivery makes nothing
//! twice; causes for the log apart from the Reason for the user; a Delete of what is not there succeeds.

use std::time::Duration;

use custom_resource::{
    BoxError, Context, CreateRequest, CustomResource, DeleteRequest, Error, Outcome, PhysicalResourceId, ReasonExt,
    UpdateRequest,
};
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

struct ApiObject {
    client: Client,
    /// Without a slash at the end.
    api: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Settings {
    name: String,
    #[serde(default)]
    public: bool,
}

impl ApiObject {
    fn new(api: String) -> Result<Self, reqwest::Error> {
        let client = Client::builder().timeout(Duration::from_secs(10)).pool_max_idle_per_host(0).build()?;
        Ok(Self { client, api })
    }

    /// Sends one request; what the API answers beyond success and absence becomes an error.
    async fn send(&self, method: Method, path: &str, settings: Option<&Settings>, key: &str) -> Result<Answer, Error> {
        let body = settings.map(|settings| json!({"name": settings.name, "public": settings.public}).to_string());
        let request = self.client.request(method, format!("{}{path}", self.api)).header("Idempotency-Key", key);
        let broken = "the API cannot be reached; try again later";
        let response = request.body(body.unwrap_or_default()).send().await.reason(broken)?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(Answer::Absent),
            status if status.is_success() => Ok(Answer::Done(response.text().await.reason(broken)?)),
            status => Err(Error::new(format!("the API answered {status}; see whether it takes these properties"))),
        }
    }
}

enum Answer {
    Done(String),
    Absent,
}

impl CustomResource for ApiObject {
    type Properties = Settings;

    async fn create(&self, request: CreateRequest<Settings>, context: &Context) -> Result<Outcome, Error> {
        match self.send(Method::POST, "/objects", Some(&request.properties), &key(context)).await? {
            Answer::Done(id) => made(&id, &request.properties),
            Answer::Absent => Err(Error::new("the API knows no objects; see whether API_URL is right")),
        }
    }

    async fn update(&self, request: UpdateRequest<Settings>, context: &Context) -> Result<Outcome, Error> {
        let path = format!("/objects/{}", request.physical_resource_id);
        match self.send(Method::PUT, &path, Some(&request.properties), &key(context)).await? {
            Answer::Done(_) => made(&request.physical_resource_id, &request.properties),
            Answer::Absent => {
                Err(Error::new("the object is gone; rename the resource in the template to make a new one"))
            }
        }
    }

    async fn delete(&self, request: DeleteRequest, context: &Context) -> Result<(), Error> {
        let Some(id) = request.physical_resource_id else {
            return Ok(());
        };
        self.send(Method::DELETE, &format!("/objects/{id}"), None, &key(context)).await.map(drop)
    }
}

/// The same for every delivery of one request, and for no other.
fn key(context: &Context) -> String {
    context.idempotency_token().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Create and Update answer alike, so that no attribute is ever missing.
fn made(id: &str, settings: &Settings) -> Result<Outcome, Error> {
    let id = PhysicalResourceId::parse(id).reason("the API gave no usable id")?;
    Ok(Outcome::new(id).attribute("Name", settings.name.as_str()))
}

fn main() -> Result<(), BoxError> {
    // This reqwest comes without a TLS provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "this is the program's main file")]
    let api = std::env::var("API_URL")?;
    custom_resource::start(ApiObject::new(api)?)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use custom_resource::{Clock, Properties};

    use super::*;

    /// An API that answers each request in turn, and the first lines of what it was asked.
    fn api(answers: &'static [(u16, &str)]) -> (ApiObject, mpsc::Receiver<String>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for (status, body) in answers {
                let (mut connection, _) = listener.accept().unwrap();
                let mut request = vec![0; 8192];
                let read = connection.read(&mut request).unwrap();
                asked.send(String::from_utf8_lossy(&request[..read]).lines().next().unwrap().to_owned()).unwrap();
                write!(connection, "HTTP/1.1 {status} -\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
            }
        });
        (ApiObject::new(url).unwrap(), requests)
    }

    fn properties() -> Properties {
        Properties::from_value(json!({"Name": "n", "Public": "true"})).unwrap()
    }

    fn settings() -> Settings {
        properties().parse().unwrap()
    }

    #[tokio::test]
    async fn an_object_is_made_changed_and_removed() {
        let (object, asked) = api(&[(201, "o-1"), (200, ""), (404, "")]);
        let context = Context::builder(Clock::at(0)).build();

        let made = object.create(CreateRequest::new(settings()), &context).await.unwrap();
        assert_eq!(made.physical_resource_id().as_str(), "o-1");
        object.update(UpdateRequest::new("o-1", settings(), properties()), &context).await.unwrap();
        object.delete(DeleteRequest::new(Some("o-1".to_owned()), properties()), &context).await.unwrap();

        let asked: Vec<_> = asked.iter().collect();
        assert_eq!(asked, ["POST /objects HTTP/1.1", "PUT /objects/o-1 HTTP/1.1", "DELETE /objects/o-1 HTTP/1.1"]);
    }

    #[tokio::test]
    async fn what_the_api_refuses_becomes_a_reason() {
        let (object, _asked) = api(&[(422, "secret details")]);
        let context = Context::builder(Clock::at(0)).build();
        let error = object.create(CreateRequest::new(settings()), &context).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the API answered 422 Unprocessable Entity; see whether it takes these properties"
        );
    }
}
