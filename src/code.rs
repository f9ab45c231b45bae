//! The stable code of an error. It is printed in parentheses, stored with a failure, and listed in
//! `integrations/providers/spec.md`.
//!
//! A released code never changes its meaning. A code is serialized as its word. A word that another
//! version wrote and this version does not know is a deserialization error, and the reader decides
//! how to handle it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the codes, each with its word and its description in the table of that page.
macro_rules! codes {
    ($($variant:ident $word:literal $meaning:literal)*) => {
        /// The stable code of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Code { $(#[serde(rename = $word)] #[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of that table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The kebab-case word that is printed, stored and documented.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $word),* }
            }

            /// The description in the table of that page.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning),* }
            }
        }
    };
}

codes! {
    Usage "usage" "the command line is not valid"
    SpecInvalid "spec-invalid" "the spec is not valid; the place is named"
    SpecNotFound "spec-not-found" "there is no such spec, or none was named"
    SpecUnsafe "spec-unsafe" "somebody else owns the spec or can write it"
    RequestInvalid "request-invalid" "the caller's request is not valid or is ambiguous"
    TargetNotListed "target-not-listed" "no spec lists the target; no secret was opened"
    TargetAmbiguous "target-ambiguous" "two specs list the target equally closely"
    SecretMissing "secret-missing" "the keyring entry, variable or file is not there"
    SecretUnreadable "secret-unreadable" "the secret exists, but cannot be read or used"
    SecretTooLarge "secret-too-large" "the keyring does not hold entries of this size"
    KeyInvalid "key-invalid" "the private key cannot sign what the spec asks for"
    KeyringLocked "keyring-locked" "the keyring is locked and only a person can unlock it"
    KeyringUnavailable "keyring-unavailable" "no keyring can be reached"
    KeyringFailed "keyring-failed" "the keyring did not answer in time, or failed"
    ProviderRefused "provider-refused" "the provider refuses the request"
    RateLimited "rate-limited" "the provider limits the number of requests; says until when"
    ProviderUnreachable "provider-unreachable" "no connection, or no answer in time"
    ProviderUnavailable "provider-unavailable" "the provider answers that it is unavailable"
    ProviderNonsense "provider-nonsense" "the provider's answer holds no token that can be used"
    TokenExpired "token-expired" "the provider returned a token that has already expired"
    ClockSkew "clock-skew" "this machine's clock and the provider's differ"
    ConnectionSetup "connection-setup" "roots, proxy or client certificate cannot be used"
    NotSupported "not-supported" "the caller asks for something that keyfob does not support"
    ConfigurationUnusable "configuration-unusable" "a tool's configuration file cannot be read or \
                           edited"
    CommandFailed "command-failed" "the command to run cannot be started"
    CacheUnusable "cache-unusable" "the cache folder is not this user's alone, or a file in it \
                   cannot be removed"
    PolicyForbids "policy-forbids" "the administrator's policy forbids it, or cannot be used"
    OutputFailed "output-failed" "the answer cannot be written"
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
