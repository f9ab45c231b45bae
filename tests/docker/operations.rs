//! docker's other verbs: `store` refuses, and `erase` always succeeds.

use super::protocol::{REGISTRY, fails, listed, says};
use super::{helper, home, run};

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
fn what_store_says_to_do_fits_the_registry() {
    let (home, _provider) = listed();
    let store = |registry: &str| {
        let login = format!(r#"{{"ServerURL":"{registry}","Username":"u","Secret":"p4ssw0rd"}}"#);
        helper(&home, "store", login).stdout
    };
    for listed in [REGISTRY, "https://registry.example.com:5000/"] {
        assert!(store(listed).contains("KEYFOB_STORE=ignore"), "{listed}");
    }
    let other = store("registry.example.org");
    assert!(
        other.contains("`credHelpers`") && !other.contains("KEYFOB_STORE"),
        "{other}"
    );
}

#[test]
fn store_can_be_let_do_nothing_for_a_registry_that_a_spec_lists_and_says_so() {
    let (mut home, provider) = listed();
    let login = |registry: &str| {
        format!(r#"{{"ServerURL":"{registry}","Username":"u","Secret":"p4ssw0rd"}}"#)
    };
    home.set("KEYFOB_STORE", "ignore");
    let output = helper(&home, "store", login(REGISTRY));
    assert_eq!((output.status, output.stdout.as_str()), (0, ""));
    let said = "keyfob: hint: nothing was stored: a spec lists this registry, and keyfob obtains its tokens itself\n";
    assert_eq!(output.stderr, said);
    for other in [login("registry.example.org"), "nonsense".to_owned()] {
        fails(&helper(&home, "store", other), "(not-supported)");
    }
    home.set("KEYFOB_STORE", "yes");
    fails(&helper(&home, "store", login(REGISTRY)), "(usage)");
    assert_eq!(provider.count(), 0);
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
