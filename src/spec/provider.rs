//! The members that every spec may have, whatever its grant.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::members::Members;
use super::node::{Node, SpecError};
use super::{
    CONFINED, Connection, MAX_TIMEOUT, Provider, Revocation, check, expand, grants, source,
    template,
};
use crate::grant::Grant;
use crate::source::Source;

/// How long a token without a known expiry is cached by default.
const DEFAULT_MAX_CACHE: Duration = Duration::from_secs(300);

/// Parses the expanded spec of a plain grant. An unknown member is an error.
pub(super) fn parse_provider(value: &Value, name: String) -> Result<Provider, SpecError> {
    let mut members = Node::root(value).members()?;
    let grant_name = members.need("provider")?;
    for known in ["targets", "callers", "authtype"] {
        members.take(known);
    }
    for known in ["$schema", "description"] {
        if let Some(child) = members.take(known)
            && !child.node().value().is_string()
        {
            return Err(child.node().wrong("a string"));
        }
    }
    let max_cache = members
        .seconds("max_cache", 86_400)?
        .unwrap_or(DEFAULT_MAX_CACHE);
    let connection = parse_connection(&mut members)?;
    let grant = grants::parse_grant(grant_name.node(), &mut members)?;
    let check = members
        .take("check")
        .map(|check| check::parse_check(check.node()))
        .transpose()?;
    let revocation = parse_revocation(&mut members, &grant)?;
    members
        .finish()
        .map_err(|why| expand::with_parameter(why, &name))?;
    let provider = Provider {
        name,
        connection,
        max_cache,
        check,
        revocation,
        username: None,
        grant,
    };
    if provider.uses(&|source| matches!(source, Source::Issued)) {
        return Err(SpecError::new(
            "",
            "{\"issued\": true} is the token that this spec asks for: only `check` and `revoke` \
             can hold it",
        ));
    }
    // `obtain` holds the same rule for the request that gets a token.
    let check = provider.check.iter().map(|check| &check.template);
    let revoke = provider
        .revocation
        .iter()
        .filter_map(|revocation| match revocation {
            Revocation::Request(template) => Some(&**template),
            Revocation::Rfc7009(_) | Revocation::Discovered(_) => None,
        });
    let (mut uses_token, mut is_confined) = (false, provider.grant.is_confined());
    for template in check
        .chain(revoke)
        .filter(|template| template.url.is_confined())
    {
        is_confined = true;
        uses_token |= template.uses(&|source| matches!(source, Source::Token(_)));
    }
    // A client certificate proves that its key is here, also to who is not authenticated.
    if let Some((certificate, key)) = &provider.connection.client_certificate
        && is_confined
        && !(certificate.is_ambient() && key.is_ambient())
    {
        return Err(SpecError::new("/client_certificate", CONFINED));
    }
    match uses_token {
        true => Err(SpecError::new("", CONFINED)),
        false => Ok(provider),
    }
}

fn parse_connection(members: &mut Members<'_>) -> Result<Connection, SpecError> {
    let ca_file = members.text("ca_file")?.map(PathBuf::from);
    let client_certificate = match members.take("client_certificate") {
        None => None,
        Some(child) => {
            let mut pair = child.node().members()?;
            let certificate = source::parse_source(pair.need("certificate")?.node())?;
            let key = source::parse_source(pair.need("key")?.node())?;
            pair.finish()?;
            Some((certificate, key))
        }
    };
    let proxy = match members.take("proxy") {
        None => None,
        Some(child) if child.node().value() == &Value::String(String::new()) => Some(String::new()),
        Some(child) if child.node().text()?.contains('@') => {
            return Err(child
                .node()
                .error("a proxy's password is never written in a spec")
                .hint("set HTTPS_PROXY instead"));
        }
        Some(child) => Some(child.node().text()?.to_owned()),
    };
    let timeout = members.seconds("timeout", MAX_TIMEOUT)?;
    Ok(Connection {
        ca_file,
        client_certificate,
        proxy,
        timeout,
    })
}

/// Parses how a token is revoked. RFC 7009 needs a grant with a client.
fn parse_revocation(
    members: &mut Members<'_>,
    grant: &Grant<Source>,
) -> Result<Option<Revocation>, SpecError> {
    let url = members.take("revocation_url");
    let discovery = members.take("discovery_url");
    let request = members.take("revoke");
    if grant.endpoint().is_none()
        && let Some(child) = url.as_ref().or(discovery.as_ref())
    {
        return Err(child
            .node()
            .error("this grant has no client that could authenticate the revocation")
            .hint("describe the request in `revoke`"));
    }
    if let (Grant::KeptToken(_), Some(child)) = (grant, &request) {
        return Err(child
            .node()
            .error("`keep` already says how a token is revoked"));
    }
    match (url, discovery, request) {
        (None, None, None) => Ok(None),
        (Some(url), None, None) => Ok(Some(Revocation::Rfc7009(url.node().endpoint()?))),
        (None, Some(url), None) => Ok(Some(Revocation::Discovered(url.node().endpoint()?))),
        (None, None, Some(request)) => {
            let mut members = request.node().members()?;
            let template = template::parse_template(&mut members)?;
            members.finish()?;
            Ok(Some(Revocation::Request(Box::new(template))))
        }
        _ => Err(SpecError::new(
            "",
            "only one of `revocation_url`, `discovery_url` and `revoke` can be given",
        )),
    }
}
