//! The members of a spec that change how its token is delivered, but not the token itself: targets,
//! callers, user name.

use serde_json::Value;

use super::callers::Callers;
use crate::credential::Authtype;
use crate::spec::MAX_TIMEOUT;
use crate::spec::node::{Child, Node, SpecError};
use crate::target::{Pattern, correction_hint};

/// To whom a token may be delivered, and how.
pub(super) struct Delivery {
    pub(super) targets: Vec<Pattern>,
    pub(super) callers: Callers,
    pub(super) username: Option<String>,
    pub(super) authtype: Option<Authtype>,
}

/// Parses these members and ignores the others.
pub(super) fn parse_delivery(spec: &Value) -> Result<Delivery, SpecError> {
    let mut members = Node::root(spec).members()?;
    let targets = members
        .take("targets")
        .map(|targets| parse_patterns(targets.node()))
        .transpose()?
        .unwrap_or_default();
    let callers = Callers::parse(members.take("callers"))?;
    // An object says where the response holds the user name: the grant parses it.
    let username = members
        .take("username")
        .filter(|child| !child.node().value().is_object())
        .map(|child| child.node().text().map(str::to_owned))
        .transpose()?;
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
    members.seconds("timeout", MAX_TIMEOUT)?;
    Ok(Delivery {
        targets,
        callers,
        username,
        authtype,
    })
}

fn parse_patterns(node: Node<'_>) -> Result<Vec<Pattern>, SpecError> {
    let pattern = |item: &Child<'_>| {
        let text = item.node().text()?;
        Pattern::parse(text).map_err(|why| {
            let error = item
                .node()
                .error(format!("this is not a valid target: {why}"));
            match correction_hint(text, why) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })
    };
    node.items()?.iter().map(pattern).collect()
}
