//! Spans: arithmetic at its ends, margins, waits, and how a span is said.

use std::time::Duration;

use keyfob::time::{Timestamp, format_duration, parse_retry_after, renewal_margin};

const NOW: Timestamp = Timestamp::from_unix(1_767_225_600);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn arithmetic_stops_at_the_ends() {
    let (first, last) = (
        Timestamp::from_unix(i64::MIN),
        Timestamp::from_unix(i64::MAX),
    );
    assert_eq!(NOW.plus(seconds(3600)).unix(), 1_767_229_200);
    assert_eq!(NOW.minus(seconds(3600)).unix(), 1_767_222_000);
    assert_eq!(NOW.plus(Duration::from_millis(1999)).unix(), 1_767_225_601);
    assert_eq!(NOW.plus(Duration::MAX), last);
    assert_eq!(last.plus(seconds(1)), last);
    assert_eq!(first.minus(seconds(1)), first);
    assert_eq!(first.minus(Duration::MAX), first);
    assert_eq!(NOW.since(NOW.minus(seconds(5))), seconds(5));
    assert_eq!(NOW.since(NOW.plus(seconds(5))), Duration::ZERO);
    assert_eq!(last.since(first), seconds(9_223_372_036_854_775_807));
    assert_eq!(first.since(last), Duration::ZERO);
}

#[test]
fn a_moment_is_a_number_in_json() {
    assert_eq!(
        serde_json::to_string(&NOW).ok().as_deref(),
        Some("1767225600")
    );
    assert_eq!(
        serde_json::from_str::<Timestamp>("1767225600").ok(),
        Some(NOW)
    );
    assert!(serde_json::from_str::<Timestamp>("\"1767225600\"").is_err());
}

#[test]
fn a_span_is_said_with_its_two_largest_units() {
    for (span, words) in [
        (0, "0 s"),
        (45, "45 s"),
        (59, "59 s"),
        (60, "1 min"),
        (65, "1 min 5 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (3659, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (187_200, "2 d 4 h"),
        (31_536_000, "365 d"),
        (u64::MAX, "213503982334601 d 7 h"),
    ] {
        assert_eq!(format_duration(seconds(span)), words);
    }
    assert_eq!(format_duration(Duration::from_millis(1999)), "1 s");
}

#[test]
fn the_margin_is_a_tenth_within_bounds_and_never_more_than_half() {
    for (life, expected) in [
        (0, 0),
        (10, 5),
        (60, 30),
        (61, 30),
        (300, 30),
        (900, 90),
        (3000, 300),
        (3600, 300),
        (u64::MAX, 300),
    ] {
        assert_eq!(renewal_margin(seconds(life)), seconds(expected), "{life}");
    }
    assert_eq!(renewal_margin(seconds(899)), Duration::from_millis(89_900));
    assert_eq!(renewal_margin(seconds(59)), Duration::from_millis(29_500));
}

#[test]
fn retry_after_is_seconds_or_a_date_and_at_most_an_hour() {
    for (value, wait) in [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("007", 7),
        ("1.5", 2),
        ("0.001", 1),
        ("3600", 3600),
        ("3601", 3600),
        ("99999999999999999999999", 3600),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120),
        ("Thu Jan  1 00:02:00 2026", 120),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
    ] {
        assert_eq!(
            parse_retry_after(value, NOW),
            Some(seconds(wait)),
            "{value}"
        );
    }
    assert_eq!(
        parse_retry_after(&"9".repeat(400), NOW),
        Some(seconds(3600))
    );
}

#[test]
fn what_is_neither_seconds_nor_a_date_is_no_retry_after() {
    for value in [
        "", " ", ".", "-1", "+5", "1e3", "0x10", "1.2.3", "inf", "NaN", "soon", "5 s", "1,5", "٣",
    ] {
        assert_eq!(parse_retry_after(value, NOW), None, "{value}");
    }
}
