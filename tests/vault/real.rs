//! OpenBao's own client with the shipped file: what it gets, and what its user sees where it gets nothing.

use super::world::World;
use crate::support::Output;

const READ: [&str; 4] = ["kv", "get", "-field=answer", "secret/deploy"];

#[track_caller]
fn sees(output: &Output, words: &str) {
    assert_ne!(output.status, 0);
    assert!(output.stderr.contains(words), "{words}: {output:?}");
}

#[test]
fn a_secret_is_read_without_a_login_and_one_token_serves_them_all() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.bao(&READ).answer(), "42");
    let said = world.bao(&["token", "lookup", "-format=json"]).json();
    assert_eq!(said["data"]["path"], "auth/approle/login");
    assert_eq!(world.bao(&READ).answer(), "42");
    assert_eq!(world.logins(), 1);
}

#[test]
fn six_clients_at_once_log_in_once() {
    let Some(world) = World::new() else { return };
    let answers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| world.bao(&READ))).collect();
        let answers = threads.into_iter().map(|thread| thread.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    for answer in answers {
        assert_eq!(answer.answer(), "42");
    }
    assert_eq!(world.logins(), 1);
}

/// OpenBao tells its helper the address by which it goes, whatever the environment said before.
#[test]
fn the_address_on_the_command_line_is_told_to_the_helper() {
    let Some(mut world) = World::new() else {
        return;
    };
    let address = world.home.command("true");
    let address = address
        .get_envs()
        .find_map(|(name, value)| (name == "BAO_ADDR").then(|| value.unwrap().to_owned()))
        .unwrap();
    let flag = format!("-address={}", address.to_str().unwrap());
    world
        .home
        .set("BAO_ADDR", "https://bao.example.com:8200")
        .set("VAULT_ADDR", "https://vault.example.com:8200");
    let words = ["kv", "get", &flag, "-field=answer", "secret/deploy"];
    assert_eq!(world.bao(&words).answer(), "42");
}

#[test]
fn a_server_that_no_spec_lists_sees_no_token_and_still_tells_its_state() {
    let Some(world) = World::new() else { return };
    let mut spec: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.home.config().join("bao.json")).unwrap())
            .unwrap();
    spec["targets"] = serde_json::json!(["bao.example.com:8200"]);
    world.home.spec("bao", spec.to_string());
    sees(&world.bao(&READ), "Code: 403");
    world.bao(&["status"]).answer();
    assert_eq!(world.logins(), 0);
}

/// `failed to get token from token helper: "…": exit status 1`, with our words in it; even for a command that needs no token.
#[test]
fn a_failure_is_shown_in_our_words_and_stops_even_what_needs_no_token() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.home.set("SECRET_ID", "00112233-wrong-4455-6677");
    for words in [&READ[..], &["status"]] {
        let output = world.bao(words);
        sees(&output, "failed to get token from token helper: ");
        sees(&output, "invalid role or secret ID (provider-refused)");
        assert!(!output.stderr.contains("00112233"), "{output:?}");
    }
}

#[test]
fn a_token_that_was_revoked_stays_until_it_is_forgotten() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.bao(&READ).answer(), "42");
    world.bao(&["token", "revoke", "-self"]).answer();
    sees(&world.bao(&READ), "Code: 403");
    let erased = super::helper(&world.home, "erase", "");
    assert_eq!((erased.answer(), erased.stderr.as_str()), ("", ""));
    assert_eq!(world.bao(&READ).answer(), "42");
}

/// It logs in, is told by `store` that nothing is kept, and prints the token that it was to keep.
#[test]
fn a_login_says_that_nothing_was_stored_and_prints_its_token_all_the_same() {
    let Some(world) = World::new() else { return };
    let login = world.bao(&["login", "-format=table", "root-token"]);
    assert_eq!(login.status, 2);
    let words = "Error storing token: \"keyfob: error: keyfob obtains its tokens itself and stores no other (not-supported)";
    sees(&login, words);
    sees(&login, "but the token was not persisted");
    assert!(login.stdout.contains("root-token"), "{login:?}");
    // What it was to store is not what the next command shows.
    let said = world.bao(&["token", "lookup", "-format=json"]).json();
    assert_eq!(said["data"]["path"], "auth/approle/login");
}

/// OpenBao looks for a file of the whole name, words and all.
#[test]
fn the_path_takes_no_words_and_a_spec_is_named_in_the_environment() {
    let Some(mut world) = World::new() else {
        return;
    };
    let file = std::fs::read_to_string(world.home.home().join(".bao")).unwrap();
    world.configure(&file.replace("keyfob\"", "keyfob --spec bao\""));
    sees(&world.bao(&READ), "failed to get token helper");
    world.configure(&file);
    let spec = std::fs::read_to_string(world.home.config().join("bao.json")).unwrap();
    world.home.spec("another", spec);
    sees(&world.bao(&READ), "(target-ambiguous)");
    world.home.set("KEYFOB_SPEC", "bao");
    assert_eq!(world.bao(&READ).answer(), "42");
}
