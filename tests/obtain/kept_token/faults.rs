//! Providers and keyrings that fail halfway, and entries that are not ours.

use std::time::Duration;

use keyfob::world::keyring::KeyringError;

use super::super::world::times_out;
use super::*;

fn broken() -> KeyringError {
    KeyringError::Failed {
        reason: "the disk is full".to_owned(),
    }
}

#[test]
fn where_nothing_can_be_kept_nothing_is_made() {
    let (world, datadog) = world();
    *world.writing.borrow_mut() = Err(broken());
    let why = run(&world).unwrap_err();
    assert_eq!(
        why,
        "no token was created, since it could not be stored: keyring entry `minted`: the keyring cannot do this: the disk is full"
    );
    assert_eq!((sent(&world).len(), datadog.made.get()), (0, 0));
}

#[test]
fn a_keyring_that_cannot_be_reached_is_told_before_anybody_is_asked() {
    for why in [
        KeyringError::Locked,
        KeyringError::TimedOut,
        KeyringError::Ambiguous,
    ] {
        let (world, _) = world();
        world.own.borrow_mut().clear();
        *world.keyring.borrow_mut() = Err(why.clone());
        let error = world.ask(SPEC, 0).unwrap_err();
        assert_eq!(error.sentence, format!("keyring entry `minted`: {why}"));
        // A locked one is there, and no other is needed.
        let names_another = error.hint.unwrap().contains("KEYFOB_KEYRING=kernel");
        assert_eq!(names_another, why != KeyringError::Locked);
        assert_eq!(sent(&world).len(), 0);
    }
}

/// The keyring breaks as soon as a token has been made.
fn breaks_after_the_post(world: &Rc<Fake>, datadog: &Rc<Datadog>) {
    let (weak, provider) = (Rc::downgrade(world), Rc::clone(datadog));
    world.answers(move |world| {
        let sent = world.sent.borrow().clone();
        if sent.0 == "POST" {
            *weak.upgrade().unwrap().writing.borrow_mut() = Err(broken());
        }
        provider.answer(&sent)
    });
}

#[test]
fn a_new_token_that_cannot_be_kept_is_revoked_at_once() {
    let (world, datadog) = world();
    let world = Rc::new(world);
    breaks_after_the_post(&world, &datadog);
    let why = run(&world).unwrap_err();
    assert_eq!(
        why,
        "the new token could not be stored, and was revoked: keyring entry `minted`: the keyring cannot do this: the disk is full"
    );
    assert_eq!(sent(&world), ["POST …", "DELETE …/id-1"]);
    assert_eq!(datadog.keys().len(), 0);
}

#[test]
fn where_that_fails_too_both_are_told_and_the_next_run_revokes_it() {
    let (world, datadog) = world();
    let world = Rc::new(world);
    breaks_after_the_post(&world, &datadog);
    datadog.says_instead(|_, method, _| (method == "DELETE").then(|| says(500, &[], "")));
    world.random.set(6);
    let why = world.ask(SPEC, 0).unwrap_err();
    assert!(
        why.sentence
            .starts_with("the new token could not be stored: keyring entry `minted`: "),
        "{}",
        why.sentence
    );
    assert!(
        why.sentence.contains("; and revoking it failed: "),
        "{}",
        why.sentence
    );
    assert_eq!(
        why.hint.as_deref(),
        Some("the provider lists it as keyfob-0606060606060606; the next run revokes it")
    );
    assert_eq!(datadog.keys(), ["ddsat_1"]);
    datadog.works_again();
    let provider = Rc::clone(&datadog);
    world.answers(move |world| provider.answer(&world.sent.borrow().clone()));
    *world.writing.borrow_mut() = Ok(());
    world.pass(5);
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}

#[test]
fn a_post_that_may_have_arrived_is_never_repeated_and_what_it_made_is_found() {
    let lost: [fn(&Datadog, &str) -> Sent; 4] = [
        |datadog, body| datadog.make(body).and_then(|_| times_out()),
        |datadog, body| datadog.make(body).and_then(|_| says(500, &[], "")),
        |datadog, body| {
            datadog
                .make(body)
                .and_then(|_| says(503, &[("retry-after", "1")], ""))
        },
        |datadog, body| {
            datadog
                .make(body)
                .and_then(|_| says(201, &[], "{\"data\":{}}"))
        },
    ];
    for (number, lose) in lost.into_iter().enumerate() {
        let (world, datadog) = world();
        let provider = Rc::clone(&datadog);
        world.answers(move |world| {
            let sent = world.sent.borrow().clone();
            match (sent.0.as_str(), provider.made.get()) {
                ("POST", 0) => lose(&provider, &sent.2),
                _ => provider.answer(&sent),
            }
        });
        run(&world).unwrap_err();
        assert_eq!(sent(&world), ["POST …"], "{number}");
        assert_eq!(datadog.keys(), ["ddsat_1"]);
        world.pass(5);
        assert_eq!(run(&world), Ok("ddsat_2".to_owned()), "{number}");
        assert_eq!(
            sent(&world),
            [
                "GET …?page%5Bsize%5D=100&filter=keyfob-0101010101010101",
                "DELETE …/id-1",
                "POST …"
            ]
        );
        assert_eq!(
            (datadog.keys(), record(&world)["pending"].clone()),
            (vec!["ddsat_2".to_owned()], json!([]))
        );
    }
}

