//! The pieces by themselves: `make bench-micro`.

use std::time::Duration;

use custom_resource::{Arrival, Clock, Config, Context, Delivery, LocalMode, Outcome, Properties, from_fn, handle};
use divan::{Bencher, black_box};
use password::Policy;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use serde_json::Value;

fn main() {
    divan::main();
}

/// A default password from the system's own source.
#[divan::bench]
fn password(bencher: Bencher<'_, '_>) {
    let policy = Policy::default();
    bencher.bench_local(|| black_box(policy.generate(&mut UnwrapErr(SysRng))));
}

/// An event, from its JSON to its answer in memory: all of the lifecycle but the network, the watchdog's thread included.
#[divan::bench(args = ["create.json", "update.json", "delete.json", "sam_sample.json"])]
fn event_to_answer(bencher: Bencher<'_, '_>, file: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/custom-resource/tests/corpus/");
    let event = std::fs::read(format!("{folder}{file}")).unwrap_or_default();
    assert!(!event.is_empty(), "{file} is in the corpus");
    let event: Value = serde_json::from_slice(&event).unwrap_or_default();
    let nothing = from_fn(async |_: Properties, context: &Context| Ok(Outcome::new(context.stable_id("bench")?)));
    let (delivery, answers) = Delivery::in_memory();
    // Whatever the events' URLs say of their age, they are in time.
    let config = Config::new(Clock::at(0), delivery, LocalMode::Off);
    let executor = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let Ok(executor) = executor else { return };
    bencher.bench_local(|| {
        let arrival = Arrival::new("bench", Duration::from_secs(30));
        let handled = executor.block_on(handle(&nothing, black_box(event.clone()), arrival, &config));
        assert!(handled.is_ok());
        answers.take()
    });
}

/// An event as JSON, without understanding it: what parsing costs at the least.
#[divan::bench(args = ["create.json", "update.json"])]
fn json_alone(bencher: Bencher<'_, '_>, file: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/custom-resource/tests/corpus/");
    let event = std::fs::read(format!("{folder}{file}")).unwrap_or_default();
    bencher.bench(|| serde_json::from_slice::<serde_json::Value>(black_box(&event)));
}
