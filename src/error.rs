//! The one error at the door: its words, its stable code, a hint and an exit status.
//!
//! Two kinds of failure are kept apart by code: [`Code::TargetNotListed`] is *not mine, ask another*; all others are *stop*.

mod advice;
mod provider;

use std::time::Duration;

use crate::grant::Grant;
use crate::protocol::Message;
use crate::source::Source;
use crate::spec::node::SpecError;
use crate::target::NearMiss;
use crate::world::files::FileError;
use crate::world::keyring::KeyringError;
use crate::world::programs::ProgramError;

/// Declares the codes with their words and the README's one-line meanings.
macro_rules! codes {
    ($($variant:ident $word:literal $meaning:literal)*) => {
        /// A stable word for what went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the README's table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $word),* }
            }

            /// What it means, one line.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning),* }
            }
        }
    };
}

codes! {
    Usage "usage" "the command line makes no sense"
    SpecInvalid "spec-invalid" "the spec is not valid; the place is named"
    SpecNotFound "spec-not-found" "there is no such spec, or none was named"
    SpecUnsafe "spec-unsafe" "somebody else owns the spec or can write it"
    RequestInvalid "request-invalid" "what the caller sent makes no sense or is ambiguous"
    TargetNotListed "target-not-listed" "no spec lists the target; no secret was opened"
    TargetAmbiguous "target-ambiguous" "two specs list the target equally closely"
    SecretMissing "secret-missing" "the keyring entry, variable or file is not there"
    SecretUnreadable "secret-unreadable" "the secret is there and cannot be read or used"
    SecretTooLarge "secret-too-large" "the keyring does not hold entries of this size"
    KeyInvalid "key-invalid" "the private key cannot sign what the spec asks for"
    KeyringLocked "keyring-locked" "the keyring is locked and only a person can unlock it"
    KeyringUnavailable "keyring-unavailable" "there is no keyring to be reached"
    KeyringFailed "keyring-failed" "the keyring did not answer in time, or not as it should"
    ProviderRefused "provider-refused" "the provider says no"
    RateLimited "rate-limited" "the provider wants fewer requests; says until when"
    ProviderUnreachable "provider-unreachable" "no connection, or no answer in time"
    ProviderUnavailable "provider-unavailable" "the provider answers that it cannot at the moment"
    ProviderNonsense "provider-nonsense" "the provider's answer holds no token that can be used"
    TokenExpired "token-expired" "the provider gave a token that has already ended"
    ClockSkew "clock-skew" "this machine's clock and the provider's differ"
    ConnectionSetup "connection-setup" "roots, proxy or client certificate cannot be used"
    NotSupported "not-supported" "the caller asks for what keyfob does not do"
    CommandFailed "command-failed" "the command to run cannot be started"
    CacheUnusable "cache-unusable" "the cache folder is not this user's alone, or a file in it cannot be removed"
    OutputFailed "output-failed" "the answer cannot be written"
}

/// Whether a target is one of those that a spec lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMatch {
    /// As the code says.
    Plain,
    /// It is not, but for this one thing; the hint names the spec.
    Nearly(NearMiss),
    /// Nobody can tell: the specs cannot be looked at.
    Unknown,
}

/// A failure, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Which.
    pub code: Code,
    /// One sentence, lower case, sanitised.
    pub sentence: String,
    /// What to do.
    pub hint: Option<String>,
    /// For how long nobody should try again.
    pub wait: Option<Duration>,
    /// The HTTP status of the refusal, where it is one.
    pub status_of_refusal: Option<u16>,
    /// Whether the provider rejects what authenticates the request.
    pub rejects_credentials: bool,
    /// By how many seconds the provider's clock is ahead of ours, where that is known and much.
    pub skew: Option<i64>,
    /// What is known of a target that got no token, beside the code.
    pub whose: TargetMatch,
}

impl Error {
    /// An error with its sentence.
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            hint: None,
            wait: None,
            skew: None,
            whose: TargetMatch::Plain,
            status_of_refusal: None,
            rejects_credentials: false,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with what is known of the target.
    #[must_use]
    pub fn whose(self, whose: TargetMatch) -> Self {
        Self { whose, ..self }
    }

    /// The same with what to check, where the provider rejects the credentials of this grant.
    #[must_use]
    pub fn about_credentials(self, grant: &Grant<Source>) -> Self {
        match self.rejects_credentials && self.code == Code::ProviderRefused {
            true => self.hint(advice::on_credentials(grant)),
            false => self,
        }
    }

    /// 2 where keyfob was called wrongly, else 1.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self.code {
            Code::Usage | Code::SpecInvalid | Code::SpecNotFound | Code::SpecUnsafe => 2,
            _ => 1,
        }
    }

    /// The words.
    #[must_use]
    pub fn told(&self) -> Message {
        Message {
            code: self.code.as_str(),
            sentence: self.sentence.clone(),
            hint: self.hint.clone(),
            status: self.status(),
        }
    }

    /// A spec that is not valid; `what` names it.
    #[must_use]
    pub fn spec(what: &str, why: &SpecError) -> Self {
        Self {
            code: Code::SpecInvalid,
            sentence: format!("{what}: {why}"),
            hint: why.hint.clone(),
            wait: None,
            skew: None,
            whose: TargetMatch::Plain,
            status_of_refusal: None,
            rejects_credentials: false,
        }
    }

    /// A spec's file that cannot be read.
    #[must_use]
    pub fn spec_file(what: &str, why: &FileError) -> Self {
        let code = match why {
            FileError::Missing => Code::SpecNotFound,
            FileError::NotOurs(_) | FileError::Anothers(_) => Code::SpecUnsafe,
            _ => Code::SpecInvalid,
        };
        let error = Self::new(code, format!("{what} cannot be used: {why}"));
        let by_value = "in a pod or a CI job, whose files nobody else can reach, hand it over by \
                        value: KEYFOB_SPEC=\"$(cat FILE)\"";
        match why {
            FileError::Anothers(_) => error.hint(by_value),
            _ => error,
        }
    }

    /// A keyring's failure.
    #[must_use]
    pub fn keyring(what: &str, name: &str, why: &KeyringError) -> Self {
        let code = match why {
            KeyringError::Missing => Code::SecretMissing,
            KeyringError::Locked => Code::KeyringLocked,
            KeyringError::Unavailable { .. } => Code::KeyringUnavailable,
            KeyringError::TooLarge { .. } => Code::SecretTooLarge,
            KeyringError::Ambiguous => Code::SecretUnreadable,
            KeyringError::TimedOut | KeyringError::Failed { .. } => Code::KeyringFailed,
        };
        let hint = why.hint().map(|hint| hint.replace("NAME", name));
        Self {
            code,
            sentence: format!("{what}: {why}"),
            hint,
            wait: None,
            skew: None,
            whose: TargetMatch::Plain,
            status_of_refusal: None,
            rejects_credentials: false,
        }
    }

    /// A `file` source's failure.
    #[must_use]
    pub fn secret_file(source: &Source, why: &FileError) -> Self {
        let code = if *why == FileError::Missing {
            Code::SecretMissing
        } else {
            Code::SecretUnreadable
        };
        Self::new(code, format!("{}: {why}", source.describe()))
    }

    /// A `command` source's failure.
    #[must_use]
    pub fn program(source: &Source, why: &ProgramError) -> Self {
        let problem = format!("{}: {why}", source.describe());
        Self::new(Code::SecretUnreadable, problem).hint(why.hint())
    }
}
