//! Which index is ours: compared exactly as a target, path and all, without the `sparse+` or `registry+` that cargo may put before it.

use super::{answer, get, home, not_ours, numbering, spec, token};

/// Lists `target` and asks for `index`.
#[track_caller]
fn asked(target: &str, index: &str) -> serde_json::Value {
    let (home, provider) = (home(), numbering());
    home.spec("registry", spec(&provider, &[target]).to_string());
    let answer = answer(&home, &get(index));
    let served = answer["Ok"].is_object();
    assert_eq!(provider.count(), usize::from(served), "{target} {index}");
    answer
}

#[test]
fn an_index_is_served_where_its_host_and_path_are_listed() {
    for (target, index) in [
        (
            "https://registry.example.com/index",
            "sparse+https://registry.example.com/index/",
        ),
        (
            "https://registry.example.com/index/",
            "sparse+https://registry.example.com/index",
        ),
        (
            "https://registry.example.com/index",
            "https://registry.example.com/index/",
        ),
        (
            "https://registry.example.com",
            "sparse+https://registry.example.com/",
        ),
        (
            "registry.example.com",
            "sparse+https://registry.example.com/team/index/",
        ),
        (
            "registry.example.com",
            "sparse+https://Registry.Example.COM:443/index/",
        ),
        (
            "registry.example.com:8443",
            "sparse+https://registry.example.com:8443/",
        ),
        ("*.example.com", "sparse+https://registry.example.com/"),
        (
            "https://git.example.com/team",
            "https://git.example.com/team/index.git",
        ),
        (
            "https://git.example.com/team",
            "registry+https://git.example.com/team/index.git",
        ),
        (
            "http://127.0.0.1:8000",
            "sparse+http://127.0.0.1:8000/index/",
        ),
        (
            "http://localhost:8000/index",
            "sparse+http://localhost:8000/index/",
        ),
        ("http://[::1]:8000", "sparse+http://[::1]:8000/"),
    ] {
        assert_eq!(token(&asked(target, index)), "token-1", "{target} {index}");
    }
}

#[test]
fn an_index_that_only_looks_like_a_listed_one_is_somebody_elses() {
    let target = "https://registry.example.com/index";
    for index in [
        "sparse+https://registry.example.com/",
        "sparse+https://registry.example.com/indexes/",
        "sparse+https://registry.example.com/Index/",
        "sparse+https://registry.example.com/other/index/",
        "sparse+https://registry.example.com:8443/index/",
        "sparse+https://registry.example.com.evil.example/index/",
        "sparse+https://evil-registry.example.com/index/",
        "sparse+https://evil.example/registry.example.com/index/",
        "sparse+http://registry.example.com/index/",
        "sparse+http://127.0.0.1:8000/index/",
        "sparse+sparse+https://registry.example.com/index/",
        "sparse+registry.example.com/index/",
        "registry.example.com/index",
        "https://github.com/rust-lang/index",
        "sparse+https://index.crates.io/",
        "ssh://git@registry.example.com/index",
        "git@registry.example.com:index",
        "file:///registry.example.com/index",
        "sparse+https://registry.example.com/index/../x",
        "sparse+https://registry.example.com/%69ndex/%2e%2e/x",
        "sparse+https:///index/",
        "sparse+",
        "",
    ] {
        assert_eq!(asked(target, index), not_ours(), "{index}");
    }
}

/// Any other word than "not supported" would keep cargo from asking the provider whose index it is.
#[test]
fn an_index_that_could_be_read_in_two_ways_is_somebody_elses_and_gets_nothing() {
    let target = "https://registry.example.com/index";
    for index in [
        "sparse+https://user:p4ssw0rd@registry.example.com/index/",
        "sparse+https://registry.example.com@evil.example/index/",
        "sparse+https://registry.example.com/index/?evil.example",
        "sparse+https://registry.example.com/index/#evil.example",
        "sparse+https://registry.example.com//index/",
    ] {
        assert_eq!(asked(target, index), not_ours(), "{index}");
    }
}

#[test]
fn an_odd_path_on_a_host_that_is_listed_as_a_whole_is_ours() {
    let index = "sparse+https://registry.example.com//index/";
    let answer = asked("https://registry.example.com", index);
    assert_eq!(answer["Ok"]["token"], "token-1", "{answer}");
}
