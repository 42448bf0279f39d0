//! Whether a schema says what its parser does: which properties may be left out, and which values each one takes.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// A schema and the parser that it describes.
pub struct Described<'a> {
    /// The schema.
    pub schema: &'a Value,
    /// A value for each property that must be given.
    pub needed: &'a Value,
    /// What has to stand beside a property so that it is about something; beside each other one, `needed` alone. One that
    /// is here more than once needs one of what is said.
    pub beside: &'a [(&'a str, Value)],
    /// Why the parser takes no such properties.
    pub refusal: &'a dyn Fn(&Value) -> Option<String>,
}

/// Texts that are tried for a pattern.
const SAMPLES: usize = 50;

impl Described<'_> {
    /// Where the two disagree, a line each.
    pub fn faults(&self) -> Vec<String> {
        let names = self.schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys);
        names.flat_map(|name| self.faults_of_need(name).into_iter().chain(self.faults_of_values(name))).collect()
    }

    fn faults_of_need(&self, name: &str) -> Option<String> {
        let required = self.schema["required"].as_array().is_some_and(|names| names.contains(&name.into()));
        let mut without = self.needed.clone();
        without.as_object_mut()?.remove(name);
        match ((self.refusal)(&without), required) {
            (None, true) => Some(format!("{name} is required, and may be left out")),
            (Some(reason), false) => Some(format!("{name} is optional, and must be given: {reason}")),
            (None, false) | (Some(_), true) => None,
        }
    }

    fn faults_of_values(&self, name: &str) -> Vec<String> {
        let property = self.resolved(&self.schema["properties"][name]);
        let (taken, refused) = values(&property);
        let taken = taken.into_iter().filter_map(|value| {
            let reason = self.refusal_of(name, &value)?;
            Some(format!("{name} should be taken as {}: {reason}", short(&value)))
        });
        let refused = refused.into_iter().filter(|value| self.refusal_of(name, value).is_none());
        taken.chain(refused.map(|value| format!("{name} should be refused as {}", short(&value)))).collect()
    }

    /// Why the parser takes no such property, whichever of its entries in `beside` stands beside it.
    fn refusal_of(&self, name: &str, value: &Value) -> Option<String> {
        let beside = self.beside.iter().filter(|(property, _)| *property == name).map(|(_, beside)| beside.clone());
        let alternatives: Vec<Value> = beside.collect();
        let alternatives = if alternatives.is_empty() { vec![json!({})] } else { alternatives };
        let refusals = alternatives.iter().map(|others| {
            let mut properties = self.needed.clone();
            for (other, value) in others.as_object().into_iter().flatten() {
                properties[other] = value.clone();
            }
            properties[name] = value.clone();
            (self.refusal)(&properties)
        });
        refusals.collect::<Option<Vec<_>>>()?.pop()
    }

    /// A property's schema without "or null", which a template cannot say, and with the definition that it refers to.
    fn resolved(&self, property: &Value) -> Value {
        let bare = super::bare(property);
        match bare["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            Some(name) => self.schema["$defs"][name].clone(),
            None => bare,
        }
    }
}

/// Values that a schema allows, and values that it forbids: at each bound and beyond it.
///
/// # Panics
/// If it has a shape that is not known here.
fn values(schema: &Value) -> (Vec<Value>, Vec<Value>) {
    let text = |character: &str, length: u64| json!(character.repeat(usize::try_from(length).expect("a length")));
    if let Some(choices) = schema["enum"].as_array().or(schema["anyOf"][0]["enum"].as_array()) {
        return (choices.clone(), vec![json!("none of these"), json!([])]);
    }
    match schema["type"].as_str() {
        Some("integer") => {
            let least = schema["minimum"].as_u64().expect("a least number");
            let most = schema["maximum"].as_u64();
            let taken =
                [Some(least), most].into_iter().flatten().flat_map(|bound| [json!(bound), json!(bound.to_string())]);
            let below = if least > 0 { json!(least - 1) } else { json!(-1) };
            let above = most.map(|most| json!((most + 1).to_string()));
            (taken.collect(), [below, json!("x"), json!(1.5), json!([])].into_iter().chain(above).collect())
        }
        Some("boolean") => {
            ([true.into(), false.into(), "true".into(), "False".into()].into(), vec![json!("yes"), json!([])])
        }
        Some("string") if schema["pattern"].is_string() => of_pattern(schema["pattern"].as_str().unwrap_or_default()),
        Some("string") => {
            let (least, most) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
            let taken = [least, most].into_iter().flatten().map(|bound| text("A", bound)).collect();
            let below = least.map(|least| text("A", least - 1));
            let above = most.map(|most| text("A", most + 1));
            (taken, [Some(json!([])), below, above].into_iter().flatten().collect())
        }
        Some("array") if schema["items"]["type"] == "string" => {
            let none = (schema["minItems"] == 1).then(|| json!([]));
            (vec![json!(["a"])], [json!("a"), json!([{}])].into_iter().chain(none).collect())
        }
        Some("array") if schema["items"]["$ref"].is_string() => (vec![json!([])], vec![json!("a"), json!(["a"])]),
        Some("object") if schema["properties"].is_object() => {
            let needs = schema["required"].as_array().is_some_and(|names| !names.is_empty());
            let (nothing, taken) = (json!({}), if needs { vec![] } else { vec![json!({})] });
            let lacking = needs.then_some(nothing);
            (taken, [json!("a"), json!({"Unknown": 1})].into_iter().chain(lacking).collect())
        }
        Some("object") => (vec![json!({"Team": "web"})], vec![json!("a"), json!({"Team": []})]),
        None if schema.as_object().is_some_and(|keys| keys.keys().all(|key| key == "description")) => {
            (vec![json!("a"), json!([{}]), json!({"a": []})], Vec::new())
        }
        _ => panic!("a shape that is not known: {schema}"),
    }
}

/// Texts of a pattern, among them its longest where the end may vary in length; and texts with more to them.
fn of_pattern(pattern: &str) -> (Vec<Value>, Vec<Value>) {
    let inner = pattern.trim_start_matches('^').trim_end_matches('$');
    let texts = string_regex(inner).expect("a pattern that proptest knows");
    let mut runner = TestRunner::deterministic();
    let mut taken: Vec<String> = (0..SAMPLES).map(|_| texts.new_tree(&mut runner).expect("a text").current()).collect();
    let mut refused: Vec<String> = taken.iter().map(|text| format!("{text} ")).chain([String::new()]).collect();
    if let Some((classes, (_, most))) = inner
        .strip_suffix('}')
        .and_then(|rest| rest.rsplit_once('{'))
        .and_then(|(classes, bounds)| bounds.split_once(',').map(|bounds| (classes, bounds)))
    {
        let before = classes.matches('[').count() - 1;
        let longest = before + most.parse::<usize>().expect("a bound");
        taken.push("a".repeat(longest));
        refused.push("a".repeat(longest + 1));
    }
    let json = |texts: Vec<String>| texts.into_iter().map(Value::from).collect();
    (json(taken), json(refused))
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
