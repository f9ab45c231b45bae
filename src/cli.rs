//! Parses argv into a [`Command`]. Pure.
//!
//! argh parses the commands that people type. The arguments of a caller are passed on to its module
//! in `protocol`, because each caller defines its own syntax. What keyfob has to know about a
//! caller is in the caller's row. This module adds what argh lacks: `--option=value`, `--version`
//! and exit status 2.

mod caller;
mod completions;
mod help;
mod mistakes;
mod outline;
mod printing;
mod typed;
mod words;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use crate::command::add::Addition;
use crate::command::complete::Wanted;
use crate::command::schema::Subject;
use crate::command::secret::SecretAction;
use crate::command::token::TokenOutput;
use crate::protocol::{CALLERS, Caller, Conversation, Message};
use crate::source::KeyringKind;
use crate::version::VERSION;
pub use help::{TYPED, help};
pub use outline::{Item, Outline, outline};
use typed::{help_about, typed};

/// A parsed command. `spec` is the argument of `--spec`.
pub enum Command {
    /// A caller's request.
    Caller {
        /// The caller that sent the request.
        caller: &'static Caller,
        /// `--spec`
        spec: Option<String>,
        /// The arguments for the caller, without keyfob's own options.
        arguments: Vec<String>,
    },
    /// `add`
    Add(Addition),
    /// `token`
    Token {
        /// `--spec`
        spec: Option<String>,
        /// How the token is printed.
        output: TokenOutput,
    },
    /// `run`
    Run {
        /// `--spec`
        spec: Option<String>,
        /// The variable that holds the token; `None` for the default.
        variable: Option<String>,
        /// Whether the token is revoked after the program has ended.
        revoke: bool,
        /// The program and its arguments.
        command: Vec<OsString>,
    },
    /// `check`
    Check {
        /// `--spec`
        spec: Option<String>,
        /// Whether JSON is printed.
        as_json: bool,
        /// An expiry within this time makes the result "not usable".
        warn_within: Option<Duration>,
    },
    /// `revoke`
    Revoke {
        /// `--spec`
        spec: Option<String>,
    },
    /// `status`
    Status {
        /// Whether JSON is printed.
        as_json: bool,
    },
    /// `forget`
    Forget {
        /// `--spec`
        spec: Option<String>,
        /// Whether every spec's tokens are dropped.
        all: bool,
    },
    /// `secret`
    Secret {
        /// The action, with the name of the entry.
        action: SecretAction,
        /// The keyring that holds the entry.
        keyring: KeyringKind,
    },
    /// `setup`
    Setup(Box<crate::command::setup::plan::Options>),
    /// `doctor`
    Doctor {
        /// Whether JSON is printed.
        as_json: bool,
        /// Whether providers are contacted.
        online: bool,
    },
    /// `explain`
    Explain {
        /// `--spec`
        spec: Option<String>,
        /// The caller's name.
        caller: Option<String>,
        /// The target, as the caller's tool spells it.
        target: Option<String>,
        /// Whether JSON is printed.
        as_json: bool,
    },
    /// `providers`
    Providers {
        /// The preset to show; `None` lists all presets.
        name: Option<String>,
    },
    /// `schema`
    Schema {
        /// What the schema describes.
        subject: Subject,
    },
    /// `complete`: what a shell's script asks for.
    Complete(Wanted),
    /// The help text or the version.
    Print {
        /// The text for standard output.
        text: String,
    },
}

impl Command {
    fn version() -> Self {
        Self::Print {
            text: format!("{VERSION}\n"),
        }
    }
}

/// A parsed command line.
pub struct CommandLine {
    /// `-v`
    pub verbose: bool,
    /// The command.
    pub command: Command,
}

impl CommandLine {
    /// Whether a person edits entries of the keyring, and can answer a dialog of the system.
    #[must_use]
    pub fn edits_the_keyring(&self) -> bool {
        matches!(self.command, Command::Secret { .. } | Command::Add(_))
    }

    /// Whether steps may be logged on standard error. A caller that reads standard output and
    /// standard error as one stream would take a log line for a part of the answer.
    #[must_use]
    pub fn may_log(&self) -> bool {
        let Command::Caller {
            caller, arguments, ..
        } = &self.command
        else {
            return true;
        };
        (caller.conversation)(arguments) != Conversation::OnOneStream
    }
}

