//! A program that asks a second time for a token that is still good: where it is client-go, its server refused the first (KEP-541 says no
//! more). Programs here are shells; one of them seems to be built by Go.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use keyfob::world::programs;

use super::{V1, exec_info, home, provider};
use crate::support::{Home, run};

const ASK: &str = "keyfob kubectl --spec my-cluster";

/// The tokens that a program is given that does these steps.
fn tokens(home: &Home, program: &Path, info: Option<&str>, steps: &str) -> Vec<String> {
    let mut command = home.command_at(program);
    // The last command of `-c` would take the shell's place.
    command.args(["-c", &format!("{steps}; :")]);
    command.envs(info.map(|info| ("KUBERNETES_EXEC_INFO", info)));
    let output = run(&mut command, "");
    let answers = output.answer().lines().map(|line| {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        answer["status"]["token"].as_str().unwrap().to_owned()
    });
    answers.collect()
}

#[test]
fn client_go_that_asks_again_is_given_another_token() {
    let (provider, info) = (provider(), exec_info(V1, None));
    let home = home(&provider, &[]);
    let program = home.go_program();
    let twice = format!("{ASK}; {ASK}");
    let given = tokens(&home, &program, Some(&info), &twice);
    assert_eq!(given, ["token-1", "token-2"]);
}

#[test]
fn two_of_client_go_that_ask_once_are_given_the_same() {
    let (provider, info) = (provider(), exec_info(V1, None));
    let home = home(&provider, &[]);
    let program = home.go_program();
    for _ in 0..2 {
        assert_eq!(tokens(&home, &program, Some(&info), ASK), ["token-1"]);
    }
}

#[test]
fn who_is_not_built_by_go_or_sets_no_exec_info_is_given_the_same() {
    let (provider, info) = (provider(), exec_info(V1, None));
    let home = home(&provider, &[]);
    let (program, twice) = (home.go_program(), format!("{ASK}; {ASK}"));
    let given = tokens(&home, Path::new("/bin/sh"), Some(&info), &twice);
    assert_eq!(given, ["token-1", "token-1"]);
    for odd in [None, Some("outer")] {
        let given = tokens(&home, &program, odd, &twice);
        assert_eq!(given, ["token-1", "token-1"], "{odd:?}");
    }
}

#[test]
fn who_asks_again_is_known_though_a_second_turned_in_between() {
    let (provider, info) = (provider(), exec_info(V1, None));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let home = home(&provider, &[]);
                let steps = format!("{ASK}; sleep 0.4; {ASK}");
                let given = tokens(&home, &home.go_program(), Some(&info), &steps);
                assert_ne!(given[0], given[1]);
            });
            thread::sleep(Duration::from_millis(125));
        }
    });
}

fn millis() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

/// Under clocks that are some tenths of a second ahead, so that the second turns at another moment under each.
#[test]
fn no_process_is_said_to_have_begun_later_than_it_did() {
    for ahead in (0..1000).step_by(50) {
        let before = millis() + ahead;
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let after = millis() + ahead;
        thread::sleep(Duration::from_millis(50));
        let began = programs::began(child.id(), millis() + ahead).map(|began| began.unix());
        child.kill().unwrap();
        child.wait().unwrap();
        let began = u64::try_from(began.unwrap()).unwrap();
        assert!(began <= after / 1000, "{ahead}");
        assert!(began + 2 > before / 1000, "{ahead}");
    }
}
