//! The specs that an answer stands on: each read once, and the token made from the text that its key was made of.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::world::{Fake, token};
use crate::support::{Answer, Home, Provider, need, run};

/// A spec whose secret is the token of each of these specs, the first that is there.
fn on(bases: &[&str], url: &str) -> Value {
    let sources: Vec<Value> = bases.iter().map(|base| json!({ "token": base })).collect();
    json!({
        "provider": "client_credentials", "token_url": url, "client_id": "ci",
        "client_secret": if sources.is_empty() { json!({"env": "SECRET"}) } else { json!(sources) },
    })
}

/// A chain of five files, `/specs/1.json` to `/specs/5.json`, each on the next.
fn chain() -> Fake {
    let world = Fake::new();
    let mut variables = world.variables.borrow_mut();
    variables.insert("SECRET".to_owned(), "s3cret".to_owned());
    drop(variables);
    for leg in 1..=5 {
        let base = path(leg + 1);
        let bases = [base.as_str()];
        let bases = if leg < 5 { &bases[..] } else { &[] };
        write(
            &world,
            leg,
            &on(bases, &format!("https://leg-{leg}.example.com/token")),
        );
    }
    world
}

fn path(leg: usize) -> String {
    format!("/specs/{leg}.json")
}

fn write(world: &Fake, leg: usize, spec: &Value) {
    let mut files = world.files.borrow_mut();
    files.insert(PathBuf::from(path(leg)), spec.to_string());
}

fn reads(effects: &[String]) -> Vec<&str> {
    let read = effects.iter().filter(|effect| effect.starts_with("read "));
    read.map(String::as_str).collect()
}

#[test]
fn a_miss_and_a_hit_read_each_spec_of_a_chain_once() {
    let world = chain();
    for _ in 0..2 {
        world.obtain_for(&path(1), 0).unwrap();
        let each: Vec<String> = (1..=5).map(|leg| format!("read {}", path(leg))).collect();
        assert_eq!(reads(&world.effects()), each);
    }
}

#[test]
fn a_spec_that_is_edited_between_look_and_mint_leaves_no_token_under_a_key_of_other_text() {
    for edited in 1..=5 {
        let world = chain();
        let before = world.key(&path(edited));
        let base = path(edited + 1);
        let bases = [base.as_str()];
        let bases = if edited < 5 { &bases[..] } else { &[] };
        let spec = on(bases, "https://edited.example.com/token");
        let edit = spec.clone();
        world.locks(move |world| {
            write(world, edited, &edit);
            keyfob::world::cache::LockAttempt::Unusable
        });
        world.answers(|world| {
            let host = world.sent.borrow().1.replace("https://", "");
            token(host.split('.').next().unwrap(), 3600)
        });
        let old = world.obtain_for(&path(1), 0).unwrap();
        assert_eq!(old, "leg-1", "the text that was read makes the token");
        assert_ne!(world.key(&path(edited)).as_str(), before.as_str());
        let sent = |world: &Fake| {
            let effects = world.effects();
            effects
                .iter()
                .filter(|effect| effect.contains("edited"))
                .count()
        };
        assert_eq!(
            sent(&world),
            0,
            "{edited}: a key of the old text, and a token of the new"
        );
        world.obtain_for(&path(1), 0).unwrap();
        assert_eq!(
            sent(&world),
            1,
            "{edited}: the new text has a token of its own"
        );
        // The old text again: what lies under its key was made from it.
        let old = if edited == 1 {
            "leg-1".to_owned()
        } else {
            format!("leg-{edited}")
        };
        write(
            &world,
            edited,
            &on(bases, &format!("https://leg-{edited}.example.com/token")),
        );
        assert_eq!(world.obtain_for(&path(edited), 0), Ok(old));
    }
}

/// Replaced, removed or put there meanwhile: the token is handed out, and the next call makes its own.
#[test]
fn a_file_that_changes_between_look_and_fetch_leaves_no_token_under_a_key_of_its_old_value() {
    const FILE: &str = "/run/secret";
    let file = json!({ "file": FILE });
    let spec = json!({
        "provider": "client_credentials", "token_url": "https://id.example.com/token", "client_id": "ci",
        "client_secret": [file, { "env": "SECRET" }], "token_endpoint_auth_method": "client_secret_post",
    });
    let spec = &spec.to_string();
    let put = |world: &Fake, content: Option<&str>| {
        let mut files = world.files.borrow_mut();
        match content {
            Some(content) => files.insert(PathBuf::from(FILE), content.to_owned()),
            None => files.remove(Path::new(FILE)),
        };
    };
    for (before, after) in [
        (Some("old"), Some("new")),
        (Some("old"), None),
        (None, Some("new")),
    ] {
        let world = Fake::new();
        let mut variables = world.variables.borrow_mut();
        variables.insert("SECRET".to_owned(), "environment".to_owned());
        drop(variables);
        put(&world, before);
        world.locks(move |world| {
            put(world, after);
            keyfob::world::cache::LockAttempt::Unusable
        });
        world.answers(|world| {
            let body = world.sent.borrow().2.clone();
            let (_, secret) = body.split_once("client_secret=").unwrap();
            token(secret.split('&').next().unwrap(), 3600)
        });
        let made_of = |content: Option<&str>| Ok(content.unwrap_or("environment").to_owned());
        assert_eq!(world.obtain_for(spec, 0), made_of(after));
        put(&world, before);
        world.locks(|_| keyfob::world::cache::LockAttempt::Unusable);
        for _ in 0..2 {
            assert_eq!(
                world.obtain_for(spec, 0),
                made_of(before),
                "{before:?} {after:?}"
            );
        }
        assert_eq!(world.requests(), 2, "{before:?} {after:?}");
    }
}

