//! What credstash 1.17.1 answered to 244 command lines, played through ours: the same bytes, the same exit status, the same
//! items, but for the differences that docs/credstash.md has.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt as _,
    process::Command,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use tests::{moto, paths, python};

use crate::{
    differences,
    program::{Output, Place, Program, Ran},
};

/// The first of the characters that stand for bytes which are no UTF-8 in a text of Python.
const FIRST_BYTE: u32 = 0xf700;

#[tokio::test]
async fn each_recorded_case_is_answered_alike() {
    let cases = cases();
    assert_eq!(cases.len(), 244);
    let _alone = moto::alone().await;
    let (mut differing, mut before) = (BTreeMap::new(), None);
    for case in &cases {
        // What only reads may read what the case before it has left.
        let world = (&case["world"], &case["setup"]);
        let warm = before == Some(world) && is_empty(&case["patch"]) && !is_empty(&case["setup"]);
        let got = play(case, warm).await;
        before = (!is_true(&case["writes"]) && is_empty(&case["patch"])).then_some(world);
        let found = differences(case, &got);
        if !found.is_empty() {
            differing.insert(text(&case["name"]).to_owned(), found);
        }
    }
    let on_purpose = differences::on_purpose();
    let by_mistake: BTreeMap<_, _> = differing.iter().filter(|(name, _)| !on_purpose.contains(*name)).collect();
    assert!(by_mistake.is_empty(), "not in docs/credstash.md: {by_mistake:#?}");
    let found: BTreeSet<_> = differing.into_keys().collect();
    let gone: Vec<_> = on_purpose.difference(&found).collect();
    assert!(gone.is_empty(), "in docs/credstash.md, and no difference: {gone:?}");
}

/// What came of a case.
struct Played {
    ran: Ran,
    after: Value,
    items: Value,
    tables: Value,
    home: Value,
    written: Vec<String>,
}

async fn play(case: &Value, warm: bool) -> Played {
    if !warm {
        build(&case["world"]).await;
    }
    let mut place = Place::new().await;
    for (folder, files) in [(place.current(), &case["files"]), (place.home(), &case["home"])] {
        for (name, content) in files.as_object().unwrap() {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let base64 = content["base64"].as_str().map(|text| STANDARD.decode(text).unwrap());
            fs::write(path, base64.unwrap_or_else(|| bytes(text(content)))).unwrap();
        }
    }
    if !warm {
        for step in case["setup"].as_array().unwrap() {
            let (argv, stdin) = if step.is_object() { (&step["argv"], step["stdin"].as_str()) } else { (step, None) };
            let stdin = bytes(stdin.unwrap_or_default());
            let ran = place.run(Program::Ours, &argv_of(argv), &stdin, Output::Kept);
            assert_eq!(ran.exit, Some(0), "{}: {step}: {ran:?}", case["name"]);
        }
        for step in case["patch"].as_array().unwrap() {
            patch(step).await;
        }
    }
    let plain = place.environment.clone();
    for (name, value) in case["env"].as_object().unwrap() {
        match value.as_str() {
            Some(value) => drop(place.environment.insert(name.clone(), value.to_owned())),
            None => drop(place.environment.remove(name)),
        }
    }
    let argv = argv_of(&case["argv"]);
    let ran = match case["tty"].as_str() {
        Some(typed) => place.run_on_a_terminal(Program::Ours, &argv, text(&case["tty_out"]), typed.trim_end()),
        None => {
            let output = match case["stdout_to"].as_str() {
                Some("closed-pipe") => Output::ClosedPipe,
                Some("full-disk") => Output::FullDisk,
                _ => Output::Kept,
            };
            place.run(Program::Ours, &argv, &bytes(case["stdin"].as_str().unwrap_or_default()), output)
        }
    };
    place.environment = plain;
    let items = if is_true(&case["writes"]) { items(&case["world"]).await } else { Value::Null };
    let setup = case["argv"].as_array().unwrap().contains(&json!("setup"));
    let tables = if setup { tables().await } else { Value::Null };
    let new = |folder: &std::path::Path, known: &Value| {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let names = names.filter(|entry| entry.file_type().unwrap().is_file());
        let names = names.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| known.get(name).is_none()).collect::<Vec<_>>()
    };
    let home = new(&place.home(), &case["home"]).into_iter();
    let home: Map<_, _> =
        home.map(|name| (name.clone(), fs::read_to_string(place.home().join(&name)).unwrap().into())).collect();
    let written = new(&place.current(), &case["files"]);
    let after = case["then"].as_array().map(|then| {
        let then = then.iter().map(|argv| place.run(Program::Ours, &argv_of(argv), b"", Output::Kept));
        then.map(|ran| json!([shown(&ran.stdout), ran.exit])).collect::<Value>()
    });
    Played { ran, after: after.unwrap_or_default(), items, tables, home: home.into(), written }
}

