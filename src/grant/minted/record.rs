//! What is kept of minted tokens between two runs: one JSON object in one keyring entry. It is written before anything is made at the
//! provider and before anything is forgotten, so that whatever is alive there is named here.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::credential::{AccessToken, Secret, Token};
use crate::time::Timestamp;

/// The token that is in use.
#[derive(Debug, Clone)]
pub struct Current {
    /// The token.
    pub token: Token,
    /// Its id at the provider.
    pub id: String,
}

/// An attempt of which it is not known what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The name that no other attempt has.
    pub name: String,
    /// When it was made.
    pub at: Timestamp,
}

/// Everything of ours that may be alive at the provider.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Where the tokens lie at the provider: the URL without its ids.
    pub place: String,
    /// The fingerprint of the request that made the token in use.
    pub request: String,
    /// The token in use.
    pub current: Option<Current>,
    /// Ids of former tokens that are to be revoked.
    pub superseded: Vec<String>,
    /// Attempts to be looked for.
    pub pending: Vec<Pending>,
}

/// The entry's content. Unknown members are refused: to write such a record back would lose them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    keyfob: u32,
    place: String,
    request: String,
    token: Option<String>,
    id: Option<String>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    superseded: Vec<String>,
    pending: Vec<Pending>,
}

impl Drop for Written {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

const VERSION: u32 = 1;

impl Record {
    /// The entry's content.
    #[must_use]
    pub fn to_secret(&self) -> Option<Secret> {
        let current = self.current.as_ref();
        let written = Written {
            keyfob: VERSION,
            place: self.place.clone(),
            request: self.request.clone(),
            token: current.map(|current| current.token.access_token.expose().to_owned()),
            id: current.map(|current| current.id.clone()),
            issued_at: current.map(|current| current.token.issued_at),
            expires_at: current.and_then(|current| current.token.expires_at),
            superseded: self.superseded.clone(),
            pending: self.pending.clone(),
        };
        Secret::json(&written, "")
    }

    /// Reads it; `None` for anything that this version did not write.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        let mut written: Written = serde_json::from_slice(secret.expose()).ok()?;
        if written.keyfob != VERSION {
            return None;
        }
        let current = match (&written.token, written.id.take(), written.issued_at) {
            (None, None, None) => None,
            (Some(token), Some(id), Some(issued_at)) => Some(Current {
                token: Token {
                    access_token: AccessToken::parse(token).ok()?,
                    issued_at,
                    expires_at: written.expires_at,
                    scope: None,
                },
                id,
            }),
            _ => return None,
        };
        Some(Self {
            place: std::mem::take(&mut written.place),
            request: std::mem::take(&mut written.request),
            current,
            superseded: std::mem::take(&mut written.superseded),
            pending: std::mem::take(&mut written.pending),
        })
    }

    /// Whether nothing of ours is alive.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.superseded.is_empty() && self.pending.is_empty()
    }

    /// Whether this attempt is still open.
    #[must_use]
    pub fn awaits(&self, name: &str) -> bool {
        self.pending.iter().any(|pending| pending.name == name)
    }

    /// An attempt of which it is known now what came.
    pub fn settle(&mut self, name: &str) {
        self.pending.retain(|pending| pending.name != name);
    }

    /// The token in use is a former one from now on.
    pub fn supersede(&mut self) {
        self.superseded
            .extend(self.current.take().map(|current| current.id));
    }
}
