//! Parses the members of each plain grant.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::token_endpoint::parse_token_endpoint;
use super::{kept_token, source, template};
use crate::grant::Grant;
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::jwt_bearer::JwtBearer;
use crate::grant::response::{Limit, Location, ResponseFormat, TokenLocation};
use crate::grant::static_token::{Metadata, StaticToken};
use crate::source::Source;
use crate::time::ExpiryRule;

fn parse_response_format(members: &mut Members<'_>) -> Result<ResponseFormat, SpecError> {
    let token = members
        .take("token_pointer")
        .map(|child| parse_token_location(child.node()))
        .transpose()?;
    let expiry_rules = match members.take("expires") {
        None => vec![
            ExpiryRule::Seconds {
                at: "/expires_in".to_owned(),
                relative_to: None,
            },
            ExpiryRule::Jwt,
        ],
        Some(child) => child.node().expiry_rules()?,
    };
    let retry_header = members
        .text("retry_header")?
        .map(|name| name.to_ascii_lowercase());
    let limits = match members.take("limits") {
        None => Vec::new(),
        Some(child) => child
            .node()
            .items()?
            .iter()
            .map(|item| parse_limit(item.node()))
            .collect::<Result<_, _>>()?,
    };
    Ok(ResponseFormat {
        token: token
            .unwrap_or_else(|| TokenLocation::At(Location::Pointer("/access_token".to_owned()))),
        expiry_rules,
        retry_header,
        limits,
    })
}

/// Parses an entry of `limits`.
fn parse_limit(node: Node<'_>) -> Result<Limit, SpecError> {
    let mut members = node.members()?;
    let status = members.need("status")?;
    let number = status.node().number(599)?;
    let status = u16::try_from(number)
        .ok()
        .filter(|status| *status >= 400)
        .ok_or_else(|| status.node().error("a refusal's status is 400 to 599"))?;
    let says = members.need("says")?.node().text()?.to_owned();
    let hint = members.need("hint")?.node().text()?.to_owned();
    members.finish()?;
    Ok(Limit { status, says, hint })
}

/// Parses a location: a JSON pointer, or `{"element": NAME}` for an XML response.
fn parse_location(node: Node<'_>) -> Result<Location, SpecError> {
    if !node.value().is_object() {
        return source::parse_pointer(node).map(Location::Pointer);
    }
    let mut members = node.members()?;
    let element = members.need("element")?;
    let name = element.node().text()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(element.node().error("the bare name of an XML element"));
    }
    members.finish()?;
    Ok(Location::Element(name.to_owned()))
}

/// Parses the location of a token, or an object with the location of each part.
fn parse_token_location(node: Node<'_>) -> Result<TokenLocation, SpecError> {
    let element = node.value().get("element").and_then(Value::as_str);
    if !node.value().is_object() || element.is_some_and(|name| !name.starts_with('/')) {
        return parse_location(node).map(TokenLocation::At);
    }
    let parts = node.members()?.rest();
    if parts.is_empty() {
        return Err(node.error("an object names at least one part of the token"));
    }
    let part = |(name, pointer): (String, Child<'_>)| {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(node.error("a part's name is printable ASCII without blanks"));
        }
        Ok((name, parse_location(pointer.node())?))
    };
    parts
        .into_iter()
        .map(part)
        .collect::<Result<_, _>>()
        .map(TokenLocation::Parts)
}

/// Parses the grant of this name.
pub(super) fn parse_grant(
    name: Node<'_>,
    members: &mut Members<'_>,
) -> Result<Grant<Source>, SpecError> {
    let response_format = parse_response_format(members)?;
    match name.text()? {
        "client_credentials" => {
            parse_client_credentials(members, response_format).map(Grant::ClientCredentials)
        }
        "jwt_bearer" => parse_jwt_bearer(members, response_format).map(Grant::JwtBearer),
        "http" => parse_http(members, response_format),
        "static" => parse_static(members, response_format).map(Grant::StaticToken),
        _ => Err(name.error("there is no such grant")),
    }
}

/// Parses a request as data. With `keep` the token is an object at the provider, and the request
/// has its name.
fn parse_http(
    members: &mut Members<'_>,
    response_format: ResponseFormat,
) -> Result<Grant<Source>, SpecError> {
    let request = template::parse_template(members)?;
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

fn parse_jwt_bearer(
    members: &mut Members<'_>,
    response_format: ResponseFormat,
) -> Result<JwtBearer<Source>, SpecError> {
    let endpoint = parse_token_endpoint(members)?;
    let assertion = source::parse_source(members.need("assertion")?.node())?;
    let (scope, parameters) = (
        parse_scope(members)?,
        parse_parameters(members, &["assertion"])?,
    );
    Ok(JwtBearer {
        endpoint,
        assertion,
        scope,
        parameters,
        response_format,
    })
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
            let require = template::parse_requirements(&mut members, "require")?;
            members.finish()?;
            Some(Metadata { template, require })
        }
    };
    Ok(StaticToken {
        token,
        metadata,
        response_format,
    })
}

/// Parses scopes, a string or an array, to a string separated by blanks (RFC 6749 §3.3).
fn parse_scope(members: &mut Members<'_>) -> Result<Option<String>, SpecError> {
    let scope = members.texts("scope")?.join(" ");
    Ok(Some(scope).filter(|scope| !scope.is_empty()))
}

fn parse_client_credentials(
    members: &mut Members<'_>,
    response_format: ResponseFormat,
) -> Result<ClientCredentials<Source>, SpecError> {
    let endpoint = parse_token_endpoint(members)?;
    let (scope, parameters) = (
        parse_scope(members)?,
        parse_parameters(members, &["audience", "resource"])?,
    );
    Ok(ClientCredentials {
        endpoint,
        scope,
        audience: members.text("audience")?,
        resource: members.texts("resource")?,
        parameters,
        response_format,
    })
}

/// Parses `parameters`. Parameters with a member of their own are rejected, and so are those in
/// `own`.
fn parse_parameters(
    members: &mut Members<'_>,
    own: &[&str],
) -> Result<Vec<(String, String)>, SpecError> {
    let mut parameters = Vec::new();
    if let Some(child) = members.take("parameters") {
        for (name, child) in child.node().members()?.rest() {
            let taken = [
                "grant_type",
                "client_id",
                "client_secret",
                "client_assertion",
                "client_assertion_type",
                "scope",
            ];
            if taken.iter().chain(own).any(|taken| *taken == name) {
                return Err(child.node().error("this parameter has a member of its own"));
            }
            parameters.extend(
                child
                    .node()
                    .texts()?
                    .into_iter()
                    .map(|value| (name.clone(), value)),
            );
        }
    }
    Ok(parameters)
}
