//! A kept token is handed out to the request and the secrets that it was made with, and to no others.

use super::*;

/// The same tokens in a spec of one's own, whose tenant and admin can be others.
pub(super) fn spec(tenant: &str, admin: &str) -> String {
    format!(
        r#"{{
        "provider": "http", "method": "POST", "url": "{URL}",
        "headers": {{"X-Tenant": "{tenant}", "Authorization": {{"bearer": {admin}}}}},
        "json": {{"data": {{"attributes": {{
            "name": {{"unique": "keyfob"}}, "scopes": [], "expires_at": {{"now": {DAY}, "format": "rfc3339"}}
        }}}}}},
        "token_pointer": "/data/attributes/key", "expires": [{{"date": "/data/attributes/expires_at"}}],
        "keep": {{
            "store": {{"keyring": "minted"}}, "id": "/data/id", "revoke": {{"method": "DELETE", "url": "{URL}"}},
            "list": {{
                "url": "{URL}", "query": {{"page[size]": "100"}}, "filter": "filter",
                "items": "/data", "id": "/id", "name": "/attributes/name", "page": 100
            }}
        }}
    }}"#
    )
}

pub(super) const ADMIN: &str = r#"{"env": "ADMIN"}"#;

/// What a process gets whose admin's secret this is; nothing is cached, and each has luck of its own.
fn gets(world: &Fake, spec: &str, admin: &str) -> Result<String, String> {
    world.random.set(world.random.get() + 1);
    let variables = &world.variables;
    variables
        .borrow_mut()
        .insert("ADMIN".to_owned(), admin.to_owned());
    world.forget(world.key(spec).as_str()).unwrap();
    let token = world.ask(spec, 0).map_err(|error| error.sentence)?;
    Ok(token.access_token.expose().to_owned())
}

#[test]
fn another_tenant_in_a_header_is_another_request() {
    let (world, datadog) = world();
    assert_eq!(
        gets(&world, &spec("one", ADMIN), "a"),
        Ok("ddsat_1".to_owned())
    );
    assert_eq!(
        gets(&world, &spec("one", ADMIN), "a"),
        Ok("ddsat_1".to_owned())
    );
    assert_eq!(
        gets(&world, &spec("two", ADMIN), "a").unwrap_err(),
        "keyring entry `minted` holds a token that was created with another request"
    );
    assert_eq!(datadog.keys(), ["ddsat_1"]);
}

#[test]
fn another_url_is_another_request() {
    let (world, datadog) = world();
    gets(&world, &spec("one", ADMIN), "a").unwrap();
    let other = spec("one", ADMIN).replacen(URL, &format!("{URL}?admin=1"), 1);
    assert_eq!(
        gets(&world, &other, "a").unwrap_err(),
        "keyring entry `minted` holds a token that was created with another request"
    );
    assert_eq!(datadog.keys(), ["ddsat_1"]);
}

#[test]
fn other_secrets_get_another_token_and_the_former_is_revoked() {
    let (world, datadog) = world();
    let spec = spec("one", ADMIN);
    assert_eq!(gets(&world, &spec, "admin-a"), Ok("ddsat_1".to_owned()));
    assert_eq!(gets(&world, &spec, "admin-b"), Ok("ddsat_2".to_owned()));
    assert_eq!(gets(&world, &spec, "admin-b"), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2"]);
    let record = record(&world);
    assert_eq!(record["superseded"], json!([]));
    assert!(!record.to_string().contains("admin-"), "{record}");
}

/// To whom another tenant's token does not exist it is no proof that it has ended.
#[test]
fn what_the_present_secrets_cannot_see_is_revoked_when_the_others_come_again() {
    let (world, datadog) = world();
    let spec = spec("one", ADMIN);
    gets(&world, &spec, "a").unwrap();
    datadog.says_instead(|_, method, url| {
        (method == "DELETE" && url.ends_with("/id-1")).then(|| says(404, &[], "{}"))
    });
    assert_eq!(gets(&world, &spec, "b"), Ok("ddsat_2".to_owned()));
    let left = |world: &Fake| record(world)["superseded"].clone();
    assert_eq!(left(&world)[0][0], "id-1");
    gets(&world, &spec, "b").unwrap();
    assert_eq!(left(&world)[0][0], "id-1");
    datadog.works_again();
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_3".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_3"]);
    assert_eq!(left(&world), json!([]));
}

