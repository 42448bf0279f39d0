//! What a list of a store says: of every secret what a query of it says, and nothing else.

use secret_store::store::ScanVersions;

use super::{Reader, Secret, TABLE, Writer};

/// Six of them are more than DynamoDB reads at once: a Scan ends after 1 MB (Amazon DynamoDB API reference, `Scan`).
const LARGE_VALUE: usize = 250_000;

/// Secrets that lie beside each other, some of many versions, are listed as each query has them; so they are where the values are
/// more than DynamoDB reads at once.
pub async fn a_list_has_what_the_queries_have(writer: &impl Writer, reader: &impl Reader, lister: &impl ScanVersions) {
    let store = TABLE.parse().unwrap();
    let none = lister.scan(&store, |_| {}).await.unwrap();
    assert!(none.secrets.is_empty() && none.unreadable.is_empty());
    let addresses =
        [("list", "prod", "default"), ("list", "prod", "api"), ("list", "prod-eu", "default"), ("list-2", "a", "b")];
    let secrets = addresses.map(|(stack, env, name)| Secret::at(stack, env, name, writer, reader));
    for (secret, versions) in secrets.iter().zip([6, 1, 2, 3]) {
        for _ in 0..versions {
            let newest = secret.snapshot().await.versions.last().map_or(0, |item| item.version.number());
            let mut record = secret.record(newest + 1);
            record.ciphertext = secret_store::Ciphertext::Direct(vec![7; LARGE_VALUE]);
            secret.write(&secret.changes(newest + 1).await, Some(&record)).await.unwrap();
        }
    }
    let mut seen = Vec::new();
    let listed = lister.scan(&store, |read| seen.push(read)).await.unwrap();
    assert!(seen.is_sorted() && seen.last().is_some_and(|read| *read >= secrets.len()), "{seen:?}");
    assert!(listed.unreadable.is_empty());
    assert_eq!(listed.secrets.len(), secrets.len());
    for secret in &secrets {
        assert_eq!(listed.secrets[&secret.identity], secret.snapshot().await);
    }
}
