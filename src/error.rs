//! The one error at the door: a sentence, a stable code, a hint and an exit status.
//!
//! Two kinds of failure are kept apart by code: [`Code::TargetNotListed`] means that another helper
//! may be asked; all others end the request.

mod advice;
mod provider;

use std::fmt;
use std::time::Duration;

pub use crate::code::Code;
use crate::grant::Grant;
use crate::http::NoResponse;
use crate::protocol::Message;
use crate::source::Source;
use crate::spec::node::SpecError;
use crate::target::NearMiss;
use crate::world::files::FileError;
use crate::world::keyring::KeyringError;
use crate::world::programs::ProgramError;

/// What is known about the target of a request that got no token, besides the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMatch {
    /// Nothing that the code does not say.
    Plain,
    /// A spec lists it but for this one difference; the hint names the spec.
    Nearly(NearMiss),
    /// The specs cannot be read, so whether one lists it is unknown.
    Unknown,
}

/// The failure of a room below that an error was made from.
///
/// The sentence of the error repeats its words, so it holds nothing that is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A spec that is not valid.
    Spec(SpecError),
    /// A file that cannot be read.
    File(FileError),
    /// The OS keyring.
    Keyring(KeyringError),
    /// A program whose output is a value.
    Program(ProgramError),
    /// A request without a response.
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
    /// For how long nobody should try again.
    pub wait: Option<Duration>,
    /// The HTTP status of a refusal.
    pub status_of_refusal: Option<u16>,
    /// Whether the provider rejects what authenticates the request.
    pub rejects_credentials: bool,
    /// By how many seconds the provider's clock is ahead, where it is known to differ much.
    pub skew: Option<i64>,
    /// What is known about the target.
    pub whose: TargetMatch,
    /// What it was made from; boxed, since most errors are made from nothing.
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
            cause: None,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with what is known about the target.
    #[must_use]
    pub fn whose(self, whose: TargetMatch) -> Self {
        Self { whose, ..self }
    }

    /// The same with what it was made from, whose words the sentence already has.
    #[must_use]
    pub fn caused_by(self, cause: Cause) -> Self {
        Self {
            cause: Some(Box::new(cause)),
            ..self
        }
    }

    /// The same with what to check, where the provider rejects the credentials of this grant.
    #[must_use]
    pub fn about_credentials(self, grant: &Grant<Source>) -> Self {
        match self.rejects_credentials && self.code == Code::ProviderRefused {
            true => self.hint(advice::on_credentials(grant)),
            false => self,
        }
    }

    /// The exit status: 2 where keyfob was called wrongly, else 1.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self.code {
            Code::Usage | Code::SpecInvalid | Code::SpecNotFound | Code::SpecUnsafe => 2,
            _ => 1,
        }
    }

    /// What is shown to the user or the caller.
    #[must_use]
    pub fn message(&self) -> Message {
        Message {
            code: self.code,
            sentence: self.sentence.clone(),
            hint: self.hint.clone(),
            status: self.status(),
        }
    }

    /// A spec that is not valid; `what` names it.
    #[must_use]
    pub fn spec(what: &str, why: &SpecError) -> Self {
        Self {
            hint: why.hint.clone(),
            ..Self::new(Code::SpecInvalid, format!("{what}: {why}"))
        }
        .caused_by(Cause::Spec(why.clone()))
    }

    /// A spec's file that cannot be read.
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
        Self {
            hint: why.hint().map(|hint| hint.replace("NAME", name)),
            ..Self::new(code, format!("{what}: {why}"))
        }
        .caused_by(Cause::Keyring(why.clone()))
    }

    /// A `file` source's failure.
    #[must_use]
    pub fn secret_file(source: &Source, why: &FileError) -> Self {
        let code = if *why == FileError::Missing {
            Code::SecretMissing
        } else {
            Code::SecretUnreadable
        };
        Self::new(code, format!("{}: {why}", source.describe())).caused_by(Cause::File(why.clone()))
    }

    /// A `command` source's failure.
    #[must_use]
    pub fn program(source: &Source, why: &ProgramError) -> Self {
        let problem = format!("{}: {why}", source.describe());
        Self::new(Code::SecretUnreadable, problem)
            .hint(why.hint())
            .caused_by(Cause::Program(why.clone()))
    }
}
