//! The plain grants, each with its members.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::{kept_token, source, template};
use crate::grant::Grant;
use crate::grant::answer::{Limit, Location, ResponseFormat, TokenLocation};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::endpoint::{BodyForm, ClientAuthentication, TokenEndpoint};
use crate::grant::jwt_bearer::JwtBearer;
use crate::grant::static_token::{Metadata, StaticToken};
use crate::source::Source;
use crate::time::Expiry;

fn reading(members: &mut Members<'_>) -> Result<ResponseFormat, SpecError> {
    let token = members
        .take("token_pointer")
        .map(|child| place(child.node()))
        .transpose()?;
    let expires = match members.take("expires") {
        None => vec![
            Expiry::Seconds {
                at: "/expires_in".to_owned(),
                relative_to: None,
            },
            Expiry::Jwt,
        ],
        Some(child) => child.node().expiries()?,
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
            .map(|item| limit(item.node()))
            .collect::<Result<_, _>>()?,
    };
    Ok(ResponseFormat {
        token: token
            .unwrap_or_else(|| TokenLocation::At(Location::Pointer("/access_token".to_owned()))),
        expires,
        retry_header,
        limits,
    })
}

/// A refusal that is a limit.
fn limit(node: Node<'_>) -> Result<Limit, SpecError> {
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

/// Where a value is: a JSON pointer, or `{"element": NAME}` in an answer that is XML.
fn spot(node: Node<'_>) -> Result<Location, SpecError> {
    if !node.value().is_object() {
        return source::pointer_text(node).map(Location::Pointer);
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

/// One place, or an object of them: the names of the token's parts and where each lies.
fn place(node: Node<'_>) -> Result<TokenLocation, SpecError> {
    let element = node.value().get("element").and_then(Value::as_str);
    if !node.value().is_object() || element.is_some_and(|name| !name.starts_with('/')) {
        return spot(node).map(TokenLocation::At);
    }
    let parts = node.members()?.rest();
    if parts.is_empty() {
        return Err(node.error("an object names at least one part of the token"));
    }
    let part = |(name, pointer): (String, Child<'_>)| {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(node.error("a part's name is printable ASCII without blanks"));
        }
        Ok((name, spot(pointer.node())?))
    };
    parts
        .into_iter()
        .map(part)
        .collect::<Result<_, _>>()
        .map(TokenLocation::Parts)
}

/// The grant of that name.
pub(super) fn read(name: Node<'_>, members: &mut Members<'_>) -> Result<Grant<Source>, SpecError> {
    let reading = reading(members)?;
    match name.text()? {
        "client_credentials" => client_credentials(members, reading).map(Grant::ClientCredentials),
        "jwt_bearer" => jwt_bearer(members, reading).map(Grant::JwtBearer),
        "http" => http(members, reading),
        "static" => stored(members, reading).map(Grant::StaticToken),
        _ => Err(name.error("there is no such grant")),
    }
}

/// A request as data; with `keep` its token is one of the provider's objects, and the request names it.
fn http(members: &mut Members<'_>, reading: ResponseFormat) -> Result<Grant<Source>, SpecError> {
    let request = template::template(members)?;
    let (_, names) = request.named("");
    match (members.take("keep"), names.len()) {
        (None, 0) => Ok(Grant::Http(request, reading)),
        (None, _) => Err(SpecError::new(
            "/json",
            "only a token that is kept (`keep`) has a unique name",
        )),
        (Some(keep), 1) => {
            let minted = kept_token::read(keep.node(), request, reading)?;
            Ok(Grant::KeptToken(Box::new(minted)))
        }
        (Some(keep), _) => Err(keep
            .node()
            .error("the request's `json` must name the token once, as {\"unique\": TEXT}")),
    }
}

fn jwt_bearer(
    members: &mut Members<'_>,
    reading: ResponseFormat,
) -> Result<JwtBearer<Source>, SpecError> {
    let endpoint = token_endpoint(members)?;
    let assertion = source::read(members.need("assertion")?.node())?;
    let (scope, parameters) = (scope(members)?, parameters(members, &["assertion"])?);
    Ok(JwtBearer {
        endpoint,
        assertion,
        scope,
        parameters,
        reading,
    })
}

fn stored(
    members: &mut Members<'_>,
    reading: ResponseFormat,
) -> Result<StaticToken<Source>, SpecError> {
    let token = source::read(members.need("token")?.node())?;
    let metadata = match members.take("metadata") {
        None => None,
        Some(child) => {
            let mut members = child.node().members()?;
            let template = template::template(&mut members)?;
            let require = template::requirements(&mut members, "require")?;
            members.finish()?;
            Some(Metadata { template, require })
        }
    };
    Ok(StaticToken {
        token,
        metadata,
        reading,
    })
}

/// Words separated by blanks (RFC 6749 §3.3), from a string or an array.
fn scope(members: &mut Members<'_>) -> Result<Option<String>, SpecError> {
    let scope = members.texts("scope")?.join(" ");
    Ok(Some(scope).filter(|scope| !scope.is_empty()))
}

fn client_credentials(
    members: &mut Members<'_>,
    reading: ResponseFormat,
) -> Result<ClientCredentials<Source>, SpecError> {
    let endpoint = token_endpoint(members)?;
    let (scope, parameters) = (
        scope(members)?,
        parameters(members, &["audience", "resource"])?,
    );
    Ok(ClientCredentials {
        endpoint,
        scope,
        audience: members.text("audience")?,
        resource: members.texts("resource")?,
        parameters,
        reading,
    })
}

/// Further parameters; those that have members of their own, `own` among them, are refused.
fn parameters(members: &mut Members<'_>, own: &[&str]) -> Result<Vec<(String, String)>, SpecError> {
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

fn token_endpoint(members: &mut Members<'_>) -> Result<TokenEndpoint<Source>, SpecError> {
    let url = members.need("token_url")?.node().endpoint()?;
    let client_id = members.text("client_id")?;
    let secret = members
        .take("client_secret")
        .map(|child| source::read(child.node()))
        .transpose()?;
    let assertion = members
        .take("client_assertion")
        .map(|child| source::read(child.node()))
        .transpose()?;
    let method = members.text("token_endpoint_auth_method")?;
    let needs = |member: &str, value: Option<Source>| {
        value.ok_or_else(|| SpecError::new("", format!("member `{member}` is missing")))
    };
    use ClientAuthentication::{Assertion, Basic, BasicRaw, None as Public, Post};
    let authentication = match (method.as_deref(), secret, assertion) {
        (_, Some(_), Some(_)) => {
            return Err(SpecError::new(
                "/client_assertion",
                "a client authenticates with a secret or with an assertion, never both (RFC 6749 §2.3)",
            ));
        }
        (None, None, None) | (Some("none"), None, None) => Public,
        (Some("none"), _, _) => {
            return Err(SpecError::new(
                "/token_endpoint_auth_method",
                "`none` takes no secret",
            ));
        }
        (None | Some("client_secret_basic"), secret, None) => {
            Basic(needs("client_secret", secret)?)
        }
        (Some("basic_raw"), secret, None) => BasicRaw(needs("client_secret", secret)?),
        (Some("client_secret_post"), secret, None) => Post(needs("client_secret", secret)?),
        (None | Some("private_key_jwt" | "client_secret_jwt"), None, assertion) => {
            Assertion(needs("client_assertion", assertion)?)
        }
        (Some(_), _, _) => {
            return Err(SpecError::new("/token_endpoint_auth_method", "this way of authentication is not known, or does not go with what the spec gives")
                .hint("known: client_secret_basic, basic_raw, client_secret_post, private_key_jwt and client_secret_jwt with `client_assertion`, none"));
        }
    };
    if client_id.is_none() && !matches!(authentication, Public | Assertion(_)) {
        return Err(SpecError::new("", "member `client_id` is missing"));
    }
    let body = members
        .word(
            "body",
            &[("form", BodyForm::Form), ("json", BodyForm::Json)],
        )?
        .unwrap_or_default();
    Ok(TokenEndpoint {
        url,
        client_id,
        authentication,
        body,
    })
}
