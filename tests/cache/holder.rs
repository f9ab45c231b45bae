//! The process that asks for all others: what becomes of them when it is killed or stopped in the middle.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{TOKEN, ask, entry, home, spec, token};
use crate::support::home::keyfob_binary;
use crate::support::{Answer, Home, Provider, Server, need, run};

/// The first request is thought about for long, the others are answered at once.
fn slow_at_first() -> Provider {
    Provider::start(|request| {
        let pause = if request.number == 1 { 20 } else { 0 };
        Answer::token(&format!("token-{}", request.number), 3600).after(Duration::from_secs(pause))
    })
}

/// A process that has sent the first request and waits for its answer.
fn holder(home: &Home, provider: &Provider) -> Server {
    let holder = Server::start(&mut home.keyfob(TOKEN));
    while provider.count() == 0 {
        thread::sleep(Duration::from_millis(2));
    }
    holder
}

fn signal(process: &Server, signal: Signal) {
    let pid = Pid::from_raw(process.pid().try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// What five processes get that are there before `then` is done to the holder.
fn others(home: &Home, then: impl FnOnce()) -> Vec<String> {
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..5).map(|_| scope.spawn(|| token(home))).collect();
        thread::sleep(Duration::from_millis(400));
        assert!(waiting.iter().all(|one| !one.is_finished()), "nobody waits");
        then();
        waiting.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn when_the_holder_is_killed_one_of_the_others_asks() {
    let provider = slow_at_first();
    let home = home(&provider);
    let killed = holder(&home, &provider);
    let begun = Instant::now();
    let tokens = others(&home, || signal(&killed, Signal::KILL));
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(tokens, ["token-2"; 5]);
    assert_eq!(provider.count(), 2);
    let begun = Instant::now();
    std::fs::remove_file(entry(&home)).unwrap();
    assert_eq!(token(&home), "token-3");
    assert!(begun.elapsed() < Duration::from_secs(2), "a stale lock");
}

#[test]
fn when_the_holder_is_stopped_the_others_go_on_within_the_bound() {
    let provider = slow_at_first();
    let home = home(&provider);
    let mut spec = spec(&provider);
    spec["timeout"] = 2.into();
    home.spec("ci", spec.to_string());
    let stopped = holder(&home, &provider);
    let begun = Instant::now();
    let tokens = others(&home, || signal(&stopped, Signal::STOP));
    let waited = begun.elapsed();
    assert!(
        (Duration::from_secs(4)..Duration::from_secs(8)).contains(&waited),
        "{waited:?}"
    );
    assert!(tokens.iter().all(|token| token.starts_with("token-")));
    let kept = token(&home);
    assert!(tokens.contains(&kept), "{kept} of {tokens:?}");

    // Woken up, it fails; what the others got stays.
    signal(&stopped, Signal::CONT);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(token(&home), kept);
}

#[test]
fn a_holder_that_ends_by_itself_leaves_the_lock_free() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home(&provider);
    for round in 1..=2 {
        assert_eq!(ask(&home).status, 1);
        assert_eq!(provider.count(), round);
        std::fs::remove_file(entry(&home)).unwrap();
    }
}

/// Whoever opens the lock's file and takes the lock only after the file was swept away would hold a lock that nobody else can see.
#[test]
fn a_lock_whose_file_was_swept_away_before_it_was_taken_is_taken_anew() {
    if !need(&["strace"]) {
        return;
    }
    let provider = Provider::start(|request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(Duration::from_secs(2))
    });
    let home = home(&provider);
    let mut late = home.command("strace");
    late.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=flock"]);
    late.args(["-e", "inject=flock:delay_enter=1500000:when=1"]);
    let tokens = thread::scope(|scope| {
        let late = scope.spawn(move || {
            let output = run(late.arg(keyfob_binary()).args(TOKEN), "");
            output.answer().trim_end().to_owned()
        });
        let lock = loop {
            let files = std::fs::read_dir(home.cache()).into_iter().flatten();
            let mut paths = files.map(|file| file.unwrap().path());
            if let Some(lock) = paths.find(|path| path.extension().is_some_and(|e| e == "lock")) {
                break lock;
            }
            thread::sleep(Duration::from_millis(5));
        };
        std::fs::remove_file(lock).unwrap();
        [token(&home), late.join().unwrap()]
    });
    assert_eq!(tokens, ["token-1"; 2]);
    assert_eq!(provider.count(), 1);
}
