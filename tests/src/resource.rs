//! Custom resources as CloudFormation works with them: the events of a resource's life, with every scalar as a string,
//! and what CloudFormation remembers from one to the next.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::{
    function::Ending,
    functions::{Answers, Function},
    ministack::REGION,
    presigned_url::{self, Signing},
    random,
    response::{Answer, Asked, Status},
    response_endpoint::Deliveries,
    world::World,
};

/// A stack: its name may come again, its id does not.
#[derive(Clone, Debug)]
pub struct Stack<'w> {
    world: &'w World,
    /// Its ARN.
    pub id: String,
}

impl<'w> Stack<'w> {
    pub(crate) fn new(world: &'w World, name: &str) -> Self {
        let account = &world.account.id;
        let id = format!("arn:aws:cloudformation:{REGION}:{account}:stack/{name}/{}", random::uuid());
        Self { world, id }
    }

    /// A `Custom::GeneratedSecret` of this stack.
    pub fn generator(&self, logical_resource_id: &str) -> Resource<'w> {
        self.resource(Function::Generator, "Custom::GeneratedSecret", logical_resource_id)
    }

    /// A `Custom::Secret` of this stack.
    pub fn getter(&self, logical_resource_id: &str) -> Resource<'w> {
        self.resource(Function::Getter, "Custom::Secret", logical_resource_id)
    }

    /// A `Custom::PublishedSecret` of this stack.
    pub fn publisher(&self, logical_resource_id: &str) -> Resource<'w> {
        self.resource(Function::Publisher, "Custom::PublishedSecret", logical_resource_id)
    }

    fn resource(&self, function: Function, resource_type: &'static str, logical_resource_id: &str) -> Resource<'w> {
        Resource {
            world: self.world,
            function,
            resource_type,
            stack_id: self.id.clone(),
            logical_resource_id: logical_resource_id.to_owned(),
            signing: Signing::V4,
            current: None,
            last: None,
        }
    }
}

/// A custom resource and what CloudFormation knows of it.
#[derive(Clone, Debug)]
pub struct Resource<'w> {
    world: &'w World,
    function: Function,
    resource_type: &'static str,
    stack_id: String,
    logical_resource_id: String,
    /// How the URLs of its requests are signed.
    pub signing: Signing,
    current: Option<Known>,
    last: Option<Sent>,
}

#[derive(Clone, Debug)]
struct Known {
    physical_resource_id: String,
    properties: Value,
}

#[derive(Clone, Debug)]
struct Sent {
    event: Value,
    url: String,
}

