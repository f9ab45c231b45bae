//! The one order of events: resolve → look → wait for the lock → look again → mint → store.
//!
//! A hit opens no keyring, no socket and no child process. One process asks, the others take its answer or, briefly, its failure. While
//! the provider cannot, a token that is still good is handed out; one that has ended never is.
//!
//! What happens, happens here; `resolved` says of which specs the answer is made, `decide`, `failure` and `life` what is to be done, `mint` asks.

mod call;
pub mod clock;
pub mod decide;
pub mod failure;
mod fetch;
pub mod kept_token;
pub mod life;
mod opener;
pub mod present;
pub mod rejected;
mod resolved;
pub mod revoke;
pub mod send;
mod uncached;
mod wait;

use crate::credential::Token;
use crate::error::Error;
use crate::spec::Admitted;
use crate::target::Target;
use crate::world::cache::{CacheKey, Deliveries, Delivery, Entry, SecretChanges, TokenCache};
use crate::world::process::ParentProcess;
use crate::world::{Clock, Log, Obtaining, Resolving};
pub use call::Call;
use call::Deadline;
pub use decide::Needs;
use decide::{Aftermath, FailedAttempt, Verdict};
pub use life::published_expiry;
pub use opener::Opener;
pub use resolved::{Resolved, resolve};
pub use uncached::uncached;
use wait::{Waited, moment};

/// What an entry says about itself besides its token.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The spec's name.
    pub spec: &'a str,
    /// The target, where one was named.
    pub target: Option<&'a Target>,
    /// What the caller wishes for.
    pub wish: Needs,
}

/// What the spec's token is kept under.
#[must_use]
pub fn key(world: &dyn Resolving, admitted: Admitted<'_>) -> CacheKey {
    resolve(world, "", admitted).key().clone()
}

/// A token that is good, from the cache or from the provider.
///
/// # Errors
/// Why there is none.
pub fn obtain(
    world: &dyn Obtaining,
    admitted: Admitted<'_>,
    asked: Context<'_>,
) -> Result<Token, Error> {
    let specs = resolve(world, asked.spec, admitted);
    token(world, &specs, asked.target, asked.wish, None)
}

/// A call about one of these specs that is no part of the order of events: `check`, `revoke`.
///
/// # Errors
/// The specs stand in a circle.
pub fn call<'a>(world: &'a dyn Obtaining, specs: &'a Resolved<'a>) -> Result<Call<'a>, Error> {
    let deadline = Deadline::after(world, specs.standing()?.allowance);
    Ok(Call::new(world, specs, deadline, base))
}

/// The token of a spec below, within the time of the call that needs it.
fn base(call: &Call<'_>, below: &Resolved<'_>) -> Result<Token, Error> {
    token(
        call.world,
        below,
        None,
        Needs::default(),
        Some(call.deadline),
    )
}

