//! Parses requests as data: of `http`, `metadata`, `check` and `revoke`.

use serde_json::{Map, Value};

use super::environment::{check_confined, parse_url};
use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::{aws, look_alikes, source};
use crate::grant::template::{Body, Json, Slot, Template};
use crate::http::{Method, is_field_name};
use crate::source::Source;

/// How deep a JSON body may be nested.
const MAX_BODY_DEPTH: usize = 16;
/// Header fields that the HTTP client sets.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "upgrade",
    "te",
    "trailer",
];

/// Header fields that hold only credentials.
const CREDENTIAL_HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie"];
/// The values of a header besides text.
const HEADER_SOURCES: &str = "{\"secret\": SOURCE}, {\"bearer\": SOURCE} or \
    {\"basic\": {\"username\", \"password\": SOURCE}}";

impl Template<Source> {
    /// Whether a source of the request, or one in it, passes the test.
    #[must_use]
    pub fn uses(&self, test: &dyn Fn(&Source) -> bool) -> bool {
        let mut uses = false;
        self.walk(&mut |source| uses |= source.uses(test));
        uses
    }
}

/// Parses a request: `method`, `url`, `query`, `headers`, and `form` or `json`.
pub(super) fn parse_template(members: &mut Members<'_>) -> Result<Template<Source>, SpecError> {
    let url = parse_url(members)?;
    let mut headers = Vec::new();
    if let Some(child) = members.take("headers") {
        for (name, value) in child.node().members()?.rest() {
            let slot = parse_slot(value.node(), true)?;
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if matches!(slot, Slot::Text(_)) && CREDENTIAL_HEADERS.iter().any(|known| is(known)) {
                return Err(value
                    .node()
                    .error("a secret is never written in a spec")
                    .hint(HEADER_SOURCES));
            }
            if headers.iter().any(|(known, _): &(String, _)| is(known)) {
                return Err(value.node().error("this header is given twice"));
            }
            headers.push((parse_header_name(&name, &value)?, slot));
        }
    }
    let body = match (members.take("form"), members.take("json")) {
        (None, None) => Body::Nothing,
        (Some(_), Some(json)) => {
            return Err(json.node().error("a body is `form` or `json`, not both"));
        }
        (Some(form), None) => {
            let mut fields = Vec::new();
            for (name, value) in form.node().members()?.rest() {
                let node = value.node();
                let values = match node.value() {
                    Value::Array(values) if values.is_empty() => return Err(node.empty_list()),
                    Value::Array(_) => node.items()?,
                    _ => vec![value],
                };
                for value in values {
                    fields.push((name.clone(), parse_slot(value.node(), false)?));
                }
            }
            Body::Form(fields)
        }
        (None, Some(body)) => Body::Json(parse_json(body.node(), 0)?),
    };
    let aws = members.take("aws");
    let aws = aws.map(|child| aws::signature(child.node(), &source::parse_source));
    let aws = aws.transpose()?.map(Box::new);
    if aws.is_some()
        && let Some((name, _)) = headers.iter().find(|(name, _)| is_of_signature(name))
    {
        let error = members
            .node()
            .error(format!("`aws` writes the header `{name}` itself"));
        return Err(error);
    }
    let default = if matches!(body, Body::Nothing) {
        Method::Get
    } else {
        Method::Post
    };
    let methods = [
        ("GET", Method::Get),
        ("POST", Method::Post),
        ("PUT", Method::Put),
        ("PATCH", Method::Patch),
        ("DELETE", Method::Delete),
    ];
    let method = members.word("method", &methods)?.unwrap_or(default);
    // A repeated POST could create two objects, so the spec has to allow it.
    let repeatable =
        members.flag("repeatable")? || matches!(method, Method::Get | Method::Put | Method::Delete);
    let template = Template {
        method,
        url,
        headers,
        body,
        aws,
        repeatable,
    };
    check_confined(&template, members.node())?;
    Ok(template)
}

