//! `keyfob kubectl` as client-go calls it (KEP-541, client.authentication.k8s.io/v1 and v1beta1): the conversation here and
//! in [`refused`], real kubectls and helm in [`real`] and [`life`], who is not client-go in [`clients`], who asks again in [`again`].

mod again;
mod certificate;
mod clients;
mod life;
mod processes;
pub(crate) mod real;
mod refused;
mod said;

use serde_json::json;

use crate::support::{Answer, Home, Output, Provider, run};

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";
const SECRET: &str = "s3cret-of-the-cluster";

/// A home whose spec `my-cluster` asks `provider`, with these targets.
fn home(provider: &Provider, targets: &[&str]) -> Home {
    let mut home = Home::new();
    let spec = json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "kube-ci",
        "client_secret": { "env": "CLUSTER_SECRET" },
        "targets": targets,
    });
    home.spec("my-cluster", spec.to_string());
    home.set("CLUSTER_SECRET", SECRET);
    home
}

/// A provider whose n-th token is `token-n` and lives for an hour.
fn provider() -> Provider {
    Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600))
}

fn ask(home: &Home, arguments: &[&str], exec_info: Option<&str>) -> Output {
    let mut command = home.keyfob(arguments);
    command.envs(exec_info.map(|info| ("KUBERNETES_EXEC_INFO", info)));
    run(&mut command, "")
}

fn exec_info(version: &str, server: Option<&str>) -> String {
    let mut spec = json!({ "interactive": false });
    if let Some(server) = server {
        spec["cluster"] = json!({ "server": server, "config": null });
    }
    // client-go ends it with a newline.
    format!(
        "{}\n",
        json!({ "kind": "ExecCredential", "apiVersion": version, "spec": spec })
    )
}

fn assert_credential(output: &Output, version: &str, token: &str) {
    let answer = output.json();
    assert_eq!(answer["apiVersion"], version);
    assert_eq!(answer["kind"], "ExecCredential");
    assert_eq!(answer["status"]["token"], token);
    assert_eq!(
        output.stderr, "",
        "a success says nothing on standard error"
    );
}

#[test]
fn client_go_is_answered_in_the_version_it_asked_in() {
    let provider = provider();
    let home = home(&provider, &[]);
    for version in [V1, V1BETA1] {
        let output = ask(
            &home,
            &["kubectl", "--spec", "my-cluster"],
            Some(&exec_info(version, None)),
        );
        assert_credential(&output, version, "token-1");
    }
    assert_eq!(
        provider.count(),
        1,
        "the second answer comes from the cache"
    );
}

#[test]
fn a_caller_that_tells_nothing_of_itself_is_answered_in_v1() {
    let provider = provider();
    let home = home(&provider, &[]);
    for odd in [
        None,
        Some(""),
        Some("outer"),
        Some("{"),
        Some("[]"),
        Some("null"),
        Some("{\"kind\":7}"),
    ] {
        let output = ask(&home, &["kubectl", "--spec", "my-cluster"], odd);
        assert_credential(&output, V1, "token-1");
    }
}

#[test]
fn unknown_members_of_the_question_are_ignored() {
    let provider = provider();
    let home = home(&provider, &[]);
    let question = r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","new":[1],"spec":{"interactive":true,"newer":{}}}"#;
    assert_credential(
        &ask(&home, &["kubectl", "--spec", "my-cluster"], Some(question)),
        V1BETA1,
        "token-1",
    );
}

#[test]
fn the_answer_is_one_object_with_an_expiry_before_the_true_one() {
    let provider = Provider::start(|_| Answer::token("abc.DEF-123_~+/=", 3600));
    let home = home(&provider, &[]);
    let before = seconds_now();
    let output = ask(
        &home,
        &["kubectl", "--spec", "my-cluster"],
        Some(&exec_info(V1, None)),
    );
    let answer = output.json();
    let expiry = answer["status"]["expirationTimestamp"].as_str().unwrap();
    assert_eq!(
        answer,
        json!({
            "apiVersion": V1, "kind": "ExecCredential",
            "status": { "token": "abc.DEF-123_~+/=", "expirationTimestamp": expiry },
        }),
        "no member besides these"
    );
    let expiry = seconds_of(expiry);
    assert!(
        expiry > before + 1800,
        "most of the life is left to the caller"
    );
    assert!(expiry < before + 3600, "but not to the last second");
}

#[test]
fn a_token_without_an_expiry_is_handed_out_without_one() {
    let provider =
        Provider::start(|_| Answer::json(200, r#"{"access_token":"t","token_type":"bearer"}"#));
    let home = home(&provider, &[]);
    let output = ask(
        &home,
        &["kubectl", "--spec", "my-cluster"],
        Some(&exec_info(V1, None)),
    );
    assert_eq!(output.json()["status"], json!({ "token": "t" }));
}

#[test]
fn a_cluster_that_the_spec_lists_gets_the_token() {
    let provider = provider();
    let home = home(&provider, &["https://kubernetes.example.com:6443"]);
    let question = exec_info(V1, Some("https://kubernetes.example.com:6443"));
    assert_credential(
        &ask(&home, &["kubectl", "--spec", "my-cluster"], Some(&question)),
        V1,
        "token-1",
    );
}

#[test]
fn a_cluster_finds_its_spec_by_its_address() {
    let provider = provider();
    let home = home(&provider, &["https://kubernetes.example.com:6443"]);
    let question = exec_info(V1, Some("https://kubernetes.example.com:6443/"));
    assert_credential(&ask(&home, &["kubectl"], Some(&question)), V1, "token-1");
}

#[test]
fn called_as_kubectl_keyfob_it_is_the_same_program() {
    let provider = provider();
    let home = home(&provider, &[]);
    let mut command = home.command_at(&home.link("kubectl-keyfob"));
    command
        .args(["--spec", "my-cluster"])
        .env("KUBERNETES_EXEC_INFO", exec_info(V1BETA1, None));
    assert_credential(&run(&mut command, ""), V1BETA1, "token-1");
}

#[test]
fn a_spec_may_come_on_standard_input() {
    let provider = provider();
    let home = home(&provider, &[]);
    let spec = std::fs::read_to_string(home.path("config/my-cluster.json")).unwrap();
    let output = run(&mut home.keyfob(["kubectl", "--spec", "-"]), &spec);
    assert_credential(&output, V1, "token-1");
}

#[test]
fn a_spec_that_is_not_there_is_called_wrongly() {
    let home = Home::new();
    let output = ask(
        &home,
        &["kubectl", "--spec", "nowhere"],
        Some(&exec_info(V1, None)),
    );
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (2, ""),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.starts_with("keyfob: error: "),
        "{}",
        output.stderr
    );
}

fn seconds_now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`, the one form that every client understands.
fn seconds_of(timestamp: &str) -> u64 {
    let pattern: String = timestamp
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(pattern, "0000-00-00T00:00:00Z", "{timestamp}");
    let number = |range: std::ops::Range<usize>| timestamp[range].parse::<u64>().unwrap();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    // Days since 1970 in the Gregorian calendar, the year beginning in March.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    days * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19)
}

#[test]
fn the_tests_own_calendar_is_right() {
    assert_eq!(seconds_of("1970-01-01T00:00:00Z"), 0);
    assert_eq!(seconds_of("2000-03-01T00:00:01Z"), 951_868_801);
    assert_eq!(seconds_of("2024-02-29T12:00:00Z"), 1_709_208_000);
}
