//! The record of tokens at the provider, a JSON object in a keyring entry. It is written before a
//! token is created and before one is dropped, so that it names every token that may exist at the
//! provider.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::credential::{AccessToken, Secret, Token};
use crate::time::Timestamp;

/// The current token.
#[derive(Debug, Clone)]
pub struct CurrentToken {
    /// The token.
    pub token: Token,
    /// Its id at the provider.
    pub id: String,
}

/// An attempt to create a token whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingAttempt {
    /// The unique name of the token.
    pub name: String,
    /// When the request was sent.
    pub at: Timestamp,
}

/// A former token that has to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerToken {
    /// Its id at the provider.
    pub id: String,
    /// Set if it was created with other secrets than the current ones. The provider may then answer
    /// that there is no such token, although there is.
    pub other_account: Option<OtherAccount>,
}

/// The account that created a token, by its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAccount {
    /// The fingerprint of the secrets; empty if unknown.
    pub secrets: String,
    /// The expiry of the token.
    pub until: Option<Timestamp>,
}

/// Every token of the spec that may exist at the provider.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The account that the tokens belong to, as the URL of its tokens.
    pub account: String,
    /// The fingerprint of the request that created the current token, without its secrets.
    pub request: String,
    /// The fingerprint of the secrets of that request.
    pub secrets: String,
    /// The current token.
    pub current: Option<CurrentToken>,
    /// Former tokens that have to be revoked.
    pub superseded: Vec<FormerToken>,
    /// Attempts whose outcome is unknown.
    pub pending: Vec<PendingAttempt>,
    /// When a token was last superseded because a server rejected it.
    pub rejected_at: Option<Timestamp>,
    /// Whether `keyfob forget` or a caller doubts the current token: it is kept only if the
    /// provider confirms that it exists.
    pub doubted: bool,
}

/// The JSON form of a record. Unknown members are rejected, since they would be lost when the
/// record is written again.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordJson {
    keyfob: u32,
    #[serde(rename = "place")]
    account: String,
    request: String,
    #[serde(default)]
    secrets: String,
    token: Option<String>,
    id: Option<String>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    superseded: Vec<FormerTokenJson>,
    pending: Vec<PendingAttempt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    doubted: bool,
}

/// The JSON form of a former token.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FormerTokenJson {
    SameAccount(String),
    OtherAccount(String, OtherAccount),
}

impl From<&FormerToken> for FormerTokenJson {
    fn from(former: &FormerToken) -> Self {
        match &former.other_account {
            None => Self::SameAccount(former.id.clone()),
            Some(other_account) => Self::OtherAccount(former.id.clone(), other_account.clone()),
        }
    }
}

impl From<FormerTokenJson> for FormerToken {
    fn from(json: FormerTokenJson) -> Self {
        let (id, other_account) = match json {
            FormerTokenJson::SameAccount(id) => (id, None),
            FormerTokenJson::OtherAccount(id, other_account) => (id, Some(other_account)),
        };
        Self { id, other_account }
    }
}

impl Drop for RecordJson {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

const VERSION: u32 = 2;
/// The version before the record had a fingerprint of the secrets.
const VERSION_WITHOUT_SECRETS: u32 = 1;

impl Record {
    /// Serializes the record.
    #[must_use]
    pub fn to_secret(&self) -> Option<Secret> {
        let current = self.current.as_ref();
        let json = RecordJson {
            keyfob: VERSION,
            account: self.account.clone(),
            request: self.request.clone(),
            secrets: self.secrets.clone(),
            token: current.map(|current| current.token.access_token.expose().to_owned()),
            id: current.map(|current| current.id.clone()),
            issued_at: current.map(|current| current.token.issued_at),
            expires_at: current.and_then(|current| current.token.expires_at),
            username: current.and_then(|current| current.token.username.clone()),
            superseded: self.superseded.iter().map(FormerTokenJson::from).collect(),
            pending: self.pending.clone(),
            rejected_at: self.rejected_at,
            doubted: self.doubted,
        };
        Secret::json(&json, "")
    }

