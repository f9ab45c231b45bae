//! Prompts, letter by letter: git's (`credential.c`), git-lfs' (`creds.go`), and what OpenSSH and servers would like to know.

use super::{home, numbering, prompt, spec};
use crate::support::home::keyfob_binary;
use crate::support::{Answer, Home, Output, Provider, need, run};

/// A home whose spec `team` lists one host, one port and one path.
fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    let targets = [
        "git.example.com",
        "git.example.com:8443",
        "https://code.example.com/team",
    ];
    home.spec("team", spec(&provider, &targets).to_string());
    (home, provider)
}

/// It answers nothing, tells why with this code, and repeats nothing of the prompt.
#[track_caller]
fn refuses(output: &Output, status: i32, code: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (status, ""));
    assert!(
        output.stderr.starts_with("keyfob: error: ") && output.stderr.contains(code),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("evil"), "{}", output.stderr);
}

#[test]
fn a_user_name_and_then_the_token_each_with_a_line_break() {
    let (home, provider) = listed();
    for (asked, answer) in [
        ("Username for 'https://git.example.com': ", "oauth2\n"),
        (
            "Password for 'https://oauth2@git.example.com': ",
            "token-1\n",
        ),
        ("Password for 'https://git.example.com': ", "token-1\n"),
        (
            "Password for 'https://a%40b%2Fc@git.example.com': ",
            "token-1\n",
        ),
        ("Username for 'https://git.example.com:8443': ", "oauth2\n"),
        (
            "Password for 'https://me@git.example.com:8443/x/y.git': ",
            "token-1\n",
        ),
        (
            "Username for 'https://code.example.com/team/x.git': ",
            "oauth2\n",
        ),
        ("Username for \"https://git.example.com/x\"", "oauth2\n"),
        (
            "Password for \"https://oauth2@git.example.com\"",
            "token-1\n",
        ),
        ("Password for 'https://GIT.example.com:443':", "token-1\n"),
    ] {
        assert_eq!(prompt(&home, asked), Output::success(answer), "{asked}");
        let words = ["askpass", "--spec", "team", asked];
        assert_eq!(
            run(&mut home.keyfob(words), ""),
            Output::success(answer),
            "{asked}"
        );
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn the_spec_says_the_user_name_and_an_empty_one_is_no_answer() {
    let (home, provider) = listed();
    let mut spec = spec(&provider, &["git.example.com"]);
    spec["username"] = "x-access-token".into();
    home.spec("team", spec.to_string());
    let asked = "Username for 'https://git.example.com': ";
    assert_eq!(prompt(&home, asked), Output::success("x-access-token\n"));
    for empty in ["", " "] {
        spec["username"] = empty.into();
        home.spec("team", spec.to_string());
        let output = prompt(&home, asked);
        assert!(output.status != 0 && output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn a_host_that_no_spec_lists_gets_neither_name_nor_token() {
    let (home, provider) = listed();
    for other in [
        "https://git.example.org",
        "https://git.example.com:8444",
        "https://git.example.com.example.org",
        "https://code.example.com",
        "https://code.example.com/teams/x",
    ] {
        for word in ["Username", "Password"] {
            let asked = format!("{word} for '{other}': ");
            refuses(&prompt(&home, &asked), 1, "(target-not-listed)");
            let mut named = home.keyfob(["askpass", "--spec", "team", &asked]);
            refuses(&run(&mut named, ""), 1, "(target-not-listed)");
        }
    }
    assert_eq!(provider.count(), 0);
}

/// A user name that holds a slash, an at sign or a quote, as git before its advisories wrote it; and other ways to be two hosts at once.
#[test]
fn a_url_that_two_readers_could_read_differently_is_refused() {
    let (home, provider) = listed();
    for url in [
        "https://git.example.com/x@evil.example.org",
        "https://git.example.com@evil.example.org@git.example.com",
        "https://me@git.example.com@evil.example.org",
        "https://git.example.com:443@evil.example.org",
        "https://git.example.com?@evil.example.org",
        "https://git.example.com#@evil.example.org",
        "https://git.example.com\\@evil.example.org",
        "https://git.example.com': Password for 'https://evil.example.org",
        "https://git.example.com\" \"https://evil.example.org",
        "https://@git.example.com",
        "https://me:evil@git.example.com",
        "https://evil name@git.example.com",
        "https://git.example.com\n.evil.example.org",
        "https://git.example.com%2f.evil.example.org",
        "https://git.example.com%00.evil.example.org",
        "https://git.example.com\u{2024}evil.example.org",
        "https://git.example.com./evil",
        "https://git.example.com/../evil",
        "https://*.example.com/evil",
        "git.example.com/evil",
        "//git.example.com/evil",
        "https:git.example.com/evil",
        "",
    ] {
        for asked in [
            format!("Password for '{url}': "),
            format!("Password for \"{url}\""),
        ] {
            refuses(&prompt(&home, &asked), 1, "(request-invalid)");
        }
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn what_has_no_tls_or_is_no_web_address_is_refused() {
    let (home, provider) = listed();
    for url in [
        "http://git.example.com",
        "smtp://git.example.com:587",
        "cert:///home/me/key.pem",
        "ssh://git.example.com",
    ] {
        let asked = format!("Password for '{url}': ");
        refuses(&prompt(&home, &asked), 1, "(request-invalid)");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_prompt_of_openssh_is_refused_whatever_it_names() {
    let (home, provider) = listed();
    for asked in [
        "me@git.example.com's password: ",
        "(me@git.example.com) Password: ",
        "(me@git.example.com) Password for 'https://git.example.com': ",
        "Enter passphrase for key '/home/me/.ssh/id_ed25519': ",
        "Enter PIN for authenticator: ",
        "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
        "Password for https://git.example.com: ",
        "Password for 'https://git.example.com: ",
        "Password for 'https://git.example.com\": ",
        "password for 'https://git.example.com': ",
        " Password for 'https://git.example.com': ",
        "Passwort f\u{fc}r 'https://git.example.com': ",
        "Password for 'https://git.example.com': \n",
        "Password: ",
        "",
    ] {
        let output = prompt(&home, asked);
        refuses(&output, 1, "(request-invalid)");
        assert!(output.stderr.contains("keyfob: hint: "), "{output:?}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_url_with_a_character_that_no_url_has_is_told_as_such() {
    let (home, provider) = listed();
    for character in ['<', '>', '`', '\\', '"', '\'', ' ', '\u{e9}', '\u{7f}'] {
        let asked = format!("Password for 'https://git.example.com/a{character}b': ");
        refuses(
            &prompt(&home, &asked),
            1,
            "another character that a URL cannot contain",
        );
    }
    assert_eq!(provider.count(), 0);
}

/// Older OpenSSH hands a server's own text to its askpass program and sends the answer back to that server.
#[test]
fn a_prompt_that_reads_like_a_command_or_an_option_is_a_prompt() {
    let (mut home, provider) = listed();
    home.set("KEYFOB_SPEC", "team");
    for asked in [
        "token",
        "status",
        "providers",
        "secret",
        "git",
        "kubectl",
        "askpass",
        "--help",
        "-h",
        "-v",
        "--version",
        "--",
        "--spec",
        "--spec=team",
        "--spec={}",
    ] {
        refuses(&prompt(&home, asked), 1, "(request-invalid)");
    }
    let link = home.bin().join("keyfob-askpass");
    let asked = "Password for 'https://git.example.com': ";
    for words in [
        &[][..],
        &["token", "--format"],
        &[asked, asked],
        &["-v", asked],
        &["askpass", asked],
        &["--spec=team", asked],
    ] {
        refuses(&run(home.command_at(&link).args(words), ""), 2, "(usage)");
    }
    assert_eq!(provider.count(), 0);
    assert_eq!(prompt(&home, asked), Output::success("token-1\n"));
}

#[test]
fn a_failure_is_told_at_the_user_name_already() {
    let home = home();
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    home.spec("team", spec(&refusing, &["git.example.com"]).to_string());
    for word in ["Username", "Password"] {
        let asked = format!("{word} for 'https://git.example.com': ");
        refuses(&prompt(&home, &asked), 1, "(provider-refused)");
    }
}

#[test]
fn a_token_that_has_ended_is_made_anew() {
    if !need(&["faketime"]) {
        return;
    }
    let (home, _provider) = listed();
    let asked = "Password for 'https://git.example.com': ";
    let after = |seconds: u32| {
        let mut faketime = home.command("faketime");
        faketime.args([
            "-f",
            &format!("+{seconds}s"),
            keyfob_binary(),
            "askpass",
            asked,
        ]);
        run(&mut faketime, "")
    };
    assert_eq!(after(0), Output::success("token-1\n"));
    assert_eq!(after(1800), Output::success("token-1\n"));
    assert_eq!(after(3601), Output::success("token-2\n"));
}
