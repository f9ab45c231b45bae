//! Whether a refusal is explained by a clock that differs from the provider's, and what is done then: pure.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::{Code, Error};
use crate::time::{Timestamp, format_duration};

/// A difference beyond which nothing is signed under the provider's clock: whoever may answer in its
/// place could otherwise have an assertion for any year.
const FAR: i64 = 3600;
/// A difference that explains every refusal of an assertion: servers tolerate this much, and no more.
const MUCH: i64 = 30;

/// What is done about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Nothing: the clocks do not explain it.
    None,
    /// Sign once more, under a clock that is so many seconds ahead of ours.
    SignAgain(i64),
    /// Nothing is signed: the clocks differ by too much to be believed.
    TooFar(i64),
}

/// What is done about the refusal of an assertion with these claims, as resolved at `now`, where the provider's clock
/// is `skew` seconds ahead of ours.
#[must_use]
pub fn correction(skew: i64, now: i64, claims: &[Map<String, Value>]) -> Correction {
    let offsets = |name: &'static str| {
        let moments = claims
            .iter()
            .filter_map(move |claims| claims.get(name)?.as_i64());
        moments.map(|moment| moment.saturating_sub(now))
    };
    let begins_later = offsets("iat")
        .chain(offsets("nbf"))
        .any(|offset| offset > skew);
    let has_ended = offsets("exp").any(|offset| offset <= skew);
    match skew {
        _ if skew == 0 || claims.is_empty() => Correction::None,
        _ if skew.saturating_abs() > FAR => Correction::TooFar(skew),
        _ if skew.abs() > MUCH => Correction::SignAgain(skew),
        _ if skew < 0 && begins_later => Correction::SignAgain(skew),
        _ if skew > 0 && has_ended => Correction::SignAgain(skew),
        _ => Correction::None,
    }
}

/// When a signature of AWS is valid, as claims: for five minutes around its date (IAM User Guide,
/// "Elements of an AWS API request signature").
#[must_use]
pub fn claims_of_an_aws_signature(now: Timestamp) -> Map<String, Value> {
    const VALID: i64 = 300;
    let moment = |offset: i64| Value::from(now.unix().saturating_add(offset));
    let mut claims = Map::new();
    claims.insert("nbf".to_owned(), moment(-VALID));
    claims.insert("exp".to_owned(), moment(VALID));
    claims
}

/// A refusal that the clocks explain: where they differ by too much, or signing once more did not help.
#[must_use]
pub fn explained(refusal: Error, skew: i64) -> Error {
    if skew.saturating_abs() <= MUCH {
        return refusal;
    }
    let by = format_duration(Duration::from_secs(skew.unsigned_abs()));
    let direction = if skew > 0 { "behind" } else { "ahead of" };
    let hint = format!(
        "this machine's clock is {by} {direction} the provider's (clock-skew); set it right, then try again"
    );
    Error {
        code: Code::ClockSkew,
        ..refusal
    }
    .hint(hint)
}
