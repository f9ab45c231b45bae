//! `targets` and `token_url`: every form that is refused, and that a caller whose target is not listed opens nothing.

use serde_json::json;

use super::Bench;
use crate::support::run;

#[test]
fn a_target_of_another_form_is_refused_with_its_place() {
    let table = [
        (
            "http://example.com",
            "plain http is only for this machine's loopback addresses",
        ),
        ("ssh://example.com", "its scheme is neither https nor http"),
        (
            "git@example.com:team/app.git",
            "it has user information (`user@`) before the host",
        ),
        ("example.com/team", "its scheme is neither https nor http"),
        (
            "https://user@example.com/",
            "it has user information (`user@`) before the host",
        ),
        (
            "https://user:word@example.com/",
            "it has user information (`user@`) before the host",
        ),
        ("https://example.com/a?b", "it has a query or a fragment"),
        ("https://example.com/a#b", "it has a query or a fragment"),
        ("https://example.com/a/../b", "its path is not plain"),
        ("https://example.com/a/./b", "its path is not plain"),
        ("https://example.com/a//b", "its path is not plain"),
        ("https://example.com/a%2Fb", "its path is not plain"),
        ("https://example.com/%2e%2e/b", "its path is not plain"),
        ("https://example.com/a\\b", "its path is not plain"),
        ("https://", "it names no host"),
        ("https:///team", "it names no host"),
        (":443", "it names no host"),
        ("example.com:", "its port is not a number from 1 to 65535"),
        ("example.com:0", "its port is not a number from 1 to 65535"),
        (
            "example.com:65536",
            "its port is not a number from 1 to 65535",
        ),
        (
            "example.com:http",
            "its port is not a number from 1 to 65535",
        ),
        ("example.com.", "its host ends in a dot: leave the dot out"),
        (
            ".example.com",
            "its host is neither a DNS name nor an IP address",
        ),
        (
            "example..com",
            "its host is neither a DNS name nor an IP address",
        ),
        (
            "-example.com",
            "its host is neither a DNS name nor an IP address",
        ),
        (
            "bu\u{308}cher.example",
            "its host is neither a DNS name nor an IP address",
        ),
        (
            "exam ple.com",
            "its host is neither a DNS name nor an IP address",
        ),
        ("127.1", "its host is neither a DNS name nor an IP address"),
        (
            "0x7f.0.0.1",
            "its host is neither a DNS name nor an IP address",
        ),
        ("[::1", "its host is neither a DNS name nor an IP address"),
        (
            "[::1%eth0]",
            "its host is neither a DNS name nor an IP address",
        ),
        ("*", "a `*` must be the whole first label"),
        ("*.com", "a `*` must be the whole first label"),
        ("*example.com", "a `*` must be the whole first label"),
        ("git.*.example.com", "a `*` must be the whole first label"),
        ("*.*.example.com", "a `*` must be the whole first label"),
        ("*.127.0.0.1", "a `*` must be the whole first label"),
        ("https://*", "a `*` must be the whole first label"),
    ];
    for (target, why) in table {
        let bench = Bench::new();
        let text = bench.text(json!({ "targets": ["git.example.com", target] }));
        let output = bench.token(&text);
        assert!(
            output
                .stderr
                .contains("`/targets/1`: this is not a valid target: "),
            "{target}: {}",
            output.stderr
        );
        bench.refuses(
            text,
            &format!("`/targets/1`: this is not a valid target: {why}"),
        );
        let hint = match why {
            "its scheme is neither https nor http" => {
                Some("keyfob: hint: write `host`, `host:port` or `https://host[:port][/path]`")
            }
            "plain http is only for this machine's loopback addresses" => {
                Some("keyfob: hint: write https://, or leave the scheme out")
            }
            _ => None,
        };
        assert_eq!(output.stderr.lines().nth(1), hint);
    }
}

