//! A person at a pseudo-terminal: waits for a question, and types.
//!
//! The program gets the terminal as its standard input, output and error, and as its controlling terminal, so that Ctrl-C is a signal
//! where the program has not turned that off.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

const DEADLINE: Duration = Duration::from_secs(20);

/// A program at a terminal, and what the terminal has shown.
pub struct Typist {
    child: Child,
    keyboard: File,
    shown: Receiver<Vec<u8>>,
    screen: String,
    /// How much of the screen has been waited for.
    read: usize,
}

impl Typist {
    /// Starts the program at a new terminal.
    pub fn start(command: &Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let name = name.to_str().unwrap();
        let open = || Stdio::from(File::options().read(true).write(true).open(name).unwrap());
        let mut at_terminal = Command::new("setsid");
        at_terminal
            .args(["--ctty", "--wait"])
            .arg(command.get_program());
        at_terminal.args(command.get_args()).env_clear();
        let variables = command.get_envs();
        at_terminal.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            at_terminal.current_dir(folder);
        }
        let child = at_terminal.stdin(open()).stdout(open()).stderr(open());
        let child = child.process_group(0).spawn().unwrap();
        let keyboard = File::from(master);
        let mut screen = keyboard.try_clone().unwrap();
        let (sender, shown) = mpsc::channel();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            // A terminal that nobody holds open any more answers with an error.
            while let Ok(count) = screen.read(&mut chunk) {
                if count == 0 || sender.send(chunk[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keyboard,
            shown,
            screen: String::new(),
            read: 0,
        }
    }

    /// Waits until the terminal shows the text, after what was waited for before.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.screen[self.read..].find(text) {
                self.read += at + text.len();
                return self;
            }
            match self
                .shown
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(chunk) => self.screen.push_str(&String::from_utf8_lossy(&chunk)),
                Err(why) => panic!("no {text:?} ({why}) after {:?}", self.screen),
            }
        }
    }

    /// Waits for the next question, a line without an end that the terminal shows after what was waited for before. Nothing if the
    /// program ends.
    #[track_caller]
    pub fn question(&mut self) -> Option<String> {
        let until = Instant::now() + DEADLINE;
        loop {
            let line = self.screen[self.read..]
                .rsplit('\n')
                .next()
                .unwrap_or_default();
            if line.ends_with(": ") || line.ends_with("] ") {
                let line = line.to_owned();
                self.read = self.screen.len();
                return Some(line);
            }
            match self
                .shown
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(chunk) => self.screen.push_str(&String::from_utf8_lossy(&chunk)),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("no question after {:?}", self.screen),
            }
        }
    }

    /// All that the terminal has shown so far.
    pub fn screen(&self) -> &str {
        &self.screen
    }

    /// Types, without Enter.
    pub fn types(&mut self, text: &str) -> &mut Self {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self
    }

    /// Answers a question.
    #[track_caller]
    pub fn answers(&mut self, question: &str, answer: &str) -> &mut Self {
        self.sees(question).types(answer).types("\r")
    }

    /// Whether the terminal echoes what is typed.
    pub fn is_echoing(&self) -> bool {
        let settings = tcgetattr(&self.keyboard).unwrap();
        settings
            .local_modes
            .contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits for the program to end: its exit status (128 and the signal's number), and all that the terminal has shown.
    #[track_caller]
    pub fn ends(mut self) -> (i32, String) {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.shown.recv_timeout(Duration::from_millis(10)) {
                Ok(chunk) => self.screen.push_str(&String::from_utf8_lossy(&chunk)),
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("still running: {:?}", self.screen);
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.child.wait().unwrap();
        let status = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        (status, self.screen.replace("\r\n", "\n"))
    }
}
