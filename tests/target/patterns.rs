//! What a pattern means, and what it does not however alike it looks.

use keyfob::target::{InvalidTarget, Pattern, Target};

use super::fits;

/// Targets that differ from one another, each in one thing.
const TARGETS: [&str; 28] = [
    "https://git.example.com",
    "https://git.example.com:8443",
    "https://git.example.com/team",
    "https://git.example.com/Team",
    "https://git.example.com/team/repository",
    "https://git.example.com/team%20",
    "https://git.example.com/teams",
    "https://git.example.org",
    "https://git.example.com.evil.example",
    "https://git-example.com",
    "https://gitexample.com",
    "https://xgit.example.com",
    "https://git.example.co",
    "https://git.example.comm",
    "https://example.com",
    "https://a.git.example.com",
    "https://xn--git-example-com.example",
    "https://192.0.2.1",
    "https://192.0.2.10",
    "https://92.0.2.1",
    "https://[2001:db8::1]",
    "https://[2001:db8::11]",
    "https://[::ffff:192.0.2.1]",
    "https://localhost",
    "http://localhost",
    "http://localhost:443",
    "https://127.0.0.1",
    "https://localhost.example.com",
];

#[test]
fn a_pattern_means_itself_and_what_lies_below_its_path() {
    for pattern in TARGETS {
        for target in TARGETS {
            let below = target.strip_prefix(pattern);
            let expected = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            assert_eq!(fits(pattern, target), expected, "{pattern} and {target}");
        }
    }
}

#[test]
fn no_text_that_only_contains_the_host_is_meant() {
    let host = "git.example.com";
    for glue in ["-", "_", "x", "0", "x.", "a.b."] {
        for look_alike in [
            format!("{glue}{host}"),
            format!("{host}{glue}x"),
            format!("{host}.{glue}x"),
        ] {
            let Ok(target) = Target::parse(&format!("https://{look_alike}/{host}")) else {
                continue;
            };
            for pattern in [
                host.to_owned(),
                format!("https://{host}"),
                format!("{host}:443"),
            ] {
                let pattern = Pattern::parse(&pattern).unwrap();
                assert_eq!(pattern.matches(&target), None, "{look_alike}");
            }
        }
    }
}

#[test]
fn the_letter_case_of_a_host_does_not_count_and_that_of_a_path_does() {
    assert!(fits("GIT.Example.COM", "https://git.example.com"));
    assert!(fits("git.example.com", "HTTPS://GIT.EXAMPLE.COM"));
    assert!(fits(
        "HTTPS://git.example.com/team",
        "https://git.example.com/team"
    ));
    assert!(!fits(
        "https://git.example.com/team",
        "https://git.example.com/TEAM"
    ));
    assert!(fits("https://[2001:DB8::1]", "https://[2001:db8:0:0::1]"));
}

#[test]
fn the_port_is_a_number_and_the_schemes_own_where_none_is_written() {
    assert!(fits("git.example.com", "https://git.example.com:443"));
    assert!(fits("git.example.com:443", "https://git.example.com"));
    assert!(fits("git.example.com:8443", "https://git.example.com:8443"));
    assert!(fits("git.example.com:0443", "https://git.example.com"));
    assert!(!fits("git.example.com", "https://git.example.com:8443"));
    assert!(!fits("git.example.com:8443", "https://git.example.com"));
    assert!(!fits("git.example.com:80", "https://git.example.com"));
    assert!(fits("[2001:db8::1]:5000", "https://[2001:db8::1]:5000"));
    assert!(!fits("[2001:db8::1]", "https://[2001:db8::1]:5000"));
    for port in [
        "0", "65536", "99999", "-1", "+1", " 1", "1 ", "", "a", "1a", "0x1", "١", "4433333",
    ] {
        for text in [
            format!("git.example.com:{port}"),
            format!("https://[::1]:{port}/x"),
        ] {
            assert_eq!(Target::parse(&text), Err(InvalidTarget::Port), "{text}");
            assert_eq!(Pattern::parse(&text), Err(InvalidTarget::Port), "{text}");
        }
    }
}

