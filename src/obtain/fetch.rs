//! Opens the secrets and requests a token. If the spec uses another spec's token, that one is
//! obtained first, from its own cache entry.

use std::rc::Rc;
use std::time::Duration;

use super::call::Call;
use super::clock::{self, Correction};
use super::decide;
use super::kept_token;
use super::opener::Opener;
use super::resolved::Resolved;
use super::send;
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::find;
use crate::grant::{Grant, encode, rotation};
use crate::http::Response;
use crate::source::{Source, jwt};
use crate::spec::Provider;
use crate::time::Timestamp;
use crate::world::cache::Entry;

/// A second attempt is made only if more than this much time is left.
const AGAIN: Duration = Duration::from_secs(1);

/// A new token from the provider.
///
/// There are two reasons for a second attempt. If the refused request used another spec's cached
/// token, that token is dropped and obtained anew. If clock skew explains the refusal of an
/// assertion, it is signed again with the provider's time.
///
/// # Errors
/// A secret cannot be read, the provider cannot be reached, or it refuses.
pub fn fetch(call: &Call<'_>, provider: &Provider) -> Result<Token, Error> {
    let suspects = suspects(call);
    let exchanges = provider.grant.exchanges();
    let result = attempt(call, provider, 0).or_else(|error| {
        let doubted = decide::doubts_bases(&error, exchanges) && call.left() > AGAIN;
        if !doubted || suspects.is_empty() {
            return Err(error);
        }
        call.world.log(&|| {
            "refused with another spec's cached token; asking again with a new one".to_owned()
        });
        suspects.iter().for_each(|base| drop_token(call, base));
        attempt(call, provider, 0)
    });
    let result = result.or_else(|error| retry_with_provider_clock(call, provider, error));
    let result = result.map_err(|error| {
        let check = asks_about_the_account(provider).then(|| check_command(call));
        let spec = Some(call.specs.spec()).filter(|_| !call.specs.is_inner());
        error.about_spec(spec, provider, check.as_deref())
    });
    result.map(|token| Token {
        username: token.username.or_else(|| provider.username.clone()),
        ..token
    })
}

/// Whether the spec has a `check` that needs no token which the provider would have to issue first.
fn asks_about_the_account(provider: &Provider) -> bool {
    let is_about_it = |source: &Source| matches!(source, Source::Issued);
    let check = provider.check.as_ref();
    let is_stored = provider.grant.stored_token().is_some();
    check.is_some_and(|check| is_stored || !check.template.uses(&is_about_it))
}

/// The command that asks about the account, as it can be pasted where the spec has a name.
fn check_command(call: &Call<'_>) -> String {
    match find::argument(call.world, call.specs.name(), call.specs.spec()) {
        Some(spec) => format!("`keyfob check --spec {spec}`"),
        None => "`keyfob check` with this spec".to_owned(),
    }
}

/// The specs below whose cached tokens may be the reason for a refusal.
fn suspects<'a>(call: &Call<'a>) -> Vec<&'a Rc<Resolved<'a>>> {
    let is_suspect = |base: &&Rc<Resolved<'_>>| {
        let entry = call.world.cached(base.key());
        let entry = entry.filter(|entry| entry.stored.is_some());
        entry.is_some_and(|entry| decide::is_suspect(&entry, call.world.now()))
    };
    call.specs.bases().into_iter().filter(is_suspect).collect()
}

/// Drops the cached token of a spec below, and records when, so that its successor is not suspected
/// at once.
fn drop_token(call: &Call<'_>, base: &Resolved<'_>) {
    let world = call.world;
    let Some(entry) = world.cached(base.key()) else {
        return;
    };
    let token = entry
        .stored
        .map(|stored| stored.token.access_token.secret());
    if let Ok(Some(keyring_entry)) = base
        .provider()
        .map(|provider| provider.grant.keyring_entry())
        && let Err(why) = kept_token::reject(world, keyring_entry, token.as_ref())
    {
        world.log(&|| format!("the kept token is not rejected: {}", why.sentence));
    }
    let dropped = Entry {
        stored: None,
        replaced_at: Some(world.now()),
        ..entry
    };
    world.remember(base.key(), &dropped);
}

/// Signs again with the provider's time, if clock skew explains the refusal.
fn retry_with_provider_clock(
    call: &Call<'_>,
    provider: &Provider,
    error: Error,
) -> Result<Token, Error> {
    let (skew, now) = match error.skew {
        Some(skew) if error.code == Code::ProviderRefused => (skew, call.world.now()),
        _ => return Err(error),
    };
    let mut claims = Vec::new();
    provider.walk_sources(&mut |source| {
        if let Source::Jwt(jwt) = source {
            let no_fingerprint = || Ok(String::new());
            claims.extend(jwt::resolve_claims(&jwt.claims, now, "", &no_fingerprint));
        }
    });
    let correction = match claims.is_empty() && provider.grant.is_signed_for_aws() {
        true => clock::aws_correction(skew),
        false => clock::correction(skew, now.unix(), &claims),
    };
    match correction {
        Correction::SignAgain(skew) if call.left() > AGAIN => {
            call.world.log(&|| {
                format!("clock-skew: the provider's clock is {skew} s ahead of ours; signing again")
            });
            attempt(call, provider, skew).map_err(|again| match again.code {
                Code::ProviderRefused => clock::explained(again, skew),
                _ => again,
            })
        }
        Correction::SignAgain(skew) | Correction::TooFar(skew) => {
            Err(clock::explained(error, skew))
        }
        Correction::None => Err(error),
    }
}

fn attempt(call: &Call<'_>, provider: &Provider, skew: i64) -> Result<Token, Error> {
    if let Grant::KeptToken(grant) = &provider.grant {
        return kept_token::obtain(call, provider, grant);
    }
    let world = call.world;
    let mut opener = Opener::new(*call).ahead_by(skew);
    let transport = opener.transport(&provider.connection)?;
    let grant: Grant<Secret> = provider.grant.open(&mut |source| opener.open(source))?;
    let unsendable = |why: encode::NotText| Error::new(Code::SecretUnreadable, why.to_string());
    let now = world.now();
    let theirs = Timestamp::from_unix(now.unix().saturating_add(skew));
    let token = match grant.request(theirs).map_err(unsendable)? {
        Some(request) => {
            send::must_not_replace_its_secret(&request)?;
            let read = |answer: &Response, requested_at| {
                let token =
                    grant.token_from_response(Some(answer), requested_at, &opener.opened)?;
                rotation::check_refresh_token_unchanged(&request, answer).map(|()| token)
            };
            let time = call.time_for("the request")?;
            send::send(world, &request, &transport, time, &opener.opened, &read)?
        }
        None => grant
            .token_from_response(None, now, &opener.opened)
            .map_err(|why| Error::no_token("the spec", &why))?,
    };
    let bound = opener.first_expiry.filter(|_| grant.expires_with_sources());
    Ok(Token {
        expires_at: token.expires_at.into_iter().chain(bound).min(),
        ..token
    })
}
