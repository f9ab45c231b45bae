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
        // A certificate and its key have lines.
        let part = |location: &Location| {
            let value = location.read("token", response, body)?;
            let is_pem = value
                .expose_text()
                .is_some_and(|text| text.trim_start().starts_with("-----BEGIN "));
            match is_pem {
                true => Ok(value),
                false => parse(&value).map(|token| token.secret()),
            }
        };
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
            .map(|(name, location)| Ok((name.as_str(), part(location)?)))
            .collect::<Result<Vec<_>, String>>()?;
        // Inserted one by one: `collect` sorts first, which adds kilobytes to the program.
        let mut members = BTreeMap::new();
        for (name, part) in &parts {
            members.insert(*name, part.expose_text().unwrap_or_default());
        }
        let json = Secret::json(&members, "").ok_or("its parts cannot be written as JSON")?;
        // A token has no blanks, which PEM has.
        let pieces: Vec<&str> = json.expose_text().unwrap_or_default().split(' ').collect();
        Ok((parse(&json_without_blanks(&pieces))?, None))
    }
}

/// The JSON with its blanks, which are all in strings, as escapes.
fn json_without_blanks(pieces: &[&str]) -> Secret {
    let mut escaped = Vec::with_capacity(2 * pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            escaped.push("\\u0020");
        }
        escaped.push(*piece);
    }
    Secret::joined(&escaped)
}