impl Resource<'_> {
    /// The id that CloudFormation has for it now.
    pub fn id(&self) -> &str {
        &self.current.as_ref().expect("the resource has been created").physical_resource_id
    }

    /// CloudFormation creates it. Also after a failure the id of the answer is kept: the Delete that follows names it.
    pub async fn create(&mut self, properties: Value) -> Answer {
        let properties = self.properties(properties);
        let answer = self.send("Create", None, json!({"ResourceProperties": properties})).await;
        self.current = Some(Known { physical_resource_id: answer.physical_resource_id.clone(), properties });
        answer
    }

    /// CloudFormation updates it, or rolls an update back. A new id is a replacement: see [`Self::delete_id`].
    pub async fn update(&mut self, properties: Value) -> Answer {
        let known = self.current.clone().expect("only what exists is updated");
        let properties = self.properties(properties);
        let fields = json!({"ResourceProperties": properties, "OldResourceProperties": known.properties});
        let answer = self.send("Update", Some(&known.physical_resource_id), fields).await;
        if answer.status == Status::Success {
            self.current = Some(Known { physical_resource_id: answer.physical_resource_id.clone(), properties });
        }
        answer
    }

    /// CloudFormation deletes it.
    pub async fn delete(&mut self) -> Answer {
        let id = self.id().to_owned();
        self.delete_id(&id).await
    }

    /// CloudFormation deletes what it knows under this id: a replaced resource, or an id that it made up for a resource
    /// whose Create never answered.
    pub async fn delete_id(&mut self, id: &str) -> Answer {
        let properties =
            self.current.as_ref().map_or_else(|| self.properties(json!({})), |known| known.properties.clone());
        self.send("Delete", Some(id), json!({"ResourceProperties": properties})).await
    }

    /// A Delete with these properties, whatever they are worth.
    pub async fn delete_with(&mut self, id: &str, properties: Value) -> Answer {
        self.send("Delete", Some(id), json!({"ResourceProperties": properties})).await
    }

    /// The same request once more, as Lambda's queue or its retry delivers it: same ids, same URL.
    pub async fn redeliver(&mut self) -> Answer {
        let sent = self.last.clone().expect("a request was sent");
        self.world.rig(self.function).endpoint.expect(&sent.url, Deliveries::Repeated);
        self.deliver(&sent).await
    }

    /// The same Create in two instances at the same time.
    pub async fn create_twice_at_once(&mut self, properties: Value) -> (Answer, Answer) {
        let properties = self.properties(properties);
        let sent = self.request("Create", None, json!({"ResourceProperties": properties}), SystemTime::now());
        self.world.rig(self.function).endpoint.expect(&sent.url, Deliveries::Repeated);
        let answers = tokio::join!(self.deliver(&sent), self.deliver(&sent));
        self.current = Some(Known { physical_resource_id: answers.0.physical_resource_id.clone(), properties });
        self.last = Some(sent);
        answers
    }

    /// One try to create it whose answer may get lost: how the invocation ended.
    pub async fn try_create(&mut self, properties: Value) -> Ending {
        let properties = self.properties(properties);
        let sent = self.request("Create", None, json!({"ResourceProperties": properties}), SystemTime::now());
        self.last = Some(sent.clone());
        self.world.invoke(self.function, sent.event.to_string().as_bytes()).await
    }

    /// A Create that Lambda's queue held for longer than its URL is valid; nobody waits for an answer any more.
    pub async fn create_too_late(&mut self, properties: Value) -> Ending {
        let signed_at = SystemTime::now() - presigned_url::LIFETIME - Duration::from_secs(60);
        let fields = json!({"ResourceProperties": self.properties(properties)});
        let sent = self.request("Create", None, fields, signed_at);
        self.world.rig(self.function).endpoint.expect(&sent.url, Deliveries::Any);
        self.world.invoke(self.function, sent.event.to_string().as_bytes()).await
    }

    /// A request event, with fields of this request's kind, whose URL was signed at that time.
    fn request(&self, request_type: &str, id: Option<&str>, fields: Value, signed_at: SystemTime) -> Sent {
        let asked = Asked {
            request_type: request_type.to_owned(),
            stack_id: self.stack_id.clone(),
            request_id: random::uuid(),
            logical_resource_id: self.logical_resource_id.clone(),
            physical_resource_id: id.map(str::to_owned),
        };
        let mut event = json!({
            "RequestType": request_type,
            "ServiceToken": self.service_token(),
            "StackId": asked.stack_id,
            "RequestId": asked.request_id,
            "ResourceType": self.resource_type,
            "LogicalResourceId": asked.logical_resource_id,
        });
        let url = self.world.rig(self.function).endpoint.issue(asked, self.signing, signed_at);
        event["ResponseURL"] = json!(url);
        if let Some(id) = id {
            event["PhysicalResourceId"] = json!(id);
        }
        let timeout = fields["ResourceProperties"].get("ServiceTimeout").cloned();
        event.as_object_mut().unwrap().extend(timeout.map(|timeout| ("ServiceTimeout".to_owned(), timeout)));
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Sent { event, url }
    }

    async fn send(&mut self, request_type: &str, id: Option<&str>, fields: Value) -> Answer {
        let sent = self.request(request_type, id, fields, SystemTime::now());
        self.last = Some(sent.clone());
        self.deliver(&sent).await
    }

    async fn deliver(&self, sent: &Sent) -> Answer {
        let ending = self.world.invoke(self.function, sent.event.to_string().as_bytes()).await;
        let endpoint = &self.world.rig(self.function).endpoint;
        let answer = endpoint.answer(&sent.url);
        let answer = answer.unwrap_or_else(|| panic!("no good answer, {ending:?}: {:?}", endpoint.violations()));
        // An answer was delivered: an Err would make Lambda run the request again.
        assert!(matches!(ending, Ending::Returned(_)), "{ending:?}");
        if self.function.answers() == Answers::WithSecrets {
            let attributes = answer.data.iter().map(|(name, value)| (name, Some(value.as_str())));
            self.world.learn_attributes(attributes);
        }
        answer
    }

    /// The properties as they arrive: with the service token, every scalar a string.
    fn properties(&self, properties: Value) -> Value {
        let mut properties = stringify(properties);
        properties["ServiceToken"] = json!(self.service_token());
        properties
    }

    fn service_token(&self) -> String {
        self.function.arn(&self.world.account.id)
    }
}

/// What CloudFormation makes of property values: strings at every depth; `AWS::NoValue`, here null, takes its key away.
fn stringify(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, stringify(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(stringify).collect()),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(truth) => json!(truth.to_string()),
        Value::String(_) | Value::Null => value,
    }
}

/// The answer is a SUCCESS.
#[track_caller]
pub fn assert_success(answer: &Answer) {
    assert_eq!(answer.status, Status::Success, "{:?}", answer.reason);
}

/// The answer is FAILED, and its Reason has all of these words.
#[track_caller]
pub fn assert_failed(answer: &Answer, words: &[&str]) {
    let reason = answer.reason.as_deref().unwrap_or_default();
    assert_eq!(answer.status, Status::Failed, "{reason}");
    for word in words {
        assert!(reason.contains(word), "the Reason does not say {word:?}: {reason}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_become_strings_at_every_depth() {
        let properties = json!({"N": 20, "B": true, "Nothing": null, "L": [1, {"M": false}], "S": "x"});
        let strings = json!({"N": "20", "B": "true", "L": ["1", {"M": "false"}], "S": "x"});
        assert_eq!(stringify(properties), strings);
    }
}
