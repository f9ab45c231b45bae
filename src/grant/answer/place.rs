//! Where an answer holds the token: one JSON pointer (RFC 6901), or one for each part of a token that has several.
//!
//! Parts become the text of one JSON object, so that what is kept and handed out is one token; who wants its parts reads it again. Every
//! part has to be what a whole token has to be.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::credential::{AccessToken, Secret};

/// The place of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Whole, at this pointer.
    At(String),
    /// In parts: the name of each, and the pointer to it.
    Parts(Vec<(String, String)>),
}

impl Place {
    /// Every pointer.
    pub(super) fn pointers(&self) -> impl Iterator<Item = &str> {
        let (one, parts) = match self {
            Self::At(pointer) => (Some(pointer), None),
            Self::Parts(parts) => (None, Some(parts.iter().map(|(_, pointer)| pointer))),
        };
        let all = one.into_iter().chain(parts.into_iter().flatten());
        all.map(String::as_str)
    }

    /// The token, or what is wrong with it.
    pub(super) fn read(&self, body: &Value) -> Result<AccessToken, String> {
        let parse = |text: &str| AccessToken::parse(text).map_err(|why| why.to_string());
        let at = |pointer: &str| match body.pointer(pointer) {
            Some(Value::String(text)) => parse(text),
            Some(_) => Err(format!("`{pointer}` is no string")),
            None => Err(format!("there is no token at `{pointer}`")),
        };
        let parts = match self {
            Self::At(pointer) => return at(pointer),
            Self::Parts(parts) => parts.iter(),
        };
        let parts = parts
            .map(|(name, pointer)| Ok((name.as_str(), at(pointer)?)))
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
