//! The callers' languages: bytes → `CallerRequest`, credential → bytes. Pure; one file per caller, and a row in [`CALLERS`].
//!
//! A request remembers its dialect, and only it can make the reply: the answer, "not mine", or a failure, each on the stream and with
//! the exit status that its caller reads.

pub mod askpass;
pub mod aws;
pub mod bazel;
pub mod cargo;
pub mod docker;
pub mod git;
pub mod goauth;
pub mod google;
pub mod keyring;
pub mod kubelet;
pub mod kubernetes;
pub mod pnpm;
mod reply;
pub mod terraform;
pub mod vault;

use std::path::PathBuf;
use std::time::Duration;

use crate::credential::{Credential, Secret};
use crate::target::{Pattern, Target};
use reply::authorization;
pub use reply::{Message, Reply, one_line};

/// Where standard input ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At its end.
    End,
    /// At its end, which has to come within this time.
    EndWithin(Duration),
    /// At a blank line too: git's callers may leave the pipe open.
    BlankLine,
    /// At the end of a line, which is part of what is read; more may follow.
    Line,
}

/// How a caller talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation {
    /// One request, one reply.
    Once,
    /// The same, but who calls reads standard output and error as one stream: no step is told on either.
    OnOneStream,
    /// keyfob speaks first; then one line for each line that the caller writes, until it ends. The exit status is 0.
    Lines {
        /// What keyfob says first, its line break included.
        greeting: &'static str,
    },
}

impl Conversation {
    /// Once, whatever the words.
    #[must_use]
    pub fn once(_: &[String]) -> Self {
        Self::Once
    }
}

/// What a caller handed over.
pub struct Input<'a> {
    /// Words after the caller's name, without `--spec SPEC`.
    pub words: &'a [String],
    /// Whether SPEC is named, by `--spec` or the environment.
    pub named: bool,
    /// Reads standard input, bounded; called at most once, and only by callers that own it.
    pub stdin: &'a mut dyn FnMut(Until) -> Result<Secret, Message>,
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A file that a reply comes with.
#[derive(Debug)]
pub struct OutputFile {
    /// Its path, as the caller gave it.
    pub path: PathBuf,
    /// All of it.
    pub content: Secret,
}

/// What a caller wants.
pub enum CallerRequest {
    /// A credential.
    Credential(Box<dyn CredentialRequest>),
    /// The credential that was handed out for these targets was refused: drop it, if it is this one.
    Erase {
        /// For what.
        targets: Vec<Target>,
        /// The user name that it was handed out with, where the caller says.
        user: Option<String>,
        /// The rejected password, where the caller says; without it, whatever was handed out.
        presented: Option<Secret>,
        /// What is said when it is done.
        done: Reply,
    },
    /// What needs no credential, but is only ours where a spec lists the target: `reply` then, and the cached token dropped where `erase`
    /// says so; else what `get` says of it.
    Acknowledge {
        /// For what, and how it is said that it is not ours, or that it failed.
        get: Box<dyn CredentialRequest>,
        /// Whether what was handed out is dropped.
        erase: bool,
        /// What is said when it is ours.
        reply: Reply,
    },
    /// Every name that can be served, and with which user name.
    List(Listing),
    /// Nothing that may be had in this way: not the request's, for whatever spec lists these
    /// targets, which differ from it in the scheme alone.
    OtherScheme(Box<dyn CredentialRequest>),
    /// Nothing that needs a credential: here is the reply.
    Reply(Reply),
}

/// How a caller lists what it can get.
pub struct Listing {
    /// The name under which it would ask for what an entry of `targets` means, if there is one; and
    /// whether the spec's `callers` name the caller.
    pub name: fn(&Pattern, bool) -> Option<String>,
    /// What it asks for under a name.
    pub targets: fn(&str) -> Vec<Target>,
    /// The names and their user names, in the caller's language.
    pub reply: fn(&[(String, String)]) -> Reply,
    /// The specs could not be looked at.
    pub fail: fn(&Message) -> Reply,
}

/// A request for a credential, and the only way to reply to it.
pub trait CredentialRequest {
    /// What the credential is for: any of these spellings. Empty where the caller names nothing.
    fn targets(&self) -> &[Target];

    /// The user name that the request holds: it chooses between specs that list the target equally
    /// closely.
    fn user(&self) -> Option<&str> {
        None
    }

    /// SPEC where the request itself names it: before `KEYFOB_SPEC`, but `--spec` wins.
    fn spec(&self) -> Option<&str> {
        None
    }

    /// Least life that is of use to the caller: a token with less is renewed first, where that can be had.
    fn least_life(&self) -> Duration {
        Duration::ZERO
    }

    /// What the caller asks for, where it asks for it a second time only because its token ended or was
    /// refused: to ask again while the token is still good then says that it was refused. Callers that ask for
    /// several things at once tell them apart here.
    fn asks_again_when_refused(&self) -> Option<&str> {
        None
    }

    /// The fingerprint of the token that the caller was given before within this one command, and had refused.
    fn refused(&self) -> Option<u64> {
        None
    }

    /// The credential, in the caller's language.
    fn give(&self, credential: &Credential) -> Reply;

    /// What is written into a file besides, for who reads that file before asking again. What cannot be written is left.
    fn output_file(&self, _: &Credential) -> Option<OutputFile> {
        None
    }

    /// No spec lists the target; `told` says so in words.
    fn not_mine(&self, told: &Message) -> Reply;

    /// The target is ours and it failed.
    fn fail(&self, told: &Message) -> Reply;

    /// Whether the target is ours cannot be told: the specs cannot be looked at.
    fn cannot_tell(&self, told: &Message) -> Reply {
        self.fail(told)
    }

    /// Whether the caller passes on what is said on standard error beside an answer, so that a spec
    /// that lists nearly the target can be told of.
    fn passes_on_stderr(&self) -> bool {
        false
    }

    /// How the caller is brought to name a path.
    fn to_name_a_path(&self) -> Option<String> {
        None
    }
}

/// A caller: its command, the name of its link, and how its request is read.
pub struct Caller {
    /// `keyfob NAME …`
    pub name: &'static str,
    /// The name under which the same binary answers as this caller.
    pub link: &'static str,
    /// Its words after the name, for help.
    pub words: &'static str,
    /// One line for help.
    pub about: &'static str,
    /// Whether standard input is the caller's own, so that `--spec -` cannot read from it.
    pub owns_stdin: bool,
    /// Whether its tool asks nobody else where no spec lists the target: a failure like any other.
    pub asked_alone: bool,
    /// How it talks when called with these words.
    pub talk: fn(&[String]) -> Conversation,
    /// Reads its request.
    pub read: fn(&mut Input<'_>) -> CallerRequest,
}

/// The words of a caller whose one word is a prompt.
const PROMPT: &str = "PROMPT";

impl Caller {
    /// Whether its one word is a prompt: text that somebody else wrote, in which no option and no command is looked for.
    #[must_use]
    pub fn is_prompted(&self) -> bool {
        self.words == PROMPT
    }
}

/// Every caller, in the order of the help text.
pub const CALLERS: &[Caller] = &[
    kubernetes::CALLER,
    git::CALLER,
    docker::CALLER,
    cargo::CALLER,
    terraform::CALLER,
    goauth::CALLER,
    keyring::CALLER,
    pnpm::CALLER,
    bazel::CALLER,
    kubelet::CALLER,
    vault::CALLER,
    askpass::CALLER,
    aws::CALLER,
    google::CALLER,
];
