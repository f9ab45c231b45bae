//! Parses the members of each plain grant.

use serde_json::Value;

use super::members::Members;
use super::node::{Node, SpecError};
use super::response_format::parse_response_format;
use super::token_endpoint::parse_token_endpoint;
use super::{check, kept_token, source, template};
use crate::grant::response::{Location, ResponseFormat, TokenLocation};
use crate::grant::static_token::{Metadata, StaticToken};
use crate::grant::token_exchange::{TYPE_PREFIX, TYPES};
use crate::grant::token_request::{Kind, OAuthGrant, Parameter, TokenRequest};
use crate::grant::{Grant, client_credentials, jwt_bearer, token_exchange};
use crate::source::Source;

/// The grants of OAuth.
pub(super) static OAUTH_GRANTS: [&OAuthGrant; 3] = [
    &client_credentials::GRANT,
    &jwt_bearer::GRANT,
    &token_exchange::GRANT,
];

/// Parses the grant of this name.
pub(super) fn parse_grant(
    name: Node<'_>,
    members: &mut Members<'_>,
) -> Result<Grant<Source>, SpecError> {
    let response_format = parse_response_format(members)?;
    match name.text()? {
        "http" => parse_http(members, response_format),
        "static" => parse_static(members, response_format).map(Grant::StaticToken),
        text => match OAUTH_GRANTS.iter().find(|grant| grant.name == text) {
            Some(grant) => parse_token_request(grant, members, response_format),
            None => Err(name.error("there is no such grant")),
        },
    }
}

/// Parses a request as data. With `keep` the token is an object at the provider, and the request
/// has its name.
fn parse_http(
    members: &mut Members<'_>,
    mut response_format: ResponseFormat,
) -> Result<Grant<Source>, SpecError> {
    let request = template::parse_template(members)?;
    response_format.require = check::parse_requirements(members, "require")?;
    let (_, names) = request.with_unique_suffix("");
    match (members.take("keep"), names.len()) {
        (None, 0) => Ok(Grant::Http(request, response_format)),
        (None, _) => Err(SpecError::new(
            "/json",
            "`unique` needs `keep`: only a kept token has a name",
        )),
        (Some(keep), 1) => {
            let kept_token = kept_token::parse_keep(keep.node(), request, response_format)?;
            Ok(Grant::KeptToken(Box::new(kept_token)))
        }
        (Some(keep), _) => Err(keep
            .node()
            .error("the request's `json` must name the token once, as {\"unique\": TEXT}")),
    }
}

fn parse_static(
    members: &mut Members<'_>,
    response_format: ResponseFormat,
) -> Result<StaticToken<Source>, SpecError> {
    let token = source::parse_source(members.need("token")?.node())?;
    let metadata = match members.take("metadata") {
        None => None,
        Some(child) => {
            let mut members = child.node().members()?;
            let template = template::parse_template(&mut members)?;
            let require = check::parse_requirements(&mut members, "require")?;
            members.finish()?;
            Some(Metadata { template, require })
        }
    };
    if metadata.is_none() && response_format.username.is_some() {
        let why = "no request is made, so no answer holds a user name";
        return Err(SpecError::new("/username", why)
            .hint("write the name itself, or the request that answers with it as `metadata`"));
    }
    use Location::{Basic, Header, Text};
    if let TokenLocation::At(Text | Header(_) | Basic(_)) = response_format.token {
        let why = "the token is the value of `token`, and is not in an answer";
        return Err(SpecError::new("/token_pointer", why));
    }
    Ok(StaticToken {
        token,
        metadata,
        response_format,
    })
}

/// The parameters that every OAuth grant writes itself.
const CLIENT_PARAMETERS: &[&str] = &[
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// Parses an OAuth grant: the token endpoint, its client, and the parameters of the grant.
fn parse_token_request(
    grant: &'static OAuthGrant,
    members: &mut Members<'_>,
    mut response_format: ResponseFormat,
) -> Result<Grant<Source>, SpecError> {
    let endpoint = parse_token_endpoint(members)?;
    let mut parameters = Vec::new();
    for (name, kind, is_required) in grant.parameters {
        let child = match is_required {
            true => Some(members.need(name)?),
            false => members.take(name),
        };
        let Some(child) = child else { continue };
        let parameter = match kind {
            Kind::Token => Parameter::Token(source::parse_source(child.node())?),
            Kind::TokenType => Parameter::Text(parse_token_type(child.node())?),
            Kind::Texts => parse_texts(child.node())?,
            // An empty list asks for no scope.
            Kind::Scope if child.node().value() == &Value::Array(Vec::new()) => continue,
            Kind::Scope => Parameter::Text(child.node().texts()?.join(" ")),
        };
        parameters.push(((*name).to_owned(), parameter));
    }
    let has = |wanted| parameters.iter().any(|(name, _)| name == wanted);
    if has("actor_token") != has("actor_token_type") {
        return Err(SpecError::new(
            "",
            "`actor_token` and `actor_token_type` need each other (RFC 8693 §2.1)",
        ));
    }
    if let Some(child) = members.take("parameters") {
        for (name, child) in child.node().members()?.rest() {
            let own = grant.parameters.iter().map(|(own, ..)| own);
            let mut own = own.chain(CLIENT_PARAMETERS);
            if own.any(|own| *own == name) {
                return Err(child.node().error("this parameter has a member of its own"));
            }
            parameters.push((name, parse_texts(child.node())?));
        }
    }
    let token_types = grant.token_types.iter().map(|name| (*name).to_owned());
    response_format.token_types.extend(token_types);
    Ok(Grant::OAuth(TokenRequest {
        grant,
        endpoint,
        parameters,
        response_format,
    }))
}

/// Parses a text, or a list of texts that is not empty.
fn parse_texts(node: Node<'_>) -> Result<Parameter<Source>, SpecError> {
    if !node.value().is_array() {
        return node.text().map(|text| Parameter::Text(text.to_owned()));
    }
    node.texts().map(Parameter::List)
}

/// Parses a token type (RFC 8693 §3): an absolute URI, or the last word of a registered one.
fn parse_token_type(node: Node<'_>) -> Result<String, SpecError> {
    let text = node.text()?;
    if TYPES.contains(&text) {
        return Ok(format!("{TYPE_PREFIX}{text}"));
    }
    let scheme = text.split_once(':').filter(|(_, rest)| !rest.is_empty());
    let is_scheme = scheme.is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    match is_scheme && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err(node
            .error("a token type is an absolute URI (RFC 8693 §3), or a word for one")
            .hint(format!("the words are: {}", TYPES.join(", ")))),
    }
}
