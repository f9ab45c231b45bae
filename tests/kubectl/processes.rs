//! Which process asks again: a dispatcher that becomes kubectl, one program with several clusters, containers in which everybody is process 1.
//!
//! Programs here are shells that seem to be built by Go, in processes and namespaces that are real.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::again::{ASK, answers, tokens};
use super::real::{VERSIONS, shipped};
use super::{V1, exec_info, home, provider};
use crate::support::apiserver::ApiServer;
use crate::support::{Home, Tls, need, run};

/// Another program, as good as the first.
fn copied(home: &Home, program: &Path) -> PathBuf {
    let copy = home.bin().join("another-go-program");
    fs::copy(program, &copy).unwrap();
    copy
}

#[test]
fn a_dispatcher_that_becomes_kubectl_had_nothing_refused() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    let server = ApiServer::start(&tls);
    for version in VERSIONS {
        let mut dispatcher = home.command_at(&home.go_program());
        dispatcher.env("KUBERNETES_EXEC_INFO", exec_info(V1, None));
        dispatcher.args(["-c", &format!("{ASK} >/dev/null\nexec \"$@\""), "-"]);
        dispatcher.arg(home.command(version).get_program());
        dispatcher
            .arg("--kubeconfig")
            .arg(shipped("kubeconfig.yaml"));
        dispatcher.arg("--certificate-authority").arg(&tls.ca_file);
        dispatcher.args(["--server", &server.url(), "get", "pods", "-o", "name"]);
        for _ in 0..2 {
            assert_eq!(run(&mut dispatcher, "").answer(), "pod/web\n", "{version}");
        }
    }
    assert_eq!(server.distinct_tokens(), ["token-1"]);
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_process_that_becomes_another_program_or_itself_had_nothing_refused() {
    let (provider, info) = (provider(), exec_info(V1, None));
    let home = home(&provider, &[]);
    let program = home.go_program();
    for next in [copied(&home, &program), program.clone()] {
        let steps = format!("{ASK}; exec {} -c '{ASK}; :'", next.display());
        let given = tokens(&home, &program, Some(&info), &steps);
        assert_eq!(given, ["token-1", "token-1"], "{}", next.display());
    }
    // What it became has a token refused of its own.
    let steps = format!("{ASK}; exec {} -c '{ASK}; {ASK}; :'", program.display());
    let given = tokens(&home, &program, Some(&info), &steps);
    assert_eq!(given, ["token-1", "token-1", "token-2"]);
}

#[test]
fn one_process_with_several_clusters_asks_once_for_each() {
    let provider = provider();
    let targets = ["https://a.example.com:6443", "https://b.example.com:6443"];
    let home = home(&provider, &targets);
    let of = |server| exec_info(V1, Some(server)).trim().to_owned();
    let ask = |number: usize| format!("KUBERNETES_EXEC_INFO='{}' {ASK}", of(targets[number]));
    let (a, b) = (ask(0), ask(1));
    let program = home.go_program();
    let given = tokens(&home, &program, None, &format!("{a}; {b}"));
    assert_eq!(given, ["token-1", "token-1"]);
    let given = tokens(&home, &program, None, &format!("{a}; {b}; {b}; {a}"));
    assert_eq!(given, ["token-1", "token-1", "token-2", "token-2"]);
}

/// A program that is process 1 of a namespace of its own, with a view of it in /proc or without one.
fn contained(home: &Home, own_proc: bool) -> Option<Command> {
    let command = || {
        let mut command = home.command("unshare");
        command.args(["-U", "-r", "-p", "-f"]);
        command.args(own_proc.then_some("--mount-proc"));
        command
    };
    let can = need(&["unshare"]) && run(command().arg("true"), "").status == 0;
    if !can {
        need(&["unshare -Urpf (namespaces of processes)"]);
    }
    let mut command = can.then(command)?;
    command.arg(home.go_program());
    command.env("KUBERNETES_EXEC_INFO", exec_info(V1, None));
    Some(command)
}

/// The tokens that such a program is given.
fn given(mut contained: Command, steps: &str) -> Vec<String> {
    contained.args(["-c", &format!("{steps}; :")]);
    answers(&run(&mut contained, ""))
}

#[test]
fn containers_that_share_a_cache_are_not_taken_for_one_another() {
    for own_proc in [true, false] {
        let provider = provider();
        let home = home(&provider, &[]);
        let Some(first) = contained(&home, own_proc) else {
            return;
        };
        let second = contained(&home, own_proc).unwrap();
        let (one, two) = (home.path("one"), home.path("two"));
        let wait = format!("while ! test -e {}; do sleep 0.02; done", two.display());
        let steps = format!("{ASK}; touch {}; {wait}; :", one.display());
        thread::scope(|scope| {
            let first = scope.spawn(|| given(first, &steps));
            while !one.exists() {
                thread::sleep(Duration::from_millis(10));
            }
            assert_eq!(given(second, ASK), ["token-1"], "{own_proc}");
            fs::write(&two, "").unwrap();
            assert_eq!(first.join().unwrap(), ["token-1"], "{own_proc}");
        });
    }
}

#[test]
fn a_container_that_is_started_again_is_another_process_and_its_refusals_are_noticed() {
    for own_proc in [true, false] {
        let provider = provider();
        let home = home(&provider, &[]);
        for _ in 0..3 {
            let Some(container) = contained(&home, own_proc) else {
                return;
            };
            assert_eq!(given(container, ASK), ["token-1"], "{own_proc}");
        }
        let container = contained(&home, own_proc).unwrap();
        let refused = given(container, &format!("{ASK}; {ASK}"));
        assert_eq!(refused, ["token-1", "token-2"], "{own_proc}");
    }
}
