//! The error that a command ends with: a sentence, a stable code, a hint and an exit status.
//!
//! The code separates two kinds of failure. After [`Code::TargetNotListed`] the caller may ask
//! another helper. Every other code ends the request, unless [`TargetMatch::Unknown`] says that
//! another helper may be responsible for the target.

mod advice;
mod provider;

use std::fmt;
use std::time::Duration;

pub use crate::code::Code;
use crate::http::NoResponse;
use crate::protocol::Message;
use crate::source::Source;
use crate::spec::node::SpecError;
use crate::spec::policy::Forbidden;
use crate::target::NearMiss;
use crate::world::files::FileError;
use crate::world::keyring::{KeyringError, Refusal};
use crate::world::programs::ProgramError;
use crate::world::specs::policy_file;

/// What is known, besides the code, about the target of a request that got no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMatch {
    /// Nothing more than the code says.
    Plain,
    /// A spec lists a target that differs in this one point. The hint names the spec.
    Nearly(NearMiss),
    /// Another spec than the one that is named lists the target. The hint names it.
    Elsewhere,
    /// The specs cannot be read, so it is unknown whether one of them lists the target.
    Unknown,
}

/// What of the spec an answer of the provider may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The URL of the request.
    Url,
    /// The URL, which redirects.
    Redirect,
    /// The URL, or the kind of client.
    Grant,
    /// Where the response has the token.
    Token,
    /// The credentials that authenticate the request.
    Credentials,
    /// The values in the request, if the spec describes it.
    Request,
}

/// The failure of a lower module that an error was made from.
///
/// The error's sentence already includes the text of the failure, so the failure must not hold
/// anything that may not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A spec that is not valid.
    Spec(SpecError),
    /// A file that cannot be read.
    File(FileError),
    /// A failure of the OS keyring.
    Keyring(KeyringError),
    /// A failure of a program whose output is used as a value.
    Program(ProgramError),
    /// A request that got no response.
    NoResponse(NoResponse),
}

/// A failure, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The stable code.
    pub code: Code,
    /// One sentence, lower case, without control characters.
    pub sentence: String,
    /// What the user can do.
    pub hint: Option<String>,
    /// The time that the provider asks clients to wait before the next request.
    pub wait: Option<Duration>,
    /// The HTTP status of a refusal.
    pub status_of_refusal: Option<u16>,
    /// What of the spec the provider's answer may be about.
    pub concern: Option<Concern>,
    /// Whether the refusal may be about a token that the request sent (RFC 8693 §2.2.2).
    pub may_reject_token: bool,
    /// The seconds by which the provider's clock is ahead of this machine's; negative if it is
    /// behind. `None` if no response proves a difference.
    pub skew: Option<i64>,
    /// What is known about the target.
    pub whose: TargetMatch,
    /// The failure that the error was made from. Boxed, because most errors have none.
    pub cause: Option<Box<Cause>>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.code)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self.cause.as_deref()? {
            Cause::Spec(why) => why,
            Cause::File(why) => why,
            Cause::Keyring(why) => why,
            Cause::Program(why) => why,
            Cause::NoResponse(why) => why,
        })
    }
}

