//! Whom git may be given the token for: exactly the hosts, ports and path segments that a spec lists.

use serde_json::json;

use super::{home, numbering, spec};
use crate::support::{Output, run};

const TARGETS: [&str; 6] = [
    "git.example.com",
    "https://paths.example.com/team",
    "ports.example.com:8443",
    "*.wild.example.com",
    "[::1]:8443",
    "localhost:8080",
];

fn asked(protocol: &str, host: &str, path: Option<&str>) -> String {
    let path = path
        .map(|path| format!("path={path}\n"))
        .unwrap_or_default();
    format!("protocol={protocol}\nhost={host}\n{path}")
}

#[test]
fn what_is_listed_is_served() {
    let (home, provider) = (home(), numbering());
    home.spec("team", spec(&provider, &TARGETS).to_string());
    for (protocol, host, path) in [
        ("https", "git.example.com", None),
        ("https", "git.example.com", Some("any/repository.git")),
        ("https", "git.example.com:443", None),
        ("https", "GIT.Example.COM", None),
        ("https", "paths.example.com", Some("team")),
        ("https", "paths.example.com", Some("team/")),
        ("https", "paths.example.com", Some("team.git")),
        ("https", "paths.example.com", Some("team/repository.git")),
        (
            "https",
            "paths.example.com",
            Some("team/repository.git/info/lfs"),
        ),
        // git decodes the path of its URL.
        (
            "https",
            "paths.example.com",
            Some("team/My Project/_git/What?#1"),
        ),
        ("https", "ports.example.com:8443", None),
        ("https", "any.wild.example.com", None),
        ("https", "[::1]:8443", None),
        ("https", "[0:0:0:0:0:0:0:1]:8443", None),
        ("https", "localhost:8080", None),
        ("http", "localhost:8080", None),
    ] {
        let output = run(
            &mut home.keyfob(["git", "get"]),
            asked(protocol, host, path),
        );
        let answer = output.answer();
        assert!(
            answer.starts_with("username=oauth2\npassword=token-"),
            "{protocol} {host} {path:?}: {answer}"
        );
    }
}

#[test]
fn what_is_not_listed_gets_nothing_and_opens_no_secret() {
    let (home, provider) = (home(), numbering());
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &TARGETS);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("team", spec.to_string());
    for (protocol, host, path) in [
        ("https", "git.example.com.evil.example", None),
        ("https", "evil-git.example.com", None),
        ("https", "evilgit.example.com", None),
        ("https", "example.com", None),
        ("https", "git.example.co", None),
        ("https", "git.example.com:8443", None),
        ("https", "git.example.com:80", None),
        ("https", "paths.example.com", None),
        ("https", "paths.example.com", Some("")),
        (
            "https",
            "paths.example.com",
            Some("teammate/repository.git"),
        ),
        ("https", "paths.example.com", Some("Team/repository.git")),
        ("https", "paths.example.com", Some("other/team")),
        ("https", "paths.example.com:8443", Some("team")),
        ("https", "ports.example.com", None),
        ("https", "ports.example.com:8444", None),
        ("https", "wild.example.com", None),
        ("https", "two.labels.wild.example.com", None),
        ("https", "evilwild.example.com", None),
        ("https", "any.wild.example.com.evil.example", None),
        ("https", "[::1]", None),
        ("https", "[::2]:8443", None),
        ("https", "localhost", None),
        ("https", "127.0.0.1:8080", None),
        ("ssh", "git.example.com", None),
        ("smtp", "git.example.com:587", None),
        ("ftp", "git.example.com", None),
        ("cert", "", Some("/home/user/client.pem")),
    ] {
        let output = run(
            &mut home.keyfob(["git", "get"]),
            asked(protocol, host, path),
        );
        assert_eq!(output.answer(), "", "{protocol} {host} {path:?}");
        // Where only one thing differs, that is said.
        let stderr = output.stderr.as_str();
        let near = stderr.starts_with("keyfob: hint: ") && stderr.lines().count() == 1;
        assert!(
            stderr.is_empty() || near,
            "{protocol} {host} {path:?}: {stderr}"
        );
    }
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn what_could_be_read_in_two_ways_gets_nothing_and_opens_no_secret() {
    let (home, provider) = (home(), numbering());
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &TARGETS);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("team", spec.to_string());
    for (protocol, host, path) in [
        ("http", "git.example.com", None),
        ("http", "ports.example.com:8443", None),
        ("https", "git.example.com.", None),
        ("https", "git.example.com:", None),
        ("https", "git.example.com:443:8443", None),
        ("https", "git.example.com:+443", None),
        ("https", "ports.example.com:84430", None),
        ("https", "git.example.com:65979", None), // 443 + 65536
        ("https", "user@git.example.com", None),
        ("https", "git.example.com@evil.example", None),
        ("https", "git.example.com/evil", None),
        ("https", "git.example.com#evil.example", None),
        ("https", "git.example.com?evil.example", None),
        ("https", "git.example.com\\evil.example", None),
        ("https", "git.example.com evil.example", None),
        ("https", " git.example.com", None),
        ("https", "git.example.com ", None),
        ("https", "git%2eexample.com", None),
        ("https", "git.ex\u{430}mple.com", None), // a Cyrillic letter
        ("https", "git\u{3002}example\u{3002}com", None),
        ("https", "*.wild.example.com", None),
        ("https", ".wild.example.com", None),
        ("https", "::1:8443", None),
        ("https", "[::1%25lo]:8443", None),
        ("https", "127.1", None),
        ("https", "paths.example.com", Some("team/../other")),
        ("https", "paths.example.com", Some("../team")),
        ("https", "paths.example.com", Some("./team")),
        ("https", "paths.example.com", Some("team/%2e%2e/other")),
        ("https", "paths.example.com", Some("team/%2E./other")),
        ("https", "paths.example.com", Some("team/..%2fother")),
        ("https", "paths.example.com", Some("team%2f..%2fother")),
        ("https", "paths.example.com", Some("team\\..\\other")),
        ("https://git.example.com", "git.example.com", None),
    ] {
        let output = run(
            &mut home.keyfob(["git", "get"]),
            asked(protocol, host, path),
        );
        assert_eq!(output.stdout, "", "{protocol} {host} {path:?}");
        // What no spec could list is somebody else's; what holds more than a host is a mistake.
        let mistake = host.contains(['@', '/', '?', '#']);
        assert_eq!(output.status, i32::from(mistake), "{output:?}");
        let said = output.stderr.starts_with("keyfob: error: ");
        let plain_http = protocol == "http" && output.stderr.starts_with("keyfob: hint: ");
        assert!(
            said == mistake && (said || plain_http || output.stderr.is_empty()),
            "{output:?}"
        );
    }
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_spec_that_is_named_still_serves_only_its_targets() {
    let (home, provider) = (home(), numbering());
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let listed = "protocol=https\nhost=git.example.com\n";
    let other = "protocol=https\nhost=git.example.org\n";
    let silent = Output {
        status: 0,
        stdout: String::new(),
        stderr: String::new(),
    };
    assert_eq!(
        run(&mut home.keyfob(["git", "--spec", "team", "get"]), other),
        silent
    );
    assert_eq!(provider.count(), 0);
    let served = run(&mut home.keyfob(["git", "--spec", "team", "get"]), listed);
    assert!(
        served
            .answer()
            .starts_with("username=oauth2\npassword=token-1\n")
    );
}