#[test]
fn without_a_scheme_both_are_meant_and_http_is_only_this_machine() {
    assert!(fits("localhost", "http://localhost"));
    assert!(fits("localhost", "https://localhost"));
    assert!(fits("localhost:5000", "http://localhost:5000"));
    assert!(!fits("localhost:443", "http://localhost"));
    assert!(!fits("https://localhost", "http://localhost"));
    assert!(!fits("http://localhost", "https://localhost"));
    for loopback in [
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "127.255.255.254",
        "[::1]",
    ] {
        let text = format!("http://{loopback}:5000");
        assert!(
            Target::parse(&text).is_ok() && Pattern::parse(&text).is_ok(),
            "{text}"
        );
    }
    for other in [
        "git.example.com",
        "localhost.example.com",
        "127.example.com",
        "128.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::]",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let text = format!("http://{other}");
        assert_eq!(
            Target::parse(&text),
            Err(InvalidTarget::PlainHttp),
            "{text}"
        );
        assert_eq!(
            Pattern::parse(&text),
            Err(InvalidTarget::PlainHttp),
            "{text}"
        );
    }
}

#[test]
fn a_wildcard_is_one_label() {
    assert!(fits("*.example.com", "https://git.example.com"));
    assert!(fits(
        "https://*.example.com:8443/team",
        "https://git.example.com:8443/team/r"
    ));
    for other in [
        "https://example.com",
        "https://a.git.example.com",
        "https://git.example.com.evil.example",
        "https://gitexample.com",
        "https://git.example.com:8443",
    ] {
        assert!(!fits("*.example.com", other), "{other}");
    }
    for text in [
        "*",
        "*.com",
        "*.",
        "**.example.com",
        "*x.example.com",
        "x*.example.com",
        "git.*.com",
        "git.example.*",
        "*.*.example.com",
        "*.192.0.2.1",
        "*.[::1]",
        "*.localhost",
        "https://*",
    ] {
        assert_eq!(Pattern::parse(text), Err(InvalidTarget::Wildcard), "{text}");
    }
    assert!(
        Target::parse("https://*.example.com").is_err(),
        "no target is a wildcard"
    );
}

#[test]
fn paths_match_by_whole_segments() {
    let pattern = "https://git.example.com/team/sub";
    for inside in [
        "/team/sub",
        "/team/sub/",
        "/team/sub/r",
        "/team/sub/r.git/info",
    ] {
        assert!(
            fits(pattern, &format!("https://git.example.com{inside}")),
            "{inside}"
        );
    }
    for outside in [
        "",
        "/",
        "/team",
        "/team/",
        "/team/su",
        "/team/sub2",
        "/team/Sub",
        "/sub/team",
        "/x/team/sub",
        "/team/sub.git",
        "/team/sub%20",
    ] {
        assert!(
            !fits(pattern, &format!("https://git.example.com{outside}")),
            "{outside}"
        );
    }
    assert!(fits(
        "https://git.example.com/team/sub/",
        "https://git.example.com/team/sub"
    ));
    assert!(fits(
        "https://git.example.com/",
        "https://git.example.com/anything"
    ));
}

#[test]
fn the_closer_pattern_is_the_one_that_says_more() {
    let target = Target::parse("https://git.example.com/team/sub").unwrap();
    let ordered = [
        "*.example.com",
        "https://*.example.com",
        "https://*.example.com/team",
        "git.example.com",
        "git.example.com:443",
        "https://git.example.com:443",
        "https://git.example.com/team",
        "https://git.example.com/team/sub",
    ];
    let closeness: Vec<_> = ordered
        .iter()
        .map(|pattern| Pattern::parse(pattern).unwrap().matches(&target).unwrap())
        .collect();
    assert!(
        closeness.is_sorted_by(|one, other| one < other),
        "{closeness:?}"
    );
}

#[test]
fn only_one_host_without_a_path_can_be_listed() {
    let listed = |pattern| Pattern::parse(pattern).unwrap().single_host();
    assert_eq!(
        listed("Git.example.com"),
        Some("git.example.com".to_owned())
    );
    assert_eq!(
        listed("git.example.com:5000"),
        Some("git.example.com:5000".to_owned())
    );
    assert_eq!(listed("https://[::1]:5000/"), Some("[::1]:5000".to_owned()));
    assert_eq!(listed("*.example.com"), None);
    assert_eq!(listed("https://git.example.com/team"), None);
}

#[test]
fn a_path_is_the_same_however_it_is_encoded() {
    assert!(fits(
        "https://git.example.com/team",
        "https://git.example.com/%74e%61m/r"
    ));
    assert!(fits(
        "https://git.example.com/t%C3%A9am",
        "https://git.example.com/t%c3%a9am"
    ));
    assert!(!fits(
        "https://git.example.com/team",
        "https://git.example.com/%54eam"
    ));
}
