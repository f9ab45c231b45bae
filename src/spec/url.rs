//! A URL whose query is written as an object.

use super::members::Members;
use super::node::{Node, SpecError};
use crate::grant::encode;
use crate::target::Endpoint;

/// The URL with the member `query` added to it: text only, because a secret never stands in a URL.
pub(super) fn with_query(url: Node<'_>, members: &mut Members<'_>) -> Result<Endpoint, SpecError> {
    let Some(query) = members.take("query") else {
        return url.endpoint();
    };
    let mut pairs = Vec::new();
    for (name, value) in query.node().members()?.rest() {
        let values = value.node().texts()?;
        pairs.extend(values.into_iter().map(|value| (name.clone(), value)));
    }
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str(), false))
        .collect();
    Ok(encode::with_query(url.endpoint()?, &pairs))
}
