//! Tokens that are made, kept and revoked: a provider that counts what is alive, a keyring, and a process that may die at any moment.

mod crashes;
mod faults;
mod made_with;
mod rejected;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use keyfob::command::revoke;
use keyfob::time::Timestamp;
use keyfob::world::Clock as _;
use keyfob::world::cache::{LockAttempt, TokenCache as _};
use keyfob::{find, obtain};
use serde_json::{Value, json};

use super::world::{Fake, Sent, says};

const SPEC: &str = r#"{
    "provider": "datadog-mint", "base_url": "https://api.example.com", "service_account_id": "sa-1",
    "scope": "dashboards_read monitors_read", "store": {"keyring": "minted"},
    "api_key": {"keyring": "api"}, "application_key": {"keyring": "application"}
}"#;
const URL: &str = "https://api.example.com/api/v2/service_accounts/sa-1/access_tokens";
const DAY: u64 = 86_400;

/// A token that is alive at the provider.
#[derive(Debug, Clone)]
struct Alive {
    name: String,
    key: String,
}

/// A provider that makes, lists and ends tokens.
#[derive(Default)]
struct Datadog {
    alive: RefCell<BTreeMap<String, Alive>>,
    made: Cell<u32>,
    /// What it says instead, where it has something else to say.
    instead: RefCell<Option<Rc<Instead>>>,
}

/// By method and URL.
type Instead = dyn Fn(&Datadog, &str, &str) -> Option<Sent>;

impl Datadog {
    fn says_instead(&self, instead: impl Fn(&Datadog, &str, &str) -> Option<Sent> + 'static) {
        *self.instead.borrow_mut() = Some(Rc::new(instead));
    }

    fn works_again(&self) {
        *self.instead.borrow_mut() = None;
    }

    fn keys(&self) -> Vec<String> {
        let alive = self.alive.borrow();
        alive.values().map(|token| token.key.clone()).collect()
    }

    fn make(&self, body: &str) -> Sent {
        let body: Value = serde_json::from_str(body).unwrap();
        let wanted = &body["data"]["attributes"];
        self.made.set(self.made.get() + 1);
        let number = self.made.get();
        let (id, key) = (format!("id-{number}"), format!("ddsat_{number}"));
        let name = wanted["name"].as_str().unwrap().to_owned();
        let alive = Alive {
            name: name.clone(),
            key: key.clone(),
        };
        self.alive.borrow_mut().insert(id.clone(), alive);
        let attributes = json!({ "key": key, "name": name, "expires_at": wanted["expires_at"], "scopes": wanted["scopes"] });
        says(
            201,
            &[],
            &json!({ "data": { "id": id, "attributes": attributes } }).to_string(),
        )
    }

    fn answer(&self, (method, url, body): &(String, String, String)) -> Sent {
        let instead = self.instead.borrow().clone();
        if let Some(answer) = instead.and_then(|instead| instead(self, method, url)) {
            return answer;
        }
        let rest = url
            .strip_prefix(URL)
            .unwrap_or_else(|| panic!("{method} {url}"));
        match (method.as_str(), rest) {
            ("POST", "") => self.make(body),
            ("GET", list) if list.starts_with('?') => {
                let name = list
                    .strip_prefix("?page%5Bsize%5D=100&filter=")
                    .unwrap_or_else(|| panic!("{list}"));
                let alive = self.alive.borrow();
                // As such filters do, it finds what holds the word.
                let found = alive.iter().filter(|(_, token)| token.name.contains(name));
                let found = found
                    .map(|(id, token)| json!({ "id": id, "attributes": { "name": token.name } }));
                says(
                    200,
                    &[],
                    &json!({ "data": found.collect::<Vec<_>>() }).to_string(),
                )
            }
            ("GET", one) => match self.alive.borrow().get(one.trim_start_matches('/')) {
                Some(_) => says(200, &[], "{\"data\":{}}"),
                None => says(404, &[], "{\"errors\":[\"Not Found\"]}"),
            },
            ("DELETE", one) => match self.alive.borrow_mut().remove(one.trim_start_matches('/')) {
                Some(_) => says(204, &[], ""),
                None => says(404, &[], "{\"errors\":[\"Not Found\"]}"),
            },
            _ => panic!("{method} {url}"),
        }
    }
}

