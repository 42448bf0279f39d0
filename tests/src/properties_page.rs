//! `docs/properties.md` and the JSON schemas for editors, from the types that the two functions parse a template into.
//!
//! The page keeps its prose; what stands between `<!-- table NAME -->` and `<!-- end -->` is made here.

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, Visitor, value::Error};
use serde_json::{Map, Value, json};

/// The tables of the page: a name, the schema that has the properties, their names in the order of the type.
pub fn tables() -> Vec<(&'static str, Value, Vec<String>)> {
    let generator = generator::properties::schema().to_value();
    let block = |name: &str| generator["$defs"][name].clone();
    let block_order =
        |schema: &Value| schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let secret_string = block("GenerateSecretStringBlock");
    let secret_string_order = block_order(&secret_string);
    vec![
        ("GenerateSecretString", secret_string, secret_string_order),
        ("generator", generator, names_of::<generator::properties::GeneratorProperties>()),
        ("getter", getter::properties::schema().to_value(), names_of::<getter::properties::GetterProperties>()),
    ]
}

/// The page with its tables made anew.
///
/// # Panics
/// If a table has no place on the page.
pub fn render(page: &str) -> String {
    tables().into_iter().fold(page.to_owned(), |page, (name, schema, order)| {
        let begin = format!("<!-- table {name} -->\n");
        let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no place for the table {name}"));
        let (_, after) = rest.split_once("<!-- end -->").expect("the end of a table");
        format!("{before}{begin}{}<!-- end -->{after}", table(&schema, &order))
    })
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
fn type_of(property: &Value, definitions: &Value) -> String {
    let names = |list: &Value| {
        let names: Vec<_> = list.as_array().into_iter().flatten().map(plain).collect();
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    if let Some(target) = property["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return match &definitions[name] {
            block if block["properties"].is_object() => "block".to_owned(),
            choice if choice["enum"].is_array() => names(&choice["enum"]),
            _ => unreachable!("{name} is neither a block nor a choice"),
        };
    }
    if property["enum"].is_array() {
        return names(&property["enum"]);
    }
    if property["anyOf"].is_array() {
        return names(&property["anyOf"][0]["enum"]);
    }
    match (kind(property), property["minimum"].as_u64(), property["maximum"].as_u64()) {
        (Some("integer"), Some(least), Some(most)) => format!("{least} to {most}"),
        (Some("integer"), ..) => "number".to_owned(),
        (Some("boolean"), ..) => "`true`, `false`".to_owned(),
        (Some("array"), ..) if property["items"]["$ref"].is_string() => "list of `{Alphabet, Count}`".to_owned(),
        (Some("array"), ..) => "list".to_owned(),
        (Some("object"), ..) => "map".to_owned(),
        _ if property["pattern"] == "^[A-Za-z0-9_.-]{1,64}$" => "name".to_owned(),
        _ => "text".to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The names of a type's fields, in its own order: what it tells the format that it is read from.
fn names_of<'de, T: Deserialize<'de> + fmt::Debug>() -> Vec<String> {
    let mut names = Vec::new();
    T::deserialize(Fields(&mut names)).expect_err("nothing is read");
    names
}

/// A format that only asks for the names.
struct Fields<'a>(&'a mut Vec<String>);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(fields.iter().map(|field| (*field).to_owned()));
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("only the names are asked for"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
