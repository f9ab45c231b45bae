//! The one order of events: resolve → look up → lock → look up again → fetch → store.
//!
//! A cache hit opens no keyring, no socket and no child process. One process asks the provider; the
//! others wait, and take its token or, briefly, its failure. While the provider is unavailable, a
//! token that has not expired is still handed out. An expired token never is.
//!
//! All effects of this order happen in this file. `resolved` reads the specs and makes the cache
//! key. `decide`, `failure` and `life` are pure: they decide what to do. `fetch` asks the provider.

mod call;
pub mod clock;
pub mod decide;
pub mod failure;
mod fetch;
pub mod inspect;
pub mod kept_token;
pub mod life;
mod opener;
pub mod present;
pub mod preview;
pub mod rejected;
mod resolved;
pub mod revoke;
pub mod send;
mod uncached;
mod wait;

use crate::credential::{Secret, Token};
use crate::error::Error;
use crate::spec::{Admitted, Origin};
use crate::target::Target;
use crate::time::{Timestamp, format_duration};
use crate::world::cache::{CacheKey, Deliveries, Delivery, Entry, SecretChanges, TokenCache};
use crate::world::process::ParentProcess;
use crate::world::{Clock, Log, Obtaining, Resolving};
pub use call::Call;
use call::Deadline;
pub use decide::Needs;
use decide::{Aftermath, FailedAttempt, Verdict};
pub use life::published_expiry;
pub use opener::Opener;
pub use resolved::{Resolved, resolve, resolve_for};
pub use uncached::uncached;
use wait::{Waited, lookup_context};

/// Who asks for a token, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The spec's name, as shown by `keyfob status`.
    pub spec: &'a str,
    /// The target, if the caller names one.
    pub target: Option<&'a Target>,
    /// The caller's request, if it is a JSON document: what the source `request` reads.
    pub said: Option<&'a Secret>,
    /// What the caller needs besides a token.
    pub needs: Needs,
}

/// The key under which the cache stores the spec's token.
#[must_use]
pub fn key(world: &dyn Resolving, admitted: Admitted<'_>) -> CacheKey {
    resolve(world, "", admitted).key().clone()
}

/// A valid token, from the cache or from the provider.
///
/// # Errors
/// The spec is invalid, a secret cannot be read, or the provider does not issue a token.
pub fn obtain(
    world: &dyn Obtaining,
    admitted: Admitted<'_>,
    context: Context<'_>,
) -> Result<Token, Error> {
    let specs = resolve_for(world, context.spec, admitted, context.said);
    let token = token(world, &specs, context.target, context.needs, None);
    token.map_err(|error| named(error, &specs))
}

/// An error that names the spec, if it has a name.
#[must_use]
pub fn named(error: Error, specs: &Resolved<'_>) -> Error {
    match specs.spec().origin {
        Origin::Named(_) | Origin::File(_) => error.in_spec(specs.name()),
        Origin::Inline | Origin::Input => error,
    }
}

/// A call outside the order of events: for `check` and `revoke`, which use the provider but not the
/// cache's lock and look-up.
///
/// # Errors
/// [`Code::SpecInvalid`](crate::error::Code::SpecInvalid) if specs refer to one another in a
/// circle.
pub fn call<'a>(world: &'a dyn Obtaining, specs: &'a Resolved<'a>) -> Result<Call<'a>, Error> {
    let deadline = Deadline::after(world, specs.totals()?.allowance);
    Ok(Call::new(world, specs, deadline, base))
}

/// The token of a spec that another spec uses, within the deadline of that spec's call.
fn base(call: &Call<'_>, below: &Resolved<'_>) -> Result<Token, Error> {
    let (needs, deadline) = (Needs::default(), Some(call.deadline));
    let token = token(call.world, below, None, needs, deadline);
    token.map_err(|error| named(error, below))
}

/// A hit in words: how old the token is, and where it came from.
fn hit(token: &Token, entry: &Entry, now: Timestamp) -> String {
    let age = format_duration(now.since(token.issued_at));
    let (provider, spec) = (&entry.provider, &entry.spec);
    format!("cache: hit: a token of {provider}, {age} old, obtained for spec `{spec}`")
}

