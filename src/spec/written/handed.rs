//! What a spec says of those who get its token: its targets, its callers, its user name. Nothing of
//! it changes which token that is.

use serde_json::Value;

use super::callers::Callers;
use crate::credential::Authtype;
use crate::spec::LONGEST_TIMEOUT;
use crate::spec::node::{Child, Node, SpecError};
use crate::target::{Pattern, instead_of};

/// To whom a token may be handed, and how.
pub(super) struct Handed {
    pub(super) targets: Vec<Pattern>,
    pub(super) callers: Callers,
    pub(super) username: Option<String>,
    pub(super) authtype: Option<Authtype>,
}

/// What a spec says of those who get its token. Its other members are not looked at.
pub(super) fn handed(spec: &Value) -> Result<Handed, SpecError> {
    let mut members = Node::root(spec).members()?;
    let targets = members
        .take("targets")
        .map(|targets| patterns(targets.node()))
        .transpose()?
        .unwrap_or_default();
    let callers = Callers::read(members.take("callers"))?;
    let username = members.text("username")?;
    if username.as_ref().is_some_and(|name| name.contains(':')) {
        return Err(SpecError::new(
            "/username",
            "a colon cannot stand in a user name (RFC 7617 §2)",
        ));
    }
    let authtype = members.word(
        "authtype",
        &[("basic", Authtype::Basic), ("bearer", Authtype::Bearer)],
    )?;
    members.seconds("timeout", LONGEST_TIMEOUT)?;
    Ok(Handed {
        targets,
        callers,
        username,
        authtype,
    })
}

fn patterns(node: Node<'_>) -> Result<Vec<Pattern>, SpecError> {
    let pattern = |item: &Child<'_>| {
        let text = item.node().text()?;
        Pattern::parse(text).map_err(|why| {
            let error = item.node().error(format!("this is no target: {why}"));
            match instead_of(text, why) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })
    };
    node.items()?.iter().map(pattern).collect()
}
