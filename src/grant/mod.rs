//! How a token is asked for, RFC by RFC: one request, one answer. Pure: what is sent and read are values.
//!
//! `Grant<Source>` as a spec writes it may be printed; `Grant<Secret>` is the same once its sources are open, and only it can make a
//! request.

pub mod answer;
pub mod client_credentials;
pub mod encode;
pub mod endpoint;
pub mod jwt_bearer;
pub mod kept_token;
pub mod rotation;
pub mod static_token;
pub mod template;

use crate::credential::{Secret, Token};
use crate::http::{Request, Response};
use crate::source::KeyringEntry;
use crate::time::{Expiry, Timestamp};
use answer::{NoToken, ResponseFormat};
use client_credentials::ClientCredentials;
use endpoint::TokenEndpoint;
use jwt_bearer::JwtBearer;
use kept_token::KeptToken;
use static_token::StaticToken;
use template::Template;

/// A way to ask for a token. `S` is `Source` as written, `Secret` once opened.
#[derive(Debug, Clone)]
pub enum Grant<S> {
    /// RFC 6749 §4.4.
    ClientCredentials(ClientCredentials<S>),
    /// RFC 7523 §2.1.
    JwtBearer(JwtBearer<S>),
    /// One request as data, and where its answer holds the token.
    Http(Template<S>, ResponseFormat),
    /// One request as data, whose token is kept and revoked.
    KeptToken(Box<KeptToken<S>>),
    /// A stored token, with a call that may veto it.
    StaticToken(StaticToken<S>),
}

impl<S> Grant<S> {
    /// The same grant with every source put through `open`.
    ///
    /// # Errors
    /// The first that `open` gives.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Grant<T>, E> {
        Ok(match self {
            Self::ClientCredentials(grant) => Grant::ClientCredentials(grant.open(open)?),
            Self::JwtBearer(grant) => Grant::JwtBearer(grant.open(open)?),
            Self::Http(template, reading) => Grant::Http(template.open(open)?, reading.clone()),
            Self::KeptToken(grant) => Grant::KeptToken(Box::new(grant.open(open)?)),
            Self::StaticToken(grant) => Grant::StaticToken(grant.open(open)?),
        })
    }

    /// Where the token itself is stored, where it is not made.
    #[must_use]
    pub fn stored_token(&self) -> Option<&S> {
        match self {
            Self::StaticToken(grant) => Some(&grant.token),
            Self::ClientCredentials(_)
            | Self::JwtBearer(_)
            | Self::Http(..)
            | Self::KeptToken(_) => None,
        }
    }

    /// The keyring entry in which its tokens are kept, where they are objects at the provider.
    #[must_use]
    pub fn kept_in(&self) -> Option<&KeyringEntry> {
        match self {
            Self::KeptToken(grant) => Some(&grant.store),
            Self::ClientCredentials(_)
            | Self::JwtBearer(_)
            | Self::Http(..)
            | Self::StaticToken(_) => None,
        }
    }

    /// The header field that says when to ask again, besides `Retry-After`.
    #[must_use]
    pub fn retry_header(&self) -> Option<&str> {
        self.reading().retry_header.as_deref()
    }

    /// Whether the token ends with the first of the tokens that its request was made with.
    #[must_use]
    pub fn ends_with_its_sources(&self) -> bool {
        self.reading().expires.contains(&Expiry::Sources)
    }

    fn reading(&self) -> &ResponseFormat {
        match self {
            Self::ClientCredentials(grant) => &grant.reading,
            Self::JwtBearer(grant) => &grant.reading,
            Self::Http(_, reading) => reading,
            Self::KeptToken(grant) => &grant.reading,
            Self::StaticToken(grant) => &grant.reading,
        }
    }

    /// The token endpoint and its client, where the grant has them (RFC 7009 revokes with the same authentication).
    #[must_use]
    pub fn endpoint(&self) -> Option<&TokenEndpoint<S>> {
        match self {
            Self::ClientCredentials(grant) => Some(&grant.endpoint),
            Self::JwtBearer(grant) => Some(&grant.endpoint),
            Self::Http(..) | Self::KeptToken(_) | Self::StaticToken(_) => None,
        }
    }
}

impl Grant<Secret> {
    /// The request that asks for a token; none where nothing has to be asked.
    ///
    /// # Errors
    /// [`encode::NotText`] where a secret cannot be put into the request.
    pub fn request(&self, now: Timestamp) -> Result<Option<Request>, encode::NotText> {
        match self {
            Self::ClientCredentials(grant) => grant.request().map(Some),
            Self::JwtBearer(grant) => grant.request().map(Some),
            Self::Http(template, _) => template.request(now).map(Some),
            // Made under a name that was written down first: not one request, but an order of events.
            Self::KeptToken(_) => Ok(None),
            Self::StaticToken(grant) => grant.request(now),
        }
    }

    /// Reads the answer; `asked_at` is the moment before the request was sent.
    ///
    /// # Errors
    /// [`NoToken`].
    pub fn read(
        &self,
        answer: Option<&Response>,
        asked_at: Timestamp,
        secrets: &[Secret],
    ) -> Result<Token, NoToken> {
        if let Self::StaticToken(grant) = self {
            return grant.read(answer, asked_at, secrets);
        }
        let answer = answer.ok_or_else(|| NoToken::Nonsense("nothing was asked".to_owned()))?;
        answer::read(answer, self.reading(), asked_at, secrets)
    }
}