fn token(
    world: &dyn Obtaining,
    specs: &Resolved<'_>,
    target: Option<&Target>,
    wish: Needs,
    outer: Option<Deadline>,
) -> Result<Token, Error> {
    let (key, least_life) = (specs.key(), wish.least_life);
    let verdict = |entry: Option<Entry>| {
        let at = moment(world, entry.as_ref(), wish);
        decide::verdict(entry, at, least_life)
    };
    let refused = match verdict(world.cached(key)) {
        Verdict::Report(error) => return Err(error),
        Verdict::Fetch(_) => None,
        Verdict::HandOut(token, entry) => {
            let named = |refused| refused == token.access_token.fingerprint();
            let named = wish.refused.is_some_and(named);
            let asker = wish.asker.filter(|_| !named);
            let delivery = asker.and_then(|asker| delivery_to(world, key, asker));
            if !is_rejected(world, named, delivery.as_ref(), &entry) {
                delivery.inspect(|delivery| world.record_delivery(delivery));
                world.log(&|| "cache: hit".to_owned());
                return Ok(token);
            }
            Some(token)
        }
    };
    world.log(&|| "cache: nothing that is fresh; asking the provider".to_owned());
    let provider = specs.provider()?;
    let standing = specs.standing()?;
    // From here on the refused token is as good as none.
    let look = || decide::without(world.cached(key), refused.as_ref());
    let bound = Deadline::longest_wait(world, &standing, outer);
    let lock = match wait::for_lock(world, key, &look, wish, bound) {
        Waited::Answer(answer) => return answer,
        Waited::Lock(lock) => lock,
    };
    // Taken again after the wait: somebody else may have asked meanwhile.
    let before = match verdict(look()) {
        Verdict::HandOut(token, _) => return Ok(token),
        Verdict::Report(error) => return Err(error),
        Verdict::Fetch(before) => before,
    };
    if let (Some(token), Some(place)) = (&refused, provider.grant.keyring_entry()) {
        kept_token::reject(world, place, Some(&token.access_token.secret()))?;
    }
    let begun = world.elapsed();
    let changes = world.secret_changes();
    let deadline = Deadline::of(world, &standing, outer);
    let minted = fetch::fetch(&Call::new(world, specs, deadline, base), provider)
        .and_then(|token| life::not_ended(token, world.now()));
    let (took, now) = (world.elapsed().saturating_sub(begun), world.now());
    let stored = provider.grant.stored_token().is_some();
    let (answer, kept, failure) = match minted {
        Ok(token) => {
            let [jitter, ..] = world.random();
            let kept = life::kept(token.clone(), stored, provider.max_cache, now, jitter);
            (Ok(token), Some(kept), None)
        }
        Err(error) => {
            let attempt = FailedAttempt {
                error,
                took,
                now,
                at_millis: world.now_millis(),
                refused: refused.as_ref(),
                before: before.as_ref().and_then(|entry| entry.failure.as_ref()),
                stored,
                least_life,
                caller: wish.asker.and_then(|asker| world.retrying_caller(asker)),
            };
            match decide::after_failure(world.cached(key), attempt) {
                Aftermath::Theirs(token) => return Ok(token),
                Aftermath::Failed(error, None) => return Err(error),
                Aftermath::Failed(error, failure) => (Err(error), None, failure),
                Aftermath::StillGood(kept, failure, why) => {
                    let why = why.sentence;
                    world.log(&|| {
                        format!("renewal failed ({why}); the token is good until its end")
                    });
                    (Ok(kept.token.clone()), Some(kept), failure)
                }
            }
        }
    };
    let replaced_at = match refused {
        Some(_) => Some(now),
        None => before.and_then(|entry| entry.replaced_at),
    };
    let entry = Entry {
        target: target.map(Target::to_string),
        kept,
        failure,
        replaced_at,
        ..specs.entry(provider, standing.secrets)
    };
    if specs.is_as_read(world) {
        store(world, key, &entry, changes);
    } else {
        world.log(&|| "a file was changed meanwhile; nothing is kept".to_owned());
    }
    if let Some(asker) = wish.asker {
        // Recorded, so that asking again for this one is noticed too.
        let delivery = delivery_to(world, key, asker);
        delivery.inspect(|delivery| world.record_delivery(delivery));
    }
    drop(lock);
    answer
}

/// Stores an entry, if no secret was changed since `changes` was read: the token may have been made with the old one.
fn store(
    world: &(impl Log + TokenCache + SecretChanges + ?Sized),
    key: &CacheKey,
    entry: &Entry,
    changes: Option<[u8; 16]>,
) {
    world.remember(key, entry);
    // Read after storing: who changes a secret from here on finds the entry, and drops it.
    if !entry.secrets.is_empty() && world.secret_changes() != changes {
        world.log(&|| "a secret was changed meanwhile; the token is not kept".to_owned());
        world.forget(key.as_str());
    }
}

/// Whether the caller's server rejected this very token: the caller names it, or was given it before and
/// asks again for that reason.
fn is_rejected(
    world: &(impl Clock + Log + ParentProcess + ?Sized),
    named: bool,
    delivery: Option<&Delivery>,
    entry: &Entry,
) -> bool {
    let again = |delivery: &Delivery| delivery.repeated && world.caller_retries();
    let said = named || delivery.is_some_and(again);
    let rejected = said && decide::is_suspect(entry, world.now());
    if rejected {
        world.log(&|| {
            "cache: the caller was given this token and asks for another: its server refused it"
                .to_owned()
        });
    }
    rejected
}

/// The delivery of this key's token to the program that called, asking for one thing.
fn delivery_to(
    world: &(impl ParentProcess + Deliveries + ?Sized),
    key: &CacheKey,
    asker: u64,
) -> Option<Delivery> {
    world.delivery(key, world.caller(asker)?)
}