async fn build(world: &Value) {
    moto::reset().await;
    for pair in world["keys"].as_array().unwrap() {
        moto::create_key(text(&pair[1]), text(&pair[0])).await;
    }
    for pair in world["tables"].as_array().unwrap() {
        moto::create_table(text(&pair[1]), text(&pair[0])).await;
    }
}

/// Changes a stored item, as a mistake or another client would.
async fn patch(step: &Value) {
    let key = json!({"name": {"S": step["name"]}, "version": {"S": step["version"]}});
    let get = json!({"TableName": "credential-store", "Key": key});
    let mut item = moto::dynamodb("GetItem", get, moto::REGION).await["Item"].clone();
    let attribute = step["attribute"].as_str().unwrap_or("hmac");
    let hexadecimal = |item: &Value| {
        let bytes = STANDARD.decode(text(&item["hmac"]["B"])).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    match text(&step["op"]) {
        "hmac-as-string" => item["hmac"] = json!({"S": hexadecimal(&item)}),
        "remove" => drop(item.as_object_mut().unwrap().remove(attribute)),
        "flip" => {
            assert_eq!(attribute, "hmac");
            let old = hexadecimal(&item);
            let first = if old.starts_with('a') { "b" } else { "a" };
            item["hmac"] = json!({"B": STANDARD.encode(format!("{first}{}", &old[1..]))});
        }
        "set" => item[attribute] = json!({"S": step["value"]}),
        "rename" => item["name"] = json!({"S": step["value"]}),
        other => panic!("{other}"),
    }
    moto::dynamodb("PutItem", json!({"TableName": "credential-store", "Item": item}), moto::REGION).await;
}

/// What the tables hold, without what differs from run to run.
async fn items(world: &Value) -> Value {
    let mut found = Vec::new();
    for pair in world["tables"].as_array().unwrap() {
        let (region, table) = (text(&pair[0]), text(&pair[1]));
        let called = if region == moto::REGION { table.to_owned() } else { format!("{region}/{table}") };
        for item in moto::items(table, region).await {
            let mut row = Map::from_iter([("table".to_owned(), json!(called))]);
            for name in ["name", "version", "comment", "digest"] {
                if let Some(value) = item.get(name) {
                    row.insert(name.to_owned(), value["S"].clone());
                }
            }
            let types = item.as_object().unwrap().iter();
            let types = types
                .map(|(name, value)| (name.clone(), value.as_object().unwrap().keys().next().unwrap().as_str().into()));
            row.insert("attributes".to_owned(), Value::Object(types.collect()));
            found.push(Value::Object(row));
        }
    }
    found.sort_by_key(|row| ["table", "name", "version"].map(|key| text(&row[key]).to_owned()));
    found.into()
}

/// What `setup` made.
async fn tables() -> Value {
    let mut found = Vec::new();
    for name in moto::dynamodb("ListTables", json!({}), moto::REGION).await["TableNames"].as_array().unwrap() {
        let table = moto::dynamodb("DescribeTable", json!({"TableName": name}), moto::REGION).await["Table"].clone();
        let tags = json!({"ResourceArn": table["TableArn"]});
        let tags = moto::dynamodb("ListTagsOfResource", tags, moto::REGION).await["Tags"].clone();
        let map = |list: &Value, key: &str, value: &str| -> Value {
            let pairs = list.as_array().unwrap().iter();
            Value::Object(pairs.map(|pair| (text(&pair[key]).to_owned(), pair[value].clone())).collect())
        };
        let capacity = |which: &str| table["ProvisionedThroughput"][which].clone();
        found.push(json!({
            "table": name,
            "keys": map(&table["KeySchema"], "AttributeName", "KeyType"),
            "capacity": [capacity("ReadCapacityUnits"), capacity("WriteCapacityUnits")],
            "tags": map(&tags, "Key", "Value"),
        }));
    }
    found.into()
}

/// All that is otherwise than it was recorded.
fn differences(case: &Value, got: &Played) -> Vec<String> {
    let mut found = Vec::new();
    let (stdout, exit) = (shown(&got.ran.stdout), got.ran.exit);
    let fails = exit != Some(0);
    match text(&case["verdict"]) {
        "must-fail" if fails => {}
        "must-fail" => found.push("it does not fail".to_owned()),
        "help" if !fails && !stdout.is_empty() => {}
        _ => {
            let wanted = text(&case["stdout"]);
            if !same_output(case, wanted, &stdout) {
                found.push(format!("stdout {stdout:?}, not {wanted:?}"));
            }
            if json!(exit) != case["exit"] {
                found.push(format!("exit {exit:?}, not {}", case["exit"]));
            }
        }
    }
    if text(&case["verdict"]) == "must" {
        let lacks = case["stderr_contains"].as_array().unwrap().iter();
        let lacks = lacks.filter(|part| !got.ran.stderr.contains(text(part)));
        found.extend(lacks.map(|part| format!("stderr lacks {part}: {:?}", got.ran.stderr)));
    }
    let recorded = |name: &str| case.get(name).cloned().unwrap_or_default();
    for (name, value) in [("after", &got.after), ("table_after", &got.items), ("tables_after", &got.tables)] {
        if recorded(name) != *value {
            found.push(format!("{name} {value}, not {}", recorded(name)));
        }
    }
    let home = case.get("home_after").cloned().unwrap_or_else(|| json!({}));
    if home != got.home {
        found.push(format!("home {}, not {home}", got.home));
    }
    // What the original writes there is a log.
    assert!(got.written.is_empty(), "{}: {:?} in the current folder", case["name"], got.written);
    // A value is not printed by what fails.
    let tells = ["delete", "putall"].iter().any(|verb| case["argv"].as_array().unwrap().contains(&json!(verb)));
    assert!(!fails || tells || stdout.is_empty(), "{}: {stdout:?}", case["name"]);
    found
}

fn same_output(case: &Value, wanted: &str, got: &str) -> bool {
    if case["compare"] == "yaml" {
        let script = "import sys, yaml\none, other = map(yaml.safe_load, sys.argv[1:])\nsys.exit(one != other)";
        let mut python = Command::new(python::program_beside_credstash("python"));
        return python.args(["-c", script, wanted, got]).status().unwrap().success();
    }
    if is_true(&case["any_order"]) {
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
            lines.sort();
            lines
        };
        return sorted(wanted) == sorted(got);
    }
    wanted == got
}

