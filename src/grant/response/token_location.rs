//! Where a response holds the token: at one location, or at one for each part of a token with
//! several parts.
//!
//! The parts become one JSON object as text, so that the cache and the callers handle one token;
//! protocols that need the parts parse it. Every part must be a valid token by itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::location::{self, Location};
use crate::credential::{AccessToken, Secret};
use crate::http::Response;

/// The location of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenLocation {
    /// One value.
    At(Location),
    /// Several parts: the name and location of each.
    Parts(Vec<(String, Location)>),
}

impl TokenLocation {
    pub(super) fn locations(&self) -> impl Iterator<Item = &Location> {
        let (one, parts) = match self {
            Self::At(location) => (Some(location), None),
            Self::Parts(parts) => (None, Some(parts.iter().map(|(_, location)| location))),
        };
        one.into_iter().chain(parts.into_iter().flatten())
    }

    /// The token in a response, and the user name that is encoded with it. The error says what is
    /// wrong with them.
    pub(super) fn extract(
        &self,
        response: &Response,
        body: &Value,
    ) -> Result<(AccessToken, Option<String>), String> {
        let parse = |text: &Secret| {
            let text = text.expose_text().unwrap_or_default();
            AccessToken::parse(text).map_err(|why| why.to_string())
        };
        let at = |location: &Location| parse(&location.read("token", response, body)?);
        let parts = match self {
            Self::At(basic @ Location::Basic(pointer)) => {
                let encoded = basic.read("token", response, body)?;
                let pair = location::decode_basic(encoded.expose_text().unwrap_or_default());
                let (user, password) = pair
                    .ok_or_else(|| format!("`{pointer}` is not the Base64 of `user:password`"))?;
                let user = location::check_username(&user)?;
                return Ok((parse(&password)?, Some(user)));
            }
            Self::At(location) => return Ok((at(location)?, None)),
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
        Ok((parse(&json)?, None))
    }
}
