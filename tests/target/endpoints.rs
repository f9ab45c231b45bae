//! Endpoints: where a secret is sent. https, or http on this machine, and exactly the path and query that were written.

use keyfob::target::{Endpoint, InvalidTarget, Scheme};

#[test]
fn an_endpoint_keeps_its_path_and_query_to_the_letter() {
    for url in [
        "https://id.example.com/token",
        "https://id.example.com/a//b/../c/%2f/Token/",
        "https://id.example.com/token?audience=https://x&b=%20",
        "https://id.example.com:8443/?",
        "http://127.0.0.1:8080/token",
        "https://[2001:db8::1]:8443/token",
    ] {
        assert_eq!(Endpoint::parse(url).unwrap().url(), url);
    }
}

#[test]
fn what_goes_without_saying_is_not_said() {
    for (written, url) in [
        ("https://id.example.com", "https://id.example.com/"),
        ("https://id.example.com?x=1", "https://id.example.com/?x=1"),
        (
            "HTTPS://ID.Example.com:443/Token",
            "https://id.example.com/Token",
        ),
        ("http://localhost:80/", "http://localhost/"),
        ("https://[2001:DB8::0:1]/", "https://[2001:db8::1]/"),
    ] {
        assert_eq!(Endpoint::parse(written).unwrap().url(), url);
    }
}

#[test]
fn a_message_shows_no_query() {
    let endpoint = Endpoint::parse("https://id.example.com:8443/token?key=s3cret").unwrap();
    assert_eq!(
        endpoint.without_query(),
        "https://id.example.com:8443/token"
    );
    assert_eq!(endpoint.origin(), "https://id.example.com:8443");
    assert_eq!(endpoint.scheme(), Scheme::Https);
    assert_eq!(endpoint.host().as_str(), "id.example.com");
    assert_eq!(endpoint.port(), 8443);
}

#[test]
fn what_could_go_elsewhere_or_in_the_clear_is_refused() {
    use InvalidTarget::{
        Host, NoHost, Path, PlainHttp, Port, QueryOrFragment, Scheme, Unicode, UserInfo,
    };
    for (url, why) in [
        ("http://id.example.com/token", PlainHttp),
        ("http://localhost.example.com/token", PlainHttp),
        ("http://127.0.0.1.example.com/token", PlainHttp),
        ("http://10.0.0.1/token", PlainHttp),
        ("http://169.254.169.254/latest", PlainHttp),
        ("id.example.com/token", Scheme),
        ("//id.example.com/token", Scheme),
        ("ftp://id.example.com", Scheme),
        ("/token", Scheme),
        ("", Scheme),
        ("https://", NoHost),
        ("https:///token", NoHost),
        ("https://?x", NoHost),
        ("https://user@id.example.com", UserInfo),
        ("https://id.example.com:443@evil.example", UserInfo),
        ("https://id.example.com#x", QueryOrFragment),
        ("https://id.example.com/token#x", QueryOrFragment),
        ("https://id.example.com:0/", Port),
        ("https://id.example.com:99999/", Port),
        ("https://id.example.com:/", Port),
        ("https://127.1/", Host),
        ("https://0x7f.1/", Host),
        ("https://2130706433/", Host),
        ("https://id.example.com./", InvalidTarget::TrailingDot),
        ("https://*.example.com/", Host),
        ("https://{tenant}/", Path),
        ("https://id.example.com/a b", Path),
        ("https://id.example.com/a\r\nHost: evil", Path),
        ("https://id.example.com/\\evil", Path),
        ("https://id.example.com\\@evil.example/", Path),
        ("https://id.example.com/é", Path),
        ("https://bücher.example", Unicode),
        ("https://bücher.example:8443?x", Unicode),
        ("https://ｇit.example/", Path),
        ("https://id.exаmple.com/", Unicode),
    ] {
        assert_eq!(Endpoint::parse(url), Err(why), "{url:?}");
    }
}

#[test]
fn this_machine_may_be_asked_in_the_clear() {
    for url in [
        "http://127.0.0.1/",
        "http://127.8.9.1:1/",
        "http://[::1]:8080/",
        "http://localhost/",
        "http://LocalHost/",
    ] {
        assert!(Endpoint::parse(url).is_ok(), "{url}");
    }
}
