//! Parses `check`, and what a spec requires of a response.

use serde_json::Value;

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::response_format::parse_form;
use super::template::parse_template;
use super::{Check, source};
use crate::grant::response::{Location, Requirement, Test};

/// A text that is not empty, a number, a boolean or null.
fn parse_scalar(node: Node<'_>) -> Result<Value, SpecError> {
    match node.value() {
        Value::Object(_) | Value::Array(_) | Value::String(_) => node.text().map(Value::from),
        scalar => Ok(scalar.clone()),
    }
}

/// Parses requirements on a response:
/// `[{"pointer" or "header", "equals" or "begins_token", "otherwise"}]`.
pub(super) fn parse_requirements(
    members: &mut Members<'_>,
    name: &'static str,
) -> Result<Vec<Requirement>, SpecError> {
    let Some(child) = members.take(name) else {
        return Ok(Vec::new());
    };
    let requirement = |item: &Child<'_>| {
        let mut members = item.node().members()?;
        let at = match members.take("header") {
            None => {
                let pointer = members.need("pointer")?;
                source::parse_pointer(pointer.node()).map(Location::Pointer)?
            }
            Some(header) => parse_form("header", header.node())?,
        };
        let equals = members
            .take("equals")
            .map(|equals| parse_scalar(equals.node()));
        let equals = equals.transpose()?;
        let begins = members.flag("begins_token")?;
        let otherwise = members.need("otherwise")?.node().text()?.to_owned();
        members.finish()?;
        let test = match (equals, begins) {
            (Some(value), false) => Test::Equals(value),
            (None, true) => Test::BeginsToken,
            _ => {
                return Err(item
                    .node()
                    .error("one of `equals` and `begins_token` is wanted here"));
            }
        };
        Ok(Requirement {
            at,
            test,
            otherwise,
        })
    };
    child.node().items()?.iter().map(requirement).collect()
}

/// Parses `check`: a request, requirements, values to show and expiry rules.
pub(super) fn parse_check(node: Node<'_>) -> Result<Check, SpecError> {
    let mut members = node.members()?;
    let template = parse_template(&mut members)?;
    let usable = parse_requirements(&mut members, "usable")?;
    let mut show = Vec::new();
    if let Some(child) = members.take("show") {
        for (label, pointer) in child.node().members()?.rest() {
            show.push((label, source::parse_pointer(pointer.node())?));
        }
    }
    let expiry_rules = match members.take("ends") {
        None => Vec::new(),
        Some(child) => child.node().expiry_rules()?,
    };
    members.finish()?;
    Ok(Check {
        template,
        usable,
        show,
        expiry_rules,
    })
}
