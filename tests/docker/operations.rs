//! docker's other verbs: `store` refuses, `erase` always succeeds, `list` names hosts and opens nothing.

use serde_json::json;

use super::protocol::{REGISTRY, fails, listed, says};
use super::{helper, home, numbering, run, spec};

#[test]
fn store_refuses_in_words() {
    let (home, _provider) = listed();
    for credential in [
        r#"{"ServerURL":"registry.example.com:5000","Username":"u","Secret":"p4ssw0rd"}"#,
        r#"{"ServerURL":"registry.example.org","Username":"u","Secret":"p4ssw0rd"}"#,
        "nonsense",
        "",
    ] {
        let output = helper(&home, "store", credential);
        fails(&output, "(not-supported)");
        assert!(!output.stdout.contains("p4ssw0rd"), "{}", output.stdout);
    }
}

#[test]
fn erase_succeeds_silently_whatever_it_is_told() {
    let (home, provider) = listed();
    for key in [
        REGISTRY,
        "registry.example.org",
        "",
        "\n",
        "oci://x",
        "user@registry.example.com",
        "\0",
        "a b",
        "\u{e9}",
    ] {
        assert_eq!(helper(&home, "erase", key), says(0, ""), "{key:?}");
    }
    assert_eq!(helper(&home, "erase", b"\xff\xfe"), says(0, ""));
    assert_eq!(helper(&home, "erase", vec![b'a'; 10 << 20]), says(0, ""));
    assert_eq!(provider.count(), 0);
}

#[test]
fn erase_drops_the_token_under_every_spelling() {
    let (home, provider) = listed();
    for (round, key) in [
        REGISTRY,
        "https://registry.example.com:5000",
        "http://registry.example.com:5000",
    ]
    .iter()
    .enumerate()
    {
        helper(&home, "get", REGISTRY).answer();
        assert_eq!(provider.count(), round + 1);
        assert_eq!(helper(&home, "erase", key), says(0, ""));
    }
    helper(&home, "erase", "registry.example.com").answer();
    helper(&home, "get", REGISTRY).answer();
    helper(&home, "erase", "registry.example.org").answer();
    helper(&home, "get", REGISTRY).answer();
    assert_eq!(provider.count(), 4);
}

#[test]
fn list_names_the_hosts_that_can_be_served_and_opens_nothing() {
    let (home, provider) = (home(), numbering());
    assert_eq!(helper(&home, "list", "unused"), says(0, "{}\n"));
    let targets = [
        "registry.example.com:5000",
        "*.example.org",
        "https://plain.example.com",
        "https://a.example.com/team",
    ];
    home.spec("registry", spec(&provider, &targets).to_string());
    let mut other = spec(&provider, &["ghcr.io"]);
    other["username"] = "x-access-token".into();
    other["client_secret"] = json!({"env": "NOBODY_SET_THIS"});
    home.spec("other", other.to_string());
    for stdin in ["unused", "unused\n", ""] {
        let listed = helper(&home, "list", stdin);
        let expected = json!({
            "ghcr.io": "x-access-token", "registry.example.com:5000": "oauth2", "plain.example.com": "oauth2",
        });
        assert_eq!((listed.json(), listed.stderr.as_str()), (expected, ""));
        assert!(listed.stdout.ends_with("}\n"));
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn everything_that_list_names_can_be_got() {
    let (home, provider) = (home(), numbering());
    let targets = [
        "registry.example.com:5000",
        "docker.io",
        "[::1]:5000",
        "localhost:5000",
        "UPPER.example.com",
    ];
    home.spec("registry", spec(&provider, &targets).to_string());
    let listed = helper(&home, "list", "").json();
    let listed = listed.as_object().unwrap();
    assert_eq!(listed.len(), targets.len());
    for key in listed.keys() {
        assert_eq!(helper(&home, "get", key).json()["ServerURL"], **key);
    }
}

#[test]
fn version_names_the_program() {
    let expected = format!(
        "docker-credential-keyfob (keyfob) {}\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(helper(&home(), "version", ""), says(0, &expected));
}

#[test]
fn a_wrong_call_is_told_on_standard_output_with_exit_status_1() {
    let (home, provider) = listed();
    let link = home.bin().join("docker-credential-keyfob");
    for words in [
        &[][..],
        &["frobnicate"],
        &["GET"],
        &[""],
        &["get", REGISTRY],
        &["get", "get"],
    ] {
        fails(
            &run(home.command_at(&link).args(words), REGISTRY),
            "(usage)",
        );
    }
    assert_eq!(provider.count(), 0);
}

/// An engine asks once for each registry that it turns to, however often that is: its asking says nothing of a refusal.
#[test]
fn an_engine_that_asks_again_is_given_the_same_token() {
    let (home, provider) = listed();
    home.write("home/registry", REGISTRY);
    let get = "docker-credential-keyfob get <registry";
    let mut engine = home.command_at(&home.go_program());
    engine.args(["-c", &format!("{get}; {get}; :")]);
    let output = run(&mut engine, "");
    assert_eq!(output.answer().matches("token-1").count(), 2);
    assert_eq!(provider.count(), 1);
}
