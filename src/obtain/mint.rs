//! Opens the secrets and asks the provider; a spec that stands on another obtains that one's token first, from its own cache entry.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::find;
use crate::grant::{Grant, encode};
use crate::http::{ClientCertificate, Transport};
use crate::obtain::chain::{self, cached_below, nested};
use crate::obtain::look::of_this_clock;
use crate::obtain::{self, Asked, Wish, failure, minted, send};
use crate::source::{Nested, Source};
use crate::spec::{Admitted, Connection, Provider};
use crate::time::human;
use crate::unlock;
use crate::world::World;
use crate::world::cache::Entry;

/// Opens sources for one request, and remembers what it opened so that nothing of it is ever repeated in a message.
pub struct Keys<'a> {
    world: &'a dyn World,
    depth: u8,
    /// By how many seconds the provider's clock is ahead of ours.
    skew: i64,
    /// The token that the request is about, where it is about one.
    issued: Option<Secret>,
    /// Everything that was opened.
    pub opened: Vec<Secret>,
}

impl<'a> Keys<'a> {
    /// Nothing opened yet.
    #[must_use]
    pub fn new(world: &'a dyn World, depth: u8) -> Self {
        Self {
            world,
            depth,
            skew: 0,
            issued: None,
            opened: Vec::new(),
        }
    }

    /// The same for a request about this token.
    #[must_use]
    pub fn about(mut self, token: Secret) -> Self {
        self.opened.push(token.clone());
        self.issued = Some(token);
        self
    }

    /// The value of a source.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn open(&mut self, source: &Source) -> Result<Secret, Error> {
        let (world, depth) = (self.world, self.depth);
        let mut nested = |nested: &Nested| token_of(world, nested, depth + 1);
        let now = crate::time::Timestamp::from_unix(world.now().unix().saturating_add(self.skew));
        let secret = unlock::open(
            world,
            source,
            &mut unlock::Around {
                now,
                issued: self.issued.as_ref(),
                nested: &mut nested,
            },
        )?;
        // Basic sends it form-encoded within Base64 (RFC 6749 §2.3.1), and a server may repeat that.
        let mut sent = Zeroizing::new(String::with_capacity(3 * secret.len()));
        encode::form_encode(secret.expose_text().unwrap_or_default(), &mut sent);
        if sent.as_bytes() != secret.expose() {
            self.opened.push(Secret::joined(&[&sent]));
        }
        self.opened.push(secret.clone());
        Ok(secret)
    }

    /// The connection, with its client certificate opened.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn transport(&mut self, connection: &Connection) -> Result<Transport, Error> {
        let client_certificate = match &connection.client_certificate {
            None => None,
            Some((certificate, key)) => Some(ClientCertificate {
                chain: self.open(certificate)?,
                key: self.open(key)?,
            }),
        };
        let (ca_file, proxy, timeout) = (
            connection.ca_file.clone(),
            connection.proxy.clone(),
            connection.timeout,
        );
        Ok(Transport {
            ca_file,
            client_certificate,
            proxy,
            timeout,
        })
    }
}

fn token_of(world: &dyn World, spec: &Nested, depth: u8) -> Result<Secret, Error> {
    let found = nested(world, spec)?;
    let admitted = found.spec.admit_by_name();
    let asked = Asked {
        spec: &found.name,
        target: None,
        wish: Wish::default(),
        depth,
    };
    let token = obtain::obtain(world, admitted, asked)?;
    Ok(token.access_token.secret())
}

/// A new token. An assertion that was refused under a clock that differs from the provider's is signed once more under the provider's; a
/// request that stands on another spec's cached token, and was refused, is made once more with a new one.
///
/// # Errors
/// Why there is none.
pub fn mint(world: &dyn World, provider: &Provider, depth: u8) -> Result<Token, Error> {
    let below = cached_below(world, provider);
    let result = attempt(world, provider, depth, 0).or_else(|error| {
        let doubted = error.code == Code::ProviderRefused
            && matches!(error.status_of_refusal, Some(401 | 403));
        if !doubted || below.is_empty() {
            return Err(error);
        }
        world.tell(&|| {
            "refused with a cached token of another spec; asking again with a new one".to_owned()
        });
        below.iter().for_each(|key| world.forget(key.as_str()));
        attempt(world, provider, depth, 0)
    });
    let result = result.or_else(|error| under_their_clock(world, provider, depth, error));
    with_check_hint(provider, result)
}

