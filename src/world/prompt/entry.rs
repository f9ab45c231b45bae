//! Reads a secret from a terminal that neither echoes nor collects lines.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::credential::Secret;
use crate::world::platform::terminal::{is_more, next_byte};

/// Longest answer, in bytes.
pub(super) const MOST: usize = 1 << 20;
/// The sentence for Ctrl-D at the beginning of an answer.
pub(super) const ENDED: &str = "the input ended";

const INTERRUPT: u8 = 3;
const END: u8 = 4;
const BACKSPACE: u8 = 8;
const ERASE_LINE: u8 = 21;
const DELETE: u8 = 127;

/// How long a paste may pause between two of its lines.
const PASTE: Duration = Duration::from_millis(100);

/// What a text of several lines ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One line.
    Line,
    /// PEM: the END line, unless another block follows at once.
    Pem,
    /// JSON: the brace that closes the first one.
    Json,
}

fn form(text: &[u8]) -> Form {
    let text = text.trim_ascii_start();
    let Some(rest) = text.strip_prefix(b"{") else {
        return match text.starts_with(b"-----BEGIN ") {
            true => Form::Pem,
            false => Form::Line,
        };
    };
    // A password may begin with a brace. A document goes on with a name or on the next line.
    match rest.trim_ascii_start().first() {
        None | Some(b'"') => Form::Json,
        Some(_) => Form::Line,
    }
}

/// Whether every brace outside of strings is closed.
fn is_closed(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth == 0
}

/// Reads a line, a PEM text or a JSON document.
///
/// # Errors
/// A sentence: Ctrl-C or Ctrl-D, a line that is too long, or more than one line of other text.
pub(super) fn read() -> Result<Secret, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    let (mut line, mut next) = (0, None);
    while let Some(byte) = next.take().map_or_else(next_byte, |byte| Ok(Some(byte)))? {
        match byte {
            INTERRUPT => return Err("interrupted".to_owned()),
            END if bytes.is_empty() => return Err(ENDED.to_owned()),
            DELETE | BACKSPACE => erase(&mut bytes, line),
            ERASE_LINE => bytes.truncate(line),
            b'\r' | b'\n' | END => {
                let is_blank = bytes.len() == line;
                let ended = bytes.get(line..).unwrap_or_default();
                let is_last = match form(&bytes) {
                    Form::Line => true,
                    Form::Pem => ended.starts_with(b"-----END ") && !is_more_than_blank(&mut next)?,
                    Form::Json => is_closed(&bytes),
                };
                if is_last || byte == END {
                    return finish(bytes);
                }
                // A terminal makes two line ends of CR LF.
                if !is_blank {
                    append(&mut bytes, b'\n');
                    line = bytes.len();
                }
            }
            _ if bytes.len() >= MOST => return Err("the secret is larger than 1 MiB".to_owned()),
            byte => append(&mut bytes, byte),
        }
    }
    Err(ENDED.to_owned())
}

/// Whether anything but blank lines follows in the same paste: `next` is then its first byte.
fn is_more_than_blank(next: &mut Option<u8>) -> Result<bool, String> {
    while is_more(PASTE) {
        match next_byte()? {
            None => break,
            Some(b'\r' | b'\n') => {}
            Some(byte) => {
                *next = Some(byte);
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The secret, if nothing but blank lines was pasted after it.
fn finish(bytes: Zeroizing<Vec<u8>>) -> Result<Secret, String> {
    match is_more_than_blank(&mut None)? {
        true => Err("more than one line was pasted, and it is neither PEM nor JSON".to_owned()),
        false => Ok(Secret::new(bytes.to_vec())),
    }
}

/// Removes the last character of the line.
fn erase(bytes: &mut Vec<u8>, line: usize) {
    while bytes.len() > line {
        match bytes.pop() {
            Some(byte) if byte & 0xc0 == 0x80 => {}
            _ => break,
        }
    }
}

/// Grows the buffer by hand: a `Vec` that grows leaves a copy behind.
fn append(bytes: &mut Zeroizing<Vec<u8>>, byte: u8) {
    if bytes.len() == bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(2 * bytes.len()));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.push(byte);
}
