//! What an entry of the cache means to a caller at a moment: pure functions of values.

use std::time::Duration;

use super::failure::{self, FailureContext};
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::time::Timestamp;
use crate::world::cache::{Entry, StoredFailure, StoredToken};

/// How long after a token was replaced on suspicion the next one is not: a server that refuses everything costs no storm of mints.
pub const SUSPICION: Duration = Duration::from_secs(60);
/// A token is new for one part in so many of its life: another one would hardly live longer.
const NEW: u32 = 30;
/// By how much clocks may differ before what one of them wrote means nothing to the other.
const CLOCKS: Duration = Duration::from_secs(60);

/// What a caller wishes for besides a token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// Least life that is of use to it.
    pub least_life: Duration,
    /// A fingerprint of who asks, where its asking again says that its token was refused.
    pub asker: Option<u64>,
    /// The fingerprint of the token that was refused, where the caller can say so itself.
    pub refused: Option<u64>,
}

/// A moment, since when this process runs, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct LookupContext {
    /// The time.
    pub now: Timestamp,
    /// When this process began, in milliseconds since 1970.
    pub started_at: u64,
    /// The program that called it, as [`StoredFailure::caller`] has it.
    pub caller: Option<u64>,
}

/// What is to be done about an entry.
#[derive(Debug)]
pub enum Verdict {
    /// Hand out its token; beside it what is left of the entry.
    HandOut(Token, Entry),
    /// Report the failure that it holds.
    Report(Error),
    /// Fetch a token from the provider; with what is known from before.
    Fetch(Option<Entry>),
}

/// What the entry alone decides: a token that need not be renewed is handed out. While the provider is to be left alone, so is one that is still
/// good; where there is none, the failure is reported.
pub fn verdict(entry: Option<Entry>, at: LookupContext, least_life: Duration) -> Verdict {
    let Some(mut entry) = entry else {
        return Verdict::Fetch(None);
    };
    let failure = current_failure(&entry, at.now);
    let good = still_good(&entry, at.now);
    let hand_out = good.is_some_and(|kept| {
        // While a token is still good nobody is in a hurry, whoever failed to renew it.
        failure.is_some() || is_fresh(kept, at.now, least_life)
    });
    if !hand_out {
        let concerned =
            failure.filter(|failure| failure::concerns(failure, at.started_at, at.caller));
        return match concerned.filter(|_| good.is_none()) {
            Some(failure) => Verdict::Report(failure::recalled(failure, at.now)),
            None => Verdict::Fetch(Some(entry)),
        };
    }
    match entry.kept.take() {
        Some(kept) => Verdict::HandOut(kept.token, entry),
        None => Verdict::Fetch(Some(entry)),
    }
}

/// Whether a caller that was given the entry's token before, and asks again although it is good, has had it refused. While the provider is to be
/// left alone, and shortly after the last such suspicion, the token is handed out all the same.
pub fn is_suspect(entry: &Entry, now: Timestamp) -> bool {
    let left_alone = entry
        .failure
        .as_ref()
        .is_some_and(|failure| failure.until > now);
    !is_replaced_lately(entry, now) && !left_alone
}

/// Whether a token was replaced on suspicion a moment ago.
pub fn is_replaced_lately(entry: &Entry, now: Timestamp) -> bool {
    entry
        .replaced_at
        .is_some_and(|at| now.since(at) < SUSPICION && of_this_clock(at, now))
}

/// Whether an error speaks against the cached tokens that its request was made with: the server did not
/// know who asks (401), or what it may (403).
#[must_use]
pub fn doubts_bases(error: &Error) -> bool {
    error.code == Code::ProviderRefused && matches!(error.status_of_refusal, Some(401 | 403))
}

/// The entry without the token that was refused.
pub fn without(entry: Option<Entry>, refused: Option<&Token>) -> Option<Entry> {
    entry.map(|entry| {
        let kept = entry
            .kept
            .filter(|kept| refused.is_none_or(|refused| !is_same(&kept.token, refused)));
        Entry { kept, ..entry }
    })
}

fn is_same(token: &Token, other: &Token) -> bool {
    token.access_token.expose() == other.access_token.expose()
}

/// Whether who waits for a renewal may have the token that is being renewed, for it outlives the wait.
pub fn outlives(entry: Entry, now: Timestamp, wait: Duration) -> Option<Token> {
    let good = still_good(&entry, now)?.use_until.since(now) > wait;
    entry.kept.filter(|_| good).map(|kept| kept.token)
}

