//! Whether clock skew explains a refusal, and what to do about it: pure.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::{Code, Error};
use crate::time::format_duration;

/// Seconds of skew that AWS accepts in the date of a signature (IAM User Guide, "Troubleshoot
/// signed requests").
const AWS_TOLERANCE: i64 = 300;
/// The largest skew, in seconds, for which an assertion is signed with the provider's time. Without
/// a limit, an attacker who can answer in the provider's name could obtain an assertion for any
/// year.
const MAX_CORRECTED_SKEW: i64 = 3600;
/// The skew, in seconds, that servers tolerate. A larger one explains any refusal of an assertion.
const TOLERATED_SKEW: i64 = 30;

/// What to do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Nothing: the skew does not explain it.
    None,
    /// Sign once more, with a time that is this many seconds ahead of ours.
    SignAgain(i64),
    /// Report the skew: it is too large to sign with the provider's time.
    TooFar(i64),
}

/// What to do about the refusal of an assertion with these claims, resolved at `now`, if the
/// provider's clock is `skew` seconds ahead of ours.
#[must_use]
pub fn correction(skew: i64, now: i64, claims: &[Map<String, Value>]) -> Correction {
    let offsets = |name: &'static str| {
        let moments = claims
            .iter()
            .filter_map(move |claims| claims.get(name)?.as_i64());
        moments.map(|timestamp| timestamp.saturating_sub(now))
    };
    let begins_later = offsets("iat")
        .chain(offsets("nbf"))
        .any(|offset| offset > skew);
    let has_ended = offsets("exp").any(|offset| offset <= skew);
    match skew {
        _ if skew == 0 || claims.is_empty() => Correction::None,
        _ if skew.saturating_abs() > MAX_CORRECTED_SKEW => Correction::TooFar(skew),
        _ if skew.abs() > TOLERATED_SKEW => Correction::SignAgain(skew),
        _ if skew < 0 && begins_later => Correction::SignAgain(skew),
        _ if skew > 0 && has_ended => Correction::SignAgain(skew),
        _ => Correction::None,
    }
}

/// What to do about the refusal of a request that is signed for AWS and carries no assertion.
#[must_use]
pub fn aws_correction(skew: i64) -> Correction {
    match skew.saturating_abs() {
        by if by <= AWS_TOLERANCE => Correction::None,
        by if by <= MAX_CORRECTED_SKEW => Correction::SignAgain(skew),
        _ => Correction::TooFar(skew),
    }
}

/// A refusal that the clock skew explains, as an error with [`Code::ClockSkew`].
#[must_use]
pub fn explained(refusal: Error, skew: i64) -> Error {
    if skew.saturating_abs() <= TOLERATED_SKEW {
        return refusal;
    }
    let by = format_duration(Duration::from_secs(skew.unsigned_abs()));
    let direction = if skew > 0 { "behind" } else { "ahead of" };
    let hint = format!(
        "this machine's clock is {by} {direction} the provider's (clock-skew); set it right, then \
        try again"
    );
    Error {
        code: Code::ClockSkew,
        ..refusal
    }
    .hint(hint)
}
