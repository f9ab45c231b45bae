//! Dates and durations: `Timestamp`, the forms in which providers send one, and token expiry.
//!
//! Specified by RFC 3339 (<https://www.rfc-editor.org/rfc/rfc3339>), by HTTP dates and
//! `Retry-After` (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>, `#section-10.2.3`), and
//! what providers send in practice. Never reads a clock: `now` is a parameter. Never panics or
//! overflows, whatever a provider sends.

mod calendar;
mod expiry;
mod token_expiry;
pub mod xml;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use expiry::{ExpiryRule, InvalidExpiryRule, deserialize_rules};
pub use token_expiry::{TokenExpiry, UnreadableExpiry};

/// The longest plausible lifetime of a token, ten years. A longer one is a misread unit or a
/// placeholder such as the year 9999.
const MAX_LIFETIME: Duration = Duration::from_secs(315_576_000);

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted. Serialized
/// as that number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// `seconds` since 1970-01-01T00:00:00Z, negative before it.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// Adds `span` without its fraction of a second; saturates.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(whole_seconds(span)))
    }

    /// Subtracts `span` without its fraction of a second; saturates.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(whole_seconds(span)))
    }

    /// The time elapsed since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `YYYY-MM-DDThh:mm:ssZ`; years outside 0000 to 9999 are clamped (RFC 3339 §5.6).
    #[must_use]
    pub fn rfc3339(self) -> String {
        calendar::format_rfc3339(self.0)
    }

    /// Parses RFC 3339 §5.6. `Z` or a numeric offset is required, `t` or a blank may replace `T`, a
    /// fraction of a second is dropped, and second 60 (a leap second) is the second after 59.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        calendar::parse_rfc3339(text).map(Self)
    }

    /// Parses the three forms of RFC 9110 §5.6.7. The two-digit years of the RFC 850 form are 1970
    /// to 2069: the RFC's sliding window needs a clock.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        calendar::parse_http_date(text).map(Self)
    }

    /// Parses every form of a date that providers send: RFC 3339 (also with an offset like `+0000`
    /// or `+00`, with the zone UTC or GMT, with a blank before the zone), the layout of Go's
    /// `time.String()`, a date without a time (midnight UTC), an HTTP date. Surrounding blanks are
    /// ignored.
    #[must_use]
    pub fn parse_date(text: &str) -> Option<Self> {
        calendar::parse_date(text.trim()).map(Self)
    }

    /// Parses a date and time without a zone as UTC.
    #[must_use]
    pub fn parse_date_in_utc(text: &str) -> Option<Self> {
        calendar::parse_date_in_utc(text.trim()).map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

fn whole_seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

/// A duration for messages: its largest unit and the next smaller one, like `2 d 4 h`,
/// `3 h 20 min`, `45 s`. Rounds down.
#[must_use]
pub fn format_duration(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let (large, unit, small, smaller_unit) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3600 => (minutes, "min", seconds % 60, "s"),
        3600..86_400 => (hours, "h", minutes % 60, "min"),
        _ => (days, "d", hours % 24, "h"),
    };
    if small == 0 {
        format!("{large} {unit}")
    } else {
        format!("{large} {unit} {small} {smaller_unit}")
    }
}

/// How long before its expiry a token with this lifetime is renewed: a tenth of the lifetime, at
/// least 30 s and at most 300 s, never more than half of it.
#[must_use]
pub fn renewal_margin(lifetime: Duration) -> Duration {
    let tenth = (lifetime / 10).clamp(Duration::from_secs(30), Duration::from_secs(300));
    tenth.min(lifetime / 2)
}

/// The longest `Retry-After` that is honoured.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Parses `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date. A past date means no wait;
/// more than an hour is cut to an hour. Some servers send fractions of a second, which are rounded
/// up so that no request is sent too early.
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Some(date) = Timestamp::parse_http_date(value) {
        return Some(date.since(now).min(MAX_RETRY_AFTER));
    }
    // Checked by hand because `f64` also reads `inf`, `NaN`, signs and exponents.
    if !value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let seconds: f64 = value.parse().ok()?;
    Some(Duration::from_secs_f64(
        seconds.ceil().min(MAX_RETRY_AFTER.as_secs_f64()),
    ))
}
