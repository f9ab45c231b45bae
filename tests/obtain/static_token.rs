//! A stored token (`static`) and the provider's word on it: asked for again after `max_cache`, and obeyed at once.

use std::time::Duration;

use super::world::{BEGIN, Fake, Script, Sent, refuses_connections, says, times_out};

/// A stored token with a call that may veto it.
const STORED: &str = r#"{
    "provider": "static", "token": {"keyring": "stored"}, "expires": {"date": "/ends"}, "max_cache": 3600,
    "metadata": {
        "url": "https://id.example.com/token-7",
        "require": [{"pointer": "/active", "equals": true, "otherwise": "it was switched off"}]
    }
}"#;
/// What lies in the keyring.
const TOKEN: &str = "s3cret-of-the-keyring";

fn ends(end: &str) -> Sent {
    says(200, &[], &format!(r#"{{"active":true,"ends":{end}}}"#))
}

/// A world in which the provider spoke for the token, whose end is this.
fn spoken_for(end: &'static str) -> Fake {
    let world = Fake::new();
    world.answers(move |_| ends(end));
    assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()));
    world.effects();
    world
}

/// A month.
const LONG: &str = r#""2026-02-01T00:00:00Z""#;

#[test]
fn it_is_asked_about_again_after_an_hour_and_not_before() {
    let world = spoken_for(LONG);
    world.pass(3599);
    assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()));
    assert_eq!(world.effects(), ["look"]);
    world.pass(1);
    assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()));
    assert_eq!(world.requests(), 1);
    world.pass(3599);
    assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()));
    assert_eq!(world.requests(), 0);
}

#[test]
fn what_the_provider_speaks_against_is_no_longer_handed_out() {
    let against: [(&str, Script); 5] = [
        ("provider-refused", |_| {
            says(200, &[], r#"{"active":false,"ends":null}"#)
        }),
        ("provider-refused", |_| says(401, &[], "")),
        ("provider-refused", |_| says(404, &[], "")),
        ("provider-refused", |_| {
            says(200, &[], r#"{"error":"revoked"}"#)
        }),
        ("token-expired", |_| ends(r#""2026-01-01T00:59:59Z""#)),
    ];
    for (code, script) in against {
        let world = spoken_for(LONG);
        world.answers(script);
        world.pass(3600);
        assert_eq!(world.obtain_for(STORED, 0), Err(code));
        assert!(!world.cache_text().contains(TOKEN), "{code}: it is kept");
        assert_eq!(world.obtain_for(STORED, 0), Err(code));
        world.next_process();
        world.effects();
        assert_eq!(world.obtain_for(STORED, 0), Err(code));
        assert_eq!(world.requests(), 1, "{code}: asked anew");
        world.answers(|_| ends(LONG));
        world.next_process();
        assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()));
    }
}

#[test]
fn while_the_provider_cannot_say_it_is_handed_out_for_as_long_again() {
    let silent: [(&str, Script); 5] = [
        ("provider-unavailable", |_| says(500, &[], "")),
        ("provider-unreachable", |_| times_out()),
        ("provider-unreachable", |_| refuses_connections()),
        ("provider-nonsense", |_| says(200, &[], "<html>")),
        ("rate-limited", |_| says(429, &[("retry-after", "30")], "")),
    ];
    for (code, script) in silent {
        let world = spoken_for(LONG);
        world.answers(script);
        world.pass(3600);
        assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()), "{code}");
        assert!(world.requests() > 0, "{code}: nobody was asked");
        // Three tries take a second.
        world.pass(3597);
        assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()), "{code}");
        world.pass(3);
        assert_eq!(world.obtain_for(STORED, 0), Err(code));
    }
}

#[test]
fn no_entry_outlives_the_token_and_one_of_unknown_end_lasts_an_hour() {
    for (end, seconds) in [
        (LONG, 7200),
        (r#""2026-01-01T01:23:20Z""#, 5000),
        (r#""2026-01-01T00:10:00Z""#, 600),
        ("null", 3600),
    ] {
        let world = spoken_for(end);
        world.answers(|_| times_out());
        world.pass(seconds - 1);
        assert_eq!(world.obtain_for(STORED, 0), Ok(TOKEN.to_owned()), "{end}");
        let world = spoken_for(end);
        world.answers(|_| refuses_connections());
        world.pass(seconds);
        assert_eq!(
            world.obtain_for(STORED, 0),
            Err("provider-unreachable"),
            "{end}"
        );
    }
}

#[test]
fn an_issued_token_is_handed_out_to_its_end_whatever_is_said_of_its_renewal() {
    let world = Fake::new();
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    world.answers(|_| says(401, &[], r#"{"error":"invalid_client"}"#));
    world.pass(3599);
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    let until = world.entry().unwrap().stored.unwrap().use_until;
    assert_eq!(until.since(BEGIN), Duration::from_secs(3600));
}
