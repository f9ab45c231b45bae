//! The one order of events: cache → lock → look again → secrets → grant → HTTP → cache.
//!
//! A hit opens no keyring, no socket and no child process. One process asks, the others take its answer or, briefly, its failure. While
//! the provider cannot, a token that is still good is handed out; one that has ended never is.

use std::time::Duration;

use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::grant::Grant;
use crate::grant::answer::{self, Kind, NoToken};
use crate::http::{ClientCertificate, Request, Transport, Unsent};
use crate::source::Source;
use crate::spec::Admitted;
use crate::time::{Timestamp, human, margin};
use crate::unlock;
use crate::world::cache::{Entry, Kept, KeptFailure, Key, Locking};
use crate::world::{World, http};

/// What an entry says about itself besides its token.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The spec's name.
    pub spec: &'a str,
    /// The target, where one was named.
    pub target: Option<&'a str>,
    /// Least life that is of use to the caller.
    pub least_life: Duration,
}

/// For how long a failure is shared with those who come after it.
const SHARED: Duration = Duration::from_secs(2);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A call's tries.
const TRIES: u32 = 3;
/// How much longer than a call those wait who wait for another's.
const GRACE: Duration = Duration::from_secs(3);

/// The key under which the provider's token lies: its identity, and the fingerprint of secrets that are cheap to read.
#[must_use]
pub fn key(world: &dyn World, admitted: Admitted<'_>) -> Key {
    let mut parts: Vec<Secret> = vec![
        Secret::from("keyfob 1".to_owned()),
        Secret::from(admitted.provider().identity().to_owned()),
    ];
    admitted
        .provider()
        .walk_sources(&mut |source| match source {
            Source::Env(name) => parts.push(Secret::from(world.variable(name).unwrap_or_default())),
            Source::File { path, .. } => {
                parts.push(world.read(path).unwrap_or_else(|_| Secret::new(Vec::new())))
            }
            Source::Keyring(_) => parts.push(Secret::from(
                world.variable("KEYFOB_KEYRING").unwrap_or_default(),
            )),
            Source::Command(_) | Source::Jwt(_) | Source::FirstOf(_) => {}
        });
    let parts: Vec<&[u8]> = parts.iter().map(Secret::expose).collect();
    Key::of(&parts)
}

/// A token that is good, from the cache or from the provider.
///
/// # Errors
/// Why there is none.
pub fn obtain(world: &dyn World, admitted: Admitted<'_>, asked: Asked<'_>) -> Result<Token, Error> {
    let key = key(world, admitted);
    let started = world.now();
    if let Some(token) = fresh(world.cached(&key).as_ref(), started, asked.least_life) {
        world.tell(&|| "cache: hit".to_owned());
        return Ok(token);
    }
    world.tell(&|| "cache: nothing that is fresh; asking the provider".to_owned());
    let bound = http::budget(&Transport {
        timeout: admitted.provider().connection.timeout,
        ..Transport::default()
    }) + GRACE;
    let lock = match wait_for_lock(world, &key, started, asked.least_life, bound) {
        Waited::Answer(token) => return Ok(token),
        Waited::Lock(lock) => lock,
    };
    // Taken again after the wait: somebody else may have asked meanwhile.
    let now = world.now();
    let before = world.cached(&key);
    if let Some(token) = fresh(before.as_ref(), now, asked.least_life) {
        world.tell(&|| "cache: another process asked meanwhile".to_owned());
        return Ok(token);
    }
    let in_a_row = before
        .as_ref()
        .and_then(|entry| entry.failure.as_ref())
        .map_or(0, |failure| failure.in_a_row);
    let still_good = before
        .as_ref()
        .and_then(|entry| entry.kept.clone())
        .filter(|kept| kept.use_until > now && of_this_clock(kept, now));
    if let Some(failure) = before
        .as_ref()
        .and_then(|entry| entry.failure.as_ref())
        .filter(|failure| failure.until > now && failure.at <= now)
    {
        let error = recalled(failure, now);
        return still_good.map(|kept| kept.token).ok_or(error);
    }
    let minted = mint(world, admitted);
    let now = world.now();
    let mut entry = Entry {
        key: key.as_str().to_owned(),
        provider: admitted.provider().provider.clone(),
        spec: asked.spec.to_owned(),
        target: asked.target.map(str::to_owned),
        secrets: secrets_of(admitted),
        kept: still_good,
        failure: None,
    };
    let answer = match minted {
        Ok(token) => {
            let kept = keep(world, &token, admitted.provider().max_cache, now);
            let ended = kept.use_until <= now;
            entry.kept = Some(kept);
            if ended {
                Err(already_ended(&token, now))
            } else {
                Ok(token)
            }
        }
        Err(error) => {
            entry.failure = failure_to_keep(&error, now, in_a_row, entry.kept.is_some());
            let good = entry.kept.as_ref().map(|kept| kept.token.clone());
            if good.is_some() {
                world.tell(&|| {
                    format!(
                        "renewal failed ({}); the token is good until its end",
                        error.sentence
                    )
                });
            }
            good.ok_or(error)
        }
    };
    if entry.failure.is_some() || answer.is_ok() {
        world.remember(&key, &entry);
    }
    drop(lock);
    answer
}

