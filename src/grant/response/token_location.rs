//! Where a response holds the token: a JSON pointer (RFC 6901) or an XML element, or one for each
//! part of a token with several parts.
//!
//! The parts become one JSON object as text, so that the cache and the callers handle one token;
//! protocols that need the parts parse it. Every part must be a valid token by itself.

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::{AccessToken, Secret};
use crate::time::xml;

/// The location of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenLocation {
    /// One value.
    At(Location),
    /// Several parts: the name and location of each.
    Parts(Vec<(String, Location)>),
}

/// The location of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A pointer into a JSON response.
    Pointer(String),
    /// The first element of this name in an XML response, not in an HTML page.
    Element(String),
}

impl TokenLocation {
    /// The pointers of all values.
    pub(super) fn pointers(&self) -> impl Iterator<Item = &str> {
        self.locations().filter_map(|location| match location {
            Location::Pointer(pointer) => Some(pointer.as_str()),
            Location::Element(_) => None,
        })
    }

    fn locations(&self) -> impl Iterator<Item = &Location> {
        let (one, parts) = match self {
            Self::At(location) => (Some(location), None),
            Self::Parts(parts) => (None, Some(parts.iter().map(|(_, location)| location))),
        };
        one.into_iter().chain(parts.into_iter().flatten())
    }

    /// Whether the response is XML.
    pub(super) fn is_xml(&self) -> bool {
        self.locations()
            .any(|location| matches!(location, Location::Element(_)))
    }

    /// The token in a response body. The error says what is wrong with it.
    pub(super) fn extract(&self, body: &Value) -> Result<AccessToken, String> {
        let parse = |text: &str| AccessToken::parse(text).map_err(|why| why.to_string());
        let at = |location: &Location| match location {
            Location::Pointer(pointer) => match body.pointer(pointer) {
                Some(Value::String(text)) => parse(text),
                Some(_) => Err(format!("`{pointer}` is not a string")),
                None => Err(format!("there is no token at `{pointer}`")),
            },
            Location::Element(name) => {
                let element = body.as_str().and_then(|xml| xml::element_text(xml, name));
                let text = element.map(Zeroizing::new);
                let text = text.ok_or_else(|| format!("there is no element `{name}`"))?;
                parse(&text)
            }
        };
        let parts = match self {
            Self::At(location) => return at(location),
            Self::Parts(parts) => parts.iter(),
        };
        let parts = parts
            .map(|(name, location)| Ok((name.as_str(), at(location)?)))
            .collect::<Result<Vec<_>, String>>()?;
        // Inserted one by one: `collect` sorts first, which adds kilobytes to the program.
        let mut members = BTreeMap::new();
        for (name, part) in &parts {
            members.insert(*name, part.expose());
        }
        let json = Secret::json(&members, "").ok_or("its parts cannot be written as JSON")?;
        parse(json.expose_text().unwrap_or_default())
    }
}
