//! How `explain` is called: what it takes for a caller and a target, and its exit status.

use super::{explain, facts};
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Home, Output, run};
use keyfob::protocol::CALLERS;
use keyfob::protocol::sample::sample;

#[test]
fn a_line_that_cannot_be_meant_is_a_usage_error_with_the_nearest_word() {
    let home = Home::new();
    home.spec(
        "my-cluster",
        r#"{"provider": "static", "token": {"env": "T"}}"#,
    );
    for (words, error, hint) in [
        (
            &["gti", "https://git.example.com"][..],
            "there is no such caller",
            "did you mean `git`?",
        ),
        (
            &["docker-credential-keyfb", "x"],
            "there is no such caller",
            "did you mean",
        ),
        (
            &["my-cluster"],
            "there is no such caller",
            "did you mean `--spec my-cluster`?",
        ),
        (
            &["other-cluster"],
            "there is no such caller",
            "keyfob: hint: known here: ",
        ),
        (
            &["https://git.example.com"],
            "there is no such caller",
            "keyfob explain git https://HOST/PATH",
        ),
        (
            &["git"],
            "git names a target, and none is given",
            "keyfob explain git TARGET",
        ),
        (
            &["pnpm", "https://npm.example.com"],
            "pnpm names no target",
            "keyfob explain pnpm --spec SPEC",
        ),
        (
            &["git", "a", "b"],
            "explain takes a caller and a target",
            "",
        ),
        (&["kubectl"], "no spec is named", "name one with --spec"),
        (&["--spec", "none"], "spec", "a word names a file NAME.json"),
        (
            &["--format", "yaml", "git", "x"],
            "--format takes text or json",
            "",
        ),
    ] {
        let output = run(home.keyfob(["explain"]).args(words), "");
        assert_eq!((output.status, &*output.stdout), (2, ""), "{words:?}");
        assert!(
            output.stderr.contains(error),
            "{words:?}: {}",
            output.stderr
        );
        assert!(output.stderr.contains(hint), "{words:?}: {}", output.stderr);
    }
}

/// A target of each caller that names one, in its own spelling.
const SPELLINGS: &[(&str, &str)] = &[
    ("kubectl", "https://host.example.com"),
    ("git", "https://host.example.com/team/app.git"),
    ("git", "https://you@host.example.com/team/app.git"),
    ("docker", "host.example.com"),
    ("docker", "host.example.com/team/app:1"),
    ("docker", "https://host.example.com"),
    ("cargo", "sparse+https://host.example.com/index/"),
    ("terraform", "host.example.com"),
    ("goauth", "https://host.example.com/module"),
    ("keyring", "https://host.example.com/simple/"),
    ("bazel", "https://host.example.com/cache"),
    ("kubelet", "host.example.com/team/app:1"),
    ("vault", "https://host.example.com"),
    ("askpass", "https://host.example.com/team/app.git"),
    ("askpass", "Password for 'https://host.example.com': "),
];

#[test]
fn every_caller_that_names_targets_is_explained_in_its_own_spelling() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("team", spec(&provider, &["host.example.com"]).to_string());
    for (caller, target) in SPELLINGS {
        let (facts, would_try) = facts(&home, &[caller, target]);
        assert!(would_try, "{caller} {target}: {facts:#}");
        assert_eq!(facts["considered"][0]["standing"], "chosen", "{caller}");
        assert_eq!(facts["caller"]["name"], *caller);
        let reply = facts["told"]["reply"].as_str();
        let is_shown = *caller == "bazel" || reply.is_some_and(|reply| reply.contains("[token]"));
        assert!(is_shown, "{caller}: {facts:#}");
        // By the name of the link too.
        let link = CALLERS.iter().find(|row| row.name == *caller).unwrap().link;
        assert_eq!(explain(&home, &[link, target]).status, 0);
    }
    for caller in CALLERS {
        let named = SPELLINGS.iter().any(|(name, _)| *name == caller.name);
        let alone = ["pnpm", "aws", "google"].contains(&caller.name);
        assert!(named != alone, "{}", caller.name);
        if alone {
            let (facts, would_try) = facts(&home, &[caller.name, "--spec", "team"]);
            assert!(would_try, "{facts:#}");
        }
    }
    assert_eq!(provider.count(), 0);
}

