//! argv and argv[0] → `Command`. Pure.
//!
//! argh does the words that people type; the callers' words are taken apart here, for they are the callers' own. What argh lacks is made
//! up for: `--option=value`, `--version`, exit status 2, and `help` as an ordinary word.

mod help;
mod printing;
mod words;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use argh::FromArgs as _;

use crate::command::secret::Action;
use crate::command::token::Printing;
use crate::protocol::{CALLERS, Caller, Told};
use crate::source::Store;
pub use help::{TYPED, help};
use words::{
    ActionWords, CheckWords, ForgetWords, ListWords, ProvidersWords, RemoveWords, RevokeWords,
    RunWords, SecretWords, SetWords, ShowWords, StatusWords, Top, Typed,
};

/// What is to be done.
pub enum Command {
    /// A caller's request.
    Caller(&'static Caller, Option<String>, Vec<String>),
    /// `token`
    Token(Option<String>, Printing),
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
    Secret(Action, Store),
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

/// Reads argv. `argv[0]`'s name may be a caller's link; an explicit command wins over it.
///
/// # Errors
/// A command line that makes no sense, in words.
pub fn read(argv: &[OsString]) -> Result<CommandLine, Told> {
    let (own_name, words) = argv
        .split_first()
        .map_or((OsStr::new("keyfob"), &[][..]), |(name, words)| {
            (name.as_os_str(), words)
        });
    // After a bare `--` everything belongs to the command that is run, UTF-8 or not.
    let end = words
        .iter()
        .position(|word| word == "--")
        .unwrap_or(words.len());
    let (before, after) = words.split_at(end);
    let after = after.get(1..);
    let text = |word: &OsString| {
        word.to_str()
            .map(str::to_owned)
            .ok_or_else(|| Told::usage("an argument is not UTF-8"))
    };
    let mut words = before
        .iter()
        .map(text)
        .collect::<Result<Vec<String>, Told>>()?;
    let count = words.len();
    words.retain(|word| word != "-v" && word != "--verbose");
    let verbose = words.len() < count;
    let command = command(own_name, words, after)?;
    Ok(CommandLine { verbose, command })
}

fn command(
    own_name: &OsStr,
    words: Vec<String>,
    after: Option<&[OsString]>,
) -> Result<Command, Told> {
    let first = words.first().map(String::as_str);
    let link = Path::new(own_name)
        .file_stem()
        .and_then(OsStr::to_str)
        .unwrap_or_default();
    let by_name = CALLERS.iter().find(|caller| first == Some(caller.name));
    // A command that is written out wins over the name, but for the caller's own words.
    let by_link = CALLERS
        .iter()
        .find(|caller| link == caller.link)
        .filter(|caller| {
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
    if let Some(caller) = by_name.or(by_link) {
        let skip = usize::from(by_name.is_some());
        return caller_words(caller, words.into_iter().skip(skip));
    }
    match first {
        Some("--version" | "-V") => {
            return Ok(Command::Say(format!(
                "keyfob {}\n",
                env!("CARGO_PKG_VERSION")
            )));
        }
        Some("--help" | "-h") => return Ok(Command::Say(help())),
        None => {
            return Err(Told {
                hint: Some("keyfob --help lists the commands".to_owned()),
                ..Told::usage("no command is given")
            });
        }
        _ => {}
    }
    typed(words, after)
}

/// `[--spec SPEC]` anywhere before the caller's own words, which are left as they are.
fn caller_words(
    caller: &'static Caller,
    words: impl Iterator<Item = String>,
) -> Result<Command, Told> {
    let mut spec = None;
    let mut own = Vec::new();
    let mut words = words;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--spec") {
            Some("") => Some(
                words
                    .next()
                    .ok_or_else(|| Told::usage("--spec wants a spec"))?,
            ),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        match value {
            Some(_) if spec.is_some() => return Err(Told::usage("--spec is given twice")),
            Some(value) => spec = Some(value),
            None if (word == "--help" || word == "-h") && own.is_empty() => {
                return Ok(Command::Say(format!(
                    "Usage: keyfob {} [--spec SPEC] {}\n\n{}\n\nAlso by the name {}.\n",
                    caller.name, caller.words, caller.about, caller.link
                )));
            }
            None => own.push(word),
        }
    }
    Ok(Command::Caller(caller, spec, own))
}

fn typed(words: Vec<String>, after: Option<&[OsString]>) -> Result<Command, Told> {
    // argh knows no `--option=value`.
    let split = |word: String| match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") => {
            vec![option.to_owned(), value.to_owned()]
        }
        _ => vec![word],
    };
    let words: Vec<String> = words.into_iter().flat_map(split).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let top = match Top::from_args(&["keyfob"], &words) {
        Ok(top) => top,
        Err(early) if early.status.is_ok() => return Ok(Command::Say(early.output)),
        Err(early) => return Err(Told::usage(first_sentence(&early.output))),
    };
    if after.is_some() && !matches!(top.command, Typed::Run(_)) {
        return Err(Told::usage("only `run` takes words after `--`"));
    }
    Ok(match top.command {
        Typed::Token(words) => {
            let printing = printing::read(&words)?;
            Command::Token(words.spec, printing)
        }
        Typed::Run(RunWords { spec, env, revoke }) => {
            Command::Run(spec, env, revoke, after.unwrap_or_default().to_vec())
        }
        Typed::Check(CheckWords {
            spec,
            format,
            warn_within,
        }) => {
            let within = warn_within
                .as_deref()
                .map(|text| {
                    span(text).ok_or_else(|| {
                        Told::usage("--warn-within takes a number with d, h, m or s")
                    })
                })
                .transpose()?;
            Command::Check(spec, text_or_json(&format)?, within)
        }
        Typed::Revoke(RevokeWords { spec }) => Command::Revoke(spec),

        Typed::Status(StatusWords { format }) => Command::Status(text_or_json(&format)?),
        Typed::Forget(ForgetWords { spec, all }) => Command::Forget(spec, all),
        Typed::Secret(SecretWords { store, action }) => {
            let (inner, action) = match action {
                ActionWords::Set(SetWords { store, name }) => (store, Action::Set(name)),
                ActionWords::Remove(RemoveWords { store, name }) => (store, Action::Remove(name)),
                ActionWords::List(ListWords { store }) => (store, Action::List),
                ActionWords::Show(ShowWords { store, name }) => (store, Action::Show(name)),
            };
            let store = match inner.or(store).as_deref() {
                None => Store::Default,
                Some("kernel") => Store::Kernel,
                Some("secret-service") => Store::SecretService,
                Some(_) => return Err(Told::usage("--store takes kernel or secret-service")),
            };
            Command::Secret(action, store)
        }
        Typed::Providers(ProvidersWords { name }) => Command::Providers(name),
    })
}

fn text_or_json(format: &str) -> Result<bool, Told> {
    match format {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err(Told::usage("--format takes text or json")),
    }
}

/// `14d`, `36h`, `90m`, `45s`
fn span(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        'd' => 86_400,
        'h' => 3600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// argh's own words in one line: it says several, and repeats what was typed, which could be a secret in the wrong place.
fn first_sentence(output: &str) -> String {
    let line = output
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("the command line makes no sense")
        .trim();
    let line = match line.split_once(": ") {
        Some((what, _)) if what.to_ascii_lowercase().contains("unrecognized") => {
            "there is no such argument or command"
        }
        _ => line,
    };
    let mut characters = line.chars();
    characters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + characters.as_str())
        .unwrap_or_default()
}
