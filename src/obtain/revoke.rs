//! Gives a token back to its provider: RFC 7009, or a request of the vendor's own. What is sent a token is the spec's own URL, or one at the
//! origin of the metadata that the spec names.

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

/// Whether the spec says how.
///
/// # Errors
/// It does not.
pub fn must_be_possible(provider: &Provider) -> Result<&Revocation, Error> {
    provider.revocation.as_ref().ok_or_else(|| {
        Error::new(Code::NotSupported, "this spec says no way to give a token back")
            .hint("`revocation_url`, `discovery_url` or `revoke` in the spec says how; `keyfob forget` drops it here")
    })
}

/// Gives one token back.
///
/// # Errors
/// The provider has no way to take it back, or refuses.
pub fn revoke(call: &Call<'_>, provider: &Provider, token: &Secret) -> Result<(), Error> {
    let world = call.world;
    let revocation = must_be_possible(provider)?;
    let mut keys = Opener::new(*call).about(token.clone());
    let transport = keys.transport(&provider.connection)?;
    let unsendable = |why: NotText| Error::new(Code::SecretUnreadable, why.to_string());
    let request = match revocation {
        Revocation::Request(template) => template
            .open(&mut |source| keys.open(source))?
            .request(world.now())
            .map_err(unsendable)?,
        Revocation::Rfc7009(url) => rfc7009(&mut keys, provider, url, token)?,
        Revocation::Discovered(metadata) => {
            let url = discovered(call, metadata, &transport)?;
            rfc7009(&mut keys, provider, &url, token)?
        }
    };
    let secrets = keys.opened;
    let done = |answer: &Response, asked_at: Timestamp| match answer.status {
        // For a vendor's own request, what is gone is done; a revocation endpoint answers 200 for unknown tokens (RFC 7009 §2.2), so its 404 is a wrong URL.
        404 if matches!(revocation, Revocation::Request(_)) => Ok(()),
        _ => match response::parse_success(
            answer,
            &ResponseFormat::without_token(None),
            asked_at,
            &secrets,
        ) {
            // What a success says besides is ignored (§2.2), and as a rule it says nothing; but one with an `error` is none.
            Err(NoToken::Nonsense(_)) => Ok(()),
            other => other.map(|_| ()),
        },
    };
    send::send(world, &request, &transport, call.left(), &secrets, &done)
}

/// The client's own authentication is opened, and nothing else of the grant: an assertion would be signed for nothing.
fn rfc7009(
    keys: &mut Opener<'_>,
    provider: &Provider,
    url: &Endpoint,
    token: &Secret,
) -> Result<Request, Error> {
    let endpoint = provider.grant.endpoint().ok_or_else(|| {
        Error::new(
            Code::NotSupported,
            "this grant has no client to authenticate with",
        )
    })?;
    let endpoint = endpoint.open(&mut |source| keys.open(source))?;
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
    let read = |answer: &Response, asked_at: Timestamp| {
        let body =
            response::parse_success(answer, &ResponseFormat::without_token(None), asked_at, &[])?;
        Ok(revocation_endpoint(&body, metadata))
    };
    send::send(call.world, &request, transport, call.left(), &[], &read)?.map_err(|why| {
        let sentence = format!("{}: the metadata's {why}", metadata.without_query());
        Error::new(Code::ProviderNonsense, sentence)
            .hint("`revocation_url` names the endpoint itself")
    })
}

/// It must lie at the metadata's own origin: nobody else is sent a token.
fn revocation_endpoint(body: &Value, metadata: &Endpoint) -> Result<Endpoint, String> {
    let url = body.get("revocation_endpoint").and_then(Value::as_str);
    let url = url.ok_or_else(|| "revocation_endpoint is missing".to_owned())?;
    let url =
        Endpoint::parse(url).map_err(|why| format!("revocation_endpoint cannot be used: {why}"))?;
    if url.origin() == metadata.origin() {
        Ok(url)
    } else {
        Err("revocation_endpoint lies at another origin".to_owned())
    }
}
