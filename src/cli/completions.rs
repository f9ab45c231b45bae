//! Completion: the shells' scripts, and the words that may come next.
//!
//! A script asks the program itself: `keyfob complete -- WORDS…`, the last of which is begun. So
//! what is completed is what the help texts say, and needs no second table. What only the machine
//! knows (specs, presets, secrets) is left to `command`.

use std::ffi::OsString;

use super::help::TYPED;
use super::mistakes::path;
use super::outline::{Outline, outline};
use crate::command::complete::{Candidate, Known, Wanted};
use crate::command::setup;
use crate::command::token::{Format, GithubFile};
use crate::protocol::{CALLERS, Message};

/// The script for a shell.
///
/// # Errors
/// There is none for it.
pub(super) fn script(shell: &str) -> Result<&'static str, Message> {
    Ok(match shell {
        "bash" => include_str!("completions/keyfob.bash"),
        "zsh" => include_str!("completions/keyfob.zsh"),
        "fish" => include_str!("completions/keyfob.fish"),
        "powershell" => include_str!("completions/keyfob.ps1"),
        _ => {
            return Err(Message::usage(
                "completions takes bash, zsh, fish or powershell",
            ));
        }
    })
}

/// What `keyfob complete` asks for. `is_new` says that the last word is not begun.
pub(super) fn words(after: Option<&[OsString]>, is_new: bool) -> Wanted {
    let words = after.unwrap_or_default().iter();
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let last = is_new.then(String::new);
    complete(&words.chain(last).collect::<Vec<String>>())
}

/// The words that may come after these, the last of which is begun.
fn complete(words: &[String]) -> Wanted {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((begun, before)) = words.split_last() else {
        return Wanted::default();
    };
    let before: Vec<&str> = before
        .iter()
        .copied()
        .skip_while(|word| *word == "-v")
        .collect();
    // `--option=value`
    let (before, prefix, begun) = match begun.split_once('=') {
        Some((option, value)) if option.starts_with("--") => {
            let before: Vec<&str> = before.iter().copied().chain([option]).collect();
            (before, format!("{option}="), value)
        }
        _ => (before, String::new(), *begun),
    };
    let mut wanted = next(&before, begun);
    wanted.begun = begun.to_owned();
    wanted.prefix = prefix;
    wanted
}

fn next(before: &[&str], begun: &str) -> Wanted {
    let Some(command) = before.first().copied() else {
        return commands();
    };
    // What follows `--` is another program's.
    if before.contains(&"--") {
        return Wanted::default();
    }
    if let Some(caller) = CALLERS.iter().find(|caller| caller.name == command) {
        return match before.last() {
            Some(&"--spec") => Wanted::of(Known::Specs),
            _ => {
                let operations = caller.operations.iter().map(|word| (*word, caller.about));
                Wanted::words(operations.chain([("--spec", "the spec")]))
            }
        };
    }
    if command == "help" {
        return commands();
    }
    let path = path(before);
    let Some(outline) = outline(&path) else {
        return Wanted::default();
    };
    let last = before.last().copied().unwrap_or_default();
    let takes_value = |word: &str| {
        let mut options = outline.options.iter();
        options.any(|item| item.takes_value && item.name == word)
    };
    if takes_value(last) {
        return value(command, last);
    }
    if begun.starts_with('-') {
        return options(&outline);
    }
    if path.len() == 1 && !outline.commands.is_empty() {
        let items = outline.commands.iter();
        return Wanted::words(items.map(|item| (&*item.name, &*item.about)));
    }
    // Arguments that are neither options nor their values.
    let mut count: usize = 0;
    for (index, word) in before.iter().enumerate().skip(path.len()) {
        let is_value = index.checked_sub(1).and_then(|index| before.get(index));
        let is_value = is_value.is_some_and(|before| takes_value(before));
        count += usize::from(!word.starts_with('-') && !is_value);
    }
    let wanted = argument(&path, count, before);
    match wanted.is_empty() {
        true => options(&outline),
        false => wanted,
    }
}

fn commands() -> Wanted {
    let callers = CALLERS.iter().map(|caller| (caller.name, caller.about));
    Wanted::words(TYPED.iter().copied().chain(callers))
}

fn options(outline: &Outline) -> Wanted {
    let items = outline.options.iter();
    Wanted::words(items.map(|item| (&*item.name, &*item.about)))
}

/// The values of an option.
fn value(command: &str, option: &str) -> Wanted {
    let plain = |words: &[&'static str]| Wanted::words(words.iter().map(|word| (*word, "")));
    match (command, option) {
        (_, "--spec") => Wanted::of(Known::Specs),
        (_, "--provider") => Wanted::of(Known::Providers),
        (_, "--caller") => Wanted::words(CALLERS.iter().map(|it| (it.name, it.about))),
        ("token", "--format") => Wanted::words(Format::ALL.iter().map(|(name, _)| (*name, ""))),
        ("token", "--to") => Wanted::words(GithubFile::ALL.iter().map(|(name, _)| (*name, ""))),
        (_, "--format") => plain(&["text", "json"]),
        (_, "--store" | "--to") => plain(&["kernel", "secret-service"]),
        _ => Wanted::default(),
    }
}

/// The values of an argument, of which so many stand before it.
fn argument(path: &[&str], count: usize, before: &[&str]) -> Wanted {
    let plain = |words: &[&'static str]| Wanted::words(words.iter().map(|word| (*word, "")));
    match (path, count) {
        (["add"], 1..) => {
            let mut pairs = before.windows(2);
            let provider = pairs.find_map(|pair| match pair {
                ["--provider", provider] => Some((*provider).to_owned()),
                _ => None,
            });
            let inline = before
                .iter()
                .find_map(|word| word.strip_prefix("--provider="));
            let provider = provider.or_else(|| inline.map(str::to_owned));
            let given = before
                .iter()
                .filter_map(|word| Some(word.split_once('=')?.0.to_owned()));
            provider.map_or_else(Wanted::default, |provider| {
                Wanted::of(Known::Members {
                    provider,
                    given: given.collect(),
                })
            })
        }
        (["providers"], 0) => Wanted::of(Known::Providers),
        (["secret", "set" | "remove" | "show" | "rename" | "copy"], 0) => {
            Wanted::of(Known::Secrets)
        }
        (["explain"], 0) => Wanted::words(CALLERS.iter().map(|it| (it.name, it.about))),
        (["completions"], 0) => plain(&["bash", "zsh", "fish", "powershell"]),
        (["schema"], 0) => plain(&["spec", "preset"]),
        (["setup"], 0) => Wanted::words(setup::names().map(|tool| (tool, ""))),
        _ => Wanted::default(),
    }
}

impl Wanted {
    fn words<'a>(words: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let candidates = words.map(|(word, about)| Candidate {
            word: word.to_owned(),
            about: about.to_owned(),
        });
        Self {
            candidates: candidates.collect(),
            ..Self::default()
        }
    }

    fn of(known: Known) -> Self {
        Self {
            known: Some(known),
            ..Self::default()
        }
    }
}
