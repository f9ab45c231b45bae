//! Every way of calling keyfob.exe that needs no client: the words are the ones that Linux hears, with Windows' line ends and paths.

use serde_json::json;

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Output, Provider, Windows, run};

/// A user with a spec `ci` for two hosts, and its provider.
fn user() -> Option<(Windows, Provider)> {
    let user = Windows::new()?;
    let provider = numbering();
    let targets = ["https://git.example.com", "registry.example.com"];
    user.spec("ci", spec(&provider, &targets).to_string());
    Some((user, provider))
}

fn called(user: &Windows, arguments: &[&str], stdin: &str) -> Output {
    let mut command = user.keyfob(arguments);
    run(command.env(SECRET_VARIABLE, "s3cret"), stdin)
}

#[test]
fn one_request_serves_every_caller() {
    let Some((user, provider)) = user() else {
        return;
    };
    let token = called(&user, &["token", "--spec", "ci"], "");
    assert_eq!(token.json()["access_token"], "token-1");

    let request = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": false},
    });
    let mut kubectl = user.keyfob(["kubectl", "--spec", "ci"]);
    kubectl
        .env(SECRET_VARIABLE, "s3cret")
        .env("KUBERNETES_EXEC_INFO", request.to_string());
    let answer = run(&mut kubectl, "").json();
    assert_eq!(answer["kind"], "ExecCredential");
    assert_eq!(answer["status"]["token"], "token-1");

    let asked = "protocol=https\r\nhost=git.example.com\r\n\r\n";
    let git = called(&user, &["git", "get"], asked);
    assert!(git.answer().contains("password=token-1\n"), "{git:?}");

    let docker = called(&user, &["docker", "get"], "registry.example.com\r\n");
    assert_eq!(docker.json()["Secret"], "token-1");
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_host_that_no_spec_lists_gets_no_token() {
    let Some((user, provider)) = user() else {
        return;
    };
    let asked = "protocol=https\nhost=evil.example.com\n\n";
    let git = called(&user, &["git", "get"], asked);
    assert_eq!((git.status, git.stdout.as_str()), (0, ""));
    let docker = called(&user, &["docker", "get"], "evil.example.com");
    assert_eq!(docker.status, 1);
    assert_eq!(provider.count(), 0);
}