#[test]
fn a_refusal_leaves_nothing_behind() {
    for status in [400, 403, 404, 429] {
        let (world, datadog) = world();
        datadog.says_instead(move |_, _, _| Some(says(status, &[], r#"{"errors":["Forbidden"]}"#)));
        run(&world).unwrap_err();
        assert_eq!(sent(&world), ["POST …"]);
        assert_eq!(record(&world), Value::Null, "{status}");
    }
}

#[test]
fn a_refusal_to_renew_leaves_the_former_where_it_is() {
    let (world, datadog) = world();
    run(&world).unwrap();
    world.pass(DAY - 200);
    datadog.says_instead(|_, method, _| (method == "POST").then(|| says(403, &[], "{}")));
    assert_eq!(
        run(&world),
        Ok("ddsat_1".to_owned()),
        "it is good until its end"
    );
    assert_eq!(datadog.keys(), ["ddsat_1"]);
    assert_eq!(
        (&record(&world)["token"], &record(&world)["pending"]),
        (&json!("ddsat_1"), &json!([]))
    );
}

#[test]
fn one_that_was_revoked_elsewhere_is_replaced() {
    let (world, datadog) = world();
    run(&world).unwrap();
    datadog.alive.borrow_mut().clear();
    forget(&world);
    sent(&world);
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    assert_eq!(sent(&world), ["GET …/id-1", "POST …", "DELETE …/id-1"]);
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}

#[test]
fn whatever_else_the_provider_says_of_it_speaks_against_no_token() {
    let answers: [fn() -> Sent; 5] = [
        times_out,
        super::super::world::refuses_connections,
        || says(403, &[], ""),
        || says(429, &[], ""),
        || says(503, &[], ""),
    ];
    for answer in answers {
        let (world, datadog) = world();
        run(&world).unwrap();
        forget(&world);
        datadog.says_instead(move |_, _, _| Some(answer()));
        assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
        assert_eq!(datadog.made.get(), 1);
    }
}

#[test]
fn a_former_one_that_cannot_be_revoked_is_revoked_by_the_next_run() {
    let (world, datadog) = world();
    run(&world).unwrap();
    world.pass(DAY - 200);
    datadog.says_instead(|_, method, _| (method == "DELETE").then(|| says(403, &[], "")));
    assert_eq!(
        run(&world),
        Ok("ddsat_2".to_owned()),
        "it fails nobody's login"
    );
    assert_eq!(record(&world)["superseded"], json!(["id-1"]));
    datadog.works_again();
    forget(&world);
    sent(&world);
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    assert_eq!(sent(&world), ["GET …/id-2", "DELETE …/id-1"]);
    assert_eq!(
        (datadog.keys(), record(&world)["superseded"].clone()),
        (vec!["ddsat_2".to_owned()], json!([]))
    );
}

#[test]
fn a_former_one_that_cannot_be_revoked_keeps_no_other_alive() {
    let (world, datadog) = world();
    run(&world).unwrap();
    let mut kept = record(&world);
    kept["superseded"] = json!(["id-a", "id-b"]);
    let written = ("minted".to_owned(), kept.to_string());
    world.written.borrow_mut().extend([written]);
    forget(&world);
    datadog.says_instead(|_, method, url| {
        (method == "DELETE" && url.ends_with("/id-a")).then(|| says(403, &[], ""))
    });
    sent(&world);
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    assert_eq!(
        sent(&world),
        ["GET …/id-1", "DELETE …/id-a", "DELETE …/id-b"]
    );
    assert_eq!(record(&world)["superseded"], json!(["id-a"]));
}

#[test]
fn while_nobody_can_say_what_an_attempt_made_no_other_is_made() {
    let (world, datadog) = world();
    datadog.says_instead(|datadog, method, _| {
        (method == "POST").then(|| {
            datadog.made.set(datadog.made.get() + 1);
            times_out()
        })
    });
    run(&world).unwrap_err();
    datadog.says_instead(|_, method, url| {
        (method == "GET" && url.contains('?')).then(|| says(503, &[("retry-after", "60")], ""))
    });
    world.pass(5);
    let why = world.ask(SPEC, 0).unwrap_err();
    assert_eq!(why.code.as_str(), "provider-unavailable");
    assert_eq!(datadog.made.get(), 1);
}

#[test]
fn a_question_about_the_kept_token_takes_a_third_of_the_time_at_most() {
    let (world, datadog) = world();
    run(&world).unwrap();
    forget(&world);
    world.answers(move |world| {
        let sent = world.sent.borrow().clone();
        if sent.0 == "GET" {
            world.pass(60);
        }
        datadog.answer(&sent)
    });
    let begun = world.elapsed();
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    assert_eq!(world.elapsed() - begun, Duration::from_secs(3));
}

#[test]
fn a_token_is_made_within_the_time_that_the_spec_allows() {
    let (world, datadog) = world();
    world.answers(move |world| {
        world.pass(20);
        datadog.answer(&world.sent.borrow().clone())
    });
    let patient = SPEC.replacen('{', r#"{"timeout": 30, "#, 1);
    let token = world.ask(&patient, 0).unwrap();
    assert_eq!(token.access_token.expose(), "ddsat_1");
}

#[test]
fn another_process_that_works_without_the_lock_loses_nothing_to_us() {
    let (world, datadog) = world();
    let provider = Rc::clone(&datadog);
    world.answers(move |world| {
        let sent = world.sent.borrow().clone();
        let answer = provider.answer(&sent);
        if sent.0 == "POST" && provider.made.get() == 1 {
            // Meanwhile the other one found our name, nothing behind it, and went on.
            let mut theirs = record(world);
            provider
                .make(&sent.2.replace("0101010101010101", "another"))
                .unwrap();
            theirs["pending"] = json!([]);
            (theirs["token"], theirs["id"]) = (json!("ddsat_2"), json!("id-2"));
            (theirs["issued_at"], theirs["expires_at"]) =
                (json!(1_767_225_600), json!(1_767_312_000));
            world
                .written
                .borrow_mut()
                .insert("minted".to_owned(), theirs.to_string());
        }
        answer
    });
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    assert_eq!(sent(&world), ["POST …", "DELETE …/id-1"]);
    assert_eq!(
        (datadog.keys(), &record(&world)["id"]),
        (vec!["ddsat_2".to_owned()], &json!("id-2"))
    );
}

#[test]
fn an_entry_that_is_not_ours_is_neither_used_nor_written_over() {
    let ours = {
        let (world, _) = world();
        run(&world).unwrap();
        record(&world)
    };
    let with = |member: &str, value: Value| {
        let mut record = ours.clone();
        record[member] = value;
        record.to_string()
    };
    let table = [
        (
            "a-client-secret".to_owned(),
            "does not hold a record of tokens",
        ),
        ("{}".to_owned(), "does not hold a record of tokens"),
        (with("keyfob", json!(3)), "does not hold a record of tokens"),
        (
            with("of a later version", json!(1)),
            "does not hold a record of tokens",
        ),
        (with("id", Value::Null), "does not hold a record of tokens"),
        (
            with("token", json!("two\nlines")),
            "does not hold a record of tokens",
        ),
        (
            with("place", json!(URL.replace("sa-1", "sa-2"))),
            "holds the token of another account or provider",
        ),
        (
            with("request", json!("00")),
            "holds a token that was created with another request",
        ),
    ];
    for (content, words) in table {
        let (world, _) = world();
        world
            .written
            .borrow_mut()
            .insert("minted".to_owned(), content.clone());
        let why = world.ask(SPEC, 0).unwrap_err();
        assert_eq!(why.sentence, format!("keyring entry `minted` {words}"));
        assert_eq!(why.code.as_str(), "secret-unreadable");
        assert!(why.hint.unwrap().contains("name another entry in `store`"));
        assert_eq!(sent(&world).len(), 0);
        assert_eq!(world.written.borrow().get("minted"), Some(&content));
    }
}

#[test]
fn one_that_another_request_made_can_be_given_back() {
    let (world, datadog) = world();
    run(&world).unwrap();
    let other = SPEC.replace("dashboards_read ", "");
    assert_eq!(
        world.ask(&other, 0).unwrap_err().sentence,
        "keyring entry `minted` holds a token that was created with another request"
    );
    revoke::run(&world, Some(&other))
        .map_err(|error| error.sentence)
        .unwrap();
    assert_eq!((datadog.keys().len(), record(&world)), (0, Value::Null));
    assert_eq!(
        world.ask(&other, 0).unwrap().access_token.expose(),
        "ddsat_2"
    );
}

#[test]
fn what_cannot_be_given_back_stays_written_down_and_is_not_handed_out() {
    let (world, datadog) = world();
    run(&world).unwrap();
    datadog.says_instead(|_, method, _| (method == "DELETE").then(|| says(403, &[], "")));
    give_back(&world).unwrap_err();
    assert_eq!(
        (&record(&world)["token"], &record(&world)["superseded"]),
        (&Value::Null, &json!(["id-1"]))
    );
    datadog.works_again();
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}

#[test]
fn who_may_not_list_makes_tokens_all_the_same_and_not_without_end() {
    let (world, datadog) = world();
    datadog.says_instead(|datadog, method, url| match method {
        "GET" if url.contains('?') => Some(says(403, &[], "")),
        "POST" => {
            datadog.made.set(datadog.made.get() + 1);
            Some(times_out())
        }
        _ => None,
    });
    for _ in 0..20 {
        run(&world).unwrap_err();
        world.pass(20);
    }
    assert_eq!(
        datadog.made.get(),
        8,
        "whatever they made is named in the keyring"
    );
    assert_eq!(record(&world)["pending"].as_array().unwrap().len(), 8);
    let why = world.ask(SPEC, 0).unwrap_err();
    assert!(
        why.sentence
            .starts_with("8 attempts to create a token have no known result"),
        "{}",
        why.sentence
    );
}

#[test]
fn a_full_list_that_does_not_hold_the_name_proves_nothing() {
    let (world, datadog) = world();
    datadog.says_instead(|_, method, _| (method == "POST").then(times_out));
    run(&world).unwrap_err();
    let full: Vec<Value> = (0..100)
        .map(|n| json!({ "id": format!("x-{n}"), "attributes": { "name": "other" } }))
        .collect();
    let full = json!({ "data": full }).to_string();
    datadog.says_instead(move |_, method, url| {
        (method == "GET" && url.contains('?')).then(|| says(200, &[], &full))
    });
    world.pass(700);
    run(&world).unwrap();
    assert_eq!(record(&world)["pending"].as_array().unwrap().len(), 1);
    assert_eq!(
        datadog.keys(),
        ["ddsat_1"],
        "and nobody else's token is touched"
    );
}

#[test]
fn an_id_is_one_segment_of_the_path_whatever_the_provider_calls_it() {
    let table = [
        (json!("../../users/7"), Some("…/..%2F..%2Fusers%2F7")),
        (json!("a?b#c"), Some("…/a%3Fb%23c")),
        (json!(42), Some("…/42")),
        (json!(".."), None),
        (json!("."), None),
        (json!(""), None),
        (json!(null), None),
        (json!("x".repeat(257)), None),
    ];
    for (id, url) in table {
        let (world, datadog) = world();
        let said =
            json!({ "data": { "id": id, "attributes": { "key": "ddsat_x", "expires_at": null } } })
                .to_string();
        datadog.says_instead(move |_, method, _| match method {
            "POST" => Some(says(201, &[], &said)),
            "DELETE" => Some(says(204, &[], "")),
            _ => None,
        });
        let made = run(&world);
        assert_eq!(made.is_ok(), url.is_some(), "{id}: {made:?}");
        if let Some(url) = url {
            sent(&world);
            give_back(&world).unwrap();
            assert_eq!(sent(&world), [format!("DELETE {url}")]);
        }
    }
}

#[test]
fn one_that_has_no_end_is_kept_and_looked_at_each_hour() {
    let (world, datadog) = world();
    datadog.says_instead(|datadog, method, _| {
        (method == "POST").then(|| {
            datadog.alive.borrow_mut().insert(
                "id-0".to_owned(),
                Alive {
                    name: String::new(),
                    key: "ddsat_0".to_owned(),
                },
            );
            says(
                201,
                &[],
                r#"{"data":{"id":"id-0","attributes":{"key":"ddsat_0","expires_at":null}}}"#,
            )
        })
    });
    assert_eq!(run(&world), Ok("ddsat_0".to_owned()));
    assert_eq!(world.ask(SPEC, 0).unwrap().expires_at, None);
    sent(&world);
    world.pass(3601);
    assert_eq!(run(&world), Ok("ddsat_0".to_owned()));
    assert_eq!(sent(&world), ["GET …/id-0"]);
}

/// Each further one would take a second more, with the lock held.
#[test]
fn former_ones_that_cannot_be_revoked_in_time_keep_nobody_waiting() {
    let (world, datadog) = world();
    run(&world).unwrap();
    let mut kept = record(&world);
    let former: Vec<String> = (0..30).map(|n| format!("former-{n}")).collect();
    kept["superseded"] = json!(former);
    let written = ("minted".to_owned(), kept.to_string());
    world.written.borrow_mut().extend([written]);
    forget(&world);
    world.answers(move |world| {
        let sent = world.sent.borrow().clone();
        if sent.0 == "DELETE" {
            world.pass(60);
        }
        datadog.answer(&sent)
    });
    let begun = world.elapsed();
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    let took = world.elapsed() - begun;
    assert!(took <= Duration::from_secs(10), "{took:?}");
    assert_eq!(record(&world)["superseded"], json!(former));
}
