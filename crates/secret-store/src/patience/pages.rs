//! Patience for what is read a page after the other: one page that is refused must not cost all those before it.

use std::time::Duration;

use super::{MayPass, Pace, Patience, Pause};
use crate::record::RequestToken;

/// A store with little capacity gives one page, and then nothing until that is paid off: of 1 MB, at one unit of 8 KB in a second,
/// after 128 seconds.
const THROTTLED: Duration = Duration::from_secs(300);

/// Somebody who waits for a command wants to know that nobody answers.
const SILENT: Duration = Duration::from_secs(15);

/// The answer to the question for one page, asked again while that may help. Whoever may not ask is told at once.
///
/// # Errors
/// The last one.
pub async fn page<T, E: MayPass>(pause: Pause, call: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
    // Who pauses how long need not differ much: whoever reads pages asks for one at a time.
    let token = RequestToken::manual("pages");
    let mut throttled = Patience::new(pause, token, &|| THROTTLED);
    let mut silent = Patience::new(pause, token, &|| SILENT);
    let mut tries = 0;
    loop {
        let error = match call().await {
            Err(error) => error,
            page => return page,
        };
        let goes_on = match error.passes() {
            Some(Pace::Slow) => throttled.pause(Pace::Slow, tries).await,
            Some(Pace::Quick) => silent.pause(Pace::Quick, tries).await,
            Some(Pace::Granted) | None => false,
        };
        if !goes_on {
            return Err(error);
        }
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::testing::{at_once, no_pause};

    struct Passing(Pace);

    impl MayPass for Passing {
        fn passes(&self) -> Option<Pace> {
            Some(self.0)
        }
    }

    #[test]
    fn a_page_is_waited_for_as_long_as_may_help() {
        for (pace, times, comes) in [
            (Pace::Slow, 8, true),
            (Pace::Quick, 5, true),
            (Pace::Granted, 1, false),
            (Pace::Slow, 1000, false),
            (Pace::Quick, 1000, false),
        ] {
            let asked = Cell::new(0);
            let answer = at_once(page(no_pause, async || {
                asked.set(asked.get() + 1);
                if asked.get() > times { Ok(()) } else { Err(Passing(pace)) }
            }));
            assert_eq!(answer.is_ok(), comes, "{pace:?} after {times}");
            assert!(asked.get() < 100, "{pace:?}: {}", asked.get());
        }
    }
}
