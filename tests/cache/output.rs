//! Standard streams that are closed, full, or gone: an answer that is not written is a failure, and is never written elsewhere.

use std::fs;

use super::{entry, home, numbering, token};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Output, run};

/// `keyfob ARGUMENTS` with these redirections of a shell.
fn redirected(home: &Home, arguments: &str, redirections: &str) -> Output {
    let script = format!("exec \"$0\" {arguments} {redirections}");
    run(
        home.command("sh").args(["-c", &script, keyfob_binary()]),
        "",
    )
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let provider = numbering();
    let home = home(&provider);
    for arguments in [
        "token --spec ci",
        "kubectl --spec ci",
        "status",
        "--version",
        "--help",
        "providers",
    ] {
        let output = redirected(&home, arguments, "> /dev/full");
        assert_eq!(output.status, 1, "{arguments}");
        assert!(
            output
                .stderr
                .starts_with("keyfob: error: the answer cannot be written")
                && output.stderr.ends_with("(output-failed)\n"),
            "{arguments}: {}",
            output.stderr
        );
    }
}

#[test]
fn a_reader_that_went_away_is_a_failure_and_no_signal() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    let script = "{ \"$0\" token --spec ci; echo $? >&2; } | :";
    let output = run(home.command("sh").args(["-c", script, keyfob_binary()]), "");
    // The reader may still be there when the answer is written.
    let expected = [
        "0\n",
        "keyfob: error: the answer cannot be written: broken pipe (output-failed)\n1\n",
    ];
    assert!(
        expected.contains(&output.stderr.as_str()),
        "{}",
        output.stderr
    );
}

#[test]
fn with_closed_streams_nothing_is_written_where_it_does_not_belong() {
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"] {
        let provider = numbering();
        let home = home(&provider);
        let output = redirected(&home, "token --spec ci --format token", closed);
        assert_eq!(output.status, 0, "{closed}: {}", output.stderr);
        let written = if closed.contains(">&- ") || closed.contains(" >&-") || closed == ">&-" {
            ""
        } else {
            "token-1\n"
        };
        assert_eq!(output.stdout, written, "{closed}");
        let text = fs::read_to_string(entry(&home)).unwrap();
        assert!(
            serde_json::from_str::<serde_json::Value>(&text).is_ok(),
            "{closed}: {text}"
        );
        assert_eq!(token(&home), "token-1");
    }
}

#[test]
fn where_standard_input_is_closed_the_callers_say_so() {
    let provider = numbering();
    let home = home(&provider);
    let git = redirected(&home, "git get", "<&-");
    assert_eq!((git.status, git.stdout.as_str()), (1, ""));
    assert!(git.stderr.contains("(request-invalid)"), "{}", git.stderr);
    assert_eq!(redirected(&home, "docker get", "<&-").status, 1);
    let spec = redirected(&home, "token", "<&-");
    assert_eq!(spec.status, 2);
    assert!(spec.stderr.contains("(spec-not-found)"), "{}", spec.stderr);
    assert_eq!(provider.count(), 0);
}
