//! What grows with what is sent or stored, up to a limit that is told: no input takes the memory of a small function.

use serde_json::{Value, json};
use tests::{
    aws::Function,
    resource::{assert_failed, assert_success},
    world::{World, scenario},
};

/// A function that asks for more address space dies. Lambda counts what is resident, and gives the template's functions
/// 128 MB.
const ADDRESS_SPACE_KILOBYTES: u32 = 400_000;

/// The most that may be resident.
const PEAK_KILOBYTES: u32 = 60_000;

fn limited(world: &World, function: Function) {
    world.rig(function).function.limit_memory(ADDRESS_SPACE_KILOBYTES);
}

fn assert_small(world: &World, function: Function, input: &str) {
    let peak = world.rig(function).function.peak_memory();
    assert!((1000..PEAK_KILOBYTES).contains(&peak), "{function:?} took {peak} KB for {input}");
    // Each input is told from the others by a peak of its own.
    limited(world, function);
}

/// A list of so many placeholders, each with its own size.
fn placeholders(sizes: impl Iterator<Item = usize>) -> String {
    let values: Vec<_> = sizes.map(|size| format!(r#""{{{{generate:{size}}}}}""#)).collect();
    format!(r#"{{"a": [{}]}}"#, values.join(","))
}

/// A list of so many zeros under a name of so many letters.
fn list(name: usize, zeros: usize) -> String {
    format!(r#"{{"{}": [{}0], "token": "the-one-that-is-wanted"}}"#, "k".repeat(name), "0,".repeat(zeros - 1))
}

#[tokio::test]
async fn what_is_too_large_to_be_generated_is_refused_before_it_is_drawn() {
    let mut many_sizes = json!({"SecretStringTemplate": placeholders((2100..4096).cycle().take(3000))});
    many_sizes["Required"] = json!([{"Alphabet": "abc", "Count": 5}]);
    let pairs: serde_json::Map<_, _> = (0..100_000).map(|pair| (format!("Pair{pair}"), json!("x"))).collect();
    let inputs: [(&str, Value, &[&str]); 8] = [
        ("a context of many pairs", json!({"EncryptionContext": pairs}), &["EncryptionContext", "409600"]),
        (
            "a thousand long passwords",
            json!({"SecretStringTemplate": placeholders([4096; 1000].into_iter())}),
            &["4099008", "300000"],
        ),
        ("a hundred", json!({"SecretStringTemplate": placeholders([4096; 100].into_iter())}), &["409908", "300000"]),
        ("passwords of many lengths", many_sizes, &["SecretStringTemplate", "lengths"]),
        (
            "names that multiply",
            json!({"SecretStringTemplate": list(32_000, 16_000), "GenerateStringKey": "password"}),
            &["SecretStringTemplate", "1000000"],
        ),
        ("a long template", json!({"SecretStringTemplate": list(10, 400_000)}), &["SecretStringTemplate", "65536"]),
        ("a long value", json!({"Value": "hunter2 ".repeat(100_000)}), &["Value", "300000"]),
        (
            "a long context",
            json!({"EncryptionContext": {"Team": "x".repeat(900_000)}}),
            &["EncryptionContext", "409600"],
        ),
    ];
    scenario(async |world| {
        limited(world, Function::Generator);
        let mut secret = world.stack("shop").generator("DbSecret");
        for (input, mut properties, words) in inputs {
            properties["Env"] = json!("prod");
            assert_failed(&secret.create(properties).await, words);
            assert_small(world, Function::Generator, input);
        }
        assert!(world.items().await.is_empty());
        // As much as can be stored is made.
        let most = json!({"Env": "prod", "SecretStringTemplate": placeholders([4096; 73].into_iter())});
        assert_success(&secret.create(most).await);
        assert_small(world, Function::Generator, "as much as can be stored");
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_to_be_given_is_refused_and_its_parts_are_given() {
    scenario(async |world| {
        let stack = world.stack("shop");
        for (name, value) in [
            ("multiplied", list(150_000, 70_000)),
            ("many", list(1, 145_000)),
            ("deep", format!("{}{}{}", r#"{"a":"#.repeat(100), list(149_000, 60_000), "}".repeat(100))),
        ] {
            let mut secret = stack.generator(name);
            assert_success(&secret.create(json!({"Env": "prod", "Name": name, "Value": value})).await);
            limited(world, Function::Getter);
            let properties = json!({"SecretId": secret.id()});
            assert_failed(&stack.getter("Getter").create(properties.clone()).await, &["4096", "Attributes"]);
            let direct = json!({"StackName": "shop", "Env": "prod", "Name": name});
            let refused = world.invoke_directly(Function::Getter, direct.clone()).await.unwrap_err();
            assert!(refused.contains("1000000") && refused.contains("Attributes"), "{refused}");
            assert_small(world, Function::Getter, name);

            let token = if name == "deep" { format!("{}token", "a.".repeat(100)) } else { "token".to_owned() };
            let mut wanted = properties;
            wanted["Attributes"] = json!([token]);
            assert_eq!(&stack.getter("Getter").create(wanted).await[&token[..]], "the-one-that-is-wanted");
            let mut whole = direct;
            whole["Attributes"] = json!(["SecretString"]);
            let whole = world.invoke_directly(Function::Getter, whole).await.unwrap();
            assert_eq!(whole["SecretString"], value);
            assert_small(world, Function::Getter, name);
        }
    })
    .await;
}

#[tokio::test]
async fn as_much_as_a_direct_invocation_may_return_is_returned() {
    scenario(async |world| {
        let most = list(85, 9_999);
        let mut secret = world.stack("shop").generator("Most");
        assert_success(&secret.create(json!({"Env": "prod", "Value": most})).await);
        limited(world, Function::Getter);
        let direct = json!({"StackName": "shop", "Env": "prod"});
        let returned = world.invoke_directly(Function::Getter, direct).await.unwrap();
        let attributes = returned.as_object().unwrap();
        let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.as_str().unwrap().len()).sum();
        assert_eq!((attributes.len(), bytes > 890_000), (10_001, true), "{bytes}");
        assert_small(world, Function::Getter, "as much as may be returned");
    })
    .await;
}
