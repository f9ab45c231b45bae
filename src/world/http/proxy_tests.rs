//! Tables of tests for `proxy`: environment variables, and the proxy that results.

use super::choose;
use crate::http::{NoResponse, Transport};
use crate::target::Endpoint;

type Variables<'a> = &'a [(&'a str, &'a str)];

fn chosen(
    url: &str,
    proxy: Option<&str>,
    variables: Variables,
) -> Result<Option<String>, NoResponse> {
    let Ok(endpoint) = Endpoint::parse(url) else {
        return Ok(Some("no endpoint".to_owned()));
    };
    let transport = Transport {
        proxy: proxy.map(str::to_owned),
        ..Transport::default()
    };
    let environment = |name: &str| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Ok(choose(&endpoint, &transport, &environment)?.map(|proxy| proxy.origin()))
}

fn through(proxy: &str) -> Result<Option<String>, NoResponse> {
    Ok(Some(proxy.to_owned()))
}

const PROVIDER: &str = "https://login.example.com/token";

#[test]
fn the_environment_is_read_in_the_order_of_curl() {
    let upper = ("HTTPS_PROXY", "http://upper.example:1");
    let lower = ("https_proxy", "http://lower.example:2");
    let all_upper = ("ALL_PROXY", "http://all-upper.example:3");
    let all_lower = ("all_proxy", "http://all-lower.example:4");
    let table: &[(Variables, Option<&str>)] = &[
        (&[], None),
        (&[upper], Some("http://upper.example:1")),
        (&[upper, lower], Some("http://lower.example:2")),
        (&[upper, all_lower], Some("http://upper.example:1")),
        (&[all_upper, all_lower], Some("http://all-lower.example:4")),
        (&[all_upper], Some("http://all-upper.example:3")),
        (
            &[("https_proxy", ""), upper],
            Some("http://upper.example:1"),
        ),
        (
            &[
                ("HTTP_PROXY", "http://cgi.example"),
                ("http_proxy", "http://cgi.example"),
            ],
            None,
        ),
    ];
    for (variables, expected) in table {
        assert_eq!(
            chosen(PROVIDER, None, variables),
            Ok(expected.map(str::to_owned)),
            "{variables:?}"
        );
    }
}

#[test]
fn the_spec_overrides_the_environment_and_its_exceptions() {
    let variables: Variables = &[
        ("HTTPS_PROXY", "http://corporate.example"),
        ("NO_PROXY", "*"),
    ];
    assert_eq!(
        chosen(PROVIDER, Some("http://own.example:3128"), variables),
        through("http://own.example:3128")
    );
    assert_eq!(
        chosen(
            PROVIDER,
            Some(""),
            &[("HTTPS_PROXY", "http://corporate.example")]
        ),
        Ok(None)
    );
}

#[test]
fn this_machine_and_the_link_are_never_asked_for_through_a_proxy() {
    let own = Some("http://own.example:3128");
    for url in [
        "http://localhost:8080/",
        "https://localhost/",
        "https://127.8.8.8/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://169.254.170.2/",
        "https://[fe80::1]/",
        "https://metadata.google.internal/",
    ] {
        assert_eq!(
            chosen(url, own, &[("ALL_PROXY", "http://corporate.example")]),
            Ok(None),
            "{url}"
        );
    }
    assert_eq!(
        chosen("https://localhost.example/", own, &[]),
        through("http://own.example:3128")
    );
}

