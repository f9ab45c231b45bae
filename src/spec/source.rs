//! JSON → `Source`: one member says where the value lies, further members belong to it.

use std::path::PathBuf;

use serde_json::Value;

use super::node::{Node, SpecError};
use crate::source::{Nested, Place, SignedHere, Source, Store};

/// Deepest list in a list.
const DEEPEST: usize = 4;

/// Reads a source. A plain string is refused: it would be the secret itself.
///
/// # Errors
/// [`SpecError`] with the place and what to write.
pub fn read(node: Node<'_>) -> Result<Source, SpecError> {
    read_at(node, 0)
}

fn read_at(node: Node<'_>, depth: usize) -> Result<Source, SpecError> {
    match node.value() {
        Value::String(_) => Err(node.error("a secret is never written in a spec").hint(
            "put it in the keyring with `keyfob secret set NAME` and write {\"keyring\": \"NAME\"} here; \
             on a runner {\"env\": \"VARIABLE\"} or {\"file\": \"PATH\"}",
        )),
        Value::Array(values) if values.is_empty() => Err(node.error("a list of sources needs at least one")),
        Value::Array(_) if depth >= DEEPEST => Err(node.error("lists of sources are nested too deep")),
        Value::Array(_) => {
            let items = node.items()?;
            items.iter().map(|item| read_at(item.node(), depth + 1)).collect::<Result<_, _>>().map(Source::FirstOf)
        }
        Value::Object(_) => object(node, depth),
        _ => Err(node.error("a source is wanted here: {\"keyring\": NAME}, {\"env\": VARIABLE}, {\"file\": PATH}, {\"command\": [PROGRAM, …]}")),
    }
}

fn object(node: Node<'_>, depth: usize) -> Result<Source, SpecError> {
    let mut members = node.members()?;
    let source = if let Some(place) = members.take("keyring") {
        Source::Keyring(keyring(place.node())?)
    } else if let Some(name) = members.take("env") {
        Source::Env(variable(name.node())?)
    } else if let Some(path) = members.take("file") {
        let path = PathBuf::from(path.node().text()?);
        let pointer = members
            .take("pointer")
            .map(|pointer| pointer_text(pointer.node()))
            .transpose()?;
        Source::File { path, pointer }
    } else if let Some(words) = members.take("command") {
        Source::Command(command(words.node())?)
    } else if let Some(spec) = members.take("token") {
        Source::Token(Box::new(nested(spec.node())?))
    } else if members.flag("issued")? {
        Source::Issued
    } else if let Some(jwt) = members.take("jwt") {
        Source::Jwt(Box::new(signed_here(jwt.node(), depth)?))
    } else {
        return members
            .finish()
            .and(Err(node.error("this object names no source")));
    };
    members.finish()?;
    Ok(source)
}

fn keyring(node: Node<'_>) -> Result<Place, SpecError> {
    if node.value().is_string() {
        return Ok(Place {
            service: Place::SERVICE.to_owned(),
            user: node.text()?.to_owned(),
            store: Store::Default,
        });
    }
    let mut members = node.members()?;
    let service = members
        .take("service")
        .map(|s| s.node().text().map(str::to_owned))
        .transpose()?;
    let user = members.need("user")?.node().text()?.to_owned();
    let store = match members.take("store") {
        None => Store::Default,
        Some(store) => match store.node().text()? {
            "kernel" => Store::Kernel,
            "secret-service" => Store::SecretService,
            _ => {
                return Err(store
                    .node()
                    .error("the keyrings are `kernel` and `secret-service`"));
            }
        },
    };
    members.finish()?;
    Ok(Place {
        service: service.unwrap_or_else(|| Place::SERVICE.to_owned()),
        user,
        store,
    })
}

/// Another spec, by name or inline. What it says is judged when its token is wanted, for a name needs the configuration folder.
fn nested(node: Node<'_>) -> Result<Nested, SpecError> {
    match node.value() {
        Value::String(_) => Ok(Nested::Named(node.text()?.to_owned())),
        Value::Object(_) => Ok(Nested::Inline(node.value().to_string())),
        _ => Err(node.error("a spec is wanted here: its name, or the object itself")),
    }
}

fn variable(node: Node<'_>) -> Result<String, SpecError> {
    let name = node.text()?;
    match name.contains('=') {
        true => Err(node.error("a variable's name holds no `=`; is this its value?")),
        false => Ok(name.to_owned()),
    }
}

/// A JSON pointer (RFC 6901): empty, or beginning with a slash.
///
/// # Errors
/// Anything else.
pub fn pointer_text(node: Node<'_>) -> Result<String, SpecError> {
    let pointer = node.text()?;
    match pointer.starts_with('/') {
        true => Ok(pointer.to_owned()),
        false => Err(node.error("a JSON pointer begins with a slash, as in \"/data/token\"")),
    }
}

fn command(node: Node<'_>) -> Result<Vec<String>, SpecError> {
    let Value::Array(values) = node.value() else {
        return Err(node.error("a command is an array of its words, as in [\"pass\", \"show\", \"ci\"]: no shell reads it"));
    };
    if values.is_empty() {
        return Err(node.error("a command needs at least a program"));
    }
    node.texts()
}

fn signed_here(node: Node<'_>, depth: usize) -> Result<SignedHere, SpecError> {
    let mut members = node.members()?;
    let alg = members.need("alg")?;
    let algorithm = serde_json::from_value(alg.node().value().clone()).map_err(|_| {
        alg.node()
            .error("this signature algorithm is not known")
            .hint("RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, HS256, HS384, HS512")
    })?;
    let key = read_at(members.need("key")?.node(), depth)?;
    let certificate = members
        .take("certificate")
        .map(|c| read_at(c.node(), depth))
        .transpose()?;
    let header = members.map("header")?;
    let claims = members.map("claims")?;
    members.finish()?;
    Ok(SignedHere {
        algorithm,
        key,
        certificate,
        header,
        claims,
    })
}
