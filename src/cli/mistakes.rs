//! What is wrong with a command line, in one sentence, and what was probably meant.
//!
//! An argument could be a secret in the wrong place, so it is not quoted. The one exception is an
//! unknown option, or a word that may name a spec, of lower-case letters and hyphens: no generated
//! secret looks like that. A word that is nearly a known one is answered with the known one.

use super::help::command_names;
use super::outline::{Outline, outline};
use crate::protocol::Message;
use crate::text::nearest;

/// Longest option that is quoted.
const LONGEST: usize = 24;

/// The message for arguments that argh did not accept. `has_command` says whether a bare `--`
/// follows them.
pub(super) fn message(words: &[&str], output: &str, has_command: bool) -> Message {
    let Some(rest) = output.trim().strip_prefix("Unrecognized argument: ") else {
        let message = Message::usage(one_sentence(output));
        return Message {
            hint: Some(help_hint(words)),
            ..message
        };
    };
    // argh quotes the argument if it suggests another one.
    let written = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let written = written.map_or(rest, |(written, _)| written);
    let is_known = |command: &&str| outline(&[command]).is_some();
    let Some(command) = words.first().copied().filter(is_known) else {
        return unknown_command(words.first().copied().unwrap_or_default());
    };
    let path = path(words);
    let outline = outline(&path).unwrap_or_default();
    if written.starts_with('-') {
        return unknown_option(written, &outline, &path);
    }
    if command == "run" && !has_command {
        return Message {
            hint: Some("keyfob run --spec SPEC -- CMD ARGUMENTS".to_owned()),
            ..Message::usage("`--` is missing before the command to run")
        };
    }
    let commands = outline.commands.iter().map(|item| &*item.name);
    let sentence = match commands.len() {
        0 => format!("`keyfob {}` takes no such argument", path.join(" ")),
        _ => format!("`keyfob {}` has no such command", path.join(" ")),
    };
    Message {
        hint: Some(match nearest(written, commands) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if outline.options.iter().any(|item| item.name == "--spec") => {
                spec_hint(written, &path)
            }
            None => help_hint(words),
        }),
        ..Message::usage(sentence)
    }
}

/// The hint for a word where the command takes a spec by `--spec`.
fn spec_hint(written: &str, path: &[&str]) -> String {
    let is_name = !written.is_empty()
        && written.len() <= LONGEST
        && written.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    match is_name {
        true => format!("did you mean `--spec {written}`?"),
        false => format!(
            "a spec is named by --spec: keyfob {} --spec NAME",
            path.join(" ")
        ),
    }
}

/// The message about a command's value, with the command that tells more.
pub(super) fn with_help(message: Message, words: &[&str]) -> Message {
    Message {
        hint: Some(help_hint(words)),
        ..message
    }
}

/// The message for a first word that is no command.
pub(super) fn unknown_command(written: &str) -> Message {
    if written.starts_with('-') {
        return unknown_option(written, &Outline::default(), &[]);
    }
    let message = Message::usage("there is no such command");
    match nearest(written, command_names()) {
        Some(meant) => Message {
            hint: Some(format!("did you mean `{meant}`?")),
            ..message
        },
        None => message,
    }
}

fn unknown_option(written: &str, outline: &Outline, path: &[&str]) -> Message {
    let is_plain = written
        .strip_prefix("--")
        .is_some_and(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    let sentence = match is_plain && written.len() <= LONGEST {
        true => format!("there is no option `{written}`"),
        false => "there is no such option".to_owned(),
    };
    let known = outline.options.iter().map(|item| &*item.name);
    let known = known.chain(["--help", "--version", "--verbose"]);
    Message {
        hint: Some(match nearest(written, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => help_hint(path),
        }),
        ..Message::usage(sentence)
    }
}

/// The command that the words name, with the command below it.
pub(super) fn path<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let Some((command, rest)) = words.split_first() else {
        return Vec::new();
    };
    let known = outline(&[command]).unwrap_or_default().commands;
    let below = rest
        .iter()
        .find(|word| known.iter().any(|item| item.name == **word));
    [*command].into_iter().chain(below.copied()).collect()
}

fn help_hint(words: &[&str]) -> String {
    let path = path(words);
    match path
        .first()
        .is_some_and(|command| outline(&[command]).is_some())
    {
        true => format!("`keyfob {} --help` says more", path.join(" ")),
        false => "`keyfob --help` lists the commands".to_owned(),
    }
}

/// argh's message as one sentence, without the argument that argh quotes.
fn one_sentence(output: &str) -> String {
    let mut lines = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or("the command line is not valid");
    // The lines below a colon name what is missing. argh adds its own command `help`.
    let missing: Vec<&str> = lines.filter(|name| *name != "help").collect();
    let missing = missing.join(", ");
    match line.split_once(':') {
        Some((what, "")) if what.contains("subcommands") => {
            format!("one of these commands is missing: {missing}")
        }
        Some((_, "")) => format!("an argument is missing: {missing}"),
        _ => {
            let mut characters = line.trim_end_matches('.').chars();
            let first = characters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(characters).collect()
        }
    }
}
