//! `docs/properties.md` and the JSON schemas for editors, from the types that the functions parse a template into.
//!
//! The page keeps its prose; what stands between `<!-- table NAME -->` and `<!-- end -->` is made here.

pub mod against_parser;

use std::fmt::Write as _;

use lambda_function::properties::names_of;
use password::{CharacterSet, Engine};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The tables of the page: a name, the schema that has the properties, their names in the order of the type.
pub fn tables() -> Vec<(&'static str, Value, Vec<String>)> {
    let generator = generator::properties::schema().to_value();
    let block = |name: &str| generator["$defs"][name].clone();
    let block_order =
        |schema: &Value| schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let publisher = publisher::properties::schema().to_value();
    let block_of_publisher = |name: &'static str| {
        let block = publisher["$defs"][name].clone();
        let order = block_order(&block);
        // What its properties refer to is defined beside it.
        (name, with_definitions(block, &publisher), order)
    };
    let secret_string = block("GenerateSecretStringBlock");
    let secret_string_order = block_order(&secret_string);
    vec![
        ("GenerateSecretString", secret_string, secret_string_order),
        ("generator", generator, names::<generator::properties::GeneratorProperties>()),
        ("getter", getter::properties::schema().to_value(), names::<getter::properties::GetterProperties>()),
        block_of_publisher("ParameterProperties"),
        block_of_publisher("SecretProperties"),
        ("publisher", publisher, names::<publisher::properties::PublisherProperties>()),
    ]
}

fn with_definitions(mut block: Value, whole: &Value) -> Value {
    block["$defs"] = whole["$defs"].clone();
    block
}

fn names<T: DeserializeOwned>() -> Vec<String> {
    names_of::<T>().iter().map(|name| (*name).to_owned()).collect()
}

/// The page with its tables made anew.
///
/// # Panics
/// If a table has no place on the page.
pub fn render(page: &str) -> String {
    let tables = tables().into_iter().map(|(name, schema, order)| (name, table(&schema, &order)));
    tables.chain([("engines", engines())]).fold(page.to_owned(), |page, (name, table)| {
        let begin = format!("<!-- table {name} -->\n");
        let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no place for the table {name}"));
        let (_, after) = rest.split_once("<!-- end -->").expect("the end of a table");
        format!("{before}{begin}{table}<!-- end -->{after}")
    })
}

/// What each engine accepts, and who says so.
fn engines() -> String {
    let mut text =
        "| `Engine` | For | Length | Without | At least one of each | Source |\n|---|---|---|---|---|---|\n".to_owned();
    for engine in Engine::ALL {
        let names: Vec<_> =
            [engine.listed()].into_iter().chain(engine.aliases().iter().map(|name| (*name).to_owned())).collect();
        let lengths = engine.lengths();
        let (names, required) = (code(&names), engine.required().iter().map(ToString::to_string).collect::<Vec<_>>());
        let source = engine.source().replace('|', "\\|");
        writeln!(
            text,
            "| {names} | {} | {} to {} | {} | {} | {source} |",
            engine.target(),
            lengths.start(),
            lengths.end(),
            without(engine),
            required.join(", "),
        )
        .expect("a string");
    }
    text
}

/// The punctuation and the letters that an engine does not take.
fn without(engine: Engine) -> String {
    let visible = CharacterSet::PRINTABLE.minus(CharacterSet::SPACE);
    let refused = visible.minus(engine.accepted()).to_string().replace('|', "\\|");
    if refused.is_empty() {
        return String::new();
    }
    // More backticks than the characters have in a row.
    if refused.contains('`') { format!("`` {refused} ``") } else { format!("`{refused}`") }
}

/// A JSON schema of a resource's `Properties`, as an editor wants it: scalars may be strings, and anything may be
/// an intrinsic function.
pub fn editor_schema(title: &str, schema: &Value) -> Value {
    let mut schema = schema.clone();
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    let definitions: Map<_, _> = definitions.into_iter().map(|(name, value)| (name, as_written(value))).collect();
    let mut written = as_written(schema.take());
    let properties = written["properties"].as_object_mut().expect("the properties of a resource");
    for own in ["ServiceToken", "ServiceTimeout"] {
        properties.insert(own.to_owned(), json!({ "description": "CloudFormation's own." }));
    }
    written["title"] = title.into();
    written["$defs"] = Value::Object(definitions);
    written["$defs"]["Intrinsic"] = json!({
        "description": "Ref, Fn::GetAtt, Fn::Sub and the like.",
        "type": "object",
        "patternProperties": { "^(Ref|Condition|Fn::[A-Za-z]+)$": {} },
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    });
    written
}

/// A schema of values as they are written in a template.
fn as_written(mut schema: Value) -> Value {
    let Some(fields) = schema.as_object_mut() else { return schema };
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        for property in properties.values_mut() {
            *property = property_as_written(property.take());
        }
    }
    schema
}

