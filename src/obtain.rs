//! The one order of events: cache → lock → look again → secrets → grant → HTTP → cache.
//!
//! A hit opens no keyring, no socket and no child process. One process asks, the others take its answer or, briefly, its failure. While
//! the provider cannot, a token that is still good is handed out; one that has ended never is.

pub mod chain;
mod failure;
pub mod give_back;
mod key;
mod look;
pub mod mint;
pub mod minted;
pub mod send;

use std::time::Duration;

pub use key::key;
use look::{fresh, is_refused, settled, still_good, without};

use crate::credential::Token;
use crate::error::{Code, Error};
use crate::find;
use crate::spec::{Admitted, Provider};
use crate::target::Target;
use crate::time::{Timestamp, human, margin};
use crate::world::World;
use crate::world::cache::{Entry, Kept, Key, Lock, Locking};

/// What an entry says about itself besides its token.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The spec's name.
    pub spec: &'a str,
    /// The target, where one was named.
    pub target: Option<&'a Target>,
    /// What the caller wishes for.
    pub wish: Wish,
    /// How many specs stand above this one.
    pub depth: u8,
}

/// What a caller wishes for besides a token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Least life that is of use to it.
    pub least_life: Duration,
    /// A fingerprint of who asks, where its asking again says that its token was refused.
    pub asker: Option<u64>,
}

/// How long after a token was replaced on such a suspicion the next one is not: a server that refuses everything costs no storm of mints.
const SUSPICION: Duration = Duration::from_secs(60);
/// Longest chain of specs that stand on one another.
pub const DEEPEST: u8 = 5;
/// How much longer than a call those wait who wait for another's.
const GRACE: Duration = Duration::from_secs(3);
/// By how much clocks may differ before what one of them wrote means nothing to the other.
const CLOCKS: Duration = Duration::from_secs(60);

/// A token that is good, from the cache or from the provider.
///
/// # Errors
/// Why there is none.
pub fn obtain(world: &dyn World, admitted: Admitted<'_>, asked: Asked<'_>) -> Result<Token, Error> {
    let key = key(world, admitted);
    let cached = || world.cached(&key);
    let least_life = asked.wish.least_life;
    let mut refused = None;
    let mut found = cached();
    if let Some(answer) = settled(&mut found, world, least_life) {
        match answer {
            Ok(token) if is_refused(world, &key, asked.wish, found.as_ref()) => {
                refused = Some(token)
            }
            answer => {
                world.tell(&|| "cache: hit".to_owned());
                return answer;
            }
        }
    }
    // From here on the refused token is as good as none.
    let look = || without(cached(), refused.as_ref());
    world.tell(&|| "cache: nothing that is fresh; asking the provider".to_owned());
    let provider = &find::read(admitted)?;
    chain::has_an_end(world, provider, asked.depth)?;
    let bound = chain::longest(world, provider, 0) + GRACE;
    let lock = match wait_for_lock(world, &key, &look, least_life, bound) {
        Waited::Answer(answer) => return answer,
        Waited::Lock(lock) => lock,
    };
    // Taken again after the wait: somebody else may have asked meanwhile.
    let mut before = look();
    if let Some(answer) = settled(&mut before, world, least_life) {
        world.tell(&|| "cache: another process asked meanwhile".to_owned());
        return answer;
    }
    let begun = world.running();
    let minted =
        mint::mint(world, provider, asked.depth).and_then(|token| not_ended(token, world.now()));
    let took = world.running().saturating_sub(begun);
    let now = world.now();
    let mut entry = Entry {
        key: key.as_str().to_owned(),
        provider: provider.name.clone(),
        spec: asked.spec.to_owned(),
        target: asked.target.map(Target::to_string),
        secrets: chain::secrets_of(world, provider, 0),
        kept: None,
        failure: None,
        replaced_at: match refused {
            Some(_) => Some(now),
            None => before.as_ref().and_then(|entry| entry.replaced_at),
        },
    };
    let answer = match minted {
        Ok(token) => {
            entry.kept = Some(keep(world, provider, &token, now));
            Ok(token)
        }
        Err(error) => {
            // Read again: who had no lock, or was stopped while it had one, must not write over what others got meanwhile.
            let latest = cached();
            let mut theirs = without(latest.clone(), refused.as_ref());
            if let Some(token) = fresh(&mut theirs, now, least_life) {
                return Ok(token);
            }
            // A stored token that the provider speaks against is no longer handed out, however long it would still live.
            let spoken_against = provider.grant.stored_token().is_some()
                && matches!(error.code, Code::ProviderRefused | Code::TokenExpired);
            let good = still_good(latest.as_ref(), now).filter(|_| !spoken_against);
            let before = before.as_ref().and_then(|entry| entry.failure.as_ref());
            entry.failure =
                failure::to_keep(&error, now, world.millis(), before, good.is_some(), took);
            entry.kept = good.cloned();
            match good {
                None => Err(error),
                Some(kept) => {
                    world.tell(&|| {
                        let why = &error.sentence;
                        format!("renewal failed ({why}); the token is good until its end")
                    });
                    Ok(kept.token.clone())
                }
            }
        }
    };
    if entry.failure.is_some() || answer.is_ok() {
        world.remember(&key, &entry);
        if let Some(asker) = asked.wish.asker {
            // Noted, so that asking again for this one is noticed too.
            let _ = world.given_before(&key, asker);
        }
    }
    drop(lock);
    answer
}

