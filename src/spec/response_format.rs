//! Parses where a response holds the token, its user name and its expiry.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::source;
use crate::grant::response::{
    Limit, Location, ResponseFormat, TokenLocation, is_not_applicable, needs_proof,
};
use crate::http::is_field_name;
use crate::time::ExpiryRule;

/// Parses the members about the response.
pub(super) fn parse_response_format(
    members: &mut Members<'_>,
) -> Result<ResponseFormat, SpecError> {
    let token = members
        .take("token_pointer")
        .map(|child| parse_token_location(child.node()))
        .transpose()?
        .unwrap_or_else(|| TokenLocation::At(Location::Pointer("/access_token".to_owned())));
    let username = members.take("username");
    let username = username.filter(|child| child.node().value().is_object());
    let username = match &username {
        None => None,
        Some(child) => {
            let location = parse_location(child.node(), &["pointer", "element", "header"])?;
            let reads_header = matches!(location, Location::Header(_));
            if token == TokenLocation::At(Location::Text) && !reads_header {
                let why = "the whole answer is the token, and holds no user name";
                return Err(child.node().error(why));
            }
            Some(location)
        }
    };
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
        token,
        username,
        expiry_rules,
        retry_header,
        limits,
        token_types: parse_token_types(members)?,
        require: Vec::new(),
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

/// Parses a location: a JSON pointer, or an object with one of the members `known`.
fn parse_location(node: Node<'_>, known: &[&'static str]) -> Result<Location, SpecError> {
    if !node.value().is_object() {
        return source::parse_pointer(node).map(Location::Pointer);
    }
    let mut members = node.members()?;
    let mut location = None;
    for name in known {
        if let Some(child) = members.take(name) {
            location = Some(parse_form(name, child.node())?);
        }
    }
    let many = members
        .node()
        .value()
        .as_object()
        .map_or(0, serde_json::Map::len)
        > 1;
    members.finish()?;
    location.filter(|_| !many).ok_or_else(|| {
        node.error(format!(
            "an object has exactly one of `{}` here",
            known.join("`, `")
        ))
    })
}

/// Parses the member of a location.
pub(super) fn parse_form(name: &str, node: Node<'_>) -> Result<Location, SpecError> {
    let word = |is_word: &dyn Fn(&str) -> bool, what| {
        let text = node.text()?;
        match is_word(text) {
            true => Ok(text),
            false => Err(node.error(what)),
        }
    };
    let is_element = |text: &str| {
        let mut bytes = text.bytes();
        bytes.all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    };
    match name {
        "element" => word(
            &is_element,
            "the bare name of an XML element is wanted here",
        )
        .map(|name| Location::Element(name.to_owned())),
        "header" => word(&is_field_name, "the name of a header is wanted here")
            .map(|name| Location::Header(name.to_ascii_lowercase())),
        "basic" => source::parse_pointer(node).map(Location::Basic),
        "text" if node.value() == &Value::Bool(true) => Ok(Location::Text),
        "text" => Err(node.error("`true` is wanted here")),
        _ => source::parse_pointer(node).map(Location::Pointer),
    }
}

/// Whether an object is a location, and not the parts of a token: a part may have any name.
fn is_location(members: &serde_json::Map<String, Value>) -> bool {
    let is_name = |value: &Value| value.as_str().is_some_and(|name| !name.starts_with('/'));
    members.iter().any(|(name, value)| match name.as_str() {
        "element" | "header" => is_name(value),
        "text" => value.is_boolean(),
        "basic" => members.len() == 1,
        _ => false,
    })
}

/// Parses the location of a token, or an object with the location of each part.
fn parse_token_location(node: Node<'_>) -> Result<TokenLocation, SpecError> {
    if node.value().as_object().is_none_or(is_location) {
        let known = &["element", "header", "text", "basic"];
        return parse_location(node, known).map(TokenLocation::At);
    }
    let parts = node.members()?.rest();
    if parts.is_empty() {
        return Err(node.error("an object names at least one part of the token"));
    }
    let part = |(name, location): (String, Child<'_>)| {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(node.error("a part's name is printable ASCII without blanks"));
        }
        Ok((
            name,
            parse_location(location.node(), &["element", "header"])?,
        ))
    };
    parts
        .into_iter()
        .map(part)
        .collect::<Result<_, _>>()
        .map(TokenLocation::Parts)
}

/// Parses `token_types`: what a response's `token_type` may be besides bearer.
fn parse_token_types(members: &mut Members<'_>) -> Result<Vec<String>, SpecError> {
    let Some(child) = members.take("token_types") else {
        return Ok(Vec::new());
    };
    let types = child.node().items()?;
    let types = types.iter().map(|item| {
        let name = item.node().text()?;
        if needs_proof(name) {
            return Err(item.node().error(
                "a token of this type is worth nothing without a proof of its key, which the \
                 callers of keyfob do not send",
            ));
        }
        if is_not_applicable(name) {
            return Err(item
                .node()
                .error("only `token_exchange` takes this type, and needs no word for it"));
        }
        Ok(name.to_owned())
    });
    types.collect()
}
