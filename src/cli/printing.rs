//! `token`'s options: how the token is printed. Pure; an option that another format would ignore is refused.

use super::words::TokenWords;
use crate::command::token::{Format, GithubFile, TokenOutput};
use crate::protocol::Message;

/// What `--format`, `--env`, `--to` and `--unmasked` say together.
///
/// # Errors
/// A word that is none of theirs, or an option that does not go with the format.
pub(super) fn read(words: &TokenWords) -> Result<TokenOutput, Message> {
    let format = word("--format", Format::ALL, &words.format)?;
    let to = match words.to.as_deref() {
        Some(_) if format != Format::Github => {
            return Err(Message::usage("--to goes with --format github"));
        }
        Some(to) => word("--to", GithubFile::ALL, to)?,
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

/// One of an option's words.
fn word<T: Copy>(option: &str, all: &[(&str, T)], given: &str) -> Result<T, Message> {
    let known = all.iter().find(|(name, _)| *name == given);
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    known
        .map(|(_, value)| *value)
        .ok_or_else(|| Message::usage(format!("{option} takes one of {}", names.join(", "))))
}
