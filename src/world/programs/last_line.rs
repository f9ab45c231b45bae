//! The last line that a program wrote to its standard error, told only where it holds nothing that could be a secret.
//!
//! What a program says when it fails is the one thing that tells a user why, and may repeat a password. There is no way to know every
//! secret of another program, so a line is withheld that holds one of the values known here, in any letter case, or a run of characters
//! as long as a token. It never waits for whoever holds standard error open after the program's end.

use std::io::Read as _;
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zeroize::Zeroizing;

use super::StderrLine;
use crate::credential::Secret;
use crate::protocol::one_line;

/// How much of the end is kept, in bytes.
const KEPT: usize = 4096;
/// Longest line that is told, in characters.
const LONGEST: usize = 200;
/// Characters in a row from which on they could be a token.
const TOKEN_LIKE: usize = 20;
/// Shortest value that is looked for: shorter ones stand in every other word.
const SHORTEST: usize = 4;
/// How long the end of standard error is waited for once the program has ended.
const GRACE: Duration = Duration::from_millis(200);

/// The end of a program's standard error, read beside it.
pub(super) struct LastLine {
    end: Arc<Mutex<Zeroizing<Vec<u8>>>>,
    closed: Receiver<()>,
}

impl LastLine {
    pub(super) fn of(stderr: Option<ChildStderr>) -> Self {
        let end = Arc::new(Mutex::new(Zeroizing::new(Vec::with_capacity(3 * KEPT))));
        let (open, closed) = mpsc::channel::<()>();
        let stored = Arc::clone(&end);
        // Where there are no more threads nothing is told.
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

    /// What may be told of it, the program having ended.
    pub(super) fn told(self, known: &[Secret]) -> StderrLine {
        // Closed, or held open by what the program left behind.
        let _ = self.closed.recv_timeout(GRACE);
        match self.end.lock() {
            Ok(end) => told(&end, known),
            Err(_) => StderrLine::Withheld,
        }
    }
}

fn told(end: &[u8], known: &[Secret]) -> StderrLine {
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
