//! `--format gitlab`, read as GitLab reads a dotenv report (`Ci::ParseDotenvArtifactService`): a line is a pair, as it stands, and nothing else is
//! allowed; then `$` is expanded in it.

use super::{Bench, NASTY};

/// The pairs of a report.
#[track_caller]
pub(crate) fn report(text: &str) -> Vec<(String, String)> {
    assert!(text.len() < 5 * 1024, "Dotenv Artifact Too Big");
    let pair = |line: &str| {
        let (key, value) = line.split_once('=').expect("Invalid Format");
        let (key, value) = (key.trim(), value.trim());
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(!key.is_empty() && key.chars().all(word), "{key}");
        assert!(!value.contains('$'), "{value} is expanded");
        (key.to_owned(), value.to_owned())
    };
    text.lines().map(pair).collect()
}

#[test]
fn a_report_that_nobody_masks_is_refused_unless_that_is_said() {
    let bench = Bench::new("t0ken");
    let output = bench.token(&["--format", "gitlab"]);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert_eq!(
        output.stderr,
        "keyfob: error: a dotenv report is kept as an artifact, and GitLab does not mask what is in it (usage)\n\
         keyfob: hint: for one job use --format export; --unmasked writes the report all the same\n"
    );
    assert_eq!(bench.provider.connections(), 0);
}

#[test]
fn a_report_holds_the_very_token() {
    let longest = "x".repeat(5 * 1024 - "KEYFOB_TOKEN=\n".len() - 1);
    for token in ["eyJh.eyJz_-.c2ln+/==", "~a:b@c", &longest] {
        let output = Bench::new(token).token(&["--format", "gitlab", "--unmasked"]);
        assert_eq!(output.stderr, "");
        let wanted = ("KEYFOB_TOKEN".to_owned(), token.to_owned());
        assert_eq!(report(output.answer()), [wanted]);
    }
    let output = Bench::new("t0ken").token(&["--format", "gitlab", "--unmasked", "--env", "API"]);
    assert_eq!(output.answer(), "API=t0ken\n");
}

#[test]
fn a_token_that_gitlab_would_change_or_refuse_is_an_error() {
    let too_long = "x".repeat(5 * 1024 - "KEYFOB_TOKEN=\n".len());
    for (token, why) in [
        (
            NASTY,
            "holds characters that a dotenv report of GitLab's cannot",
        ),
        (
            "a$HOME",
            "holds characters that a dotenv report of GitLab's cannot",
        ),
        (
            "'a'",
            "holds characters that a dotenv report of GitLab's cannot",
        ),
        (
            &too_long,
            "is too long for a dotenv report: GitLab refuses 5120 bytes and more",
        ),
    ] {
        let output = Bench::new(token).token(&["--format", "gitlab", "--unmasked"]);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert_eq!(
            output.stderr,
            format!(
                "keyfob: error: the token {why} (not-supported)\n\
                 keyfob: hint: obtain the token in the job that needs it: --format export\n"
            )
        );
    }
}