/// A failed attempt to get a token.
#[derive(Debug)]
pub struct FailedAttempt<'a> {
    /// Why it failed.
    pub error: Error,
    /// How long that took.
    pub took: Duration,
    /// When it ended.
    pub now: Timestamp,
    /// The same in milliseconds.
    pub at_millis: u64,
    /// What was refused before it began.
    pub refused: Option<&'a Token>,
    /// The failure before it.
    pub before: Option<&'a StoredFailure>,
    /// Whether the token is stored in a secret's place, and asked about rather than made.
    pub stored: bool,
    /// The life that the caller wants.
    pub least_life: Duration,
    /// The program that called, where it asks again by itself after a failure.
    pub caller: Option<u64>,
}

/// What is left after a failed attempt.
#[derive(Debug)]
pub enum Aftermath {
    /// Others got a token meanwhile: it is handed out, and their entry stays.
    Theirs(Token),
    /// A token that is still good, to be handed out and stored with the failure.
    StillGood(StoredToken, Option<StoredFailure>, Error),
    /// No token: the error, and what of it is stored.
    Failed(Error, Option<StoredFailure>),
}

/// What is handed out and stored after a failure. `latest` was read after it: who had no lock, or was stopped while it had one, must not write over
/// what others got meanwhile.
pub fn after_failure(latest: Option<Entry>, attempt: FailedAttempt<'_>) -> Aftermath {
    let FailedAttempt { error, now, .. } = attempt;
    // A stored token that the provider speaks against is no longer handed out, however long it would still live.
    let spoken_against =
        attempt.stored && matches!(error.code, Code::ProviderRefused | Code::TokenExpired);
    let good = latest
        .filter(|entry| still_good(entry, now).is_some())
        .and_then(|entry| entry.kept);
    let is_theirs = |kept: &StoredToken| {
        let refused = attempt
            .refused
            .is_some_and(|refused| is_same(&kept.token, refused));
        !refused && is_fresh(kept, now, attempt.least_life)
    };
    let keep = |still_good| {
        let happened = FailureContext {
            now,
            at_millis: attempt.at_millis,
            took: attempt.took,
            caller: attempt.caller,
        };
        failure::to_keep(&error, happened, attempt.before, still_good)
    };
    match good {
        Some(kept) if is_theirs(&kept) => Aftermath::Theirs(kept.token),
        Some(kept) if !spoken_against => Aftermath::StillGood(kept, keep(true), error),
        _ => Aftermath::Failed(error.clone(), keep(false)),
    }
}

/// A cool-down that holds for everybody, also for who wants a token of its own.
pub fn cool_down(entry: &Entry, now: Timestamp) -> Option<Error> {
    let is_cool_down = |code: Code| matches!(code, Code::RateLimited | Code::ProviderUnavailable);
    current_failure(entry, now)
        .filter(|failure| is_cool_down(failure.code))
        .map(|failure| failure::recalled(failure, now))
}

/// The entry's failure, while it counts.
fn current_failure(entry: &Entry, now: Timestamp) -> Option<&StoredFailure> {
    let failure = entry.failure.as_ref()?;
    (failure.until > now && of_this_clock(failure.at, now)).then_some(failure)
}

/// Whether a token that is good need not be renewed. Who wants some life of it gets that, where the provider's tokens
/// have it when they are new; but one that is new is not replaced by one that has hardly more, and where no token has
/// so much half a life is enough: nobody asks with every call.
fn is_fresh(kept: &StoredToken, now: Timestamp, least_life: Duration) -> bool {
    let life = kept.use_until.since(kept.token.issued_at);
    let (rest, age) = (kept.use_until.since(now), now.since(kept.token.issued_at));
    let enough = match life < least_life {
        true => rest >= life / 2,
        false => rest >= least_life || age < life / NEW,
    };
    kept.renew_at > now && enough
}

/// The entry's token, if it has not ended.
fn still_good(entry: &Entry, now: Timestamp) -> Option<&StoredToken> {
    let kept = entry.kept.as_ref()?;
    (kept.use_until > now && of_this_clock(kept.token.issued_at, now)).then_some(kept)
}

/// A moment in the future was written under another clock: what is left of a span from there on cannot be told.
fn of_this_clock(moment: Timestamp, now: Timestamp) -> bool {
    moment <= now.plus(CLOCKS)
}