#[test]
fn a_target_that_is_not_listed_gets_nothing_and_no_secret_is_opened() {
    let bench = Bench::new();
    let targets = json!({ "targets": ["https://git.example.com/team", "*.example.org"] });
    bench.home.spec("team", bench.text(targets));
    for (host, path) in [
        ("example.com", "team"),
        ("git.example.com", "teams"),
        ("git.example.com", "other"),
        ("git.example.com.evil.example", "team"),
        ("git.example.com:8443", "team"),
        ("a.b.example.org", "team"),
        ("example.org", "team"),
    ] {
        let request = format!("protocol=https\nhost={host}\npath={path}\n\n");
        for words in [vec!["git", "get"], vec!["git", "--spec", "team", "get"]] {
            let output = run(&mut bench.home.keyfob(words), &request);
            assert_eq!((output.status, output.stdout.as_str()), (0, ""), "{host}");
        }
    }
    for server in ["https://example.com", "registry.example.org:5000"] {
        let output = run(&mut bench.home.keyfob(["docker", "get"]), server);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, "credentials not found in native keychain\n")
        );
    }
    bench.assert_untouched("not listed");
}

#[test]
fn a_url_that_a_secret_may_not_be_sent_to_is_refused() {
    let table = [
        (
            "http://example.com/token",
            "plain http is only for this machine's loopback addresses",
        ),
        (
            "HTTP://example.com/token",
            "plain http is only for this machine's loopback addresses",
        ),
        (
            "http://127.0.0.1.example.com/",
            "plain http is only for this machine's loopback addresses",
        ),
        (
            "http://localhost.example.com/",
            "plain http is only for this machine's loopback addresses",
        ),
        (
            "http://10.0.0.1/",
            "plain http is only for this machine's loopback addresses",
        ),
        (
            "http://0.0.0.0/",
            "plain http is only for this machine's loopback addresses",
        ),
        (
            "http://[::2]/",
            "plain http is only for this machine's loopback addresses",
        ),
        ("ftp://example.com/", "its scheme is neither https nor http"),
        ("file:///etc/passwd", "its scheme is neither https nor http"),
        ("example.com/token", "its scheme is neither https nor http"),
        (
            "//example.com/token",
            "its scheme is neither https nor http",
        ),
        ("https://", "it names no host"),
        ("https:///token", "it names no host"),
        (
            "https://user@example.com/",
            "it has user information (`user@`) before the host",
        ),
        ("https://example.com/#x", "it has a query or a fragment"),
        (
            "https://example.com:0/",
            "its port is not a number from 1 to 65535",
        ),
        (
            "https://example.com:99999/",
            "its port is not a number from 1 to 65535",
        ),
        (
            "https://example.com:+443/",
            "its port is not a number from 1 to 65535",
        ),
        ("https://exa mple.com/", "its path is not plain"),
        ("https://example.com/bücher", "its path is not plain"),
        (
            "https://example.com./",
            "its host ends in a dot: leave the dot out",
        ),
        (
            "https://127.1/",
            "its host is neither a DNS name nor an IP address",
        ),
        ("https://{host}/", "its path is not plain"),
    ];
    for (url, why) in table {
        let bench = Bench::new();
        let text = bench.text(json!({ "token_url": url }));
        bench.refuses(
            text,
            &format!("`/token_url`: a secret cannot be sent to this URL: {why}"),
        );
    }
}

#[test]
fn a_host_in_other_letters_is_told_with_the_spelling_to_write() {
    for (target, spelled) in [
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        (
            "https://git.MÜNCHEN.example:8443/team",
            "https://git.xn--mnchen-3ya.example:8443/team",
        ),
    ] {
        let bench = Bench::new();
        bench.refuses(
            bench.text(json!({ "targets": [target] })),
            &format!("`/targets/0`: this is not a valid target: its host has letters that are not ASCII, and only its `xn--` form is the same in all programs (spec-invalid)\nkeyfob: hint: write `{spelled}`\n"),
        );
        bench
            .token(bench.text(json!({ "targets": [spelled] })))
            .answer();
    }
    let bench = Bench::new();
    let output = bench.token(bench.text(json!({ "token_url": "https://bücher.example/token" })));
    assert!(
        output
            .stderr
            .contains("its host has letters that are not ASCII")
            && output
                .stderr
                .contains("write `https://xn--bcher-kva.example/token`\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_star_in_a_path_is_refused_and_says_what_a_path_means() {
    for target in [
        "https://example.com/*",
        "https://example.com/team/*",
        "https://example.com/team/**",
        "https://example.com/team/*.git",
        "https://example.com/*/app",
        "https://*.example.com/team/*",
    ] {
        let bench = Bench::new();
        bench.refuses(
            bench.text(json!({ "targets": [target] })),
            "`/targets/0`: this is not a valid target: a `*` is not allowed in a path (spec-invalid)\nkeyfob: hint: a path means everything below it: leave the `*` and what follows out\n",
        );
    }
}
