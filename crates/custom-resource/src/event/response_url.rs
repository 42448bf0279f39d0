//! The presigned URL that takes the answer: a credential, so it is never printed, and where it may point is checked.

use std::fmt;

use url::Url;

/// How long a presigned URL of signature version 2 lives: `Expires` is its end alone. Twice the longest operation, as
/// those of version 4 say themselves (`X-Amz-Expires=7200` in every captured event).
const SIGNATURE_2_LIFETIME_SECONDS: u64 = 7200;

/// Where the answer goes. Who has it can answer in our place, so `Debug` is redacted and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ResponseUrl(Url);

impl ResponseUrl {
    /// Takes an https URL, or an http one of this very machine, where tests and emulators listen.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlProblem> {
        Self::check(Url::parse(text).map_err(|_| UrlProblem::Malformed)?)
    }

    /// Where a redirect from here leads. It never leads from https to anything less.
    #[cfg_attr(not(feature = "https"), expect(dead_code, reason = "nothing redirects an answer that stays in memory"))]
    pub(crate) fn redirected(&self, location: &str) -> Result<Self, UrlProblem> {
        let target = Self::check(self.0.join(location).map_err(|_| UrlProblem::Malformed)?)?;
        if self.0.scheme() == "https" && target.0.scheme() != "https" { Err(UrlProblem::NotHttps) } else { Ok(target) }
    }

    fn check(url: Url) -> Result<Self, UrlProblem> {
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => Err(UrlProblem::NotHttps),
            _ => Err(UrlProblem::Malformed),
        }
    }

    /// The URL itself, for the one place that sends.
    pub(crate) fn expose(&self) -> &Url {
        &self.0
    }

    /// When it was signed, in Unix seconds; `None` for an unsigned one.
    pub(crate) fn signed_at(&self) -> Option<u64> {
        match self.parameter("X-Amz-Date") {
            Some(date) => unix_seconds(&date),
            None => self.number("Expires")?.checked_sub(SIGNATURE_2_LIFETIME_SECONDS),
        }
    }

    /// When it stops working, in Unix seconds; `None` for one that does not say.
    pub(crate) fn expires_at(&self) -> Option<u64> {
        match self.parameter("X-Amz-Date") {
            Some(date) => unix_seconds(&date)?.checked_add(self.number("X-Amz-Expires")?),
            None => self.number("Expires"),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.0.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.parameter(name)?.parse().ok()
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseUrl([REDACTED])")
    }
}

