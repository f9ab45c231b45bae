//! What a failure leaves behind: a cool-down where the provider asked for one, else an answer for those who had begun before it.

use super::world::{BEGIN, Fake, SPEC, Script, refuses_connections, says, times_out, token};

fn failing(status: u16, headers: &'static [(&str, &str)]) -> Fake {
    let world = Fake::new();
    world.answers(move |_| says(status, headers, ""));
    world
}

/// For how many seconds after the failure nobody asks.
fn silent_for(world: &Fake) -> u64 {
    world.effects();
    for second in 0..5000 {
        assert!(world.obtain().is_err());
        let effects = world.effects();
        if effects.iter().any(|effect| effect.starts_with("send ")) {
            return second;
        }
        assert_eq!(effects, ["look"], "a cool-down opens and locks nothing");
        world.pass(1);
    }
    panic!("for ever");
}

#[test]
fn retry_after_is_kept_to_its_end_and_then_asked_again() {
    for (status, value, seconds) in [
        (429, "120", 120),
        (429, "Thu, 01 Jan 2026 00:02:00 GMT", 120),
        (429, "0", 1),
        (429, "1.5", 2),
        (429, "999999", 3600),
        (503, "60", 60),
        (500, "60", 60),
        (403, "60", 60),
    ] {
        let world = Fake::new();
        world.answers(move |_| says(status, &[("retry-after", value)], ""));
        assert!(world.obtain().is_err());
        assert_eq!(silent_for(&world), seconds, "{status} {value}");
    }
}

#[test]
fn a_providers_own_header_is_kept_where_the_spec_names_it() {
    let spec = SPEC.replacen('{', r#"{"retry_header": "X-RateLimit-Reset", "#, 1);
    let world = failing(429, &[("x-ratelimit-reset", "77")]);
    assert_eq!(world.obtain_for(&spec, 0), Err("rate-limited"));
    world.effects();
    world.pass(76);
    assert_eq!(world.obtain_for(&spec, 0), Err("rate-limited"));
    assert_eq!(world.requests(), 0);
    world.pass(1);
    assert_eq!(world.obtain_for(&spec, 0), Err("rate-limited"));
    assert_eq!(world.requests(), 1);
}

#[test]
fn a_cool_down_says_until_when() {
    let world = failing(429, &[("retry-after", "120")]);
    let first = world.sentence();
    assert!(
        first.starts_with("https://id.example.com/token limits the number of requests: HTTP 429"),
        "{first}"
    );
    world.pass(30);
    let later = world.sentence();
    assert_eq!(
        later,
        format!("{first}; no request is sent until 2026-01-01T00:02:00Z (in 1 min 30 s)")
    );
    // Two seconds are over before anybody has read of them.
    world.pass(87);
    assert!(world.sentence().ends_with(" (in 3 s)"));
    world.pass(1);
    assert_eq!(world.sentence(), first);
}

#[test]
fn a_limit_without_a_time_lasts_longer_each_time_up_to_five_minutes() {
    let world = failing(429, &[]);
    assert_eq!(world.obtain(), Err("rate-limited"));
    let pauses: Vec<u64> = (0..7).map(|_| silent_for(&world)).collect();
    assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300]);
}

#[test]
fn a_success_begins_anew() {
    let world = failing(429, &[]);
    for seconds in [10, 20] {
        assert_eq!(world.obtain(), Err("rate-limited"));
        world.pass(seconds);
    }
    world.answers(|_| token("t", 30));
    assert_eq!(world.obtain(), Ok("t".to_owned()));
    assert!(world.entry().unwrap().failure.is_none());
    world.pass(30);
    world.answers(|_| says(429, &[], ""));
    assert_eq!(world.obtain(), Err("rate-limited"));
    assert_eq!(silent_for(&world), 10);
}

#[test]
fn every_failure_of_the_provider_is_shared_for_two_seconds_with_who_had_begun_before_it() {
    for (code, answer) in passing() {
        let world = Fake::new();
        world.answers(answer);
        let first = world.sentence();
        world.effects();
        assert_eq!(world.sentence(), first, "told in the same words");
        assert_eq!(world.obtain(), Err(code));
        assert_eq!(world.requests(), 0);
        assert_eq!(silent_for(&world), 2, "{code}");
    }
}

#[test]
fn who_comes_after_a_failure_asks_anew_at_once() {
    for (code, answer) in passing() {
        let world = Fake::new();
        world.answers(answer);
        assert_eq!(world.obtain(), Err(code));
        world.next_process();
        world.effects();
        assert_eq!(world.obtain(), Err(code));
        assert!(world.requests() > 0, "{code}: nobody was asked");
        world.answers(|_| token("mended", 3600));
        world.next_process();
        assert_eq!(world.obtain(), Ok("mended".to_owned()), "{code}");
    }
}

