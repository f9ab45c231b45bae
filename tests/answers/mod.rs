//! What a provider may answer: tokens, refusals and nonsense, each told in one line and never at the cost of a secret.
//!
//! RFC 6749 §5 (<https://www.rfc-editor.org/rfc/rfc6749#section-5>) and what servers, gateways and attackers send instead.

mod advice;
mod errors;
mod hostile;
mod life;
mod places;
mod reflected;
mod tokens;
mod xml;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

/// A secret in which every encoding can be told from every other.
const SECRET: &str = "s3cret/of+the?client&=~*\"x";

/// What came of one answer.
struct Outcome {
    output: Output,
    requests: usize,
}

/// `keyfob token` against a provider that always gives this answer.
fn outcome(answer: &Answer) -> Outcome {
    outcome_of(answer, json!({}))
}

/// The same with further members in the spec.
fn outcome_of(answer: &Answer, more: Value) -> Outcome {
    let scripted = answer.clone();
    let provider = Provider::start(move |_| scripted.clone());
    let mut home = Home::new();
    home.set("SECRET", SECRET);
    let mut spec = json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "the-client",
        "client_secret": { "env": "SECRET" },
    });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    let mut output = run(&mut home.keyfob(["token"]), spec.to_string());
    output.stderr = output.stderr.replace(&provider.url(), "PROVIDER");
    Outcome {
        output,
        requests: provider.count(),
    }
}

impl Outcome {
    /// Asserts that the token is handed out and nothing is said besides.
    #[track_caller]
    fn gives(&self, token: &str) -> &Self {
        assert_eq!(self.output.json()["access_token"], token);
        assert_eq!((self.output.stderr.as_str(), self.requests), ("", 1));
        self
    }

    /// Asserts a failure that is told in exactly this line (and perhaps a hint) after one request.
    #[track_caller]
    fn told(&self, line: &str) -> &Self {
        assert_eq!(self.requests, 1, "{}", self.output.stderr);
        self.told_at_last(line)
    }

    /// The same after any number of requests.
    #[track_caller]
    fn told_at_last(&self, line: &str) -> &Self {
        let Output {
            status,
            stdout,
            stderr,
        } = &self.output;
        assert_eq!((*status, stdout.as_str()), (1, ""), "{stderr}");
        assert!(
            stderr.starts_with(&format!("keyfob: error: {line}\n")),
            "{stderr}\nis not\nkeyfob: error: {line}"
        );
        assert_sober(stderr);
        self
    }
}

/// Asserts one error and at most one hint, without a control or bidirectional character.
#[track_caller]
fn assert_sober(stderr: &str) {
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines.len() <= 2 && stderr.ends_with('\n'), "{stderr:?}");
    assert!(lines[0].starts_with("keyfob: error: "), "{stderr:?}");
    assert!(
        lines
            .iter()
            .skip(1)
            .all(|l| l.starts_with("keyfob: hint: ")),
        "{stderr:?}"
    );
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!lines.iter().any(|line| line.contains(odd)), "{stderr:?}");
}

/// The line of a success that makes no sense.
fn nonsense(status: u16, why: &str) -> String {
    format!("PROVIDER/token answered without a token: HTTP {status}, {why} (provider-nonsense)")
}
