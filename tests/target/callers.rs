//! `callers`: to which callers a spec's token may be handed; all, unless it says.

use keyfob::protocol::CALLERS;
use keyfob::spec;
use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, read_spec, run};

const REQUEST: &str = r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"127.0.0.1:7/x"}"#;
const INDEX: &str = r#"{"v":1,"registry":{"index-url":"sparse+https://127.0.0.1:7/index/"},"kind":"get","operation":"read"}"#;
const CLUSTER: &str = r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":"https://127.0.0.1:7"},"interactive":false}}"#;

/// Each caller with a request for 127.0.0.1:7.
const REQUESTS: &[(&str, &[&str], &str)] = &[
    ("kubectl", &[], ""),
    ("git", &["get"], "protocol=https\nhost=127.0.0.1:7\n\n"),
    ("docker", &["get"], "127.0.0.1:7"),
    ("cargo", &["--cargo-plugin"], INDEX),
    ("terraform", &["get", "127.0.0.1:7"], ""),
    (
        "goauth",
        &["https://127.0.0.1:7/m"],
        "HTTP/1.1 401 Unauthorized\n\n",
    ),
    ("keyring", &["get", "https://127.0.0.1:7/", "u"], ""),
    ("pnpm", &[], ""),
    ("bazel", &["get"], r#"{"uri":"https://127.0.0.1:7/x"}"#),
    ("kubelet", &[], REQUEST),
    ("vault", &["get"], ""),
    ("askpass", &["Password for 'https://127.0.0.1:7': "], ""),
    ("aws", &[], ""),
    ("google", &[], ""),
];

fn spec(provider: &Provider, callers: Value) -> String {
    let mut spec = json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "id",
        "client_secret": {"env": "TEST_CLIENT_SECRET"},
        "targets": ["127.0.0.1:7"],
    });
    if !callers.is_null() {
        spec["callers"] = callers;
    }
    spec.to_string()
}

/// A JWT, which Google's libraries want.
fn provider() -> Provider {
    let jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjQwMDAwMDAwMDB9.c2ln";
    Provider::start(move |_| Answer::token(jwt, 3600))
}

fn home() -> Home {
    let mut home = Home::new();
    home.set("TEST_CLIENT_SECRET", "s3cret")
        .set("KUBERNETES_EXEC_INFO", CLUSTER)
        .set("VAULT_ADDR", "https://127.0.0.1:7")
        .set(
            "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE",
            "urn:ietf:params:oauth:token-type:jwt",
        );
    home
}

/// What a caller's request gets; those that name no target name the spec.
fn ask(home: &Home, request: &(&str, &[&str], &str)) -> Output {
    let (caller, words, stdin) = request;
    let named = ["pnpm", "aws", "google"].contains(caller);
    let spec: &[&str] = if named { &["--spec", "one"] } else { &[] };
    run(&mut home.keyfob([&[*caller], spec, words].concat()), stdin)
}

fn has_token(output: &Output) -> bool {
    // go's is Basic.
    output.stdout.contains("c2ln") || output.stdout.contains("Authorization: Basic ")
}

#[test]
fn the_names_are_those_of_the_callers() {
    let names: Vec<&str> = CALLERS.iter().map(|caller| caller.name).collect();
    assert_eq!(spec::CALLERS, names);
    let asked: Vec<&str> = REQUESTS.iter().map(|(caller, ..)| *caller).collect();
    assert_eq!(asked, names);
}

/// aws wants a set of keys and gets none here; that it is asked for shows that aws may have it.
#[test]
fn a_caller_that_the_spec_names_gets_the_token_and_no_other_does() {
    for request in REQUESTS {
        let caller = request.0;
        let others: Vec<&str> = spec::CALLERS
            .iter()
            .copied()
            .filter(|name| *name != caller)
            .collect();
        for (callers, expected) in [
            (Value::Null, true),
            (json!([caller]), true),
            (json!(others), false),
        ] {
            let (home, provider) = (home(), provider());
            home.spec("one", spec(&provider, callers.clone()));
            let output = ask(&home, request);
            assert_eq!(
                provider.count() == 1,
                expected,
                "{caller} {callers}: {output:?}"
            );
            assert!(expected || !has_token(&output), "{caller}: {output:?}");
            assert!(
                !expected || caller == "aws" || has_token(&output),
                "{caller}: {output:?}"
            );
        }
    }
}

