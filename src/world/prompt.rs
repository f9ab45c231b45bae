//! Questions on the terminal, and what is typed or pasted as an answer.
//!
//! Questions go to standard error, and answers come from standard input, which must be a terminal.
//! A secret is read without echo. A pasted key or JSON document may have many lines: a PEM text is
//! read to its END line, and JSON to its closing brace. Whatever was pasted after the end of an
//! answer is never taken for the answer to the next question.

#[cfg(unix)]
mod entry;

use std::io::Write as _;

use super::system::System;
#[cfg(not(unix))]
use super::terminal;
use crate::credential::Secret;
use crate::text::visible;

/// Questions to the person at the terminal.
pub trait Prompting {
    /// Shows text on the terminal at once.
    fn show(&self, text: &str);

    /// Asks a question and reads one line. Standard input must be a terminal.
    ///
    /// # Errors
    /// A sentence: the input ended (Ctrl-D), or the terminal fails.
    fn ask(&self, question: &str) -> Result<String, String>;
}

impl Prompting for System {
    fn show(&self, text: &str) {
        show(text);
    }

    fn ask(&self, question: &str) -> Result<String, String> {
        show(question);
        line()
    }
}

fn show(text: &str) {
    let clean = |c: char| if c == '\n' { c } else { visible(c) };
    let text: String = text.chars().map(clean).collect();
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(unix)]
fn line() -> Result<String, String> {
    let mut bytes = Vec::new();
    loop {
        match entry::next_byte()? {
            Some(b'\n') => break,
            Some(byte) if bytes.len() < entry::MOST => bytes.push(byte),
            Some(_) => return Err("the line is larger than 1 MiB".to_owned()),
            None if bytes.is_empty() => {
                show("\n");
                return Err(entry::ENDED.to_owned());
            }
            None => break,
        }
    }
    text(bytes)
}

#[cfg(not(unix))]
fn line() -> Result<String, String> {
    use std::io::BufRead as _;
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut bytes) {
        Ok(0) => Err("the input ended".to_owned()),
        Ok(_) => text(bytes),
        Err(why) => Err(format!("the terminal cannot be read: {why}")),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|_| "the answer is not UTF-8".to_owned())?;
    Ok(text.trim().to_owned())
}

/// Reads a secret without echo. `None` if standard input is not a terminal.
#[cfg(unix)]
#[must_use]
pub fn secret(prompt: &str) -> Option<Result<Secret, String>> {
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, tcflush, tcgetattr, tcsetattr,
    };
    use std::io::IsTerminal as _;
    let input = std::io::stdin();
    let before = input
        .is_terminal()
        .then(|| tcgetattr(&input).ok())
        .flatten()?;
    let mut quiet = before.clone();
    // Without ISIG, Ctrl-C arrives as a character, so the terminal's settings can be restored
    // before this process ends. Without ICANON, a line may be longer than 4,095 bytes.
    quiet
        .local_modes
        .remove(LocalModes::ECHO | LocalModes::ISIG | LocalModes::ICANON);
    quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
    quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
    if let Err(error) = tcsetattr(&input, OptionalActions::Flush, &quiet) {
        return Some(Err(format!(
            "the terminal's echo cannot be turned off: {error}"
        )));
    }
    show(prompt);
    let typed = entry::read();
    let _ = tcflush(&input, rustix::termios::QueueSelector::IFlush);
    let _ = tcsetattr(&input, OptionalActions::Flush, &before);
    show("\n");
    Some(typed)
}

/// A secret cannot be typed on this platform. It is read from a pipe, and a terminal is an error.
#[cfg(not(unix))]
#[must_use]
pub fn secret(_: &str) -> Option<Result<Secret, String>> {
    terminal::is_terminal().then(|| Err("pipe the secret into standard input".to_owned()))
}
