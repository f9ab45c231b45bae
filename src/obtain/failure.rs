//! Which failures are stored for other processes, for how long, and how those report them: pure.

use std::time::Duration;

use crate::error::{Code, Error};
use crate::time::{Timestamp, format_duration};
use crate::world::cache::StoredFailure;

/// How long a failure is reported to the processes that waited for it. Later ones ask the provider.
const SHARED: Duration = Duration::from_secs(2);
/// A failure after this long is shared, whatever its cause: other processes waited for the attempt.
const SLOW: Duration = Duration::from_secs(1);
/// How long no process tries to renew a token that has not expired.
const UNHURRIED: Duration = Duration::from_secs(10);

/// How long a failure is reported to further calls by the same program: kubectl runs a failing
/// plugin five times.
const TO_ITS_CALLER: Duration = Duration::from_secs(5);

/// When a failure happened, and which program had called.
#[derive(Debug, Clone, Copy)]
pub struct FailureContext {
    /// When it happened.
    pub now: Timestamp,
    /// The same time in milliseconds.
    pub at_millis: u64,
    /// How long it took to fail.
    pub took: Duration,
    /// The calling program, if it retries by itself after a failure.
    pub caller: Option<u64>,
}

/// The failure to store, if any.
///
/// It lasts for the cool-down that the provider asks for, or for a few seconds in which other
/// processes share it. It lasts longer if a token has not expired yet. A failure that the user can
/// fix at once (a missing secret, say) is not stored unless it took long. A refusal or a slow
/// failure lasts a little longer for the calling program.
#[must_use]
pub fn failure_to_store(
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
        // If the provider names no time, the cool-down grows with each failure, to at most five
        // minutes.
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
        // A cool-down applies to every process, whenever it started.
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

/// Whether a process reports the stored failure instead of asking the provider. It does so during a
/// cool-down, if it had started before the failure and so waited for it, or if its calling program
/// met this failure already. `started_at` is in milliseconds.
#[must_use]
pub fn applies_to(failure: &StoredFailure, started_at: u64, caller: Option<u64>) -> bool {
    started_at <= failure.at_millis || (caller.is_some() && failure.caller == caller)
}

/// A stored failure as this process's error.
pub fn to_error(failure: &StoredFailure, now: Timestamp) -> Error {
    let left = failure.until.since(now);
    let cool_down = failure.at_millis == u64::MAX;
    let sentence = if left > SHARED && cool_down {
        format!(
            "{}; no request is sent until {} (in {})",
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