impl Error {
    /// Creates an error with a code and a sentence, and nothing else.
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            hint: None,
            wait: None,
            skew: None,
            whose: TargetMatch::Plain,
            status_of_refusal: None,
            concern: None,
            may_reject_token: false,
            cause: None,
        }
    }

    /// Sets the hint: what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets what is known about the target.
    #[must_use]
    pub fn whose(self, whose: TargetMatch) -> Self {
        Self { whose, ..self }
    }

    /// Sets the failure that the error was made from. The sentence must already include its text.
    #[must_use]
    pub fn caused_by(self, cause: Cause) -> Self {
        Self {
            cause: Some(Box::new(cause)),
            ..self
        }
    }

    /// The exit status: 2 if the command line is wrong or the spec cannot be used, else 1.
    #[must_use]
    pub fn status(&self) -> i32 {
        match self.code {
            Code::Usage | Code::SpecInvalid | Code::SpecNotFound | Code::SpecUnsafe => 2,
            _ => 1,
        }
    }

    /// The part of the error that is shown to the user or the caller.
    #[must_use]
    pub fn message(&self) -> Message {
        Message {
            code: self.code,
            sentence: self.sentence.clone(),
            hint: self.hint.clone(),
            status: self.status(),
        }
    }

    /// Creates the error for an invalid spec. `what` names the spec.
    #[must_use]
    pub fn spec(what: &str, why: &SpecError) -> Self {
        Self {
            hint: why.hint.clone(),
            ..Self::new(Code::SpecInvalid, format!("{what}: {why}"))
        }
        .caused_by(Cause::Spec(why.clone()))
    }

    /// Creates the error for a spec file that cannot be read. `what` names the spec.
    #[must_use]
    pub fn spec_file(what: &str, why: &FileError) -> Self {
        let code = match why {
            FileError::Missing => Code::SpecNotFound,
            FileError::NotOurs(_) | FileError::Anothers(_) => Code::SpecUnsafe,
            _ => Code::SpecInvalid,
        };
        let error = Self::new(code, format!("{what} cannot be used: {why}"))
            .caused_by(Cause::File(why.clone()));
        let by_value = "in a pod or a CI job, whose files nobody else can reach, hand it over by \
                        value: KEYFOB_SPEC=\"$(cat FILE)\"";
        match why {
            FileError::Anothers(_) => error.hint(by_value),
            _ => error,
        }
    }

    /// Creates the error for a policy that cannot be used.
    #[must_use]
    pub fn policy_unusable(why: &str) -> Self {
        Self::new(
            Code::PolicyForbids,
            format!("the policy {} cannot be used: {why}", policy_file()),
        )
        .hint("until an administrator of this machine mends it, keyfob hands out nothing")
    }

    /// Creates the error for what the policy forbids. `of` names the spec.
    #[must_use]
    pub fn forbidden(of: Option<&str>, by: &Forbidden) -> Self {
        let of = of.map(|of| format!("{of}: ")).unwrap_or_default();
        let sentence = format!("{of}{}", by.sentence(policy_file()));
        Self::new(Code::PolicyForbids, sentence).hint("an administrator of this machine wrote it")
    }

    /// Creates the error for a failure of the keyring. `what` describes the entry, and `name`
    /// replaces NAME in the hint.
    #[must_use]
    pub fn keyring(what: &str, name: &str, why: &KeyringError) -> Self {
        let code = match why {
            KeyringError::Missing => Code::SecretMissing,
            KeyringError::Keychain(Refusal::NoDefault) | KeyringError::Unavailable { .. } => {
                Code::KeyringUnavailable
            }
            KeyringError::Locked | KeyringError::Keychain(_) => Code::KeyringLocked,
            KeyringError::Forbidden { .. } => Code::PolicyForbids,
            KeyringError::TooLarge { .. } => Code::SecretTooLarge,
            KeyringError::Ambiguous => Code::SecretUnreadable,
            KeyringError::TimedOut | KeyringError::Failed { .. } => Code::KeyringFailed,
        };
        Self {
            hint: why.hint().map(|hint| hint.replace("NAME", name)),
            ..Self::new(code, format!("{what}: {why}"))
        }
        .caused_by(Cause::Keyring(why.clone()))
    }

    /// Creates the error for a `file` source that cannot be read.
    #[must_use]
    pub fn secret_file(source: &Source, why: &FileError) -> Self {
        let code = if *why == FileError::Missing {
            Code::SecretMissing
        } else {
            Code::SecretUnreadable
        };
        Self::new(code, format!("{}: {why}", source.describe())).caused_by(Cause::File(why.clone()))
    }

    /// Creates the error for a `command` source whose program failed.
    #[must_use]
    pub fn program(source: &Source, why: &ProgramError) -> Self {
        let problem = format!("{}: {why}", source.describe());
        Self::new(Code::SecretUnreadable, problem)
            .hint(why.hint())
            .caused_by(Cause::Program(why.clone()))
    }
}
