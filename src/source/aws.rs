//! A signature of AWS as a spec writes it: its service, its region and the source of its key.
//!
//! Specified by AWS Signature Version 4 (see [`crate::http::sigv4`]). The key is read anew for each
//! signature; nothing derived from it is kept.

use serde_json::Value;

use super::document::{in_document, value_at};
use super::text::Text;
use crate::credential::Secret;
use crate::http::sigv4::{self, AccessKey, Scope};
use crate::target::Endpoint;
use crate::time::Timestamp;

/// What a request is signed for, and with which key.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature<S> {
    /// The service's signing name, as in `ecr`.
    pub service: String,
    /// The region, as in `eu-central-1`.
    pub region: String,
    /// The access key.
    pub keys: Keys<S>,
}

/// The sources of an access key.
#[derive(Debug, Clone, PartialEq)]
pub enum Keys<S> {
    /// One JSON object with `AccessKeyId`, `SecretAccessKey` and, for a session, `SessionToken`:
    /// as the aws CLI's `export-credentials`, AWS STS (`Credentials`) and the metadata services
    /// (`Token`) write it.
    Document(S),
    /// Its parts, each from a source of its own.
    Parts {
        /// `AccessKeyId`
        id: S,
        /// `SecretAccessKey`
        secret: S,
        /// `SessionToken`
        session: Option<S>,
    },
}

/// The error for a document without an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAccessKey;

/// A GET request that carries its signature in its URL, valid for a short time.
#[derive(Debug, Clone, PartialEq)]
pub struct Presigned<S> {
    /// The URL without what the signature adds.
    pub url: Endpoint,
    /// Headers that whoever sends the request has to send as well.
    pub headers: Vec<(String, Text<S>)>,
    /// For how many seconds the signature is valid.
    pub expires: u64,
    /// The signature.
    pub signature: Signature<S>,
}

impl<S> Signature<S> {
    /// Opens the sources of the key.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Signature<T>, E> {
        let keys = match &self.keys {
            Keys::Document(document) => Keys::Document(open(document)?),
            Keys::Parts {
                id,
                secret,
                session,
            } => Keys::Parts {
                id: open(id)?,
                secret: open(secret)?,
                session: session.as_ref().map(open).transpose()?,
            },
        };
        Ok(Signature {
            service: self.service.clone(),
            region: self.region.clone(),
            keys,
        })
    }

    /// The scope of a signature that is made at this time.
    #[must_use]
    pub fn scope(&self, at: Timestamp) -> Scope<'_> {
        Scope {
            region: &self.region,
            service: &self.service,
            at,
        }
    }

    /// The sources of the key.
    pub fn sources(&self) -> impl Iterator<Item = &S> {
        let (first, second, third) = match &self.keys {
            Keys::Document(document) => (document, None, None),
            Keys::Parts {
                id,
                secret,
                session,
            } => (id, Some(secret), session.as_ref()),
        };
        [Some(first), second, third].into_iter().flatten()
    }
}

impl Signature<Secret> {
    /// The access key.
    ///
    /// # Errors
    /// [`NoAccessKey`] where the document has none.
    pub fn key(&self) -> Result<AccessKey, NoAccessKey> {
        match &self.keys {
            Keys::Document(document) => {
                in_document(document, read_key).flatten().ok_or(NoAccessKey)
            }
            Keys::Parts {
                id,
                secret,
                session,
            } => Ok(AccessKey {
                id: id.clone(),
                secret: secret.clone(),
                session: session.clone(),
            }),
        }
    }
}

impl<S> Presigned<S> {
    /// The same with its sources opened.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Presigned<T>, E> {
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| Ok((name.clone(), value.open(open)?)));
        Ok(Presigned {
            url: self.url.clone(),
            headers: headers.collect::<Result<_, E>>()?,
            expires: self.expires,
            signature: self.signature.open(open)?,
        })
    }

    /// All sources.
    pub fn sources(&self) -> impl Iterator<Item = &S> {
        let headers = self.headers.iter().filter_map(|(_, value)| value.source());
        headers.chain(self.signature.sources())
    }
}

impl Presigned<Secret> {
    /// The URL, signed with this key. It is as secret as the key.
    #[must_use]
    pub fn url(&self, key: &AccessKey, now: Timestamp) -> Secret {
        let scope = self.signature.scope(now);
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.secret()));
        sigv4::presign(&self.url, headers.collect(), self.expires, key, scope)
    }
}

fn read_key(document: &Value) -> Option<AccessKey> {
    let first = |pointers: &[&str]| {
        let mut values = pointers.iter().map(|pointer| value_at(document, pointer));
        values.find_map(Result::ok)
    };
    Some(AccessKey {
        id: first(&["/AccessKeyId", "/Credentials/AccessKeyId"])?,
        secret: first(&["/SecretAccessKey", "/Credentials/SecretAccessKey"])?,
        session: first(&["/SessionToken", "/Token", "/Credentials/SessionToken"]),
    })
}