#[test]
fn a_circle_of_specs_is_refused_and_costs_no_more_than_its_specs() {
    for circle in [1, 2, 14, 60] {
        let world = Fake::new();
        let all: Vec<String> = (1..=circle).map(path).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        for leg in 1..=circle {
            write(&world, leg, &on(&all, "https://id.example.com/token"));
        }
        assert_eq!(world.obtain_for(&path(1), 0), Err("spec-invalid"));
        let effects = world.effects();
        let again = usize::from(circle >= 1); // the first is read as SPEC, and as a spec below itself
        assert_eq!(reads(&effects).len(), circle + again, "{circle}");
        assert!(!effects.contains(&"lock".to_owned()), "{effects:?}");
    }
}

/// Both lie at one depth, and each sends its own token.
#[test]
fn two_specs_at_one_depth_are_two() {
    let world = Fake::new();
    let base = |name: &str| json!({ "provider": "http", "url": format!("https://{name}.example.com/t"), "headers": { "X": { "secret": { "keyring": name } } } });
    let spec = json!({
        "provider": "http", "url": "https://outer.example.com/t", "headers": {
            "One": { "secret": { "token": base("one") } }, "Other": { "secret": { "token": base("other") } },
        },
    });
    world.obtain_for(&spec.to_string(), 0).unwrap();
    let mut effects = world.effects();
    effects.retain(|effect| effect.starts_with("send"));
    for name in ["one", "other", "outer"] {
        let sent = format!("https://{name}.example.com/t");
        let times = effects.iter().filter(|effect| effect.ends_with(&sent));
        assert_eq!(times.count(), 1, "{effects:?}");
    }
}

/// The same spec, once in its place and once one deeper, where the chain is too long.
#[test]
fn a_spec_that_stands_at_two_depths_counts_at_the_deeper_one() {
    let world = chain();
    let (first, second) = (path(1), path(2));
    write(&world, 8, &on(&[&first], "https://id.example.com/token"));
    write(&world, 9, &on(&[&second], "https://id.example.com/token"));
    write(
        &world,
        7,
        &on(&[&first, &path(9)], "https://id.example.com/token"),
    );
    world.obtain_for(&path(8), 0).unwrap();
    world.obtain_for(&path(7), 0).unwrap();
    write(&world, 9, &on(&[&first], "https://id.example.com/token"));
    assert_eq!(world.obtain_for(&path(7), 0), Err("spec-invalid"));
}

#[test]
fn what_only_looks_like_a_circle_costs_no_more_than_its_specs() {
    let world = Fake::new();
    world
        .variables
        .borrow_mut()
        .insert("SECRET".to_owned(), "s3cret".to_owned());
    let all: Vec<Value> = (1..=14).map(|leg| json!({"token": path(leg)})).collect();
    for leg in 1..=14 {
        let spec = json!({
            "provider": "http", "url": format!("https://id.example.com/{leg}"),
            "headers": {"x-secret": {"env": "SECRET"}}, "json": {"of": all}, "token": "/access_token",
        });
        write(&world, leg, &spec);
    }
    let answer = world.ask(&path(1), 0);
    let reads = reads(&world.effects()).len();
    assert!(reads <= 15, "{reads} reads: {answer:?}");
}

/// How often each file of the configuration folder is opened.
fn opens(home: &Home, trace: &Path) -> Vec<(String, usize)> {
    let mut command = home.command("strace");
    let traced = ["-f", "-qq", "-e", "trace=open,openat", "-o"];
    command.args(traced).arg(trace);
    let words = [
        crate::support::home::keyfob_binary(),
        "token",
        "--spec",
        "leg-1",
    ];
    run(command.args(words), "").answer();
    let trace = fs::read_to_string(trace).unwrap();
    (1..=5)
        .map(|leg| {
            let name = format!("leg-{leg}");
            let file = format!("/config/{name}.json\"");
            let count = trace.lines().filter(|line| line.contains(&file)).count();
            (name, count)
        })
        .collect()
}

#[test]
fn a_miss_on_a_chain_of_five_opens_five_files() {
    if !need(&["strace"]) {
        return;
    }
    let provider = Provider::start(|_| Answer::token("token", 3600));
    let mut home = Home::new();
    home.set("SECRET", "s3cret-of-the-chain");
    for leg in 1..=5 {
        let base = format!("leg-{}", leg + 1);
        let bases = [base.as_str()];
        let bases = if leg < 5 { &bases[..] } else { &[] };
        let mut spec = on(bases, &provider.at("/token"));
        spec["client_id"] = json!(format!("leg-{leg}"));
        home.spec(&format!("leg-{leg}"), spec.to_string());
    }
    let once: Vec<(String, usize)> = (1..=5).map(|leg| (format!("leg-{leg}"), 1)).collect();
    let trace = home.path("trace");
    assert_eq!(opens(&home, &trace), once, "a miss");
    assert_eq!(provider.count(), 5);
    assert_eq!(opens(&home, &trace), once, "a hit");
    assert_eq!(provider.count(), 5);
}
