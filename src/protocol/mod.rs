//! The callers' languages: bytes → `Ask`, credential → bytes. Pure; one file per caller, and a row in [`CALLERS`].
//!
//! A request remembers its dialect, and only it can make the reply: the answer, "not mine", or a failure, each on the stream and with
//! the exit status that its caller reads.

pub mod aws;
pub mod docker;
pub mod git;
pub mod google;
pub mod kubernetes;
pub mod pnpm;

use std::path::PathBuf;
use std::time::Duration;

use crate::credential::{Credential, Secret};
use crate::grant::answer;
use crate::target::Target;

/// What goes back to the caller.
#[derive(Debug)]
pub struct Reply {
    /// Standard output: one complete answer.
    pub stdout: Secret,
    /// Standard error: empty on success.
    pub stderr: String,
    /// Exit status.
    pub status: u8,
}

impl Reply {
    /// An answer on standard output, exit status 0.
    #[must_use]
    pub fn answer(stdout: Secret) -> Self {
        Self {
            stdout,
            stderr: String::new(),
            status: 0,
        }
    }

    /// Nothing at all, exit status 0.
    #[must_use]
    pub fn silence() -> Self {
        Self::answer(Secret::new(Vec::new()))
    }

    /// Words on standard output, exit status 0: lines, with tabs between their columns.
    #[must_use]
    pub fn words(text: impl AsRef<str>) -> Self {
        let columns = |line: &str| {
            line.split('\t')
                .map(one_line)
                .collect::<Vec<_>>()
                .join("\t")
        };
        let lines: Vec<String> = text.as_ref().split('\n').map(columns).collect();
        Self::answer(Secret::from(lines.join("\n")))
    }

    /// A failure, told on standard error.
    #[must_use]
    pub fn failure(told: &Told) -> Self {
        Self {
            stdout: Secret::new(Vec::new()),
            stderr: told.lines(),
            status: told.status,
        }
    }
}

/// A failure in words: sentence, stable code, hint and exit status. One line each, sanitised by who made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Stable kebab-case word.
    pub code: &'static str,
    /// What happened, lower case.
    pub sentence: String,
    /// What to do.
    pub hint: Option<String>,
    /// 1 could not, 2 called wrongly.
    pub status: u8,
}

impl Told {
    /// A request that makes no sense.
    pub fn malformed(sentence: impl Into<String>) -> Self {
        Self {
            code: "request-invalid",
            sentence: sentence.into(),
            hint: None,
            status: 1,
        }
    }

    /// A command line that makes no sense.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self {
            code: "usage",
            sentence: sentence.into(),
            hint: Some("`keyfob --help` lists the commands".to_owned()),
            status: 2,
        }
    }

    /// `keyfob: error: …` and `keyfob: hint: …`, a line each.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut lines = format!(
            "keyfob: error: {} ({})\n",
            one_line(&self.sentence),
            self.code
        );
        if let Some(hint) = &self.hint {
            lines.push_str(&format!("keyfob: hint: {}\n", one_line(hint)));
        }
        lines
    }
}

/// The last gate before a terminal or a CI log: one line, no control or bidirectional character, and nothing with which runners begin
/// commands: no `##`, and no `::` at its beginning.
#[must_use]
pub fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(answer::visible).collect();
    let line = visible.replace("##", "# #").replace("##", "# #");
    match line.trim_start().strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => line,
    }
}

/// Where standard input ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At its end.
    End,
    /// At a blank line too: git's callers may leave the pipe open.
    BlankLine,
    /// At the end of a line, which is part of what is read; more may follow.
    Line,
}

/// How a caller talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
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

impl Talk {
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
    pub stdin: &'a mut dyn FnMut(Until) -> Result<Secret, Told>,
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A file that a reply comes with.
#[derive(Debug)]
pub struct Aside {
    /// Its path, as the caller gave it.
    pub path: PathBuf,
    /// All of it.
    pub content: Secret,
}

/// What a caller wants.
pub enum Ask {
    /// A credential.
    Get(Box<dyn Get>),
    /// The credential that was handed out for these targets was refused: drop it, if it is this one.
    Erase {
        /// For what.
        targets: Vec<Target>,
        /// The rejected password, where the caller says; without it, whatever was handed out.
        presented: Option<Secret>,
        /// What is said when it is done.
        done: Reply,
    },
    /// Every host that can be served, and with which user name.
    List(fn(&[(String, String)]) -> Reply),
    /// Nothing that needs a credential: here is the reply.
    Say(Reply),
}

/// A request for a credential, and the only way to reply to it.
pub trait Get {
    /// What the credential is for: any of these spellings. Empty where the caller names nothing.
    fn targets(&self) -> &[Target];

    /// SPEC where the request itself names it; `--spec` wins.
    fn spec(&self) -> Option<&str> {
        None
    }

    /// Least life that is of use to the caller: a token with less is renewed first, where that can be had.
    fn least_life(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether the process that calls asks a second time only where its token ended or was refused, so that asking for one that is still good
    /// says that it was refused.
    fn asks_again_when_refused(&self) -> bool {
        false
    }

    /// The credential, in the caller's language.
    fn give(&self, credential: &Credential) -> Reply;

    /// What is written into a file besides, for who reads that file before asking again. What cannot be written is left.
    fn aside(&self, _: &Credential) -> Option<Aside> {
        None
    }

    /// No spec lists the target; `told` says so in words.
    fn not_mine(&self, told: &Told) -> Reply;

    /// The target is ours and it failed.
    fn fail(&self, told: &Told) -> Reply;
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
    /// Whether it drops keyfob's words on a failure, so that they are kept for `keyfob doctor`.
    pub hides_failures: bool,
    /// How it talks when called with these words.
    pub talk: fn(&[String]) -> Talk,
    /// Reads its request.
    pub read: fn(&mut Input<'_>) -> Ask,
}

/// Every caller, in the order of the help text.
pub const CALLERS: &[Caller] = &[
    kubernetes::CALLER,
    git::CALLER,
    docker::CALLER,
    pnpm::CALLER,
    aws::CALLER,
    google::CALLER,
];