#[test]
fn a_proxy_url_is_read_part_by_part() {
    let table = [
        ("proxy.example", "http://proxy.example:80"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("HTTP://Proxy.Example:3128/", "http://proxy.example:3128"),
        ("https://proxy.example", "https://proxy.example:443"),
        (" http://proxy.example:1 ", "http://proxy.example:1"),
        (
            "http://user:p%40ss@proxy.example:1",
            "http://proxy.example:1",
        ),
        ("user:pa@ss@proxy.example:1", "http://proxy.example:1"),
        ("http://[2001:db8::1]", "http://[2001:db8::1]:80"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
    ];
    for (value, expected) in table {
        assert_eq!(
            chosen(PROVIDER, None, &[("HTTPS_PROXY", value)]),
            through(expected),
            "{value}"
        );
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_named_by_its_variable_and_not_by_its_value() {
    for value in [
        "http://user:hunter2@proxy.example:port",
        "http://user:hunter2@proxy.example:0",
        "http://user:hunter2@proxy.example:+80",
        "http://user:hunter2@:80",
        "http://user:hunter2@pro xy.example",
        "http://user%0d%0aX: y:hunter2@proxy.example",
        "http://us%3aer:hunter2@proxy.example",
        "http://user:hunter2%@proxy.example",
        "http://user:hunter2%zz@proxy.example",
        "ftp://user:hunter2@proxy.example",
        "socks5://user:hunter2@proxy.example:1080",
    ] {
        let refused = chosen(PROVIDER, None, &[("all_proxy", value)]);
        assert!(
            matches!(refused, Err(NoResponse::Setup(_))),
            "{value}: {refused:?}"
        );
        let why = refused.err().map(|why| why.to_string()).unwrap_or_default();
        assert!(why.contains(": `all_proxy` "), "{why}");
        assert!(!why.contains("hunter2") && !why.contains("user"), "{why}");
    }
    for (value, words) in [
        (
            "hunter2:",
            "`proxy` is not a proxy URL such as http://proxy.example.com:3128",
        ),
        (
            "SOCKS5://proxy.example:1080",
            "`proxy` names a SOCKS proxy, and only http and https proxies are supported",
        ),
        (
            "ftp://proxy.example",
            "`proxy` names a proxy of an unknown scheme",
        ),
    ] {
        let own = chosen(PROVIDER, Some(value), &[]);
        assert_eq!(own, Err(NoResponse::Setup(words.to_owned())));
    }
}

#[test]
fn the_exceptions_are_whole_labels_networks_and_ports() {
    let table = [
        // The list, the host with its port, and whether no proxy is used.
        ("*", "login.example.com", true),
        ("login.example.com", "login.example.com", true),
        ("LOGIN.Example.Com", "login.example.com", true),
        ("example.com", "login.example.com", true),
        (".example.com", "login.example.com", true),
        (".example.com", "example.com", true),
        ("*.example.com", "login.example.com", true),
        ("example.com.", "login.example.com", true),
        ("ample.com", "login.example.com", false),
        ("login.example.com.evil.example", "login.example.com", false),
        ("com.", "example.org", false),
        (".", "login.example.com", false),
        ("a.example, b.example", "b.example", true),
        ("a.example\tb.example c.example", "c.example", true),
        (",, ,", "login.example.com", false),
        ("example.com:443", "login.example.com", true),
        ("example.com:8443", "login.example.com", false),
        ("example.com:8443", "login.example.com:8443", true),
        ("example.com:https", "login.example.com", false),
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.70", false),
        ("2.7", "192.0.2.7", false),
        ("192.0.2.7:443", "192.0.2.7", true),
        ("192.0.2.7:444", "192.0.2.7", false),
        ("192.0.2.0/24", "192.0.2.7", true),
        ("192.0.2.0/29", "192.0.2.8", false),
        ("192.0.2.0/33", "192.0.2.7", false),
        ("0.0.0.0/0", "192.0.2.7", true),
        ("192.0.2.0/24", "login.example.com", false),
        ("2001:db8::7", "[2001:db8::7]", true),
        ("[2001:db8::7]", "[2001:db8:0::7]", true),
        ("[2001:db8::7]:443", "[2001:db8::7]", true),
        ("[2001:db8::7]:444", "[2001:db8::7]", false),
        ("2001:db8::/32", "[2001:db8::7]", true),
        ("2001:db9::/32", "[2001:db8::7]", false),
        ("2001:db8::/32", "[2001:db8:ffff::7]", true),
        ("2001:db8::/129", "[2001:db8::7]", false),
        // The last group of an address without brackets is not a port.
        ("2001:db8::7:443", "[2001:db8::7]", false),
        ("::/0", "192.0.2.7", false),
    ];
    for (list, place, without) in table {
        let variables: Variables = &[
            ("HTTPS_PROXY", "http://proxy.example:1"),
            ("NO_PROXY", list),
        ];
        let expected = (!without).then(|| "http://proxy.example:1".to_owned());
        assert_eq!(
            chosen(&format!("https://{place}/"), None, variables),
            Ok(expected),
            "{list} {place}"
        );
    }
    let lower_wins: Variables = &[
        ("HTTPS_PROXY", "http://proxy.example:1"),
        ("no_proxy", "other.example"),
        ("NO_PROXY", "*"),
    ];
    assert_eq!(
        chosen(PROVIDER, None, lower_wins),
        through("http://proxy.example:1")
    );
}
