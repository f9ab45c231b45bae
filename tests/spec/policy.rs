//! The administrator's policy as it is written: strict, and an error names the place.

use keyfob::source::{Command, Source};
use keyfob::spec::policy::Policy;
use keyfob::target::Endpoint;

#[test]
fn a_policy_that_is_not_understood_is_refused_with_its_place() {
    for (text, told) in [
        ("", "it is empty"),
        ("[]", "a policy is one JSON object"),
        (
            r#"{"source": {"deny": []}}"#,
            "`/source`: this member is not known here",
        ),
        (
            r#"{"sources": {"deny": []}, "sources": {"deny": []}}"#,
            "comes twice",
        ),
        (
            r#"{"sources": ["env"]}"#,
            "`/sources`: an object is wanted here",
        ),
        (
            r#"{"sources": {}}"#,
            "`/sources`: either `allow` or `deny` is wanted here",
        ),
        (
            r#"{"sources": {"allow": [], "deny": []}}"#,
            "`/sources`: either `allow` or `deny` is wanted here",
        ),
        (
            r#"{"sources": {"deny": ["jwt"]}}"#,
            "`/sources/deny/0`: this word is not known here",
        ),
        (
            r#"{"sources": {"deny": "env"}}"#,
            "`/sources/deny`: an array is wanted here",
        ),
        (
            r#"{"stores": {"allow": ["kernal"]}}"#,
            "`/stores/allow/0`: this word",
        ),
        (
            r#"{"hosts": {"deny": ["a.example.com"]}}"#,
            "`/hosts`: member `allow` is missing",
        ),
        (r#"{"hosts": {"allow": ["*"]}}"#, "`/hosts/allow/0`: "),
        (
            r#"{"user_specs": "no"}"#,
            "`/user_specs`: `true` or `false` is wanted here",
        ),
        (r#"{"user_specs": null}"#, "`/user_specs`: "),
    ] {
        let error = Policy::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn a_rule_lists_what_is_allowed_or_what_is_not() {
    let policy = |text: &str| Policy::parse(text.as_bytes()).unwrap();
    let (env, command) = (Source::Env("A".into()), Source::Command(Command::default()));
    let nothing = policy("{}");
    assert!(nothing.user_specs);
    assert_eq!(nothing.check_source(&command), Ok(()));
    assert_eq!(nothing.check_store("kernel"), Ok(()));
    let deny = policy(r#"{"sources": {"deny": ["command"]}}"#);
    assert_eq!(deny.check_source(&env), Ok(()));
    let by = deny.check_source(&command).unwrap_err();
    assert_eq!(
        (by.what.as_str(), by.rule),
        ("the source `command`", "sources.deny")
    );
    let allow = policy(r#"{"sources": {"allow": ["env"]}, "stores": {"allow": []}}"#);
    assert_eq!(allow.check_source(&env), Ok(()));
    assert_eq!(
        allow.check_source(&command).unwrap_err().rule,
        "sources.allow"
    );
    // A file that a variable names is both.
    let by_variable = Source::FileFrom {
        variable: "A".into(),
        name: None,
    };
    for (rule, what) in [
        (r#"{"deny": ["env"]}"#, "the source `env`"),
        (r#"{"deny": ["file"]}"#, "the source `file`"),
        (r#"{"allow": ["file"]}"#, "the source `env`"),
        (r#"{"allow": ["env"]}"#, "the source `file`"),
    ] {
        let policy = policy(&format!(r#"{{"sources": {rule}}}"#));
        assert_eq!(policy.check_source(&by_variable).unwrap_err().what, what);
    }
    // What is made from others is judged by its parts.
    let list = Source::FirstOf(vec![command]);
    assert_eq!(allow.check_source(&list), Ok(()));
    assert_eq!(
        allow.check_store("kernel").unwrap_err().rule,
        "stores.allow"
    );
}

#[test]
fn a_host_is_compared_as_a_target_is() {
    let policy = r#"{"hosts": {"allow": ["login.example.com", "*.idp.example.com:8443",
        "https://shared.example.com/team", "169.254.169.254"]}}"#;
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    for (url, allowed) in [
        ("https://login.example.com/oauth/token?x=1", true),
        ("https://login.example.com:8443/oauth/token", false),
        ("https://evil.example.com/login.example.com", false),
        ("https://a.idp.example.com:8443/", true),
        ("https://a.b.idp.example.com:8443/", false),
        ("https://shared.example.com/team/token", true),
        ("https://shared.example.com/teams", false),
        ("https://shared.example.com/team/../other", false),
        ("https://shared.example.com/team//x", false),
        ("http://169.254.169.254/latest", true),
    ] {
        let endpoint = Endpoint::parse_or_metadata(url).unwrap();
        assert_eq!(policy.check_endpoint(&endpoint).is_ok(), allowed, "{url}");
    }
}
