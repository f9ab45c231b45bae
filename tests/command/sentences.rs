//! What people write by mistake, and the one sentence that tells them.

use serde_json::json;

use crate::support::{Home, need, run};

/// A home whose spec `ci` is the token in `TOKEN`, for these targets.
fn home(targets: &[&str]) -> Home {
    let mut home = Home::new();
    let spec = json!({"provider": "static", "token": {"env": "TOKEN"}, "targets": targets});
    home.spec("ci", spec.to_string());
    home.set("TOKEN", "t0ken");
    home
}

#[test]
fn a_version_that_no_client_go_speaks_any_more_is_told_with_the_line_to_write() {
    let home = home(&[]);
    let ask = |version: &str, words: &[&str]| {
        let info = json!({"apiVersion": format!("client.authentication.k8s.io/{version}"),
            "kind": "ExecCredential", "spec": {}});
        let mut command = home.keyfob(["kubectl", "--spec", "ci"]);
        command
            .args(words)
            .env("KUBERNETES_EXEC_INFO", info.to_string());
        run(&mut command, "")
    };
    for version in ["v1alpha1", "v2"] {
        let output = ask(version, &[]);
        assert_eq!((output.status, &*output.stdout), (1, ""));
        assert_eq!(
            output.stderr,
            format!(
                "keyfob: error: the caller requests `client.authentication.k8s.io/{version}`, \
                 and keyfob supports v1 and v1beta1 (not-supported)\n\
                 keyfob: hint: write `apiVersion: client.authentication.k8s.io/v1` \
                 for this user in the kubeconfig\n"
            )
        );
    }
    // Who says it on the command line knows better.
    let forced = ask("v1alpha1", &["--api-version", "v1beta1"]);
    assert!(forced.answer().contains("/v1beta1\""));
}

#[test]
fn a_key_or_a_certificate_in_place_of_a_token_is_told_and_not_repeated() {
    let mut home = home(&[]);
    home.set(
        "TOKEN",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
    );
    let output = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
    assert_eq!((output.status, &*output.stdout), (1, ""));
    let says = "it is PEM (a key or a certificate), not a token";
    assert!(output.stderr.contains(says), "{}", output.stderr);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
}

#[test]
fn a_dot_at_a_hosts_end_is_told_where_it_stands_in_a_spec_and_where_it_is_asked_for() {
    let says = "its host ends in a dot: leave the dot out";
    let listed = home(&["registry.example.com."]);
    let output = run(&mut listed.keyfob(["token", "--spec", "ci"]), "");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains(says), "{}", output.stderr);
    let asked = home(&["registry.example.com"]);
    let output = run(
        &mut asked.keyfob(["docker", "get"]),
        "registry.example.com.",
    );
    assert_eq!(output.status, 1);
    assert!(output.stdout.contains(says), "{}", output.stdout);
}

#[test]
fn a_scheme_in_capitals_before_a_registrys_name_is_read() {
    let home = home(&["registry.example.com"]);
    for key in [
        "HTTPS://registry.example.com",
        "Http://registry.example.com",
    ] {
        let output = run(&mut home.keyfob(["docker", "get"]), key);
        assert_eq!(output.json()["Secret"], "t0ken");
        assert_eq!(output.json()["ServerURL"], key);
    }
}

#[test]
fn who_names_no_spec_at_a_terminal_is_told_and_not_waited_for() {
    if !need(&["script"]) {
        return;
    }
    let home = home(&[]);
    let mut command = home.command("script");
    command.args(["-qec", "keyfob token", "/dev/null"]);
    let output = run(&mut command, "");
    assert_eq!(output.status, 2, "{output:?}");
    let waits = output.stdout.contains("is read from this terminal");
    assert!(!waits, "{output:?}");
}

#[test]
fn a_helper_that_is_called_by_hand_says_that_it_reads_from_the_terminal() {
    if !need(&["script"]) {
        return;
    }
    let home = home(&["https://registry.example.com"]);
    for (words, typed, end) in [
        (
            "docker get",
            "registry.example.com\n\u{4}",
            "Ctrl-D at the beginning of a line",
        ),
        (
            "git get",
            "protocol=https\nhost=registry.example.com\n\n",
            "a blank line",
        ),
    ] {
        let mut command = home.command("script");
        command.args(["-qec", &format!("keyfob {words}"), "/dev/null"]);
        let output = run(&mut command, typed);
        let notice =
            format!("keyfob: standard input is read from this terminal; {end} ends it\r\n");
        assert!(output.stdout.contains(&notice), "{output:?}");
        assert!(output.stdout.contains("t0ken"), "{output:?}");
        // In a pipe nothing is said.
        let words: Vec<&str> = words.split(' ').collect();
        let piped = run(&mut home.keyfob(words), typed.trim_end_matches('\u{4}'));
        assert_eq!(piped.stderr, "");
    }
}

#[test]
fn a_command_line_that_lacks_something_is_told_what() {
    let home = Home::new();
    for (words, sentence) in [
        (
            &["secret"][..],
            "one of these commands is missing: set, remove, list, show, rename, copy",
        ),
        (&["secret", "set"], "an argument is missing: name"),
        (&["secret", "show"], "an argument is missing: name"),
        (
            &["token", "--format"],
            "no value provided for option '--format'",
        ),
        (
            &["secret", "set", "a", "hunter2"],
            "`keyfob secret set` takes no such argument",
        ),
    ] {
        let output = run(&mut home.keyfob(words), "");
        assert_eq!((output.status, &*output.stdout), (2, ""), "{words:?}");
        assert_eq!(
            output.stderr,
            format!(
                "keyfob: error: {sentence} (usage)\n\
                 keyfob: hint: `keyfob {} --help` says more\n",
                words[..words.len().min(if words[0] == "secret" { 2 } else { 1 })].join(" ")
            ),
            "{words:?}"
        );
    }
}

