//! The pieces by themselves: `make bench-micro`.

use divan::{Bencher, black_box};
use password::Policy;
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() {
    divan::main();
}

/// A default password from the system's own source.
#[divan::bench]
fn password(bencher: Bencher<'_, '_>) {
    let policy = Policy::default();
    bencher.bench_local(|| black_box(policy.generate(&mut UnwrapErr(SysRng))));
}

/// An event, from its bytes to the bytes of its answer: parsing, then building the response, twice.
#[divan::bench(args = ["create.json", "update.json", "delete.json", "sam_sample.json"])]
fn event_to_answer(bencher: Bencher<'_, '_>, file: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/custom-resource/tests/corpus/");
    let event = std::fs::read(format!("{folder}{file}")).unwrap_or_default();
    assert!(!event.is_empty(), "{file} is in the corpus");
    bencher.bench(|| custom_resource::fuzzing::answer(black_box(&event)));
}

/// An event as JSON, without understanding it: what parsing costs at the least.
#[divan::bench(args = ["create.json", "update.json"])]
fn json_alone(bencher: Bencher<'_, '_>, file: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/custom-resource/tests/corpus/");
    let event = std::fs::read(format!("{folder}{file}")).unwrap_or_default();
    bencher.bench(|| serde_json::from_slice::<serde_json::Value>(black_box(&event)));
}
