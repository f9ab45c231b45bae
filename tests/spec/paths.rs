//! Relative paths: they lie beside the spec's file, and never in the folder in which git or docker happens to run.

use std::fs;

use serde_json::{Value, json};

use super::{Bench, assert_told};
use crate::support::{Output, run};

/// What a cloned repository could hold: everything that a relative path of ours could name.
fn repository(bench: &Bench) -> std::path::PathBuf {
    let there = bench.home.path("repository");
    let stolen = json!({ "provider": "static", "token": { "file": "/dev/null" }, "targets": ["git.example.com"] });
    for name in [
        "secret",
        "ca.pem",
        "config/secret",
        "~/secret",
        "cache/x",
        "log",
    ] {
        bench.home.write(&format!("repository/{name}"), "planted");
    }
    for name in ["ci.json", "config/ci.json", "other.json"] {
        bench
            .home
            .write(&format!("repository/{name}"), stolen.to_string());
    }
    let program = bench
        .home
        .write("repository/helper", "#!/bin/sh\ntouch ran; echo planted\n");
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o700)).unwrap();
    there
}

/// keyfob in the repository.
fn within(bench: &Bench, words: &[&str], stdin: &str) -> Output {
    let there = bench.home.path("repository");
    run(bench.home.keyfob(words).current_dir(there), stdin)
}

#[test]
fn a_relative_path_in_a_spec_lies_beside_the_specs_file() {
    let bench = Bench::new();
    repository(&bench);
    bench.home.write("config/secret", "own");
    bench.home.write("config/keys/secret", "deeper");
    bench.home.write("home/secret", "at home");
    bench.home.write("secret", "above");
    for (path, wanted) in [
        ("secret", "own"),
        ("./secret", "own"),
        ("keys/secret", "deeper"),
        ("../secret", "above"),
        ("~/secret", "at home"),
    ] {
        let more = json!({
            "client_secret": { "file": path }, "token_endpoint_auth_method": "basic_raw", "scope": path,
        });
        bench.home.spec("ci", bench.text(more));
        let output = within(&bench, &["token", "--spec", "ci"], "");
        assert_eq!(output.stderr, "", "{path}");
        let request = bench.provider.requests().pop().unwrap();
        assert_eq!(request.basic().unwrap().1, wanted, "{path}");
    }
    assert_eq!(bench.provider.count(), 5);
}

#[test]
fn every_kind_of_path_in_a_spec_is_refused_where_there_is_no_file_beside_which_it_could_lie() {
    let bench = Bench::new();
    repository(&bench);
    let nested = bench.text(json!({ "client_secret": { "file": "secret" } }));
    let nested: Value = serde_json::from_str(&nested).unwrap();
    for (more, at) in [
        (
            json!({ "client_secret": { "file": "secret" } }),
            "/client_secret/file",
        ),
        (
            json!({ "client_secret": [{ "env": "UNSET" }, { "file": "./secret" }] }),
            "/client_secret/1/file",
        ),
        (
            json!({ "client_secret": { "file": "secret", "pointer": "/a" } }),
            "/client_secret/file",
        ),
        (
            json!({ "client_secret": { "command": ["./helper"] } }),
            "/client_secret/command/0",
        ),
        (
            json!({ "client_secret": { "command": ["bin/helper"], "timeout": 5 } }),
            "/client_secret/command/0",
        ),
        (
            json!({ "client_secret": { "token": "./other.json" } }),
            "/client_secret/token",
        ),
        (
            json!({ "client_secret": { "token": "other.json" } }),
            "/client_secret/token",
        ),
        (
            json!({ "client_secret": { "token": nested } }),
            "/client_secret/token/client_secret/file",
        ),
        (json!({ "ca_file": "ca.pem" }), "/ca_file"),
        (
            json!({ "client_certificate": { "certificate": { "file": "a" }, "key": { "file": "/b" } } }),
            "/client_certificate/certificate/file",
        ),
        (
            json!({ "revoke": { "url": bench.provider.at("/"), "form": { "x": { "secret": { "file": "a" } } } } }),
            "/revoke/form/x/secret/file",
        ),
        (
            json!({ "client_secret": { "file": "~other/secret" } }),
            "/client_secret/file",
        ),
    ] {
        let text = bench.text(more);
        for (words, stdin, shown) in [
            (
                vec!["token", "--spec", text.as_str()],
                "",
                "the inline spec",
            ),
            (
                vec!["token", "--spec", "-"],
                text.as_str(),
                "the spec on standard input",
            ),
        ] {
            let output = within(&bench, &words, stdin);
            let told = format!(
                "{shown}: `{at}`: this path is relative, and the spec is not in a file (spec-invalid)\n"
            );
            assert_told(&output, 2, &told);
        }
    }
    bench.assert_untouched("a relative path");
    assert!(!bench.home.path("repository/ran").exists());
}

