//! Moments: dates in every form that a provider writes, `Retry-After`, and the rules that say when a token ends.
//!
//! A moment that was read can be written and is read back as itself; no life is longer than ten years and no wait longer than an hour.

use std::time::Duration;

use keyfob::time::{self, ExpiryRule, Timestamp, TokenExpiry};
use serde_json::Value;

use super::first_line;

/// 2026-01-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_unix(1_767_225_600);
const TEN_YEARS: Duration = Duration::from_secs(315_576_000);
/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// A date or a span.
pub fn date(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let date = Timestamp::parse_date(text);
    for read in [
        Timestamp::parse_rfc3339(text),
        Timestamp::parse_http_date(text),
        date,
    ]
    .into_iter()
    .flatten()
    {
        // An offset can lead a day beyond the years that can be written.
        if WRITABLE.contains(&read.unix()) {
            let written = read.rfc3339();
            assert_eq!(Timestamp::parse_rfc3339(&written), Some(read), "{written}");
            assert_eq!(Timestamp::parse_date(&format!(" {written}\n")), Some(read));
        }
        assert!((WRITABLE.start() - 86_400..=WRITABLE.end() + 86_400).contains(&read.unix()));
    }
    if let Some(strict) = Timestamp::parse_rfc3339(text) {
        assert_eq!(
            date,
            Some(strict),
            "a date in one form is another in another"
        );
    }
    if let Some(read) = Timestamp::parse_rfc3339(text)
        && let Some((local, ahead)) = ahead(text)
    {
        let utc = Timestamp::parse_rfc3339(&format!("{local}Z")).expect("it needs no offset");
        assert_eq!(utc.unix() - read.unix(), ahead, "{text}");
    }
    if let Some(strict) = Timestamp::parse_http_date(text) {
        assert_eq!(
            date,
            Some(strict),
            "a date in one form is another in another"
        );
    }
    let wait = time::parse_retry_after(text, NOW);
    if let Some(wait) = wait {
        assert!(wait <= Duration::from_secs(3600) && wait.subsec_nanos() == 0);
        assert!(!time::format_duration(wait).is_empty() && time::renewal_margin(wait) <= wait / 2);
        if let Some(moment) = Timestamp::parse_http_date(text) {
            assert_eq!(wait, moment.since(NOW).min(Duration::from_secs(3600)));
        }
    }
    date.is_some() || wait.is_some()
}

/// Seconds by which local time is ahead, where the text ends with a numeric offset (RFC 3339 §5.6).
fn ahead(text: &str) -> Option<(&str, i64)> {
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (hours, minutes) = offset[1..].split_once(':')?;
    let span = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
    match offset.as_bytes()[0] {
        b'+' => Some((local, span)),
        b'-' => Some((local, -span)),
        _ => None,
    }
}

/// Rules, a line break, the token, a line break, and the answer.
pub fn expiry(bytes: &[u8]) -> bool {
    let (rules, rest) = first_line(bytes);
    let (token, answer) = first_line(rest);
    let mut deserializer = serde_json::Deserializer::from_slice(rules);
    let Ok(rules) = time::deserialize_rules(&mut deserializer) else {
        return false;
    };
    let written = serde_json::to_value(&rules).expect("rules can be written");
    assert_eq!(
        time::deserialize_rules(written).expect("and read again"),
        rules
    );
    let token = String::from_utf8_lossy(token);
    let text = || Value::from(String::from_utf8_lossy(answer).into_owned());
    let answer = serde_json::from_slice(answer).unwrap_or_else(|_| text());
    let Ok(life) = TokenExpiry::from_response(&rules, &answer, &token, NOW) else {
        return true;
    };
    let speaks_last =
        |rule: &&ExpiryRule| matches!(rule, ExpiryRule::Constant(_) | ExpiryRule::Never);
    match life {
        TokenExpiry::Until(end) => assert!(end.since(NOW) <= TEN_YEARS, "{end}"),
        TokenExpiry::Never | TokenExpiry::Unknown => {}
    }
    // Each rule alone is never told a shorter life than all of them together, but for those that speak where no other does.
    for rule in rules.iter().filter(|rule| !speaks_last(rule)) {
        if let Ok(TokenExpiry::Until(alone)) =
            TokenExpiry::from_response(std::slice::from_ref(rule), &answer, &token, NOW)
        {
            match life {
                TokenExpiry::Until(end) => assert!(end <= alone, "{end} is later than {alone}"),
                other => panic!("{other:?} where a rule says {alone}"),
            }
        }
    }
    true
}