/// Signs once more with the provider's time, where the clocks differ and the spec signs; else the error says that they differ.
fn under_their_clock(
    world: &dyn World,
    provider: &Provider,
    depth: u8,
    error: Error,
) -> Result<Token, Error> {
    let mut signs = false;
    provider.walk_sources(&mut |source| signs |= matches!(source, Source::Jwt(_)));
    let Some(skew) = error
        .skew
        .filter(|_| signs && error.code == Code::ProviderRefused)
    else {
        return Err(error);
    };
    world.tell(&|| {
        format!("clock-skew: the provider's clock is {skew} s ahead of ours; signing once more")
    });
    attempt(world, provider, depth, skew).map_err(|again| {
        if again.code != Code::ProviderRefused {
            return again;
        }
        let by = human(Duration::from_secs(skew.unsigned_abs()));
        let direction = if skew > 0 { "behind" } else { "ahead of" };
        let again = Error { code: Code::ClockSkew, ..again };
        again.hint(format!("this machine's clock is {by} {direction} the provider's (clock-skew); set it right, then try again"))
    })
}

/// A new token for one use, which the cache neither gives nor keeps. Who wants to be left alone is left alone here too, and afterwards by all.
///
/// # Errors
/// Why there is none.
pub fn apart(world: &dyn World, admitted: Admitted<'_>, spec: &str) -> Result<Token, Error> {
    let provider = &find::read(admitted)?;
    let key = obtain::key(world, admitted);
    let before = world.cached(&key);
    let failure = before.as_ref().and_then(|entry| entry.failure.as_ref());
    let now = world.now();
    let cool_downs = [Code::RateLimited, Code::ProviderUnavailable].map(Code::as_str);
    if let Some(failure) = failure
        && failure.until > now
        && cool_downs.contains(&failure.code.as_str())
        && of_this_clock(failure.at, now)
    {
        return Err(failure::recalled(failure, now));
    }
    let minted = mint(world, provider, 0).and_then(|token| obtain::not_ended(token, world.now()));
    if let Err(error) = &minted
        && (error.wait.is_some() || error.code == Code::RateLimited)
    {
        let kept = failure::to_keep(
            error,
            world.now(),
            world.millis(),
            failure,
            false,
            Duration::ZERO,
        );
        // Read again: others may have got a token meanwhile.
        let entry = Entry {
            failure: kept,
            ..world.cached(&key).unwrap_or_else(|| Entry {
                key: key.as_str().to_owned(),
                provider: provider.name.clone(),
                spec: spec.to_owned(),
                secrets: chain::secrets_of(world, provider, 0),
                ..Entry::default()
            })
        };
        world.remember(&key, &entry);
    }
    minted
}

/// A refusal says little; where the provider can be asked about the account behind the spec, the user is told how.
fn with_check_hint(provider: &Provider, result: Result<Token, Error>) -> Result<Token, Error> {
    result.map_err(|error| match error.code {
        Code::ProviderRefused
            if provider.check.is_some() && !names_check(error.hint.as_deref()) =>
        {
            let also = error
                .hint
                .as_deref()
                .map(|hint| format!("; {hint}"))
                .unwrap_or_default();
            error.hint(format!(
                "`keyfob check` with this spec asks the provider about the account{also}"
            ))
        }
        _ => error,
    })
}

fn names_check(hint: Option<&str>) -> bool {
    hint.is_some_and(|hint| hint.contains("`keyfob check`"))
}

fn attempt(world: &dyn World, provider: &Provider, depth: u8, skew: i64) -> Result<Token, Error> {
    if let Grant::Minted(grant) = &provider.grant {
        return minted::obtain(world, provider, grant, depth);
    }
    let mut keys = Keys {
        skew,
        ..Keys::new(world, depth)
    };
    let transport = keys.transport(&provider.connection)?;
    let grant: Grant<Secret> = provider.grant.open(&mut |source| keys.open(source))?;
    let unsendable = |why: encode::NotText| Error::new(Code::SecretUnreadable, why.to_string());
    let now = world.now();
    match grant.request(now).map_err(unsendable)? {
        Some(request) => send::send(
            world,
            &request,
            &transport,
            &keys.opened,
            &|answer, asked_at| grant.read(Some(answer), asked_at, &keys.opened),
        ),
        None => grant
            .read(None, now, &keys.opened)
            .map_err(|why| Error::no_token("the spec", &why)),
    }
}
