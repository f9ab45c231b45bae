//! Dates as text: RFC 3339, HTTP dates, Go's layout, bare dates.

use keyfob::time::Timestamp;

fn rfc3339(text: &str) -> Option<i64> {
    Timestamp::parse_rfc3339(text).map(Timestamp::unix)
}

fn http(text: &str) -> Option<i64> {
    Timestamp::parse_http_date(text).map(Timestamp::unix)
}

fn date(text: &str) -> Option<i64> {
    Timestamp::parse_date(text).map(Timestamp::unix)
}

#[test]
fn known_moments_are_read_and_written() {
    for (text, unix) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -1),
        ("2000-02-29T12:00:00Z", 951_825_600),
        ("2026-01-01T00:00:00Z", 1_767_225_600),
        ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("0000-01-01T00:00:00Z", -62_167_219_200),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] {
        assert_eq!(rfc3339(text), Some(unix), "{text}");
        assert_eq!(Timestamp::from_unix(unix).rfc3339(), text);
        assert_eq!(Timestamp::from_unix(unix).to_string(), text);
    }
}

#[test]
fn a_fraction_is_cut_off_however_long() {
    for text in [
        "2026-01-01T00:00:00.7Z",
        "2026-01-01T00:00:00.736Z",
        "2026-01-01T00:00:00.123456Z",
        "2026-01-01T00:00:00.736320584Z",
        "2026-01-01T00:00:00.99999999999999999999999999Z",
        "2026-01-01T01:00:00.5+01:00",
    ] {
        assert_eq!(rfc3339(text), Some(1_767_225_600), "{text}");
    }
    assert_eq!(rfc3339("1969-12-31T23:59:59.9Z"), Some(-1));
}

#[test]
fn an_offset_is_taken_off() {
    assert_eq!(rfc3339("2026-01-01T02:00:00+02:00"), Some(1_767_225_600));
    assert_eq!(rfc3339("2025-12-31T18:30:00-05:30"), Some(1_767_225_600));
    assert_eq!(rfc3339("2026-01-01T00:00:00+00:00"), Some(1_767_225_600));
    assert_eq!(rfc3339("2026-01-01T00:00:00-00:00"), Some(1_767_225_600));
    assert_eq!(rfc3339("2026-01-01T23:59:00+23:59"), Some(1_767_225_600));
    assert_eq!(rfc3339("2025-12-31T00:01:00-23:59"), Some(1_767_225_600));
    assert_eq!(rfc3339("0000-01-01T00:00:00+23:59"), Some(-62_167_305_540));
    assert_eq!(
        Timestamp::from_unix(-62_167_305_540).rfc3339(),
        "0000-01-01T00:00:00Z"
    );
}

#[test]
fn small_letters_and_a_blank_are_read_and_a_leap_second_is_the_next_minute() {
    assert_eq!(rfc3339("2026-01-01t00:00:00z"), Some(1_767_225_600));
    assert_eq!(rfc3339("2026-01-01 00:00:00Z"), Some(1_767_225_600));
    assert_eq!(rfc3339("2016-12-31T23:59:60Z"), Some(1_483_228_800));
    assert_eq!(rfc3339("2017-01-01T00:59:60.5+01:00"), Some(1_483_228_800));
}

#[test]
fn what_the_calendar_does_not_have_is_not_read() {
    for text in [
        "",
        "Z",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00+0000",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00+1:00",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00 Z",
        " 2026-01-01T00:00:00Z",
        "2026-01-01_00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-1-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "2026-01-01T0٣:00:00Z",
        "２０２６-01-01T00:00:00Z",
        "2026-01-0é",
    ] {
        assert_eq!(rfc3339(text), None, "{text}");
    }
    assert_eq!(rfc3339("2024-02-29T00:00:00Z"), Some(1_709_164_800));
    assert_eq!(rfc3339("2000-02-29T00:00:00Z"), Some(951_782_400));
}

#[test]
fn moments_outside_four_digit_years_are_written_as_the_nearest_inside() {
    assert_eq!(
        Timestamp::from_unix(i64::MAX).rfc3339(),
        "9999-12-31T23:59:59Z"
    );
    assert_eq!(
        Timestamp::from_unix(253_402_300_800).rfc3339(),
        "9999-12-31T23:59:59Z"
    );
    assert_eq!(
        Timestamp::from_unix(i64::MIN).rfc3339(),
        "0000-01-01T00:00:00Z"
    );
}

