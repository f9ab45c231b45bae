//! The protocols of the callers: parses a [`CallerRequest`] from bytes, and formats a credential as
//! bytes. Pure.
//!
//! Each caller has one file, and a row in [`CALLERS`]. A request knows its protocol, and only the
//! request can make the reply: a credential, "not listed" or a failure, each on the stream and with
//! the exit status that the caller expects.

pub mod askpass;
pub mod aws;
pub mod bazel;
pub mod cargo;
pub mod docker;
pub mod docker_hub;
pub mod git;
pub mod goauth;
pub mod google;
pub mod keyring;
pub mod kubelet;
pub mod kubernetes;
mod plain_http;
pub mod pnpm;
mod reply;
pub mod sample;
pub mod terraform;
pub mod vault;

use std::path::PathBuf;
use std::time::Duration;

use crate::credential::{Credential, Secret};
use crate::target::{Pattern, Target};
use reply::authorization;
pub use reply::{Message, Reply, one_line};

/// Where reading of standard input stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At its end.
    End,
    /// At its end, which has to come within this time.
    EndWithin(Duration),
    /// At a blank line or the end: git's callers may leave the pipe open.
    BlankLine,
    /// After a newline, which is included; more lines may follow.
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
    /// keyfob writes a greeting, then one line for each line that the caller writes, until standard
    /// input ends. The exit status is 0.
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

/// The input of a caller's request.
pub struct Input<'a> {
    /// The arguments after the caller's name, without `--spec SPEC`.
    pub arguments: &'a [String],
    /// Whether `--spec` or the environment names a spec.
    pub spec_is_named: bool,
    /// Reads standard input up to a maximum size. Must be called at most once, and only by callers
    /// with `owns_stdin`.
    pub stdin: &'a mut dyn FnMut(Until) -> Result<Secret, Message>,
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A file that is written in addition to a reply.
#[derive(Debug)]
pub struct OutputFile {
    /// Its path, as the caller wrote it.
    pub path: PathBuf,
    /// Its whole content.
    pub content: Secret,
}

/// A parsed request of a caller.
pub enum CallerRequest {
    /// Requests a credential.
    Credential(Box<dyn CredentialRequest>),
    /// Drops the cached token for these targets, because a server rejected it.
    Erase {
        /// What the token was for.
        targets: Vec<Target>,
        /// The user name that was sent with the token, if the caller names it.
        user: Option<String>,
        /// The rejected password, if the caller sends it. A cached token is then dropped only if it
        /// is this one.
        presented: Option<Secret>,
        /// The reply, whether or not a token was dropped.
        reply: Reply,
    },
    /// Requests an operation that needs no credential. It succeeds only if a spec lists the target.
    Acknowledge {
        /// Names the targets, and makes the reply if no spec lists one or a spec is not valid.
        request: Box<dyn CredentialRequest>,
        /// Whether the cached token is dropped.
        erase: bool,
        /// The reply if a spec lists a target.
        reply: Reply,
    },
    /// Lists every name that keyfob can serve, each with its user name.
    List(Listing),
    /// Requests a credential over plain http, which is always refused. The targets are those of the
    /// same request over https, so that the hint can name a spec that lists them.
    OtherScheme(Box<dyn CredentialRequest>),
    /// Needs no spec: the reply is already known.
    Reply(Reply),
    /// Cannot be understood or is not supported. The reply is on standard error, and the failure is
    /// noted for `keyfob doctor`.
    Failure(Message),
    /// The same, with the reply of a caller that does not read standard error.
    FailureWith(Message, Reply),
}

impl CallerRequest {
    /// A failure, with the caller's own form of the reply.
    #[must_use]
    pub fn failure_with(message: Message, reply: fn(&Message) -> Reply) -> Self {
        let reply = reply(&message);
        Self::FailureWith(message, reply)
    }