/// The entry's token, if it need not be renewed and has the life that the caller wants, or half its own.
fn fresh(entry: Option<&Entry>, now: Timestamp, least_life: Duration) -> Option<Token> {
    let kept = entry?.kept.as_ref()?;
    let life = kept.use_until.since(kept.token.issued_at);
    let enough = kept.use_until.since(now) >= least_life.min(life / 2);
    (kept.renew_at > now && enough && of_this_clock(kept, now)).then(|| kept.token.clone())
}

/// A token from the future was made under another clock: what is left of it cannot be told.
fn of_this_clock(kept: &Kept, now: Timestamp) -> bool {
    kept.token.issued_at <= now.plus(Duration::from_secs(60))
}

enum Waited {
    Answer(Token),
    Lock(Option<crate::world::cache::Lock>),
}

/// Takes the lock, or the answer of who holds it. After `bound` it goes on without: a holder that is stopped delays nobody for ever.
fn wait_for_lock(
    world: &dyn World,
    key: &Key,
    started: Timestamp,
    least_life: Duration,
    bound: Duration,
) -> Waited {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_millis(5);
    loop {
        match world.lock(key) {
            Locking::Held(lock) => return Waited::Lock(Some(lock)),
            Locking::Unusable => return Waited::Lock(None),
            Locking::Busy if waited >= bound => return Waited::Lock(None),
            Locking::Busy => {}
        }
        world.sleep(pause);
        waited += pause;
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
        if let Some(token) = fresh(world.cached(key).as_ref(), started, least_life) {
            return Waited::Answer(token);
        }
    }
}

/// How long the token is used, and from when on it is renewed: a jittered while before its end, so that a fleet does not ask at once.
fn keep(world: &dyn World, token: &Token, max_cache: Duration, now: Timestamp) -> Kept {
    let use_until = token
        .expires_at
        .unwrap_or_else(|| token.issued_at.plus(max_cache));
    let early = margin(use_until.since(token.issued_at));
    let [first, ..] = world.random();
    // Up to a quarter earlier, never later: at the end that is published (see `published_end`) the renewal has begun.
    let early =
        (early * (256 + u32::from(first) / 4) / 256).min(use_until.since(token.issued_at) / 2);
    let renew_at = use_until.minus(early).max(now);
    Kept {
        token: token.clone(),
        renew_at,
        use_until,
    }
}

fn already_ended(token: &Token, now: Timestamp) -> Error {
    let ended = token
        .expires_at
        .map(|end| human(now.since(end)))
        .unwrap_or_default();
    Error::new(
        Code::TokenExpired,
        format!("the provider gave a token that ended {ended} ago"),
    )
    .hint("is this machine's clock right?")
}

fn secrets_of(admitted: Admitted<'_>) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    admitted.provider().walk_sources(&mut |source| {
        if let Source::Keyring(place) = source {
            secrets.push((place.service.clone(), place.user.clone()));
        }
    });
    secrets
}

/// What a failure leaves behind: a cool-down where the provider wants one, else a moment in which it is shared; longer where a token is
/// still good, for then nobody is in a hurry.
fn failure_to_keep(
    error: &Error,
    now: Timestamp,
    in_a_row: u32,
    still_good: bool,
) -> Option<KeptFailure> {
    let of_provider = matches!(
        error.code,
        Code::RateLimited
            | Code::ProviderUnreachable
            | Code::ProviderUnavailable
            | Code::ProviderRefused
            | Code::ProviderNonsense
    );
    if !of_provider {
        return None;
    }
    let in_a_row = in_a_row.saturating_add(1);
    let until = match (error.wait, error.code) {
        (Some(wait), _) => wait.max(Duration::from_secs(1)),
        // Nothing said how long: longer each time, at most five minutes.
        (None, Code::RateLimited) => {
            Duration::from_secs(10 << (in_a_row - 1).min(5)).min(Duration::from_secs(300))
        }
        (None, _) if still_good => Duration::from_secs(10),
        (None, _) => SHARED,
    };
    Some(KeptFailure {
        at: now,
        until: now.plus(until),
        code: error.code.as_str().to_owned(),
        sentence: error.sentence.clone(),
        hint: error.hint.clone(),
        in_a_row,
    })
}

