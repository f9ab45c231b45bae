//! A stored token (`static`), with an optional request that validates it and reads its expiry.

use serde_json::Value;

use super::encode::NotText;
use super::response::{self, NoToken, ResponseFormat};
use super::template::Template;
use crate::credential::{AccessToken, Secret, Token};
use crate::http::{Request, Response};
use crate::time::Timestamp;

/// A requirement on a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// A JSON pointer.
    pub pointer: String,
    /// The test of the value there.
    pub test: Test,
    /// The error message if the test fails.
    pub otherwise: String,
}

/// A test of a value in a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The value equals this one. A missing value equals null.
    Equals(Value),
    /// The value is a prefix of the token that ends at a `_` or is the whole token: the part that a
    /// vendor shows.
    BeginsToken,
}

impl Requirement {
    /// The public part of the token, if this test compares it and succeeds: at most half of the
    /// token, and at most its first two words (`ddsat_PUBLIC_…`).
    #[must_use]
    pub fn public_part<'a>(&self, response: &'a Value, token: Option<&Secret>) -> Option<&'a str> {
        let part = response.pointer(&self.pointer)?.as_str()?;
        let short = 2 * part.len() <= token?.len() && part.matches('_').count() < 2;
        let shown = matches!(self.test, Test::BeginsToken) && short;
        (shown && self.holds(response, token)).then_some(part)
    }

    /// Whether the response meets the requirement.
    #[must_use]
    pub fn holds(&self, response: &Value, token: Option<&Secret>) -> bool {
        let found = response.pointer(&self.pointer).unwrap_or(&Value::Null);
        match &self.test {
            Test::Equals(wanted) => found == wanted,
            Test::BeginsToken => {
                let token = token.and_then(Secret::expose_text);
                let rest = token
                    .zip(found.as_str().filter(|found| !found.is_empty()))
                    .and_then(|(token, found)| token.strip_prefix(found));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            }
        }
    }
}

/// The request that validates a stored token.
#[derive(Debug, Clone)]
pub struct Metadata<S> {
    /// The request.
    pub template: Template<S>,
    /// The requirements on its response.
    pub require: Vec<Requirement>,
}

/// A stored token.
#[derive(Debug, Clone)]
pub struct StaticToken<S> {
    /// The source of the token.
    pub token: S,
    /// The request that validates it.
    pub metadata: Option<Metadata<S>>,
    /// The rules for its expiry, which point into the response.
    pub response_format: ResponseFormat,
}

impl<S> StaticToken<S> {
    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(
        &self,
        open: &mut dyn FnMut(&S) -> Result<T, E>,
    ) -> Result<StaticToken<T>, E> {
        let metadata = match &self.metadata {
            None => None,
            Some(metadata) => Some(Metadata {
                template: metadata.template.open(open)?,
                require: metadata.require.clone(),
            }),
        };
        Ok(StaticToken {
            token: open(&self.token)?,
            metadata,
            response_format: self.response_format.clone(),
        })
    }
}

impl StaticToken<Secret> {
    /// The metadata request, if the spec has one.
    ///
    /// # Errors
    /// [`NotText`] if a secret cannot be put into the request.
    pub fn request(&self, now: Timestamp) -> Result<Option<Request>, NotText> {
        self.metadata
            .as_ref()
            .map(|metadata| metadata.template.request(now))
            .transpose()
    }

    /// The stored token, if the response meets every requirement.
    ///
    /// # Errors
    /// [`NoToken`] for an error response, or if a requirement is not met.
    pub fn token_from_response(
        &self,
        response: Option<&Response>,
        requested_at: Timestamp,
        secrets: &[Secret],
    ) -> Result<Token, NoToken> {
        let nonsense = |why: &str| NoToken::Nonsense(why.to_owned());
        let mut username = None;
        let body = match (response, &self.metadata) {
            (Some(response), Some(metadata)) => {
                let body = response::parse_success(
                    response,
                    &self.response_format,
                    requested_at,
                    secrets,
                )?;
                let broken = metadata
                    .require
                    .iter()
                    .find(|requirement| !requirement.holds(&body, Some(&self.token)));
                if let Some(requirement) = broken {
                    return Err(NoToken::Vetoed(requirement.otherwise.clone()));
                }
                if let Some(location) = &self.response_format.username {
                    username = Some(response::read_username(location, response, &body)?);
                }
                body
            }
            _ => Value::Null,
        };
        let text = self
            .token
            .expose_text()
            .ok_or_else(|| nonsense("the stored token is not text"))?;
        let access_token = AccessToken::parse(text)
            .map_err(|why| nonsense(&format!("in the stored token, {why}")))?;
        let expires_at = response::parse_expiry(
            &self.response_format.expiry_rules,
            &body,
            text,
            requested_at,
            secrets,
        )?;
        Ok(Token {
            access_token,
            issued_at: requested_at,
            expires_at,
            scope: None,
            username,
            repeats_secret: false,
        })
    }
}
