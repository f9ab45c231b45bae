//! Questions on the terminal, and what is typed or pasted as an answer.
//!
//! Questions go to standard error, and answers come from standard input, which must be a terminal.
//! A secret is read without echo. A pasted key or JSON document may have many lines: a PEM text is
//! read to its END line, and JSON to its closing brace. Whatever was pasted after the end of an
//! answer is never taken for the answer to the next question.

mod entry;

use std::io::Write as _;

use super::platform::terminal::{self, Quiet};
use super::system::System;
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

fn line() -> Result<String, String> {
    let echo = |bytes: &[u8]| {
        let _ = std::io::stderr().write_all(bytes);
    };
    match terminal::line(entry::MOST, &echo)? {
        Some(bytes) => text(bytes),
        None => {
            show("\n");
            Err(entry::ENDED.to_owned())
        }
    }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|_| "the answer is not UTF-8".to_owned())?;
    Ok(text.trim().to_owned())
}

/// Reads a secret without echo. `None` if standard input is not a terminal.
#[must_use]
pub fn secret(prompt: &str) -> Option<Result<Secret, String>> {
    let quiet = match Quiet::begin()? {
        Ok(quiet) => quiet,
        Err(why) => return Some(Err(why)),
    };
    show(prompt);
    let typed = entry::read();
    drop(quiet);
    show("\n");
    Some(typed)
}
