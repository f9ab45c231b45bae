//! cargo's other kinds: `logout` drops the token, `login` refuses in words, what is not known is said to be so; and all of them only for
//! an index that a spec lists, since cargo takes any answer but `url-not-supported` for final and asks no other provider.

use serde_json::json;

use super::{
    INDEX, LISTED, answer, get, home, listed, not_ours, numbering, request, spec, token, words,
};

const ELSEWHERE: &str = "sparse+https://index.crates.io/";

#[test]
fn logout_drops_the_token() {
    let (home, provider) = listed();
    let logout = request(INDEX, "logout", json!({}));
    let done = json!({"Ok": {"kind": "logout"}});
    assert_eq!(answer(&home, &logout), done);
    assert_eq!(token(&answer(&home, &get(INDEX))), "token-1");
    assert_eq!(answer(&home, &logout), done);
    assert_eq!(token(&answer(&home, &get(INDEX))), "token-2");
    assert_eq!(provider.count(), 2);
}

#[test]
fn logout_drops_the_token_of_the_spec_that_the_configuration_names() {
    let (home, provider) = listed();
    home.spec("second", spec(&provider, &[LISTED]).to_string());
    let args = json!({"operation": "read", "args": ["cargo", "--spec", "second"]});
    let get = request(INDEX, "get", args.clone());
    assert_eq!(token(&answer(&home, &get)), "token-1");
    let logout = answer(&home, &request(INDEX, "logout", args));
    assert_eq!(logout, json!({"Ok": {"kind": "logout"}}));
    assert_eq!(token(&answer(&home, &get)), "token-2");
}

#[test]
fn a_logout_that_cannot_tell_whose_token_to_drop_is_a_failure() {
    let (home, provider) = listed();
    home.spec("second", spec(&provider, &[LISTED]).to_string());
    let answer = answer(&home, &request(INDEX, "logout", json!({})));
    assert!(words(&answer).contains("(target-ambiguous)"), "{answer}");
}

#[test]
fn login_refuses_in_words_and_keeps_nothing_of_what_it_brings() {
    let (home, provider) = listed();
    for more in [
        json!({}),
        json!({"login-url": "https://registry.example.com/me"}),
        json!({"token": "p4ssw0rd", "args": ["cargo"]}),
    ] {
        let answer = answer(&home, &request(INDEX, "login", more));
        assert_eq!(
            words(&answer),
            "keyfob: error: keyfob obtains its tokens itself and stores no other (not-supported)\n\
             keyfob: hint: there is no need to log in to a registry that a spec lists"
        );
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn what_is_not_known_is_not_supported() {
    let (home, provider) = listed();
    let unknown = json!({"Err": {"kind": "operation-not-supported"}});
    for (kind, more) in [
        ("get", json!({"operation": "of-the-future"})),
        ("get", json!({"operation": ""})),
        ("get", json!({})),
        ("of-the-future", json!({})),
        ("", json!({})),
    ] {
        assert_eq!(answer(&home, &request(INDEX, kind, more)), unknown);
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_registry_that_no_spec_lists_is_left_to_the_next_provider_whatever_is_wanted() {
    let (home, provider) = listed();
    for (kind, more) in [
        ("get", json!({"operation": "read"})),
        ("get", json!({"operation": "of-the-future"})),
        ("login", json!({})),
        ("login", json!({"token": "p4ssw0rd"})),
        ("login", json!({"args": ["--spec", "registry"]})),
        ("logout", json!({})),
        ("logout", json!({"args": ["--spec", "registry"]})),
        ("of-the-future", json!({})),
    ] {
        let answer = answer(&home, &request(ELSEWHERE, kind, more));
        assert_eq!(answer, not_ours(), "{kind}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_logout_from_elsewhere_drops_nothing() {
    let (home, provider) = (home(), numbering());
    home.spec("registry", spec(&provider, &[LISTED]).to_string());
    answer(&home, &get(INDEX));
    answer(&home, &request(ELSEWHERE, "logout", json!({})));
    let args = json!({"args": ["--spec", "registry"]});
    answer(&home, &request(ELSEWHERE, "logout", args));
    assert_eq!(token(&answer(&home, &get(INDEX))), "token-1");
}
