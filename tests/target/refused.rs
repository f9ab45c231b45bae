//! What is no target at all: whatever two readers could read differently.

use keyfob::target::{Endpoint, InvalidTarget, Pattern, Target};

#[test]
fn other_schemes_are_none() {
    for text in [
        "ftp://h",
        "ssh://git@h",
        "httpss://h",
        "://h",
        " https://h",
        "https ://h",
        "file:///etc",
        "oci://h",
        "h://",
    ] {
        assert_eq!(Target::parse(text), Err(InvalidTarget::Scheme), "{text}");
        assert_eq!(Pattern::parse(text), Err(InvalidTarget::Scheme), "{text}");
    }
    // A path without a scheme could be meant for either: a pattern writes it.
    assert_eq!(
        Pattern::parse("git.example.com/team"),
        Err(InvalidTarget::Scheme)
    );
}

#[test]
fn user_information_is_refused() {
    for text in [
        "https://user@git.example.com",
        "https://user:password@git.example.com",
        "https://git.example.com@evil.example",
        "https://@git.example.com",
        "git.example.com@evil.example",
        "https://git.example.com:443@evil.example/",
    ] {
        assert_eq!(Target::parse(text), Err(InvalidTarget::UserInfo), "{text}");
        assert_eq!(Pattern::parse(text), Err(InvalidTarget::UserInfo), "{text}");
    }
}