fn property_as_written(mut property: Value) -> Value {
    let description = property.as_object_mut().and_then(|fields| fields.remove("description"));
    let mut choices = vec![bare(&property)];
    match kind(&choices[0]) {
        Some("integer") => choices.push(json!({ "type": "string", "pattern": "^[0-9]+$" })),
        Some("boolean") => choices.push(json!({ "enum": ["true", "false"] })),
        _ => {}
    }
    choices.push(json!({ "$ref": "#/$defs/Intrinsic" }));
    let mut written = json!({ "anyOf": choices });
    if let Some(description) = description {
        written["description"] = description;
    }
    written
}

/// A property's schema without "or null", which a template cannot say.
fn bare(property: &Value) -> Value {
    let mut bare = property.clone();
    if let Some(choices) = property["anyOf"].as_array() {
        let is_null = |choice: &&Value| choice["type"] != "null";
        let kept: Vec<_> = choices.iter().filter(is_null).cloned().collect();
        match kept.as_slice() {
            [only] if kept.len() < choices.len() => return only.clone(),
            _ => bare["anyOf"] = kept.into(),
        }
    }
    if let Some(only) = kind(property).map(str::to_owned) {
        bare["type"] = only.into();
    }
    for noise in ["format", "default"] {
        bare.as_object_mut().map(|fields| fields.remove(noise));
    }
    if let Some(choices) = bare["enum"].as_array_mut() {
        choices.retain(|choice| !choice.is_null());
    } else {
        bare.as_object_mut().map(|fields| fields.remove("enum"));
    }
    bare
}

fn kind(property: &Value) -> Option<&str> {
    match &property["type"] {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

fn table(schema: &Value, order: &[String]) -> String {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut text = "| Property | Type | |\n|---|---|---|\n".to_owned();
    for name in order {
        let property = &schema["properties"][name];
        let description = property["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        let needed = if required.contains(&name.as_str()) { "**Required.** " } else { "" };
        let kind = type_of(&bare(property), &schema["$defs"]);
        writeln!(text, "| `{name}` | {kind} | {needed}{description} |").expect("a string");
    }
    text
}

/// A type in the words of the page.
///
/// # Panics
/// If it has a shape that no words are known for: "text" would hide what the schema says.
fn type_of(property: &Value, definitions: &Value) -> String {
    let mut shape: Vec<&str> = property.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
    shape.retain(|key| *key != "description");
    let said = |key: &str| property[key].as_str();
    match (said("type"), shape.as_slice()) {
        (None, ["$ref"]) => named_type(said("$ref").unwrap_or_default(), definitions),
        (None, []) => "anything".to_owned(),
        (Some(_), ["enum", "type"]) => choices(&property["enum"]),
        (Some("string"), ["anyOf", "type"]) => choices(&property["anyOf"][0]["enum"]),
        (Some("integer"), ["maximum", "minimum", "type"]) => {
            format!("{} to {}", property["minimum"], property["maximum"])
        }
        (Some("integer"), ["minimum", "type"]) => format!("{} or more", property["minimum"]),
        (Some("boolean"), ["type"]) => "`true`, `false`".to_owned(),
        (Some("array"), ["items", "type"]) if property["items"]["$ref"].is_string() => {
            let entry =
                property["items"]["$ref"].as_str().and_then(|entry| entry.rsplit('/').next()).unwrap_or_default();
            let fields: Vec<_> =
                definitions[entry]["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
            format!("list of `{{{}}}`", fields.join(", "))
        }
        (Some("array"), ["items", "minItems", "type"]) => "list".to_owned(),
        (Some("object"), ["additionalProperties", "type"]) => "map".to_owned(),
        (Some("string"), ["pattern", "type"]) if property["pattern"] == "^[A-Za-z0-9_.-]{1,64}$" => "name".to_owned(),
        (
            Some("string"),
            ["type"]
            | ["pattern", "type"]
            | ["maxLength", "type"]
            | ["maxLength", "minLength", "type"]
            | ["contentEncoding", "maxLength", "minLength", "type"],
        ) => "text".to_owned(),
        _ => panic!("no words for {property}"),
    }
}

/// The type of a definition.
fn named_type(reference: &str, definitions: &Value) -> String {
    let name = reference.rsplit('/').next().unwrap_or_default();
    match &definitions[name] {
        block if block["properties"].is_object() => "block".to_owned(),
        choice if choice["enum"].is_array() => choices(&choice["enum"]),
        _ => panic!("{name} is neither a block nor a choice"),
    }
}

fn choices(list: &Value) -> String {
    code(&list.as_array().into_iter().flatten().map(plain).collect::<Vec<_>>())
}

fn code(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_without_words_of_its_own_is_no_text() {
        for odd in [
            json!({ "type": "string", "format": "uri" }),
            json!({ "type": "number" }),
            json!({ "type": "integer" }),
            json!({ "oneOf": [{ "type": "string" }] }),
            json!({ "$ref": "#/$defs/Absent" }),
        ] {
            let words = std::panic::catch_unwind(|| type_of(&odd, &json!({})));
            assert!(words.is_err(), "{odd}: {words:?}");
        }
        assert_eq!(type_of(&json!({ "type": "string" }), &json!({})), "text");
    }
}
