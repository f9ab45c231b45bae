//! What a hit still looks at: everything in a spec that the key does not cover. What the key covers was read when the token was fetched.

use serde_json::{Value, json};

use super::{home, numbering, spec, token};
use crate::support::{Home, run};

/// Members that are not part of the key, each with what is wrong with it.
fn wrong() -> Vec<(&'static str, Value)> {
    let plain = json!({"url": "http://example.com/"});
    vec![
        ("targets", json!(["http://git.example.com"])),
        ("targets", json!("git.example.com")),
        ("username", json!("robot:x")),
        ("username", json!(7)),
        ("authtype", json!("digest")),
        ("timeout", json!(0)),
        ("timeout", json!(121)),
        ("check", plain.clone()),
        ("revoke", plain),
        ("revocation_url", json!("http://example.com/revoke")),
        ("discovery_url", json!(7)),
        ("retry_header", json!("")),
        ("limits", json!([{"status": 200, "says": "x", "hint": "y"}])),
    ]
}

#[test]
fn a_member_that_is_wrong_is_told_although_its_token_is_in_the_cache() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    for (member, value) in wrong() {
        let mut changed = spec(&provider);
        changed[member] = value;
        home.spec("ci", changed.to_string());
        for words in [["token", "--spec", "ci"], ["kubectl", "--spec", "ci"]] {
            let output = run(&mut home.keyfob(words), "");
            assert_eq!((output.status, output.stdout.as_str()), (2, ""));
            let told = output.stderr;
            assert!(told.contains(&format!("`/{member}")), "{changed}: {told}");
            assert!(told.contains("(spec-invalid)"), "{changed}: {told}");
        }
    }
    home.spec("ci", spec(&provider).to_string());
    assert_eq!(token(&home), "token-1");
    assert_eq!(provider.count(), 1);
}

/// A spec over a shipped preset has the same doors: its blanks are filled in for a fetch only.
#[test]
fn a_preset_is_filled_in_for_a_fetch_and_its_overridden_members_are_read_at_once() {
    let provider = numbering();
    let mut home = Home::new();
    home.set("CACHE_SECRET", super::SECRET);
    let preset = json!({
        "provider": "mongodb-atlas",
        "base_url": provider.at(""),
        "client_id": "ci",
        "client_secret": {"env": "CACHE_SECRET"},
    });
    home.spec("ci", preset.to_string());
    assert_eq!(token(&home), "token-1");
    let mut broken = preset.clone();
    broken["check"] = json!({"url": "http://example.com/"});
    home.spec("ci", broken.to_string());
    let told = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
    assert!(told.stderr.contains("(spec-invalid)"));
    let mut unknown = preset.clone();
    unknown["clientid"] = json!("ci");
    home.spec("ci", unknown.to_string());
    let told = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
    assert!(
        told.stderr
            .contains("`/clientid`: this member is not known here")
    );
    home.spec("ci", preset.to_string());
    assert_eq!(token(&home), "token-1");
    assert_eq!(provider.count(), 1);
}

#[test]
fn misspelt_targets_are_told_and_are_not_taken_for_somebody_elses() {
    let provider = numbering();
    let home = home(&provider);
    let mut misspelt = spec(&provider);
    misspelt["tragets"] = misspelt["targets"].take();
    misspelt.as_object_mut().unwrap().remove("targets");
    home.spec("ci", misspelt.to_string());
    let git = "protocol=https\nhost=git.example.com\n\n";
    let told = run(&mut home.keyfob(["git", "--spec", "ci", "get"]), git);
    assert!(told.stderr.contains("`/tragets`"), "{told:?}");
    assert!(told.stderr.contains("(spec-invalid)"), "{told:?}");
    let told = run(
        &mut home.keyfob(["docker", "--spec", "ci", "get"]),
        "git.example.com\n",
    );
    assert!(told.stdout.contains("(spec-invalid)"), "{told:?}");
    assert_eq!(provider.count(), 0);
}
