//! Parses sources. One member names the kind of source; the others are its options.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::aws;
use super::members::Members;
use super::node::{Node, SpecError};
use crate::source::{Command, KeyringEntry, KeyringKind, NestedSpec, SignedJwt, Source};

const EMPTY_LIST: &str = "a list of sources needs at least one";
const NOT_A_SOURCE: &str = "a source is wanted here: {\"keyring\": NAME}, {\"env\": VARIABLE}, \
    {\"file\": PATH}, {\"command\": [PROGRAM, …]}";
const NOT_A_COMMAND: &str = "a command is an array of the program and its arguments, as in \
    [\"pass\", \"show\", \"ci\"]: no shell reads it";
const NOT_IN_A_SPEC: &str = "put it in the keyring with `keyfob secret set NAME` and write \
    {\"keyring\": \"NAME\"} here; on a runner {\"env\": \"VARIABLE\"} or {\"file\": \"PATH\"}";
const ALGORITHMS: &str = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, HS256, \
    HS384, HS512";
/// How deep lists of sources may be nested.
const MAX_LIST_DEPTH: usize = 4;
/// The maximum `timeout` of a command in seconds.
const MAX_COMMAND_TIMEOUT: u64 = 120;

/// Whether an object looks like a source: it has the member of a kind with a value of the right
/// type, and only options of that kind.
pub(super) fn looks_like_source(object: &Map<String, Value>) -> bool {
    let holds = |value: &Value, member| value.get(member).is_some();
    let (main, others): (_, &[&str]) = match object.iter().find_map(|(name, value)| {
        let matches = match name.as_str() {
            "env" | "file" => value.is_string(),
            "keyring" => value.is_string() || holds(value, "user"),
            "command" => value.is_array(),
            "token" => value.is_string() || holds(value, "provider"),
            "jwt" => holds(value, "alg"),
            "issued" => value.as_bool() == Some(true),
            "presigned" => holds(value, "keys"),
            "base64url" => value.as_object().is_some_and(looks_like_source),
            _ => false,
        };
        matches.then_some(name.as_str())
    }) {
        None => return false,
        Some("command") => ("command", &["variables", "timeout", "directory"]),
        Some("base64url") => ("base64url", &["prefix"]),
        Some(name) => (name, &[]),
    };
    let known = |name: &str| name == main || name == "pointer" || others.contains(&name);
    object.keys().all(|name| known(name))
}

/// Rejects objects that look like a source, and `{"secret": …}`, in a value that is used literally.
/// `{"literal": …}` is not searched if `may_be_literal`.
///
/// # Errors
/// [`SpecError`] for the first such object.
fn reject_sources(node: Node<'_>, may_be_literal: bool) -> Result<(), SpecError> {
    match node.value() {
        Value::Array(_) => {
            let items = node.items()?;
            let mut items = items.iter();
            items.try_for_each(|item| reject_sources(item.node(), may_be_literal))
        }
        Value::Object(object) if may_be_literal && is_alone(object, "literal") => Ok(()),
        Value::Object(object) if is_alone(object, "secret") || looks_like_source(object) => {
            let error = node.error(NOT_OPENED);
            Err(match may_be_literal {
                true => error.hint("{\"literal\": …} signs it as it is written"),
                false => error,
            })
        }
        Value::Object(_) => {
            let members = node.members()?.rest();
            let mut members = members.iter();
            members.try_for_each(|(_, value)| reject_sources(value.node(), may_be_literal))
        }
        _ => Ok(()),
    }
}

/// Whether an object has this member and no other.
pub(super) fn is_alone(object: &Map<String, Value>, member: &str) -> bool {
    object.len() == 1 && object.contains_key(member)
}

/// The error for a source in a value that is used literally.
pub(super) const NOT_OPENED: &str = "this is written like a source, and no source is opened here";

/// Parses a source. A string is rejected: it would be the secret itself.
///
/// # Errors
/// [`SpecError`] if it is not a source.
pub fn parse_source(node: Node<'_>) -> Result<Source, SpecError> {
    parse_source_at(node, 0)
}

fn parse_source_at(node: Node<'_>, depth: usize) -> Result<Source, SpecError> {
    match node.value() {
        Value::String(_) => Err(node
            .error("a secret is never written in a spec")
            .hint(NOT_IN_A_SPEC)),
        Value::Array(values) if values.is_empty() => Err(node.error(EMPTY_LIST)),
        Value::Array(_) if depth >= MAX_LIST_DEPTH => {
            Err(node.error("lists of sources are nested too deep"))
        }
        Value::Array(_) => {
            let items = node.items()?;
            let sources = items
                .iter()
                .map(|item| parse_source_at(item.node(), depth + 1));
            sources.collect::<Result<_, _>>().map(Source::FirstOf)
        }
        Value::Object(_) => parse_object(node, depth),
        _ => Err(node.error(NOT_A_SOURCE)),
    }
}

