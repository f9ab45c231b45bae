//! What a kept token was made with, as two digests: the request as written, and the secrets in it.
//!
//! A token is not handed out to a request for another tenant, or to another account's secrets. No digest tells
//! what a secret is, and both lie in the keyring beside the token.

use super::super::call::Call;
use super::super::opener::Opener;
use super::super::resolved::Resolved;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::grant::kept_token::{KeptToken, jwt_identity};
use crate::http::Request;
use crate::source::{SignedJwt, Source};
use crate::time::Timestamp;
use crate::world::cache::CacheKey;

/// The request that makes a token, less its secrets, its moment and its unique name.
pub(super) fn of_request(minted: &KeptToken<Source>) -> Result<String, Error> {
    let secretless = minted
        .create
        .open::<Secret, std::convert::Infallible>(&mut |_| Ok(Secret::new(Vec::new())));
    let Ok(template) = secretless;
    let request = template.request(Timestamp::from_unix(0));
    request
        .map(|request| digest(&request))
        .map_err(|why| Error::new(Code::SpecInvalid, why.to_string()))
}

fn digest(request: &Request) -> String {
    let url = request.endpoint.url();
    let mut parts = vec![request.method.as_str().as_bytes(), url.as_bytes()];
    for (name, value) in &request.headers {
        parts.extend([name.as_bytes(), value.expose()]);
    }
    parts.push(request.body.as_ref().map_or(&[][..], Secret::expose));
    CacheKey::of(&parts).as_str().to_owned()
}

/// The secrets that go into the request, in order.
pub(super) fn of_secrets(
    call: &Call<'_>,
    opener: &mut Opener<'_>,
    minted: &KeptToken<Source>,
) -> Result<String, Error> {
    let mut parts = Vec::new();
    let opened = minted.create.open::<(), Error>(&mut |source| {
        parts.push(lasting(call, opener, source)?);
        Ok(())
    });
    opened?;
    Ok(of(&parts).as_str().to_owned())
}

fn of(parts: &[Secret]) -> CacheKey {
    let parts: Vec<&[u8]> = parts.iter().map(Secret::expose).collect();
    CacheKey::of(&parts)
}

/// What of a source's value stays the same while it stands for the same account. A value that is made anew for
/// each call is told by what it is made of, and a JWT by whom it is about.
fn lasting(call: &Call<'_>, opener: &mut Opener<'_>, source: &Source) -> Result<Secret, Error> {
    match source {
        Source::Jwt(jwt) => signed(opener, jwt),
        Source::Presigned(presigned) => {
            let mut parts = Vec::new();
            for source in presigned.signature.sources() {
                parts.push(lasting(call, opener, source)?);
            }
            Ok(Secret::from(of(&parts).as_str().to_owned()))
        }
        Source::Base64Url { of: source, .. } => lasting(call, opener, source),
        Source::Token(nested) => {
            let below = call.specs.below(call.world, nested)?;
            let mut parts = Vec::new();
            stands_on(call, opener, &below, &mut parts)?;
            Ok(Secret::from(of(&parts).as_str().to_owned()))
        }
        Source::FirstOf(sources) => {
            for source in sources {
                match lasting(call, opener, source) {
                    Err(why) if why.code == Code::SecretMissing => {}
                    other => return other,
                }
            }
            opener.open(source)
        }
        _ => {
            let value = opener.open(source)?;
            Ok(jwt_identity(&value).unwrap_or(value))
        }
    }
}

/// A JWT that is signed here: its key and what is written of it.
fn signed(opener: &mut Opener<'_>, jwt: &SignedJwt) -> Result<Secret, Error> {
    let mut parts = vec![opener.open(&jwt.key)?];
    if let Some(certificate) = &jwt.certificate {
        parts.push(opener.open(certificate)?);
    }
    for written in [&jwt.header, &jwt.claims] {
        parts.extend(Secret::json(written, ""));
    }
    Ok(Secret::from(of(&parts).as_str().to_owned()))
}

/// Another spec's token: the key of that spec, and those of its secrets that are no part of the key.
fn stands_on(
    call: &Call<'_>,
    opener: &mut Opener<'_>,
    specs: &Resolved<'_>,
    parts: &mut Vec<Secret>,
) -> Result<(), Error> {
    parts.push(Secret::from(specs.key().as_str().to_owned()));
    let provider = specs.provider()?;
    let mut sources = Vec::new();
    provider.walk_sources(&mut |source| sources.push(source.clone()));
    for source in sources {
        match &source {
            // What that spec itself keeps there changes with each token.
            Source::Keyring(place) if provider.grant.keyring_entry() == Some(place) => {}
            Source::Keyring(_) | Source::Command(_) => match opener.open(&source) {
                Ok(value) => parts.push(jwt_identity(&value).unwrap_or(value)),
                Err(why) if why.code == Code::SecretMissing => {}
                Err(why) => return Err(why),
            },
            Source::Token(nested) => {
                let below = specs.below(call.world, nested)?;
                stands_on(call, opener, &below, parts)?;
            }
            _ => {}
        }
    }
    Ok(())
}