/// What the caller's tool would run, for a target as it spells it.
fn call(home: &Home, caller: &str, target: &str) -> Output {
    let sample = sample(caller, Some(target), true).unwrap();
    let mut command = home.keyfob([caller]);
    command.args(&sample.arguments).envs(sample.variables);
    run(&mut command, sample.stdin)
}

/// Those whose tool passes standard error on.
const SHOWING: &[&str] = &["kubectl", "git", "docker", "cargo", "keyring", "askpass"];

#[test]
fn every_callers_near_miss_is_noted_and_shown_where_its_tool_lets_it_be_seen() {
    for scheme in ["https", "http"] {
        let provider = numbering();
        let mut home = Home::new();
        home.set(SECRET_VARIABLE, "s3cret");
        let listed = match scheme {
            "https" => "host.example.com:8443",
            _ => "host.example.com",
        };
        home.spec("team", spec(&provider, &[listed]).to_string());
        for (caller, target) in SPELLINGS {
            let has_scheme = target.contains("https://") && *caller != "docker";
            if scheme == "http" && !has_scheme {
                continue;
            }
            let target = target.replace("https://", &format!("{scheme}://"));
            let output = call(&home, caller, &target);
            let all = format!("{}{}", output.stdout, output.stderr);
            assert!(!all.contains("token-1"), "{caller}: {all}");
            let refuses = ["kubectl", "goauth", "askpass"].contains(caller) && scheme == "http";
            let line = match scheme {
                "https" => "add \"host.example.com\" to its `targets`",
                _ => "no token is sent over plain http",
            };
            if !refuses {
                let shows = SHOWING.contains(caller);
                assert_eq!(
                    output.stderr.contains(line),
                    shows,
                    "{caller} {target}: {output:?}"
                );
            }
            // `doctor` knows.
            let doctor = run(&mut home.keyfob(["doctor"]), "").stdout;
            let is_noted = |line: &str| line.contains(&format!("last failure: {caller}"));
            assert!(doctor.lines().any(is_noted), "{caller} {target}: {doctor}");
        }
        assert_eq!(provider.count(), 0);
    }
}

#[test]
fn a_star_that_stands_for_one_label_is_a_near_miss_of_explain_alone() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("team", spec(&provider, &["*.example.com"]).to_string());
    for host in ["example.com", "a.git.example.com"] {
        let url = format!("https://{host}/team");
        let (facts, would_try) = facts(&home, &["git", &url]);
        assert!(!would_try);
        let row = &facts["considered"][0];
        assert_eq!(row["why"], "`*.` stands for exactly one label");
        assert_eq!(row["mend"], format!("add \"{host}\" to its `targets`"));
        assert_eq!(call(&home, "git", &url).stderr, "");
    }
    // Not a near miss: another domain that ends alike.
    let (facts, _) = facts(&home, &["git", "https://notexample.com"]);
    assert_eq!(facts["considered"][0]["standing"], "other");
}

/// A near miss is noted for `doctor` and shown where the tool passes standard error on.
#[test]
fn a_near_miss_is_the_same_in_a_call_and_in_explain() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec(
        "team",
        spec(&provider, &["host.example.com:8443"]).to_string(),
    );
    for (caller, target) in SPELLINGS {
        let (facts, would_try) = facts(&home, &[caller, target]);
        assert!(!would_try, "{caller}: {facts:#}");
        let row = &facts["considered"][0];
        assert_eq!(
            (&row["spec"], &row["standing"]),
            (&"team".into(), &"near".into())
        );
        assert_eq!(
            row["mend"], "add \"host.example.com\" to its `targets`",
            "{caller}"
        );
        assert!(
            facts["hint"]
                .as_str()
                .unwrap()
                .ends_with(row["mend"].as_str().unwrap())
        );
    }
}
