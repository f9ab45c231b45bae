//! The token request of an OAuth grant: its parameters, sent by a client to a token endpoint. The
//! grants differ in their parameters alone, so each is a table in a file of its own.
//!
//! Never puts a secret in the URL.

use super::encode::{self, NotText};
use super::endpoint::TokenEndpoint;
use super::response::ResponseFormat;
use crate::credential::Secret;
use crate::http::Request;

/// A grant as its RFC describes it.
#[derive(Debug)]
pub struct OAuthGrant {
    /// The value of `provider` in a spec.
    pub name: &'static str,
    /// The value of the parameter `grant_type`.
    pub grant_type: &'static str,
    /// Its parameters in order, each a member of the spec: the name, what it holds, and whether it
    /// is required.
    pub parameters: &'static [(&'static str, Kind, bool)],
    /// What the response's `token_type` may be besides bearer.
    pub token_types: &'static [&'static str],
}

impl OAuthGrant {
    /// Whether it exchanges a token for another (RFC 8693).
    #[must_use]
    pub fn exchanges(&self) -> bool {
        self.parameters
            .iter()
            .any(|(_, kind, _)| *kind == Kind::TokenType)
    }
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A token, which is a source.
    Token,
    /// The type of a token (RFC 8693 §3).
    TokenType,
    /// A text, or a list of texts: a parameter that may be repeated.
    Texts,
    /// Scopes, separated by blanks (RFC 6749 §3.3).
    Scope,
}

/// The value of a parameter.
#[derive(Debug, Clone)]
pub enum Parameter<S> {
    /// A token.
    Token(S),
    /// A text.
    Text(String),
    /// Texts: repeated in a form, an array in JSON.
    List(Vec<String>),
}

/// A token request.
#[derive(Debug, Clone)]
pub struct TokenRequest<S> {
    /// The grant.
    pub grant: &'static OAuthGrant,
    /// The token endpoint and the client.
    pub endpoint: TokenEndpoint<S>,
    /// The parameters besides `grant_type` and those of the client, in order.
    pub parameters: Vec<(String, Parameter<S>)>,
    /// Where the response holds the token.
    pub response_format: ResponseFormat,
}

impl<S> TokenRequest<S> {
    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(
        &self,
        open: &mut dyn FnMut(&S) -> Result<T, E>,
    ) -> Result<TokenRequest<T>, E> {
        let endpoint = self.endpoint.open(open)?;
        let parameters = self.parameters.iter().map(|(name, parameter)| {
            let parameter = match parameter {
                Parameter::Token(token) => Parameter::Token(open(token)?),
                Parameter::Text(text) => Parameter::Text(text.clone()),
                Parameter::List(texts) => Parameter::List(texts.clone()),
            };
            Ok((name.clone(), parameter))
        });
        Ok(TokenRequest {
            grant: self.grant,
            parameters: parameters.collect::<Result<_, E>>()?,
            endpoint,
            response_format: self.response_format.clone(),
        })
    }

    /// The tokens that it sends, by the names of their parameters.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, &S)> {
        let parameters = self.parameters.iter();
        parameters.filter_map(|(name, parameter)| match parameter {
            Parameter::Token(token) => Some((name.as_str(), token)),
            Parameter::Text(_) | Parameter::List(_) => None,
        })
    }
}

impl TokenRequest<Secret> {
    /// The request.
    ///
    /// # Errors
    /// [`NotText`] if a secret cannot be put into the request.
    pub fn request(&self) -> Result<Request, NotText> {
        let mut fields = vec![("grant_type", self.grant.grant_type, false)];
        for (name, parameter) in &self.parameters {
            match parameter {
                Parameter::Token(token) => fields.push((name, encode::text(token)?, false)),
                Parameter::Text(text) => fields.push((name, text, false)),
                Parameter::List(texts) => {
                    let texts = texts
                        .iter()
                        .map(|text| (name.as_str(), text.as_str(), true));
                    fields.extend(texts);
                }
            }
        }
        let request = self.endpoint.post(&fields)?;
        // The server may reject a token that it has seen (RFC 7523 §3, `jti`).
        let repeatable = request.repeatable && self.tokens().next().is_none();
        Ok(Request {
            repeatable,
            ..request
        })
    }
}
