//! A job that is ended while it fetches, and a disk that is full.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Machine, SHELLS, archive_name};
use crate::ci::path;
use crate::ci::release_page::{PROGRAMS, Release, sha256};
use crate::support::{Answer, Provider, need};

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A runner ends the shell alone; the download goes with it, and so does what it wrote.
#[test]
fn a_job_that_is_ended_waits_for_no_download() {
    if !need(&["busybox", "wget", "dash"]) {
        return;
    }
    for shell in SHELLS {
        for downloader in ["curl", "wget"] {
            let page = Provider::start(|_| {
                Answer::text(200, "x".repeat(3000)).drip(1, Duration::from_millis(20))
            });
            let programs = PROGRAMS.replace("curl", downloader) + " dash busybox";
            let machine = Machine::new(&programs).told(&page, &sha256(b""));
            machine.stub(
                downloader,
                &format!("echo $$ >\"$HOME/pid\"; exec /usr/bin/{downloader} \"$@\""),
            );
            let (program, options) = shell.split_first().unwrap();
            let mut command = machine.home.command(program);
            command.args(options).arg(path("fetch/keyfob-fetch.sh"));
            command.arg(machine.folder()).envs(&machine.told);
            command.stdin(Stdio::null()).stdout(Stdio::piped());
            let mut job = command.stderr(Stdio::piped()).spawn().unwrap();
            until("it asks", || page.count() == 1);
            let download = fs::read_to_string(machine.home.path("home/pid")).unwrap();
            let download = Path::new("/proc").join(download.trim());
            assert!(download.exists());
            kill_process(Pid::from_child(&job), Signal::TERM).unwrap();
            let before = Instant::now();
            let status = job.wait().unwrap();
            let took = before.elapsed();
            assert!(took < Duration::from_secs(10), "{shell:?} {took:?}");
            assert_eq!(status.code(), Some(1));
            let output = job.wait_with_output().unwrap();
            assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
            until("the download is ended", || !download.exists());
            machine.left_nothing_else();
        }
    }
}

#[test]
fn a_full_disk_is_said_to_be_one() {
    if !need(&["python3", "wget"]) {
        return;
    }
    let release = Release::start();
    let archive = archive_name();
    for (downloader, body) in [
        ("curl", "exit 23"),
        (
            "wget",
            "[ \"$1\" != --version ] || exec /usr/bin/wget --version; exit 3",
        ),
    ] {
        let programs = PROGRAMS.replace("curl", downloader);
        let machine = Machine::new(&programs).told(&release.page, &release.checksum());
        machine.stub(downloader, body);
        machine.failed(&format!("{archive} cannot be written: is the disk full?"));
    }
    // A part of the program, or not even that.
    for part in [
        "[ -s /dev/stdout ] || echo '#!/bin/sh'",
        "[ -f /dev/stdout ] || echo x",
    ] {
        let machine = Machine::of(&release);
        machine.stub("tar", &format!("{part}; exit 2"));
        machine.failed(&format!("{archive} cannot be unpacked: is the disk full?"));
    }
}