fn parse_object(node: Node<'_>, depth: usize) -> Result<Source, SpecError> {
    let mut members = node.members()?;
    let source = if let Some(entry) = members.take("keyring") {
        Source::Keyring(parse_keyring_entry(entry.node())?)
    } else if let Some(name) = members.take("env") {
        Source::Env(parse_variable(name.node())?)
    } else if let Some(path) = members.take("file") {
        let path = PathBuf::from(path.node().text()?);
        let pointer = members
            .take("pointer")
            .map(|pointer| parse_pointer(pointer.node()))
            .transpose()?;
        Source::File { path, pointer }
    } else if let Some(arguments) = members.take("command") {
        Source::Command(parse_command(arguments.node(), &mut members)?)
    } else if let Some(spec) = members.take("token") {
        Source::Token(Box::new(parse_nested_spec(spec.node())?))
    } else if members.flag("issued")? {
        Source::Issued
    } else if let Some(presigned) = members.take("presigned") {
        let read = |node: Node<'_>| parse_source_at(node, depth + 1);
        Source::Presigned(Box::new(aws::presigned(presigned.node(), &read)?))
    } else if let Some(of) = members.take("base64url") {
        let prefix = members.text("prefix")?.unwrap_or_default();
        let of = Box::new(parse_source_at(of.node(), depth + 1)?);
        Source::Base64Url { prefix, of }
    } else if let Some(jwt) = members.take("jwt") {
        Source::Jwt(Box::new(parse_jwt(jwt.node(), depth)?))
    } else {
        return members
            .finish()
            .and(Err(node.error("this object names no source")));
    };
    members.finish()?;
    Ok(source)
}

fn parse_keyring_entry(node: Node<'_>) -> Result<KeyringEntry, SpecError> {
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

/// Parses another spec, by name or inline. It is validated when its token is needed, since a name
/// needs the configuration folder.
fn parse_nested_spec(node: Node<'_>) -> Result<NestedSpec, SpecError> {
    match node.value() {
        Value::String(_) => Ok(NestedSpec::Named(node.text()?.to_owned())),
        Value::Object(_) => Ok(NestedSpec::Inline(node.value().to_string())),
        _ => Err(node.error("a spec is wanted here: its name, or the object itself")),
    }
}

fn parse_variable(node: Node<'_>) -> Result<String, SpecError> {
    let name = node.text()?;
    match name.contains('=') {
        true => Err(node.error("a variable's name holds no `=`; is this its value?")),
        false => Ok(name.to_owned()),
    }
}

/// Parses a JSON pointer (RFC 6901) to a member: it begins with a slash.
///
/// # Errors
/// [`SpecError`] if it does not begin with a slash.
pub fn parse_pointer(node: Node<'_>) -> Result<String, SpecError> {
    let pointer = node.text()?;
    match pointer.starts_with('/') {
        true => Ok(pointer.to_owned()),
        false => Err(node.error("a JSON pointer begins with a slash, as in \"/data/token\"")),
    }
}

fn parse_command(node: Node<'_>, members: &mut Members<'_>) -> Result<Command, SpecError> {
    let Value::Array(values) = node.value() else {
        return Err(node.error(NOT_A_COMMAND));
    };
    if values.is_empty() {
        return Err(node.error("a command needs at least a program"));
    }
    let variables = match members.take("variables") {
        None => Vec::new(),
        Some(names) => {
            let names = names.node().items()?;
            let names = names.iter().map(|name| parse_variable(name.node()));
            names.collect::<Result<_, _>>()?
        }
    };
    Ok(Command {
        argv: node.texts()?,
        variables,
        timeout: members.seconds("timeout", MAX_COMMAND_TIMEOUT)?,
        directory: members.text("directory")?.map(PathBuf::from),
    })
}

fn parse_jwt(node: Node<'_>, depth: usize) -> Result<SignedJwt, SpecError> {
    let mut members = node.members()?;
    let alg = members.need("alg")?;
    let algorithm = serde_json::from_value(alg.node().value().clone()).map_err(|_| {
        alg.node()
            .error("this signature algorithm is not known")
            .hint(ALGORITHMS)
    })?;
    let key = parse_source_at(members.need("key")?.node(), depth)?;
    let certificate = members
        .take("certificate")
        .map(|c| parse_source_at(c.node(), depth))
        .transpose()?;
    let x5t = members.flag("x5t")?;
    if x5t && certificate.is_none() {
        return Err(node.error("`x5t` is a thumbprint of `certificate`, which is missing"));
    }
    let header = parse_signed_object(&mut members, "header", false)?;
    let claims = parse_signed_object(&mut members, "claims", true)?;
    members.finish()?;
    Ok(SignedJwt {
        algorithm,
        key,
        certificate,
        x5t,
        header,
        claims,
    })
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