#[test]
fn a_spec_that_is_named_and_not_for_the_caller_is_not_its_either() {
    let (home, provider) = (home(), provider());
    home.spec("one", spec(&provider, json!(["cargo"])));
    let output = run(&mut home.keyfob(["kubectl", "--spec", "one"]), "");
    assert_eq!(output.status, 1);
    assert!(
        output
            .stderr
            .starts_with("keyfob: error: spec `one` is not for kubectl (target-not-listed)\n"),
        "{output:?}"
    );
    let git = run(
        &mut home.keyfob(["git", "--spec", "one", "get"]),
        "protocol=https\nhost=127.0.0.1:7\n\n",
    );
    assert_eq!((git.status, git.stdout.as_str()), (0, ""));
    // What people type names the spec and is no caller.
    assert!(has_token(&run(
        &mut home.keyfob(["token", "--spec", "one"]),
        ""
    )));
}

#[test]
fn two_specs_for_one_host_are_told_apart_by_the_caller() {
    let home = home();
    let (registry, repositories) = (provider(), provider());
    home.spec("registry", spec(&registry, json!(["docker", "kubelet"])));
    home.spec("repositories", spec(&repositories, json!(["git"])));
    assert!(has_token(&ask(&home, &REQUESTS[1])));
    assert_eq!((registry.count(), repositories.count()), (0, 1));
    assert!(has_token(&ask(&home, &REQUESTS[2])));
    assert_eq!((registry.count(), repositories.count()), (1, 1));
}

#[test]
fn a_broken_spec_that_is_for_another_caller_is_in_nobodys_way() {
    let (home, provider) = (home(), provider());
    let broken = json!({"provider": "none-such", "targets": ["127.0.0.1:7"], "callers": ["git"]});
    home.spec("broken", broken.to_string());
    let alone = ask(&home, &REQUESTS[2]);
    assert_eq!(alone.stdout, "credentials not found in native keychain\n");
    home.spec("registry", spec(&provider, Value::Null));
    assert!(has_token(&ask(&home, &REQUESTS[2])));
}

#[test]
fn a_caller_that_is_not_known_is_an_error_that_names_the_nearest() {
    let read = |callers: Value| {
        let spec = json!({
            "provider": "static", "token": {"env": "T"}, "targets": ["a.example"], "callers": callers,
        });
        read_spec(spec.to_string().as_bytes(), &|_| Ok(None)).map(|_| ())
    };
    for (written, nearest) in [
        ("Docker", "docker"),
        ("kubctl", "kubectl"),
        ("dockers", "docker"),
        ("gti", "git"),
        ("kubelets", "kubelet"),
        ("bazle", "bazel"),
    ] {
        let why = read(json!(["git", written])).unwrap_err();
        assert_eq!(
            (why.at.as_str(), why.problem.as_str()),
            ("/callers/1", "this caller is not known")
        );
        let hint = why.hint.unwrap();
        assert!(
            hint.starts_with(&format!("did you mean `{nearest}`? ")),
            "{written}: {hint}"
        );
    }
    for wrong in [
        json!([]),
        json!("docker"),
        json!([1]),
        json!({}),
        Value::Null,
    ] {
        assert_eq!(
            read(wrong.clone()).unwrap_err().at.split('/').nth(1),
            Some("callers"),
            "{wrong}"
        );
    }
    assert_eq!(read(json!(["git", "git"])), Ok(()));
}

#[test]
fn one_token_serves_specs_that_differ_in_their_callers_alone() {
    let (home, provider) = (home(), provider());
    home.spec("one", spec(&provider, json!(["git"])));
    home.spec("two", spec(&provider, json!(["docker"])));
    assert!(has_token(&ask(&home, &REQUESTS[1])));
    assert!(has_token(&ask(&home, &REQUESTS[2])));
    assert_eq!(provider.count(), 1);
}
