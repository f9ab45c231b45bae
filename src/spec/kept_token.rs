//! `keep`: the keyring entry of a token that is an object at the provider, and the requests that
//! find, check and revoke it.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::{source, template};
use crate::grant::kept_token::{KeptToken, ListRequest, url_with_id};
use crate::grant::response::{Location, ResponseFormat, TokenLocation};
use crate::grant::template::Template;
use crate::http::Method;
use crate::source::{KeyringEntry, Source};

/// The maximum page size of a list.
const MAX_PAGE_SIZE: u64 = 10_000;

/// Parses `keep`. `create` is the request of the spec, which creates a token.
pub(super) fn parse_keep(
    node: Node<'_>,
    mut create: Template<Source>,
    response_format: ResponseFormat,
) -> Result<KeptToken<Source>, SpecError> {
    must_be_written(&create, node)?;
    if create.uses(&|source| matches!(source, Source::Request(_))) {
        let why = "`keep` has one token, and {\"request\": …} is another one's for each caller";
        return Err(node.error(why));
    }
    // A repeated request would create two tokens, whatever its method.
    create.repeatable = false;
    let mut members = node.members()?;
    let store = parse_store(&members.need("store")?)?;
    let id = source::parse_pointer(members.need("id")?.node())?;
    if response_format.token == TokenLocation::At(Location::Text) {
        let why = "the whole answer is the token, and holds no id";
        return Err(SpecError::new("/token_pointer", why));
    }
    let revoke = members.need("revoke")?;
    let revoke = parse_request_with_id(&revoke)?;
    if revoke.method == Method::Get {
        return Err(node
            .error("`revoke` cannot be a GET request")
            .hint("most providers take \"method\": \"DELETE\""));
    }
    let list = parse_list(&members.need("list")?)?;
    let verify = members
        .take("verify")
        .map(|child| parse_request_with_id(&child))
        .transpose()?;
    members.finish()?;
    Ok(KeptToken {
        create,
        response_format,
        id,
        store,
        revoke,
        list,
        verify,
    })
}

fn must_be_written(template: &Template<Source>, node: Node<'_>) -> Result<(), SpecError> {
    let is_written = template.url.written().is_some();
    match is_written && !template.url.is_confined() {
        true => Ok(()),
        false => Err(node.error("with `keep` every URL is written in the spec, with https")),
    }
}

/// Parses the keyring entry, the only source that keyfob can write.
fn parse_store(child: &Child<'_>) -> Result<KeyringEntry, SpecError> {
    let node = child.node();
    let entry = match node.value() {
        Value::Object(members) if members.contains_key("keyring") => source::parse_source(node)?,
        _ => Source::Issued,
    };
    match entry {
        Source::Keyring(entry) => Ok(entry),
        _ => Err(node
            .error("a keyring entry is wanted here: {\"keyring\": NAME}")
            .hint("keyfob writes this entry; choose a name that no secret has")),
    }
}

/// Parses a request for one token, whose id is appended to the URL.
fn parse_request_with_id(child: &Child<'_>) -> Result<Template<Source>, SpecError> {
    let mut members = child.node().members()?;
    let template = template::parse_template(&mut members)?;
    members.finish()?;
    let url = template.url.written();
    match url.and_then(|url| url_with_id(url, "id")) {
        Some(_) => Ok(template),
        None => Err(child.node().error("no id can be appended to this URL")),
    }
}

fn parse_list(child: &Child<'_>) -> Result<ListRequest<Source>, SpecError> {
    let mut members = child.node().members()?;
    let template = template::parse_template(&mut members)?;
    must_be_written(&template, child.node())?;
    let filter = members.text("filter")?;
    let pointer =
        |members: &mut Members<'_>, name| source::parse_pointer(members.need(name)?.node());
    let items = pointer(&mut members, "items")?;
    let id = pointer(&mut members, "id")?;
    let name = pointer(&mut members, "name")?;
    let page_size = members.need("page")?.node().number(MAX_PAGE_SIZE)?;
    members.finish()?;
    Ok(ListRequest {
        template,
        filter,
        items,
        id,
        name,
        page_size: usize::try_from(page_size).unwrap_or(usize::MAX),
    })
}
