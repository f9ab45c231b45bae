//! Where an answer holds the token: a JSON pointer (RFC 6901) or an XML element, or one for each part of a token that has several.
//!
//! Parts become the text of one JSON object, so that what is kept and handed out is one token; who wants its parts reads it again. Every
//! part has to be what a whole token has to be.

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::{AccessToken, Secret};
use crate::time::xml;

/// The place of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenLocation {
    /// Whole, here.
    At(Location),
    /// In parts: the name of each, and where it is.
    Parts(Vec<(String, Location)>),
}

/// Where one value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// At this pointer of a JSON answer.
    Pointer(String),
    /// In the first element of this name of an XML answer. A page in HTML has no elements.
    Element(String),
}

impl TokenLocation {
    /// Every pointer.
    pub(super) fn pointers(&self) -> impl Iterator<Item = &str> {
        self.spots().filter_map(|spot| match spot {
            Location::Pointer(pointer) => Some(pointer.as_str()),
            Location::Element(_) => None,
        })
    }

    fn spots(&self) -> impl Iterator<Item = &Location> {
        let (one, parts) = match self {
            Self::At(spot) => (Some(spot), None),
            Self::Parts(parts) => (None, Some(parts.iter().map(|(_, spot)| spot))),
        };
        one.into_iter().chain(parts.into_iter().flatten())
    }

    /// Whether the answer is XML.
    pub(super) fn is_of_xml(&self) -> bool {
        self.spots()
            .any(|spot| matches!(spot, Location::Element(_)))
    }

    /// The token, or what is wrong with it.
    pub(super) fn read(&self, body: &Value) -> Result<AccessToken, String> {
        let parse = |text: &str| AccessToken::parse(text).map_err(|why| why.to_string());
        let at = |spot: &Location| match spot {
            Location::Pointer(pointer) => match body.pointer(pointer) {
                Some(Value::String(text)) => parse(text),
                Some(_) => Err(format!("`{pointer}` is no string")),
                None => Err(format!("there is no token at `{pointer}`")),
            },
            Location::Element(name) => {
                let element = body.as_str().and_then(|xml| xml::element(xml, name));
                let text = element.map(Zeroizing::new);
                let text = text.ok_or_else(|| format!("there is no element `{name}`"))?;
                parse(&text)
            }
        };
        let parts = match self {
            Self::At(spot) => return at(spot),
            Self::Parts(parts) => parts.iter(),
        };
        let parts = parts
            .map(|(name, spot)| Ok((name.as_str(), at(spot)?)))
            .collect::<Result<Vec<_>, String>>()?;
        // Not collected: that would sort, which costs the program kilobytes for each type.
        let mut members = BTreeMap::new();
        for (name, part) in &parts {
            members.insert(*name, part.expose());
        }
        let whole = Secret::json(&members, "").ok_or("its parts cannot be written as JSON")?;
        parse(whole.expose_text().unwrap_or_default())
    }
}
