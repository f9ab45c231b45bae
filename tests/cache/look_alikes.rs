//! Names in bodies, forms, headers and claims that look like those of sources.

use std::collections::BTreeSet;

use crate::obtain::world::Fake;

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
