//! Two digests: of the request and of the secrets with which a kept token was created.
//!
//! A token is not handed out for another tenant's request, or with another account's secrets. The
//! digests do not reveal the secrets, and are stored in the keyring beside the token.

use super::super::call::Call;
use super::super::opener::Opener;
use super::super::resolved::Resolved;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::grant::kept_token::{KeptToken, jwt_identity};
use crate::http::Request;
use crate::source::{SignedJwt, Source, Text};
use crate::time::Timestamp;
use crate::world::cache::CacheKey;

/// The request that creates a token, without its secrets, its time and its unique name.
pub(super) fn of_request(grant: &KeptToken<Source>) -> Result<String, Error> {
    let nothing = &mut |_: &Source| Ok::<_, Error>(Secret::new(Vec::new()));
    let mut template = grant.create.open(nothing)?;
    // No key is open here, so nothing is signed: region and service stand for the signature.
    let aws = template.aws.take();
    let scope = aws.map(|aws| format!("{}/{}", aws.region, aws.service));
    let request = template.request(Timestamp::from_unix(0));
    request
        .map(|request| digest(&request, scope.as_deref()))
        .map_err(|why| Error::new(Code::SpecInvalid, why.to_string()))
}

fn digest(request: &Request, scope: Option<&str>) -> String {
    let url = request.endpoint.url();
    let mut parts = vec![request.method.as_str().as_bytes(), url.as_bytes()];
    parts.extend(scope.map(str::as_bytes));
    for (name, value) in &request.headers {
        parts.extend([name.as_bytes(), value.expose()]);
    }
    parts.push(request.body.as_ref().map_or(&[][..], Secret::expose));
    CacheKey::of(&parts).as_str().to_owned()
}

/// The secrets in the request, in order.
pub(super) fn of_secrets(
    call: &Call<'_>,
    opener: &mut Opener<'_>,
    grant: &KeptToken<Source>,
) -> Result<String, Error> {
    let mut sources = Vec::new();
    grant
        .create
        .walk(&mut |source| sources.push(source.clone()));
    let parts = sources
        .iter()
        .map(|source| identity_of(call, opener, source))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(of(&parts).as_str().to_owned())
}

fn of(parts: &[Secret]) -> CacheKey {
    CacheKey::with_secrets(&[], parts)
}

/// The part of a source's value that stays the same for the same account. A value that is created
/// for each call is identified by what it is created from, and a JWT by its subject.
fn identity_of(call: &Call<'_>, opener: &mut Opener<'_>, source: &Source) -> Result<Secret, Error> {
    match source {
        Source::Jwt(jwt) => signed_jwt_identity(call, opener, jwt),
        Source::Presigned(presigned) => {
            let (signature, url) = (&presigned.signature, presigned.url.url());
            let written = [&signature.service, &signature.region, &url].map(String::clone);
            let headers = presigned.headers.iter();
            let headers = headers.map(|(name, value)| match value {
                Text::Written(value) => format!("{name}: {value}"),
                Text::From(_) => name.clone(),
            });
            let mut parts: Vec<Secret> = written
                .into_iter()
                .chain(headers)
                .map(Secret::from)
                .collect();
            for source in presigned.sources() {
                parts.push(identity_of(call, opener, source)?);
            }
            Ok(Secret::from(of(&parts).as_str().to_owned()))
        }
        Source::Base64Url { of: source, .. } | Source::Public(source) => {
            identity_of(call, opener, source)
        }
        Source::Pointer { pointer, of }
            if matches!(**of, Source::Token(_) | Source::FirstOf(_)) =>
        {
            let parts = [
                Secret::from(pointer.clone()),
                identity_of(call, opener, of)?,
            ];
            Ok(Secret::from(self::of(&parts).as_str().to_owned()))
        }
        Source::Token(nested) => {
            let below = call.specs.below(call.world, nested)?;
            let mut parts = Vec::new();
            add_chain(call, opener, &below, &mut parts)?;
            Ok(Secret::from(of(&parts).as_str().to_owned()))
        }
        Source::FirstOf(sources) => {
            for source in sources {
                match identity_of(call, opener, source) {
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

/// A JWT that keyfob signs: its key, its header and claims as in the spec, and what their texts are
/// made from.
fn signed_jwt_identity(
    call: &Call<'_>,
    opener: &mut Opener<'_>,
    jwt: &SignedJwt,
) -> Result<Secret, Error> {
    let mut parts = vec![opener.open(&jwt.key)?];
    if let Some(certificate) = &jwt.certificate {
        parts.push(opener.open(certificate)?);
    }
    for written in [&jwt.header, &jwt.claims] {
        parts.extend(Secret::json(written, ""));
    }
    for text in &jwt.texts {
        parts.push(Secret::from(text.at.clone()));
        parts.push(identity_of(call, opener, &text.source)?);
    }
    Ok(Secret::from(of(&parts).as_str().to_owned()))
}

/// Another spec's token: that spec's cache key, and those of its secrets that are not part of the
/// key.
fn add_chain(
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
            // The entry in which that spec keeps its own tokens changes with each of them.
            Source::Keyring(entry) if provider.grant.keyring_entry() == Some(entry) => {}
            Source::Keyring(_) | Source::Command(_) => match opener.open(&source) {
                Ok(value) => parts.push(jwt_identity(&value).unwrap_or(value)),
                Err(why) if why.code == Code::SecretMissing => {}
                Err(why) => return Err(why),
            },
            Source::Token(nested) => {
                let below = specs.below(call.world, nested)?;
                add_chain(call, opener, &below, parts)?;
            }
            _ => {}
        }
    }
    Ok(())
}
