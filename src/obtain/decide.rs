//! What a cache entry means to a caller at a given time: pure functions of values.

use std::time::Duration;

use super::failure::{self, FailureContext};
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::time::Timestamp;
use crate::world::cache::{Entry, StoredFailure, StoredToken};

/// For this long after a rejected token was replaced, the new token is not suspected: a server that
/// rejects every token must not cause a request for each call.
pub const SUSPICION: Duration = Duration::from_secs(60);
/// A token counts as new during the first 1/30 of its lifetime: a replacement would hardly live
/// longer.
const NEW: u32 = 30;
/// A stored time further in the future than this was written under a different clock, and is
/// ignored.
const CLOCKS: Duration = Duration::from_secs(60);

/// What a caller needs besides a token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// Shortest remaining lifetime that is of use to the caller.
    pub least_life: Duration,
    /// A fingerprint of the request, for callers that ask again only after their token was
    /// rejected.
    pub asker: Option<u64>,
    /// The fingerprint of the rejected token, for callers that report it themselves.
    pub refused: Option<u64>,
}

/// The time of a look-up, when this process started, and which program called it.
#[derive(Debug, Clone, Copy)]
pub struct LookupContext {
    /// The time of the look-up.
    pub now: Timestamp,
    /// When this process started, in milliseconds since 1970.
    pub started_at: u64,
    /// The program that called it, as in [`StoredFailure::caller`].
    pub caller: Option<u64>,
}

/// What to do about an entry.
#[derive(Debug)]
pub enum Verdict {
    /// Hand out this token. The entry no longer holds it.
    HandOut(Token, Entry),
    /// Report the stored failure.
    Report(Error),
    /// Fetch a token from the provider. Holds the present entry.
    Fetch(Option<Entry>),
}

/// A token that is not due for renewal is handed out. During a cool-down, so is any token that has
/// not expired; if there is none, the failure is reported.
pub fn verdict(entry: Option<Entry>, at: LookupContext, least_life: Duration) -> Verdict {
    let Some(mut entry) = entry else {
        return Verdict::Fetch(None);
    };
    let failure = current_failure(&entry, at.now);
    let good = still_good(&entry, at.now);
    let hand_out = good.is_some_and(|stored| {
        // An unexpired token is used after any process's failure to renew it.
        failure.is_some() || is_fresh(stored, at.now, least_life)
    });
    if !hand_out {
        let concerned =
            failure.filter(|failure| failure::applies_to(failure, at.started_at, at.caller));
        return match concerned.filter(|_| good.is_none()) {
            Some(failure) => Verdict::Report(failure::to_error(failure, at.now)),
            None => Verdict::Fetch(Some(entry)),
        };
    }
    match entry.stored.take() {
        Some(stored) => Verdict::HandOut(stored.token, entry),
        None => Verdict::Fetch(Some(entry)),
    }
}

/// Whether the entry's token may be replaced, if a caller indicates that its server rejected it.
/// During a cool-down and shortly after the last replacement it is handed out again instead.
pub fn is_suspect(entry: &Entry, now: Timestamp) -> bool {
    let left_alone = entry
        .failure
        .as_ref()
        .is_some_and(|failure| failure.until > now);
    !is_replaced_lately(entry, now) && !left_alone
}

/// Whether a suspected token was replaced within the last [`SUSPICION`].
pub fn is_replaced_lately(entry: &Entry, now: Timestamp) -> bool {
    entry
        .replaced_at
        .is_some_and(|at| now.since(at) < SUSPICION && of_this_clock(at, now))
}

/// Whether an error may mean that a cached token in its request is no longer accepted: the server
/// answered 401 or 403, or it refused a token exchange with the codes that may mean its tokens.
#[must_use]
pub fn doubts_bases(error: &Error, exchanges: bool) -> bool {
    let doubts = matches!(error.status_of_refusal, Some(401 | 403));
    error.code == Code::ProviderRefused && (doubts || exchanges && error.may_reject_token)
}

/// The entry without the rejected token.
pub fn without_token(entry: Option<Entry>, refused: Option<&Token>) -> Option<Entry> {
    entry.map(|entry| {
        let stored = entry
            .stored
            .filter(|stored| refused.is_none_or(|refused| !is_same(&stored.token, refused)));
        Entry { stored, ..entry }
    })
}

fn is_same(token: &Token, other: &Token) -> bool {
    token.access_token.is(&other.access_token.secret())
}

/// The entry's token, if it is valid for longer than the wait for its renewal may take.
pub fn token_outliving_wait(entry: Entry, now: Timestamp, wait: Duration) -> Option<Token> {
    let good = still_good(&entry, now)?.use_until.since(now) > wait;
    entry.stored.filter(|_| good).map(|stored| stored.token)
}

