//! What a spec's members mean to the grant, and how deep and how large a spec may be: one text read to its end, nothing asked.

use keyfob::grant::Grant;
use keyfob::grant::response::{Location, Requirement, Test};
use keyfob::source::{KeyringEntry, KeyringKind, Source};
use keyfob::spec::node::SpecError;
use keyfob::spec::{Provider, Revocation};
use serde_json::{Value, json};

use crate::support::read_spec;

fn read(spec: &Value) -> Result<Provider, SpecError> {
    read_spec(spec.to_string().as_bytes(), &|_| Ok(None))
}

#[track_caller]
fn refused(spec: &Value, at: &str, problem: &str) {
    let why = read(spec).unwrap_err();
    assert_eq!((why.at.as_str(), why.problem.as_str()), (at, problem));
}

/// A stored token that lies there.
fn stored(token: Value) -> Value {
    json!({ "provider": "static", "token": token })
}

#[test]
fn an_entry_of_a_keyring_is_the_default_ones_unless_the_spec_names_another() {
    let place = |service: &str, store| KeyringEntry {
        service: service.to_owned(),
        user: "ci".to_owned(),
        store,
    };
    for (written, meant) in [
        (json!("ci"), place("keyfob", KeyringKind::Default)),
        (
            json!({ "user": "ci" }),
            place("keyfob", KeyringKind::Default),
        ),
        (
            json!({ "user": "ci", "store": "kernel", "service": "s" }),
            place("s", KeyringKind::Kernel),
        ),
        (
            json!({ "user": "ci", "store": "secret-service" }),
            place("keyfob", KeyringKind::SecretService),
        ),
    ] {
        let provider = read(&stored(json!({ "keyring": written }))).unwrap();
        let mut found = None;
        provider.walk_sources(&mut |source| {
            let Source::Keyring(place) = source else {
                panic!("{source:?}")
            };
            found = Some(place.clone());
        });
        assert_eq!(found, Some(meant));
        assert!(provider.needs_keyring());
    }
    let provider = read(&stored(json!({ "env": "A" }))).unwrap();
    assert!(!provider.needs_keyring());
}

#[test]
fn one_source_of_the_keyring_among_others_needs_it() {
    for list in [
        json!([{ "keyring": "ci" }, { "env": "A" }]),
        json!([{ "env": "A" }, { "keyring": "ci" }]),
    ] {
        assert!(read(&stored(list)).unwrap().needs_keyring());
    }
}

#[test]
fn a_requirement_is_equality_with_a_scalar_or_the_tokens_beginning() {
    let with = |require: Value| {
        let metadata = json!({ "url": "https://api.example.com/t", "require": [require] });
        json!({ "provider": "static", "token": { "env": "A" }, "metadata": metadata })
    };
    let meant = |test: Test| Requirement {
        at: Location::Pointer("/a".to_owned()),
        test,
        otherwise: "no".to_owned(),
    };
    for value in [json!("x"), json!(7), json!(true), json!(null)] {
        let spec = with(json!({ "pointer": "/a", "equals": value, "otherwise": "no" }));
        let Grant::StaticToken(grant) = read(&spec).unwrap().grant else {
            panic!()
        };
        let require = grant.metadata.unwrap().require;
        assert_eq!(require, [meant(Test::Equals(value))]);
    }
    let begins = json!({ "pointer": "/a", "begins_token": true, "otherwise": "no" });
    let Grant::StaticToken(grant) = read(&with(begins)).unwrap().grant else {
        panic!()
    };
    assert_eq!(grant.metadata.unwrap().require, [meant(Test::BeginsToken)]);
    let one = "one of `equals` and `begins_token` is wanted here";
    for (require, at, problem) in [
        (
            json!({ "pointer": "/a", "equals": "", "otherwise": "no" }),
            "/metadata/require/0/equals",
            "this must not be empty",
        ),
        (
            json!({ "pointer": "/a", "equals": ["x"], "otherwise": "no" }),
            "/metadata/require/0/equals",
            "a string is wanted here, not an array",
        ),
        (
            json!({ "pointer": "/a", "otherwise": "no" }),
            "/metadata/require/0",
            one,
        ),
        (
            json!({ "pointer": "/a", "equals": 1, "begins_token": true, "otherwise": "no" }),
            "/metadata/require/0",
            one,
        ),
    ] {
        refused(&with(require), at, problem);
    }
}

#[test]
fn a_body_is_nested_sixteen_deep_and_no_deeper() {
    let spec = |json: Value| json!({ "provider": "http", "url": "https://api.example.com/t", "json": json });
    let arrays = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let objects = |depth| (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }));
    read(&spec(arrays(16))).unwrap();
    read(&spec(objects(16))).unwrap();
    let deep = "the body is nested too deep";
    let place = |step: &str| format!("/json{}", step.repeat(17));
    refused(&spec(arrays(17)), &place("/0"), deep);
    refused(&spec(objects(17)), &place("/a"), deep);
}

