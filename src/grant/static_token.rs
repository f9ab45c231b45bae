//! A stored token (`static`), with an optional request that validates it and reads its expiry.

use serde_json::Value;

use super::encode::NotText;
use super::response::{self, NoToken, Requirement, ResponseFormat};
use super::template::Template;
use crate::credential::{AccessToken, Secret, Token};
use crate::http::{Request, Response};
use crate::time::Timestamp;

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
                let token = Some(&self.token);
                if let Some(why) = Requirement::broken(&metadata.require, response, &body, token) {
                    return Err(NoToken::Vetoed(why.to_owned()));
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