fn world() -> (Fake, Rc<Datadog>) {
    let (world, datadog) = (Fake::new(), Rc::new(Datadog::default()));
    world.own.borrow_mut().push("minted".to_owned());
    let provider = Rc::clone(&datadog);
    world.answers(move |world| {
        let sent = world.sent.borrow().clone();
        provider.answer(&sent)
    });
    (world, datadog)
}

/// A process that obtains the token, with luck of its own. Every process has another random number.
fn run(world: &Fake) -> Result<String, String> {
    world.random.set(world.random.get() + 1);
    let token = world.ask(SPEC, 0).map_err(|error| error.sentence)?;
    Ok(token.access_token.expose().to_owned())
}

/// A process that has the lock may be suspended: then a check goes on without it, as others do.
#[test]
fn a_check_waits_for_the_lock_and_no_longer_than_others() {
    let (world, datadog) = world();
    world.locks(|_| LockAttempt::Busy);
    let found = find::named(&world, SPEC, None).unwrap();
    let specs = obtain::resolve(&world, &found.name, found.spec.admit_by_name());
    let token = obtain::uncached(&obtain::call(&world, &specs).unwrap()).unwrap();
    assert_eq!(token.access_token.expose(), "ddsat_1");
    assert_eq!(datadog.keys(), ["ddsat_1"]);
    let (waited, bound) = (world.elapsed(), Duration::from_secs(12));
    assert!(
        bound <= waited && waited < bound + Duration::from_secs(1),
        "{waited:?}"
    );
}

/// A process that dies before the `n`th of its effects that change something; `None` where it got through.
fn dies(world: &Fake, n: u32, does: impl Fn(&Fake)) -> Option<()> {
    world.fuse.set(Some(n));
    let died = std::panic::catch_unwind(AssertUnwindSafe(|| does(world))).is_err();
    world.fuse.set(None);
    died.then_some(())
}

fn give_back(world: &Fake) -> Result<(), String> {
    revoke::run(world, Some(SPEC))
        .map(|_| ())
        .map_err(|error| error.sentence)
}

fn forget(world: &Fake) {
    let key = world.key(SPEC);
    world.forget(key.as_str()).unwrap();
}

/// What lies in the keyring.
fn record(world: &Fake) -> Value {
    let written = world.written.borrow();
    written
        .get("minted")
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

fn sent(world: &Fake) -> Vec<String> {
    let sent = world
        .effects()
        .into_iter()
        .filter_map(|effect| effect.strip_prefix("send ").map(str::to_owned));
    sent.map(|line| line.replace(URL, "…")).collect()
}

#[test]
fn the_first_is_written_down_made_and_kept_in_this_order() {
    let (world, _) = world();
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    let effects = world.effects();
    let begin = effects
        .iter()
        .position(|effect| effect == "keyring minted")
        .unwrap();
    assert_eq!(
        effects[begin..],
        [
            "keyring minted",
            // What they are, for the fingerprint; and for the requests.
            "keyring api",
            "keyring application",
            "keyring api",
            "keyring application",
            "keyring api",
            "keyring application",
            "keep minted",
            &format!("send POST {URL}"),
            "keyring minted",
            "keep minted",
            "remember"
        ]
    );
    let (_, _, body) = world.sent.borrow().clone();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        json!({ "data": { "type": "service_access_tokens", "attributes": {
            "name": "keyfob-0101010101010101", "scopes": ["dashboards_read", "monitors_read"], "expires_at": "2026-01-02T00:00:00Z",
        } } })
    );
    assert_eq!(
        record(&world),
        json!({
            "keyfob": 2, "place": URL, "request": record(&world)["request"], "secrets": record(&world)["secrets"], "token": "ddsat_1", "id": "id-1",
            "issued_at": 1_767_225_600, "expires_at": 1_767_312_000, "superseded": [], "pending": [],
        })
    );
}

