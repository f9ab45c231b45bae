//! Parses sources. One member names the kind of source; the others are its options.

use std::path::PathBuf;

use serde_json::Value;

use super::members::Members;
use super::node::{Node, SpecError};
use super::{aws, signed_jwt};
use crate::source::{Command, KeyringEntry, KeyringKind, NestedSpec, Source};

const EMPTY_LIST: &str = "a list of sources needs at least one";
const NOT_A_SOURCE: &str = "a source is wanted here: {\"keyring\": NAME}, {\"env\": VARIABLE}, \
    {\"file\": PATH}, {\"command\": [PROGRAM, …]}";
const NOT_A_COMMAND: &str = "a command is an array of the program and its arguments, as in \
    [\"pass\", \"show\", \"ci\"]: no shell reads it";
const NOT_IN_A_SPEC: &str = "put it in the keyring with `keyfob secret set NAME` and write \
    {\"keyring\": \"NAME\"} here; on a runner {\"env\": \"VARIABLE\"} or {\"file\": \"PATH\"}";
/// How deep lists of sources may be nested.
const MAX_LIST_DEPTH: usize = 4;
/// How deep sources may be nested. Each level of Base64 makes a value larger by a third.
const MAX_SOURCE_DEPTH: usize = 8;
/// The maximum `timeout` of a command in seconds.
const MAX_COMMAND_TIMEOUT: u64 = 120;

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
        Value::Object(_) if depth > MAX_SOURCE_DEPTH => {
            Err(node.error("sources are nested too deep"))
        }
        Value::Object(_) => parse_object(node, depth),
        _ => Err(node.error(NOT_A_SOURCE)),
    }
}

fn parse_object(node: Node<'_>, depth: usize) -> Result<Source, SpecError> {
    let mut members = node.members()?;
    let mut is_document = false;
    let source = if let Some(entry) = members.take("keyring") {
        Source::Keyring(parse_keyring_entry(entry.node())?)
    } else if let Some(name) = members.take("env") {
        Source::Env(parse_variable(name.node())?)
    } else if let Some(path) = members.take("file") {
        parse_file(path.node(), &mut members)?
    } else if let Some(pointer) = members.take("request") {
        Source::Request(parse_pointer(pointer.node())?)
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
    } else if let Some(of) = members.take("document") {
        is_document = true;
        parse_source_at(of.node(), depth + 1)?
    } else if let Some(jwt) = members.take("jwt") {
        let read = |node: Node<'_>| parse_source_at(node, depth);
        Source::Jwt(Box::new(signed_jwt::parse_jwt(jwt.node(), &read)?))
    } else {
        return members
            .finish()
            .and(Err(node.error("this object names no source")));
    };
    let pointer = members.take("pointer");
    members.finish()?;
    let Some(pointer) = pointer else {
        return match is_document {
            true => Err(node.error("member `pointer` is missing")),
            false => Ok(source),
        };
    };
    let of = Box::new(source);
    match *of {
        Source::Jwt(_) | Source::Presigned(_) | Source::Base64Url { .. } | Source::Issued => {
            Err(pointer.node().error("this source gives no JSON document"))
        }
        _ => Ok(Source::Pointer {
            pointer: parse_pointer(pointer.node())?,
            of,
        }),
    }
}

/// Parses the path of a file, or the variable that has it, with the file's `name` if the variable
/// has its folder.
fn parse_file(node: Node<'_>, members: &mut Members<'_>) -> Result<Source, SpecError> {
    if !node.value().is_object() {
        return Ok(Source::File(PathBuf::from(node.text()?)));
    }
    let mut path = node.members()?;
    let variable = parse_variable(path.need("env")?.node())?;
    path.finish()?;
    let name = members.take("name");
    let name = name.map(|name| {
        let text = name.node().text()?;
        match text.contains(['/', '\\']) || text == "." || text == ".." {
            true => Err(name
                .node()
                .error("a file's name is wanted here, not a path")),
            false => Ok(text.to_owned()),
        }
    });
    let name = name.transpose()?;
    Ok(Source::FileFrom { variable, name })
}

fn parse_keyring_entry(node: Node<'_>) -> Result<KeyringEntry, SpecError> {
    if node.value().is_string() {
        return Ok(KeyringEntry::own(node.text()?, KeyringKind::Default));
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

pub(super) fn parse_variable(node: Node<'_>) -> Result<String, SpecError> {
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
