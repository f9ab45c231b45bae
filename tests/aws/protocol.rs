//! What an SDK runs and reads: one JSON object (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, need, run};

const AWS: [&str; 3] = ["aws", "--spec", "account"];

/// A request whose answer holds keys.
pub(super) fn spec(provider: &Provider) -> Value {
    json!({
        "provider": "http",
        "url": provider.at("/sts"),
        "form": {"WebIdentityToken": {"secret": {"env": "TEST_IDENTITY"}}},
        "token_pointer": {
            "AccessKeyId": "/Credentials/AccessKeyId",
            "SecretAccessKey": "/Credentials/SecretAccessKey",
            "SessionToken": "/Credentials/SessionToken",
        },
        "expires": {"seconds": "/Credentials/Life"},
    })
}

fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.set("TEST_IDENTITY", "e30.eyJzdWIiOiJhIn0.c2ln");
    home.spec("account", spec.to_string());
    home
}

/// Keys that live so many seconds.
pub(super) fn keys(number: usize, life: u64) -> Answer {
    let keys = json!({
        "AccessKeyId": format!("ASIA{number}"), "SecretAccessKey": "se/cr+et",
        "SessionToken": "FQoG//Yx==", "Life": life,
    });
    Answer::json(200, json!({"Credentials": keys}).to_string())
}

fn numbering(life: u64) -> Provider {
    Provider::start(move |request| keys(request.number, life))
}

/// Standard output without the end, which is checked to be one.
#[track_caller]
fn keys_of(output: &Output) -> String {
    assert_eq!(output.stderr, "");
    let answer = output.answer();
    let (keys, end) = answer.split_once(r#","Expiration":""#).unwrap();
    let end = end.strip_suffix("\"}\n").unwrap();
    assert!(end.len() == 20 && end.ends_with('Z'), "{end}");
    keys.to_owned()
}

#[track_caller]
fn fails(output: &Output, status: i32, words: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (status, ""));
    assert!(output.stderr.contains(words), "{}", output.stderr);
}

#[test]
fn keys_are_one_object_in_the_spelling_that_botocore_compares() {
    let provider = numbering(3600);
    let home = home(&spec(&provider));
    let expected = r#"{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"se/cr+et","SessionToken":"FQoG//Yx==""#;
    assert_eq!(keys_of(&run(&mut home.keyfob(AWS), "")), expected);
    let mut link = home.command_at(&home.link("aws-credential-keyfob"));
    assert_eq!(
        keys_of(&run(link.args(["--spec", "account"]), "")),
        expected
    );
    assert_eq!(provider.count(), 1);
}

#[test]
fn keys_without_a_session_or_an_end_are_told_without_them() {
    let provider = numbering(3600);
    let mut spec = spec(&provider);
    spec["token_pointer"]
        .as_object_mut()
        .unwrap()
        .remove("SessionToken");
    spec["expires"] = json!({"never": true});
    let output = run(&mut home(&spec).keyfob(AWS), "");
    let expected = r#"{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"se/cr+et""#;
    assert_eq!(keys_of(&output), expected);
}

#[test]
fn a_token_that_is_no_keys_is_refused_with_what_the_spec_must_yield() {
    let provider = Provider::start(|_| {
        Answer::json(
            200,
            r#"{"a":"opaque","b":"{\"AccessKeyId\":\"A\"}","c":"S","AccessKeyId":"I"}"#,
        )
    });
    let mut spec = spec(&provider);
    let places = [
        json!("/a"),
        json!("/b"),
        json!({"AccessKeyId": "/AccessKeyId"}),
        json!({"accessKeyId": "/AccessKeyId", "SecretAccessKey": "/c"}),
        json!({"AccessKeyId": "/AccessKeyId", "SecretAccessKey": "/c", "Colour": "/a"}),
    ];
    for place in places {
        spec["token_pointer"] = place;
        let output = run(&mut home(&spec).keyfob(AWS), "");
        fails(&output, 1, "the spec yields no AWS keys");
        fails(&output, 1, "(not-supported)\nkeyfob: hint: ");
        fails(&output, 1, "\"token_pointer\": {\"AccessKeyId\": ");
        assert!(!output.stderr.contains("opaque"), "{}", output.stderr);
    }
}

