//! Entries that are not what was written: each is as good as none, none is waited for, and the next answer replaces it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{entry, files, home, numbering, token};
use crate::support::{Home, run};

/// Makes an entry, does this to it, and sees it ignored without delay; then, where it can be, replaced.
#[track_caller]
fn is_ignored(replaced: bool, change: impl FnOnce(&Home, &Path)) {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    change(&home, &entry(&home));
    let begun = Instant::now();
    assert_eq!(token(&home), "token-2");
    assert!(begun.elapsed() < Duration::from_secs(2));
    let expected = if replaced { "token-2" } else { "token-3" };
    assert_eq!(token(&home), expected);
}

#[test]
fn a_failure_that_another_version_wrote_in_words_of_its_own_is_none_and_the_token_still_counts() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    let written = fs::read_to_string(entry(&home)).unwrap();
    for code in [r#""rate-limited""#, r#""from-another-version""#, "7"] {
        let failure = format!(
            r#""failure":{{"at":1,"until":99999999999,"code":{code},"sentence":"no","hint":null}}"#
        );
        let planted = written.replace(r#""failure":null"#, &failure);
        assert_ne!(planted, written);
        fs::write(entry(&home), planted).unwrap();
        assert_eq!(token(&home), "token-1", "{code}");
        let status = run(&mut home.keyfob(["status"]), "");
        let is_told = status.answer().contains("until");
        assert_eq!(is_told, code == r#""rate-limited""#, "{}", status.answer());
    }
}

#[test]
fn an_entry_that_was_cut_short_is_ignored() {
    for eighth in 0..8 {
        is_ignored(true, |_, entry| {
            let bytes = fs::read(entry).unwrap();
            fs::write(entry, &bytes[..bytes.len() * eighth / 8]).unwrap();
        });
    }
}

#[test]
fn an_entry_with_the_last_byte_of_its_json_missing_is_ignored() {
    is_ignored(true, |_, entry| {
        let bytes = fs::read(entry).unwrap();
        let json = bytes.strip_suffix(b"\n").unwrap();
        fs::write(entry, &json[..json.len() - 1]).unwrap();
    });
}

#[test]
fn an_entry_of_nonsense_is_ignored() {
    for nonsense in [
        "null",
        "{}",
        "[]",
        "\u{feff}{}",
        "\0\0\0\0",
        r#"{"version":1}"#,
        "token-evil",
    ] {
        is_ignored(true, |_, entry| fs::write(entry, nonsense).unwrap());
    }
    is_ignored(true, |_, entry| fs::write(entry, b"\xff\xfe\x00").unwrap());
    is_ignored(true, |_, entry| {
        fs::write(entry, "[".repeat(100_000)).unwrap();
    });
}

#[test]
fn an_entry_over_two_lines_or_with_more_behind_it_on_its_line_is_ignored() {
    is_ignored(true, |_, entry| {
        let text = fs::read_to_string(entry).unwrap();
        fs::write(entry, text.replacen('{', "{\n", 1)).unwrap();
    });
    for more in [" ", "x", "{}"] {
        is_ignored(true, |_, entry| {
            let text = fs::read_to_string(entry).unwrap();
            fs::write(entry, text.replacen('\n', &format!("{more}\n"), 1)).unwrap();
        });
    }
}

#[test]
fn an_entry_that_is_huge_is_ignored() {
    is_ignored(true, |_, entry| {
        let mut bytes = fs::read(entry).unwrap();
        bytes.resize(3 << 20, b' ');
        fs::write(entry, bytes).unwrap();
    });
}

/// What lies behind its line is no part of the entry, but of the file.
#[test]
fn an_entry_whose_file_has_a_mebibyte_is_read_and_one_byte_more_is_ignored() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    for (length, expected) in [(1 << 20, "token-1"), ((1 << 20) + 1, "token-2")] {
        let mut bytes = fs::read(entry(&home)).unwrap();
        bytes.resize(length, 0);
        fs::write(entry(&home), bytes).unwrap();
        assert_eq!(token(&home), expected);
    }
}

#[test]
fn an_entry_of_another_version_or_key_is_ignored() {
    let replace = |from: &'static str, to: &'static str| {
        move |_: &Home, entry: &Path| {
            let text = fs::read_to_string(entry).unwrap();
            assert!(text.contains(from), "{text}");
            fs::write(entry, text.replacen(from, to, 1)).unwrap();
        }
    };
    is_ignored(true, replace(r#""version":1"#, r#""version":2"#));
    is_ignored(true, replace(r#""version":1"#, r#""version":0"#));
    is_ignored(true, replace(r#""key":""#, r#""key":"0"#));
    is_ignored(true, replace("token-1", ""));
    is_ignored(true, replace("token-1", r"token\n1"));
    is_ignored(true, replace("token-1", r"token 1"));
}

#[test]
fn an_entry_that_belongs_to_another_spec_is_ignored() {
    is_ignored(true, |home, entry| {
        let mut other = home.keyfob(super::TOKEN);
        other.env("CACHE_SECRET", "another");
        // Its answer is token-2 as well: asked from a provider of its own.
        let provider =
            crate::support::Provider::start(|_| crate::support::Answer::token("evil", 3600));
        home.spec("other", super::spec(&provider).to_string());
        run(&mut home.keyfob(["token", "--spec", "other"]), "").answer();
        let theirs = files(home, ".json").into_iter().find(|path| path != entry);
        fs::rename(theirs.unwrap(), entry).unwrap();
    });
}

#[test]
fn a_member_that_a_later_version_adds_is_no_reason_to_ask() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    let text = fs::read_to_string(entry(&home)).unwrap();
    fs::write(entry(&home), text.replacen('{', r#"{"later":[1],"#, 1)).unwrap();
    assert_eq!(token(&home), "token-1");
}

#[test]
fn an_entry_that_is_a_symlink_is_not_followed() {
    is_ignored(true, |home, entry| {
        let elsewhere = home.path("elsewhere.json");
        fs::rename(entry, &elsewhere).unwrap();
        symlink(&elsewhere, entry).unwrap();
    });
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    let victim = home.write("victim", "mine");
    fs::remove_file(entry(&home)).unwrap();
    symlink(
        &victim,
        home.cache()
            .join(files(&home, ".lock")[0].file_stem().unwrap())
            .with_extension("json"),
    )
    .unwrap();
    token(&home);
    assert_eq!(
        fs::read(victim).unwrap(),
        b"mine",
        "nothing is written through it"
    );
}

#[test]
fn an_entry_that_is_a_fifo_is_not_waited_for() {
    is_ignored(true, |home, entry| {
        fs::remove_file(entry).unwrap();
        run(home.command("mkfifo").arg(entry), "").answer();
    });
}

#[test]
fn an_entry_that_is_a_folder_is_in_nobodys_way() {
    is_ignored(false, |_, entry| {
        fs::remove_file(entry).unwrap();
        fs::create_dir(entry).unwrap();
    });
}

#[test]
fn a_lock_that_is_no_file_is_in_nobodys_way() {
    let changes: [fn(&Home, &Path); 4] = [
        |home, lock| {
            run(home.command("mkfifo").arg(lock), "").answer();
        },
        |_, lock| fs::create_dir(lock).unwrap(),
        |_, lock| symlink("/dev/zero", lock).unwrap(),
        |home, lock| symlink(home.write("victim", "mine"), lock).unwrap(),
    ];
    for change in changes {
        is_ignored(true, |home, entry| {
            let lock = entry.with_extension("lock");
            fs::remove_file(&lock).unwrap();
            change(home, &lock);
            fs::remove_file(entry).unwrap();
        });
    }
}
