//! Parses the URL of a request and other texts that the environment may give.

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::{CONFINED, source};
use crate::grant::encode;
use crate::grant::template::Template;
use crate::grant::url::{Start, Text, Url};
use crate::source::Source;
use crate::target::{Endpoint, Scheme};

/// Values of the environment that a URL may be made from.
const FROM_ENVIRONMENT: &str =
    "{\"env\": VARIABLE}, or {\"base\": URL, \"path\": {\"env\": VARIABLE}}";

const AMBIENT: &str = "{\"env\": VARIABLE} or {\"file\": PATH}: who answers there is not \
    authenticated, so it gets no secret of the keyring";

/// Parses `url` and `query`. A secret is never a part of a URL.
///
/// # Errors
/// [`SpecError`] for a URL to which no request may be sent.
pub(super) fn parse_url(members: &mut Members<'_>) -> Result<Url<Source>, SpecError> {
    let start = parse_start(members.need("url")?.node())?;
    let query = parse_query(members)?;
    let mut written = Vec::new();
    for (name, value) in &query {
        if let Text::Written(value) = value {
            written.push((name.as_str(), value.as_str(), false));
        }
    }
    Ok(match start {
        Start::Written(endpoint) if written.len() == query.len() => {
            Url::Written(encode::with_query(endpoint, &written))
        }
        start => Url::Composed { start, query },
    })
}

/// Checks that a request whose receiver is not authenticated holds no secret of a keyring.
///
/// # Errors
/// [`SpecError`] if it holds one.
pub(super) fn check_confined(template: &Template<Source>, node: Node<'_>) -> Result<(), SpecError> {
    let mut is_ambient = true;
    template.walk(&mut |source| is_ambient &= source.is_ambient());
    match template.url.is_confined() && !is_ambient {
        true => Err(node.error(CONFINED).hint(AMBIENT)),
        false => Ok(()),
    }
}

fn public(source: Source) -> Source {
    Source::Public(Box::new(source))
}

fn parse_start(node: Node<'_>) -> Result<Start<Source>, SpecError> {
    if !node.value().is_object() {
        return node.request_endpoint().map(Start::Written);
    }
    let mut members = node.members()?;
    let start = match members.take("base") {
        None => {
            let name = members
                .need("env")
                .map_err(|why| why.hint(FROM_ENVIRONMENT))?;
            Start::Whole(public(Source::Env(source::parse_variable(name.node())?)))
        }
        Some(base) => {
            let base = base.node().request_endpoint()?;
            let path = members.need("path")?;
            Start::Below(base.clone(), parse_path(&path, &base)?)
        }
    };
    members.finish()?;
    Ok(start)
}

/// Parses the source of a path: a variable, or at a metadata service another spec's token, which
/// is what it answered before.
fn parse_path(child: &Child<'_>, base: &Endpoint) -> Result<Source, SpecError> {
    match source::parse_source(child.node())? {
        source @ Source::Env(_) => Ok(public(source)),
        source @ Source::Token(_) if base.scheme() == Scheme::Http => Ok(public(source)),
        _ => Err(child
            .node()
            .error("a secret never stands in a URL")
            .hint("{\"env\": VARIABLE}")),
    }
}

fn parse_query(members: &mut Members<'_>) -> Result<Vec<(String, Text<Source>)>, SpecError> {
    let mut pairs = Vec::new();
    let Some(query) = members.take("query") else {
        return Ok(pairs);
    };
    for (name, value) in query.node().members()?.rest() {
        if !value.node().value().is_array() {
            pairs.push((name, parse_text(value.node())?));
            continue;
        }
        let items = value.node().items()?;
        if items.is_empty() {
            return Err(value.node().empty_list());
        }
        for item in items {
            pairs.push((name.clone(), parse_text(item.node())?));
        }
    }
    Ok(pairs)
}

/// Parses a text that is no secret: the text itself, or `{"env": VARIABLE}`.
///
/// # Errors
/// [`SpecError`] if it is neither.
pub(super) fn parse_text(node: Node<'_>) -> Result<Text<Source>, SpecError> {
    if !node.value().is_object() {
        return node.text().map(|text| Text::Written(text.to_owned()));
    }
    match source::parse_source(node)? {
        source @ Source::Env(_) => Ok(Text::From(public(source))),
        _ => Err(node
            .error("a text is wanted here, and no secret")
            .hint("a string, or {\"env\": VARIABLE}")),
    }
}
