//! What lies in the folder besides entries: who was given a token, behind its JSON; the last failures; what is on its way to become an entry.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, SystemTime};

use keyfob::time::Timestamp;
use keyfob::world::cache::{Cache, Key, state};

use super::{entry, files, home, numbering, token};
use crate::support::home::KEYFOB;
use crate::support::{Home, Server, need, run};

const ASK: &str = "keyfob kubectl --spec ci";

/// Runs a program that asks as client-go does; tells its number.
fn asks_as_client_go(home: &Home, steps: &str) -> u32 {
    let mut command = home.command_at(&home.go_program());
    command.env("KUBERNETES_EXEC_INFO", "{}");
    command.args(["-c", &format!("{steps} >answers; echo $$")]);
    run(&mut command, "").answer().trim().parse().unwrap()
}

fn seconds_now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// As every version has written it: a program's number and Unix seconds, little-endian, in the slot of its number, one of sixty-four.
#[test]
fn who_was_given_a_token_is_noted_behind_its_json() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    let json = fs::read(entry(&home)).unwrap();
    let before = seconds_now();
    let program = asks_as_client_go(&home, ASK);
    let noted = fs::read(entry(&home)).unwrap();
    let (kept, row) = noted.split_at(json.len());
    assert_eq!(kept, json);
    let place = usize::try_from(program % 64).unwrap() * 8;
    assert_eq!(row.len(), place + 8);
    assert!(row[..place].iter().all(|byte| *byte == 0));
    assert_eq!(row[place..place + 4], program.to_le_bytes());
    let given = u32::from_le_bytes(row[place + 4..].try_into().unwrap());
    assert!((before..=seconds_now()).contains(&u64::from(given)));
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
    let (cache, key) = (Cache::at(home.cache()), Key::of(&[b"parts"]));
    let path = home.write(&format!("cache/{}.json", key.as_str()), "{}\n");
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let give = |at| cache.give(&key, 64, Timestamp::from_unix(at));
    mode(0o666);
    assert_eq!((give(1), give(2)), (None, None));
    assert_eq!(fs::read(&path).unwrap(), b"{}\n");
    mode(0o600);
    assert_eq!((give(1), give(2)), (None, Some(Timestamp::from_unix(1))));
    let noted = b"{}\n\x40\0\0\0\x01\0\0\0";
    assert_eq!(fs::read(&path).unwrap(), noted);
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
    slow.args(["-f", "-qq", "-o", "/dev/null", "-e", inject, KEYFOB]);
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
