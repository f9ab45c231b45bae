//! Text to Unix seconds and back, in the proleptic Gregorian calendar, years 0000 to 9999.
//!
//! Specified by RFC 3339 §5.6 (<https://www.rfc-editor.org/rfc/rfc3339#section-5.6>), RFC 9110
//! §5.6.7 (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>) and Go's `time.String()`
//! (<https://pkg.go.dev/time#Time.String>). Never assumes a time zone: only `parse_date_in_utc`
//! accepts a time without one.

use std::ops::RangeInclusive;

const SECONDS_PER_DAY: i64 = 86_400;
/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const RFC3339_RANGE: (i64, i64) = (-62_167_219_200, 253_402_300_799);
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

pub(super) fn format_rfc3339(unix: i64) -> String {
    let unix = unix.clamp(RFC3339_RANGE.0, RFC3339_RANGE.1);
    let (year, month, day) = civil_from_days(unix.div_euclid(SECONDS_PER_DAY));
    let second = unix.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let mut text = String::with_capacity(20);
    // Formatted by hand because every cache hit does it: `format!` takes ten times as long.
    for (number, least, separator) in [
        (year, 1000, '-'),
        (month, 10, '-'),
        (day, 10, 'T'),
        (hour, 10, ':'),
        (minute, 10, ':'),
        (second, 10, 'Z'),
    ] {
        let mut place = least;
        while place > 0 {
            let digit = u8::try_from(number / place % 10).unwrap_or_default();
            text.push(char::from(b'0' + digit));
            place /= 10;
        }
        text.push(separator);
    }
    text
}

pub(super) fn parse_rfc3339(text: &str) -> Option<i64> {
    parse_date_time(text, Colon::Required)
}

pub(super) fn parse_date(text: &str) -> Option<i64> {
    parse_date_time(text, Colon::Optional)
        .or_else(|| parse_with_zone_name(text))
        .or_else(|| parse_go_time(text))
        .or_else(|| parse_day(text).map(|days| days * SECONDS_PER_DAY))
        .or_else(|| parse_http_date(text))
}

pub(super) fn parse_date_in_utc(text: &str) -> Option<i64> {
    let days = parse_day(text.get(..10)?)?;
    let time = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    Some(days * SECONDS_PER_DAY + parse_time_of_day(&time.replace(',', "."))?)
}

pub(super) fn parse_http_date(text: &str) -> Option<i64> {
    let words: Vec<&str> = text
        .split([' ', ',', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let (weekday, day, month, year, time) = match words.as_slice() {
        // IMF-fixdate and RFC 850.
        [weekday, day, month, year, time, "GMT" | "UTC"] => (weekday, day, month, year, time),
        // asctime.
        [weekday, month, day, time, year] => (weekday, day, month, year, time),
        _ => return None,
    };
    // The weekday is not compared with the date: the RFC asks recipients to be robust.
    if !WEEKDAYS
        .iter()
        .any(|name| name == weekday || name.get(..3) == Some(weekday))
    {
        return None;
    }
    let month = MONTHS
        .iter()
        .zip(1..)
        .find_map(|(name, number)| (name == month).then_some(number))?;
    let year = match (year.len(), parse_digits(year, 2..=4)?) {
        (2, short @ 70..) => 1900 + short,
        (2, short) => 2000 + short,
        (4, full) => full,
        _ => return None,
    };
    Some(
        days_from_civil(year, month, parse_digits(day, 1..=2)?)? * SECONDS_PER_DAY
            + parse_time_of_day(time)?,
    )
}

#[derive(Clone, Copy, PartialEq)]
enum Colon {
    Required,
    Optional,
}

fn parse_date_time(text: &str, colon: Colon) -> Option<i64> {
    let days = parse_day(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let (time, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let (time, zone) = rest.split_at_checked(rest.rfind(['+', '-'])?)?;
            (time, parse_offset(zone, colon)?)
        }
    };
    Some(days * SECONDS_PER_DAY + parse_time_of_day(time)? - offset)
}

/// A date and time with a named zone, with or without a blank before it.
fn parse_with_zone_name(text: &str) -> Option<i64> {
    let zones = ["UTC", "GMT", "Z"].iter();
    let time = zones
        .filter_map(|zone| {
            let (time, name) = text.split_at_checked(text.len().checked_sub(zone.len())?)?;
            name.eq_ignore_ascii_case(zone).then_some(time)
        })
        .next()?;
    parse_date_in_utc(time.trim_end())
}

/// `2006-01-02 15:04:05.999999999 -0700 MST`, and ` m=±seconds` if the time has a monotonic clock
/// reading. The name of the zone is ignored: the offset is exact.
fn parse_go_time(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split(' ').collect();
    match words.as_slice() {
        [day, time, zone] | [day, time, zone, _] => Some(
            parse_day(day)? * SECONDS_PER_DAY + parse_time_of_day(time)?
                - parse_offset(zone, Colon::Optional)?,
        ),
        [day, time, zone, _, monotonic] if monotonic.starts_with("m=") => Some(
            parse_day(day)? * SECONDS_PER_DAY + parse_time_of_day(time)?
                - parse_offset(zone, Colon::Optional)?,
        ),
        _ => None,
    }
}

/// `YYYY-MM-DD` to days since 1970-01-01.
fn parse_day(text: &str) -> Option<i64> {
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => days_from_civil(
            parse_digits(year, 4..=4)?,
            parse_digits(month, 2..=2)?,
            parse_digits(day, 2..=2)?,
        ),
        _ => None,
    }
}

/// `hh:mm:ss` with an optional fraction, to seconds since midnight. Second 60 is the first second
/// of the next minute.
fn parse_time_of_day(text: &str) -> Option<i64> {
    let time = match text.split_once('.') {
        Some((time, fraction)) => is_all_digits(fraction).then_some(time)?,
        None => text,
    };
    match time.split(':').collect::<Vec<_>>().as_slice() {
        [hour, minute, second] => {
            let (hour, minute, second) = (
                parse_digits(hour, 2..=2)?,
                parse_digits(minute, 2..=2)?,
                parse_digits(second, 2..=2)?,
            );
            (hour <= 23 && minute <= 59 && second <= 60)
                .then_some(hour * 3600 + minute * 60 + second)
        }
        _ => None,
    }
}

/// `+hh:mm` (or `+hhmm`, `+hh`) to seconds east of UTC.
fn parse_offset(text: &str, colon: Colon) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let zone = text.strip_prefix(['+', '-'])?;
    let (hour, minute) = match zone.split_once(':') {
        Some(parts) => parts,
        // Some databases write whole hours alone.
        None if colon == Colon::Optional && zone.len() == 2 => (zone, "00"),
        None if colon == Colon::Optional => zone.split_at_checked(2)?,
        None => return None,
    };
    let (hour, minute) = (parse_digits(hour, 2..=2)?, parse_digits(minute, 2..=2)?);
    (hour <= 23 && minute <= 59).then_some(sign * (hour * 3600 + minute * 60))
}

/// ASCII digits, as many as `width` allows.
fn parse_digits(text: &str, width: RangeInclusive<usize>) -> Option<i64> {
    if width.contains(&text.len()) && is_all_digits(text) {
        text.parse().ok()
    } else {
        None
    }
}

fn is_all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Days since 1970-01-01; `None` for a day that does not exist, such as February 30. This and its
/// inverse are from <https://howardhinnant.github.io/date_algorithms.html>.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    // In a year that begins in March the leap day is the last day.
    let (march_year, march_month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let (era, day_of_era) = (
        (days + 719_468).div_euclid(146_097),
        (days + 719_468).rem_euclid(146_097),
    );
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}
