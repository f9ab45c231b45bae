//! Parses the options of `token` that say how the token is printed.
//!
//! An option that the chosen format does not use is an error.

use super::words::token::TokenWords;
use crate::command::token::{Format, GithubFile, TokenOutput};
use crate::protocol::Message;

/// Parses `--format`, `--env`, `--to` and `--unmasked`.
///
/// # Errors
/// Returns a usage error for an unknown value, or for an option that the format does not use.
pub(super) fn read(words: &TokenWords) -> Result<TokenOutput, Message> {
    let format = value("--format", Format::ALL, &words.format)?;
    let to = match words.to.as_deref() {
        Some(_) if format != Format::Github => {
            return Err(Message::usage("--to goes with --format github"));
        }
        Some(to) => value("--to", GithubFile::ALL, to)?,
        None => GithubFile::Env,
    };
    if words.unmasked && format != Format::Gitlab {
        return Err(Message::usage("--unmasked goes with --format gitlab"));
    }
    Ok(TokenOutput {
        format,
        variable: words.env.clone(),
        to,
        unmasked: words.unmasked,
    })
}

/// Looks up the value of an option by its name. The error lists the names that exist.
fn value<T: Copy>(option: &str, all: &[(&str, T)], written: &str) -> Result<T, Message> {
    let known = all.iter().find(|(name, _)| *name == written);
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    known
        .map(|(_, value)| *value)
        .ok_or_else(|| Message::usage(format!("{option} takes one of {}", names.join(", "))))
}
