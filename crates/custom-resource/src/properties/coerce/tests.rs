use std::collections::BTreeMap;

use serde_json::json;

use super::*;

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Everything {
    length: u16,
    #[serde(default)]
    offset: i64,
    #[serde(default)]
    ratio: f32,
    #[serde(default)]
    weight: Weight,
    #[serde(default)]
    size: Option<Size>,
    special: bool,
    name: Name,
    engine: Engine,
    rules: Vec<Rule>,
    tags: Option<BTreeMap<String, u8>>,
    pair: Option<(u8, char)>,
    nothing: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Rule {
    count: u32,
}

#[derive(Deserialize, Debug, PartialEq, Default)]
struct Weight(u8);

#[derive(Deserialize, Debug, PartialEq)]
struct Size(u8, u8);

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Mysql,
    Postgres,
    Custom(u8),
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if name.is_empty() { Err("must be 1 to 64 characters") } else { Ok(Self(name)) }
    }
}

fn everything() -> Value {
    json!({
        "Length": "20", "Offset": "-3", "Ratio": "0.5", "Weight": "9", "Size": ["3", "4"], "Special": "True", "Name": "n", "Engine": "mysql",
        "Rules": [{"Count": "1"}, {"Count": "2"}], "Tags": {"a": "7"}, "Pair": ["1", "x"], "Nothing": null,
    })
}

/// What is said when one field of the above has another value.
fn complaint(field: &str, value: Value) -> String {
    let mut event = everything();
    event[field] = value;
    from_value::<Everything>(&event).unwrap_err().to_string()
}

#[test]
fn strings_become_what_is_asked_for_at_every_depth() {
    let read: Everything = from_value(&everything()).unwrap();
    let expected = Everything {
        length: 20,
        offset: -3,
        ratio: 0.5,
        weight: Weight(9),
        size: Some(Size(3, 4)),
        special: true,
        name: Name("n".to_owned()),
        engine: Engine::Mysql,
        rules: vec![Rule { count: 1 }, Rule { count: 2 }],
        tags: Some(BTreeMap::from([("a".to_owned(), 7)])),
        pair: Some((1, 'x')),
        nothing: None,
    };
    assert_eq!(read, expected);
}

#[test]
fn real_numbers_and_booleans_are_understood_as_well() {
    let event = json!({
        "Length": 20, "Ratio": 1, "Special": false, "Name": 7, "Engine": {"custom": 9}, "Rules": [],
    });
    let read: Everything = from_value(&event).unwrap();
    assert_eq!((read.length, read.ratio, read.special), (20, 1.0, false));
    assert_eq!((read.name, read.engine), (Name("7".to_owned()), Engine::Custom(9)));
    assert_eq!(from_value::<String>(&json!(true)).unwrap(), "true");
}

#[test]
fn whatever_else_a_whole_number_might_be_is_refused() {
    for odd in ["", "-", "+5", " 7", "7 ", "7.0", "1e3", "0x10", "70000", "-1", "seven", "٣"] {
        assert_eq!(complaint("Length", json!(odd)), "property Length: must be a whole number from 0 to 65535", "{odd}");
    }
    for odd in [json!(7.5), json!(-1), json!(null), json!([]), json!({})] {
        assert_eq!(complaint("Length", odd), "property Length: must be a whole number from 0 to 65535");
    }
}

#[test]
fn whatever_else_a_truth_or_a_number_might_be_is_refused() {
    for odd in ["yes", "on", "1", "", "truthy"] {
        assert_eq!(complaint("Special", json!(odd)), "property Special: must be true or false");
    }
    for odd in ["inf", "NaN", "1,5", "", "1e999"] {
        assert_eq!(complaint("Ratio", json!(odd)), "property Ratio: must be a number");
    }
}

