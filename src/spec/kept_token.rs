//! `keep`: where a token that is an object at the provider is kept, and how it is found, looked at and revoked.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::{source, template};
use crate::grant::answer::ResponseFormat;
use crate::grant::kept_token::{KeptToken, ListRequest, about};
use crate::grant::template::Template;
use crate::http::Method;
use crate::source::{KeyringEntry, Source};

/// Most items that one list may hold.
const LONGEST_PAGE: u64 = 10_000;

/// The members of `keep`, beside the request that makes a token.
pub(super) fn read(
    node: Node<'_>,
    mut create: Template<Source>,
    reading: ResponseFormat,
) -> Result<KeptToken<Source>, SpecError> {
    // Asked twice it would make two, whatever its method.
    create.repeatable = false;
    let mut members = node.members()?;
    let store = store(&members.need("store")?)?;
    let id = source::pointer_text(members.need("id")?.node())?;
    let revoke = members.need("revoke")?;
    let revoke = about_one(&revoke)?;
    if revoke.method == Method::Get {
        return Err(node
            .error("`revoke` ends a token, and GET ends nothing")
            .hint("\"method\": \"DELETE\", as a rule"));
    }
    let list = listing(&members.need("list")?)?;
    let verify = members
        .take("verify")
        .map(|child| about_one(&child))
        .transpose()?;
    members.finish()?;
    Ok(KeptToken {
        create,
        reading,
        id,
        store,
        revoke,
        list,
        verify,
    })
}

/// An entry of a keyring: the one place that can be written.
fn store(child: &Child<'_>) -> Result<KeyringEntry, SpecError> {
    let node = child.node();
    let entry = match node.value() {
        Value::Object(members) if members.contains_key("keyring") => source::read(node)?,
        _ => Source::Issued,
    };
    match entry {
        Source::Keyring(place) => Ok(place),
        _ => Err(node
            .error("an entry of the keyring is wanted here: {\"keyring\": NAME}")
            .hint("keyfob writes it; take a name that no secret of yours has")),
    }
}

/// A request about one token, to whose URL the id is added.
fn about_one(child: &Child<'_>) -> Result<Template<Source>, SpecError> {
    let mut members = child.node().members()?;
    let template = template::template(&mut members)?;
    members.finish()?;
    match about(&template.url, "id") {
        Some(_) => Ok(template),
        None => Err(child.node().error("no id can be added to this URL")),
    }
}

fn listing(child: &Child<'_>) -> Result<ListRequest<Source>, SpecError> {
    let mut members = child.node().members()?;
    let template = template::template(&mut members)?;
    let filter = members.text("filter")?;
    let pointer =
        |members: &mut Members<'_>, name| source::pointer_text(members.need(name)?.node());
    let items = pointer(&mut members, "items")?;
    let id = pointer(&mut members, "id")?;
    let name = pointer(&mut members, "name")?;
    let page = members.need("page")?.node().number(LONGEST_PAGE)?;
    members.finish()?;
    Ok(ListRequest {
        template,
        filter,
        items,
        id,
        name,
        page: usize::try_from(page).unwrap_or(usize::MAX),
    })
}