/// The recorded cases. A byte that is no UTF-8 stands in them as Python has it, as half a surrogate pair, which JSON here has
/// not: such a half becomes a character for private use, and [`bytes`] makes a byte of it again.
fn cases() -> Vec<Value> {
    let file = fs::read_to_string(paths::repository().join("tests/vectors/credstash/oracle.json")).unwrap();
    let mut whole = String::new();
    let mut rest = file.as_str();
    while let Some(at) = rest.find("\\ud") {
        let unit = u32::from_str_radix(&rest[at + 2..at + 6], 16).unwrap();
        let length = if unit < 0xdc00 { 12 } else { 6 };
        whole.push_str(&rest[..at]);
        match unit {
            0xdc00.. => whole.push_str(&format!("\\u{:04x}", FIRST_BYTE + unit - 0xdc00)),
            _ => whole.push_str(&rest[at..at + length]),
        }
        rest = &rest[at + length..];
    }
    whole.push_str(rest);
    serde_json::from_str::<Value>(&whole).unwrap()["cases"].as_array().unwrap().clone()
}

fn bytes(text: &str) -> Vec<u8> {
    let byte = |c: char| u32::from(c).checked_sub(FIRST_BYTE).filter(|byte| (0x80..0x100).contains(byte));
    let bytes = text.chars().flat_map(|c| match byte(c) {
        Some(byte) => vec![u8::try_from(byte).unwrap()],
        None => c.to_string().into_bytes(),
    });
    bytes.collect()
}

fn argv_of(argv: &Value) -> Vec<OsString> {
    argv.as_array().unwrap().iter().map(|argument| OsString::from_vec(bytes(text(argument)))).collect()
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true)
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_none_or(Vec::is_empty)
}
