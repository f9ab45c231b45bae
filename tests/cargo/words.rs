//! What is configured behind the provider's name: cargo puts none of it on the command line, all of it comes as `args`.

use serde_json::{Value, json};

use super::{INDEX, answer, home, listed, numbering, request, spec, token, words};
use crate::support::run;

fn with(args: Value) -> Value {
    request(INDEX, "get", json!({"operation": "read", "args": args}))
}

#[test]
fn the_spec_that_the_configuration_names_is_the_one_that_is_used() {
    let (home, _provider) = listed();
    let other = numbering();
    home.spec("other", spec(&other, &["registry.example.com"]).to_string());
    let path = home.path("config/other.json");
    for args in [
        json!(["cargo", "--spec", "other"]),
        json!(["cargo", "--spec=other"]),
        json!(["--spec", "other"]),
        json!(["--spec", "other", "cargo"]),
        json!(["cargo", "--cargo-plugin", "--spec", "other"]),
        json!([
            "cargo", "--spec", "other", "keyfob", "cargo", "--spec", "other"
        ]),
        json!(["--spec", "other", "/usr/local/bin/cargo-credential-keyfob"]),
        json!(["--spec", path]),
        json!([
            "--spec",
            spec(&other, &["registry.example.com"]).to_string()
        ]),
    ] {
        let before = other.count();
        let answer = answer(&home, &with(args.clone()));
        assert_eq!(token(&answer), format!("token-{}", before.max(1)), "{args}");
        assert_eq!(other.count(), 1, "{args}");
    }
}

#[test]
fn it_wins_over_the_environment_and_the_command_line_over_both() {
    let (mut home, first) = listed();
    let (second, third) = (numbering(), numbering());
    home.spec(
        "second",
        spec(&second, &["registry.example.com"]).to_string(),
    );
    home.spec("third", spec(&third, &["registry.example.com"]).to_string());
    let counts = || [first.count(), second.count(), third.count()];
    home.set("KEYFOB_SPEC", "second");
    answer(&home, &with(json!(["cargo"])));
    assert_eq!(counts(), [0, 1, 0]);
    answer(&home, &with(json!(["cargo", "--spec", "third"])));
    assert_eq!(counts(), [0, 1, 1]);
    let line = format!("{}\n", with(json!(["--spec", "third"])));
    let mut keyfob = home.keyfob(["cargo", "--spec", "registry", "--cargo-plugin"]);
    assert!(run(&mut keyfob, line).answer().contains("token-1"));
    assert_eq!(counts(), [1, 1, 1]);
}

#[test]
fn other_words_are_an_error_that_does_not_repeat_them() {
    let (home, provider) = listed();
    for args in [
        json!(["cargo", "s3cret-in-the-wrong-place"]),
        json!(["token-from-stdout"]),
        json!(["git"]),
        json!(["--spec"]),
        json!(["cargo", "--spec"]),
        json!(["--specs=registry"]),
        json!(["-v"]),
        json!([""]),
        json!(["/usr/bin/other"]),
        json!(["keyfob/"]),
    ] {
        let answer = answer(&home, &with(args.clone()));
        let words = words(&answer);
        assert!(
            words.contains(" (usage)\nkeyfob: hint: "),
            "{args}: {words}"
        );
        assert!(words.contains("\"keyfob cargo --spec SPEC\""), "{words}");
        assert!(!words.contains("wrong-place"), "{words}");
    }
    let twice = answer(&home, &with(json!(["--spec", "a", "--spec", "b"])));
    assert!(words(&twice).contains("two specs (usage)"), "{twice}");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_spec_on_standard_input_is_an_error_since_that_is_cargos() {
    let (home, provider) = listed();
    let answer = answer(&home, &with(json!(["--spec", "-"])));
    assert!(words(&answer).contains("standard input"), "{answer}");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_spec_that_is_not_there_is_an_error_in_words() {
    let answer = answer(&home(), &with(json!(["--spec", "nowhere"])));
    assert!(words(&answer).contains("(spec-not-found)"), "{answer}");
}