#[test]
fn what_is_no_host_is_refused() {
    let long_label = "a".repeat(64);
    let long_name = ["a".repeat(63).as_str(); 4].join(".");
    let texts = [
        "git.example.com.",
        ".git.example.com",
        "git..example.com",
        ".",
        "..",
        "-a.example",
        "a-.example",
        "git example.com",
        "git.example.com\\evil",
        "git%2eexample.com",
        "git.example.com%00",
        "git\u{200b}.example.com",
        "git。example.com",
        "ｇit.example.com",
        "git\t.example.com",
        "git\n.example.com",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.01",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "example.1",
        "example.0x1",
        "a.0XFF",
        "[::1",
        "::1]",
        "[]",
        "[127.0.0.1]",
        "[::1%25eth0]",
        "[fe80::1%eth0]",
        "[v1.x]",
        "[::g]",
        "[::1]x",
        "x[::1]",
        "a,b.example",
        "a;b.example",
        "a&b",
        "a=b",
        "a\"b",
        "a'b",
        "$(id)",
        "`id`",
        long_label.as_str(),
        long_name.as_str(),
    ];
    for text in texts {
        let url = format!("https://{text}");
        let why = match text {
            "git.example.com." => InvalidTarget::TrailingDot,
            _ => InvalidTarget::Host,
        };
        assert_eq!(Target::parse(&url), Err(why), "{text:?}");
        assert_eq!(Pattern::parse(&url), Err(why), "{text:?}");
    }
    for text in ["", "https://", "https:///path", "https://:443"] {
        assert_eq!(Target::parse(text), Err(InvalidTarget::NoHost), "{text:?}");
        assert_eq!(Pattern::parse(text), Err(InvalidTarget::NoHost), "{text:?}");
    }
    // More than one colon outside brackets is an address without them.
    for text in ["https://::1", "https://2001:db8::1", "https://a:b:443"] {
        assert!(
            Target::parse(text).is_err() && Pattern::parse(text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn every_host_of_letters_is_a_host() {
    for text in [
        "a",
        "a-b",
        "a_b.example",
        "1a.example",
        "1.example",
        "a.b.c.d.e.f",
        "xn--mnchen-3ya.example",
        "0.0.0.0",
        "255.255.255.255",
        "[::]",
    ] {
        let target = Target::parse(&format!("https://{text}")).unwrap();
        assert_eq!(target.to_string(), format!("https://{text}"));
    }
    let longest = format!(
        "{}.{}",
        ["a".repeat(63).as_str(); 3].join("."),
        "a".repeat(61)
    );
    assert_eq!(longest.len(), 253);
    assert!(Target::parse(&longest).is_ok());
}

#[test]
fn what_two_readers_could_read_differently_is_no_path() {
    for path in [
        "/team/../other",
        "/team/..",
        "/..",
        "/.",
        "/./team",
        "/team//sub",
        "//team",
        "/team//",
        "/team/%2e%2e/other",
        "/%2E/x",
        "/team%2fother",
        "/team%2Fother",
        "/team%5cother",
        "/team%5Cother",
        "/team\\other",
        "/%252e%252e/x",
        "/team%252fother",
        "/%0a",
        "/%7f",
        "/%",
        "/%4",
        "/%zz",
        "/%ff",
        "/%-1",
        "/team%00",
        "/team\0",
        "/team\r\n",
        "/te\u{7f}am",
        "/te\u{85}am",
    ] {
        let text = format!("https://git.example.com{path}");
        assert_eq!(Target::parse(&text), Err(InvalidTarget::Path), "{path:?}");
        assert_eq!(Pattern::parse(&text), Err(InvalidTarget::Path), "{path:?}");
    }
    for rest in [
        "?x",
        "/?x",
        "/team?x=1",
        "#x",
        "/team#x",
        "?",
        "#",
        "/a?b/c",
    ] {
        let text = format!("https://git.example.com{rest}");
        assert_eq!(
            Target::parse(&text),
            Err(InvalidTarget::QueryOrFragment),
            "{rest}"
        );
        assert_eq!(
            Pattern::parse(&text),
            Err(InvalidTarget::QueryOrFragment),
            "{rest}"
        );
    }
}

#[test]
fn a_target_says_what_it_is_and_can_be_read_again() {
    for (text, said) in [
        ("git.example.com", "https://git.example.com"),
        ("HTTPS://GIT.example.com:443/", "https://git.example.com"),
        (
            "https://git.example.com:8443/team/",
            "https://git.example.com:8443/team",
        ),
        ("http://127.0.0.1:80/v2/", "http://127.0.0.1/v2"),
        ("https://[2001:DB8:0::1]:5000", "https://[2001:db8::1]:5000"),
        (
            "registry.example.com:5000/team/image",
            "https://registry.example.com:5000/team/image",
        ),
    ] {
        let target = Target::parse(text).unwrap();
        assert_eq!(target.to_string(), said);
        assert_eq!(Target::parse(said), Ok(target));
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let pieces = [
        "https://", "http://", "*", ".", ":", "/", "[", "]", "::1", "@", "%2f", "%", "?", "#", "a",
        "1", "é", "\u{0}", "-",
    ];
    for one in pieces {
        for two in pieces {
            for three in pieces {
                for four in pieces {
                    let text = format!("{one}{two}{three}{four}");
                    let target = Target::parse(&text);
                    let _ = Pattern::parse(&text);
                    let _ = Endpoint::parse(&text);
                    if let Ok(target) = target {
                        assert_eq!(Target::parse(&target.to_string()), Ok(target), "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn each_refusal_says_in_words_of_its_own_what_is_wrong() {
    use InvalidTarget::*;
    let told: std::collections::BTreeSet<String> = [
        NoHost,
        Scheme,
        PlainHttp,
        UserInfo,
        Host,
        Port,
        Path,
        QueryOrFragment,
        Wildcard,
    ]
    .map(|why| why.to_string())
    .into();
    assert_eq!(told.len(), 9);
    assert!(told.iter().all(|words| words.contains(' ')), "{told:?}");
}

#[test]
fn a_path_that_was_decoded_already_follows_an_origin_that_has_none() {
    let decoded = Target::with_decoded_path;
    let plain = Target::parse("https://git.example.com/team/project");
    assert_eq!(decoded("https://git.example.com", "team/project"), plain);
    let with_path = decoded("https://git.example.com/team", "project");
    assert_eq!(with_path, Err(InvalidTarget::Host));
}
