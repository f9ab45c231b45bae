//! A kept token that somebody's server rejects does not come back, and no more than one a minute is made.

use keyfob::command::forget;
use keyfob::credential::Secret;
use keyfob::world::keyring::KeyringError;
use keyfob::{find, obtain};

use super::made_with::{ADMIN, spec};
use super::*;

fn world_of_an_admin() -> (Fake, Rc<Datadog>, String) {
    let (world, datadog) = world();
    let variables = &world.variables;
    variables
        .borrow_mut()
        .insert("ADMIN".to_owned(), "a".to_owned());
    (world, datadog, spec("one", ADMIN))
}

fn gets(world: &Fake, spec: &str) -> String {
    world.random.set(world.random.get() + 1);
    let token = world.ask(spec, 0).unwrap();
    token.access_token.expose().to_owned()
}

/// What a caller's `erase` does.
fn erase(world: &Fake, spec: &str, presented: Option<&str>) {
    let found = find::named(world, spec, None).unwrap();
    let specs = obtain::resolve(world, "", found.spec.admit_by_name());
    let presented = presented.map(|token| Secret::from(token.to_owned()));
    obtain::rejected::drop(world, &specs, presented.as_ref());
}

#[test]
fn a_caller_that_had_it_refused_gets_another() {
    let (world, datadog, spec) = world_of_an_admin();
    world.watched.set(true);
    assert_eq!(gets(&world, &spec), "ddsat_1");
    assert_eq!(gets(&world, &spec), "ddsat_2");
    assert_eq!(datadog.keys(), ["ddsat_2"]);
    assert_eq!(gets(&world, &spec), "ddsat_2");
    world.pass(60);
    assert_eq!(gets(&world, &spec), "ddsat_3");
    assert_eq!(datadog.keys(), ["ddsat_3"]);
}

#[test]
fn erased_it_is_made_anew_and_not_twice_in_a_minute() {
    for named in [true, false] {
        let (world, datadog, spec) = world_of_an_admin();
        let presented = |token| named.then_some(token);
        assert_eq!(gets(&world, &spec), "ddsat_1");
        erase(&world, &spec, Some("another"));
        assert_eq!(gets(&world, &spec), "ddsat_1");
        erase(&world, &spec, presented("ddsat_1"));
        assert_eq!(gets(&world, &spec), "ddsat_2");
        assert_eq!(datadog.keys(), ["ddsat_2"]);
        world.pass(59);
        erase(&world, &spec, presented("ddsat_2"));
        assert_eq!(gets(&world, &spec), "ddsat_2");
        world.pass(1);
        erase(&world, &spec, presented("ddsat_2"));
        assert_eq!(gets(&world, &spec), "ddsat_3");
    }
}

#[test]
fn erased_it_does_not_come_back_where_the_cache_has_lost_it() {
    let (world, _, spec) = world_of_an_admin();
    assert_eq!(gets(&world, &spec), "ddsat_1");
    world.forget(world.key(&spec).as_str()).unwrap();
    erase(&world, &spec, Some("ddsat_1"));
    assert_eq!(gets(&world, &spec), "ddsat_2");
}

#[test]
fn forgotten_it_is_made_anew_where_the_provider_cannot_say_that_it_is_there() {
    for all in [true, false] {
        let (world, datadog, spec) = world_of_an_admin();
        let forget = || forget::run(&world, (!all).then_some(&*spec), all).unwrap();
        assert_eq!(gets(&world, &spec), "ddsat_1");
        forget();
        assert_eq!(gets(&world, &spec), "ddsat_2");
        assert_eq!(datadog.keys(), ["ddsat_2"]);
        // Not twice in a minute.
        forget();
        assert_eq!(gets(&world, &spec), "ddsat_2");
        world.pass(60);
        forget();
        assert_eq!(gets(&world, &spec), "ddsat_3");
    }
}

#[test]
fn forgotten_it_comes_back_where_the_provider_says_that_it_is_there() {
    let (world, datadog) = world();
    let forget = || forget::run(&world, Some(SPEC), false).unwrap();
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    forget();
    assert_eq!(record(&world)["doubted"], true);
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    assert_eq!(record(&world)["doubted"], Value::Null);
    forget();
    datadog.alive.borrow_mut().clear();
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
}

#[test]
fn forgotten_it_does_not_come_back_where_the_provider_does_not_answer() {
    let (world, datadog) = world();
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    forget::run(&world, Some(SPEC), false).unwrap();
    for status in [503, 429] {
        datadog.says_instead(move |_, method, _| (method == "GET").then(|| says(status, &[], "")));
        run(&world).unwrap_err();
        assert_eq!(record(&world)["doubted"], true);
        world.pass(3600);
    }
    datadog.says_instead(|_, method, _| (method == "GET").then(|| says(403, &[], "")));
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    datadog.works_again();
    assert_eq!(datadog.keys(), ["ddsat_2"]);
}

#[test]
fn what_cannot_be_forgotten_is_told_and_what_cannot_be_erased_is_not() {
    for all in [true, false] {
        let (world, _, spec) = world_of_an_admin();
        assert_eq!(gets(&world, &spec), "ddsat_1");
        *world.writing.borrow_mut() = Err(KeyringError::Locked);
        erase(&world, &spec, Some("ddsat_1"));
        assert_eq!(gets(&world, &spec), "ddsat_1");
        let why = forget::run(&world, (!all).then_some(&*spec), all).unwrap_err();
        assert_eq!(why.code.as_str(), "keyring-locked");
        assert!(world.cached(&world.key(&spec)).is_none());
    }
}

#[test]
fn an_entry_that_is_not_ours_is_left_alone() {
    let (world, _, spec) = world_of_an_admin();
    let written = || world.written.borrow().get("minted").cloned();
    world
        .written
        .borrow_mut()
        .insert("minted".to_owned(), "mine".to_owned());
    erase(&world, &spec, None);
    forget::run(&world, Some(&spec), false).unwrap();
    assert_eq!(written(), Some("mine".to_owned()));
}