/// Whether a header is one that an AWS signature writes.
fn is_of_signature(name: &str) -> bool {
    ["authorization", "x-amz-date", "x-amz-security-token"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

fn parse_header_name(name: &str, value: &Child<'_>) -> Result<String, SpecError> {
    if !is_field_name(name) {
        return Err(value
            .node()
            .error("this is not a valid header name (RFC 9110 §5.6.2)"));
    }
    if RESERVED
        .iter()
        .any(|reserved| name.eq_ignore_ascii_case(reserved))
    {
        return Err(value.node().error("this header belongs to the connection"));
    }
    Ok(name.to_owned())
}

fn parse_slot(node: Node<'_>, header: bool) -> Result<Slot<Source>, SpecError> {
    if !node.value().is_object() {
        return node.text_or_number().map(Slot::Text);
    }
    let mut members = node.members()?;
    let slot = if ["env", "request"]
        .iter()
        .any(|name| node.value().get(name).is_some())
    {
        return source::parse_source(node).map(Slot::Secret);
    } else if let Some(secret) = members.take("secret") {
        Slot::Secret(source::parse_source(secret.node())?)
    } else if let Some(secret) = members.take("bearer").filter(|_| header) {
        Slot::Bearer(source::parse_source(secret.node())?)
    } else if let Some(pair) = members.take("basic").filter(|_| header) {
        let mut pair = pair.node().members()?;
        let username = pair.need("username")?.node().text()?.to_owned();
        let password = source::parse_source(pair.need("password")?.node())?;
        pair.finish()?;
        Slot::Basic(username, password)
    } else {
        let known = if header {
            HEADER_SOURCES
        } else {
            "{\"secret\": SOURCE}"
        };
        return Err(node.error(format!("a text is wanted here, or {known}")));
    };
    members.finish()?;
    Ok(slot)
}

/// Parses a JSON body. `{"secret": SOURCE}`, `{"now": SECONDS}` and `{"unique": TEXT}` are
/// replaced, `{"literal": VALUE}` is VALUE unchanged, and everything else is literal.
fn parse_json(node: Node<'_>, depth: usize) -> Result<Json<Source>, SpecError> {
    if depth > MAX_BODY_DEPTH {
        return Err(node.error("the body is nested too deep"));
    }
    match node.value() {
        Value::Array(_) => {
            let items = node.items()?;
            items
                .iter()
                .map(|item| parse_json(item.node(), depth + 1))
                .collect::<Result<_, _>>()
                .map(Json::Array)
        }
        Value::Object(map) if is_special(map) => parse_special(node),
        Value::Object(map) if look_alikes::is_alone(map, "literal") => {
            let literal = map.get("literal").cloned();
            Ok(Json::Literal(literal.unwrap_or_default()))
        }
        Value::Object(map) if look_alikes::looks_like_source(map) => Err(node
            .error(look_alikes::NOT_OPENED)
            .hint("{\"secret\": SOURCE} opens it; {\"literal\": …} sends it as it is written")),
        Value::Object(_) => {
            let members = node.members()?.rest();
            let members = members
                .into_iter()
                .map(|(name, value)| Ok((name, parse_json(value.node(), depth + 1)?)));
            members.collect::<Result<_, SpecError>>().map(Json::Object)
        }
        literal => Ok(Json::Literal(literal.clone())),
    }
}

fn is_special(map: &Map<String, Value>) -> bool {
    (map.contains_key("secret") || map.contains_key("unique")) && map.len() == 1
        || map.contains_key("now") && map.keys().all(|name| name == "now" || name == "format")
}

fn parse_special(node: Node<'_>) -> Result<Json<Source>, SpecError> {
    let mut members = node.members()?;
    if let Some(text) = members.text("unique")? {
        return Ok(Json::Unique(text));
    }
    let json = match (members.take("secret"), members.take("now")) {
        (Some(secret), _) => Json::Secret(source::parse_source(secret.node())?),
        (None, Some(now)) => {
            let offset = now
                .node()
                .value()
                .as_i64()
                .ok_or_else(|| now.node().error("whole seconds from now are wanted here"))?;
            let rfc3339 = members
                .word("format", &[("epoch", false), ("rfc3339", true)])?
                .unwrap_or(false);
            Json::Now { offset, rfc3339 }
        }
        (None, None) => return Err(node.error("neither `secret` nor `now`")),
    };
    members.finish()?;
    Ok(json)
}
