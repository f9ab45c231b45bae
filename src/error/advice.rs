//! Hints for a refusal by a provider.
//!
//! A hint uses the terms of the authentication in use and the members that the user wrote, says
//! where each secret is stored, and how to replace it. It never shows a secret, because a source
//! holds only the location. Where nothing fits there is no hint.

use super::Concern;
use crate::grant::Grant;
use crate::grant::endpoint::ClientAuthentication;
use crate::grant::response::{Refusal, RefusalKind};
use crate::grant::template::Template;
use crate::grant::token_request::TokenRequest;
use crate::source::Source;
use crate::spec::{Provider, Spec};

/// The hint for a refusal, if its error code or HTTP status suggests one whatever the spec says.
#[must_use]
pub fn on_refusal(refusal: &Refusal) -> Option<&'static str> {
    match (refusal.kind, refusal.code.as_deref()) {
        (RefusalKind::Refused, Some("invalid_scope")) => {
            Some("ask for scopes that the provider granted to this client")
        }
        (RefusalKind::Refused, Some("invalid_target")) => Some("check `resource` and `audience`"),
        (RefusalKind::RateLimited | RefusalKind::Unavailable, _)
            if refusal.retry_after.is_some() =>
        {
            Some("try again later; no token is requested before that")
        }
        (RefusalKind::RateLimited | RefusalKind::Unavailable, _) => Some("try again later"),
        _ if refusal.withheld => Some(
            "the provider's own log says what it answered; keyfob never shows such words, not \
             even with -v",
        ),
        _ => None,
    }
}

/// The hint for an answer of the provider that is about this part of the spec.
#[must_use]
pub fn on_concern(
    concern: Concern,
    status: Option<u16>,
    spec: &Spec,
    provider: &Provider,
) -> Option<String> {
    match concern {
        Concern::Credentials => on_credentials(spec, provider, status),
        Concern::Request => on_request(spec, &provider.grant, status),
        Concern::Url | Concern::Redirect | Concern::Grant | Concern::Token => {
            on_members(spec, concern)
        }
    }
}

/// The hint about members of the spec, if the user wrote one that can be wrong.
fn on_members(spec: &Spec, concern: Concern) -> Option<String> {
    if concern == Concern::Token {
        let members = list(&spec.members_for(&["/token_pointer"]));
        return match spec.is_plain() {
            true => {
                Some("`token_pointer` in the spec says where the response has the token".into())
            }
            false => members.map(|members| format!("check {members} in the spec")),
        };
    }
    let urls = list(&spec.members_for(&["/token_url", "/url", "/metadata/url"]));
    Some(match (concern, urls) {
        (Concern::Redirect, Some(urls)) => {
            format!("credentials are never sent after a redirect; put the final URL into {urls}")
        }
        (Concern::Redirect, None) => "credentials are never sent after a redirect".to_owned(),
        (Concern::Grant, Some(urls)) => format!("check {urls} and the kind of client"),
        (Concern::Grant, None) => "check the kind of client".to_owned(),
        (_, urls) => format!("check {} in the spec", urls?),
    })
}

/// Names in backticks: `a`, `b` and `c`. `None` if there are none.
fn list(names: &[String]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, before) = quoted.split_last()?;
    Some(match before.is_empty() {
        true => last.clone(),
        false => format!("{} and {last}", before.join(", ")),
    })
}

/// The hint for rejected credentials: what to check, where each secret is stored, and how to
/// replace it.
fn on_credentials(spec: &Spec, provider: &Provider, status: Option<u16>) -> Option<String> {
    let Grant::OAuth(grant) = &provider.grant else {
        return on_request(spec, &provider.grant, status);
    };
    let certificate = provider.connection.client_certificate.as_ref();
    let certificate = certificate.map(|(certificate, _)| certificate);
    let besides = on_tokens(grant).unwrap_or_else(|| "`client_id`".to_owned());
    Some(on_client(spec, grant, certificate, &besides))
}

