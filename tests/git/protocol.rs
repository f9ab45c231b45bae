//! What git says and what it is told, byte by byte (gitcredentials(7), git-credential(1) "INPUT/OUTPUT FORMAT").

use crate::support::{Answer, Home, Output, Provider, run};

use super::{home, numbering, spec};

pub(super) const PASSWORD: &str = "username=oauth2\npassword=token-1\npassword_expiry_utc=LATER\n";
const BASIC: &str = "capability[]=authtype\nauthtype=Basic\nephemeral=1\ncredential=b2F1dGgyOnRva2VuLTE=\npassword_expiry_utc=LATER\n"; // oauth2:token-1
const BEARER: &str = "capability[]=authtype\nauthtype=Bearer\nephemeral=1\ncredential=token-1\npassword_expiry_utc=LATER\n";
/// What git repeats where its server refuses the token.
const AGAIN: &str = "state[]=keyfob:TOKEN\ncontinue=1\n";
pub(super) const ASKED: &str = "protocol=https\nhost=git.example.com\n";

/// A home whose spec `team` lists `git.example.com`.
pub(super) fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    (home, provider)
}

/// `keyfob git OPERATION`, with the digits of the expiry taken out.
pub(super) fn git(home: &Home, operation: &str, stdin: impl AsRef<[u8]>) -> Output {
    let mut output = run(&mut home.keyfob(["git", operation]), stdin);
    let start = "password_expiry_utc=";
    if let Some((before, after)) = output.stdout.split_once(start) {
        let rest = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
        assert_eq!(after.len() - rest.len(), 10, "{after}");
        output.stdout = format!("{before}{start}LATER{rest}");
    }
    let start = "state[]=keyfob:";
    if let Some((before, after)) = output.stdout.split_once(start) {
        let rest = after.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
        assert_eq!(after.len() - rest.len(), 16, "{after}");
        output.stdout = format!("{before}{start}TOKEN{rest}");
    }
    output
}

/// It answers exactly this, and nothing on standard error.
#[track_caller]
fn answers(stdin: impl AsRef<[u8]>, stdout: &str) {
    let (home, _provider) = listed();
    let output = git(&home, "get", stdin);
    assert_eq!(
        output,
        Output {
            status: 0,
            stdout: stdout.into(),
            stderr: String::new()
        }
    );
}

/// It says nothing on standard output, asks nobody, and tells why on standard error.
#[track_caller]
fn refuses(stdin: impl AsRef<[u8]>) {
    let (home, provider) = listed();
    let output = git(&home, "get", stdin);
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (1, ""),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.starts_with("keyfob: error: "),
        "{}",
        output.stderr
    );
    assert!(
        !output.stderr.contains(['\r', '\0', '\x1b']),
        "{:?}",
        output.stderr
    );
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_request_is_answered_with_name_password_and_expiry() {
    answers("protocol=https\nhost=git.example.com\n", PASSWORD);
}

#[test]
fn the_end_may_be_a_blank_line_or_a_missing_newline_or_carriage_returns() {
    answers("protocol=https\nhost=git.example.com\n\n", PASSWORD);
    answers("protocol=https\nhost=git.example.com", PASSWORD);
    answers("protocol=https\r\nhost=git.example.com\r\n", PASSWORD);
    answers("protocol=https\r\nhost=git.example.com\r\n\r\n", PASSWORD);
}

#[test]
fn what_follows_a_blank_line_is_not_read() {
    answers(
        "protocol=https\nhost=git.example.com\n\nhost=git.example.org\n",
        PASSWORD,
    );
    answers(
        "protocol=https\nhost=git.example.org\n\nhost=git.example.com\n",
        "",
    );
}

#[test]
fn keys_that_nobody_knows_are_ignored() {
    answers(
        format!("{ASKED}flavour=vanilla\nflavour[]=mint\nusername=\npath=\n"),
        PASSWORD,
    );
    answers(
        format!("state[]=other:1\n{ASKED}continue=0\noauth_refresh_token=r\n"),
        PASSWORD,
    );
}

#[test]
fn the_last_of_a_repeated_key_counts_as_it_does_for_git() {
    answers(
        "protocol=https\nhost=git.example.org\nhost=git.example.com\n",
        PASSWORD,
    );
    answers(
        "protocol=https\nhost=git.example.com\nhost=git.example.org\n",
        "",
    );
}