/// Why a URL cannot take an answer. Never shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UrlProblem {
    /// The event has none.
    #[error("there is no URL")]
    Missing,
    /// Not a URL, or not one of HTTP.
    #[error("it is no URL that can be sent to")]
    Malformed,
    /// Plain HTTP to another machine.
    #[error("it is not https")]
    NotHttps,
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// Reads `20261123T070536Z`, the format of `X-Amz-Date`:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
fn unix_seconds(date: &str) -> Option<u64> {
    let shape = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    if date.len() != 16 || !date.bytes().enumerate().all(shape) {
        return None;
    }
    let part = |from: usize, to: usize| date[from..to].parse::<u64>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let in_range = year >= 1970
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    in_range.then(|| ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01 in the Gregorian calendar; counts in years that begin in March, so that a leap day comes last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_1970_in_march_years = 719_468;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - days_before_1970_in_march_years
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape of both kinds as CloudFormation sends them; signatures invented.
    const VERSION_4: &str = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/arn%3Aaws%3Acloudformation%3Aus-east-1%3A123456789012%3Astack/demo/5f2b1a7e%7CGen%7C52a1f3c4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261123T070536Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIAEXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef";
    const VERSION_2: &str = "https://cloudformation-custom-resource-response-useast2.s3-us-east-2.amazonaws.com/arn%3Aaws%3A...?AWSAccessKeyId=AKIAEXAMPLE&Expires=1795421136&Signature=UqrrGoe%2BIRGAjHBF3pQ%2FQq8%3D";

    #[test]
    fn a_url_is_sent_byte_for_byte_as_it_came() {
        for url in [VERSION_4, VERSION_2] {
            assert_eq!(ResponseUrl::parse(url).unwrap().expose().as_str(), url);
        }
    }

    #[test]
    fn both_signature_versions_tell_their_times() {
        let url = ResponseUrl::parse(VERSION_4).unwrap();
        assert_eq!((url.signed_at(), url.expires_at()), (Some(1_795_417_536), Some(1_795_424_736)));
        let url = ResponseUrl::parse(VERSION_2).unwrap();
        assert_eq!((url.signed_at(), url.expires_at()), (Some(1_795_413_936), Some(1_795_421_136)));
        let url = ResponseUrl::parse("https://example.com/answer").unwrap();
        assert_eq!((url.signed_at(), url.expires_at()), (None, None));
        let url =
            ResponseUrl::parse("https://example.com/?X-Amz-Date=20261123T070536Z&X-Amz-Expires=18446744073709551615")
                .unwrap();
        assert_eq!(url.expires_at(), None);
        let url = ResponseUrl::parse("https://example.com/?Expires=5").unwrap();
        assert_eq!((url.signed_at(), url.expires_at()), (None, Some(5)));
    }

    #[test]
    fn dates_agree_with_date_1() {
        // `date -u -d ... +%s` of GNU coreutils 9.1
        for (date, seconds) in [
            ("19700101T000000Z", 0),
            ("19991231T235959Z", 946_684_799),
            ("20000229T120000Z", 951_825_600),
            ("20240229T000000Z", 1_709_164_800),
            ("20240301T000000Z", 1_709_251_200),
            ("21000301T000000Z", 4_107_542_400),
        ] {
            assert_eq!(unix_seconds(date), Some(seconds), "{date}");
        }
        for odd in [
            "",
            "20261123",
            "20261123T070536",
            "20261323T070536Z",
            "2026112ZT070536Z",
            "19691231T235959Z",
            "20261123T240000Z",
            "20261123T006000Z",
            "20261123T000061Z",
            "20260023T000000Z",
            "20261323T000000Z",
            "20261100T000000Z",
            "20261132T000000Z",
            "20261123X000000Z",
            "20261123T000000X",
            "20261123T000000ZZ",
        ] {
            assert_eq!(unix_seconds(odd), None, "{odd}");
        }
        assert_eq!(unix_seconds("20161231T235960Z"), Some(1_483_228_800), "a leap second");
    }

    #[test]
    fn days_follow_each_other_through_the_calendar() {
        let mut days_so_far = 0;
        for year in 1970..=2400 {
            let is_leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let february = if is_leap_year { 29 } else { 28 };
            for (month, days) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1..=days {
                    assert_eq!(days_since_1970(year, month, day), days_so_far, "{year}-{month}-{day}");
                    days_so_far += 1;
                }
            }
        }
    }

    #[test]
    fn only_https_and_this_machine_are_sent_to() {
        for good in
            ["https://example.com", "http://127.0.0.1:80/a", "http://127.8.9.10", "http://[::1]:9", "http://localhost/"]
        {
            assert!(ResponseUrl::parse(good).is_ok(), "{good}");
        }
        for plain in [
            "http://example.com",
            "http://128.0.0.1",
            "http://localhost.example.com",
            "http://[::2]",
            "http://10.0.0.1",
        ] {
            assert_eq!(ResponseUrl::parse(plain), Err(UrlProblem::NotHttps), "{plain}");
        }
        for odd in ["", "nonsense", "file:///etc/passwd", "ftp://example.com", "https://", "https:///", "data:,x"] {
            assert_eq!(ResponseUrl::parse(odd), Err(UrlProblem::Malformed), "{odd}");
        }
    }

    #[test]
    fn a_redirect_never_leads_below_https() {
        let secure = ResponseUrl::parse("https://a.example/x?y=z").unwrap();
        assert_eq!(secure.redirected("https://b.example/x").unwrap().expose().as_str(), "https://b.example/x");
        assert_eq!(secure.redirected("/w").unwrap().expose().as_str(), "https://a.example/w");
        assert_eq!(secure.redirected("http://127.0.0.1/x"), Err(UrlProblem::NotHttps));
        assert_eq!(secure.redirected("http://[bad"), Err(UrlProblem::Malformed));
        assert!(ResponseUrl::parse("http://127.0.0.1/x").unwrap().redirected("http://127.0.0.1:1/y").is_ok());
    }

    #[test]
    fn it_is_never_printed() {
        assert_eq!(format!("{:?}", ResponseUrl::parse(VERSION_4).unwrap()), "ResponseUrl([REDACTED])");
    }
}