#[test]
fn a_spec_within_a_file_and_another_file_beside_it_are_found_from_there() {
    let bench = Bench::new();
    repository(&bench);
    bench.home.write("config/secret", "own");
    let inner = bench.spec(
        json!({ "client_secret": { "file": "secret" }, "token_endpoint_auth_method": "basic_raw" }),
    );
    bench
        .home
        .write("config/legs/inner.json", inner.to_string());
    bench.home.write("config/legs/secret", "of the leg");
    for (nested, wanted) in [
        (inner.clone(), "own"),
        (json!("legs/inner.json"), "of the leg"),
        (json!("./legs/inner.json"), "of the leg"),
    ] {
        let outer = json!({
            "provider": "http", "url": bench.provider.at("/outer"), "form": { "t": { "secret": { "token": nested } } },
        });
        bench.home.spec("outer", outer.to_string());
        assert_eq!(within(&bench, &["token", "--spec", "outer"], "").stderr, "");
        let requests = bench.provider.requests();
        let inner = requests.iter().rev().nth(1).unwrap();
        assert_eq!(inner.basic().unwrap().1, wanted);
        // Two of them name one file, and would share its token.
        within(&bench, &["forget", "--all"], "").answer();
    }
}

#[test]
fn the_key_knows_which_file_a_relative_path_means() {
    let bench = Bench::new();
    let text = bench.text(json!({ "client_secret": { "command": ["./helper"] } }));
    use std::os::unix::fs::PermissionsExt as _;
    for folder in ["one", "two"] {
        bench.home.write(&format!("{folder}/ci.json"), &text);
        let program = bench.home.write(
            &format!("{folder}/helper"),
            format!("#!/bin/sh\necho {folder}\n"),
        );
        fs::set_permissions(program, fs::Permissions::from_mode(0o700)).unwrap();
        let path = bench.home.path(format!("{folder}/ci.json"));
        let output = run(
            &mut bench
                .home
                .keyfob(["token", "--spec", path.to_str().unwrap()]),
            "",
        );
        assert_eq!(output.stderr, "");
    }
    assert_eq!(bench.provider.count(), 2);
}

#[test]
fn spec_is_relative_to_the_working_directory_for_who_types_it() {
    let bench = Bench::new();
    bench.home.write(
        "repository/own.json",
        bench.text(json!({ "client_secret": { "file": "beside" } })),
    );
    bench.home.write("repository/beside", "s3cret");
    bench.home.write("home/own.json", bench.text(json!({})));
    for words in [
        vec!["token", "--spec", "own.json"],
        vec!["token", "--spec", "./own.json"],
        vec!["token", "--spec", "../repository/own.json"],
        vec!["run", "--spec", "./own.json", "--", "true"],
        vec!["forget", "--spec", "own.json"],
        vec!["token", "--spec", "~/own.json"],
    ] {
        assert_eq!(within(&bench, &words, "").stderr, "", "{words:?}");
    }
}

/// What lies beside it has one name, however the spec's own file is named.
#[test]
fn one_spec_has_one_token_however_its_file_is_named() {
    let bench = Bench::new();
    bench.home.write(
        "repository/deep/own.json",
        bench.text(json!({ "client_secret": { "file": "./beside" } })),
    );
    bench.home.write("repository/deep/beside", "s3cret");
    let absolute = bench.home.path("repository/./deep/own.json");
    for spec in [
        "deep/own.json",
        "./deep/own.json",
        ".//deep/./own.json",
        absolute.to_str().unwrap(),
    ] {
        let output = within(&bench, &["token", "--spec", spec], "");
        assert_eq!(output.stderr, "", "{spec}");
    }
    assert_eq!(bench.provider.count(), 1);
}

/// The same, whether the spec is named or found by its target.
#[test]
fn one_spec_has_one_token_whether_it_is_named_or_found() {
    let mut bench = Bench::new();
    let members = json!({ "client_secret": { "file": "beside" }, "targets": ["git.example.com"] });
    bench.home.spec("ci", bench.text(members));
    bench.home.write("config/beside", "s3cret");
    let dotted = bench.home.path("./config/.");
    bench.home.set("KEYFOB_CONFIG_DIR", dotted);
    let git = "protocol=https\nhost=git.example.com\n\n";
    for words in [
        &["git", "get"][..],
        &["git", "--spec", "ci", "get"],
        &["token", "--spec", "ci"],
    ] {
        run(&mut bench.home.keyfob(words), git).answer();
    }
    assert_eq!(bench.provider.count(), 1);
}

