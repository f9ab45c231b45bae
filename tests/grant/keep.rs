//! `keep`: tokens that are made, kept and revoked, at a provider that is nobody's preset; and what a spec may not say of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use keyfob::command::revoke;
use keyfob::credential::Secret;
use serde_json::{Value, json};

use super::refused;
use crate::obtain::world::{Fake, says};

/// Numbers for ids, no filter, the token beside its id, seconds of life, and one more header for the way back.
fn spec() -> Value {
    json!({
        "provider": "http",
        "url": "https://grafana.example.com/api/serviceaccounts/7/tokens",
        "headers": { "Authorization": { "bearer": { "keyring": "admin" } } },
        "json": { "name": { "unique": "keyfob" }, "secondsToLive": 3600 },
        "token_pointer": "/key",
        "expires": { "constant": 3600 },
        "keep": {
            "store": { "keyring": { "user": "minted" } },
            "id": "/id",
            "revoke": {
                "method": "DELETE",
                "url": "https://grafana.example.com/api/serviceaccounts/7/tokens/?hard=1",
                "headers": { "Authorization": { "bearer": { "keyring": "admin" } } },
            },
            "list": {
                "url": "https://grafana.example.com/api/serviceaccounts/7/tokens",
                "headers": { "Authorization": { "bearer": { "keyring": "admin" } } },
                "items": "/tokens", "id": "/id", "name": "/name", "page": 1000,
            },
        },
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut spec = spec();
    let (place, member) = pointer.rsplit_once('/').unwrap();
    let place = spec.pointer_mut(place).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => place.remove(member),
        value => place.insert(member.to_owned(), value),
    };
    spec
}

fn grafana(lose_the_first_answer: bool) -> Fake {
    let world = Fake::new();
    world.own.borrow_mut().push("minted".to_owned());
    // What others made there, some of it named like ours.
    let others = [
        "keyfob",
        "keyfob-1111111111111111",
        "keyfob-0000000000000000-2",
        "x",
    ];
    let others = (101..).zip(others.map(str::to_owned));
    let alive = RefCell::new(BTreeMap::<u32, String>::from_iter(others));
    let made = Cell::new(0);
    world.answers(move |world| {
        let (method, url, body) = world.sent.borrow().clone();
        let path = url
            .strip_prefix("https://grafana.example.com/api/serviceaccounts/7/tokens")
            .unwrap();
        match (method.as_str(), path) {
            ("POST", "") => {
                let body: Value = serde_json::from_str(&body).unwrap();
                made.set(made.get() + 1);
                alive
                    .borrow_mut()
                    .insert(made.get(), body["name"].as_str().unwrap().to_owned());
                if lose_the_first_answer && made.get() == 1 {
                    return crate::obtain::world::times_out();
                }
                let key = format!("glsa_{}", made.get());
                says(
                    200,
                    &[],
                    &json!({ "id": made.get(), "name": body["name"], "key": key }).to_string(),
                )
            }
            ("GET", "") => {
                let alive = alive.borrow();
                let tokens = alive
                    .iter()
                    .map(|(id, name)| json!({ "id": id, "name": name }));
                says(
                    200,
                    &[],
                    &json!({ "tokens": tokens.collect::<Vec<_>>() }).to_string(),
                )
            }
            ("DELETE", one) => {
                let id = one
                    .strip_prefix('/')
                    .and_then(|rest| rest.strip_suffix("?hard=1"))
                    .unwrap();
                match alive.borrow_mut().remove(&id.parse().unwrap()) {
                    Some(_) => says(200, &[], r#"{"message":"Service account token deleted"}"#),
                    None => says(404, &[], r#"{"message":"not found"}"#),
                }
            }
            other => panic!("{other:?}"),
        }
    });
    world
}

fn sent(world: &Fake) -> Vec<String> {
    let effects = world.effects();
    let sent = effects
        .iter()
        .filter_map(|effect| effect.strip_prefix("send "));
    sent.map(|line| {
        line.replace(
            "https://grafana.example.com/api/serviceaccounts/7/tokens",
            "…",
        )
    })
    .collect()
}

#[test]
fn another_provider_is_other_data() {
    let (world, spec) = (grafana(false), spec().to_string());
    assert_eq!(world.obtain_for(&spec, 0), Ok("glsa_1".to_owned()));
    world.pass(3500);
    assert_eq!(world.obtain_for(&spec, 0), Ok("glsa_2".to_owned()));
    assert_eq!(sent(&world), ["POST …", "POST …", "DELETE …/1?hard=1"]);
    world.pass(1000);
    let key = world.key(&spec);
    keyfob::world::cache::TokenCache::forget(&world, key.as_str()).unwrap();
    // Nothing here says how a token is looked at: the kept one is handed out as it is.
    assert_eq!(world.obtain_for(&spec, 0), Ok("glsa_2".to_owned()));
    assert_eq!(sent(&world), Vec::<String>::new());
    revoke::run(&world, Some(&spec))
        .map_err(|error| error.sentence)
        .unwrap();
    assert_eq!(sent(&world), ["DELETE …/2?hard=1"]);
}

#[test]
fn a_list_that_is_not_filtered_is_searched_for_the_very_name() {
    let (world, spec) = (grafana(true), spec().to_string());
    assert_eq!(world.obtain_for(&spec, 0), Err("provider-unreachable"));
    world.pass(5);
    world.random.set(9);
    assert_eq!(world.obtain_for(&spec, 0), Ok("glsa_2".to_owned()));
    assert_eq!(
        sent(&world),
        ["POST …", "GET …", "DELETE …/1?hard=1", "POST …"]
    );
}

/// A token may begin with its id. More than half of it is no id, but the token.
#[test]
fn an_id_that_repeats_the_token_is_no_id() {
    for (id, key, fits) in [
        ("glsa_abcd", "glsa_abcdEFGHIJKLM", true),
        ("glsa_abcdEFGHIJKL", "glsa_abcdEFGHIJKLM", false),
        ("glsa_abcdEFGHIJ", "glsa_abcdEFGHIJKLM", false),
        ("abcdEFGHIJKLM", "glsa_abcdEFGHIJKLM", false),
        ("7", "glsa_abcdEFGHIJKLM", true),
    ] {
        let world = Fake::new();
        world.own.borrow_mut().push("minted".to_owned());
        let made = json!({ "id": id, "key": key }).to_string();
        world.answers(move |_| says(200, &[], &made));
        let got = world.ask(&spec().to_string(), 0);
        let told = got.map(|_| ()).map_err(|error| error.sentence);
        match fits {
            true => assert_eq!(told, Ok(()), "{id}"),
            false => assert!(
                told.unwrap_err()
                    .ends_with("the id of the new token repeats a secret"),
                "{id}"
            ),
        }
    }
}

#[test]
fn a_jwt_stands_for_an_account_that_it_names_by_issuer_and_subject() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let identity = |payload: Value| {
        let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
        let jwt = Secret::from(format!("e30.{payload}.c2ln"));
        keyfob::grant::kept_token::jwt_identity(&jwt)
            .map(|identity| identity.expose_text().unwrap().to_owned())
    };
    assert_eq!(identity(json!({ "iss": "i" })), None);
    assert_eq!(identity(json!({ "sub": "s" })), None);
    assert_eq!(identity(json!({})), None);
    assert_eq!(
        identity(json!({ "iss": "i", "sub": "s", "exp": 7, "tid": "t" })).as_deref(),
        Some(r#"[["iss","i"],["sub","s"],["tid","t"]]"#)
    );
    let unsigned = Secret::from("e30.eyJpc3MiOiJpIiwic3ViIjoicyJ9".to_owned());
    assert!(keyfob::grant::kept_token::jwt_identity(&unsigned).is_none());
}

#[test]
fn what_a_spec_may_not_say_of_it_is_told_with_its_place() {
    let get = json!({ "url": "https://grafana.example.com/t" });
    let table = [
        (
            with("/keep", Value::Null),
            "/json",
            "`unique` needs `keep`: only a kept token has a name",
        ),
        (
            with("/json", json!({ "name": "keyfob" })),
            "/keep",
            "the request's `json` must name the token once, as {\"unique\": TEXT}",
        ),
        (
            with(
                "/json",
                json!({ "a": { "unique": "x" }, "b": { "unique": "y" } }),
            ),
            "/keep",
            "the request's `json` must name the token once, as {\"unique\": TEXT}",
        ),
        (
            with("/json", Value::Null),
            "/keep",
            "the request's `json` must name the token once, as {\"unique\": TEXT}",
        ),
        (
            with("/keep/store", Value::Null),
            "/keep",
            "member `store` is missing",
        ),
        (
            with("/keep/store", json!("minted")),
            "/keep/store",
            "a keyring entry is wanted here: {\"keyring\": NAME}",
        ),
        (
            with("/keep/store", json!({ "env": "A" })),
            "/keep/store",
            "a keyring entry is wanted here: {\"keyring\": NAME}",
        ),
        (
            with("/keep/store", json!({ "kering": "a" })),
            "/keep/store",
            "a keyring entry is wanted here: {\"keyring\": NAME}",
        ),
        (
            with("/keep/store", json!([{ "keyring": "a" }])),
            "/keep/store",
            "a keyring entry is wanted here: {\"keyring\": NAME}",
        ),
        (
            with("/keep/store", json!({ "keyring": "a", "env": "A" })),
            "/keep/store/env",
            "this member is not known here",
        ),
        (
            with("/keep/id", json!("id")),
            "/keep/id",
            "a JSON pointer begins with a slash, as in \"/data/token\"",
        ),
        (
            with("/keep/revoke", get),
            "/keep",
            "`revoke` cannot be a GET request",
        ),
        (
            with("/keep/revoke/url", json!("http://grafana.example.com/t")),
            "/keep/revoke/url",
            "a secret cannot be sent to this URL: plain http is for this machine only",
        ),
        (
            with("/keep/list/page", json!(0)),
            "/keep/list/page",
            "a whole number from 1 to 10000 is wanted here",
        ),
        (
            with("/keep/list/page", Value::Null),
            "/keep/list",
            "member `page` is missing",
        ),
        (
            with("/keep/list/more", json!(1)),
            "/keep/list/more",
            "this member is not known here",
        ),
        (
            with("/keep/more", json!(1)),
            "/keep/more",
            "this member is not known here",
        ),
        (
            with("/revoke", json!({ "url": "https://grafana.example.com/t" })),
            "/revoke",
            "`keep` already says how a token is revoked",
        ),
        (
            with("/revocation_url", json!("https://grafana.example.com/t")),
            "/revocation_url",
            "this grant has no client that could authenticate the revocation",
        ),
    ];
    for (spec, at, problem) in table {
        let told = refused(&spec);
        if problem.contains("plain http") {
            assert_eq!(told.0, at);
        } else {
            assert_eq!(told, (at.to_owned(), problem.to_owned()));
        }
    }
}
