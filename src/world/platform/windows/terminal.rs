//! The console of Windows, which standard input may be
//! (<https://learn.microsoft.com/windows/console/console-functions>).
//!
//! A console has no function that waits for characters until a deadline. So a thread reads them,
//! and is asked for more only when more is needed. A read for which nobody waits any longer is
//! there for the next question.

use std::io::{BufRead as _, IsTerminal as _, Stdout};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use winsafe::co::{CONSOLE, STD_HANDLE};
use winsafe::{HSTD, SysResult, WString};
use zeroize::{Zeroize as _, Zeroizing};

/// Most characters of one read.
const ROOM: usize = 4096;

const INTERRUPT: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: u8 = 8;
const CTRL_Z: u8 = 26;
const DELETE: u8 = 127;

/// The keys that end the input, for messages.
pub const END_OF_INPUT: &str = "Ctrl-Z and Enter at the beginning of a line";

/// A console without echo, which hands out each character at once. Dropping it throws away what was
/// typed and not read, and restores the console.
pub struct Quiet(CONSOLE);

impl Quiet {
    /// Switches the echo of standard input off. `None` if that is not a terminal.
    ///
    /// # Errors
    /// A sentence: standard input is a terminal without a console (mintty), or the console refuses.
    pub fn begin() -> Option<Result<Self, String>> {
        std::io::stdin().is_terminal().then(|| {
            let before = with_input(HSTD::GetConsoleMode)?;
            // Without processing, Ctrl-C arrives as a character, so the console can be restored
            // before this process ends.
            let echoing = CONSOLE::ENABLE_PROCESSED_INPUT
                | CONSOLE::ENABLE_LINE_INPUT
                | CONSOLE::ENABLE_ECHO_INPUT;
            with_input(|input| input.SetConsoleMode(before & !echoing))?;
            Ok(Self(before))
        })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = with_input(HSTD::FlushConsoleInputBuffer);
        let _ = with_input(|input| input.SetConsoleMode(self.0));
        with_keys(|keys| keys.unread.zeroize());
    }
}

/// Does something with the console that is standard input. Its handle stays open.
fn with_input<T>(act: impl FnOnce(&HSTD) -> SysResult<T>) -> Result<T, String> {
    let done = HSTD::GetStdHandle(STD_HANDLE::INPUT).and_then(|mut input| {
        let input = input.leak();
        act(&input)
    });
    done.map_err(|_| {
        "standard input is no console of Windows, so its echo cannot be turned off; pipe the \
         secret in, or use winpty or another terminal"
            .to_owned()
    })
}

/// The characters of the console, in UTF-8.
struct Keys {
    more: Sender<()>,
    read: Receiver<Result<Zeroizing<Vec<u8>>, String>>,
    /// Whether the thread was asked for more and has not answered.
    is_reading: bool,
    /// What was read and is not handed out, the next byte last.
    unread: Zeroizing<Vec<u8>>,
}

static KEYS: Mutex<Option<Keys>> = Mutex::new(None);

/// Does something with the keys, whose thread starts when they are first needed. `None` if it
/// cannot be started.
fn with_keys<T>(act: impl FnOnce(&mut Keys) -> T) -> Option<T> {
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    if keys.is_none() {
        let (more, asked) = channel();
        let (answer, read) = channel();
        let reading = std::thread::Builder::new().spawn(move || {
            let mut half = None;
            while asked.recv().is_ok() && answer.send(read_characters(&mut half)).is_ok() {}
        });
        *keys = reading.ok().map(|_| Keys {
            more,
            read,
            is_reading: false,
            unread: Zeroizing::default(),
        });
    }
    keys.as_mut().map(act)
}

impl Keys {
    fn ask(&mut self) {
        if !self.is_reading {
            self.is_reading = self.more.send(()).is_ok();
        }
    }

    fn take(&mut self, read: Result<Zeroizing<Vec<u8>>, String>) -> Result<(), String> {
        self.is_reading = false;
        self.unread = read?;
        self.unread.reverse();
        Ok(())
    }
}