#[test]
fn bearer_is_for_a_git_that_knows_it_and_a_server_that_offers_nothing_else() {
    let capable = format!("capability[]=authtype\n{ASKED}");
    answers(format!("{capable}wwwauth[]=Bearer realm=\"x\"\n"), BEARER);
    answers(format!("{capable}wwwauth[]=bearer\n"), BEARER);
    answers(
        format!("{capable}wwwauth[]=Negotiate\nwwwauth[]=Bearer realm=\"Basic\"\n"),
        BEARER,
    );
    answers(format!("{ASKED}wwwauth[]=Bearer realm=\"x\"\n"), PASSWORD);
    answers(
        format!("capability[]=state\n{ASKED}wwwauth[]=Bearer realm=\"x\"\n"),
        &format!("capability[]=state\n{PASSWORD}{AGAIN}"),
    );
    answers(
        format!("capability[]=state\n{capable}wwwauth[]=Bearer realm=\"x\"\n"),
        &format!("capability[]=state\n{BEARER}{AGAIN}"),
    );
    answers(
        format!("{capable}wwwauth[]=Basic realm=\"Bearer\"\n"),
        BASIC,
    );
    answers(
        format!("{capable}wwwauth[]=Bearer realm=\"x\"\nwwwauth[]=Basic realm=\"x\"\n"),
        BASIC,
    );
    answers(
        format!("{capable}wwwauth[]=bearer\nwwwauth[]=BASIC realm=\"x\"\n"),
        BASIC,
    );
    answers(&capable, BASIC);
    // Digest needs the password itself.
    answers(format!("{capable}wwwauth[]=Digest realm=\"x\"\n"), PASSWORD);
}

#[test]
fn an_empty_element_begins_a_list_anew() {
    let capable = format!("capability[]=authtype\n{ASKED}");
    answers(
        format!("{capable}capability[]=\nwwwauth[]=Bearer\n"),
        PASSWORD,
    );
    answers(
        format!("{capable}wwwauth[]=Basic\nwwwauth[]=\nwwwauth[]=Bearer\n"),
        BEARER,
    );
}

#[test]
fn a_spec_may_want_bearer_whatever_the_server_offers() {
    let (home, provider) = (home(), numbering());
    let mut spec = spec(&provider, &["git.example.com"]);
    spec["authtype"] = "bearer".into();
    home.spec("team", spec.to_string());
    assert_eq!(
        git(&home, "get", format!("capability[]=authtype\n{ASKED}")).stdout,
        BEARER
    );
    assert_eq!(
        git(
            &home,
            "get",
            format!("capability[]=authtype\n{ASKED}wwwauth[]=Basic\n")
        )
        .stdout,
        BEARER
    );
    assert_eq!(git(&home, "get", ASKED).stdout, PASSWORD);
}

#[test]
fn without_an_expiry_from_the_provider_none_is_told() {
    let provider =
        Provider::start(|_| Answer::json(200, r#"{"access_token":"t","token_type":"Bearer"}"#));
    let home = home();
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    assert_eq!(
        git(&home, "get", ASKED).answer(),
        "username=oauth2\npassword=t\n"
    );
}

#[test]
fn a_carriage_return_or_nul_inside_a_value_is_refused() {
    refuses("protocol=https\nhost=git.example.com\rhost=git.example.org\n");
    refuses("protocol=https\nhost=git.example.com\npath=a\rb\n");
    refuses("protocol=https\nhost=git.example.com\r\r\n");
    refuses("protocol=https\nhost=git.example.com\nusername=a\rb\n");
    refuses("protocol=https\nhost=git.example.com\0.evil.example\n");
    refuses("protocol=https\nhost=git.example.com\nusername=a\0b\n");
}

#[test]
fn a_line_without_an_equals_sign_is_refused() {
    refuses("protocol=https\nhost=git.example.com\nnonsense\n");
    refuses("GET / HTTP/1.1\n");
}

#[test]
fn a_request_without_protocol_or_host_is_refused() {
    for asked in [
        "",
        "\n",
        "host=git.example.com\n",
        "protocol=\nhost=git.example.com\n",
    ] {
        refuses(asked);
    }
    refuses("\nprotocol=https\nhost=git.example.com\n");
    refuses("protocol=https\n");
    refuses("protocol=https\nhost=\n");
    refuses("protocol = https\nhost = git.example.com\n");
}

#[test]
fn more_than_git_would_ever_say_is_refused() {
    refuses(format!("{ASKED}path={}\n", "a".repeat(10 << 20)));
    refuses(format!("{ASKED}{}", "wwwauth[]=Basic\n".repeat(1 << 20)));
    refuses(vec![b'a'; 10 << 20]);
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let (home, _provider) = listed();
    let output = git(
        &home,
        "get",
        b"protocol=https\nhost=git.ex\xff\xfemple.com\n",
    );
    assert_eq!(output.stdout, "");
    let output = git(
        &home,
        "get",
        [ASKED.as_bytes(), b"wwwauth[]=Basic realm=\"\xff\"\n"].concat(),
    );
    assert_eq!(output.answer(), PASSWORD);
}

#[test]
fn a_listed_host_whose_provider_refuses_is_told_to_quit() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home();
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let output = git(&home, "get", ASKED);
    assert_eq!((output.status, output.stdout.as_str()), (1, "quit=1\n"));
    assert!(
        output.stderr.starts_with("keyfob: error: "),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("(provider-refused)\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_token_that_would_begin_a_new_line_is_not_passed_on() {
    let provider = Provider::start(|_| {
        Answer::json(
            200,
            r#"{"access_token":"t\nhost=evil.example","token_type":"Bearer","expires_in":3600}"#,
        )
    });
    let home = home();
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let output = git(&home, "get", ASKED);
    assert_eq!((output.status, output.stdout.as_str()), (1, "quit=1\n"));
    assert!(!output.stderr.contains("evil.example"), "{}", output.stderr);
}
