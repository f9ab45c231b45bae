//! What is said where there is nothing to forget: which token is meant depends on values that have to be there.

use keyfob::command::forget;
use keyfob::error::Code;
use keyfob::world::Clock as _;
use keyfob::world::cache::StoredFailure;

use super::world::{BEGIN, Fake, SPEC, token};

/// A spec that sends this value.
fn sends(source: &str) -> String {
    format!(
        r#"{{"provider": "http", "url": "https://id.example.com/t", "headers": {{"X": {{"secret": {source}}}}}}}"#
    )
}

#[test]
fn forget_says_so_where_an_entry_stays() {
    let world = Fake::new();
    world.obtain().unwrap();
    world.held.set(true);
    assert_eq!(forgets(&world, SPEC), Err("cache-unusable"));
    world.held.set(false);
    assert_eq!(forgets(&world, SPEC).as_deref(), Ok(""));
}

fn forgets(world: &Fake, spec: &str) -> Result<String, &'static str> {
    forget::run(world, Some(spec), false)
        .map(|reply| reply.stdout.expose_text().unwrap().to_owned())
        .map_err(|error| error.code.as_str())
}

#[test]
fn a_value_that_the_token_is_kept_under_is_missed_wherever_the_spec_names_it() {
    let (env, other) = (r#"{"env": "A"}"#, r#"{"env": "B"}"#);
    let jwt = r#"{"jwt": {"alg": "HS256", "key": {"env": "A"}, "claims": {"iss": "i"}}}"#;
    let certified = r#"{"jwt": {
        "alg": "RS256", "key": {"keyring": "k"}, "certificate": {"env": "A"}, "claims": {"iss": "i"}
    }}"#;
    for source in [
        env.to_owned(),
        jwt.to_owned(),
        certified.to_owned(),
        format!(r#"{{"token": {}}}"#, sends(env)),
        format!(r#"{{"token": {}}}"#, sends(jwt)),
        format!("[{other}, {env}]"),
    ] {
        let world = Fake::new();
        assert_eq!(
            forgets(&world, &sends(&source)),
            Err("secret-missing"),
            "{source}"
        );
        let mut variables = world.variables.borrow_mut();
        variables.insert("A".to_owned(), "there".to_owned());
        drop(variables);
        assert_eq!(
            forgets(&world, &sends(&source)).as_deref(),
            Ok("nothing to forget: no token of spec `inline` is cached\n"),
            "{source}"
        );
        let looked = world.effects();
        let opens = |effect: &&String| effect.starts_with("keyring") || effect.starts_with("send");
        assert_eq!(looked.iter().filter(opens).count(), 0, "{looked:?}");
    }
    // Where the keyring may have it, nobody looks.
    let world = Fake::new();
    let either = sends(&format!(r#"[{env}, {{"keyring": "k"}}]"#));
    assert!(forgets(&world, &either).is_ok());
}

#[test]
fn a_token_of_other_values_is_told_of_and_no_failure_and_no_other_spec_is() {
    let none = "nothing to forget: no token of spec `inline` is cached\n";
    let others = "nothing to forget: no token is cached for the current values of spec `inline`, but one is for other values\n";
    let spec = sends(r#"{"keyring": "k"}"#);
    let world = Fake::new();
    let failure = StoredFailure {
        at: world.now(),
        at_millis: 0,
        until: BEGIN,
        code: Code::ProviderRefused,
        sentence: "it said no".to_owned(),
        hint: None,
        in_a_row: 1,
        caller: None,
    };
    world.plant(None, Some(failure));
    assert_eq!(forgets(&world, &spec).as_deref(), Ok(none));
    world.plant_token("theirs", 60);
    assert_eq!(forgets(&world, &spec).as_deref(), Ok(others));
    let world = Fake::new();
    let file = sends(r#"{"keyring": "other"}"#);
    world
        .files
        .borrow_mut()
        .insert("/specs/other.json".into(), file);
    world.answers(|_| token("theirs", 60));
    world.obtain_for("/specs/other.json", 0).unwrap();
    assert_eq!(forgets(&world, &spec).as_deref(), Ok(none));
}
