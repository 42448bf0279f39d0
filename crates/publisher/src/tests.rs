//! When a request was asked for, by which a late one is told.

use custom_resource::Clock;

use super::*;

const NOW: u64 = 1_800_000_000;

#[test]
fn nothing_was_asked_for_later_than_now() {
    let asked_at = |signed_at: u64| {
        let url = format!("https://responses.example/x?AWSAccessKeyId=A&Expires={}&Signature=s", signed_at + 7200);
        requested_at(&Context::builder(Clock::at(NOW)).response_url(url).build())
    };
    assert_eq!(asked_at(NOW - 60), UnixTime(NOW - 60));
    // A clock that is fast would leave a mark that every later request is overtaken by.
    assert_eq!(asked_at(NOW + 60), UnixTime(NOW));
    assert_eq!(requested_at(&Context::builder(Clock::at(NOW)).build()), UnixTime(NOW));
}
