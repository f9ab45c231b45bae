//! The JWT bearer grant: RFC 7523 §2.1, with or without client authentication.
//!
//! The assertion is a source, so the spec decides its `aud`: servers require different ones (a URL
//! with port, the token URL, the issuer).

use super::encode::{self, NotText};
use super::endpoint::TokenEndpoint;
use super::response::ResponseFormat;
use crate::credential::Secret;
use crate::http::Request;

/// The value of `grant_type` (RFC 7523 §2.1).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The parameters of RFC 7523 §2.1.
#[derive(Debug, Clone)]
pub struct JwtBearer<S> {
    /// The token endpoint and the client.
    pub endpoint: TokenEndpoint<S>,
    /// The source of the JWT.
    pub assertion: S,
    /// Scopes separated by blanks.
    pub scope: Option<String>,
    /// Further parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// Where the response holds the token.
    pub response_format: ResponseFormat,
}

impl<S> JwtBearer<S> {
    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<JwtBearer<T>, E> {
        Ok(JwtBearer {
            endpoint: self.endpoint.open(open)?,
            assertion: open(&self.assertion)?,
            scope: self.scope.clone(),
            parameters: self.parameters.clone(),
            response_format: self.response_format.clone(),
        })
    }
}

impl JwtBearer<Secret> {
    /// The token request (RFC 7523 §2.1).
    ///
    /// # Errors
    /// [`NotText`] if a secret cannot be put into the request.
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
        // The server may reject an assertion that it has seen (RFC 7523 §3, `jti`).
        Ok(Request {
            repeatable: false,
            ..request
        })
    }
}
