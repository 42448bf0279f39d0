//! Times as people read and write them.

use std::time::Duration;

use jiff::{SpanRelativeTo, Timestamp};
use secret_store::UnixTime;

/// A moment in RFC 3339, UTC; the number itself where it is no date.
pub(crate) fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.map_or_else(|| time.0.to_string(), |moment| moment.to_string())
}

/// How long ago, in the largest unit that is at least one: `45s`, `3m`, `7h`, `12d`.
pub(crate) fn age(time: UnixTime, now: UnixTime) -> String {
    let seconds = now.0.saturating_sub(time.0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// What `--older-than` takes.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a number and a unit, such as 90d, 2w or 12h".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(duration).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(date(UnixTime(1_764_000_000)), "2025-11-24T16:00:00Z");
        assert_eq!(date(UnixTime(u64::MAX)), u64::MAX.to_string());
        let now = UnixTime(10_000_000);
        for (seconds, expected) in
            [(0, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (3_600, "1h"), (86_400, "1d"), (9_000_000, "104d")]
        {
            assert_eq!(age(UnixTime(now.0 - seconds), now), expected);
        }
        assert_eq!(age(UnixTime(now.0 + 5), now), "0s", "a clock that is ahead");
    }

    #[test]
    fn spans_are_a_number_and_a_unit() {
        for (text, seconds) in [("90d", 90 * 86_400), ("2w", 14 * 86_400), ("12h", 43_200), ("30m", 1_800)] {
            assert_eq!(span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "90", "d", "-3d", "3 y", "1mo"] {
            assert!(span(text).unwrap_err().contains("90d"), "{text}");
        }
    }
}