#[test]
fn an_error_names_the_path_the_rule_and_the_nearest_name() {
    assert_eq!(
        complaint("Rules", json!([{"Count": "1"}, {"Count": "x"}])),
        "property Rules[1].Count: must be a whole number from 0 to 4294967295"
    );
    assert_eq!(complaint("Rules", json!([{"Cuont": "1"}])), "property Rules[0].Cuont is unknown; did you mean Count?");
    assert_eq!(complaint("Rules", json!([{}])), "property Rules[0].Count is missing");
    assert_eq!(complaint("Rules", json!("a")), "property Rules: must be a list");
    assert_eq!(complaint("Size", json!(["1"])), "property Size: must be tuple struct Size with 2 elements, not 1 long");
    assert_eq!(complaint("Size", json!(["1", "2", "3"])), "property Size: must be 2 elements in sequence, not 3 long");
    assert_eq!(complaint("Rules", json!(["a"])), "property Rules[0]: must be an object");
    assert_eq!(complaint("Name", json!("")), "property Name: must be 1 to 64 characters");
    assert_eq!(complaint("Name", json!([])), "property Name: must be a string");
    assert_eq!(complaint("Legnth", json!("1")), "property Legnth is unknown; did you mean Length?");
    assert_eq!(complaint("Pair", json!(["1", "xy"])), "property Pair[1]: must be a character");
    assert_eq!(
        complaint("Engine", json!("mysq")),
        "property Engine must be one of mysql, postgres, custom; did you mean mysql?"
    );
    assert_eq!(complaint("Engine", json!([])), "property Engine must be one of mysql, postgres, custom");
    assert_eq!(from_value::<Everything>(&json!([])).unwrap_err().to_string(), "properties: must be an object");
    assert_eq!(from_value::<Everything>(&json!({})).unwrap_err().to_string(), "property Length is missing");
}

#[test]
fn a_type_that_takes_anything_says_what_it_takes() {
    assert_eq!(from_value::<()>(&json!("hunter2")).unwrap_err().to_string(), "properties: must be unit");
    assert_eq!(from_value::<()>(&json!(null)), Ok(()));
}

#[test]
fn what_is_not_asked_for_is_ignored_where_the_type_allows_it() {
    assert_eq!(from_value::<Loose>(&json!({"count": "1", "more": {"a": ["x"]}})), Ok(Loose { count: 1 }));
}

#[derive(Deserialize, Debug, PartialEq)]
struct Loose {
    count: u8,
}

#[test]
fn a_choice_with_a_value_is_one_choice() {
    #[derive(Deserialize, Debug, PartialEq)]
    enum Choice {
        Length(u16),
        Words(u16),
    }
    assert_eq!(from_value::<Choice>(&json!({"Words": "6"})), Ok(Choice::Words(6)));
    for odd in [json!({}), json!({"Length": "20", "Words": "6"})] {
        let refused = from_value::<Choice>(&odd).unwrap_err();
        assert_eq!(refused.to_string(), "properties: must be one of Length, Words");
    }
}

#[test]
fn a_value_is_never_quoted() {
    for field in ["Length", "Special", "Ratio", "Engine", "Rules", "Pair", "Tags"] {
        let said = complaint(field, json!("hunter2"));
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_field_read_by_serde_json_may_be_coerced_alone() {
    #[derive(Deserialize)]
    struct Plain {
        #[serde(deserialize_with = "stringified")]
        count: u8,
    }
    assert_eq!(serde_json::from_value::<Plain>(json!({"count": "7"})).unwrap().count, 7);
    let error = serde_json::from_value::<Plain>(json!({"count": "x"})).map(|plain| plain.count).unwrap_err();
    assert!(error.to_string().contains("must be a whole number from 0 to 255"), "{error}");
}

#[test]
fn a_value_of_any_shape_is_passed_on_as_it_is() {
    let event = json!({"a": [1, "2", true, null, 2.5, -1]});
    assert_eq!(from_value::<Value>(&event).unwrap(), event);
}
