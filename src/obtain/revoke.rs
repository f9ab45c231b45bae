//! Revokes a token at its provider: by RFC 7009, or by a request that the spec describes.
//!
//! The token is sent only to a URL in the spec, or to one at the same origin as the metadata that
//! the spec names.

use serde_json::Value;

use super::call::Call;
use super::opener::Opener;
use super::send;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::grant::encode::NotText;
use crate::grant::response::{self, NoToken, ResponseFormat};
use crate::http::{Method, Request, Response, Transport};
use crate::spec::{Provider, Revocation};
use crate::target::Endpoint;
use crate::time::Timestamp;

/// How the spec's tokens are revoked.
///
/// # Errors
/// [`Code::NotSupported`] if the spec does not say.
pub fn must_be_possible(provider: &Provider) -> Result<&Revocation, Error> {
    provider.revocation.as_ref().ok_or_else(|| {
        Error::new(
            Code::NotSupported,
            "this spec does not say how to revoke a token",
        )
        .hint(
            "set `revocation_url`, `discovery_url` or `revoke` in the spec; `keyfob forget` \
            drops the token from the cache only",
        )
    })
}

/// Revokes one token.
///
/// # Errors
/// The spec does not say how, a secret cannot be read, or the provider refuses.
pub fn revoke(call: &Call<'_>, provider: &Provider, token: &Secret) -> Result<(), Error> {
    let world = call.world;
    let revocation = must_be_possible(provider)?;
    let mut opener = Opener::new(*call).about(token.clone());
    let transport = opener.transport(&provider.connection)?;
    let unsendable = |why: NotText| Error::new(Code::SecretUnreadable, why.to_string());
    let request = match revocation {
        Revocation::Request(template) => template
            .open(&mut |source| opener.open(source))?
            .request(world.now())
            .map_err(unsendable)?,
        Revocation::Rfc7009(url) => rfc7009(&mut opener, provider, url, token)?,
        Revocation::Discovered(metadata) => {
            let url = discovered(call, metadata, &transport)?;
            rfc7009(&mut opener, provider, &url, token)?
        }
    };
    let secrets = opener.opened;
    let done = |answer: &Response, requested_at: Timestamp| match answer.status {
        // A vendor's API answers 404 for a token that is gone. A revocation endpoint answers 200
        // for an unknown token (RFC 7009 §2.2), so there 404 means a wrong URL.
        404 if matches!(revocation, Revocation::Request(_)) => Ok(()),
        _ => match response::parse_success(
            answer,
            &ResponseFormat::without_token(None),
            requested_at,
            &secrets,
        ) {
            // The body of a success is ignored (§2.2) and usually empty. An `error` member is a
            // failure.
            Err(NoToken::Nonsense(_)) => Ok(()),
            other => other.map(|_| ()),
        },
    };
    send::send(world, &request, &transport, call.left(), &secrets, &done)
}

/// Opens only the client's authentication: an assertion of the grant would be signed in vain.
fn rfc7009(
    opener: &mut Opener<'_>,
    provider: &Provider,
    url: &Endpoint,
    token: &Secret,
) -> Result<Request, Error> {
    let endpoint = provider.grant.endpoint().ok_or_else(|| {
        Error::new(
            Code::NotSupported,
            "this grant has no client that could authenticate the revocation",
        )
    })?;
    let endpoint = endpoint.open(&mut |source| opener.open(source))?;
    endpoint
        .revocation_request(url, token)
        .map_err(|why| Error::new(Code::SecretUnreadable, why.to_string()))
}

/// `revocation_endpoint` of the provider's metadata (RFC 8414 §2).
fn discovered(
    call: &Call<'_>,
    metadata: &Endpoint,
    transport: &Transport,
) -> Result<Endpoint, Error> {
    let accept = Secret::from("application/json".to_owned());
    let request = Request {
        method: Method::Get,
        endpoint: metadata.clone(),
        headers: vec![("accept".to_owned(), accept)],
        body: None,
        repeatable: true,
    };
    let read = |answer: &Response, requested_at: Timestamp| {
        let body = response::parse_success(
            answer,
            &ResponseFormat::without_token(None),
            requested_at,
            &[],
        )?;
        Ok(revocation_endpoint(&body, metadata))
    };
    send::send(call.world, &request, transport, call.left(), &[], &read)?.map_err(|why| {
        let sentence = format!("{}: the metadata's {why}", metadata.without_query());
        Error::new(Code::ProviderNonsense, sentence)
            .hint("`revocation_url` names the endpoint itself")
    })
}

/// The endpoint must be at the metadata's own origin: a token is sent nowhere else.
fn revocation_endpoint(body: &Value, metadata: &Endpoint) -> Result<Endpoint, String> {
    let url = body.get("revocation_endpoint").and_then(Value::as_str);
    let url = url.ok_or_else(|| "revocation_endpoint is missing".to_owned())?;
    let url =
        Endpoint::parse(url).map_err(|why| format!("revocation_endpoint cannot be used: {why}"))?;
    if url.origin() == metadata.origin() {
        Ok(url)
    } else {
        Err("revocation_endpoint is at another origin".to_owned())
    }
}