#[test]
fn what_the_present_secrets_cannot_see_is_forgotten_after_its_end() {
    let (world, datadog) = world();
    let spec = spec("one", ADMIN);
    gets(&world, &spec, "a").unwrap();
    datadog.says_instead(|_, method, url| {
        (method == "DELETE" && url.ends_with("/id-1")).then(|| says(404, &[], "{}"))
    });
    gets(&world, &spec, "b").unwrap();
    world.pass(DAY);
    gets(&world, &spec, "b").unwrap();
    assert_eq!(record(&world)["superseded"], json!([]));
}

#[test]
fn what_the_present_secrets_cannot_see_and_has_no_end_is_not_forgotten() {
    let (world, datadog) = world();
    let spec = spec("one", ADMIN).replacen(
        r#"{"date": "/data/attributes/expires_at"}"#,
        r#"{"never": true}"#,
        1,
    );
    gets(&world, &spec, "a").unwrap();
    datadog.says_instead(|_, method, url| {
        (method == "DELETE" && url.ends_with("/id-1")).then(|| says(404, &[], "{}"))
    });
    assert_eq!(gets(&world, &spec, "b"), Ok("ddsat_2".to_owned()));
    assert_eq!(record(&world)["superseded"][0][0], "id-1");
    datadog.works_again();
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_3".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_3"]);
}

#[test]
fn without_its_secrets_nobody_gets_a_kept_token() {
    let (world, _) = world();
    let spec = spec("one", ADMIN);
    gets(&world, &spec, "a").unwrap();
    world.variables.borrow_mut().clear();
    assert_eq!(
        world.ask(&spec, 0).unwrap_err().code.as_str(),
        "secret-missing"
    );
}

/// `{"iss", "sub", "exp"}` in a JWT whose signature nobody looks at.
fn jwt(subject: &str, end: u64) -> String {
    use base64::Engine as _;
    let payload = json!({ "iss": "https://id.example.com", "sub": subject, "exp": end });
    let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload.to_string());
    format!("eyJhbGciOiJub25lIn0.{encoded}.c2ln")
}