#[test]
fn what_is_written_is_read_back() {
    // Steps that share no factor with a day or a year, so that every time of day and every month comes up.
    let mut unix = -62_167_219_200_i64;
    while unix <= 253_402_300_799 {
        let text = Timestamp::from_unix(unix).rfc3339();
        assert_eq!(text.len(), 20, "{text}");
        assert_eq!(rfc3339(&text), Some(unix), "{text}");
        assert_eq!(date(&text), Some(unix), "{text}");
        unix += 9_999_991;
    }
}

#[test]
fn days_count_up_one_by_one_as_on_a_wall_calendar() {
    let mut unix = -2_524_521_600;
    for year in 1890..2110 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let february = if leap { 29 } else { 28 };
        for (month, days) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            for day in 1..=days {
                assert_eq!(date(&format!("{year}-{month:02}-{day:02}")), Some(unix));
                unix += 86_400;
            }
            assert_eq!(date(&format!("{year}-{month:02}-{:02}", days + 1)), None);
        }
    }
    assert_eq!(unix, 4_417_977_600);
}

#[test]
fn the_three_forms_of_an_http_date_are_one_moment() {
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ] {
        assert_eq!(http(text), Some(784_111_777), "{text}");
        assert_eq!(date(text), Some(784_111_777), "{text}");
    }
    assert_eq!(
        http("Thursday, 01-Jan-26 00:00:00 GMT"),
        Some(1_767_225_600)
    );
    assert_eq!(http("Thursday, 01-Jan-70 00:00:00 GMT"), Some(0));
    assert_eq!(http("Tuesday, 01-Jan-69 00:00:00 GMT"), Some(3_124_224_000));
}

#[test]
fn what_is_no_http_date_is_not_read() {
    for text in [
        "",
        "120",
        "2026-01-01T00:00:00Z",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 19945 08:49:37 GMT",
        "Sun, 06 Nov 994 08:49:37 GMT",
        "Sun, -6 Nov -994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT GMT",
    ] {
        assert_eq!(http(text), None, "{text}");
    }
}

#[test]
fn go_s_time_string_is_read_by_its_offset() {
    for text in [
        "2026-01-01 00:00:00 +0000 UTC",
        "2026-01-01 00:00:00.736320584 +0000 UTC",
        "2026-01-01 00:00:00.7 +0000 UTC m=+1.234567890",
        "2026-01-01 00:00:00 +0000 UTC m=-0.000000001",
        "2026-01-01 02:00:00 +0200 CEST",
        "2026-01-01 02:00:00 +0200 CEST m=+1.2",
        "2026-01-01 05:45:00 +0545 +0545",
        "2025-12-31 19:00:00 -0500 EST",
        "2026-01-01 00:00:00 +0000",
        "2026-01-01 00:00:00 UTC",
        "2026-01-01T00:00:00 GMT",
        "2026-01-01T00:00:00UTC",
        "2026-01-01 00:00:00.5 utc",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00,5 Z",
        "2026-01-01 02:00:00+02",
    ] {
        assert_eq!(date(text), Some(1_767_225_600), "{text}");
    }
    assert_eq!(date("2025-03-26 04:58:26 +0000 UTC"), Some(1_742_965_106));
    for text in [
        "2026-01-01 00:00:00",
        "2026-01-01 00:00:00 CET",
        "2026-01-01 00:00:00 UT",
        "2026-01-01 00:00:00 +0000 UTC n=+1.2",
        "2026-01-01 00:00:00 +0000 UTC m=+1.2 again",
        "2026-02-30 00:00:00 +0000 UTC",
        "2026-01-01 00:00:00 +000 UTC",
        "2026-01-01 00:00:00 +00000 UTC",
    ] {
        assert_eq!(date(text), None, "{text}");
    }
}

#[test]
fn a_bare_date_is_its_first_moment_and_an_offset_may_lack_its_colon() {
    assert_eq!(date("2026-01-31"), Some(1_769_817_600));
    assert_eq!(date("  2026-01-31\n"), Some(1_769_817_600));
    assert_eq!(date("2026-01-01T01:00:00.000+0100"), Some(1_767_225_600));
    assert_eq!(date("2026-01-31T"), None);
    assert_eq!(date("2026-01"), None);
    assert_eq!(date("2026-02-29"), None);
    assert_eq!(date("tomorrow"), None);
}
