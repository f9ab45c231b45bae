//! Parses keyfob's own options in front of a caller's arguments.

use super::help::of_caller;
use super::{Command, is_verbose};
use crate::protocol::{Caller, Message};

/// Parses `--spec SPEC`, `-v` and `--help` up to the first argument of the caller. keyfob parses
/// none of its own options after that argument, because somebody else may have chosen the text
/// there, such as the user name in the URL of a package index.
pub(super) fn command(
    caller: &'static Caller,
    words: impl Iterator<Item = String>,
    verbose: &mut bool,
) -> Result<Command, Message> {
    let mut spec = None;
    let mut arguments = Vec::new();
    let mut words = words;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--spec") {
            Some("") => Some(
                words
                    .next()
                    .ok_or_else(|| Message::usage("--spec needs a value"))?,
            ),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        match value {
            Some(_) if spec.is_some() => return Err(Message::usage("--spec is given twice")),
            Some(value) => spec = Some(value),
            None if word == "--version" || word == "-V" => return Ok(Command::version()),
            None if word == "--help" || word == "-h" => {
                let text = of_caller(caller);
                return Ok(Command::Print { text });
            }
            None if is_verbose(&word) => *verbose = true,
            None => {
                arguments.push(word);
                arguments.extend(words.by_ref());
            }
        }
    }
    Ok(Command::Caller {
        caller,
        spec,
        arguments,
    })
}
