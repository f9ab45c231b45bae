//! What lies in the folder besides entries: who was given a token, behind its JSON; the last failures; what is on its way to become an entry.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use keyfob::world::cache::{Cache, CacheKey, state};

use super::{entry, files, home, numbering, token};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Server, need, run};

const ASK: &str = "keyfob kubectl --spec ci";

/// Runs a program that asks as client-go does.
fn asks_as_client_go(home: &Home, steps: &str) {
    let mut command = home.command_at(&home.go_program());
    command.env("KUBERNETES_EXEC_INFO", "{}");
    command.args(["-c", &format!("{steps} >answers; :")]);
    run(&mut command, "").answer();
}

/// A fingerprint, little-endian, in one of sixty-four slots.
#[test]
fn who_was_given_a_token_is_noted_behind_its_json() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    let json = fs::read(entry(&home)).unwrap();
    asks_as_client_go(&home, ASK);
    let noted = fs::read(entry(&home)).unwrap();
    let (kept, row) = noted.split_at(json.len());
    assert_eq!(kept, json);
    assert_eq!(row.len() % 8, 0);
    let place = row.len() - 8;
    let fingerprint = u64::from_le_bytes(row[place..].try_into().unwrap());
    assert_eq!(fingerprint % 64 * 8, u64::try_from(place).unwrap());
    assert!(row[..place].iter().all(|byte| *byte == 0));
}

#[test]
fn whoever_else_asks_leaves_the_notes_as_they_are() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    asks_as_client_go(&home, ASK);
    let noted = fs::read(entry(&home)).unwrap();
    assert_eq!(token(&home), "token-1");
    run(&mut home.keyfob(["kubectl", "--spec", "ci"]), "").answer();
    assert_eq!(fs::read(entry(&home)).unwrap(), noted);
}

#[test]
fn nothing_is_noted_in_a_file_that_others_can_write() {
    let home = Home::new();
    let (cache, key) = (Cache::at(&home.cache(), true), CacheKey::of(&[b"parts"]));
    let path = home.write(&format!("cache/{}.json", key.as_str()), "{}\n");
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    // Whether it was given before, and given again.
    let give = |who| {
        let delivery = cache.delivery(&key, who);
        delivery.is_some_and(|delivery| {
            delivery.record();
            delivery.repeated
        })
    };
    mode(0o666);
    assert!(!give(65) && !give(65));
    assert_eq!(fs::read(&path).unwrap(), b"{}\n");
    mode(0o600);
    assert!(!give(65) && give(65));
    let noted = b"{}\n\0\0\0\0\0\0\0\0\x41\0\0\0\0\0\0\0";
    assert_eq!(fs::read(&path).unwrap(), noted);
    // Another one in the same slot takes it over.
    assert!(!give(1) && give(1) && !give(65));
}

#[test]
fn a_failure_is_kept_where_there_was_no_folder_yet() {
    let mut home = Home::new();
    home.set("KEYFOB_SPEC", "nowhere");
    fs::remove_dir(home.cache()).unwrap();
    let mut docker = home.keyfob(["docker", "get"]);
    assert_eq!(run(&mut docker, "git.example.com").status, 1);
    let told = home.last_failure("docker");
    assert!(told.ends_with("(spec-not-found)"), "{told}");
}

#[test]
fn a_configuration_folder_has_a_state_where_it_takes_more_than_two_blocks() {
    let home = Home::new();
    let of_length = |length| state(&home.write("long", vec![b'x'; length]));
    assert_eq!(of_length(8192), None);
    assert!(of_length(8193).is_some());
    assert_eq!(state(&home.path("nowhere")), None);
}

/// Stopped before it moves what it wrote to its place, while another sweeps.
#[test]
fn an_entry_on_its_way_is_not_taken_for_a_dead_process() {
    if !need(&["strace"]) {
        return;
    }
    let provider = numbering();
    let mut home = home(&provider);
    let mut slow = home.command("strace");
    let inject = "inject=rename,renameat,renameat2:delay_enter=1500000";
    slow.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        inject,
        keyfob_binary(),
    ]);
    let first = Server::start(slow.args(super::TOKEN));
    while files(&home, ".tmp").is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    home.set("CACHE_SECRET", "another");
    assert_eq!(token(&home), "token-2");
    assert_eq!(files(&home, ".tmp").len(), 1, "{}", first.log());
    drop(first);
}

/// A process's number can be guessed; links are not followed, and another name is taken.
#[test]
fn what_lies_in_the_way_of_a_new_entry_is_passed_by() {
    let provider = numbering();
    let home = home(&provider);
    let victim = home.write("victim", "mine");
    assert_eq!(token(&home), "token-1");
    let entry = entry(&home);
    fs::remove_file(&entry).unwrap();
    let name = entry.with_extension("");
    let mut guessed = home.command("sh");
    let steps = r#"ln -s "$0" "$1.$$-0.tmp"; shift; exec keyfob "$@""#;
    guessed.args(["-c", steps]).args([&victim, &name]);
    assert_eq!(run(guessed.args(super::TOKEN), "").answer(), "token-2\n");
    assert_eq!(token(&home), "token-2");
    assert_eq!(fs::read(victim).unwrap(), b"mine");
}