#[test]
fn a_signed_jwts_key_may_be_as_deep_in_lists_as_any_source() {
    let lists = |depth, source| (0..depth).fold(source, |inner, _| json!([inner]));
    let jwt = |key: Value| json!({ "jwt": { "alg": "RS256", "key": key, "certificate": key } });
    read(&stored(lists(3, jwt(lists(1, json!({ "env": "A" })))))).unwrap();
    refused(
        &stored(lists(4, jwt(lists(1, json!({ "env": "A" }))))),
        "/token/0/0/0/0/jwt/key",
        "lists of sources are nested too deep",
    );
}

#[test]
fn an_unknown_member_of_a_rule_is_named_with_those_that_are_known() {
    let spec =
        json!({ "provider": "static", "token": { "env": "A" }, "expires": { "second": "/a" } });
    let why = read(&spec).unwrap_err();
    assert_eq!(why.at, "/expires");
    let told = "unknown field `second`, expected one of `seconds`, ";
    assert!(why.problem.starts_with(told), "{}", why.problem);
}

#[test]
fn a_spec_of_a_mebibyte_is_read_and_one_byte_more_is_not() {
    let text = stored(json!({ "env": "A" })).to_string();
    let padded = |length: usize| format!("{}{text}", " ".repeat(length - text.len()));
    let read = |length| {
        let read = read_spec(padded(length).as_bytes(), &|_| Ok(None));
        read.map(|provider| provider.name)
            .map_err(|why| why.problem)
    };
    assert_eq!(read(1_048_576), Ok("static".to_owned()));
    for length in [1_048_577, 2_000_000] {
        let told = "the spec is larger than 1 MiB".to_owned();
        assert_eq!(read(length), Err(told));
    }
}

#[test]
fn no_proxy_at_all_is_an_empty_one_and_a_proxys_password_is_refused() {
    let with = |proxy: Value| {
        let mut spec = stored(json!({ "env": "A" }));
        spec["proxy"] = proxy;
        spec
    };
    for proxy in ["", "http://proxy.example.com:3128"] {
        let provider = read(&with(json!(proxy))).unwrap();
        assert_eq!(provider.connection.proxy.as_deref(), Some(proxy));
    }
    let connection = read(&stored(json!({ "env": "A" }))).unwrap().connection;
    assert_eq!(connection.proxy, None);
    refused(
        &with(json!("http://me:word@proxy.example.com:3128")),
        "/proxy",
        "a proxy's password is never written in a spec",
    );
    refused(
        &with(json!(7)),
        "/proxy",
        "a string is wanted here, not a number",
    );
}

#[test]
fn a_token_goes_back_in_one_way_or_none() {
    let with = |more: Value| {
        let mut spec = json!({ "provider": "client_credentials", "token_url": "https://id.example.com/token" });
        for (member, value) in more.as_object().unwrap() {
            spec[member] = value.clone();
        }
        spec
    };
    let url = "https://id.example.com/x";
    let way = |more: Value| match read(&with(more)).unwrap().revocation {
        None => "none".to_owned(),
        Some(Revocation::Rfc7009(url)) => format!("there {}", url.url()),
        Some(Revocation::Discovered(url)) => format!("as it says {}", url.url()),
        Some(Revocation::Request(request)) => {
            format!("by {}", request.url.written().unwrap().url())
        }
    };
    assert_eq!(way(json!({})), "none");
    assert_eq!(
        way(json!({ "revocation_url": url })),
        "there https://id.example.com/x"
    );
    assert_eq!(
        way(json!({ "discovery_url": url })),
        "as it says https://id.example.com/x"
    );
    assert_eq!(
        way(json!({ "revoke": { "url": url } })),
        "by https://id.example.com/x"
    );
    for two in [
        json!({ "revocation_url": url, "discovery_url": url }),
        json!({ "revocation_url": url, "revoke": { "url": url } }),
        json!({ "discovery_url": url, "revoke": { "url": url } }),
    ] {
        let told = "only one of `revocation_url`, `discovery_url` and `revoke` can be given";
        refused(&with(two), "", told);
    }
}

#[test]
fn the_token_that_is_asked_for_cannot_be_among_what_it_is_asked_for_with() {
    let told = "{\"issued\": true} is the token that this spec asks for: only `check` and `revoke` can hold it";
    for token in [
        json!({ "issued": true }),
        json!([{ "issued": true }, { "env": "A" }]),
        json!([{ "env": "A" }, { "issued": true }]),
    ] {
        refused(&stored(token), "", told);
    }
}