/// Another process's failure, told as this one's.
fn recalled(failure: &KeptFailure, now: Timestamp) -> Error {
    let code = Code::ALL
        .iter()
        .find(|code| code.as_str() == failure.code)
        .copied()
        .unwrap_or(Code::ProviderUnavailable);
    let left = failure.until.since(now);
    let sentence = if left > SHARED {
        format!(
            "{}; asked again from {} on, in {}",
            failure.sentence,
            failure.until,
            human(left)
        )
    } else {
        failure.sentence.clone()
    };
    Error {
        code,
        sentence,
        hint: failure.hint.clone(),
        wait: Some(left),
    }
}

/// Opens the secrets and asks the provider.
fn mint(world: &dyn World, admitted: Admitted<'_>) -> Result<Token, Error> {
    let mut secrets = Vec::new();
    let mut open = |source: &Source| {
        let secret = unlock::open(world, source)?;
        secrets.push(secret.clone());
        Ok(secret)
    };
    let connection = &admitted.provider().connection;
    let client_certificate = match &connection.client_certificate {
        None => None,
        Some((certificate, key)) => Some(ClientCertificate {
            chain: open(certificate)?.expose().to_vec(),
            key: open(key)?,
        }),
    };
    let grant: Grant<Secret> = admitted.grant().open(&mut open)?;
    let request = grant
        .request()
        .map_err(|why| Error::new(Code::SecretUnreadable, why.to_string()))?;
    let (ca_file, proxy, timeout) = (
        connection.ca_file.clone(),
        connection.proxy.clone(),
        connection.timeout,
    );
    let transport = Transport {
        ca_file,
        client_certificate,
        proxy,
        timeout,
    };
    send(world, &grant, &request, &transport, &secrets)
}

/// At most three tries within one deadline, and only where nothing can have been minted twice: the request never left, or the provider
/// itself said that it could not.
fn send(
    world: &dyn World,
    grant: &Grant<Secret>,
    request: &Request,
    transport: &Transport,
    secrets: &[Secret],
) -> Result<Token, Error> {
    let budget = http::budget(transport);
    let begun = world.running();
    let shown = request.endpoint.shown();
    let mut tried = 0;
    loop {
        tried += 1;
        let asked_at = world.now();
        world.tell(&|| format!("try {tried}: {request:?}"));
        let left = budget.saturating_sub(world.running().saturating_sub(begun));
        let (error, again, wait) = match world.send(request, transport, left) {
            Err(failure) => {
                let again =
                    !failure.sent && !matches!(failure.why, Unsent::Setup(_) | Unsent::Tls(_));
                (unreachable(&shown, &failure.why, secrets), again, None)
            }
            Ok(answer) => {
                world.tell(&|| {
                    format!(
                        "answer: HTTP {}, {} bytes",
                        answer.status,
                        answer.body.len()
                    )
                });
                match answer::read(&answer, grant.reading(), asked_at, secrets) {
                    Ok(token) => return Ok(token),
                    Err(why) => {
                        let again = matches!(&why, NoToken::Refused(refusal) if refusal.kind == Kind::Unavailable)
                            && request.repeatable;
                        let error = Error::no_token(&shown, &why);
                        let wait = error.wait;
                        (error, again, wait)
                    }
                }
            }
        };
        let pause = wait.unwrap_or(Duration::from_millis(100 << tried.min(4)));
        let left = budget.saturating_sub(world.running().saturating_sub(begun));
        if !again || tried >= TRIES || pause > LONGEST_PAUSE || pause * 2 > left {
            return Err(error);
        }
        world.tell(&|| {
            format!(
                "{}; trying again in {} ms",
                error.sentence,
                pause.as_millis()
            )
        });
        world.sleep(pause);
    }
}

fn unreachable(shown: &str, why: &Unsent, secrets: &[Secret]) -> Error {
    let words = answer::sanitise(&why.to_string(), secrets);
    match why {
        Unsent::Setup(_) => Error::new(Code::ConnectionSetup, format!("{shown}: {words}")),
        _ => {
            let error = Error::new(Code::ProviderUnreachable, format!("{shown}: {words}"));
            match why {
                Unsent::Tls(_) => error.hint("is this machine's clock right, and are the roots complete? `ca_file` or SSL_CERT_FILE names others"),
                Unsent::Dns(_) | Unsent::Connect(_) => error.hint("check the URL, the network and HTTPS_PROXY"),
                Unsent::TimedOut(_) => error.hint("`timeout` in the spec gives it longer"),
                _ => error,
            }
        }
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