#[test]
fn a_hit_of_the_cache_opens_no_keyring_and_asks_nobody() {
    let (world, _) = world();
    run(&world).unwrap();
    world.effects();
    world.pass(DAY / 2);
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    assert_eq!(world.effects(), ["look"]);
}

#[test]
fn without_the_cache_the_kept_one_is_handed_out_once_the_provider_still_knows_it() {
    let (world, datadog) = world();
    run(&world).unwrap();
    forget(&world);
    world.pass(DAY / 2);
    sent(&world);
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    assert_eq!(sent(&world), ["GET …/id-1"]);
    let token = world.ask(SPEC, 0).unwrap();
    let issued_at = Timestamp::from_unix(1_767_225_600);
    assert_eq!(
        (token.issued_at, token.expires_at.map(Timestamp::unix)),
        (issued_at, Some(1_767_312_000))
    );
    assert_eq!(datadog.made.get(), 1);
}

#[test]
fn near_its_end_the_next_is_made_and_only_then_the_former_revoked() {
    let (world, datadog) = world();
    run(&world).unwrap();
    world.pass(DAY - 300);
    world.effects();
    assert_eq!(run(&world), Ok("ddsat_2".to_owned()));
    let effects = world.effects();
    let begin = effects
        .iter()
        .position(|effect| effect == "keep minted")
        .unwrap();
    let post = format!("send POST {URL}");
    let delete = format!("send DELETE {URL}/id-1");
    assert_eq!(
        effects[begin..],
        [
            "keep minted",
            &post,
            "keyring minted",
            "keep minted",
            &delete,
            "keep minted",
            "remember"
        ]
    );
    assert_eq!(datadog.keys(), ["ddsat_2"]);
    assert_eq!(record(&world)["superseded"], json!([]));
}

#[test]
fn whenever_the_cache_wants_a_new_one_it_gets_one() {
    // However the cache's jitter falls: a renewal that brings the old one back would come again with every call.
    for luck in [0, 64, 128, 255] {
        for early in (280..400).step_by(5) {
            let (world, datadog) = world();
            world.random.set(luck);
            world.ask(SPEC, 0).unwrap();
            world.pass(DAY - early);
            world.effects();
            let token = world.ask(SPEC, 0).unwrap();
            let renewed = token.access_token.expose() == "ddsat_2";
            let hit = world.effects() == ["look"];
            assert!(
                renewed != hit,
                "{luck}, {early} s early: {:?}",
                datadog.keys()
            );
        }
    }
}

#[test]
fn each_has_a_name_that_no_other_has() {
    let (world, datadog) = world();
    for _ in 0..3 {
        run(&world).unwrap();
        world.pass(DAY);
    }
    assert_eq!(datadog.made.get(), 3);
    let names: Vec<String> = datadog
        .alive
        .borrow()
        .values()
        .map(|token| token.name.clone())
        .collect();
    assert_eq!(names, ["keyfob-0303030303030303"]);
}

#[test]
fn what_was_given_back_is_dead_and_forgotten() {
    let (world, datadog) = world();
    run(&world).unwrap();
    sent(&world);
    assert_eq!(give_back(&world), Ok(()));
    assert_eq!(sent(&world), ["DELETE …/id-1"]);
    assert_eq!((datadog.keys().len(), record(&world)), (0, Value::Null));
    assert_eq!(give_back(&world), Ok(()), "nothing is nothing to give back");
    assert_eq!(sent(&world), Vec::<String>::new());
    assert_eq!(
        run(&world),
        Ok("ddsat_2".to_owned()),
        "and not from the cache"
    );
}