/// Waits for characters. `half` is the first half of a surrogate pair that the last read ended
/// with.
fn read_characters(half: &mut Option<u16>) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut buffer = WString::new_alloc_buf(ROOM);
    let count = with_input(|input| input.ReadConsole(&mut buffer, None))
        .map_err(|_| "the console cannot be read".to_owned())?;
    let count = usize::try_from(count).unwrap_or_default();
    let units = half.take().into_iter();
    let read = buffer.as_slice().iter().take(count).copied();
    let mut units = Zeroizing::new(units.chain(read).collect::<Vec<u16>>());
    buffer.as_mut_slice().fill(0);
    if let Some(last) = units
        .last()
        .copied()
        .filter(|unit| (0xd800..0xdc00).contains(unit))
    {
        *half = Some(last);
        units.pop();
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 * units.len()));
    for character in char::decode_utf16(units.iter().copied()) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(bytes)
}

/// The next byte of the console.
///
/// # Errors
/// A sentence: the console cannot be read.
pub fn next_byte() -> Result<Option<u8>, String> {
    let next = |keys: &mut Keys| {
        while keys.unread.is_empty() {
            keys.ask();
            match keys.read.recv() {
                Ok(read) => keys.take(read)?,
                Err(_) => return Ok(None),
            }
        }
        Ok(keys.unread.pop())
    };
    with_keys(next).unwrap_or(Ok(None))
}

/// Whether more input arrives within `pause`.
pub fn is_more(pause: Duration) -> bool {
    let more = |keys: &mut Keys| {
        if keys.unread.is_empty() {
            keys.ask();
            if let Ok(read) = keys.read.recv_timeout(pause) {
                let _ = keys.take(read);
            }
        }
        !keys.unread.is_empty()
    };
    with_keys(more).unwrap_or(false)
}

/// A line of at most `most` bytes, without its end. `None` at the end of the input. The console
/// cannot show and edit the line, for a read without echo may already wait for it: `show` shows it.
///
/// # Errors
/// A sentence: the console cannot be read, the line is longer, or Ctrl-C is typed.
pub fn line(most: usize, show: &dyn Fn(&[u8])) -> Result<Option<Vec<u8>>, String> {
    let Some(Ok(_quiet)) = Quiet::begin() else {
        return line_of_stdin();
    };
    let mut line = Vec::new();
    loop {
        match next_byte()? {
            None => return Ok(None),
            Some(CTRL_D | CTRL_Z) if line.is_empty() => return Ok(None),
            Some(INTERRUPT) => {
                show(b"\n");
                return Err("interrupted".to_owned());
            }
            Some(b'\r' | b'\n') => {
                show(b"\n");
                return Ok(Some(line));
            }
            Some(BACKSPACE | DELETE) => {
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                show(b"\x08 \x08");
            }
            Some(byte) if byte < b' ' => {}
            Some(_) if line.len() >= most => {
                return Err("the line is larger than 1 MiB".to_owned());
            }
            Some(byte) => {
                line.push(byte);
                show(&[byte]);
            }
        }
    }
}

/// A line of a terminal that is no console: it shows what is typed by itself.
fn line_of_stdin() -> Result<Option<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut bytes) {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(bytes)),
        Err(why) => Err(format!("the terminal cannot be read: {why}")),
    }
}

/// Waits until there is standard input or it ends. A thread waits for it, and keeps what arrives in
/// the buffer of standard input.
///
/// # Errors
/// Neither happens within `limit`.
pub fn wait_for_input(limit: Duration) -> Result<(), ()> {
    let (arrived, arrival) = channel();
    let waiting = std::thread::Builder::new().spawn(move || {
        let _ = std::io::stdin().lock().fill_buf();
        let _ = arrived.send(());
    });
    match waiting {
        Ok(_) => arrival.recv_timeout(limit).map_err(|_| ()),
        // Reading waits instead.
        Err(_) => Ok(()),
    }
}

/// The columns of the terminal that is standard output: unknown.
pub fn columns(_: &Stdout) -> usize {
    0
}
