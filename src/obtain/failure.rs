//! What a failure leaves behind for those who come after it, and how they tell it. Never kept longer than its reason lasts.

use std::time::Duration;

use crate::error::{Code, Error};
use crate::time::{Timestamp, format_duration};
use crate::world::cache::StoredFailure;

/// For how long a failure is shared with those who waited for it; who comes later asks anew.
const SHARED: Duration = Duration::from_secs(2);
/// What takes this long to fail is shared too, wherever it failed: the others have waited for it.
const SLOW: Duration = Duration::from_secs(1);
/// For how long nobody tries again while a token is still good.
const UNHURRIED: Duration = Duration::from_secs(10);

/// For how long a failure is told to the next calls of the program that called: kubectl runs a plugin that
/// fails five times.
const TO_ITS_CALLER: Duration = Duration::from_secs(5);

/// When a failure happened, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct FailureContext {
    /// When.
    pub now: Timestamp,
    /// The same in milliseconds.
    pub at_millis: u64,
    /// How long it took to fail.
    pub took: Duration,
    /// The program that called, where it asks again by itself after a failure.
    pub caller: Option<u64>,
}

/// A cool-down where the provider wants one, else a moment in which it is shared; longer where a token is still good, for then nobody is
/// in a hurry. What the user can mend at once and what failed at once is not kept. A refusal, and what took long, is kept a little longer for
/// the program that called.
#[must_use]
pub fn to_keep(
    error: &Error,
    happened: FailureContext,
    before: Option<&StoredFailure>,
    still_good: bool,
) -> Option<StoredFailure> {
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
    let slow = happened.took >= SLOW;
    if !of_provider && !slow {
        return None;
    }
    let refused = matches!(error.code, Code::ProviderRefused | Code::ClockSkew);
    let caller = happened.caller.filter(|_| refused || slow);
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
        (None, _) if caller.is_some() => TO_ITS_CALLER,
        (None, _) => SHARED,
    };
    let cool_down = error.wait.is_some() || error.code == Code::RateLimited;
    Some(StoredFailure {
        at: happened.now,
        // A cool-down concerns everybody, whenever they began.
        at_millis: if cool_down {
            u64::MAX
        } else {
            happened.at_millis
        },
        until: happened.now.plus(until),
        code: error.code,
        sentence: error.sentence.clone(),
        hint: error.hint.clone(),
        in_a_row,
        caller,
    })
}

/// Whether a process that began at this moment (in milliseconds) for this program is told of the failure instead of asking itself: while the
/// provider wants to be left alone, where it waited for just this answer, or where its caller was told of it a moment ago.
#[must_use]
pub fn concerns(failure: &StoredFailure, started_at: u64, caller: Option<u64>) -> bool {
    started_at <= failure.at_millis || (caller.is_some() && failure.caller == caller)
}

/// Another process's failure, told as this one's.
pub fn recalled(failure: &StoredFailure, now: Timestamp) -> Error {
    let left = failure.until.since(now);
    let cool_down = failure.at_millis == u64::MAX;
    let sentence = if left > SHARED && cool_down {
        format!(
            "{}; asked again from {} on, in {}",
            failure.sentence,
            failure.until,
            format_duration(left)
        )
    } else {
        failure.sentence.clone()
    };
    Error {
        hint: failure.hint.clone(),
        wait: Some(left),
        ..Error::new(failure.code, sentence)
    }
}