#[test]
fn the_closest_of_several_specs_is_taken() {
    let home = home();
    let (wide, narrow) = (numbering(), numbering());
    home.spec("wide", spec(&wide, &["git.example.com"]).to_string());
    home.spec(
        "narrow",
        spec(&narrow, &["https://git.example.com/team"]).to_string(),
    );
    run(
        &mut home.keyfob(["git", "get"]),
        asked("https", "git.example.com", Some("team/repository.git")),
    )
    .answer();
    assert_eq!((wide.count(), narrow.count()), (0, 1));
    run(
        &mut home.keyfob(["git", "get"]),
        asked("https", "git.example.com", Some("teammate/repository.git")),
    )
    .answer();
    assert_eq!((wide.count(), narrow.count()), (1, 1));
}

#[test]
fn two_specs_for_one_target_are_an_error_that_names_both() {
    let home = home();
    let provider = numbering();
    home.spec("first", spec(&provider, &["git.example.com"]).to_string());
    home.spec("second", spec(&provider, &["git.example.com"]).to_string());
    let output = run(
        &mut home.keyfob(["git", "get"]),
        asked("https", "git.example.com", None),
    );
    assert_eq!(output.stdout, "quit=1\n");
    assert!(
        output.stderr.contains("first") && output.stderr.contains("second"),
        "{}",
        output.stderr
    );
    assert_eq!(provider.count(), 0);
}

#[test]
fn without_any_spec_everything_is_somebody_elses() {
    let mut home = home();
    let silent = Output {
        status: 0,
        stdout: String::new(),
        stderr: String::new(),
    };
    assert_eq!(
        run(
            &mut home.keyfob(["git", "get"]),
            asked("https", "git.example.com", None)
        ),
        silent
    );
    let missing = home.path("there-is-no-such-folder");
    home.set("KEYFOB_CONFIG_DIR", missing);
    assert_eq!(
        run(
            &mut home.keyfob(["git", "get"]),
            asked("https", "git.example.com", None)
        ),
        silent
    );
}

#[test]
fn standard_input_cannot_be_both_the_request_and_the_spec() {
    let asked = asked("https", "git.example.com", None);
    let output = run(&mut home().keyfob(["git", "--spec", "-", "get"]), asked);
    assert_eq!((output.status, output.stdout.as_str()), (2, "quit=1\n"));
    assert!(output.stderr.contains("(usage)"), "{}", output.stderr);
}