    /// Drops any token for these targets. The reply is empty.
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
    /// The name by which the caller would request this entry of `targets`, if there is one. The
    /// flag says whether the spec's `callers` include this caller.
    pub name: fn(&Pattern, bool) -> Option<String>,
    /// The targets of a request for a name.
    pub targets: fn(&str) -> Vec<Target>,
    /// The reply with the names and their user names.
    pub reply: fn(&[(String, String)]) -> Reply,
    /// The reply if the specs cannot be read.
    pub failure: fn(&Message) -> Reply,
}

/// A request for a credential, and the only way to reply to it.
pub trait CredentialRequest {
    /// The targets that the request may mean, such as one target in several spellings. Empty if the
    /// caller names no target.
    fn targets(&self) -> &[Target];

    /// The user name in the request. It selects one of several specs that list the target equally
    /// closely.
    fn user(&self) -> Option<&str> {
        None
    }

    /// The spec that the request itself names. It takes precedence over `KEYFOB_SPEC`, and `--spec`
    /// takes precedence over it.
    fn spec(&self) -> Option<&str> {
        None
    }

    /// The shortest remaining lifetime that is of use to the caller. A cached token with less is
    /// renewed first, unless the provider's tokens never live that long.
    fn least_life(&self) -> Duration {
        Duration::ZERO
    }

    /// For a caller that repeats a request only after its token has expired or was rejected: text
    /// that distinguishes this request from the other requests of the same process. If the same
    /// request is repeated while the token is still valid, a server has rejected the token.
    fn asks_again_when_refused(&self) -> Option<&str> {
        None
    }

    /// The fingerprint of the token that a server rejected earlier in this run of the caller.
    fn refused(&self) -> Option<u64> {
        None
    }

    /// The request as a JSON document, if it is one: what the source `request` reads.
    fn said(&self) -> Option<&Secret> {
        None
    }

    /// Whether the caller takes a client certificate with its key in place of a token.
    fn takes_a_certificate(&self) -> bool {
        false
    }

    /// The reply with the credential.
    fn reply(&self, credential: &Credential) -> Reply;

    /// A file that the caller reads before it asks again. If the file cannot be written, the reply
    /// is sent nevertheless.
    fn output_file(&self, _: &Credential) -> Option<OutputFile> {
        None
    }

    /// The reply if no spec lists the target.
    fn not_listed(&self, message: &Message) -> Reply;

    /// The reply if a spec lists the target, but there is no token.
    fn failure(&self, message: &Message) -> Reply;

    /// The reply if the specs cannot be read, so that another helper may be responsible for the
    /// target.
    fn unknown(&self, message: &Message) -> Reply {
        self.failure(message)
    }

    /// Whether the caller shows standard error in addition to a reply. If so, the hint about a spec
    /// that nearly lists the target is written there.
    fn shows_stderr(&self) -> bool {
        false
    }

    /// Whether the caller sends a host and never a path.
    fn never_names_a_path(&self) -> bool {
        false
    }

    /// The command that makes the caller send the path of a URL too.
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
    /// The name of the link under which the same binary acts as this caller.
    pub link: &'static str,
    /// Its arguments, for the help text and nothing else.
    pub synopsis: &'static str,
    /// One line for the help text.
    pub about: &'static str,
    /// First arguments that belong to the caller when its link is used, even if keyfob has a
    /// command of the same name.
    pub operations: &'static [&'static str],
    /// Whether its only argument is a prompt. Somebody else chose that text, so keyfob parses no
    /// option or command in it.
    pub takes_a_prompt: bool,
    /// The argument that identifies the caller if it starts plain `keyfob`, without the caller's
    /// name.
    pub plugin_argument: Option<&'static str>,
    /// Whether standard input is the caller's own, so that `--spec -` cannot read from it.
    pub owns_stdin: bool,
    /// Whether its tool has no other helper, so that a target which no spec lists is a failure.
    pub asked_alone: bool,
    /// How many requests it sends, and on which streams, when it is started with these arguments.
    pub conversation: fn(&[String]) -> Conversation,
    /// Parses its request.
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
