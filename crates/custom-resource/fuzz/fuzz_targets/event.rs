//! Whatever bytes Lambda hands over: no panic, and an answer that CloudFormation would take.
#![no_main]

libfuzzer_sys::fuzz_target!(|payload: &[u8]| {
    custom_resource::fuzzing::answer(payload);
});
