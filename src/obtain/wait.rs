//! Waits for the lock of a key, or for the answer of who holds it. Never longer than a bound.

use std::time::Duration;

use super::decide::{self, LookupContext, Needs, Verdict};
use crate::credential::Token;
use crate::error::Error;
use crate::world::cache::{CacheKey, Entry, Lock, LockAttempt, TokenCache};
use crate::world::process::ParentProcess;
use crate::world::{Clock, Log};

/// How a wait ended.
pub enum Waited {
    /// Somebody else's answer.
    Answer(Result<Token, Error>),
    /// The lock is ours, or there is none to be had.
    Lock(Option<Lock>),
}

/// Takes the lock, or the answer of who holds it. After `bound` it goes on without: a holder that is stopped delays nobody for ever.
/// Nobody waits for a renewal whose token outlives the wait.
pub fn for_lock(
    world: &(impl Clock + Log + TokenCache + ParentProcess + ?Sized),
    key: &CacheKey,
    look: &dyn Fn() -> Option<Entry>,
    wish: Needs,
    bound: Duration,
) -> Waited {
    let least_life = wish.least_life;
    let begun = world.elapsed();
    let mut pause = Duration::from_millis(5);
    loop {
        match world.lock(key) {
            LockAttempt::Held(lock) => return Waited::Lock(Some(lock)),
            LockAttempt::Unusable => return Waited::Lock(None),
            LockAttempt::Busy => {}
        }
        let entry = look();
        let at = moment(world, entry.as_ref(), wish);
        match decide::verdict(entry, at, least_life) {
            Verdict::HandOut(token, _) => return Waited::Answer(Ok(token)),
            Verdict::Report(error) => return Waited::Answer(Err(error)),
            Verdict::Fetch(entry) => {
                let wait = least_life.max(bound);
                let good = entry.and_then(|entry| decide::outlives(entry, at.now, wait));
                if let Some(token) = good {
                    world.log(&|| "cache: another process renews it meanwhile".to_owned());
                    return Waited::Answer(Ok(token));
                }
            }
        }
        if world.elapsed().saturating_sub(begun) >= bound {
            return Waited::Lock(None);
        }
        world.sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
    }
}

/// This moment, for the caller where an entry's failure may be for it alone.
pub fn moment(
    world: &(impl Clock + ParentProcess + ?Sized),
    entry: Option<&Entry>,
    wish: Needs,
) -> LookupContext {
    let told = entry.and_then(|entry| entry.failure.as_ref()?.caller);
    LookupContext {
        now: world.now(),
        started_at: world.started_at(),
        caller: told.and_then(|_| world.retrying_caller(wish.asker?)),
    }
}
