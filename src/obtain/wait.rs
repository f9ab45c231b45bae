//! Waits for a key's lock, or for the result of the process that holds it. The wait is bounded.

use std::time::Duration;

use super::decide::{self, LookupContext, Needs, Verdict};
use crate::credential::Token;
use crate::error::Error;
use crate::world::cache::{CacheKey, Entry, Lock, LockAttempt, TokenCache};
use crate::world::process::ParentProcess;
use crate::world::{Clock, Log};

/// How a wait ended.
pub enum Waited {
    /// The result of another process.
    Answer(Result<Token, Error>),
    /// The lock is held by this process, or no lock can be had.
    Lock(Option<Lock>),
}

/// Takes the lock, or the result of the process that holds it. After `bound` the caller goes on
/// without a lock, since the holder may be suspended. It does not wait for a renewal if the present
/// token outlives the wait.
pub fn for_lock(
    world: &(impl Clock + Log + TokenCache + ParentProcess + ?Sized),
    key: &CacheKey,
    look: &dyn Fn() -> Option<Entry>,
    needs: Needs,
    bound: Duration,
) -> Waited {
    let least_life = needs.least_life;
    let start = world.elapsed();
    let mut pause = Duration::from_millis(5);
    loop {
        match world.lock(key) {
            LockAttempt::Held(lock) => return Waited::Lock(Some(lock)),
            LockAttempt::Unusable => return Waited::Lock(None),
            LockAttempt::Busy => {}
        }
        let entry = look();
        let at = lookup_context(world, entry.as_ref(), needs);
        match decide::verdict(entry, at, least_life) {
            Verdict::HandOut(token, _) => return Waited::Answer(Ok(token)),
            Verdict::Report(error) => return Waited::Answer(Err(error)),
            Verdict::Fetch(entry) => {
                let wait = least_life.max(bound);
                let good =
                    entry.and_then(|entry| decide::token_outliving_wait(entry, at.now, wait));
                if let Some(token) = good {
                    world.log(&|| "cache: hit; another process is renewing the token".to_owned());
                    return Waited::Answer(Ok(token));
                }
            }
        }
        if world.elapsed().saturating_sub(start) >= bound {
            return Waited::Lock(None);
        }
        world.sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
    }
}

/// The context of a look-up. The calling program is identified only if the entry holds a failure
/// that applies to one program.
pub fn lookup_context(
    world: &(impl Clock + ParentProcess + ?Sized),
    entry: Option<&Entry>,
    needs: Needs,
) -> LookupContext {
    let failed_caller = entry.and_then(|entry| entry.failure.as_ref()?.caller);
    LookupContext {
        now: world.now(),
        started_at: world.started_at(),
        caller: failed_caller.and_then(|_| world.retrying_caller(needs.asker?)),
    }
}
