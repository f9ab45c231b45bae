//! `KEYFOB_LOG=debug:FILE`: private, appended to, and never in the way.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{TOKEN, numbering};
use crate::support::{Home, Provider, run};

fn home(provider: &Provider) -> Home {
    let mut home = super::home(provider);
    let log = format!("debug:{}", home.path("log").display());
    home.set("KEYFOB_LOG", log);
    home
}

#[test]
fn a_log_is_private_and_grows() {
    let provider = numbering();
    let home = home(&provider);
    let script = r#"umask 000; exec keyfob token --spec ci"#;
    run(home.command("sh").args(["-c", script]), "").answer();
    let (log, first) = (
        home.path("log"),
        fs::read_to_string(home.path("log")).unwrap(),
    );
    assert_eq!(
        fs::metadata(&log).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(first.contains("try 1: POST http://127.0.0.1:"), "{first}");
    let output = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
    assert_eq!(output.stderr, "");
    let second = fs::read_to_string(&log).unwrap();
    assert!(
        second.starts_with(&first)
            && second.contains("cache: hit: a token of client_credentials, ")
            && second.ends_with(" s old, obtained for spec `ci`\n"),
        "{second}"
    );
}

#[test]
fn a_log_is_0600_under_any_umask() {
    let provider = numbering();
    let home = home(&provider);
    let log = home.path("log");
    for umask in ["000", "022", "0177", "0277", "0477", "0777"] {
        let script = format!("umask {umask}; exec keyfob token --spec ci");
        run(home.command("sh").args(["-c", &script]), "").answer();
        let mode = fs::metadata(&log).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{umask}");
        fs::remove_file(&log).unwrap();
    }
}

#[test]
fn a_log_that_cannot_be_written_breaks_nothing() {
    let provider = numbering();
    let mut home = home(&provider);
    for path in ["/nowhere/log", "/dev/full", "/proc/keyfob"] {
        home.set("KEYFOB_LOG", format!("debug:{path}"));
        let output = run(&mut home.keyfob(TOKEN), "");
        assert_eq!(output.answer(), "token-1\n", "{path}");
    }
}
