//! SPEC as users write it: strict, told with the place, and refused before any secret is opened or any request is sent.
//!
//! The proof is in the bench: the secret of every spec here is a program that leaves a mark when it is run.

mod commands;
mod environment;
mod forms;
mod json;
mod literal;
mod look_alikes;
mod members;
mod opened;
mod paths;
mod policy;
mod presets;
mod schema;
mod shapes;
mod sources;
mod targets;
mod values;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

/// A home, a provider, and a secret that leaves a mark when it is opened.
struct Bench {
    home: Home,
    provider: Provider,
}

impl Bench {
    fn new() -> Self {
        let home = Home::new();
        home.script(
            "open-secret",
            &format!("touch {}; echo s3cret", home.path("opened").display()),
        );
        Self {
            home,
            provider: Provider::start(|request| {
                Answer::token(&format!("token-{}", request.number), 3600)
            }),
        }
    }

    /// A spec that works, with the members of `more`; a member that is null there is taken out.
    fn spec(&self, more: Value) -> Value {
        let mut spec = json!({
            "provider": "client_credentials",
            "token_url": self.provider.at("/token"),
            "client_id": "ci",
            "client_secret": { "command": ["open-secret"] },
        });
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        let absent = |value: &Value| value == "ABSENT";
        spec.as_object_mut().unwrap().retain(|_, v| !absent(v));
        spec
    }

    /// The same as text.
    fn text(&self, more: Value) -> String {
        self.spec(more).to_string()
    }

    fn opened(&self) -> bool {
        self.home.path("opened").exists()
    }

    /// Nothing was opened and nobody was asked.
    #[track_caller]
    fn assert_untouched(&self, why: &str) {
        assert!(!self.opened(), "a secret was opened: {why}");
        assert_eq!(self.provider.connections(), 0, "somebody was asked: {why}");
    }

    /// `keyfob token --spec -` with this on standard input.
    fn token(&self, stdin: impl AsRef<[u8]>) -> Output {
        run(&mut self.home.keyfob(["token", "--spec", "-"]), stdin)
    }

    /// Asserts that a spec on standard input is refused with exactly these words, and that nothing happened.
    #[track_caller]
    fn refuses(&self, stdin: impl AsRef<[u8]>, told: &str) {
        let output = self.token(stdin);
        assert_told(&output, 2, &format!("the spec on standard input: {told}"));
        assert!(output.stderr.contains(" (spec-invalid)\n"));
        self.assert_untouched(told);
    }
}

/// Asserts exit status, an empty standard output, and the error's line: its sentence or the beginning of it.
#[track_caller]
fn assert_told(output: &Output, status: i32, told: &str) {
    assert_eq!(output.stdout, "", "{}", output.stderr);
    assert!(
        output.stderr.starts_with(&format!("keyfob: error: {told}")),
        "{}\nis not\n{told}",
        output.stderr
    );
    assert_eq!(output.status, status, "{}", output.stderr);
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines.len() <= 2 && output.stderr.ends_with('\n'));
    assert!(
        lines
            .iter()
            .skip(1)
            .all(|l| l.starts_with("keyfob: hint: "))
    );
}

#[test]
fn the_bench_would_see_a_secret_that_is_opened_and_a_request_that_is_sent() {
    let bench = Bench::new();
    let output = bench.token(bench.text(json!({})));
    assert_eq!(output.json()["access_token"], "token-1");
    assert!(bench.opened());
    assert_eq!(bench.provider.count(), 1);
}
