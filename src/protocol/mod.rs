//! The callers' languages: bytes → [`CallerRequest`], credential → bytes. Pure.
//!
//! One file per caller, and a row in [`CALLERS`]. A request knows its own language, and only it can
//! make the reply: a credential, "not listed" or a failure, each on the stream and with the exit
//! status that its caller reads.

pub mod askpass;
pub mod aws;
pub mod bazel;
pub mod cargo;
pub mod docker;
mod docker_hub;
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

/// Up to where standard input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To its end.
    End,
    /// To its end, which has to come within this time.
    EndWithin(Duration),
    /// To a blank line or its end: git's callers may leave the pipe open.
    BlankLine,
    /// To a newline, which is included; more may follow.
    Line,
}

/// How many requests a caller sends in one run, and on which streams it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation {
    /// One request, one reply.
    Once,
    /// One request, one reply. The caller reads standard output and standard error as one stream,
    /// so nothing is logged on either.
    OnOneStream,
    /// keyfob writes a greeting, then one line for each line of the caller until standard input
    /// ends. The exit status is 0.
    Lines {
        /// The greeting, with its trailing newline.
        greeting: &'static str,
    },
}

impl Conversation {
    /// [`Conversation::Once`], whatever the arguments.
    #[must_use]
    pub fn once(_: &[String]) -> Self {
        Self::Once
    }
}

/// What a caller's process received.
pub struct Input<'a> {
    /// Arguments after the caller's name, without `--spec SPEC`.
    pub arguments: &'a [String],
    /// Whether `--spec` or the environment names a spec.
    pub spec_is_named: bool,
    /// Reads standard input, bounded. Called at most once, and only by callers that own it.
    pub stdin: &'a mut dyn FnMut(Until) -> Result<Secret, Message>,
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A file that is written besides a reply.
#[derive(Debug)]
pub struct OutputFile {
    /// Its path, as the caller wrote it.
    pub path: PathBuf,
    /// Its whole content.
    pub content: Secret,
}

/// What a caller wants.
pub enum CallerRequest {
    /// A credential.
    Credential(Box<dyn CredentialRequest>),
    /// To drop the cached token for these targets: a server rejected it.
    Erase {
        /// What the token was for.
        targets: Vec<Target>,
        /// The user name that was sent with it, if the caller says.
        user: Option<String>,
        /// The rejected password, if the caller says; only that token is dropped then.
        presented: Option<Secret>,
        /// The reply, whether or not a token was dropped.
        reply: Reply,
    },
    /// An operation without a credential, which is answered only where a spec lists the target.
    Acknowledge {
        /// Names the targets, and makes the reply where none is listed or a spec is broken.
        request: Box<dyn CredentialRequest>,
        /// Whether the cached token is dropped.
        erase: bool,
        /// The reply where a spec lists a target.
        reply: Reply,
    },
    /// Every name that can be served, each with its user name.
    List(Listing),
    /// A credential over plain http, which is never given. The targets are those of the same
    /// request over https, so that a spec which lists them can be named in the hint.
    OtherScheme(Box<dyn CredentialRequest>),
    /// Nothing that needs a spec: the reply is already known.
    Reply(Reply),
}

impl CallerRequest {
    /// A request that is answered with a failure.
    #[must_use]
    pub fn failure(message: &Message) -> Self {
        Self::Reply(Reply::failure(message))
    }

    /// To drop any token for these targets, without an answer.
    #[must_use]
    pub fn erase(targets: Vec<Target>) -> Self {
        Self::Erase {
            targets,
            user: None,
            presented: None,
            reply: Reply::silence(),
        }
    }
}

/// How a caller lists the names that can be served.
pub struct Listing {
    /// The name by which the caller would ask for this entry of `targets`, if there is one. The
    /// flag says whether the spec's `callers` name this caller.
    pub name: fn(&Pattern, bool) -> Option<String>,
    /// The targets of a request for a name.
    pub targets: fn(&str) -> Vec<Target>,
    /// The reply: names and their user names.
    pub reply: fn(&[(String, String)]) -> Reply,
    /// The reply where the specs cannot be read.
    pub failure: fn(&Message) -> Reply,
}

/// A request for a credential, and the only way to reply to it.
pub trait CredentialRequest {
    /// What the credential is for, in any of these spellings. Empty where the caller names nothing.
    fn targets(&self) -> &[Target];

    /// The user name in the request. It decides between specs that list the target equally closely.
    fn user(&self) -> Option<&str> {
        None
    }

    /// SPEC, where the request itself names one: it wins over `KEYFOB_SPEC`, and `--spec` over it.
    fn spec(&self) -> Option<&str> {
        None
    }

    /// The shortest remaining life that is of use to the caller. A token with less is renewed
    /// first, where the provider gives longer ones.
    fn least_life(&self) -> Duration {
        Duration::ZERO
    }

    /// For a caller that repeats a request only after its token expired or was rejected: what tells
    /// this request from its others. The same request while the token is still valid then means
    /// that a server rejected the token.
    fn asks_again_when_refused(&self) -> Option<&str> {
        None
    }

    /// The fingerprint of the token that a server rejected earlier in this run of the caller.
    fn refused(&self) -> Option<u64> {
        None
    }

    /// The credential, in the caller's language.
    fn reply(&self, credential: &Credential) -> Reply;

    /// A file that the caller reads before it asks again. If it cannot be written, the reply alone
    /// is given.
    fn output_file(&self, _: &Credential) -> Option<OutputFile> {
        None
    }

    /// The reply where no spec lists the target.
    fn not_listed(&self, message: &Message) -> Reply;

    /// The reply where a spec lists the target and there is no token.
    fn failure(&self, message: &Message) -> Reply;

    /// The reply where the specs cannot be read, so that the target may be another helper's.
    fn unknown(&self, message: &Message) -> Reply {
        self.failure(message)
    }

    /// Whether the caller shows standard error besides a reply. The hint about a spec that nearly
    /// lists the target is then written there.
    fn shows_stderr(&self) -> bool {
        false
    }

    /// How the user makes the caller send the path of a URL too.
    fn how_to_send_a_path(&self) -> Option<String> {
        None
    }
}

/// A caller: how it is started, and how its request is read.
///
/// Everything that the rest of the program knows about a caller is in its row.
pub struct Caller {
    /// The command: `keyfob NAME …`.
    pub name: &'static str,
    /// The link by which the same binary answers as this caller.
    pub link: &'static str,
    /// Its arguments, for the help text and nothing else.
    pub synopsis: &'static str,
    /// One line for the help text.
    pub about: &'static str,
    /// First arguments that are the caller's under its link, even where keyfob has a command of the
    /// same name.
    pub operations: &'static [&'static str],
    /// Whether its one argument is a prompt: text that somebody else wrote, in which keyfob looks
    /// for no option and no command of its own.
    pub takes_a_prompt: bool,
    /// The argument by which the caller is known where it starts plain `keyfob`, without a name.
    pub plugin_argument: Option<&'static str>,
    /// Whether standard input is the caller's own, so that `--spec -` cannot read from it.
    pub owns_stdin: bool,
    /// Whether its tool has no other helper, so that a target which no spec lists is a failure.
    pub asked_alone: bool,
    /// How it talks when it is started with these arguments.
    pub conversation: fn(&[String]) -> Conversation,
    /// Reads its request.
    pub read: fn(&mut Input<'_>) -> CallerRequest,
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
