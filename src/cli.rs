//! argv and argv[0] → `Command`. Pure.
//!
//! argh does the words that people type; the callers' words are taken apart here, for they are the callers' own. What argh lacks is made
//! up for: `--option=value`, `--version`, exit status 2, and `help` as an ordinary word.

mod help;
mod printing;
mod typed;
mod words;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use crate::command::secret::SecretAction;
use crate::command::token::TokenOutput;
use crate::protocol::{CALLERS, Caller, Conversation, Message, cargo};
use crate::source::KeyringKind;
pub use help::{TYPED, help};
use typed::typed;

/// What is to be done.
pub enum Command {
    /// A caller's request.
    Caller(&'static Caller, Option<String>, Vec<String>),
    /// `token`
    Token(Option<String>, TokenOutput),
    /// `run`
    Run(Option<String>, Option<String>, bool, Vec<OsString>),
    /// `check`
    Check(Option<String>, bool, Option<Duration>),
    /// `revoke`
    Revoke(Option<String>),
    /// `status`, as JSON or not
    Status(bool),
    /// `forget`
    Forget(Option<String>, bool),
    /// `secret`
    Secret(SecretAction, KeyringKind),
    /// `doctor`
    Doctor,
    /// `providers`
    Providers(Option<String>),
    /// Help or version: words for standard output.
    Say(String),
}

/// A command line, read.
pub struct CommandLine {
    /// `-v`
    pub verbose: bool,
    /// The command.
    pub command: Command,
}

impl CommandLine {
    /// Whether steps may be told on standard error.
    #[must_use]
    pub fn may_tell(&self) -> bool {
        let Command::Caller(caller, _, words) = &self.command else {
            return true;
        };
        (caller.talk)(words) != Conversation::OnOneStream
    }
}

/// Reads argv. `argv[0]`'s name may be a caller's link; an explicit command wins over it.
///
/// # Errors
/// A command line that makes no sense, in words.
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
    // A prompt is whatever a server says: it must not be read as an option, and even less as a command whose output goes back to that server.
    if let Some(caller) = linked(own_name).filter(|caller| caller.is_prompted()) {
        let words = words.iter().map(text).collect::<Result<_, Message>>()?;
        return Ok(CommandLine {
            verbose: false,
            command: Command::Caller(caller, None, words),
        });
    }
    // After a bare `--` everything belongs to the command that is run, UTF-8 or not.
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

/// The caller whose link has this name.
fn linked(own_name: &OsStr) -> Option<&'static Caller> {
    let link = Path::new(own_name).file_stem().and_then(OsStr::to_str)?;
    CALLERS.iter().find(|caller| link == caller.link)
}

fn command(
    own_name: &OsStr,
    mut words: Vec<String>,
    after: Option<&[OsString]>,
    verbose: &mut bool,
) -> Result<Command, Message> {
    let first = words.first().map(String::as_str);
    let by_name = CALLERS.iter().find(|caller| first == Some(caller.name));
    // A command that is written out wins over the name, but for the caller's own words.
    let by_link = linked(own_name).filter(|caller| {
        let own = |word: &str| {
            caller
                .words
                .split(['|', ' ', '[', ']'])
                .any(|own| own == word)
        };
        let typed = |word: &str| {
            TYPED.iter().any(|(name, _)| *name == word) || ["--version", "-V"].contains(&word)
        };
        !first.is_some_and(|word| typed(word) && !own(word))
    });
    // cargo names no caller: what is configured behind the program comes with its request.
    let by_word = (first == Some(cargo::PLUGIN)).then_some(&cargo::CALLER);
    if let Some(caller) = by_name.or(by_link).or(by_word) {
        let skip = usize::from(by_name.is_some());
        return caller_words(caller, words.into_iter().skip(skip), verbose);
    }
    let count = words.len();
    words.retain(|word| !is_verbose(word));
    *verbose |= words.len() < count;
    match words.first().map(String::as_str) {
        Some("--version" | "-V") => {
            return Ok(Command::Say(format!(
                "keyfob {}\n",
                env!("CARGO_PKG_VERSION")
            )));
        }
        Some("--help" | "-h") => return Ok(Command::Say(help())),
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

/// `[--spec SPEC]` and `-v` before the caller's own words. From the first of those on nothing is ours: a word may be somebody else's text, as
/// the user name in an index's URL is that pip hands on.
fn caller_words(
    caller: &'static Caller,
    words: impl Iterator<Item = String>,
    verbose: &mut bool,
) -> Result<Command, Message> {
    let mut spec = None;
    let mut own = Vec::new();
    let mut words = words;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--spec") {
            Some("") => Some(
                words
                    .next()
                    .ok_or_else(|| Message::usage("--spec wants a spec"))?,
            ),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        match value {
            Some(_) if spec.is_some() => return Err(Message::usage("--spec is given twice")),
            Some(value) => spec = Some(value),
            None if word == "--help" || word == "-h" => {
                return Ok(Command::Say(format!(
                    "Usage: keyfob {}\n\n{}\n\nAlso by the name {}.\n",
                    [caller.name, "[--spec SPEC]", caller.words]
                        .join(" ")
                        .trim_end(),
                    caller.about,
                    caller.link
                )));
            }
            None if is_verbose(&word) => *verbose = true,
            None => {
                own.push(word);
                own.extend(words.by_ref());
            }
        }
    }
    Ok(Command::Caller(caller, spec, own))
}
