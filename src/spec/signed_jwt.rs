//! Parses a JWT that keyfob signs: the source `{"jwt": {"alg", "key", "header", "claims"}}`.

use serde_json::{Map, Value};

use super::look_alikes::{is_alone, reject_sources};
use super::members::Members;
use super::node::{Node, Read, SpecError};
use crate::source::{SignedJwt, SignedText, Source};

const ALGORITHMS: &str = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, HS256, \
    HS384, HS512";

/// Parses the source `jwt`.
///
/// # Errors
/// [`SpecError`] for an unknown algorithm, or a source where none is opened.
pub(super) fn parse_jwt(node: Node<'_>, read: Read<'_>) -> Result<SignedJwt, SpecError> {
    let mut members = node.members()?;
    let alg = members.need("alg")?;
    let algorithm = serde_json::from_value(alg.node().value().clone()).map_err(|_| {
        alg.node()
            .error("this signature algorithm is not known")
            .hint(ALGORITHMS)
    })?;
    let key = read(members.need("key")?.node())?;
    let certificate = members
        .take("certificate")
        .map(|c| read(c.node()))
        .transpose()?;
    let x5t = members.flag("x5t")?;
    if x5t && certificate.is_none() {
        return Err(node.error("`x5t` is a thumbprint of `certificate`, which is missing"));
    }
    let mut header = parse_signed_object(&mut members, "header", false)?;
    let mut claims = parse_signed_object(&mut members, "claims", true)?;
    members.finish()?;
    let mut texts = Vec::new();
    for (in_header, object) in [(true, &mut header), (false, &mut claims)] {
        let mut found = Vec::new();
        take_texts(object, "", read, &mut found)?;
        texts.extend(found.into_iter().map(|(at, source)| SignedText {
            in_header,
            at,
            source,
        }));
    }
    Ok(SignedJwt {
        algorithm,
        key,
        certificate,
        x5t,
        header,
        claims,
        texts,
    })
}

/// Takes every `{"text": SOURCE}` out of an object that is signed, and leaves `null` there.
fn take_texts(
    object: &mut Map<String, Value>,
    above: &str,
    read: Read<'_>,
    texts: &mut Vec<(String, Source)>,
) -> Result<(), SpecError> {
    for (name, value) in object {
        let name = name.replace('~', "~0").replace('/', "~1");
        take_texts_of(value, format!("{above}/{name}"), read, texts)?;
    }
    Ok(())
}

/// The same for a value at the JSON pointer `at`.
fn take_texts_of(
    value: &mut Value,
    at: String,
    read: Read<'_>,
    texts: &mut Vec<(String, Source)>,
) -> Result<(), SpecError> {
    match value {
        Value::Object(members) if is_alone(members, "text") => {
            let source = members.get("text").unwrap_or(&Value::Null);
            let place = format!("{at}/text");
            texts.push((at, read(Node::below(&place, source))?));
            *value = Value::Null;
            Ok(())
        }
        Value::Object(members) if !is_alone(members, "literal") => {
            take_texts(members, &at, read, texts)
        }
        Value::Array(items) => {
            let mut items = items.iter_mut().enumerate();
            items.try_for_each(|(index, item)| {
                take_texts_of(item, format!("{at}/{index}"), read, texts)
            })
        }
        _ => Ok(()),
    }
}

/// Parses an object that is signed literally.
fn parse_signed_object(
    members: &mut Members<'_>,
    name: &'static str,
    may_be_literal: bool,
) -> Result<Map<String, Value>, SpecError> {
    let Some(child) = members.take(name) else {
        return Ok(Map::new());
    };
    let node = child.node();
    let Value::Object(object) = node.value() else {
        return Err(node.error("an object is wanted here"));
    };
    reject_sources(node, may_be_literal)?;
    Ok(object.clone())
}