#[test]
fn a_misspelt_word_is_answered_with_the_one_that_was_meant_and_no_secret_is_repeated() {
    let home = Home::new();
    for (words, sentence, hint) in [
        (
            &["tokne"][..],
            "there is no such command",
            "did you mean `token`?",
        ),
        (
            &["gti", "get"],
            "there is no such command",
            "did you mean `git`?",
        ),
        (
            &["help", "stauts"],
            "there is no such command",
            "did you mean `status`?",
        ),
        (
            &["token", "--sepc", "x"],
            "there is no option `--sepc`",
            "did you mean `--spec`?",
        ),
        (
            &["token", "--sepc=x"],
            "there is no option `--sepc`",
            "did you mean `--spec`?",
        ),
        (
            &["token", "--S3cret-9f86d081884c7d65"],
            "there is no such option",
            "`keyfob token --help` says more",
        ),
        (
            &["check", "hunter2"],
            "`keyfob check` takes no such argument",
            "a spec is named by --spec: keyfob check --spec NAME",
        ),
        (
            &["check", "my-cluster"],
            "`keyfob check` takes no such argument",
            "did you mean `--spec my-cluster`?",
        ),
        (
            &["token", "--format", "token", "my-cluster"],
            "`keyfob token` takes no such argument",
            "did you mean `--spec my-cluster`?",
        ),
        (
            &["forget", "my-cluster"],
            "`keyfob forget` takes no such argument",
            "did you mean `--spec my-cluster`?",
        ),
        (
            &["setup", "git", "my-cluster"],
            "`keyfob setup` takes no such argument",
            "did you mean `--spec my-cluster`?",
        ),
        (
            &["run", "my-cluster", "--", "env"],
            "`keyfob run` takes no such argument",
            "did you mean `--spec my-cluster`?",
        ),
        (
            &["token", "--format", "yaml"],
            "--format takes one of json, token, header, header-value, headers-json, env, export, \
             dotenv, netrc, curl, github, gitlab, masks",
            "`keyfob token --help` says more",
        ),
        (
            &["check", "--format", "yaml"],
            "--format takes text or json",
            "`keyfob check --help` says more",
        ),
        (
            &["check", "--warn-within", "soon"],
            "--warn-within takes a time such as 14d, 36h, 90m or 45s",
            "`keyfob check --help` says more",
        ),
        (
            &["secret", "--store", "file", "list"],
            "--store takes kernel or secret-service",
            "`keyfob secret list --help` says more",
        ),
        (
            &["secret", "sett", "x"],
            "`keyfob secret` has no such command",
            "did you mean `set`?",
        ),
        (
            &["run", "--spec", "x", "deploy", "--now"],
            "`--` is missing before the command to run",
            "keyfob run --spec SPEC -- CMD ARGUMENTS",
        ),
        (
            &["providers", "mongo-atlas"],
            "there is no such preset",
            "did you mean `mongodb-atlas`?",
        ),
        (
            &["token", "--spec", "{\"provider\": \"talnd\"}"],
            "the inline spec: `/provider`: there is no preset or grant `talnd`",
            "did you mean `talend`?",
        ),
    ] {
        let output = run(&mut home.keyfob(words), "");
        let told = output
            .stderr
            .replace(" (usage)", "")
            .replace(" (spec-invalid)", "");
        let wanted = format!("keyfob: error: {sentence}\nkeyfob: hint: {hint}\n");
        assert_eq!((output.status, &*told), (2, &*wanted), "{words:?}");
    }
    let spec = |text: &str| home.spec("production", text);
    spec("{\"provider\": \"static\", \"token\": {\"env\": \"T\"}}");
    let output = run(&mut home.keyfob(["token", "--spec", "prodcution"]), "");
    let wanted = "keyfob: hint: did you mean `production`?\n";
    assert!(output.stderr.ends_with(wanted), "{}", output.stderr);
    for (member, hint) in [
        ("clientid", "did you mean `client_id`?"),
        ("targts", "did you mean `targets`?"),
        ("base_ur", "did you mean `base_url`?"),
    ] {
        let spec = json!({"provider": "mongodb-atlas", "client_id": "x",
            "client_secret": {"env": "S"}, member: "x"});
        let output = run(&mut home.keyfob(["token", "--spec", &spec.to_string()]), "");
        assert!(output.stderr.contains(hint), "{}", output.stderr);
    }
}

#[test]
fn the_help_of_every_command_says_what_may_be_written() {
    let home = Home::new();
    let help = |command: &str| run(&mut home.keyfob(["help", command]), "");
    for (command, _) in keyfob::cli::TYPED {
        if *command != "help" {
            let help = help(command);
            assert!(help.answer().contains("\n  -v, --verbose "), "{help:?}");
        }
    }
    for caller in keyfob::protocol::CALLERS {
        let help = help(caller.name);
        assert!(help.answer().contains("-v logs each step"), "{help:?}");
    }
    let run = help("run");
    let usage = run.answer().split("\n\n").next().unwrap();
    assert!(usage.ends_with(" -- CMD [ARGUMENT …]"), "{usage}");
    let explain = help("explain");
    let explain = explain.answer();
    assert!(explain.contains("[<caller> [<target>]]"), "{explain}");
    assert!(!explain.contains("caller] [target"), "{explain}");
}