#[test]
fn a_jwt_that_is_made_anew_stands_for_the_same_account() {
    let (world, datadog) = world();
    let spec = spec("one", ADMIN);
    assert_eq!(gets(&world, &spec, &jwt("a", 1)), Ok("ddsat_1".to_owned()));
    assert_eq!(gets(&world, &spec, &jwt("a", 2)), Ok("ddsat_1".to_owned()));
    assert_eq!(gets(&world, &spec, &jwt("b", 2)), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}

#[test]
fn what_is_signed_or_obtained_for_each_call_is_told_by_what_it_is_made_of() {
    let signed = |issuer: &str| {
        format!(
            r#"{{"jwt": {{"alg": "HS256", "key": {{"env": "ADMIN"}}, "claims": {{"iss": "{issuer}", "iat": {{"now": 0}}}}}}}}"#
        )
    };
    let about = |claims: &str| {
        format!(
            r#"{{"jwt": {{"alg": "HS256", "key": {{"env": "ADMIN"}}, "claims": {{"sub": {claims}}}}}}}"#
        )
    };
    let account = |name: &str| about(&format!(r#"{{"text": {{"env": "{name}"}}}}"#));
    let key = "a key of more than thirty-two bytes";
    let obtained = |id: &str| {
        format!(
            r#"{{"token": {{"provider": "http", "url": "https://id.example.com/{id}", "headers": {{"X-Key": {{"secret": {{"keyring": "base"}}}}}}}}}}"#
        )
    };
    for (one, other) in [
        (signed("one"), signed("two")),
        (obtained("one"), obtained("two")),
        (account("ONE"), account("TWO")),
    ] {
        let (world, datadog) = world();
        for name in ["ONE", "TWO"] {
            let named = (name.to_owned(), name.to_owned());
            world.variables.borrow_mut().extend([named]);
        }
        datadog.says_instead(|datadog, _, url| {
            let number = datadog.made.get();
            let base = format!(r#"{{"access_token": "base-{number}", "expires_in": 1}}"#);
            url.starts_with("https://id.example.com/")
                .then(|| says(200, &[], &base))
        });
        let (one, other) = (spec("one", &one), spec("one", &other));
        assert_eq!(gets(&world, &one, key), Ok("ddsat_1".to_owned()));
        world.pass(10);
        assert_eq!(gets(&world, &one, key), Ok("ddsat_1".to_owned()));
        assert_eq!(gets(&world, &other, key), Ok("ddsat_2".to_owned()));
        let before = world.keyring.replace(Ok("another".to_owned()));
        assert!(before.is_ok());
        let another = format!("another {key}");
        assert_eq!(gets(&world, &other, &another), Ok("ddsat_3".to_owned()));
    }
}

/// A token of a spec of its own, whose header is this.
fn obtained(source: &str) -> String {
    format!(
        r#"{{"token": {{"provider": "http", "url": "https://id.example.com/t", "headers": {{"X-Key": {{"secret": {source}}}}}}}}}"#
    )
}

/// The base's provider says this, and all else is Datadog's.
fn base_says(datadog: &Datadog, life: u64) {
    datadog.says_instead(move |datadog, _, url| {
        let number = datadog.made.get();
        let base = format!(r#"{{"access_token": "base-{number}", "expires_in": {life}}}"#);
        url.starts_with("https://id.example.com/")
            .then(|| says(200, &[], &base))
    });
}

#[test]
fn of_a_list_the_first_that_is_there_is_what_it_is_made_of() {
    let signed = r#"{"jwt": {"alg": "HS256", "key": {"env": "ADMIN"}, "claims": {"iss": "i", "iat": {"now": 0}}}}"#;
    let (world, datadog) = world();
    let spec = spec("one", &format!(r#"[{{"env": "NONE"}}, {signed}]"#));
    let key = "a key of more than thirty-two bytes";
    assert_eq!(gets(&world, &spec, key), Ok("ddsat_1".to_owned()));
    world.pass(10);
    assert_eq!(gets(&world, &spec, key), Ok("ddsat_1".to_owned()));
    let another = format!("another {key}");
    assert_eq!(gets(&world, &spec, &another), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}

#[test]
fn the_secrets_of_the_specs_below_are_looked_for_where_they_lie() {
    let first = r#"[{"keyring": "none"}, {"keyring": "base"}]"#;
    for source in [first.to_owned(), obtained(first)] {
        let (world, datadog) = world();
        world.own.borrow_mut().push("none".to_owned());
        base_says(&datadog, 1);
        let spec = spec("one", &obtained(&source));
        assert_eq!(gets(&world, &spec, ""), Ok("ddsat_1".to_owned()));
        world.pass(10);
        assert_eq!(gets(&world, &spec, ""), Ok("ddsat_1".to_owned()));
        assert!(world.keyring.replace(Ok("another".to_owned())).is_ok());
        assert_eq!(gets(&world, &spec, ""), Ok("ddsat_2".to_owned()));
        assert_eq!(datadog.keys(), ["ddsat_2"]);
    }
}

/// A secret that cannot be read at the moment is not another one.
#[test]
fn while_a_secret_below_cannot_be_read_nothing_is_replaced() {
    let (world, datadog) = world();
    base_says(&datadog, DAY);
    let spec = spec("one", &obtained(r#"{"keyring": "base"}"#));
    assert_eq!(gets(&world, &spec, ""), Ok("ddsat_1".to_owned()));
    let locked = Err(keyfob::world::keyring::KeyringError::Locked);
    let before = world.keyring.replace(locked);
    assert!(gets(&world, &spec, "").is_err());
    assert_eq!(datadog.keys(), ["ddsat_1"]);
    *world.keyring.borrow_mut() = before;
    assert_eq!(gets(&world, &spec, ""), Ok("ddsat_1".to_owned()));
}

/// What a base keeps in its own entry changes with each of its tokens, and says nothing of the account.
#[test]
fn a_base_that_is_kept_itself_may_be_renewed() {
    let (world, datadog) = world();
    world.own.borrow_mut().push("inner".to_owned());
    let base = spec("two", ADMIN).replacen("minted", "inner", 1).replacen(
        &DAY.to_string(),
        &(DAY / 2).to_string(),
        1,
    );
    let spec = spec("one", &format!(r#"{{"token": {base}}}"#));
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_1", "ddsat_2"]);
    world.pass(DAY / 2);
    world.forget(world.key(&base).as_str()).unwrap();
    assert_eq!(
        world.ask(&base, 0).unwrap().access_token.expose(),
        "ddsat_3"
    );
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2", "ddsat_3"]);
}

#[test]
fn by_the_rule_sources_a_kept_token_ends_with_the_one_that_it_was_made_with() {
    let (world, datadog) = world();
    datadog.says_instead(|datadog, _, url| {
        let number = datadog.made.get();
        let base = format!(r#"{{"access_token": "base-{number}", "expires_in": 3600}}"#);
        url.starts_with("https://id.example.com/")
            .then(|| says(200, &[], &base))
    });
    let base = r#"{"token": {
        "provider": "http", "url": "https://id.example.com/t", "headers": {"X": {"secret": {"env": "ADMIN"}}}
    }}"#;
    let rules = r#""expires": [{"sources": true}, "#;
    let spec = spec("one", base).replacen(r#""expires": ["#, rules, 1);
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_1".to_owned()));
    let begun = record(&world)["issued_at"].as_u64().unwrap();
    assert_eq!(record(&world)["expires_at"], begun + 3600);
    world.pass(3600);
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_2".to_owned()));
}

/// Written before headers and secrets had a fingerprint: nobody knows whose it is.
#[test]
fn what_an_earlier_version_kept_is_made_anew_and_revoked() {
    let (world, datadog) = world();
    let spec = spec("one", ADMIN);
    gets(&world, &spec, "a").unwrap();
    let mut earlier = record(&world);
    earlier["keyfob"] = json!(1);
    earlier.as_object_mut().unwrap().remove("secrets");
    let written = ("minted".to_owned(), earlier.to_string());
    world.written.borrow_mut().extend([written]);
    assert_eq!(gets(&world, &spec, "a"), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2"]);
    assert_eq!(record(&world)["keyfob"], 2);
}

/// The key is no part of the request: its signature is another one at each moment.
#[test]
fn a_request_that_is_signed_for_aws_is_told_by_its_region_and_its_key() {
    let (world, _) = world();
    let signed = |region: &str| {
        let aws = format!(
            r#""aws": {{"service": "s", "region": "{region}", "keys": {ADMIN}}}, "headers": {{"X-Tenant": "one"}},"#
        );
        let headers =
            format!(r#""headers": {{"X-Tenant": "one", "Authorization": {{"bearer": {ADMIN}}}}},"#);
        spec("one", ADMIN).replace(&headers, &aws)
    };
    let key = |id: &str| format!(r#"{{"AccessKeyId": "{id}", "SecretAccessKey": "s"}}"#);
    let first = Ok("ddsat_1".to_owned());
    assert_eq!(gets(&world, &signed("one"), &key("AKIA1")), first);
    assert_eq!(gets(&world, &signed("one"), &key("AKIA1")), first);
    let other = "keyring entry `minted` holds a token that was created with another request";
    assert_eq!(
        gets(&world, &signed("two"), &key("AKIA1")).unwrap_err(),
        other
    );
    assert_ne!(gets(&world, &signed("one"), &key("AKIA2")), first);
}

/// The name came with the token, so it is kept beside it; what was kept without one is made anew.
#[test]
fn the_user_name_of_the_answer_is_kept_with_the_token() {
    let (world, datadog) = world();
    let plain = spec("one", ADMIN);
    assert_eq!(gets(&world, &plain, "a"), Ok("ddsat_1".to_owned()));
    assert!(record(&world).get("username").is_none());
    let member = r#""username": {"pointer": "/data/attributes/name"}, "keep""#;
    let named = plain.replace("\"keep\"", member);
    for _ in 0..2 {
        assert_eq!(gets(&world, &named, "a"), Ok("ddsat_2".to_owned()));
        let name = record(&world)["username"].as_str().unwrap().to_owned();
        assert!(name.starts_with("keyfob-"), "{name}");
        world.forget(world.key(&named).as_str()).unwrap();
        let token = world.ask(&named, 0).unwrap();
        assert_eq!(token.username, Some(name));
    }
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}
