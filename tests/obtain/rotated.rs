//! A stored credential that a request uses up: what the provider puts in its place would be lost, so it is an error before the token goes out.

use super::world::{Fake, says};

/// A request with this in it, and what comes of it: the token, or the error's code.
fn asks(rest: &str, answer: &'static str) -> (Result<String, &'static str>, usize) {
    let world = Fake::new();
    world.answers(move |_| says(200, &[], answer));
    let spec = format!(r#"{{"provider": "http", "method": "POST", {rest}}}"#);
    let got = world.obtain_for(&spec, 0);
    (got, world.requests())
}

const STORED: &str = r#"{"secret": {"keyring": "ci"}}"#;
const URL: &str = r#""url": "https://id.example.com/token""#;
const ROTATED: &str = r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 60, "refresh_token": "another"}"#;
/// The fake keyring's.
const SAME: &str = r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 60, "refresh_token": "s3cret-of-the-keyring"}"#;
const NONE: &str = r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 60}"#;

fn with_a_refresh_token() -> Vec<String> {
    vec![
        format!(r#"{URL}, "form": {{"grant_type": "refresh_token", "refresh_token": {STORED}}}"#),
        format!(r#"{URL}, "form": {{"grant_type": "refresh_token", "token": {STORED}}}"#),
        format!(r#"{URL}, "json": {{"refreshToken": {STORED}}}"#),
        format!(r#"{URL}, "json": {{"auth": {{"refresh-token": {STORED}}}}}"#),
        r#""url": "https://id.example.com/auth/refresh", "headers": {"Authorization": {"bearer": {"keyring": "ci"}}}"#.to_owned(),
        format!(r#""url": "https://id.example.com/refresh-token?a=b", "headers": {{"X-Token": {STORED}}}"#),
    ]
}

#[test]
fn another_refresh_token_than_was_sent_is_an_error_and_no_token_goes_out() {
    for request in with_a_refresh_token() {
        assert_eq!(
            asks(&request, ROTATED),
            (Err("not-supported"), 1),
            "{request}"
        );
        let within = r#"{"access_token": "t", "data": {"session": {"refreshToken": "another"}}}"#;
        assert_eq!(asks(&request, within).0, Err("not-supported"), "{request}");
        let listed = r#"{"access_token": "t", "sessions": [{"refresh_token": "another"}]}"#;
        assert_eq!(asks(&request, listed).0, Err("not-supported"), "{request}");
    }
}

#[test]
fn the_same_refresh_token_or_none_is_no_error() {
    for request in with_a_refresh_token() {
        for answer in [SAME, NONE, r#"{"access_token": "t", "refresh_token": ""}"#] {
            assert_eq!(asks(&request, answer).0, Ok("t".to_owned()), "{request}");
        }
    }
}

/// Many providers send one along with every token.
#[test]
fn a_refresh_token_that_nobody_sent_one_for_is_no_error() {
    for request in [
        format!(r#"{URL}, "form": {{"grant_type": "password", "password": {STORED}}}"#),
        format!(r#"{URL}, "headers": {{"X-Token": {STORED}}}"#),
    ] {
        assert_eq!(asks(&request, ROTATED).0, Ok("t".to_owned()), "{request}");
    }
    let world = Fake::new();
    world.answers(|_| says(200, &[], ROTATED));
    assert_eq!(world.obtain(), Ok("t".to_owned()));
}

#[test]
fn the_error_says_what_to_write_instead() {
    let world = Fake::new();
    world.answers(|_| says(200, &[], ROTATED));
    let spec = format!(r#"{{"provider": "http", {}}}"#, with_a_refresh_token()[0]);
    let error = world.ask(&spec, 0).unwrap_err();
    assert_eq!(
        error.sentence,
        "https://id.example.com/token answered with another refresh token than was sent, which keyfob does not store; the stored one may be used up"
    );
    assert!(error.hint.unwrap().contains("client_credentials"));
    assert_eq!(world.cache_text(), "", "nothing is stored");
}

/// `POST /personal_access_tokens/self/rotate` of GitLab revokes the token that it is sent.
#[test]
fn a_token_is_not_rotated_in_place() {
    let rotate = |url: &str| {
        format!(
            r#""url": "https://git.example.com/{url}", "headers": {{"PRIVATE-TOKEN": {STORED}}}, "token_pointer": "/token""#
        )
    };
    for url in [
        "api/v4/personal_access_tokens/self/rotate",
        "api/v4/projects/1/access_tokens/2/rotate/?expires_at=2026-12-31",
    ] {
        let (got, requests) = asks(&rotate(url), r#"{"token": "t"}"#);
        assert_eq!((got, requests), (Err("not-supported"), 0), "{url}");
    }
    for url in ["api/v4/tokens", "rotate/tokens", "api/v4/rotated"] {
        assert_eq!(
            asks(&rotate(url), r#"{"token": "t"}"#).0,
            Ok("t".to_owned())
        );
    }
    let get = rotate("rotate").replacen("\"url\"", "\"repeatable\": true, \"url\"", 1);
    let world = Fake::new();
    world.answers(|_| says(200, &[], r#"{"token": "t"}"#));
    let spec = format!(r#"{{"provider": "http", "method": "GET", {get}}}"#);
    assert_eq!(world.obtain_for(&spec, 0), Ok("t".to_owned()));
}