enum Waited {
    Answer(Result<Token, Error>),
    Lock(Option<Lock>),
}

/// Takes the lock, or the answer of who holds it. After `bound` it goes on without: a holder that is stopped delays nobody for ever.
/// Nobody waits for a renewal whose token outlives the wait.
fn wait_for_lock(
    world: &dyn World,
    key: &Key,
    look: &dyn Fn() -> Option<Entry>,
    least_life: Duration,
    bound: Duration,
) -> Waited {
    let begun = world.running();
    let mut pause = Duration::from_millis(5);
    loop {
        match world.lock(key) {
            Locking::Held(lock) => return Waited::Lock(Some(lock)),
            Locking::Unusable => return Waited::Lock(None),
            Locking::Busy => {}
        }
        let (mut entry, now) = (look(), world.now());
        if let Some(answer) = settled(&mut entry, world, least_life) {
            return Waited::Answer(answer);
        }
        let outlives = |kept: &&Kept| kept.use_until.since(now) > least_life.max(bound);
        if let Some(kept) = still_good(entry.as_ref(), now).filter(outlives) {
            world.tell(&|| "cache: another process renews it meanwhile".to_owned());
            return Waited::Answer(Ok(kept.token.clone()));
        }
        if world.running().saturating_sub(begun) >= bound {
            return Waited::Lock(None);
        }
        world.sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
    }
}

/// How long the token is used, and from when on it is renewed: a jittered while before its end, so that a fleet does not ask at once. A
/// stored token outlives its entry: it is asked about again after `max_cache`, and may wait as long again for an answer.
fn keep(world: &dyn World, provider: &Provider, token: &Token, now: Timestamp) -> Kept {
    let max_cache = provider.max_cache;
    let stored = provider.grant.stored_token().is_some();
    let end = token
        .expires_at
        .unwrap_or_else(|| token.issued_at.plus(max_cache));
    let use_until = if stored {
        end.min(token.issued_at.plus(max_cache * 2))
    } else {
        end
    };
    let life = end.since(token.issued_at);
    let [first, ..] = world.random();
    // Up to a quarter earlier, never later: at the end that is published (see `published_end`) the renewal has begun.
    let early = (margin(life) * (256 + u32::from(first) / 4) / 256).min(life / 2);
    let renew_at = end.minus(early).max(now);
    let renew_at = if stored {
        renew_at.min(token.issued_at.plus(max_cache))
    } else {
        renew_at
    };
    Kept {
        token: token.clone(),
        renew_at,
        use_until,
    }
}

/// A token that has ended is no answer, whoever says so.
fn not_ended(token: Token, now: Timestamp) -> Result<Token, Error> {
    match token.expires_at.filter(|end| *end <= now) {
        None => Ok(token),
        Some(end) => Err(Error::new(
            Code::TokenExpired,
            format!(
                "the provider gave a token that ended {} ago",
                human(now.since(end))
            ),
        )
        .hint("is this machine's clock right?")),
    }
}

/// The end that is published: as early as the renewal begins, and nothing at all where that is past or nearly so, for a caller would
/// ask again with every request.
#[must_use]
pub fn published_end(token: &Token, now: Timestamp) -> Option<Timestamp> {
    const NEARLY: Duration = Duration::from_secs(60);
    let end = token.expires_at?;
    let early = end.minus(margin(end.since(token.issued_at)));
    [early, end]
        .into_iter()
        .find(|moment| moment.since(now) > NEARLY)
}
