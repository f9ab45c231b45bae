//! Names in bodies, forms, headers and claims that look like those of sources.

use std::collections::BTreeSet;

use serde_json::json;

use crate::obtain::world::Fake;
use crate::support::{Answer, Home, Provider, run};

/// Bodies, forms, headers and claims whose names look like those of sources: the secret below counts all the same.
const LOOK_ALIKES: &[&str] = &[
    r#""json": {"pat": {"secret": SOURCE}}"#,
    r#""json": {"token": {"secret": SOURCE}}"#,
    r#""form": {"token": {"secret": SOURCE}}"#,
    r#""method": "POST", "headers": {"token": {"secret": SOURCE}}"#,
    r#""json": {"auth": {"token": {"secret": SOURCE}}, "x": 1}"#,
    r#""json": {"file": {"secret": SOURCE}, "env": {"secret": SOURCE}}"#,
    r#""json": {"keyring": [{"command": {"secret": SOURCE}}]}"#,
    r#""json": {"jwt": {"alg": "RS256", "key": {"env": "A"}, "claims": {"x": {"secret": SOURCE}}}}"#,
    r#""json": {"token": {"provider": "static", "token": {"env": "A"}, "description": {"secret": SOURCE}}}"#,
    r#""json": {"x": {"secret": {"token": {"provider": "http", "url": "https://a.example/", "json": {"token": {"secret": SOURCE}}}}}}"#,
    r#""json": {"x": {"secret": {"token": {"provider": "http", "url": "https://a.example/", "json": {"x": {"secret": {"token":
        {"provider": "static", "token": SOURCE}}}}}}}}"#,
    r#""form": {"literal": {"secret": SOURCE}}"#,
    r#""json": {"x": {"secret": {"token": {"provider": "http", "url": "https://a.example/", "form": {"literal": {"secret": SOURCE}}}}}}"#,
    r#""json": {"x": {"secret": {"base64url": {"token":
        {"provider": "http", "url": "https://a.example/", "headers": {"literal": {"secret": SOURCE}}}}}}}"#,
];

#[test]
fn a_name_that_looks_like_a_sources_hides_no_secret_from_the_key() {
    for look_alike in LOOK_ALIKES {
        for source in [
            r#"{"env": "PAT"}"#,
            r#"{"file": "/pat"}"#,
            r#"{"token": "/pat.json"}"#,
        ] {
            let members = look_alike.replace("SOURCE", source);
            let spec =
                format!(r#"{{"provider": "http", "url": "https://id.example.com/", {members}}}"#);
            let mut keys = BTreeSet::new();
            for secret in ["alice", "bob"] {
                let world = Fake::new();
                let (name, path) = ("PAT".to_owned(), "/pat".into());
                world.variables.borrow_mut().insert(name, secret.to_owned());
                world.files.borrow_mut().insert(path, secret.to_owned());
                let other = r#"{"provider": "static", "token": {"env": "PAT"}}"#;
                world
                    .files
                    .borrow_mut()
                    .insert("/pat.json".into(), other.to_owned());
                keys.insert(world.key(&spec).as_str().to_owned());
            }
            assert_eq!(keys.len(), 2, "{spec}");
        }
    }
}

#[test]
fn a_spec_that_seems_to_name_itself_many_times_is_looked_at_once_for_each_leg() {
    let again = r#"{"token": "/self.json"}"#;
    let list = [again; 6].join(",");
    let spec = format!(
        r#"{{"provider": "http", "url": "https://id.example.com/", "json": {{"x": [{list}]}}}}"#
    );
    let world = Fake::new();
    world
        .files
        .borrow_mut()
        .insert("/self.json".into(), spec.clone());
    world.key(&spec);
    let looks = world
        .effects()
        .iter()
        .filter(|effect| effect.contains("self.json"))
        .count();
    assert!(looks <= 5, "{looks}");
}

/// `literal` is a mark in a JSON body and in claims; elsewhere it is a name like any other.
#[test]
fn a_field_that_is_called_literal_hides_no_source() {
    let provider = Provider::start(|request| Answer::token(request.text(), 3600));
    let mut home = Home::new();
    let spec = json!({
        "provider": "http", "url": provider.at("/token"),
        "form": {"literal": {"secret": {"env": "PAT"}}},
    });
    home.spec("ci", spec.to_string());
    for name in ["alice", "bob"] {
        home.set("PAT", name);
        let output = run(
            &mut home.keyfob(["token", "--spec", "ci", "--format", "token"]),
            "",
        );
        assert_eq!(output.answer(), format!("literal={name}\n"));
    }
}

/// The names in a query are the user's: what looks like a source there is text, and sent as it is.
#[test]
fn a_query_whose_names_are_those_of_sources_is_sent_as_it_is_written() {
    let provider = Provider::start(|_| Answer::token("t", 3600));
    let (home, mut expected) = (Home::new(), Vec::new());
    for (query, sent) in [
        (json!({"command": ["list"]}), "command=list"),
        (json!({"file": "report"}), "file=report"),
    ] {
        let spec = json!({"provider": "http", "url": provider.at("/token"), "query": query});
        let outer = json!({
            "provider": "http", "url": provider.at("/outer"),
            "json": {"x": {"secret": {"token": spec.clone()}}},
        });
        for spec in [spec, outer] {
            home.spec("ci", spec.to_string());
            run(&mut home.keyfob(["token", "--spec", "ci"]), "").answer();
        }
        let requests = provider.requests();
        let inner = requests.iter().filter(|request| request.path == "/token");
        let queries: Vec<&str> = inner.map(|request| request.query.as_str()).collect();
        // Once for each: below the other spec it is the same spec, and its token is in the cache.
        expected.push(sent);
        assert_eq!(queries, expected);
    }
}
