//! A program that asks a second time for a token that is still good: where it is client-go, its server refused the first (KEP-541 says no
//! more). Programs here are shells; one of them seems to be built by Go.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{V1, exec_info, home, provider};
use crate::support::{Home, Output, run};

pub const ASK: &str = "keyfob kubectl --spec my-cluster";

/// The tokens that a program is given that does these steps.
pub fn tokens(home: &Home, program: &Path, info: Option<&str>, steps: &str) -> Vec<String> {
    let mut command = home.command_at(program);
    // The last command of `-c` would take the shell's place.
    command.args(["-c", &format!("{steps}; :")]);
    command.envs(info.map(|info| ("KUBERNETES_EXEC_INFO", info)));
    answers(&run(&mut command, ""))
}

/// The tokens of several answers.
pub fn answers(output: &Output) -> Vec<String> {
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
