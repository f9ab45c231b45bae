//! What is kept of minted tokens between two runs: one JSON object in one keyring entry. It is written before anything is made at the
//! provider and before anything is forgotten, so that whatever is alive there is named here.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::credential::{AccessToken, Secret, Token};
use crate::time::Timestamp;

/// The token that is in use.
#[derive(Debug, Clone)]
pub struct CurrentToken {
    /// The token.
    pub token: Token,
    /// Its id at the provider.
    pub id: String,
}

/// An attempt of which it is not known what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingAttempt {
    /// The name that no other attempt has.
    pub name: String,
    /// When it was made.
    pub at: Timestamp,
}

/// A former token that is to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerToken {
    /// Its id at the provider.
    pub id: String,
    /// Where it was made with other secrets than the present ones: with which, and when it ends. Whoever has
    /// the present ones may not see it, and be told that there is no such token.
    pub elsewhere: Option<OtherAccount>,
}

/// The secrets of another account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAccount {
    /// Their fingerprint; empty where it is not known.
    pub secrets: String,
    /// When the token ends that was made with them.
    pub until: Option<Timestamp>,
}

/// Everything of ours that may be alive at the provider.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Where the tokens lie at the provider: the URL without its ids.
    pub place: String,
    /// The fingerprint of the request that made the token in use, less its secrets.
    pub request: String,
    /// The fingerprint of those secrets.
    pub secrets: String,
    /// The token in use.
    pub current: Option<CurrentToken>,
    /// Former tokens that are to be revoked.
    pub superseded: Vec<FormerToken>,
    /// Attempts to be looked for.
    pub pending: Vec<PendingAttempt>,
    /// When a token was last given up because somebody's server rejected it.
    pub rejected_at: Option<Timestamp>,
    /// Whether somebody wants the token in use forgotten: it stays only if the provider says that it is there.
    pub doubted: bool,
}

/// The entry's content. Unknown members are refused: to write such a record back would lose them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    keyfob: u32,
    place: String,
    request: String,
    #[serde(default)]
    secrets: String,
    token: Option<String>,
    id: Option<String>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    superseded: Vec<WrittenFormer>,
    pending: Vec<PendingAttempt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    doubted: bool,
}

/// A former token: its id, and what else is known of it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenFormer {
    Here(String),
    Elsewhere(String, OtherAccount),
}

impl From<&FormerToken> for WrittenFormer {
    fn from(former: &FormerToken) -> Self {
        match &former.elsewhere {
            None => Self::Here(former.id.clone()),
            Some(elsewhere) => Self::Elsewhere(former.id.clone(), elsewhere.clone()),
        }
    }
}

impl From<WrittenFormer> for FormerToken {
    fn from(written: WrittenFormer) -> Self {
        let (id, elsewhere) = match written {
            WrittenFormer::Here(id) => (id, None),
            WrittenFormer::Elsewhere(id, elsewhere) => (id, Some(elsewhere)),
        };
        Self { id, elsewhere }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

const VERSION: u32 = 2;
/// What was written before the secrets had a fingerprint.
const WITHOUT_SECRETS: u32 = 1;

impl Record {
    /// The entry's content.
    #[must_use]
    pub fn to_secret(&self) -> Option<Secret> {
        let current = self.current.as_ref();
        let written = Written {
            keyfob: VERSION,
            place: self.place.clone(),
            request: self.request.clone(),
            secrets: self.secrets.clone(),
            token: current.map(|current| current.token.access_token.expose().to_owned()),
            id: current.map(|current| current.id.clone()),
            issued_at: current.map(|current| current.token.issued_at),
            expires_at: current.and_then(|current| current.token.expires_at),
            superseded: self.superseded.iter().map(WrittenFormer::from).collect(),
            pending: self.pending.clone(),
            rejected_at: self.rejected_at,
            doubted: self.doubted,
        };
        Secret::json(&written, "")
    }

    /// Reads it; `None` for anything that neither this version nor the one before it wrote. What the earlier
    /// one kept does not say with which headers and secrets it was made: it is one to be revoked.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        let mut written: Written = serde_json::from_slice(secret.expose()).ok()?;
        if ![VERSION, WITHOUT_SECRETS].contains(&written.keyfob) {
            return None;
        }
        let known = written.keyfob == VERSION;
        let current = match (&written.token, written.id.take(), written.issued_at) {
            (None, None, None) => None,
            (Some(token), Some(id), Some(issued_at)) => Some(CurrentToken {
                token: Token {
                    access_token: AccessToken::parse(token).ok()?,
                    issued_at,
                    expires_at: written.expires_at,
                    scope: None,
                    repeats_secret: false,
                },
                id,
            }),
            _ => return None,
        };
        let superseded = std::mem::take(&mut written.superseded).into_iter();
        let mut record = Self {
            place: std::mem::take(&mut written.place),
            request: std::mem::take(&mut written.request),
            secrets: std::mem::take(&mut written.secrets),
            current,
            superseded: superseded.map(FormerToken::from).collect(),
            pending: std::mem::take(&mut written.pending),
            rejected_at: written.rejected_at,
            doubted: written.doubted,
        };
        if !known {
            record.supersede_elsewhere();
        }
        Some(record)
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
        let former = self.current.take().map(|current| FormerToken {
            id: current.id,
            elsewhere: None,
        });
        self.superseded.extend(former);
    }

    /// The same where it was made with other secrets than the present ones.
    pub fn supersede_elsewhere(&mut self) {
        let former = self.current.take().map(|current| FormerToken {
            id: current.id,
            elsewhere: Some(OtherAccount {
                secrets: self.secrets.clone(),
                until: current.token.expires_at,
            }),
        });
        self.superseded.extend(former);
    }

    /// The same where it is this token, or any where none is named, and somebody's server rejected it; but not
    /// again within a while. Tells whether it was given up.
    pub fn reject(&mut self, rejected: Option<&Secret>, now: Timestamp, pause: Duration) -> bool {
        let is_it = self.current.as_ref().is_some_and(|current| {
            rejected.is_none_or(|rejected| current.token.access_token.is(rejected))
        });
        let given_up = is_it && !self.is_rejected_lately(now, pause);
        if given_up {
            self.supersede();
            self.rejected_at = Some(now);
        }
        given_up
    }

    /// Whether one was given up so a while ago.
    #[must_use]
    pub fn is_rejected_lately(&self, now: Timestamp, pause: Duration) -> bool {
        let lately = |at: Timestamp| at <= now.plus(pause) && now.since(at) < pause;
        self.rejected_at.is_some_and(lately)
    }
}

impl FormerToken {
    /// Whether it may be alive although the provider says that there is no such token, to one who has these
    /// secrets. Without an end it lives until they come again, where it is known which those are.
    #[must_use]
    pub fn may_live_elsewhere(&self, secrets: &str, now: Timestamp) -> bool {
        self.elsewhere.as_ref().is_some_and(|elsewhere| {
            let lives = elsewhere.until.map(|until| until > now);
            elsewhere.secrets != secrets && lives.unwrap_or(!elsewhere.secrets.is_empty())
        })
    }
}