    /// Parses a record of this version or the one before it, else `None`. The older version does
    /// not record the secrets of its token, so that token is superseded.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        let mut json: RecordJson = serde_json::from_slice(secret.expose()).ok()?;
        if ![VERSION, VERSION_WITHOUT_SECRETS].contains(&json.keyfob) {
            return None;
        }
        let has_secrets = json.keyfob == VERSION;
        let current = match (&json.token, json.id.take(), json.issued_at) {
            (None, None, None) => None,
            (Some(token), Some(id), Some(issued_at)) => Some(CurrentToken {
                token: Token {
                    access_token: AccessToken::parse(token).ok()?,
                    issued_at,
                    expires_at: json.expires_at,
                    scope: None,
                    username: json.username.take(),
                    repeats_secret: false,
                },
                id,
            }),
            _ => return None,
        };
        let superseded = std::mem::take(&mut json.superseded).into_iter();
        let mut record = Self {
            account: std::mem::take(&mut json.account),
            request: std::mem::take(&mut json.request),
            secrets: std::mem::take(&mut json.secrets),
            current,
            superseded: superseded.map(FormerToken::from).collect(),
            pending: std::mem::take(&mut json.pending),
            rejected_at: json.rejected_at,
            doubted: json.doubted,
        };
        if !has_secrets {
            record.supersede_in_other_account();
        }
        Some(record)
    }

    /// Whether no token of the spec may exist.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.superseded.is_empty() && self.pending.is_empty()
    }

    /// Whether the outcome of this attempt is unknown.
    #[must_use]
    pub fn is_pending(&self, name: &str) -> bool {
        self.pending.iter().any(|pending| pending.name == name)
    }

    /// Removes an attempt whose outcome is known.
    pub fn resolve_attempt(&mut self, name: &str) {
        self.pending.retain(|pending| pending.name != name);
    }

    /// Makes the current token a former one.
    pub fn supersede(&mut self) {
        let former = self.current.take().map(|current| FormerToken {
            id: current.id,
            other_account: None,
        });
        self.superseded.extend(former);
    }

    /// Makes the current token a former one of another account.
    pub fn supersede_in_other_account(&mut self) {
        let former = self.current.take().map(|current| FormerToken {
            id: current.id,
            other_account: Some(OtherAccount {
                secrets: self.secrets.clone(),
                until: current.token.expires_at,
            }),
        });
        self.superseded.extend(former);
    }

    /// Makes the current token a former one if it is the rejected token, or if no token is named.
    /// Does nothing within `pause` of the last time. Returns whether it was superseded.
    pub fn reject(&mut self, rejected: Option<&Secret>, now: Timestamp, pause: Duration) -> bool {
        let matches = self.current.as_ref().is_some_and(|current| {
            rejected.is_none_or(|rejected| current.token.access_token.is(rejected))
        });
        let superseded = matches && !self.was_rejected_recently(now, pause);
        if superseded {
            self.supersede();
            self.rejected_at = Some(now);
        }
        superseded
    }

    /// Whether a rejected token was superseded within `pause`.
    #[must_use]
    pub fn was_rejected_recently(&self, now: Timestamp, pause: Duration) -> bool {
        let recently = |at: Timestamp| at <= now.plus(pause) && now.since(at) < pause;
        self.rejected_at.is_some_and(recently)
    }
}

impl FormerToken {
    /// Whether it may exist although the provider answers a client with these secrets that it does
    /// not. A token without an expiry may exist for as long as the secrets of its account are known
    /// and not used.
    #[must_use]
    pub fn may_exist_in_other_account(&self, secrets: &str, now: Timestamp) -> bool {
        self.other_account.as_ref().is_some_and(|other_account| {
            let expires_later = other_account.until.map(|until| until > now);
            other_account.secrets != secrets
                && expires_later.unwrap_or(!other_account.secrets.is_empty())
        })
    }
}