/// A failed attempt to get a token.
#[derive(Debug)]
pub struct FailedAttempt<'a> {
    /// Why it failed.
    pub error: Error,
    /// How long the attempt took.
    pub took: Duration,
    /// When it failed.
    pub now: Timestamp,
    /// The same time in milliseconds.
    pub at_millis: u64,
    /// The token whose rejection caused the attempt.
    pub refused: Option<&'a Token>,
    /// The stored failure before it.
    pub before: Option<&'a StoredFailure>,
    /// Whether the token is a static one: the provider is asked about it, and does not issue it.
    pub is_static: bool,
    /// Shortest remaining lifetime that is of use to the caller.
    pub least_life: Duration,
    /// The calling program, if it retries by itself after a failure.
    pub caller: Option<u64>,
}

/// What to do after a failed attempt.
#[derive(Debug)]
pub enum Aftermath {
    /// Another process stored a token meanwhile: it is handed out, and the entry stays as it is.
    Theirs(Token),
    /// The token has not expired: it is handed out, and stored with the failure.
    StillGood(StoredToken, Option<StoredFailure>, Error),
    /// There is no token: the error is reported, and the failure stored if there is one.
    Failed(Error, Option<StoredFailure>),
}

/// What is handed out and stored after a failure. `latest` is read after the failure: a process
/// that had no lock, or was suspended while it held one, must not overwrite a token that another
/// process stored meanwhile.
pub fn after_failure(latest: Option<Entry>, attempt: FailedAttempt<'_>) -> Aftermath {
    let FailedAttempt { error, now, .. } = attempt;
    // A static token that the provider refuses is no longer handed out, whatever its expiry.
    let spoken_against =
        attempt.is_static && matches!(error.code, Code::ProviderRefused | Code::TokenExpired);
    let good = latest
        .filter(|entry| still_good(entry, now).is_some())
        .and_then(|entry| entry.stored);
    let is_theirs = |stored: &StoredToken| {
        let refused = attempt
            .refused
            .is_some_and(|refused| is_same(&stored.token, refused));
        !refused && is_fresh(stored, now, attempt.least_life)
    };
    let keep = |still_good| {
        let happened = FailureContext {
            now,
            at_millis: attempt.at_millis,
            took: attempt.took,
            caller: attempt.caller,
        };
        failure::failure_to_store(&error, happened, attempt.before, still_good)
    };
    match good {
        Some(stored) if is_theirs(&stored) => Aftermath::Theirs(stored.token),
        Some(stored) if !spoken_against => Aftermath::StillGood(stored, keep(true), error),
        _ => Aftermath::Failed(error.clone(), keep(false)),
    }
}

/// What an entry is at a given time, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It holds no token and no failure that still applies.
    Empty,
    /// Its token is handed out.
    Fresh,
    /// Its token has not expired and is renewed at the next request.
    Due,
    /// Its token has expired.
    Expired,
    /// No request is sent for some time. Its token, if it has one, is handed out until it expires.
    CoolingDown,
}

/// What an entry is to a caller that needs a token with `least_life` left.
pub fn state(entry: &Entry, now: Timestamp, least_life: Duration) -> State {
    match (still_good(entry, now), current_failure(entry, now)) {
        (_, Some(_)) => State::CoolingDown,
        (Some(stored), None) if is_fresh(stored, now, least_life) => State::Fresh,
        (Some(_), None) => State::Due,
        (None, None) if entry.stored.is_some() => State::Expired,
        (None, None) => State::Empty,
    }
}

/// The cool-down that the entry holds, if any. It applies to uncached requests too.
pub fn cool_down(entry: &Entry, now: Timestamp) -> Option<Error> {
    let is_cool_down = |code: Code| matches!(code, Code::RateLimited | Code::ProviderUnavailable);
    current_failure(entry, now)
        .filter(|failure| is_cool_down(failure.code))
        .map(|failure| failure::to_error(failure, now))
}

/// The entry's failure, if it still applies.
fn current_failure(entry: &Entry, now: Timestamp) -> Option<&StoredFailure> {
    let failure = entry.failure.as_ref()?;
    (failure.until > now && of_this_clock(failure.at, now)).then_some(failure)
}

/// Whether a valid token need not be renewed yet. It must have at least `least_life` left, with two
/// exceptions, which keep a caller from asking the provider with every call. A new token is not
/// replaced, since its replacement would hardly live longer. If the provider's tokens never live
/// that long, half of their lifetime is enough.
fn is_fresh(stored: &StoredToken, now: Timestamp, least_life: Duration) -> bool {
    let life = stored.use_until.since(stored.token.issued_at);
    let (rest, age) = (
        stored.use_until.since(now),
        now.since(stored.token.issued_at),
    );
    let enough = match life < least_life {
        true => rest >= life / 2,
        false => rest >= least_life || age < life / NEW,
    };
    stored.renew_at > now && enough
}

/// The entry's token, if it has not expired.
fn still_good(entry: &Entry, now: Timestamp) -> Option<&StoredToken> {
    let stored = entry.stored.as_ref()?;
    (stored.use_until > now && of_this_clock(stored.token.issued_at, now)).then_some(stored)
}

/// Whether a stored time can be compared with `now`: a time in the future was written under another
/// clock.
fn of_this_clock(timestamp: Timestamp, now: Timestamp) -> bool {
    timestamp <= now.plus(CLOCKS)
}
