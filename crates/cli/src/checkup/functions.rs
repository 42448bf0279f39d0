//! The functions and their roles: whether they are set up as the template says, for this table and this key.

use functions_lambda::FunctionFacts;
use secret_store::StoreName;
use secret_store::store::StoreError;

use super::Finding;

/// As the template has them.
const RUNTIME: &str = "provided.al2023";

/// The generator's as well: to a table of one write unit it writes for minutes.
fn timeout(called: &str) -> u64 {
    if called == "generator" { 180 } else { 30 }
}

/// What puts a function as the template says.
const DEPLOY: &str = "make deploy";

/// What a function should be told by its environment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The table, or the bucket.
    pub(crate) table: Option<&'a StoreName>,
    /// Which of the two it is, as the template spells it.
    pub(crate) kind: &'static str,
    /// The key, which the generator alone is told.
    pub(crate) key: Option<&'a str>,
}

/// Which function a logical id is that of: `generator` for `GeneratorFunction`.
pub(crate) fn called(logical_id: &str) -> String {
    logical_id.strip_suffix("Function").unwrap_or(logical_id).to_lowercase()
}

/// All that can be wrong with one function, in one row.
pub(crate) fn function(
    called: &str,
    name: &str,
    facts: Result<&FunctionFacts, StoreError>,
    expected: Expected<'_>,
) -> Finding {
    let facts = match facts {
        Ok(facts) => facts,
        Err(error @ StoreError::Missing { .. }) => {
            let finding = Finding::failed(called, error);
            return Finding { found: format!("{name} is not there"), remedy: DEPLOY.to_owned(), ..finding };
        }
        Err(error) => return Finding::failed(called, error),
    };
    let faults = [
        state(facts),
        store(facts, expected),
        environment("TABLE_NAME", facts, expected.table.map(StoreName::as_str)),
        key(called, facts, expected),
    ];
    let warnings = [
        (facts.timeout != timeout(called))
            .then(|| format!("its timeout is {} s, not {}", facts.timeout, timeout(called))),
        (facts.runtime != RUNTIME).then(|| format!("its runtime is {}, not {RUNTIME}", facts.runtime)),
    ];
    let told = |problems: Vec<String>| format!("{name}: {}", problems.join("; "));
    let faults: Vec<_> = faults.into_iter().flatten().collect();
    let warnings: Vec<_> = warnings.into_iter().flatten().collect();
    match (faults.is_empty(), warnings.is_empty()) {
        (false, _) => Finding::fault(called, told([faults, warnings].concat()), DEPLOY),
        (true, false) => Finding::warning(called, told(warnings), DEPLOY),
        (true, true) => {
            let architecture = facts.architectures.first().map(String::as_str).unwrap_or_default();
            Finding::ok(called, format!("{name}, {RUNTIME}, {architecture}, {} s", facts.timeout).replace(", ,", ","))
        }
    }
}

/// A function that was never active, or whose last change failed, answers nobody.
fn state(facts: &FunctionFacts) -> Option<String> {
    let state = facts.state.as_deref().filter(|state| !matches!(*state, "Active" | "Inactive"));
    let update = facts.last_update_status.as_deref().filter(|status| *status == "Failed");
    state.map(|state| format!("it is {state}")).or_else(|| update.map(|_| "its last update failed".to_owned()))
}

/// A function over the other kind of store finds nothing, and says so at its start.
fn store(facts: &FunctionFacts, expected: Expected<'_>) -> Option<String> {
    let is = facts.variable("STORE").unwrap_or("dynamodb");
    (is != expected.kind).then(|| format!("its variable STORE is {is}, not {}", expected.kind))
}

fn key(called: &str, facts: &FunctionFacts, expected: Expected<'_>) -> Option<String> {
    if called == "generator" { environment("KMS_KEY_ID", facts, expected.key) } else { None }
}

fn environment(variable: &str, facts: &FunctionFacts, expected: Option<&str>) -> Option<String> {
    match (facts.variable(variable), expected) {
        (None, _) => Some(format!("its variable {variable} is not set")),
        (Some(is), Some(expected)) if is != expected => {
            Some(format!("its variable {variable} is {is}, not {expected}"))
        }
        _ => None,
    }
}

/// The role of a function. One that was deleted under it fails each of its calls.
pub(crate) fn role(called: &str, arn: &str, there: Result<(), StoreError>) -> Finding {
    let check = format!("{called}'s role");
    match there {
        Ok(()) => Finding::ok(check, arn),
        Err(error @ StoreError::Missing { .. }) => {
            let finding = Finding::failed(check, error);
            Finding { found: format!("{arn} is not there"), remedy: DEPLOY.to_owned(), ..finding }
        }
        Err(error) => Finding::failed(check, error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;

    fn facts(text: &str) -> FunctionFacts {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_function_of_another_table_or_key_is_a_fault_and_another_timeout_a_warning() {
        let table: StoreName = "secrets".parse().unwrap();
        let of = |called: &str, text: &str| {
            let expected = Expected { table: Some(&table), kind: "dynamodb", key: Some("arn:key") };
            function(called, "pair-x", Ok(&facts(text)), expected)
        };
        let setup = |table: &str, key: &str, timeout: u64| {
            format!(
                r#"{{"Runtime":"provided.al2023","Architectures":["arm64"],"Timeout":{timeout},"State":"Active",
                    "Environment":{{"Variables":{{"TABLE_NAME":"{table}","KMS_KEY_ID":"{key}"}}}}}}"#
            )
        };
        let sound = of("generator", &setup("secrets", "arn:key", 180));
        assert_eq!((sound.standing, &*sound.found), (Standing::Ok, "pair-x, provided.al2023, arm64, 180 s"));
        let over_s3 = setup("secrets", "arn:key", 180).replace("\"KMS_KEY_ID\"", "\"STORE\":\"s3\",\"KMS_KEY_ID\"");
        assert!(of("generator", &over_s3).found.contains("STORE is s3, not dynamodb"));
        for (called, text, standing, word) in [
            ("generator", setup("other", "arn:key", 30), Standing::Fault, "TABLE_NAME is other, not secrets"),
            (
                "generator",
                setup("secrets", "arn:other", 3),
                Standing::Fault,
                "KMS_KEY_ID is arn:other, not arn:key; its timeout",
            ),
            ("getter", setup("secrets", "arn:other", 30), Standing::Ok, "30 s"),
            ("getter", setup("secrets", "", 3), Standing::Warning, "its timeout is 3 s, not 30"),
            (
                "getter",
                r#"{"Runtime":"provided.al2023","Timeout":30}"#.to_owned(),
                Standing::Fault,
                "TABLE_NAME is not set",
            ),
        ] {
            let finding = of(called, &text);
            assert!(finding.standing == standing && finding.found.contains(word), "{finding:?}");
        }
        assert_eq!(called("GetterFunction"), "getter");
    }
}