#[test]
fn a_caller_is_given_no_spec_of_the_folder_in_which_it_runs() {
    let mut bench = Bench::new();
    repository(&bench);
    for spec in [
        "./ci.json",
        "ci.json",
        "config/ci.json",
        "../repository/ci.json",
    ] {
        for (words, stdin) in [
            (vec!["kubectl", "--spec", spec], ""),
            (
                vec!["git", "--spec", spec, "get"],
                "protocol=https\nhost=git.example.com\n\n",
            ),
            (vec!["docker", "--spec", spec, "get"], "git.example.com"),
        ] {
            let output = within(&bench, &words, stdin);
            let told = format!("{}{}", output.stdout, output.stderr);
            let sentence = format!(
                "{spec} is a relative path, and a caller decides in which folder it runs (usage)"
            );
            assert!(told.contains(&sentence), "{words:?}: {told}");
        }
        bench.home.set("KEYFOB_SPEC", spec);
        let output = within(&bench, &["kubectl"], "");
        assert!(
            output.stderr.contains(" is a relative path, "),
            "{}",
            output.stderr
        );
        assert!(output.stderr.contains("\nkeyfob: hint: write an absolute path, or the name of a spec in the configuration folder\n"));
        bench.home.unset("KEYFOB_SPEC");
    }
}

#[test]
fn a_program_is_found_in_absolute_folders_of_path_only() {
    for path in [
        "",
        ".",
        ":/bin",
        "/bin:",
        "/bin::/usr/bin",
        "bin:.:/bin",
        "./:/bin",
    ] {
        let mut bench = Bench::new();
        repository(&bench);
        bench.home.write("repository/bin/x", "");
        bench.home.set("PATH", path);
        let text = bench.text(json!({ "client_secret": { "command": ["helper"] } }));
        let output = within(&bench, &["token", "--spec", "-"], &text);
        assert_told(
            &output,
            1,
            "command helper: there is no such program (secret-unreadable)\n\
             keyfob: hint: write its absolute path; it is looked for in the absolute folders of PATH only\n",
        );
        assert!(!bench.home.path("repository/ran").exists(), "{path}");
    }
}

#[test]
fn what_is_no_program_is_passed_over_on_path() {
    let mut bench = Bench::new();
    bench.home.write("first/helper", "#!/bin/sh\necho wrong\n");
    bench.home.write("second/helper/x", "");
    bench.home.script("helper", "echo s3cret");
    let folders = ["first", "second", "bin"].map(|name| bench.home.path(name));
    let path = std::env::join_paths(folders.iter().chain([&"/bin".into()])).unwrap();
    bench.home.set("PATH", path);
    let text = bench.text(json!({ "client_secret": { "command": ["helper"] } }));
    bench.token(text).answer();
    assert_eq!(bench.provider.count(), 1);
}

#[test]
fn folders_that_the_environment_names_are_absolute() {
    let mut bench = Bench::new();
    repository(&bench);
    bench.home.set("KEYFOB_CONFIG_DIR", "config");
    for words in [
        vec!["token", "--spec", "ci"],
        vec!["kubectl", "--spec", "ci"],
    ] {
        let output = within(&bench, &words, "");
        assert_eq!(output.stdout, "");
        assert!(
            output
                .stderr
                .contains("KEYFOB_CONFIG_DIR is not an absolute path"),
            "{}",
            output.stderr
        );
    }
    let output = within(
        &bench,
        &["git", "get"],
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert!(
        output
            .stderr
            .contains("KEYFOB_CONFIG_DIR is not an absolute path"),
        "{}",
        output.stderr
    );
    bench.home.unset("KEYFOB_CONFIG_DIR");
    bench.home.set("KEYFOB_CACHE_DIR", "cache");
    let before = fs::read_dir(bench.home.path("repository/cache"))
        .unwrap()
        .count();
    for _ in 0..2 {
        let output = within(&bench, &["token", "--spec", "-"], &bench.text(json!({})));
        output.answer();
    }
    assert_eq!(bench.provider.count(), 2, "nothing is kept");
    let after = fs::read_dir(bench.home.path("repository/cache"))
        .unwrap()
        .count();
    assert_eq!(before, after);
    let output = within(&bench, &["doctor"], "");
    assert!(
        output
            .stdout
            .contains("KEYFOB_CACHE_DIR is not an absolute path"),
        "{}",
        output.stdout
    );
}

#[test]
fn a_log_file_is_named_by_an_absolute_path() {
    let mut bench = Bench::new();
    repository(&bench);
    bench.home.set("KEYFOB_LOG", "debug:log");
    let output = within(&bench, &["token", "--spec", "-"], &bench.text(json!({})));
    assert_eq!(output.status, 0);
    assert!(
        output
            .stderr
            .contains("KEYFOB_LOG: `log` is not an absolute path; the steps are logged here"),
        "{}",
        output.stderr
    );
    assert_eq!(
        fs::read_to_string(bench.home.path("repository/log")).unwrap(),
        "planted"
    );
}