/// Parses argv. `argv[0]` may be the link of a caller. A command in the first argument takes
/// precedence over the link, unless it is also an operation of that caller, or that caller takes a
/// prompt.
///
/// # Errors
/// Returns a usage error if an argument is not UTF-8, there is no command, or the command or its
/// arguments are not valid.
pub fn read(argv: &[OsString]) -> Result<CommandLine, Message> {
    let (own_name, words) = argv
        .split_first()
        .map_or((OsStr::new("keyfob"), &[][..]), |(name, words)| {
            (name.as_os_str(), words)
        });
    let text = |word: &OsString| {
        word.to_str()
            .map(str::to_owned)
            .ok_or_else(|| Message::usage("an argument is not UTF-8"))
    };
    // A server chooses the text of a prompt. If keyfob parsed it as an option or a command, the
    // output of that command would be sent to the server as an answer.
    if let Some(caller) = linked(own_name).filter(|caller| caller.takes_a_prompt) {
        return Ok(CommandLine {
            verbose: false,
            command: Command::Caller {
                caller,
                spec: None,
                arguments: words.iter().map(text).collect::<Result<_, Message>>()?,
            },
        });
    }
    // The arguments after a bare `--` are the command of `run`, and need not be UTF-8.
    let end = words
        .iter()
        .position(|word| word == "--")
        .unwrap_or(words.len());
    let (before, after) = words.split_at(end);
    let after = after.get(1..);
    let mut words = before
        .iter()
        .map(text)
        .collect::<Result<Vec<String>, Message>>()?;
    let leading = words.iter().take_while(|word| is_verbose(word)).count();
    words.drain(..leading);
    let mut verbose = leading > 0;
    let command = command(own_name, words, after, &mut verbose)?;
    Ok(CommandLine { verbose, command })
}

fn is_verbose(word: &str) -> bool {
    matches!(word, "-v" | "--verbose")
}

/// The caller whose link is the file name in `argv[0]`, without its extension. Case is ignored, as
/// the file systems of Windows and macOS ignore it.
fn linked(own_name: &OsStr) -> Option<&'static Caller> {
    let link = Path::new(own_name).file_stem().and_then(OsStr::to_str)?;
    CALLERS
        .iter()
        .find(|caller| link.eq_ignore_ascii_case(caller.link))
}

/// Whether the first argument is one of keyfob's own commands, or asks for its version.
fn is_typed(word: &str) -> bool {
    TYPED.iter().any(|(name, _)| *name == word) || ["--version", "-V"].contains(&word)
}

/// Finds the caller by its name in the first argument, else by its link, else by its plugin
/// argument. The flag says whether the first argument is the name.
fn caller(own_name: &OsStr, first: Option<&str>) -> Option<(&'static Caller, bool)> {
    let by_name = CALLERS.iter().find(|caller| first == Some(caller.name));
    // One of keyfob's own commands takes precedence over the link, but not over an operation of the
    // caller.
    let by_link = linked(own_name).filter(|caller| {
        first.is_none_or(|word| !is_typed(word) || caller.operations.contains(&word))
    });
    let plugin = |caller: &&Caller| first.is_some() && caller.plugin_argument == first;
    let by_argument = || CALLERS.iter().find(plugin);
    let caller = by_name.or(by_link).or_else(by_argument)?;
    Some((caller, by_name.is_some()))
}

fn command(
    own_name: &OsStr,
    mut words: Vec<String>,
    after: Option<&[OsString]>,
    verbose: &mut bool,
) -> Result<Command, Message> {
    if let Some((caller, is_named)) = caller(own_name, words.first().map(String::as_str)) {
        let own = words.into_iter().skip(usize::from(is_named));
        return caller::command(caller, own, verbose);
    }
    let count = words.len();
    words.retain(|word| !is_verbose(word));
    *verbose |= words.len() < count;
    match words.first().map(String::as_str) {
        Some("--version" | "-V") => {
            return Ok(Command::version());
        }
        // argh allows no command of this name.
        Some("complete") => {
            let is_new = words.iter().any(|word| word == "--new");
            return Ok(Command::Complete(completions::words(after, is_new)));
        }
        Some("help") => return help_about(words.get(1..).unwrap_or_default()),
        Some("--help" | "-h") => return Ok(Command::Print { text: help() }),
        None => {
            return Err(Message {
                hint: Some("keyfob --help lists the commands".to_owned()),
                ..Message::usage("no command is given")
            });
        }
        _ => {}
    }
    typed(words, after)
}
