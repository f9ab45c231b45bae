//! `keyfob kubectl` when there is nothing to give: why goes to standard error, which client-go hands to the terminal.

use super::{SECRET, V1, ask, exec_info, home, provider};
use crate::support::{Answer, Provider};

#[test]
fn a_cluster_that_the_spec_does_not_list_gets_no_token() {
    let provider = provider();
    let home = home(&provider, &["https://kubernetes.example.com:6443"]);
    for server in [
        "https://kubernetes.example.com",
        "https://kubernetes.example.com:6444",
        "https://kubernetes.example.com.evil.example:6443",
        "https://evil.example/kubernetes.example.com:6443",
    ] {
        let question = exec_info(V1, Some(server));
        let output = ask(&home, &["kubectl", "--spec", "my-cluster"], Some(&question));
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{server}: {}",
            output.stderr
        );
        assert!(
            output.stderr.contains("(target-not-listed)"),
            "{server}: {}",
            output.stderr
        );
    }
    for server in [
        "https://kubernetes.example.com:6443@evil.example",
        "http://kubernetes.example.com:6443",
        "x",
    ] {
        let question = exec_info(V1, Some(server));
        let output = ask(&home, &["kubectl", "--spec", "my-cluster"], Some(&question));
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{server}: {}",
            output.stderr
        );
    }
    assert_eq!(provider.connections(), 0, "nobody was asked");
}

#[test]
fn a_refusal_is_told_on_standard_error_and_nothing_on_standard_output() {
    let provider = Provider::start(|_| {
        Answer::json(
            401,
            format!(r#"{{"error":"invalid_client","error_description":"not {SECRET}"}}"#),
        )
    });
    let home = home(&provider, &[]);
    let output = ask(
        &home,
        &["kubectl", "--spec", "my-cluster"],
        Some(&exec_info(V1, None)),
    );
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.starts_with("keyfob: error: "),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("(provider-refused)"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains(SECRET), "{}", output.stderr);
    assert_eq!(provider.count(), 1, "a refusal is not tried again");
}

#[test]
fn an_expired_token_is_never_handed_out() {
    // {"alg":"none"}.{"exp":1000000000}: it ended in 2001, whatever the answer says around it.
    let provider = Provider::start(|_| {
        Answer::token("eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDAwMDAwMDB9.c2ln", 3600)
    });
    let home = home(&provider, &[]);
    let output = ask(
        &home,
        &["kubectl", "--spec", "my-cluster"],
        Some(&exec_info(V1, None)),
    );
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.contains("(token-expired)"),
        "{}",
        output.stderr
    );
}
