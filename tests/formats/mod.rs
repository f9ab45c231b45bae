//! `keyfob token --format …` and `keyfob run`: to the letter, and as the programs read it for which it is written.

mod agents;
pub(crate) mod github;
mod gitlab;
mod masks;
mod readers;
mod run;

use serde_json::json;

use crate::support::{Answer, Home, Output, Provider};

/// A token with everything that a shell, a quoted string or a configuration file could trip over.
pub(crate) const NASTY: &str =
    "a'b\"c\\d$e`f!g#h~i;j&k|l<m>n(o)p{q,r}s[t]*u?v%w^x=y:~z\\n$(id)`id`''\"\"";

/// A home whose spec `ci` gets this token, for these targets.
struct Bench {
    home: Home,
    provider: Provider,
}

impl Bench {
    fn new(token: &str) -> Self {
        Self::with(token, &["git.example.com"])
    }

    fn with(token: &str, targets: &[&str]) -> Self {
        let token = token.to_owned();
        let provider = Provider::start(move |request| match request.path.as_str() {
            "/token" => Answer::token(&token, 3600),
            _ => Answer::text(200, "welcome"),
        });
        let mut home = Home::new();
        home.set("SECRET", "s3cret");
        let spec = json!({
            "provider": "client_credentials",
            "token_url": provider.at("/token"),
            "client_id": "ci",
            "client_secret": { "env": "SECRET" },
            "username": "robot",
            "targets": targets,
        });
        home.spec("ci", spec.to_string());
        Self { home, provider }
    }

    /// `keyfob token --spec ci` with these words.
    fn token(&self, words: &[&str]) -> Output {
        let words = ["token", "--spec", "ci"].iter().chain(words);
        crate::support::run(&mut self.home.keyfob(words), "")
    }

    /// Standard output of a script of /bin/sh in which `keyfob` is there, and nothing may be said on standard error.
    #[track_caller]
    fn sh(&self, script: &str) -> String {
        let output = crate::support::run(self.home.command("sh").args(["-c", script]), "");
        assert_eq!(output.stderr, "", "{script}");
        output.answer().to_owned()
    }
}

#[test]
fn each_format_to_the_letter() {
    let bench = Bench::new("eyJh.eyJz_-.c2ln+/==");
    let table: [(&[&str], &str); 12] = [
        (&["--format", "token"], "eyJh.eyJz_-.c2ln+/==\n"),
        (&["--format=token"], "eyJh.eyJz_-.c2ln+/==\n"),
        (
            &["--format", "header"],
            "Authorization: Bearer eyJh.eyJz_-.c2ln+/==\n",
        ),
        (
            &["--format", "header-value"],
            "Bearer eyJh.eyJz_-.c2ln+/==\n",
        ),
        (
            &["--format", "headers-json"],
            "{\"Authorization\":\"Bearer eyJh.eyJz_-.c2ln+/==\"}\n",
        ),
        (
            &["--format", "export", "--env", "API"],
            "export API='eyJh.eyJz_-.c2ln+/=='\n",
        ),
        (&["--format", "env"], "KEYFOB_TOKEN=eyJh.eyJz_-.c2ln+/==\n"),
        (
            &["--format", "env", "--env", "_My_2"],
            "_My_2=eyJh.eyJz_-.c2ln+/==\n",
        ),
        (
            &["--format", "dotenv"],
            "KEYFOB_TOKEN=eyJh.eyJz_-.c2ln+/==\n",
        ),
        (
            &["--format", "dotenv", "--env=API"],
            "API=eyJh.eyJz_-.c2ln+/==\n",
        ),
        (
            &["--format", "netrc"],
            "machine git.example.com login robot password eyJh.eyJz_-.c2ln+/==\n",
        ),
        (
            &["--format", "curl"],
            "header = \"Authorization: Bearer eyJh.eyJz_-.c2ln+/==\"\n",
        ),
    ];
    for (words, wanted) in table {
        let output = bench.token(words);
        assert_eq!((output.answer(), output.stderr.as_str()), (wanted, ""));
    }
    let json = bench.token(&["--format", "json"]);
    assert_eq!(json, bench.token(&[]), "json where nothing is said");
    let end = json.json()["expires_at"].as_str().unwrap().to_owned();
    assert!(keyfob::time::Timestamp::parse_rfc3339(&end).is_some());
    assert_eq!(
        json.answer(),
        format!(
            "{{\"access_token\":\"eyJh.eyJz_-.c2ln+/==\",\"token_type\":\"Bearer\",\"expires_at\":\"{end}\"}}\n"
        )
    );
    assert_eq!(bench.provider.count(), 1, "one token for all of them");
}

#[test]
fn netrc_has_a_line_for_each_host_that_can_be_named() {
    let targets = [
        "https://git.example.com",
        "*.example.com",
        "https://other.example.com/team",
        // netrc knows no port and no scheme: such a line would serve every port of the machine, and plain http.
        "registry.example.com:5000",
        "http://localhost:8080",
        "http://localhost",
        "secure.example.com:443",
    ];
    let output = Bench::with("t0ken", &targets).token(&["--format", "netrc"]);
    assert_eq!(
        output.answer(),
        "machine git.example.com login robot password t0ken\nmachine secure.example.com login robot password t0ken\n"
    );
}

#[test]
fn netrc_without_a_host_is_an_error_before_anybody_is_asked() {
    for targets in [&[][..], &["*.example.com"], &["https://example.com/path"]] {
        let bench = Bench::with("t0ken", targets);
        let output = bench.token(&["--format", "netrc"]);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.contains(" (spec-invalid)\n"));
        assert_eq!(bench.provider.connections(), 0);
    }
}

#[test]
fn a_variables_name_that_a_shell_would_not_take_is_refused() {
    for name in [
        "", "1A", "A-B", "A B", "A=B", "A\nB", "A;B", "\u{c9}", "$A", "A[0]",
    ] {
        let bench = Bench::new("t0ken");
        for words in [
            vec!["token", "--spec", "ci", "--format", "env", "--env", name],
            vec!["run", "--spec", "ci", "--env", name, "--", "env"],
        ] {
            let output = crate::support::run(&mut bench.home.keyfob(words), "");
            assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{name:?}");
            assert!(
                output.stderr.starts_with(
                    "keyfob: error: --env takes a variable's name: letters, digits and `_` (usage)\n"
                ),
                "{}",
                output.stderr
            );
        }
        assert_eq!(bench.provider.connections(), 0);
    }
}

#[test]
fn an_option_that_the_format_would_ignore_is_refused() {
    let bench = Bench::new("t0ken");
    for (words, wanted) in [
        (
            ["--format=json", "--to=env"],
            "--to goes with --format github",
        ),
        (
            ["--format=github", "--to=path"],
            "--to takes one of env, output, both",
        ),
        (
            ["--format=github", "--unmasked"],
            "--unmasked goes with --format gitlab",
        ),
    ] {
        let output = bench.token(&words);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        let error = format!("keyfob: error: {wanted} (usage)\n");
        assert!(output.stderr.starts_with(&error), "{}", output.stderr);
    }
    assert_eq!(bench.provider.connections(), 0);
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let bench = Bench::new("t0ken");
    for format in [
        "json",
        "token",
        "header",
        "headers-json",
        "env",
        "export",
        "curl",
    ] {
        let script = format!("keyfob token --spec ci --format {format} >/dev/full");
        let output = crate::support::run(bench.home.command("sh").args(["-c", &script]), "");
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (
                1,
                "keyfob: error: the answer cannot be written: no storage space (output-failed)\n"
            )
        );
    }
}
