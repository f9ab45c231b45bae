//! What a failure leaves behind for those who come after it, and how they tell it. Never kept longer than its reason lasts.

use std::time::Duration;

use crate::error::{Code, Error};
use crate::time::{Timestamp, human};
use crate::world::cache::KeptFailure;

/// For how long a failure is shared with those who waited for it; who comes later asks anew.
const SHARED: Duration = Duration::from_secs(2);
/// What takes this long to fail is shared too, wherever it failed: the others have waited for it.
const SLOW: Duration = Duration::from_secs(1);
/// For how long nobody tries again while a token is still good.
const UNHURRIED: Duration = Duration::from_secs(10);

/// A cool-down where the provider wants one, else a moment in which it is shared; longer where a token is still good, for then nobody is
/// in a hurry. What the user can mend at once and what failed at once is not kept.
pub fn to_keep(
    error: &Error,
    now: Timestamp,
    at_millis: u64,
    before: Option<&KeptFailure>,
    still_good: bool,
    took: Duration,
) -> Option<KeptFailure> {
    let of_provider = matches!(
        error.code,
        Code::RateLimited
            | Code::ProviderUnreachable
            | Code::ProviderUnavailable
            | Code::ProviderRefused
            | Code::ProviderNonsense
            | Code::TokenExpired
            | Code::ClockSkew
    );
    if !of_provider && took < SLOW {
        return None;
    }
    let in_a_row = before
        .map_or(0, |failure| failure.in_a_row)
        .saturating_add(1);
    let until = match (error.wait, error.code) {
        (Some(wait), _) => wait.max(Duration::from_secs(1)),
        // Nothing said how long: longer each time, at most five minutes.
        (None, Code::RateLimited) => {
            Duration::from_secs(10 << (in_a_row - 1).min(5)).min(Duration::from_secs(300))
        }
        (None, _) if still_good => UNHURRIED,
        (None, _) => SHARED,
    };
    let cool_down = error.wait.is_some() || error.code == Code::RateLimited;
    Some(KeptFailure {
        at: now,
        // A cool-down concerns everybody, whenever they began.
        at_millis: if cool_down { u64::MAX } else { at_millis },
        until: now.plus(until),
        code: error.code.as_str().to_owned(),
        sentence: error.sentence.clone(),
        hint: error.hint.clone(),
        in_a_row,
    })
}

/// Whether a process that began at this moment (in milliseconds) is told of the failure instead of asking itself: while the provider wants to
/// be left alone, or where it waited for just this answer.
pub fn concerns(failure: &KeptFailure, began: u64) -> bool {
    began <= failure.at_millis
}

/// Another process's failure, told as this one's.
pub fn recalled(failure: &KeptFailure, now: Timestamp) -> Error {
    let code = Code::ALL
        .iter()
        .find(|code| code.as_str() == failure.code)
        .copied()
        .unwrap_or(Code::ProviderUnavailable);
    let left = failure.until.since(now);
    let sentence = if left > SHARED {
        format!(
            "{}; asked again from {} on, in {}",
            failure.sentence,
            failure.until,
            human(left)
        )
    } else {
        failure.sentence.clone()
    };
    Error {
        code,
        sentence,
        hint: failure.hint.clone(),
        wait: Some(left),
        skew: None,
        status_of_refusal: None,
    }
}
