//! How a token is asked for, RFC by RFC: one request, one answer. Pure: what is sent and read are values.
//!
//! `Grant<Source>` as a spec writes it may be printed and compared; `Grant<Secret>` is the same once its sources are
//! open, and only it can make a request.

pub mod answer;
pub mod client_credentials;
pub mod encode;

use crate::credential::Secret;
use crate::http::Request;
use answer::Reading;
use client_credentials::ClientCredentials;

/// A way to ask for a token. `S` is `Source` as written, `Secret` once opened.
#[derive(Debug, Clone)]
pub enum Grant<S> {
    /// RFC 6749 §4.4.
    ClientCredentials(ClientCredentials<S>),
}

impl<S> Grant<S> {
    /// The same grant with every source put through `open`.
    ///
    /// # Errors
    /// The first that `open` gives.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Grant<T>, E> {
        match self {
            Self::ClientCredentials(grant) => grant.open(open).map(Grant::ClientCredentials),
        }
    }

    /// How its answer is read.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        match self {
            Self::ClientCredentials(grant) => &grant.reading,
        }
    }

    /// The grant's name in a spec.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientCredentials(_) => "client_credentials",
        }
    }
}

impl Grant<Secret> {
    /// The request that asks for a token.
    ///
    /// # Errors
    /// [`encode::NotText`] where a secret cannot be put into the request.
    pub fn request(&self) -> Result<Request, encode::NotText> {
        match self {
            Self::ClientCredentials(grant) => grant.request(),
        }
    }
}