/// The hint for a request that is refused, if the spec describes it.
fn on_request(spec: &Spec, grant: &Grant<Source>, status: Option<u16>) -> Option<String> {
    match grant {
        Grant::OAuth(_) => None,
        Grant::Http(template, _) => on_template(spec, template, status),
        Grant::KeptToken(grant) => on_template(spec, &grant.create, status),
        Grant::StaticToken(grant) => match &grant.metadata {
            Some(metadata) => on_template(spec, &metadata.template, status),
            None => Some(format!("check the stored token ({})", place(&grant.token))),
        },
    }
}

/// Where a value comes from, and how to put another one there.
fn place(source: &Source) -> String {
    let how = match source.how_to_set() {
        None => return source.describe(),
        Some(how) => how,
    };
    let replaces = match how.strip_prefix("keyfob ") {
        Some(_) => format!("`{how}` replaces it"),
        None => format!("{how} to replace it"),
    };
    format!("{}; {replaces}", source.describe())
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
        format!("the {name} ({})", place(source))
    });
    let tokens: Vec<String> = tokens.collect();
    Some(tokens.join(" and ")).filter(|tokens| !tokens.is_empty())
}

fn on_client(
    spec: &Spec,
    grant: &TokenRequest<Source>,
    certificate: Option<&Source>,
    besides: &str,
) -> String {
    use ClientAuthentication::{Assertion, Basic, BasicRaw, None, Post};
    let secret = |source: &Source, others: &str| {
        // A preset knows what its server wants.
        let wants = match spec.is_plain() {
            true => format!(", does this server want {others}?"),
            false => "?".to_owned(),
        };
        format!(
            "check {besides} and the client secret ({}): has it expired, was it replaced{wants}",
            place(source)
        )
    };
    match &grant.endpoint.authentication {
        None => match certificate {
            Some(certificate) => format!(
                "check {besides} and the client certificate ({}): has it expired, does the server \
                 know it?",
                place(certificate)
            ),
            Option::None => format!("check {besides}; the client itself sends no secret"),
        },
        Basic(source) => secret(source, "basic_raw or client_secret_post"),
        BasicRaw(source) => secret(source, "client_secret_basic or client_secret_post"),
        Post(source) => secret(source, "client_secret_basic or basic_raw"),
        Assertion(source) => {
            let question = match source {
                Source::Jwt(_) => {
                    "does the server know its key, and does it want these `iss`, `sub` and `aud`?"
                }
                _ => "does the server trust its issuer, its subject and its audience?",
            };
            let assertion = place(source);
            format!("check {besides} and the client's assertion ({assertion}): {question}")
        }
    }
}

/// The hint for a request that a spec describes: each secret in it, by its member. Of a request
/// that may not do what it asks for, also what the path is made from.
fn on_template(spec: &Spec, template: &Template<Source>, status: Option<u16>) -> Option<String> {
    let mut sources: Vec<Source> = Vec::new();
    template.walk(&mut |source| {
        if !sources.contains(source) && !matches!(source, Source::Public(_)) {
            sources.push(source.clone());
        }
    });
    let named = sources.iter().map(|source| match spec.member_with(source) {
        Some(member) => format!("`{member}` ({})", place(source)),
        None if spec.is_plain() => place(source),
        // A preset's own source: what the machine or the job is given.
        None => source.describe(),
    });
    let named: Vec<String> = named.collect();
    let all = named.join(", ");
    let ask = |source: &Source| question(source, spec.member_with(source));
    let question = match template.aws.is_some() {
        true => ": has the key expired, may it do this?",
        false => sources.iter().find_map(ask).unwrap_or_default(),
    };
    let path = list(&spec.path_members()).filter(|_| status == Some(403));
    let path = path.map(|path| format!("{path}, and ")).unwrap_or_default();
    match (all.is_empty(), spec.is_plain()) {
        (true, true) => Some("the request sends no secret; check its headers and its body".into()),
        (true, false) => None,
        (false, _) => Some(format!(
            "check {path}what the request sends: {all}{question}"
        )),
    }
}

/// What to ask about a value that is a token or signed.
fn question(source: &Source, member: Option<&str>) -> Option<&'static str> {
    const TRUST: &str = ": does the server trust its issuer, its audience and its subject?";
    match (source, member) {
        (Source::Jwt(_), _) => Some(": does the server know its key and these claims?"),
        (Source::Token(_), _) | (_, Some("jwt" | "subject_token" | "assertion")) => Some(TRUST),
        _ => None,
    }
}
