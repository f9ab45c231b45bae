//! Under which key a token lies: whatever changes the answer changes the key, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use keyfob::source::Source;
use keyfob::spec::expand::GRANTS;
use keyfob::spec::preset::{self, Variant};
use keyfob::world::cache::CacheKey;
use serde_json::{Value, json};

use super::{home, numbering, spec, token};
use crate::obtain::world::Fake;
use crate::support::{read_spec, run};

fn plain() -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": "https://id.example.com/token",
        "client_id": "ci",
        "client_secret": {"env": "CACHE_SECRET"},
    })
}

fn key(spec: &Value) -> String {
    Fake::new().key(&spec.to_string()).as_str().to_owned()
}

/// What an author may add or change, and every one of it makes another token.
const CHANGES: &[(&str, &str)] = &[
    ("token_url", r#""https://id.example.com/token/""#),
    ("token_url", r#""https://id.example.com/Token""#),
    ("token_url", r#""https://id.example.com/token?x""#),
    ("token_url", r#""https://id.example.com:8443/token""#),
    ("token_url", r#""https://id.example.org/token""#),
    ("token_url", r#""http://127.0.0.1/token""#),
    ("client_id", r#""CI""#),
    ("client_id", r#""ci2""#),
    ("client_secret", r#"{"env": "CACHE_SECRET2"}"#),
    ("client_secret", r#"{"keyring": "CACHE_SECRET"}"#),
    (
        "client_secret",
        r#"{"keyring": {"service": "other", "user": "CACHE_SECRET"}}"#,
    ),
    ("client_secret", r#"{"file": "/CACHE_SECRET"}"#),
    (
        "client_secret",
        r#"{"file": "/CACHE_SECRET", "pointer": "/a"}"#,
    ),
    (
        "client_secret",
        r#"{"file": "/CACHE_SECRET", "pointer": "/b"}"#,
    ),
    ("client_secret", r#"{"command": ["CACHE_SECRET"]}"#),
    ("client_secret", r#"{"command": ["CACHE", "SECRET"]}"#),
    (
        "client_secret",
        r#"[{"env": "CACHE_SECRET"}, {"keyring": "ci"}]"#,
    ),
    ("scope", r#""read""#),
    ("scope", r#""write""#),
    ("scope", r#""read write""#),
    ("scope", r#""readwrite""#),
    ("audience", r#""read""#),
    ("audience", r#""https://api.example.com""#),
    ("resource", r#""https://api.example.com""#),
    ("parameters", r#"{"tenant": "one"}"#),
    ("parameters", r#"{"tenant": "two"}"#),
    ("parameters", r#"{"tenant2": "one"}"#),
    ("token_endpoint_auth_method", r#""client_secret_post""#),
    ("token_endpoint_auth_method", r#""basic_raw""#),
    ("body", r#""json""#),
    ("token_pointer", r#""/id_token""#),
    ("expires", r#"{"constant": 60}"#),
    ("proxy", r#""http://proxy.example.com:3128""#),
    ("ca_file", r#""/etc/ca.pem""#),
    ("max_cache", "60"),
];

#[test]
fn whatever_changes_the_answer_changes_the_key() {
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |spec: &Value| {
        let text = spec.to_string();
        if let Some(other) = keys.insert(key(spec), text.clone()) {
            assert_eq!(other, text, "two specs under one key");
        }
    };
    let changed = |spec: &Value, (member, value): &(&str, &str)| {
        let mut spec = spec.clone();
        spec[*member] = serde_json::from_str(value).unwrap();
        spec
    };
    add(&plain());
    for one in CHANGES {
        let once = changed(&plain(), one);
        add(&once);
        for other in CHANGES.iter().filter(|other| other.0 != one.0) {
            add(&changed(&once, other));
        }
    }
    assert!(keys.len() > 450, "{}", keys.len());
}

#[test]
fn what_does_not_change_the_token_does_not_change_the_key() {
    for (member, value) in [
        ("targets", json!(["git.example.com"])),
        ("username", json!("robot")),
        ("authtype", json!("bearer")),
        ("timeout", json!(3)),
        ("description", json!("for the builds")),
    ] {
        let mut spec = plain();
        spec[member] = value;
        assert_eq!(key(&spec), key(&plain()), "{member}");
    }
    let reordered = r#"{"client_secret": { "env":"CACHE_SECRET"},"client_id":"ci",
        "token_url": "https:\/\/id.example.com/token","provider":"client_credentials"}"#;
    assert_eq!(Fake::new().key(reordered).as_str(), key(&plain()));
}

#[test]
fn the_fingerprint_of_a_cheap_secret_is_in_the_key() {
    let spec = plain().to_string();
    let file = spec.replace(r#"{"env":"CACHE_SECRET"}"#, r#"{"file":"/secret"}"#);
    assert_ne!(spec, file);
    let mut keys = Vec::new();
    for secret in ["", "one", "two", "one\n", "onetwo"] {
        let world = Fake::new();
        let (name, path) = ("CACHE_SECRET".to_owned(), "/secret".into());
        world.variables.borrow_mut().insert(name, secret.to_owned());
        world.files.borrow_mut().insert(path, secret.to_owned());
        keys.push(world.key(&spec).as_str().to_owned());
        keys.push(world.key(&file).as_str().to_owned());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 10);
}

#[test]
fn secrets_that_change_places_are_not_the_same() {
    let mut spec = plain();
    spec["client_secret"] = json!([{"env": "A"}, {"env": "B"}]);
    let with = |a: &str, b: &str| {
        let world = Fake::new();
        for (name, value) in [("A", a), ("B", b)] {
            world
                .variables
                .borrow_mut()
                .insert(name.to_owned(), value.to_owned());
        }
        world.key(&spec.to_string()).as_str().to_owned()
    };
    assert_ne!(with("one", "two"), with("two", "one"));
    assert_ne!(with("onetwo", ""), with("one", "two"));
    assert_ne!(with("one", "twothree"), with("onetwo", "three"));
}

#[test]
fn which_keyring_is_meant_is_in_the_key() {
    let mut spec = plain();
    spec["client_secret"] = json!({"keyring": "ci"});
    let with = |store: &str| {
        let world = Fake::new();
        let name = "KEYFOB_KEYRING".to_owned();
        world.variables.borrow_mut().insert(name, store.to_owned());
        world.key(&spec.to_string()).as_str().to_owned()
    };
    assert_ne!(with("kernel"), with(""));
}

#[test]
fn another_secret_in_the_environment_makes_another_token() {
    let provider = numbering();
    let mut home = home(&provider);
    assert_eq!(token(&home), "token-1");
    home.set("CACHE_SECRET", "rotated");
    assert_eq!(token(&home), "token-2");
    home.set("CACHE_SECRET", super::SECRET);
    assert_eq!(token(&home), "token-1");
}

#[test]
fn another_secret_in_the_file_makes_another_token() {
    let provider = numbering();
    let home = home(&provider);
    let file = home.write("secret", "one");
    let mut spec = spec(&provider);
    spec["client_secret"] = json!({"file": file});
    home.spec("ci", spec.to_string());
    assert_eq!(token(&home), "token-1");
    assert_eq!(token(&home), "token-1");
    home.write("secret", "two");
    assert_eq!(token(&home), "token-2");
    let shown: Vec<_> = provider
        .requests()
        .iter()
        .map(|request| request.basic().unwrap().1)
        .collect();
    assert_eq!(shown, ["one", "two"]);
}

#[test]
fn two_specs_of_one_identity_share_a_token() {
    let provider = numbering();
    let home = home(&provider);
    let mut other = spec(&provider);
    other["targets"] = json!(["hub.example.com"]);
    other["username"] = json!("robot");
    home.spec("other", other.to_string());
    assert_eq!(token(&home), "token-1");
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=hub.example.com\n\n",
    );
    assert!(
        git.answer()
            .starts_with("username=robot\npassword=token-1\n"),
        "{}",
        git.stdout
    );
    assert_eq!(provider.count(), 1);
}

#[test]
fn another_scope_or_client_has_a_token_of_its_own() {
    let provider = numbering();
    let home = home(&provider);
    for (number, (member, value)) in [
        ("scope", "a"),
        ("scope", "b"),
        ("audience", "a"),
        ("client_id", "a"),
    ]
    .iter()
    .enumerate()
    {
        let mut spec = spec(&provider);
        spec[*member] = json!(value);
        home.spec("ci", spec.to_string());
        assert_eq!(token(&home), format!("token-{}", number + 1));
    }
}

#[test]
fn a_key_is_the_sha_256_of_its_parts_each_with_its_length() {
    // As `sha256sum` has it: of nothing, of eight zero bytes, and of "a" behind its length.
    for (parts, digest) in [
        (
            &[][..],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            &[b"".as_slice()],
            "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc",
        ),
        (
            &[b"a".as_slice()],
            "3b196fd4907bedf51c3090e9835f2f7cb61e7ee1b2299ea3b8fed9b4183a822a",
        ),
    ] {
        assert_eq!(CacheKey::of(parts).as_str(), digest);
    }
}

#[test]
fn what_is_no_key_removes_nothing() {
    let home = crate::support::Home::new();
    let victim = home.write("victim.json", "{}");
    for name in ["entry", "abc", "\u{e9}"] {
        home.write(&format!("cache/{name}.json"), "{}");
    }
    let cache = keyfob::world::cache::Cache::at(&home.cache(), true);
    for name in ["../victim", "entry", "abc", "\u{e9}", "", "/victim"] {
        cache.remove(name).unwrap();
    }
    assert!(victim.exists());
    for name in ["entry", "abc", "\u{e9}"] {
        assert!(home.path(format!("cache/{name}.json")).exists(), "{name}");
    }
}

/// A key is told from what is written and from the version of the preset's text: so the preset may add no source whose value changes the token,
/// and nothing of those who get it.
#[test]
fn a_shipped_preset_names_no_source_and_nobody_who_gets_the_token() {
    const WRITTEN_ONLY: &[&str] = &["targets", "callers", "username", "authtype", "description"];
    const NOT_OF_THE_TOKEN: &[&str] = &[
        "check",
        "revoke",
        "revocation_url",
        "discovery_url",
        "retry_header",
        "limits",
    ];
    let mut digests = BTreeSet::new();
    for name in preset::names() {
        let preset = preset::parse_preset(preset::shipped(name).unwrap()).unwrap();
        let specs = preset.variants.iter().map(|variant| &variant.spec);
        let specs: Vec<_> = specs.chain([&preset.spec]).collect();
        let mut grants = specs
            .iter()
            .filter_map(|spec| spec.get("provider")?.as_str());
        assert!(grants.all(|grant| GRANTS.contains(&grant)), "{name}");
        // A user name of the preset goes with the token into the entry.
        for member in WRITTEN_ONLY.iter().filter(|member| **member != "username") {
            let is_there = specs.iter().any(|spec| spec.contains_key(*member));
            assert!(!is_there, "{name}: {member}");
        }
        let mut spec = json!({ "provider": name });
        let chosen = preset.variants.first();
        let is_of_another = |parameter: &str| {
            let when = |variant: &Variant| variant.when.iter().any(|name| name == parameter);
            preset.variants.iter().any(when) && !chosen.is_some_and(when)
        };
        for (parameter, about) in &preset.parameters {
            if is_of_another(parameter) {
                continue;
            }
            let shadows = [WRITTEN_ONLY, NOT_OF_THE_TOKEN].concat();
            assert!(
                !shadows.contains(&parameter.as_ref()),
                "{name}: {parameter}"
            );
            spec[parameter.as_ref()] = match parameter.as_ref() {
                "client_certificate" | "ca_file" | "proxy" | "timeout" | "lifetime" => continue,
                "base_url" => json!("https://id.example.com"),
                "keys" => json!({ "keyring": parameter }),
                _ if about.default.is_some() => continue,
                _ if about.url => json!("https://id.example.com"),
                "store" => json!({ "keyring": "kept" }),
                _ if about.secret => json!({ "keyring": parameter }),
                _ => json!("given"),
            };
        }
        // The text of a preset with sources of its own is part of the spec before the key is made.
        if preset::has_sources(name) {
            assert!(digests.insert(preset::digest(name)), "{name}");
            continue;
        }
        let read = loop {
            match read_spec(spec.to_string().as_bytes(), &|_| Ok(None)) {
                // A parameter of another variant.
                Err(why) if why.problem.contains("not used together") => {
                    let member = why.at.trim_start_matches('/');
                    spec.as_object_mut().unwrap().remove(member).unwrap();
                }
                read => break read.unwrap_or_else(|why| panic!("{name}: {why}")),
            }
        };
        read.walk_sources(&mut |source| {
            // These hold others, which are visited too.
            let holds = matches!(
                source,
                Source::Jwt(_)
                    | Source::Presigned(_)
                    | Source::Base64Url { .. }
                    | Source::Pointer { .. }
                    | Source::Public(_)
            );
            let written = holds || matches!(source, Source::Keyring(_));
            assert!(written, "{name}: {}", source.describe());
        });
        assert!(digests.insert(preset::digest(name)), "{name}");
    }
    assert!(digests.len() > 5 && !digests.contains(&0));
}

#[test]
fn another_text_of_a_preset_is_another_key() {
    let spec = json!({
        "provider": "mongodb-atlas", "client_id": "ci", "client_secret": {"keyring": "atlas"},
        "targets": ["git.example.com"],
    });
    // FNV-1a, 64 bits (RFC 9923).
    let text = preset::shipped("mongodb-atlas").unwrap();
    let digest = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let identity =
        r#"{"client_id":"ci","client_secret":{"keyring":"atlas"},"provider":"mongodb-atlas"}"#;
    let keyring = b"";
    let parts: [&[u8]; 4] = [
        b"keyfob 2",
        identity.as_bytes(),
        &digest.to_le_bytes(),
        keyring,
    ];
    assert_eq!(key(&spec), CacheKey::with_secrets(&parts, &[]).as_str());
}
