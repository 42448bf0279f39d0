//! Neither a signature nor a value of the event gets into a log, whatever happens.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::endpoint::{Endpoint, Reply, SIGNATURE, refusing_url};
use crate::handlers::{Act, SECRET, Scripted, event, run_within};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything that this crate logs, at the lowest level, while `url` is answered by a handler that acts so.
fn logged(act: Act, url: &str) -> String {
    // With one subscriber alone, what another thread logs first counts as unwanted for good; with two, both are asked.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut event = event("Update", url);
    event["ServiceTimeout"] = serde_json::json!("3600");
    tracing::subscriber::with_default(subscriber, || {
        let _ = executor.block_on(run_within(Duration::from_secs(3), &Scripted::new(act), event));
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().filter(|line| line.contains("custom_resource")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn no_log_line_holds_a_signature_or_a_value() {
    let scripts =
        [vec![], vec![Reply::Error(500, "InternalError")], vec![Reply::Error(403, "AccessDenied")], vec![Reply::Close]];
    for act in [Act::Succeed, Act::Fail, Act::Panic, Act::NeverEnd, Act::ReturnTooMuch] {
        let scripts = if matches!(act, Act::NeverEnd) { &scripts[..1] } else { &scripts };
        for script in scripts {
            let text = logged(act.clone(), &Endpoint::start(script.clone()).url());
            assert!(text.contains("request_id"), "something was logged: {text}");
            assert!(!text.contains(SIGNATURE) && !text.contains(SECRET) && !text.contains("X-Amz"), "{text}");
        }
    }
    let text = logged(Act::AskToBeCalledAgain, &Endpoint::start([]).url());
    assert!(text.contains("to be called again") && !text.contains(SIGNATURE) && !text.contains(SECRET), "{text}");
    for url in [refusing_url(), format!("nonsense {SIGNATURE}"), format!("http://example.com/?{SIGNATURE}")] {
        let text = logged(Act::Succeed, &url);
        assert!(!text.is_empty() && !text.contains(SIGNATURE) && !text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_failure_is_told_with_its_ids_and_its_causes() {
    let text = logged(Act::Fail, &Endpoint::start([]).url());
    for part in ["lambda-1", "52a1f3c4", "stack/demo/5f2b1a7e", "Thing", "make the table first", "the table is gone"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
