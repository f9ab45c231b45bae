//! Generated specs: two that differ in what makes the token never share a cache key, and the order of members is no difference.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::random::Random;
use crate::obtain::world::Fake;

/// A source out of few names, so that two specs often differ in one thing only.
fn source(random: &mut Random, depth: usize) -> Value {
    let name = random.pick(&["a", "b", "ab", "a\",\"b"]);
    match random.below(if depth < 2 { 8 } else { 5 }) {
        0 => json!({ "env": name }),
        1 => json!({ "file": format!("/{name}") }),
        2 => json!({ "file": "/a", "pointer": format!("/{name}") }),
        3 => json!({ "keyring": name }),
        4 => json!({ "command": [name, random.pick(&["x", "y"])] }),
        5 => json!([source(random, depth + 1), source(random, depth + 1)]),
        6 => json!({ "token": spec(random, depth + 1) }),
        _ => {
            json!({ "jwt": { "alg": random.pick(&["ES256", "RS256"]), "key": source(random, depth + 1), "claims": { "sub": name } } })
        }
    }
}

fn spec(random: &mut Random, depth: usize) -> Value {
    let mut spec = match random.below(4) {
        0 => json!({ "provider": "static", "token": source(random, depth) }),
        1 => {
            json!({ "provider": "jwt_bearer", "token_url": "https://id.example.com/a", "assertion": source(random, depth) })
        }
        2 => json!({
            "provider": "token_exchange", "token_url": "https://id.example.com/a",
            "subject_token": source(random, depth), "subject_token_type": random.pick(&["jwt", "id_token"]),
        }),
        _ => json!({
            "provider": "client_credentials", "client_id": random.pick(&["a", "b", "ab"]),
            "client_secret": source(random, depth), "token_url": random.pick(&["https://id.example.com/a", "https://id.example.com/ab"]),
        }),
    };
    if spec["provider"] != "static" && random.once_in(2) {
        spec["scope"] = json!(random.pick(&["a", "b", "a b"]));
    }
    if random.once_in(3) {
        spec["expires"] = json!({ "constant": 60 + random.below(2) });
    }
    spec
}

/// What the sources of [`source`] read, told apart by one value each.
fn world(random: &mut Random) -> (Fake, Vec<String>) {
    let world = Fake::new();
    let mut told = Vec::new();
    for name in ["a", "b", "ab"] {
        let (variable, file) = (
            random.pick(&["1", "2"]).to_string(),
            random.pick(&["1", "2"]).to_string(),
        );
        told.push(format!("env {name}={variable}"));
        told.push(format!("file /{name}={file}"));
        world
            .variables
            .borrow_mut()
            .insert(name.to_owned(), variable);
        world
            .files
            .borrow_mut()
            .insert(format!("/{name}").into(), file);
    }
    (world, told)
}

/// The variables and files that a spec's text names.
fn read_by(spec: &Value, told: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    collect(spec, &mut names);
    let named = |line: &&String| names.iter().any(|name| line.starts_with(name.as_str()));
    told.iter().filter(named).cloned().collect()
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for kind in ["env", "file"] {
                let name = members.get(kind).and_then(Value::as_str);
                names.extend(name.map(|name| format!("{kind} {name}=")));
            }
            members.values().for_each(|value| collect(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

/// The same JSON with the members of every object the other way round.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(name, value)| format!("{} :{}", Value::from(name.as_str()), reversed(value)))
                .collect();
            format!("{{ {}\n}}", members.join(", "))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(reversed).collect::<Vec<_>>().join(" ,")
        ),
        other => other.to_string(),
    }
}

#[test]
fn thousands_of_specs_in_different_worlds_have_as_many_keys() {
    let mut random = Random::new(4);
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..6000 {
        let spec = spec(&mut random, 0);
        let (world, told) = world(&mut random);
        let key = world.key(&spec.to_string()).as_str().to_owned();
        assert_eq!(world.key(&reversed(&spec)).as_str(), key, "{spec}");
        let mut handed_on = spec.clone();
        handed_on["targets"] = json!([format!("t{}.example.com", random.below(9))]);
        handed_on["username"] = json!("robot");
        assert_eq!(world.key(&handed_on.to_string()).as_str(), key, "{spec}");
        let whole = format!("{spec} {:?}", read_by(&spec, &told));
        if let Some(other) = keys.insert(key, whole.clone()) {
            assert_eq!(other, whole, "two under one key");
        }
    }
    let different: std::collections::BTreeSet<&String> = keys.values().collect();
    assert_eq!(
        different.len(),
        keys.len(),
        "one spec in one world has two keys"
    );
    assert!(keys.len() > 2000, "{}", keys.len());
}

#[test]
fn every_member_of_a_spec_that_is_changed_changes_the_key() {
    let mut random = Random::new(5);
    let mut changed = 0;
    for _ in 0..300 {
        let spec = spec(&mut random, 0);
        let (world, _) = world(&mut random);
        let key = world.key(&spec.to_string());
        for text in texts(&spec) {
            let mut other = spec.clone();
            let place = other.pointer_mut(&text).unwrap();
            *place = json!(format!("{}z", place.as_str().unwrap()));
            let readable =
                crate::support::read_spec(other.to_string().as_bytes(), &|_| Ok(None)).is_ok();
            if readable {
                assert_ne!(
                    world.key(&other.to_string()).as_str(),
                    key.as_str(),
                    "{text} of {spec}"
                );
                changed += 1;
            }
        }
    }
    assert!(changed > 800, "{changed}");
}

/// Pointers to every text in it.
fn texts(value: &Value) -> Vec<String> {
    let below = |name: &str, value: &Value| -> Vec<String> {
        texts(value)
            .into_iter()
            .map(|rest| format!("/{name}{rest}"))
            .collect()
    };
    let of_members = |members: &Map<String, Value>| {
        members
            .iter()
            .flat_map(|(name, value)| below(name, value))
            .collect()
    };
    match value {
        Value::String(_) => vec![String::new()],
        Value::Object(members) => of_members(members),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| below(&index.to_string(), item))
            .collect(),
        _ => Vec::new(),
    }
}
