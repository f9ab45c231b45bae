//! A URL whose query is written as an object.

use zeroize::Zeroizing;

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
    url.endpoint()?;
    let mut text = Zeroizing::new(url.text()?.to_owned());
    let mut joint = if text.contains('?') { '&' } else { '?' };
    for (name, value) in &pairs {
        text.push(joint);
        encode::form_encode(name, &mut text);
        text.push('=');
        encode::form_encode(value, &mut text);
        joint = '&';
    }
    Endpoint::parse(&text).map_err(|why| url.error(why.to_string()))
}
