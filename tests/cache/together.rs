//! Many processes at once on an empty cache: one request, and the same answer or the same failure for all.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{TOKEN, home};
use crate::support::{Answer, Output, Provider, run};

/// Runs them all at once, each with its standard input.
fn at_once(commands: Vec<(Command, &'static str)>) -> Vec<Output> {
    std::thread::scope(|scope| {
        let running: Vec<_> = commands
            .into_iter()
            .map(|(mut command, stdin)| scope.spawn(move || run(&mut command, stdin)))
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn fifty(provider: &Provider) -> Vec<Output> {
    let home = home(provider);
    at_once((0..50).map(|_| (home.keyfob(TOKEN), "")).collect())
}

const THINKING: Duration = Duration::from_millis(300);

#[test]
fn fifty_processes_ask_for_one_token() {
    let provider = Provider::start(|request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(THINKING)
    });
    for output in fifty(&provider) {
        assert_eq!((output.answer(), output.stderr.as_str()), ("token-1\n", ""));
    }
    assert_eq!(provider.count(), 1);
}

/// All fail with the same words; so many requests were sent, and it did not take fifty times as long.
fn all_fail(answer: fn() -> Answer, code: &str, requests: usize) {
    let provider = Provider::start(move |_| answer().after(THINKING));
    let begun = Instant::now();
    let outputs = fifty(&provider);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    let words = &outputs[0].stderr;
    assert!(words.contains(&format!("({code})\n")), "{words}");
    for output in &outputs {
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        let sentence = |words: &str| words.split("; asked again").next().unwrap().to_owned();
        assert_eq!(sentence(&output.stderr), sentence(words));
    }
    assert_eq!(provider.count(), requests);
}

#[test]
fn fifty_processes_share_a_refusal() {
    all_fail(
        || Answer::json(401, r#"{"error":"invalid_client"}"#),
        "provider-refused",
        1,
    );
}

#[test]
fn fifty_processes_share_what_failed_three_times() {
    all_fail(|| Answer::empty(500), "provider-unavailable", 3);
}

#[test]
fn fifty_processes_share_a_limit() {
    let provider = Provider::start(|_| {
        Answer::empty(429)
            .header("Retry-After", "60")
            .after(THINKING)
    });
    for output in fifty(&provider) {
        assert_eq!(output.status, 1);
        assert!(
            output.stderr.contains("(rate-limited)"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn kubectl_git_docker_and_scripts_share_one_token() {
    let provider = Provider::start(|request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(THINKING)
    });
    let home = home(&provider);
    let git = "protocol=https\nhost=git.example.com\n\n";
    let commands = (0..5).flat_map(|_| {
        [
            (home.keyfob(["kubectl", "--spec", "ci"]), ""),
            (home.keyfob(["git", "get"]), git),
            (home.keyfob(["docker", "get"]), "registry.example.com"),
            (home.keyfob(TOKEN), ""),
        ]
    });
    let outputs = at_once(commands.collect());
    for four in outputs.chunks(4) {
        assert_eq!(four[0].json()["status"]["token"], "token-1");
        assert!(four[1].answer().contains("\npassword=token-1\n"));
        assert_eq!(four[2].json()["Secret"], "token-1");
        assert_eq!(four[3].answer(), "token-1\n");
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn two_specs_at_once_do_not_wait_for_each_other() {
    let provider = Provider::start(|request| {
        let slow = request.parameter("scope").as_deref() == Some("slow");
        let pause = if slow { 5 } else { 0 };
        Answer::token("t", 3600).after(Duration::from_secs(pause))
    });
    let home = home(&provider);
    let mut slow = super::spec(&provider);
    slow["scope"] = "slow".into();
    home.spec("slow", slow.to_string());
    let slow = crate::support::Server::start(&mut home.keyfob(["token", "--spec", "slow"]));
    while provider.count() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let begun = Instant::now();
    assert_eq!(super::token(&home), "t");
    assert!(begun.elapsed() < Duration::from_secs(3));
    drop(slow);
}

#[test]
fn specs_that_stand_in_a_circle_do_not_wait_for_themselves() {
    let provider = super::numbering();
    let home = home(&provider);
    for (name, other) in [("ci", "b"), ("b", "ci")] {
        let mut spec = super::spec(&provider);
        spec["client_secret"] = serde_json::json!({ "token": other });
        home.spec(name, spec.to_string());
    }
    let begun = Instant::now();
    let output = super::ask(&home);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.contains("(spec-invalid)"),
        "{}",
        output.stderr
    );
    assert_eq!(provider.count(), 0);
}

/// A chain of two at a provider that takes its time, in the time that the outer spec allows.
fn chain_of_slow_legs(takes: Duration) -> (Vec<Output>, Duration, usize) {
    let provider = Provider::start(move |_| Answer::token("token", 3600).after(takes));
    let home = home(&provider);
    let base = super::spec(&provider);
    let mut outer = base.clone();
    outer["client_id"] = "outer".into();
    outer["client_secret"] = serde_json::json!({"token": "base"});
    outer["timeout"] = 3.into();
    home.spec("base", base.to_string());
    home.spec("ci", outer.to_string());
    let begun = Instant::now();
    let outputs = at_once((0..6).map(|_| (home.keyfob(TOKEN), "")).collect());
    (outputs, begun.elapsed(), provider.count())
}

#[test]
fn who_waits_for_a_slow_chain_takes_its_answer_and_outlasts_it_by_little() {
    let (outputs, took, requests) = chain_of_slow_legs(Duration::from_millis(1000));
    for output in outputs {
        assert_eq!((output.answer(), output.stderr.as_str()), ("token\n", ""));
    }
    assert_eq!(requests, 2);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn who_waits_for_a_chain_that_is_too_slow_takes_its_failure_and_outlasts_it_by_little() {
    let (outputs, took, requests) = chain_of_slow_legs(Duration::from_millis(2600));
    for output in outputs {
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(
            output.stderr.contains("(provider-unreachable)"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(requests, 2);
    assert!(took < Duration::from_secs(5), "{took:?}");
}
