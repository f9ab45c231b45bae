//! What the cache's entry says by itself: a token to hand out, a failure to tell, or nothing.

use std::time::Duration;

use super::{CLOCKS, SUSPICION, Wish, failure};
use crate::credential::Token;
use crate::error::Error;
use crate::time::Timestamp;
use crate::world::World;
use crate::world::cache::{Entry, Kept, Key};

/// Whether the caller was given this token before and asks again although it is still good. While the provider is to be left alone, and
/// shortly after the last such suspicion, the token is handed out all the same.
pub(super) fn is_refused(world: &dyn World, key: &Key, wish: Wish, entry: Option<&Entry>) -> bool {
    if !wish
        .asker
        .is_some_and(|asker| world.given_before(key, asker))
    {
        return false;
    }
    let now = world.now();
    let recently = entry
        .and_then(|entry| entry.replaced_at)
        .is_some_and(|at| now.since(at) < SUSPICION && of_this_clock(at, now));
    let left_alone = entry
        .and_then(|entry| entry.failure.as_ref())
        .is_some_and(|failure| failure.until > now);
    let refused = !recently && !left_alone;
    if refused {
        world.tell(&|| {
            "cache: the caller was given this token and asks again: its server refused it"
                .to_owned()
        });
    }
    refused
}

/// The entry without the token that was refused.
pub(super) fn without(entry: Option<Entry>, refused: Option<&Token>) -> Option<Entry> {
    let mut entry = entry?;
    let same = |kept: &Kept| {
        refused.is_some_and(|refused| {
            kept.token.access_token.expose() == refused.access_token.expose()
        })
    };
    if entry.kept.as_ref().is_some_and(same) {
        entry.kept = None;
    }
    Some(entry)
}

/// What the entry alone decides: a token that need not be renewed; or while the provider is to be left alone, the one that is still good,
/// else why there is none. A token that is given is taken out.
pub(super) fn settled(
    entry: &mut Option<Entry>,
    world: &dyn World,
    least_life: Duration,
) -> Option<Result<Token, Error>> {
    let now = world.now();
    if let Some(token) = fresh(entry, now, least_life) {
        return Some(Ok(token));
    }
    let good = still_good(entry.as_ref(), now).is_some();
    let entry = entry.as_mut()?;
    let failure = entry.failure.as_ref();
    let failure =
        failure.filter(|failure| failure.until > now && of_this_clock(failure.at, now))?;
    if good {
        // While a token is still good nobody is in a hurry, whoever failed to renew it.
        return entry.kept.take().map(|kept| Ok(kept.token));
    }
    failure::concerns(failure, world.began()).then(|| Err(failure::recalled(failure, now)))
}

/// The entry's token, taken out, if it need not be renewed and has the life that the caller wants, or half its own.
pub(super) fn fresh(
    entry: &mut Option<Entry>,
    now: Timestamp,
    least_life: Duration,
) -> Option<Token> {
    let kept = still_good(entry.as_ref(), now).filter(|kept| kept.renew_at > now)?;
    let life = kept.use_until.since(kept.token.issued_at);
    let enough = kept.use_until.since(now) >= least_life.min(life / 2);
    let kept = entry.as_mut().filter(|_| enough)?.kept.take()?;
    Some(kept.token)
}

/// The entry's token, if it has not ended.
pub(super) fn still_good(entry: Option<&Entry>, now: Timestamp) -> Option<&Kept> {
    let kept = entry?.kept.as_ref()?;
    (kept.use_until > now && of_this_clock(kept.token.issued_at, now)).then_some(kept)
}

/// A moment in the future was written under another clock: what is left of a span from there on cannot be told.
pub(super) fn of_this_clock(moment: Timestamp, now: Timestamp) -> bool {
    moment <= now.plus(CLOCKS)
}
