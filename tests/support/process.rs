//! Runs programs with a deadline and keeps servers for as long as a test needs them.
//!
//! Each gets a process group of its own, and the group is ended by its number: nothing is ended by name, nothing waits for ever.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

const DEADLINE: Duration = Duration::from_secs(30);

/// What a program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The exit status, or 128 and the number of the signal that ended it.
    pub status: i32,
    /// Standard output; what is not UTF-8 is replaced.
    pub stdout: String,
    /// Standard error; what is not UTF-8 is replaced.
    pub stderr: String,
}

impl Output {
    /// Success: this on standard output, and nothing on standard error.
    pub fn success(stdout: &str) -> Self {
        Self {
            status: 0,
            stdout: stdout.into(),
            stderr: String::new(),
        }
    }

    /// Standard output of a run that must have succeeded.
    #[track_caller]
    pub fn answer(&self) -> &str {
        assert_eq!(
            self.status, 0,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        &self.stdout
    }

    /// Standard output as JSON, of a run that must have succeeded.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.answer())
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Runs a program to its end with this standard input; after 30 seconds it is killed and the test fails.
#[track_caller]
pub fn run(command: &mut Command, stdin: impl AsRef<[u8]>) -> Output {
    run_within(command, stdin, DEADLINE)
}

/// Like [`run`], with a deadline of one's own.
#[track_caller]
pub fn run_within(command: &mut Command, stdin: impl AsRef<[u8]>, deadline: Duration) -> Output {
    let until = Instant::now() + deadline;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (input, mut pipe) = (stdin.as_ref().to_vec(), child.stdin.take().unwrap());
    // A program that does not read its input ends the pipe early, which is its right.
    thread::spawn(move || pipe.write_all(&input));
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            end(&mut child);
            let said = |pipe: mpsc::Receiver<_>| {
                pipe.recv_timeout(Duration::from_secs(1))
                    .unwrap_or_default()
            };
            panic!(
                "still running after {deadline:?}: {command:?}\n{}{}",
                said(stdout),
                said(stderr)
            );
        }
        thread::sleep(Duration::from_millis(2));
    };
    // A pipe that stays open belongs to something the program left behind.
    let mut read = |pipe: mpsc::Receiver<String>| {
        pipe.recv_timeout(until.saturating_duration_since(Instant::now()) + Duration::from_secs(1))
            .unwrap_or_else(|_| {
                end(&mut child);
                panic!("its standard output or error is still held open: {command:?}")
            })
    };
    let (stdout, stderr) = (read(stdout), read(stderr));
    let status = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Output {
        status,
        stdout,
        stderr,
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

fn end(child: &mut Child) {
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}

/// A program that serves until it is dropped; then its whole process group is ended.
#[derive(Debug)]
pub struct Server {
    child: Child,
    name: String,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts it. Its standard input stays open until it is dropped; what it prints is kept in [`Server::log`].
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Arc::new(Mutex::new(String::new()));
        let name = command.get_program().to_string_lossy().into_owned();
        follow(child.stdout.take().unwrap(), Arc::clone(&log));
        follow(child.stderr.take().unwrap(), Arc::clone(&log));
        Self { child, name, log }
    }

    /// Its process id, which is its process group too.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far, standard output and error together.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits (30 s at most) until something answers on this loopback port.
    #[track_caller]
    pub fn wait_until_listening(&mut self, port: u16) {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        self.wait_until("listening", |_| {
            TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()
        });
    }

    /// Waits (30 s at most) for a line that begins with `start`, and gives the rest of it.
    #[track_caller]
    pub fn wait_for_line(&mut self, start: &str) -> String {
        self.wait_until(start, |log| {
            log.split_inclusive('\n')
                .filter_map(|line| line.strip_suffix('\n')?.strip_prefix(start))
                .map(|rest| rest.trim().to_owned())
                .next()
        })
    }

    /// Waits (30 s at most) until `look`, given the log so far, finds what it looks for.
    #[track_caller]
    pub fn wait_until<T>(&mut self, what: &str, look: impl Fn(&str) -> Option<T>) -> T {
        let mut until = Instant::now() + DEADLINE;
        let mut ended = None;
        loop {
            if let Some(found) = look(&self.log()) {
                return found;
            }
            if ended.is_none() {
                ended = self.child.try_wait().unwrap();
                // Whatever it said last may still be in the pipe.
                until = ended.map_or(until, |_| Instant::now() + Duration::from_secs(1));
            }
            if Instant::now() > until {
                panic!("{} is not {what} ({ended:?}):\n{}", self.name, self.log());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::TERM);
        let until = Instant::now() + Duration::from_secs(2);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        // Its children too, which may not have listened.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

fn follow(mut pipe: impl Read + Send + 'static, log: Arc<Mutex<String>>) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut bytes) {
            log.lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    });
}

/// A loopback port that was free a moment ago, for servers that must be told one.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
#[should_panic(expected = "still running after 200ms")]
fn a_program_that_hangs_is_ended() {
    run_within(
        Command::new("sleep").arg("60"),
        "",
        Duration::from_millis(200),
    );
}

#[test]
fn a_server_and_its_children_end_with_the_test() {
    let mut server = Server::start(
        Command::new("sh").args(["-c", "trap '' TERM; sleep 60 & echo child $!; wait"]),
    );
    let child = server.wait_for_line("child ");
    let alive = || {
        std::path::Path::new("/proc")
            .join(&child)
            .join("cwd")
            .read_link()
            .is_ok()
    };
    assert!(alive() || !cfg!(target_os = "linux"));
    drop(server);
    // The kernel takes a moment to bury a killed grandchild.
    let gone = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(10));
        !alive()
    });
    assert!(gone);
}
