//! The way to AWS, and this machine's clock: AWS takes no request that was signed at another time than its own.

use functions_lambda::Told;
use jiff::fmt::rfc2822;
use secret_store::UnixTime;
use secret_store::store::Cause;

use super::Finding;

/// AWS refuses a signature that is older or younger (AWS Signature Version 4, "timestamp").
const MOST: u64 = 300;

/// What is worth a word before that.
const MUCH: u64 = 60;

/// The endpoint, and the clock where it answers.
pub(crate) fn findings(url: &str, told: Result<Told, Cause>, now: UnixTime) -> Vec<Finding> {
    let told = match told {
        Ok(told) => told,
        Err(cause) => {
            let found = format!("{url} does not answer: {}", last(cause.as_ref()));
            let remedy = "check the network, HTTPS_PROXY, --region and --endpoint-url";
            return vec![Finding::fault("endpoint", found, remedy)];
        }
    };
    let endpoint = Finding::ok("endpoint", format!("{url} answers"));
    let date = told.date.as_deref().and_then(|date| rfc2822::parse(date).ok());
    let Some(theirs) = date.and_then(|date| u64::try_from(date.timestamp().as_second()).ok()) else {
        return vec![endpoint, Finding::warning("clock", "the answer has no date", "")];
    };
    vec![endpoint, clock(theirs, now)]
}

fn clock(theirs: u64, now: UnixTime) -> Finding {
    let apart = now.0.abs_diff(theirs);
    let direction = if now.0 > theirs { "ahead of" } else { "behind" };
    let found = format!("{apart} s {direction} AWS's");
    match apart {
        0..=1 => Finding::ok("clock", "as AWS's"),
        2..MUCH => Finding::ok("clock", found),
        MUCH..MOST => Finding::warning("clock", found, "sudo timedatectl set-ntp true"),
        MOST.. => Finding::fault("clock", found, "sudo timedatectl set-ntp true"),
    }
}

/// What an error comes of.
fn last(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;

    const DATE: &str = "Fri, 27 Nov 2026 16:46:31 GMT";
    const AT: u64 = 1_795_797_991;

    fn of(date: &str, now: u64) -> Finding {
        let told = Told { date: Some(date.to_owned()) };
        findings("https://dynamodb/", Ok(told), UnixTime(now)).remove(1)
    }

    #[test]
    fn a_clock_is_compared_with_awss_own() {
        for (now, standing, found) in [
            (AT, Standing::Ok, "as AWS's"),
            (AT + 59, Standing::Ok, "59 s ahead of AWS's"),
            (AT - 60, Standing::Warning, "60 s behind AWS's"),
            (AT + 300, Standing::Fault, "300 s ahead of AWS's"),
        ] {
            let finding = of(DATE, now);
            assert_eq!((finding.standing, finding.found.as_str()), (standing, found), "{now}");
        }
        assert_eq!(of("yesterday", AT).standing, Standing::Warning);
    }

    #[test]
    fn where_nobody_answers_there_is_no_clock() {
        let findings = findings("https://dynamodb/", Err("refused".into()), UnixTime(AT));
        assert_eq!((findings.len(), findings[0].standing), (1, Standing::Fault));
        assert!(findings[0].found.ends_with("does not answer: refused"));
    }
}
