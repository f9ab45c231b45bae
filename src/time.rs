//! Moments and spans: `Timestamp`, how providers write one, and when a token ends.
//!
//! Ruled by RFC 3339 (<https://www.rfc-editor.org/rfc/rfc3339>), by HTTP dates and `Retry-After`
//! (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>, `#section-10.2.3`), and by what providers really send.
//! Never reads a clock: the present moment is always handed in. Never panics or wraps around, whatever a provider sends.

mod calendar;
mod expiry;
mod life;
pub mod xml;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use expiry::{Expiry, InvalidExpiryRule, one_or_more};
pub use life::{TokenExpiry, UnreadableExpiry, read};

/// The longest life that is believed: ten years. More is a unit misread or a placeholder such as the year 9999.
const LONGEST: Duration = Duration::from_secs(315_576_000);

/// A moment: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted. As JSON: that number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From Unix seconds.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// As Unix seconds.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This much later, fractions of a second dropped; stops at the last moment that can be held.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(whole_seconds(span)))
    }

    /// This much earlier, fractions of a second dropped; stops at the first moment that can be held.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(whole_seconds(span)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `YYYY-MM-DDThh:mm:ssZ`; moments outside the years 0000 to 9999 become the nearest one inside (RFC 3339 §5.6).
    #[must_use]
    pub fn rfc3339(self) -> String {
        calendar::rfc3339(self.0)
    }

    /// Reads RFC 3339 §5.6: `Z` or a numeric offset is required, `t` and a blank may stand for `T`, any fraction is cut
    /// off, and second 60 (a leap second) is the moment after second 59.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        calendar::parse_rfc3339(text).map(Self)
    }

    /// Reads the three forms of RFC 9110 §5.6.7. The two-digit years of the RFC 850 form are 1970 to 2069: the RFC's
    /// sliding window needs a clock.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        calendar::parse_http_date(text).map(Self)
    }

    /// Reads every way in which providers write a date: RFC 3339 (also with an offset like `+0000` or `+00`, with a zone
    /// of the name UTC or GMT, with a blank before the zone), Go's `time.String()` layout, a bare date (its first moment,
    /// UTC), an HTTP date. Blanks around it do not count.
    #[must_use]
    pub fn parse_date(text: &str) -> Option<Self> {
        calendar::parse_date(text.trim()).map(Self)
    }

    /// Reads a date and a time of day that name no zone, as UTC.
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

/// A span for people: its largest unit and the next smaller one, like `2 d 4 h`, `3 h 20 min`, `45 s`. Rounds down.
#[must_use]
pub fn human(span: Duration) -> String {
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

/// How long before its end a token with this life is renewed: a tenth of it, at least 30 s and at most 300 s, but never
/// more than half.
#[must_use]
pub fn margin(life: Duration) -> Duration {
    let tenth = (life / 10).clamp(Duration::from_secs(30), Duration::from_secs(300));
    tenth.min(life / 2)
}

/// The longest wait that a provider can impose: one hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date. A moment gone by is no wait; no wait is longer than
/// an hour; fractions of a second, which some servers send, are rounded up so that nobody asks too early.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Some(moment) = Timestamp::parse_http_date(value) {
        return Some(moment.since(now).min(LONGEST_WAIT));
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
        seconds.ceil().min(LONGEST_WAIT.as_secs_f64()),
    ))
}
