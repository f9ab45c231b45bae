//! The last line that a program wrote to its standard error, withheld if it could hold a secret.
//!
//! The line is often the only explanation of a failure, but it may repeat a password. Not every
//! secret of another program is known here. So a line is withheld if it is long, holds a run of
//! characters as long as a token, or holds one of the known values in any letter case.
//!
//! After the program has ended, another process may still hold its standard error open. The wait
//! for its end is limited.

use std::io::Read as _;
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zeroize::Zeroizing;

use super::StderrLine;
use crate::credential::Secret;
use crate::protocol::one_line;

/// Length of the end that is stored, in bytes.
const KEPT: usize = 4096;
/// Longest line that is shown, in characters.
const LONGEST: usize = 200;
/// Length from which a run of characters could be a token.
const TOKEN_LIKE: usize = 20;
/// Shortest value that is searched for, in bytes. Shorter ones occur in ordinary words.
const SHORTEST: usize = 4;
/// How long to wait for the end of standard error after the program has ended.
const GRACE: Duration = Duration::from_millis(200);

/// The end of a program's standard error, which a thread reads.
pub(super) struct LastLine {
    end: Arc<Mutex<Zeroizing<Vec<u8>>>>,
    closed: Receiver<()>,
}

impl LastLine {
    pub(super) fn of(stderr: Option<ChildStderr>) -> Self {
        let end = Arc::new(Mutex::new(Zeroizing::new(Vec::with_capacity(3 * KEPT))));
        let (open, closed) = mpsc::channel::<()>();
        let stored = Arc::clone(&end);
        // If no thread can be started, nothing is shown.
        let _ = std::thread::Builder::new().spawn(move || {
            let _open = open;
            let Some(mut stderr) = stderr else { return };
            let mut chunk = Zeroizing::new([0; KEPT]);
            while let Ok(length @ 1..) = stderr.read(&mut *chunk) {
                let Ok(mut stored) = stored.lock() else { break };
                stored.extend(chunk.iter().take(length));
                let superfluous = stored.len().saturating_sub(KEPT);
                stored.drain(..superfluous);
            }
        });
        Self { end, closed }
    }

    /// The last line, if it may be shown. The program must have ended.
    pub(super) fn if_harmless(self, known: &[Secret]) -> StderrLine {
        // Standard error is closed, or a process that the program left behind holds it open.
        let _ = self.closed.recv_timeout(GRACE);
        match self.end.lock() {
            Ok(end) => if_harmless(&end, known),
            Err(_) => StderrLine::Withheld,
        }
    }
}

/// The last line of this text, unless it may contain a secret.
fn if_harmless(end: &[u8], known: &[Secret]) -> StderrLine {
    let text = Zeroizing::new(String::from_utf8_lossy(end).into_owned());
    let mut lines = text.lines().rev().map(str::trim);
    let Some(line) = lines.find(|line| !line.is_empty()) else {
        return StderrLine::Nothing;
    };
    let token_like = |c: char| c.is_ascii_alphanumeric() || "_-+/=.".contains(c);
    let mut runs = line.split(|c| !token_like(c));
    let folded = Zeroizing::new(line.to_lowercase());
    let holds = |value: &Secret| {
        let value = Zeroizing::new(value.expose_text().unwrap_or_default().to_lowercase());
        let mut parts = value.lines().map(str::trim);
        parts.any(|part| part.len() >= SHORTEST && folded.contains(part))
    };
    if line.chars().count() > LONGEST
        || runs.any(|run| run.len() >= TOKEN_LIKE)
        || known.iter().any(holds)
    {
        return StderrLine::Withheld;
    }
    StderrLine::Line(one_line(line).trim().to_owned())
}
