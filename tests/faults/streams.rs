//! Standard streams that are closed, full or gone, for every caller: a failure says so, and the token is not lost.

use super::callers::{ALL, Caller};
use super::{each, home, numbering, spec};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Output};

/// The caller by way of a shell, as `"$0" "$@"` in this script.
fn by(home: &Home, caller: Caller, script: &str) -> Output {
    let mut command = home.command("sh");
    command
        .args(["-c", script, keyfob_binary()])
        .args(caller.arguments());
    caller.ask_by(&mut command)
}

/// The caller, and what is done to its streams.
fn cases<'a>(rows: &'a [&'a str]) -> impl Iterator<Item = (String, (&'a str, Caller))> {
    rows.iter()
        .flat_map(|row| ALL.map(|caller| (format!("{row} {caller:?}"), (*row, caller))))
}

#[test]
fn an_answer_that_does_not_arrive_is_a_failure_and_is_still_there_for_the_next() {
    let gone = "mkfifo ~/pipe; exec 3<>~/pipe; exec 4>~/pipe 3>&-; \"$0\" \"$@\" >&4";
    let rows = ["exec \"$0\" \"$@\" > /dev/full", gone];
    each(4, cases(&rows), |(script, caller)| {
        let provider = numbering();
        let home = home(&spec(&provider.at("/token")));
        let output = by(&home, caller, script);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(
            output
                .stderr
                .starts_with("keyfob: error: the answer cannot be written: ")
                && output.stderr.ends_with(" (output-failed)\n")
                && output.stderr.lines().count() == 1,
            "{output:?}"
        );
        assert_eq!(caller.token(&caller.ask(&home)), "token-1");
        assert_eq!(provider.count(), 1);
    });
}

#[test]
fn an_error_that_cannot_be_told_is_still_an_exit_status() {
    let rows = [
        "exec \"$0\" \"$@\" > /dev/full 2> /dev/full",
        "exec \"$0\" \"$@\" 2> /dev/full",
        "exec \"$0\" \"$@\" 2>&-",
        "exec \"$0\" \"$@\" >&- 2>&-",
    ];
    each(4, cases(&rows), |(script, caller)| {
        let provider =
            crate::support::Provider::start(|_| crate::support::Answer::error("invalid_client"));
        let home = home(&spec(&provider.at("/token")));
        let output = by(&home, caller, script);
        // cargo believes no answer of a program that fails, so that one which was told is none.
        let told = caller == Caller::Cargo && !script.contains("> /dev/full 2");
        assert_eq!(output.status, i32::from(!told), "{output:?}");
    });
}

#[test]
fn a_closed_standard_input_is_one_error_or_none_of_the_callers_business() {
    each(4, cases(&["exec \"$0\" \"$@\" <&-"]), |(script, caller)| {
        let provider = numbering();
        let home = home(&spec(&provider.at("/token")));
        let output = by(&home, caller, script);
        match caller {
            Caller::Cargo => {
                assert_eq!((output.answer(), provider.count()), ("{\"v\":[1]}\n", 0));
            }
            // It has the URL, and needs no more of the answer that it is handed.
            Caller::Goauth => assert_eq!(caller.token(&output), "token-1"),
            caller if caller.stdin().is_empty() => assert_eq!(caller.token(&output), "token-1"),
            _ => assert_eq!((output.status, provider.count()), (1, 0), "{output:?}"),
        }
        assert_eq!(caller.token(&caller.ask(&home)), "token-1");
    });
}
