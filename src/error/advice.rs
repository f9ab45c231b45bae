//! Hints for a refusal by a provider.
//!
//! A hint about credentials uses the terms of the authentication in use, and says where each secret
//! is stored. It never shows a secret, because a source holds only the location.

use crate::grant::Grant;
use crate::grant::endpoint::{ClientAuthentication, TokenEndpoint};
use crate::grant::response::{Refusal, RefusalKind};
use crate::grant::template::Template;
use crate::grant::token_request::TokenRequest;
use crate::source::Source;

/// The hint for a refusal, if its error code or HTTP status suggests one.
#[must_use]
pub fn on_refusal(refusal: &Refusal) -> Option<&'static str> {
    match (refusal.kind, refusal.code.as_deref(), refusal.status) {
        (RefusalKind::Refused, Some("invalid_scope"), _) => {
            Some("ask for scopes that the provider granted to this client")
        }
        (RefusalKind::Refused, Some("invalid_target"), _) => {
            Some("check `resource` and `audience`")
        }
        (RefusalKind::Refused, Some("unsupported_grant_type"), _) => {
            Some("check `token_url` and the kind of client")
        }
        (RefusalKind::Refused, None, 300..=399) => {
            Some("credentials are never sent after a redirect; put the final URL into `token_url`")
        }
        (RefusalKind::Refused, None, 404 | 405) => {
            Some("check the URL: `base_url`, `token_url` or `url` in the spec")
        }
        (RefusalKind::RateLimited | RefusalKind::Unavailable, ..)
            if refusal.retry_after.is_some() =>
        {
            Some("try again later; no token is requested before that")
        }
        (RefusalKind::RateLimited | RefusalKind::Unavailable, ..) => Some("try again later"),
        _ if refusal.withheld => Some(
            "the provider's own log says what it answered; keyfob never shows such words, not \
             even with -v",
        ),
        _ => None,
    }
}

/// The hint for rejected credentials: what to check, and where each secret is stored.
#[must_use]
pub fn on_credentials(grant: &Grant<Source>) -> String {
    match grant {
        Grant::OAuth(grant) => match on_tokens(grant) {
            Some(tokens) => on_client(&grant.endpoint, &tokens),
            None => on_client(&grant.endpoint, "`client_id`"),
        },
        Grant::Http(template, _) => on_template(template),
        Grant::KeptToken(grant) => on_template(&grant.create),
        Grant::StaticToken(grant) => match &grant.metadata {
            Some(metadata) => on_template(&metadata.template),
            None => format!("check the stored token ({})", grant.token.describe()),
        },
    }
}

/// The hint for a token that a token exchange sent and the provider did not accept. RFC 8693 §2.2.2
/// has no error code for that alone.
#[must_use]
pub fn on_exchanged_token(grant: &Grant<Source>) -> Option<String> {
    let Grant::OAuth(grant) = grant else {
        return None;
    };
    let tokens = on_tokens(grant).filter(|_| grant.grant.exchanges())?;
    Some(format!(
        "check {tokens}: has it expired, is its type the one in the spec, does the server trust \
         its issuer, its audience and its subject?"
    ))
}

/// The tokens that a grant sends, and where each comes from.
fn on_tokens(grant: &TokenRequest<Source>) -> Option<String> {
    let tokens = grant.tokens().map(|(name, source)| {
        let name = name.replace('_', " ");
        format!("the {name} ({})", source.describe())
    });
    let tokens: Vec<String> = tokens.collect();
    Some(tokens.join(" and ")).filter(|tokens| !tokens.is_empty())
}

fn on_client(endpoint: &TokenEndpoint<Source>, besides: &str) -> String {
    use ClientAuthentication::{Assertion, Basic, BasicRaw, None, Post};
    let secret = |source: &Source, others: &str| {
        format!(
            "check {besides} and the client secret ({}): has it expired, was it replaced, does \
             this server want {others}?",
            source.describe()
        )
    };
    match &endpoint.authentication {
        None => format!("check {besides}; the client itself sends no secret"),
        Basic(source) => secret(source, "basic_raw or client_secret_post"),
        BasicRaw(source) => secret(source, "client_secret_basic or client_secret_post"),
        Post(source) => secret(source, "client_secret_basic or basic_raw"),
        Assertion(source) => format!(
            "check {besides} and the client's assertion ({}): does the server know its key, and \
             does it want these `iss`, `sub` and `aud`?",
            source.describe()
        ),
    }
}

fn on_template(template: &Template<Source>) -> String {
    let mut places = Vec::new();
    template.walk(&mut |source| places.push(source.describe()));
    let places = places.join(", ");
    match places.is_empty() {
        true => "the request sends no secret; check its headers and its body".to_owned(),
        false => format!("check what the request sends: {places}"),
    }
}
