//! Memory: no core dump, no other program that reads it, and no secret in it once it is no longer needed.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, chown};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{ID, SECRET, TOKEN, percent};
use crate::support::home::keyfob_binary;
use crate::support::{Answer, Home, Provider, run};

/// A user that is nobody, for tests that run as root.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A provider that says when it is asked, and takes its time.
fn slow() -> (Provider, mpsc::Receiver<()>) {
    let (asked, is_asked) = mpsc::channel();
    let asked = std::sync::Mutex::new(asked);
    let provider = Provider::start(move |_| {
        let _ = asked.lock().unwrap().send(());
        Answer::token(TOKEN, 3600).after(Duration::from_secs(20))
    });
    (provider, is_asked)
}

fn spec(home: &Home, provider: &Provider) {
    let path = home.write("secret", SECRET);
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": ID,
        "client_secret": { "file": path }, "timeout": 60, "revocation_url": provider.at("/revoke"),
    });
    home.spec("ci", spec.to_string());
}

/// A program that leaves a core dump when it is killed, as far as the machine and the program let it.
fn with_cores(home: &Home, program: &str) -> Command {
    let script = "ulimit -c unlimited 2>/dev/null || ulimit -c \"$(ulimit -H -c)\"; exec \"$@\"";
    let mut command = home.command("sh");
    command.args(["-c", script, "sh", program]);
    command
        .current_dir(home.path("tmp"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Whether a program that is not ours leaves a core dump here, so that the absence of one means something.
fn machine_dumps(home: &Home) -> bool {
    let mut sleep = with_cores(home, "sleep").arg("30").spawn().unwrap();
    // Until it is `sleep`, and no longer the shell.
    wait_until(|| {
        let name = fs::read_to_string(format!("/proc/{}/comm", sleep.id())).unwrap_or_default();
        name.trim() == "sleep"
    });
    kill_process(pid(&sleep), Signal::QUIT).unwrap();
    sleep.wait().unwrap().core_dumped()
}

#[track_caller]
fn wait_until(look: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !look() {
        assert!(Instant::now() < until, "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_crash_leaves_no_core_dump() {
    let home = Home::new();
    for signal in [Signal::ABORT, Signal::SEGV, Signal::QUIT] {
        let (provider, is_asked) = slow();
        spec(&home, &provider);
        let mut keyfob = with_cores(&home, keyfob_binary());
        let mut child = keyfob.args(["token", "--spec", "ci"]).spawn().unwrap();
        is_asked.recv_timeout(Duration::from_secs(20)).unwrap();
        kill_process(pid(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal.as_raw()));
        assert!(!status.core_dumped(), "{signal:?} left a core dump");
    }
}

#[test]
fn what_takes_keyfobs_place_may_dump_its_core_as_before() {
    let home = Home::new();
    let provider = Provider::start(|request| match request.path.as_str() {
        "/token" => Answer::token(TOKEN, 3600),
        _ => Answer::empty(200),
    });
    spec(&home, &provider);
    let limit = run(home.command("sh").args(["-c", "ulimit -c"]), "");
    for words in [&["run"][..], &["run", "--revoke"]] {
        let rest = ["--spec", "ci", "--", "sh", "-c", "ulimit -c"];
        let output = run(&mut home.keyfob(words.iter().chain(&rest)), "");
        assert_eq!(output.answer(), limit.answer());
    }
    let mut keyfob = with_cores(&home, keyfob_binary());
    keyfob.args(["run", "--spec", "ci", "--", "sh", "-c", "kill -QUIT $$"]);
    let status = keyfob.status().unwrap();
    assert_eq!(status.signal(), Some(Signal::QUIT.as_raw()));
    assert_eq!(status.core_dumped(), machine_dumps(&home));
}

/// Gives a home to another user; what its links lead to stays as it is.
fn give_to(home: &Home, user: u32) {
    let mut paths = crate::house::files_below(&home.path(""));
    for folder in ["", "bin", "home", "run", "config", "cache", "tmp"] {
        paths.push(home.path(folder));
    }
    let paths = paths.iter().filter(|path| !path.is_symlink());
    paths.for_each(|path| chown(path, Some(user), Some(user)).unwrap());
}

#[test]
fn another_program_of_the_same_user_cannot_read_its_memory_or_environment() {
    let home = Home::new();
    let (provider, is_asked) = slow();
    spec(&home, &provider);
    let program = home.path("tmp/keyfob");
    fs::copy(keyfob_binary(), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let user = is_root().then_some(NOBODY);
    if let Some(user) = user {
        give_to(&home, user);
    }
    let as_user = |command: &mut Command| {
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
    };
    let mut keyfob = home.command_at(&program);
    keyfob.args(["token", "--spec", "ci"]).env("CANARY", SECRET);
    as_user(&mut keyfob);
    let mut keyfob = keyfob
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    is_asked.recv_timeout(Duration::from_secs(20)).unwrap();
    for (program, of) in [("keyfob", keyfob.id()), ("itself", 0)] {
        for file in ["environ", "maps", "mem", "auxv"] {
            let of = if of == 0 {
                "self".to_owned()
            } else {
                of.to_string()
            };
            let mut cat = home.command("head");
            cat.args(["-c", "1"]).arg(format!("/proc/{of}/{file}"));
            as_user(&mut cat);
            let output = run(&mut cat, "");
            // Of `mem` the first byte is at an address where nothing lies.
            let refused = output.stderr.contains("Permission denied");
            assert_eq!(
                refused,
                program == "keyfob",
                "{program}: {file}: {output:?}"
            );
        }
    }
    keyfob.kill().unwrap();
    keyfob.wait().unwrap();
}

/// Everything that can be written to in a process's memory.
fn memory(process: u32) -> std::io::Result<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = fs::File::open(format!("/proc/{process}/mem"))?;
    let mut all = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|number| u64::from_str_radix(number, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            all.append(&mut bytes);
        }
    }
    Ok(all)
}

/// Which of the texts stand in it.
fn found<'a>(bytes: &[u8], texts: &'a [String]) -> Vec<&'a str> {
    let mut found = Vec::new();
    // Each begins alike, so that one walk finds them all.
    for (at, _) in bytes
        .windows(6)
        .enumerate()
        .filter(|(_, six)| *six == b"piece-")
    {
        let is_here = |text: &&String| bytes[at..].starts_with(text.as_bytes());
        found.extend(texts.iter().find(is_here).map(String::as_str));
    }
    found
}

#[test]
fn a_secret_is_wiped_once_the_token_is_there() {
    // Long, and each piece of it can be told from the others: whoever takes the memory next writes over a part of it.
    let pieces: Vec<String> = (100..300)
        .map(|number| format!("piece-{number}+"))
        .collect();
    let token = "piece-999".repeat(100);
    let home = Home::new();
    let given = token.clone();
    let provider = Provider::start(move |request| match request.path.as_str() {
        "/token" => Answer::token(&given, 3600),
        _ => Answer::empty(200),
    });
    spec(&home, &provider);
    home.write("secret", pieces.concat());
    let begun = home.path("tmp/begun");
    let script = format!("touch {}; exec sleep 30", begun.display());
    let words = ["run", "--revoke", "--spec", "ci", "--", "sh", "-c", &script];
    let mut keyfob = home.keyfob(words);
    let mut keyfob = keyfob
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    wait_until(|| begun.exists());
    let read = memory(keyfob.id());
    kill_process(pid(&keyfob), Signal::TERM).unwrap();
    keyfob.wait().unwrap();
    let Ok(bytes) = read else {
        // Not even for a test; a run as root looks.
        assert!(!is_root());
        return;
    };
    assert!(bytes.len() > 100_000, "{} bytes", bytes.len());
    let needed = ["piece-999".to_owned()];
    let kept = found(&bytes, &needed);
    assert!(
        kept.len() >= 100,
        "the token is still needed, and was not found"
    );
    let encoded = pieces.iter().map(|piece| percent(piece, "*-._", false));
    let all: Vec<String> = pieces.iter().cloned().chain(encoded).collect();
    assert_eq!(found(&bytes, &all), [""; 0]);
}
