//! A go command that was given a token and asks again. The program here is a shell that seems to be built by Go.

use super::{home, numbering, spec};
use crate::support::http::basic;
use crate::support::run;

const ALL: &str = "keyfob goauth --spec go";
const URL: &str = "https://proxy.example.com/go/example.com/team/module/@v/list";

/// The headers that one program is given that runs these commands one after the other, each with this response to read.
fn headers(commands: [&str; 2], response: &str) -> Vec<String> {
    let (home, provider) = (home(), numbering());
    let targets = ["https://proxy.example.com/go"];
    home.spec("go", spec(&provider, &targets).to_string());
    home.write("home/response", response);
    let [first, second] = commands;
    let mut command = home.command_at(&home.go_program());
    // The last command of `-c` would take the shell's place.
    command.args(["-c", &format!("{first} <response; {second} <response; :")]);
    let output = run(&mut command, "");
    let headers = output.answer().lines();
    headers
        .filter_map(|line| line.strip_prefix("Authorization: "))
        .map(str::to_owned)
        .collect()
}

fn first() -> String {
    basic("oauth2", "token-1")
}

#[test]
fn a_token_that_was_answered_401_is_replaced_where_the_spec_is_named() {
    let url = format!("{ALL} {URL}");
    let given = headers([ALL, &url], "HTTP/1.1 401 Unauthorized\n\n");
    assert_eq!(given, [first(), basic("oauth2", "token-2")]);
}

#[test]
fn a_token_that_was_answered_otherwise_stays() {
    let url = format!("{ALL} {URL}");
    for response in [
        "HTTP/1.1 403 Forbidden\n\n",
        "HTTP/2.0 404 Not Found\nX-Status: 401\n\n",
        "401 \n\n",
        "",
    ] {
        let given = headers([ALL, &url], response);
        assert_eq!(given, [first(), first()], "{response:?}");
    }
}

#[test]
fn a_401_without_a_named_spec_says_nothing_of_the_token_which_go_did_not_have() {
    let url = format!("keyfob goauth {URL}");
    let given = headers([&url, &url], "HTTP/1.1 401 Unauthorized\n\n");
    assert_eq!(given, [first(), first()]);
}
