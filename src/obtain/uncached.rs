//! A token for one use, which is neither taken from the cache nor stored in it.

use std::time::Duration;

use super::call::Deadline;
use super::decide::{self, Needs};
use super::failure::{self, FailureContext};
use super::fetch;
use super::life;
use super::wait::{self, Waited};
use super::{Call, Resolved};
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::world::cache::Entry;

/// A new token for one use. A stored cool-down applies here too, and a new one is stored for all.
///
/// A token that the keyring keeps is not new: every process uses the same one. Only one of them may
/// create it or change its record, so the key's lock is taken first.
///
/// # Errors
/// A cool-down applies, a secret cannot be read, or the provider does not issue a token.
pub fn uncached(call: &Call<'_>) -> Result<Token, Error> {
    let (world, specs): (_, &Resolved<'_>) = (call.world, call.specs);
    let provider = specs.provider()?;
    let totals = specs.totals()?;
    let (mut call, mut lock) = (*call, None);
    if provider.grant.keyring_entry().is_some() {
        let bound = Deadline::longest_wait(world, &totals, None);
        // A token that another process has stored meanwhile is not used: the provider is asked.
        match wait::for_lock(world, specs.key(), &|| None, Needs::default(), bound) {
            Waited::Answer(answer) => return answer,
            Waited::Lock(taken) => lock = taken,
        }
        call.deadline = Deadline::after(world, totals.allowance);
    }
    let before = world.cached(specs.key());
    if let Some(error) = before
        .as_ref()
        .and_then(|entry| decide::cool_down(entry, world.now()))
    {
        return Err(error);
    }
    let fetched =
        fetch::fetch(&call, provider).and_then(|token| life::reject_expired(token, world.now()));
    if let Err(error) = &fetched
        && (error.wait.is_some() || error.code == Code::RateLimited)
    {
        let happened = FailureContext {
            now: world.now(),
            at_millis: world.now_millis(),
            took: Duration::ZERO,
            caller: None,
        };
        let before = before.as_ref().and_then(|entry| entry.failure.as_ref());
        let failure = failure::failure_to_store(error, happened, before, false);
        // Read again: another process may have stored a token meanwhile.
        let latest = world.cached(specs.key());
        let entry = Entry {
            failure,
            ..latest.unwrap_or_else(|| specs.entry(provider, totals.secrets))
        };
        world.remember(specs.key(), &entry);
    }
    drop(lock);
    fetched
}
