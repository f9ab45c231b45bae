//! The JWT bearer grant: RFC 7523 §2.1, with or without client authentication.
//!
//! The assertion is a source of its own, so its `aud` is whatever the spec writes, to the letter: vendors want ports, token URLs, issuers.

use super::answer::ResponseFormat;
use super::encode::{self, NotText};
use super::endpoint::TokenEndpoint;
use crate::credential::Secret;
use crate::http::Request;

/// The grant type's name (RFC 7523 §2.1).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// RFC 7523 §2.1.
#[derive(Debug, Clone)]
pub struct JwtBearer<S> {
    /// Where and as whom.
    pub endpoint: TokenEndpoint<S>,
    /// The assertion.
    pub assertion: S,
    /// Scope, words separated by blanks.
    pub scope: Option<String>,
    /// Further parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// How the answer is read.
    pub reading: ResponseFormat,
}

impl<S> JwtBearer<S> {
    /// The same with its secrets opened.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<JwtBearer<T>, E> {
        Ok(JwtBearer {
            endpoint: self.endpoint.open(open)?,
            assertion: open(&self.assertion)?,
            scope: self.scope.clone(),
            parameters: self.parameters.clone(),
            reading: self.reading.clone(),
        })
    }
}

impl JwtBearer<Secret> {
    /// The token request.
    ///
    /// # Errors
    /// [`NotText`] where a secret cannot be put into it.
    pub fn request(&self) -> Result<Request, NotText> {
        let mut fields = vec![
            ("grant_type", GRANT_TYPE),
            ("assertion", encode::text(&self.assertion)?),
        ];
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        fields.extend(
            self.parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let request = self.endpoint.post(&fields)?;
        // An assertion is good once (RFC 7523 §3, jti): sent again it would be refused, not answered.
        Ok(Request {
            repeatable: false,
            ..request
        })
    }
}
