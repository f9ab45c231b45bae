//! Grants: how a token is requested, a file per RFC. A grant makes one request and reads one
//! response. Pure: both are values.
//!
//! `Grant<Source>` is the grant as in the spec and may be printed. `Grant<Secret>` has its sources
//! opened, and only it can make a request.

pub mod client_credentials;
pub mod encode;
pub mod endpoint;
pub mod jwt_bearer;
pub mod kept_token;
pub mod response;
pub mod rotation;
pub mod static_token;
pub mod template;
pub mod token_exchange;
pub mod token_request;
pub mod url;

use std::convert::Infallible;

use crate::credential::{Secret, Token};
use crate::http::{Request, Response};
use crate::source::KeyringEntry;
use crate::time::{ExpiryRule, Timestamp};
use endpoint::TokenEndpoint;
use kept_token::KeptToken;
use response::{NoToken, ResponseFormat};
use static_token::StaticToken;
use template::Template;
use token_request::TokenRequest;

/// How to request a token. `S` is `Source` as in the spec, `Secret` once opened.
#[derive(Debug, Clone)]
pub enum Grant<S> {
    /// A grant of OAuth: a client asks a token endpoint.
    OAuth(TokenRequest<S>),
    /// A request from the spec, and where its response holds the token.
    Http(Template<S>, ResponseFormat),
    /// A request from the spec whose token is kept and later revoked.
    KeptToken(Box<KeptToken<S>>),
    /// A stored token, with an optional request that validates it.
    StaticToken(StaticToken<S>),
}

impl<S> Grant<S> {
    /// Whether the environment decides where its request is sent, or a metadata service receives
    /// it: see [`url::Url::is_confined`].
    #[must_use]
    pub fn is_confined(&self) -> bool {
        match self {
            Self::Http(template, _) => template.url.is_confined(),
            Self::StaticToken(grant) => {
                let metadata = grant.metadata.as_ref();
                metadata.is_some_and(|metadata| metadata.template.url.is_confined())
            }
            Self::OAuth(_) | Self::KeptToken(_) => false,
        }
    }

    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Grant<T>, E> {
        Ok(match self {
            Self::OAuth(grant) => Grant::OAuth(grant.open(open)?),
            Self::Http(template, response_format) => {
                Grant::Http(template.open(open)?, response_format.clone())
            }
            Self::KeptToken(grant) => Grant::KeptToken(Box::new(grant.open(open)?)),
            Self::StaticToken(grant) => Grant::StaticToken(grant.open(open)?),
        })
    }

    /// Calls `visit` with every source, in the order in which they are opened.
    pub fn walk(&self, visit: &mut dyn FnMut(&S)) {
        let Ok(_) = self.open::<(), Infallible>(&mut |source| {
            visit(source);
            Ok(())
        });
    }

    /// The source of the token if it is stored, not issued.
    #[must_use]
    pub fn stored_token(&self) -> Option<&S> {
        match self {
            Self::StaticToken(grant) => Some(&grant.token),
            Self::OAuth(_) | Self::Http(..) | Self::KeptToken(_) => None,
        }
    }

    /// The keyring entry of its tokens if they are objects at the provider.
    #[must_use]
    pub fn keyring_entry(&self) -> Option<&KeyringEntry> {
        match self {
            Self::KeptToken(grant) => Some(&grant.store),
            Self::OAuth(_) | Self::Http(..) | Self::StaticToken(_) => None,
        }
    }

    /// The header field that delays a retry, besides `Retry-After`.
    #[must_use]
    pub fn retry_header(&self) -> Option<&str> {
        self.response_format().retry_header.as_deref()
    }

    /// Whether the token expires with the first of the tokens that its request was made with.
    #[must_use]
    pub fn expires_with_sources(&self) -> bool {
        self.response_format()
            .expiry_rules
            .contains(&ExpiryRule::Sources)
    }

    /// Whether it exchanges a token for another (RFC 8693).
    #[must_use]
    pub fn exchanges(&self) -> bool {
        matches!(self, Self::OAuth(grant) if grant.grant.exchanges())
    }

    /// Whether its request carries a signature of AWS, which is valid for a short time.
    #[must_use]
    pub fn is_signed_for_aws(&self) -> bool {
        matches!(self, Self::Http(template, _) if template.aws.is_some())
    }

    fn response_format(&self) -> &ResponseFormat {
        match self {
            Self::OAuth(grant) => &grant.response_format,
            Self::Http(_, response_format) => response_format,
            Self::KeptToken(grant) => &grant.response_format,
            Self::StaticToken(grant) => &grant.response_format,
        }
    }

    /// The token endpoint and its client, if the grant has them. RFC 7009 revokes with the same
    /// authentication.
    #[must_use]
    pub fn endpoint(&self) -> Option<&TokenEndpoint<S>> {
        match self {
            Self::OAuth(grant) => Some(&grant.endpoint),
            Self::Http(..) | Self::KeptToken(_) | Self::StaticToken(_) => None,
        }
    }
}

impl Grant<Secret> {
    /// The token request. `None` if the grant needs none.
    ///
    /// # Errors
    /// [`encode::NotText`] if a secret cannot be put into the request.
    pub fn request(&self, now: Timestamp) -> Result<Option<Request>, encode::NotText> {
        match self {
            Self::OAuth(grant) => grant.request().map(Some),
            Self::Http(template, _) => template.request(now).map(Some),
            // Its name has to be recorded first, so `obtain` makes this request.
            Self::KeptToken(_) => Ok(None),
            Self::StaticToken(grant) => grant.request(now),
        }
    }

    /// The token of a response. `requested_at` is the moment before the request was sent.
    ///
    /// # Errors
    /// [`NoToken`] if the response has no usable token.
    pub fn token_from_response(
        &self,
        response: Option<&Response>,
        requested_at: Timestamp,
        secrets: &[Secret],
    ) -> Result<Token, NoToken> {
        if let Self::StaticToken(grant) = self {
            return grant.token_from_response(response, requested_at, secrets);
        }
        let response =
            response.ok_or_else(|| NoToken::Nonsense("no request was sent".to_owned()))?;
        response::parse_token(response, self.response_format(), requested_at, secrets)
    }
}
