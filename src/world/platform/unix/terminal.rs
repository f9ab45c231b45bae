//! The terminal of Unix (termios(3)), which standard input may be.

use std::io::{IsTerminal as _, Stdout};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcgetwinsize, tcsetattr,
};

/// A terminal without echo, which hands out each byte at once. Dropping it throws away what was
/// typed and not read, and restores the terminal.
pub struct Quiet(Termios);

impl Quiet {
    /// Switches the echo of standard input off. `None` if that is not a terminal.
    ///
    /// # Errors
    /// A sentence: the terminal refuses.
    pub fn begin() -> Option<Result<Self, String>> {
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
        Some(match tcsetattr(&input, OptionalActions::Flush, &quiet) {
            Ok(()) => Ok(Self(before)),
            Err(error) => Err(format!("the terminal's echo cannot be turned off: {error}")),
        })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let input = std::io::stdin();
        let _ = tcflush(&input, QueueSelector::IFlush);
        let _ = tcsetattr(&input, OptionalActions::Flush, &self.0);
    }
}

/// The next byte of standard input; `None` at its end. It is read without a buffer: what is left of
/// a paste can then be thrown away.
///
/// # Errors
/// A sentence: the terminal cannot be read.
pub fn next_byte() -> Result<Option<u8>, String> {
    let mut byte = [0];
    loop {
        match rustix::io::read(std::io::stdin(), &mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(byte.first().copied()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(format!("the terminal cannot be read: {error}")),
        }
    }
}

/// Whether more input arrives within `pause`.
pub fn is_more(pause: Duration) -> bool {
    let input = std::io::stdin();
    let Ok(timeout) = Timespec::try_from(pause) else {
        return false;
    };
    let mut polled = [PollFd::new(&input, PollFlags::IN)];
    poll(&mut polled, Some(&timeout)).is_ok_and(|count| count > 0)
}

/// A line of at most `most` bytes, without its end, which the terminal shows and edits. `None` at
/// the end of the input.
///
/// # Errors
/// A sentence: the terminal cannot be read, or the line is longer.
pub fn line(most: usize, _: &dyn Fn(&[u8])) -> Result<Option<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    loop {
        match next_byte()? {
            Some(b'\n') => break,
            Some(byte) if bytes.len() < most => bytes.push(byte),
            Some(_) => return Err("the line is larger than 1 MiB".to_owned()),
            None if bytes.is_empty() => return Ok(None),
            None => break,
        }
    }
    Ok(Some(bytes))
}

/// Waits until there is standard input or it ends.
///
/// # Errors
/// Neither happens within `limit`.
pub fn wait_for_input(limit: Duration) -> Result<(), ()> {
    let input = std::io::stdin();
    let timeout = Timespec::try_from(limit).map_err(|_| ())?;
    let mut polled = [PollFd::new(&input, PollFlags::IN)];
    match poll(&mut polled, Some(&timeout)) {
        Ok(0) => Err(()),
        // If the input cannot be polled, reading it reports the error.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The columns of the terminal that is standard output; 0 if it does not tell them.
pub fn columns(output: &Stdout) -> usize {
    tcgetwinsize(output).map_or(0, |size| usize::from(size.ws_col))
}

/// The keys that end the input, for messages.
pub const END_OF_INPUT: &str = "Ctrl-D at the beginning of a line";