fn token(
    world: &dyn Obtaining,
    specs: &Resolved<'_>,
    target: Option<&Target>,
    needs: Needs,
    outer: Option<Deadline>,
) -> Result<Token, Error> {
    specs.permitted(world)?;
    let (key, least_life) = (specs.key(), needs.least_life);
    let verdict = |entry: Option<Entry>| {
        let at = lookup_context(world, entry.as_ref(), needs);
        decide::verdict(entry, at, least_life)
    };
    let refused = match verdict(world.cached(key)) {
        Verdict::Report(error) => return Err(error),
        Verdict::Fetch(_) => None,
        Verdict::HandOut(token, entry) => {
            let named = |refused| refused == token.access_token.fingerprint();
            let named = needs.refused.is_some_and(named);
            let asker = needs.asker.filter(|_| !named);
            let delivery = asker.and_then(|asker| delivery_to(world, key, asker));
            if !is_rejected(world, named, delivery.as_ref(), &entry) {
                delivery.inspect(|delivery| world.record_delivery(delivery));
                world.log(&|| hit(&token, &entry, world.now()));
                return Ok(token);
            }
            Some(token)
        }
    };
    world.log(&|| "cache: miss; asking the provider".to_owned());
    let provider = specs.provider()?;
    let totals = specs.totals()?;
    // From here on the rejected token is ignored.
    let look = || decide::without_token(world.cached(key), refused.as_ref());
    let bound = Deadline::longest_wait(world, &totals, outer);
    let lock = match wait::for_lock(world, key, &look, needs, bound) {
        Waited::Answer(answer) => return answer,
        Waited::Lock(lock) => lock,
    };
    // Looked up again after the wait: another process may have stored a token or a failure
    // meanwhile.
    let before = match verdict(look()) {
        Verdict::HandOut(token, _) => return Ok(token),
        Verdict::Report(error) => return Err(error),
        Verdict::Fetch(before) => before,
    };
    if let (Some(token), Some(keyring_entry)) = (&refused, provider.grant.keyring_entry()) {
        kept_token::reject(world, keyring_entry, Some(&token.access_token.secret()))?;
    }
    let start = world.elapsed();
    let changes = world.secret_changes();
    let deadline = Deadline::of(world, &totals, outer);
    let fetched = fetch::fetch(&Call::new(world, specs, deadline, base), provider)
        .and_then(|token| life::reject_expired(token, world.now()));
    let (took, now) = (world.elapsed().saturating_sub(start), world.now());
    let is_static = provider.grant.stored_token().is_some();
    let (answer, stored, failure) = match fetched {
        Ok(token) => {
            let [jitter, ..] = world.random();
            let stored =
                life::stored_token(token.clone(), is_static, provider.max_cache, now, jitter);
            (Ok(token), Some(stored), None)
        }
        Err(error) => {
            let attempt = FailedAttempt {
                error,
                took,
                now,
                at_millis: world.now_millis(),
                refused: refused.as_ref(),
                before: before.as_ref().and_then(|entry| entry.failure.as_ref()),
                is_static,
                least_life,
                caller: needs.asker.and_then(|asker| world.retrying_caller(asker)),
            };
            match decide::after_failure(world.cached(key), attempt) {
                Aftermath::Theirs(token) => return Ok(token),
                Aftermath::Failed(error, None) => return Err(error),
                Aftermath::Failed(error, failure) => (Err(error), None, failure),
                Aftermath::StillGood(stored, failure, why) => {
                    let why = why.sentence;
                    world.log(&|| {
                        format!("renewal failed ({why}); using the cached token until it expires")
                    });
                    (Ok(stored.token.clone()), Some(stored), failure)
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
        stored,
        failure,
        replaced_at,
        ..specs.entry(provider, totals.secrets)
    };
    if specs.is_unchanged(world) {
        store(world, key, &entry, changes);
    } else {
        world.log(&|| "cache: a file changed meanwhile; the token is not stored".to_owned());
    }
    if let Some(asker) = needs.asker {
        // If the caller asks again for this token, its server probably rejected it.
        let delivery = delivery_to(world, key, asker);
        delivery.inspect(|delivery| world.record_delivery(delivery));
    }
    drop(lock);
    answer
}

/// Stores an entry, unless a secret was changed since `changes` was read: the token may have been
/// made with the old secret.
fn store(
    world: &(impl Log + TokenCache + SecretChanges + ?Sized),
    key: &CacheKey,
    entry: &Entry,
    changes: Option<[u8; 16]>,
) {
    world.remember(key, entry);
    // Read after storing: a process that changes a secret from here on finds the entry, and drops
    // it.
    if !entry.secrets.is_empty() && world.secret_changes() != changes {
        world.log(&|| "cache: a secret changed meanwhile; the token is not stored".to_owned());
        // A failure is logged.
        let _ = world.forget(key.as_str());
    }
}

/// Whether the caller's server rejected this token: the caller says so, or it received the token
/// before and asks again.
fn is_rejected(
    world: &(impl Clock + Log + ParentProcess + ?Sized),
    named: bool,
    delivery: Option<&Delivery>,
    entry: &Entry,
) -> bool {
    let retries = |delivery: &Delivery| delivery.repeated && world.caller_retries();
    let reported = named || delivery.is_some_and(retries);
    let rejected = reported && decide::is_suspect(entry, world.now());
    if rejected {
        world.log(&|| {
            "cache: the caller received this token before and asks again: its server rejected it"
                .to_owned()
        });
    }
    rejected
}

/// The delivery of this key's token to the calling program, for one kind of request.
fn delivery_to(
    world: &(impl ParentProcess + Deliveries + ?Sized),
    key: &CacheKey,
    asker: u64,
) -> Option<Delivery> {
    world.delivery(key, world.caller(asker)?)
}
