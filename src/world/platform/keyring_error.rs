//! Why a keyring returned nothing, on every platform.

use std::fmt;

use super::keychain::Refusal;
use crate::text::excerpt;

/// Longest excerpt of a store's reason in a message, in characters.
const LONGEST_REASON: usize = 200;

/// Why the keyring returned nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// The keyring answered and has no such entry.
    Missing,
    /// Only a person can unlock the keyring.
    Locked,
    /// No keyring can be reached.
    Unavailable {
        /// What is missing.
        reason: String,
    },
    /// Nothing was stored, because the keyring cannot hold the whole secret.
    TooLarge {
        /// The most that the keyring can hold, in bytes.
        limit: usize,
        /// The size of the secret, in bytes.
        size: usize,
    },
    /// The administrator's policy forbids the keyring.
    Forbidden {
        /// What forbids it.
        reason: String,
    },
    /// More than one entry has these names.
    Ambiguous,
    /// The keyring did not answer before the deadline.
    TimedOut,
    /// The Keychain of macOS refused.
    Keychain(Refusal),
    /// The keyring cannot do this, on this machine or at all.
    Failed {
        /// The reason.
        reason: String,
    },
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the keyring has no such entry"),
            Self::Locked => f.write_str("the keyring is locked"),
            Self::Unavailable { reason } => write!(f, "no keyring can be reached: {reason}"),
            Self::TooLarge { limit, size } => {
                write!(
                    f,
                    "the keyring holds at most {limit} bytes in an entry, and this is {size}"
                )
            }
            Self::Forbidden { reason } => f.write_str(reason),
            Self::Ambiguous => f.write_str("more than one entry of the keyring has this name"),
            Self::TimedOut => f.write_str("the keyring did not answer in time"),
            Self::Keychain(refusal) => f.write_str(refusal.sentence()),
            Self::Failed { reason } => write!(f, "the keyring cannot do this: {reason}"),
        }
    }
}

impl std::error::Error for KeyringError {}

impl KeyringError {
    /// What the user can do, if there is a remedy.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing => "store it with: keyfob secret set NAME",
            Self::Locked => {
                "unlock it (log in to the desktop, or open its password manager), then try again"
            }
            Self::Unavailable { .. } => {
                "where no desktop runs, use {\"env\": VAR} or {\"file\": PATH} in the spec, or on \
                 Linux the kernel keyring: keyfob secret set --store kernel NAME, and \
                 {\"keyring\": {\"user\": \"NAME\", \"store\": \"kernel\"}} in the spec"
            }
            Self::TooLarge { .. } => {
                "keep it in a file that nobody else can read, and give the spec {\"file\": PATH}"
            }
            Self::Ambiguous => "remove all but one of them in the desktop's password manager",
            Self::TimedOut => {
                "the program that holds the keyring may be stuck, or waiting for somebody at a \
                 prompt"
            }
            Self::Keychain(refusal) => refusal.hint(),
            Self::Forbidden { .. } | Self::Failed { .. } => return None,
        })
    }

    /// [`Unavailable`](Self::Unavailable), with a store's reason.
    #[must_use]
    pub fn unavailable(reason: &str) -> Self {
        Self::Unavailable {
            reason: excerpt(reason, LONGEST_REASON),
        }
    }

    /// [`Failed`](Self::Failed), with a store's reason.
    #[must_use]
    pub fn failed(reason: &str) -> Self {
        Self::Failed {
            reason: excerpt(reason, LONGEST_REASON),
        }
    }
}