#[test]
fn keys_that_lack_a_part_are_nonsense() {
    for (keys, why) in [
        (
            r#"{"AccessKeyId":"A","SecretAccessKey":"S"}"#,
            "there is no token at `/Credentials/SessionToken`",
        ),
        (
            r#"{"AccessKeyId":7,"SecretAccessKey":"S","SessionToken":"T"}"#,
            "`/Credentials/AccessKeyId` is not a string",
        ),
        (
            r#"{"AccessKeyId":"A","SecretAccessKey":"","SessionToken":"T"}"#,
            "the token is empty",
        ),
        (
            r#"{"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T\nU"}"#,
            "the token holds a blank, a line break",
        ),
    ] {
        let answer = Answer::json(200, format!(r#"{{"Credentials":{keys}}}"#));
        let provider = Provider::start(move |_| answer.clone());
        let output = run(&mut home(&spec(&provider)).keyfob(AWS), "");
        fails(&output, 1, why);
        fails(&output, 1, "(provider-nonsense)");
    }
}

#[test]
fn a_failure_is_an_exit_status_and_words() {
    let provider = Provider::start(|_| {
        let error = r#"{"Error":{"Code":"InvalidIdentityToken","Message":"The ID token is expired","Type":"Sender"},"RequestId":"1"}"#;
        Answer::json(400, error)
    });
    let mut home = home(&spec(&provider));
    fails(
        &run(&mut home.keyfob(AWS), ""),
        1,
        "refused: HTTP 400, InvalidIdentityToken: The ID token is expired (provider-refused)\n",
    );
    home.unset("TEST_IDENTITY");
    fails(&run(&mut home.keyfob(AWS), ""), 1, "(secret-missing)");
    fails(&run(&mut home.keyfob(["aws"]), ""), 2, "(spec-not-found)");
    let output = run(&mut home.keyfob(AWS.into_iter().chain(["s3cret"])), "");
    fails(&output, 2, "aws takes no argument but --spec (usage)");
    assert!(!output.stderr.contains("s3cret"));
    let piped = run(
        &mut home.keyfob(["aws", "--spec", "-"]),
        spec(&provider).to_string(),
    );
    fails(&piped, 2, "keyfob: error: ");
    assert_eq!(provider.count(), 1);
}

#[test]
fn keys_are_renewed_before_botocore_asks_for_others() {
    if !need(&["faketime"]) {
        return;
    }
    // 21 minutes before the end; half of their life where they live 15 minutes, the least that AWS gives.
    for (life, still, renewed) in [(3600, 2330, 2345), (900, 440, 455)] {
        let provider = numbering(life);
        let home = home(&spec(&provider));
        let after =
            |seconds: i64| run(&mut home.keyfob_at(seconds, AWS), "").json()["AccessKeyId"].clone();
        assert_eq!(after(0), "ASIA1");
        assert_eq!(after(still), "ASIA1");
        assert_eq!(after(renewed), "ASIA2");
    }
}

/// Keys without an end would never be asked for again.
#[test]
fn keys_in_their_last_minute_are_told_with_their_true_end() {
    if !need(&["faketime"]) {
        return;
    }
    let provider = Provider::start(|request| match request.number {
        1 => keys(1, 3600),
        _ => Answer::empty(503),
    });
    let home = home(&spec(&provider));
    let after = |seconds: i64| {
        let end = run(&mut home.keyfob_at(seconds, AWS), "").json()["Expiration"].clone();
        keyfob::time::Timestamp::parse_rfc3339(end.as_str().unwrap()).unwrap()
    };
    let (early, last) = (after(0), after(3570));
    assert_eq!(last.since(early), Duration::from_secs(300));
}

#[test]
fn many_at_once_ask_once() {
    let provider = numbering(3600);
    let home = home(&spec(&provider));
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| keys_of(&run(&mut home.keyfob(AWS), "")));
        }
    });
    assert_eq!(provider.count(), 1);
}

#[test]
fn keys_that_were_stored_as_json_may_hold_escapes_and_are_an_object() {
    let mut home = Home::new();
    let spec = json!({"provider": "static", "token": {"env": "KEYS"}, "expires": {"never": true}});
    home.spec("account", spec.to_string());
    home.set(
        "KEYS",
        r#"{"AccessKeyId":"A","SecretAccessKey":"b\/c","SessionToken":"d"}"#,
    );
    let answer = run(&mut home.keyfob(AWS), "").json();
    assert_eq!(answer["SecretAccessKey"], "b/c");
    home.set("KEYS", r#"["A","b/c","d"]"#);
    let output = run(&mut home.keyfob(AWS), "");
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
}

#[test]
fn keys_whose_end_nobody_told_have_one_so_that_they_are_asked_for_again() {
    let provider = numbering(3600);
    let mut spec = spec(&provider);
    spec["expires"] = json!({"seconds": "/nowhere"});
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let before = i64::try_from(now.unwrap().as_secs()).unwrap();
    let output = run(&mut home(&spec).keyfob(AWS), "").json();
    let end = keyfob::time::Timestamp::parse_rfc3339(output["Expiration"].as_str().unwrap());
    let life = end.unwrap().unix() - before;
    assert!((295..=310).contains(&life), "{life}");
}