#[test]
fn a_cool_down_holds_for_who_comes_after_it_too() {
    for (status, headers, seconds) in [
        (429, &[("retry-after", "120")][..], 120),
        (429, &[], 10),
        (503, &[("retry-after", "60")], 60),
        (403, &[("retry-after", "3")], 3),
        (429, &[("retry-after", "2")], 2),
        (429, &[("retry-after", "1")], 1),
    ] {
        let world = failing(status, headers);
        assert!(world.obtain().is_err());
        world.next_process();
        assert_eq!(silent_for(&world), seconds, "{status}");
    }
}

#[test]
fn while_a_token_is_still_good_a_failed_renewal_is_left_alone_by_all() {
    let world = Fake::new();
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    world.answers(|_| times_out());
    world.pass(3300);
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    world.next_process();
    world.effects();
    world.pass(9);
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.effects(), ["look"]);
    world.pass(1);
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.requests(), 1);
}

/// Every way in which a provider fails that names no time.
fn passing() -> [(&'static str, Script); 5] {
    [
        ("provider-refused", |_| {
            says(401, &[], r#"{"error":"invalid_client"}"#)
        }),
        ("provider-unavailable", |_| says(500, &[], "")),
        ("provider-unreachable", |_| times_out()),
        ("provider-unreachable", |_| refuses_connections()),
        ("provider-nonsense", |_| says(200, &[], "<html>")),
    ]
}

#[test]
fn one_identitys_failure_is_not_anothers() {
    let world = failing(429, &[("retry-after", "120")]);
    assert_eq!(world.obtain(), Err("rate-limited"));
    world.answers(|_| token("t", 3600));
    let other = SPEC.replace(r#""client_id": "ci""#, r#""client_id": "other""#);
    assert_eq!(world.obtain_for(&other, 0), Ok("t".to_owned()));
    assert_eq!(world.obtain(), Err("rate-limited"));
}

#[test]
fn a_failure_that_repeats_the_secret_is_kept_without_it() {
    let world = Fake::new();
    world.answers(|_| {
        says(
            400,
            &[],
            r#"{"error":"invalid_client","error_description":"not valid: s3cret-of-the-keyring, czNjcmV0LW9mLXRoZS1rZXlyaW5n"}"#,
        )
    });
    let sentence = world.sentence();
    assert!(
        sentence.ends_with("invalid_client; words are withheld that may repeat a secret"),
        "{sentence}"
    );
    let kept = world.cache_text();
    assert!(kept.contains("words are withheld"), "{kept}");
    assert!(
        !kept.contains("s3cret") && !kept.contains("czNjcmV0"),
        "{kept}"
    );
}

#[test]
fn a_cool_down_begins_when_the_answer_came() {
    let world = Fake::new();
    world.answers(|world| {
        world.pass(5);
        says(429, &[("retry-after", "10")], "")
    });
    assert_eq!(world.obtain(), Err("rate-limited"));
    let failure = world.entry().unwrap().failure.unwrap();
    assert_eq!(failure.at.since(BEGIN).as_secs(), 5);
    assert_eq!(failure.until.since(BEGIN).as_secs(), 15);
}

const LIMITS: &str = r#"{"limits": [
    {"status": 403, "says": "token limit", "hint": "give some back"},
    {"status": 400, "says": "too_many", "hint": "wait"}
], "#;

#[test]
fn a_refusal_that_the_spec_calls_a_limit_is_kept_and_grows() {
    let spec = SPEC.replacen('{', LIMITS, 1);
    for (status, body, hint) in [
        (
            403,
            r#"{"error":"access_denied","error_description":"Access Token limit reached"}"#,
            "give some back",
        ),
        (400, r#"{"error":"too_many_tokens"}"#, "wait"),
    ] {
        let world = Fake::new();
        world.answers(move |_| says(status, &[], body));
        let error = world.ask(&spec, 0).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.hint.as_deref()),
            ("rate-limited", Some(hint))
        );
        for pause in [10, 20, 40, 80, 160, 300, 300] {
            world.effects();
            world.pass(pause - 1);
            world.next_process();
            assert_eq!(world.obtain_for(&spec, 0), Err("rate-limited"));
            assert_eq!(world.requests(), 0, "{pause}");
            world.pass(1);
            world.next_process();
            assert_eq!(world.obtain_for(&spec, 0), Err("rate-limited"));
            assert_eq!(world.requests(), 1, "{pause}");
        }
    }
}

#[test]
fn any_other_refusal_is_no_limit() {
    let spec = SPEC.replacen('{', LIMITS, 1);
    for (status, body) in [
        (
            403,
            r#"{"error":"access_denied","error_description":"the address is not on the list"}"#,
        ),
        (
            401,
            r#"{"error":"access_denied","error_description":"Access Token limit reached"}"#,
        ),
        (403, ""),
    ] {
        let world = Fake::new();
        world.answers(move |_| says(status, &[], body));
        assert_eq!(
            world.obtain_for(&spec, 0),
            Err("provider-refused"),
            "{body}"
        );
    }
}
