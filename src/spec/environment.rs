//! Parses the URL of a request and other texts that the environment may give.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::text::parse_text;
use super::{CONFINED, source};
use crate::grant::encode;
use crate::grant::template::Template;
use crate::grant::url::{Start, Url};
use crate::source::{NestedSpec, Source, Text};
use crate::target::{Endpoint, Scheme};

/// Values of the environment that a URL may be made from.
const FROM_ENVIRONMENT: &str =
    "{\"env\": VARIABLE}, or {\"base\": URL, \"path\": {\"env\": VARIABLE}}";

const AMBIENT: &str = "{\"env\": VARIABLE} or {\"file\": PATH}: who answers there is not \
    authenticated, so it gets only what this machine or job was given";

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
    match template.url.is_confined() && template.uses(&|source| !source.is_ambient()) {
        true => Err(node.error(CONFINED).hint(AMBIENT)),
        false => Ok(()),
    }
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
            Start::Whole(Source::Env(source::parse_variable(name.node())?).public())
        }
        Some(base) => {
            let node = base.node();
            let base = node.request_endpoint()?;
            if base.url().contains('?') {
                let error = node.error("a path is added to this URL, which ends in a query");
                return Err(error.hint("the request's `query` holds its parameters"));
            }
            let path = members.need("path")?;
            Start::Below(base.clone(), parse_path(&path, &base)?)
        }
    };
    members.finish()?;
    Ok(start)
}

/// Parses the source of a path: a variable, or over plain http what the same service answered
/// before.
fn parse_path(child: &Child<'_>, base: &Endpoint) -> Result<Source, SpecError> {
    match source::parse_source(child.node())? {
        source @ Source::Env(_) => Ok(source.public()),
        Source::Token(nested) if is_answer_of(base, &nested) => Ok(Source::Token(nested).public()),
        _ => Err(child
            .node()
            .error("a secret never stands in a URL")
            .hint("{\"env\": VARIABLE}")),
    }
}

/// Whether the token of another spec is what a service at this origin answers, over plain http.
fn is_answer_of(base: &Endpoint, nested: &NestedSpec) -> bool {
    let NestedSpec::Inline(text) = nested else {
        return false;
    };
    let spec: Value = serde_json::from_str(text).unwrap_or_default();
    let url = spec.get("url").and_then(Value::as_str).unwrap_or_default();
    let url = Endpoint::parse_or_metadata(url);
    let is_there = url.is_ok_and(|url| url.origin() == base.origin());
    let is_http = spec.get("provider").and_then(Value::as_str) == Some("http");
    base.scheme() == Scheme::Http && is_there && is_http && spec.get("keep").is_none()
}

fn parse_query(members: &mut Members<'_>) -> Result<Vec<(String, Text<Source>)>, SpecError> {
    let mut pairs = Vec::new();
    let Some(query) = members.take("query") else {
        return Ok(pairs);
    };
    let text = |node: Node<'_>| match node.value().is_number() {
        true => node.text_or_number().map(Text::Written),
        false => parse_text(node, &source::parse_source),
    };
    for (name, value) in query.node().members()?.rest() {
        if !value.node().value().is_array() {
            pairs.push((name, text(value.node())?));
            continue;
        }
        let items = value.node().items()?;
        if items.is_empty() {
            return Err(value.node().empty_list());
        }
        for item in items {
            pairs.push((name.clone(), text(item.node())?));
        }
    }
    Ok(pairs)
}
