//! JSON → a signature of AWS: `"aws": {"service", "region", "keys"}` of a request, and the source
//! `presigned`.

use super::members::Members;
use super::node::{Node, Read, SpecError};
use super::text::parse_text;
use super::url::with_query;
use crate::source::Source;
use crate::source::aws::{Keys, Presigned, Signature};

/// Longest life of a presigned URL, in seconds: AWS accepts a week.
const LONGEST: u64 = 604_800;
/// How long a presigned URL is valid by default, in seconds. The aws CLI writes the same into the
/// token of an EKS cluster.
const DEFAULT: u64 = 60;

/// `{"service", "region", "keys"}`
pub(super) fn signature(node: Node<'_>, read: Read<'_>) -> Result<Signature<Source>, SpecError> {
    let mut members = node.members()?;
    let signature = taken(&mut members, read)?;
    members.finish()?;
    Ok(signature)
}

/// `{"url", "query"?, "headers"?, "expires"?, "service", "region", "keys"}`
pub(super) fn presigned(node: Node<'_>, read: Read<'_>) -> Result<Presigned<Source>, SpecError> {
    let mut members = node.members()?;
    let url = members.need("url")?;
    let url = with_query(url.node(), &mut members)?;
    let mut headers = Vec::new();
    if let Some(child) = members.take("headers") {
        for (name, value) in child.node().members()?.rest() {
            headers.push((name, parse_text(value.node(), read)?));
        }
    }
    let expires = members.seconds("expires", LONGEST)?;
    let signature = taken(&mut members, read)?;
    members.finish()?;
    Ok(Presigned {
        url,
        headers,
        expires: expires.map_or(DEFAULT, |span| span.as_secs()),
        signature,
    })
}

fn taken(members: &mut Members<'_>, read: Read<'_>) -> Result<Signature<Source>, SpecError> {
    let mut name = |member| part_of_scope(members.need(member)?.node());
    let (service, region) = (name("service")?, name("region")?);
    if service == "s3" {
        let error = members
            .node()
            .error("requests to S3 are signed in another way");
        return Err(error);
    }
    let keys = members.need("keys")?;
    Ok(Signature {
        service,
        region,
        keys: access_key(keys.node(), read)?,
    })
}

/// A service's or region's name, which stands between slashes in the credential scope.
fn part_of_scope(node: Node<'_>) -> Result<String, SpecError> {
    let name = node.text()?;
    match name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        true => Ok(name.to_owned()),
        false => {
            Err(node.error("letters, digits and hyphens are wanted here, as in \"us-east-1\""))
        }
    }
}

/// A source of the whole key, or `{"id", "secret", "session"?}`.
fn access_key(node: Node<'_>, read: Read<'_>) -> Result<Keys<Source>, SpecError> {
    let is_in_parts = |name| node.value().get(name).is_some();
    if !is_in_parts("id") && !is_in_parts("secret") {
        return read(node).map(Keys::Document);
    }
    let mut members = node.members()?;
    let keys = Keys::Parts {
        id: read(members.need("id")?.node())?,
        secret: read(members.need("secret")?.node())?,
        session: members
            .take("session")
            .map(|session| read(session.node()))
            .transpose()?,
    };
    members.finish()?;
    Ok(keys)
}
