//! JSON → `Source`: one member says where the value lies, further members belong to it.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::members::Members;
use super::node::{Node, SpecError};
use crate::source::{Command, KeyringEntry, KeyringKind, NestedSpec, SignedJwt, Source};

/// Deepest list in a list.
const DEEPEST: usize = 4;
/// Longest `timeout` of a command, in seconds.
const LONGEST_COMMAND: u64 = 120;

/// Whether an object has the shape of a source: the member that makes it one, with a value of that kind, and none that no source has.
pub(super) fn has_its_shape(object: &Map<String, Value>) -> bool {
    let holds = |value: &Value, member| value.get(member).is_some();
    let (own, further): (_, &[&str]) = match object.iter().find_map(|(name, value)| {
        let fits = match name.as_str() {
            "env" | "file" => value.is_string(),
            "keyring" => value.is_string() || holds(value, "user"),
            "command" => value.is_array(),
            "token" => value.is_string() || holds(value, "provider"),
            "jwt" => holds(value, "alg"),
            "issued" => value.as_bool() == Some(true),
            _ => false,
        };
        fits.then_some(name.as_str())
    }) {
        None => return false,
        Some("command") => ("command", &["variables", "timeout", "directory"]),
        Some(name) => (name, &[]),
    };
    let known = |name: &str| name == own || name == "pointer" || further.contains(&name);
    object.keys().all(|name| known(name))
}

/// Refuses what has the shape of a source where values stand as they are written; `{"secret": …}` alone is none of them either. What lies
/// within `{"literal": …}` is not looked at where that `may_be_literal`.
///
/// # Errors
/// [`SpecError`] with the place.
fn refuse_inside(node: Node<'_>, may_be_literal: bool) -> Result<(), SpecError> {
    match node.value() {
        Value::Array(_) => {
            let items = node.items()?;
            let mut items = items.iter();
            items.try_for_each(|item| refuse_inside(item.node(), may_be_literal))
        }
        Value::Object(object) if may_be_literal && is_alone(object, "literal") => Ok(()),
        Value::Object(object) if is_alone(object, "secret") || has_its_shape(object) => {
            let error = node.error(NOT_OPENED);
            Err(match may_be_literal {
                true => error.hint("{\"literal\": …} signs it as it is written"),
                false => error,
            })
        }
        Value::Object(_) => {
            let members = node.members()?.rest();
            let mut members = members.iter();
            members.try_for_each(|(_, value)| refuse_inside(value.node(), may_be_literal))
        }
        _ => Ok(()),
    }
}

/// Whether an object has this member and no other.
pub(super) fn is_alone(object: &Map<String, Value>, member: &str) -> bool {
    object.len() == 1 && object.contains_key(member)
}

/// What is said of a source where none is opened.
pub(super) const NOT_OPENED: &str = "this is written like a source, and no source is opened here";

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
        Source::Command(command(words.node(), &mut members)?)
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

fn keyring(node: Node<'_>) -> Result<KeyringEntry, SpecError> {
    if node.value().is_string() {
        return Ok(KeyringEntry {
            service: KeyringEntry::SERVICE.to_owned(),
            user: node.text()?.to_owned(),
            store: KeyringKind::Default,
        });
    }
    let mut members = node.members()?;
    let service = members
        .take("service")
        .map(|s| s.node().text().map(str::to_owned))
        .transpose()?;
    let user = members.need("user")?.node().text()?.to_owned();
    let store = match members.take("store") {
        None => KeyringKind::Default,
        Some(store) => match store.node().text()? {
            "kernel" => KeyringKind::Kernel,
            "secret-service" => KeyringKind::SecretService,
            _ => {
                return Err(store
                    .node()
                    .error("the keyrings are `kernel` and `secret-service`"));
            }
        },
    };
    members.finish()?;
    Ok(KeyringEntry {
        service: service.unwrap_or_else(|| KeyringEntry::SERVICE.to_owned()),
        user,
        store,
    })
}

/// Another spec, by name or inline. What it says is judged when its token is wanted, for a name needs the configuration folder.
fn nested(node: Node<'_>) -> Result<NestedSpec, SpecError> {
    match node.value() {
        Value::String(_) => Ok(NestedSpec::Named(node.text()?.to_owned())),
        Value::Object(_) => Ok(NestedSpec::Inline(node.value().to_string())),
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

fn command(node: Node<'_>, members: &mut Members<'_>) -> Result<Command, SpecError> {
    let Value::Array(values) = node.value() else {
        return Err(node.error("a command is an array of its words, as in [\"pass\", \"show\", \"ci\"]: no shell reads it"));
    };
    if values.is_empty() {
        return Err(node.error("a command needs at least a program"));
    }
    let variables = match members.take("variables") {
        None => Vec::new(),
        Some(names) => {
            let names = names.node().items()?;
            let names = names.iter().map(|name| variable(name.node()));
            names.collect::<Result<_, _>>()?
        }
    };
    Ok(Command {
        words: node.texts()?,
        variables,
        timeout: members.seconds("timeout", LONGEST_COMMAND)?,
        directory: members.text("directory")?.map(PathBuf::from),
    })
}

fn signed_here(node: Node<'_>, depth: usize) -> Result<SignedJwt, SpecError> {
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
    let header = plain(&mut members, "header", false)?;
    let claims = plain(&mut members, "claims", true)?;
    members.finish()?;
    Ok(SignedJwt {
        algorithm,
        key,
        certificate,
        header,
        claims,
    })
}

/// An object that is signed as it is written.
fn plain(
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
    refuse_inside(node, may_be_literal)?;
    Ok(object.clone())
}
