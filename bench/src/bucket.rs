//! What the mocks' S3 answers: the same secret as the table has, as objects of `docs/format.md`.

use serde_json::{Map, Value, json};

/// The body of the object that is asked for, if it is one of the secret's; the head of the request is in lower case.
pub(crate) fn answer(head: &str, item: &Value) -> Option<String> {
    let path = head.strip_prefix("get /secrets/shop/prod/default/")?;
    let value = value(item)?;
    if path.starts_with("v/0000000000000000007.07070707 ") {
        return Some(value.to_string());
    }
    let mut version = value;
    version.as_object_mut()?.extend([
        ("Tag".to_owned(), json!("07070707")),
        ("ObjectVersionId".to_owned(), json!("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY")),
    ]);
    let state = json!({"Format": 1, "CurrentVersion": 7, "AsOf": 1_790_000_700, "Revision": 7, "Versions": [version]});
    path.starts_with("state.json ").then(|| state.to_string())
}

fn value(item: &Value) -> Option<Value> {
    let attributes = item.as_object()?.iter().filter(|(name, _)| !["StackName", "Env"].contains(&name.as_str()));
    let mut value: Map<String, Value> =
        attributes.map(|(name, attribute)| Some((name.clone(), plain(attribute)?))).collect::<Option<_>>()?;
    value.insert("Version".to_owned(), json!(7));
    Some(value.into())
}

/// An attribute of DynamoDB, as JSON itself has it.
fn plain(attribute: &Value) -> Option<Value> {
    let (kind, value) = attribute.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "N" => json!(value.as_str()?.parse::<u64>().ok()?),
        "M" => {
            let inner = value.as_object()?.iter().map(|(name, value)| Some((name.clone(), plain(value)?)));
            Value::Object(inner.collect::<Option<_>>()?)
        }
        _ => value.clone(),
    })
}
