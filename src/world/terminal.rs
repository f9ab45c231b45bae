//! Standard input and standard output.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use std::time::Instant;

use zeroize::Zeroizing;

use super::platform;
use crate::credential::Secret;
use crate::protocol::{Reply, Until};

/// Longest standard input that is read, in bytes.
const MOST: usize = 1 << 20;

/// Standard input, standard output and the terminal.
pub trait Terminal {
    /// Reads standard input, at most 1 MiB.
    ///
    /// # Errors
    /// A sentence: the input is larger, cannot be read, or does not end in time.
    fn read_stdin(&self, until: Until) -> Result<Secret, String>;

    /// Writes to standard output at once, before the reply.
    ///
    /// # Errors
    /// A sentence that says why the bytes cannot be written.
    fn write_stdout(&self, bytes: &Secret) -> Result<(), String>;

    /// Reads a secret from the terminal without echo. `None` if there is no terminal.
    ///
    /// # Errors
    /// A sentence: the terminal fails, Ctrl-C or Ctrl-D is typed, or more is pasted than a secret.
    fn prompt(&self, prompt: &str) -> Option<Result<Secret, String>>;

    /// Whether standard input is a terminal.
    fn is_terminal(&self) -> bool;
}

/// Writes the whole reply. Returns the exit status, which is 1 if standard output cannot be
/// written.
#[must_use]
pub fn write(reply: &Reply) -> i32 {
    let stdout = write_stdout(&reply.stdout);
    let _ = std::io::stderr().write_all(reply.stderr.as_bytes());
    let Err(why) = stdout else {
        return reply.status;
    };
    let _ = writeln!(std::io::stderr(), "keyfob: error: {why} (output-failed)");
    1
}

/// Writes the bytes to standard output and flushes it.
///
/// # Errors
/// A sentence that says why they cannot be written.
pub fn write_stdout(bytes: &Secret) -> Result<(), String> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(bytes.expose())
        .and_then(|()| stdout.flush());
    written.map_err(|why| format!("the answer cannot be written: {}", why.kind()))
}

/// Reads standard input to its end, to a blank line or to the end of a line.
///
/// # Errors
/// A sentence: the input is larger than 1 MiB, cannot be read, or does not end in time.
pub fn read_stdin(until: Until) -> Result<Secret, String> {
    if is_terminal() {
        // A person who runs a credential helper by hand would otherwise see nothing happen.
        let end = match until {
            Until::End | Until::EndWithin(_) => platform::terminal::END_OF_INPUT,
            Until::BlankLine => "a blank line",
            Until::Line => "the end of the line",
        };
        let notice = format!("keyfob: standard input is read from this terminal; {end} ends it\n");
        let _ = std::io::stderr().write_all(notice.as_bytes());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let begun = Instant::now();
    loop {
        if let Until::EndWithin(limit) = until {
            platform::terminal::wait_for_input(limit.saturating_sub(begun.elapsed()))
                .map_err(|()| format!("standard input did not end within {} s", limit.as_secs()))?;
        }
        let mut input = std::io::stdin().lock();
        let chunk = match input.fill_buf() {
            Ok([]) => break,
            Ok(chunk) => chunk,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(format!("standard input cannot be read: {error}")),
        };
        let line = match until {
            Until::Line => chunk.iter().position(|byte| *byte == b'\n'),
            Until::End | Until::EndWithin(_) | Until::BlankLine => None,
        };
        let count = line.map_or(chunk.len(), |end| end + 1);
        append(&mut bytes, chunk.get(..count).unwrap_or(chunk));
        input.consume(count);
        if bytes.len() > MOST {
            return Err("standard input is larger than 1 MiB".to_owned());
        }
        if line.is_some() || (until == Until::BlankLine && has_blank_line(&bytes)) {
            break;
        }
    }
    Ok(Secret::new(std::mem::take(&mut *bytes)))
}

/// Grows the buffer by hand: a `Vec` that grows leaves a copy behind. The buffer does not grow
/// further than needed, because all of it is wiped.
fn append(bytes: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    if bytes.capacity() - bytes.len() < more.len() {
        let room = (2 * bytes.len()).max(bytes.len() + more.len());
        let mut larger = Zeroizing::new(Vec::with_capacity(room));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(more);
}

fn has_blank_line(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\n")
        || bytes.starts_with(b"\r\n")
        || bytes.windows(2).any(|pair| pair == b"\n\n")
        || bytes.windows(3).any(|three| three == b"\n\r\n")
}

/// Whether standard input is a terminal.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// The width of the terminal that is standard output: 80 if it does not tell one. `None` if
/// standard output is not a terminal.
#[must_use]
pub fn columns_of_stdout() -> Option<usize> {
    let output = std::io::stdout();
    output
        .is_terminal()
        .then(|| match platform::terminal::columns(&output) {
            0 => 80,
            columns => columns,
        })
}
