//! Which spec was found a moment ago, in a folder of hundreds: it spares reading them all, and is never believed for long.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::{numbering, spec};
use crate::support::{Home, Output, Provider, need, run};

const ASKED: &str = "protocol=https\nhost=git.example.com\npath=team/x\n\n";

/// A folder with so many specs that its size tells, none of which lists the target but `wide`.
fn large(provider: &Provider) -> Home {
    let mut home = Home::new();
    home.set("CACHE_SECRET", "hunter2");
    for number in 0..400 {
        let name = format!("one-of-many-specs-with-a-long-name-{number}");
        home.spec(&name, listing(provider, &name, "elsewhere.example.org"));
    }
    home.spec("wide", listing(provider, "wide", "https://git.example.com"));
    home
}

/// A spec with an identity of its own that lists one target.
fn listing(provider: &Provider, client: &str, target: &str) -> String {
    let mut spec = spec(provider);
    spec["client_id"] = json!(client);
    spec["targets"] = json!([target]);
    spec.to_string()
}

fn git(home: &Home) -> Output {
    run(&mut home.keyfob(["git", "get"]), ASKED)
}

/// The files that say what was found.
fn found(home: &Home) -> Vec<PathBuf> {
    let files = fs::read_dir(home.path("cache")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "found"))
        .collect()
}

fn password(output: &Output) -> &str {
    let line = output
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("password="));
    line.unwrap_or_else(|| panic!("{output:?}"))
}

/// Opens a file of the configuration folder as it is, so that the folder does not change.
fn edit_in_place(home: &Home, name: &str, content: &str) {
    let path = home.path(format!("config/{name}.json"));
    assert!(path.is_file(), "{}", path.display());
    fs::write(path, content).unwrap();
}

/// Names of the specs that were opened.
fn opened(home: &Home) -> Vec<String> {
    let trace = home.path("trace");
    let mut command = home.command("strace");
    command
        .args(["-f", "-qq", "-e", "trace=openat", "-o"])
        .arg(&trace);
    let words = [crate::support::home::keyfob_binary(), "git", "get"];
    run(command.args(words), ASKED).answer();
    let trace = fs::read_to_string(trace).unwrap();
    let name = |line: &str| {
        let (_, path) = line.split_once("/config/")?;
        Some(path.split_once(".json\"")?.0.to_owned())
    };
    trace.lines().filter_map(name).collect()
}

#[test]
fn the_second_call_opens_the_one_spec_that_the_first_found_among_hundreds() {
    if !need(&["strace"]) {
        return;
    }
    let provider = numbering();
    let home = large(&provider);
    assert_eq!(opened(&home).len(), 401);
    assert_eq!(opened(&home), ["wide"]);
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_spec_that_is_added_counts_at_once() {
    let provider = numbering();
    let home = large(&provider);
    assert_eq!(password(&git(&home)), "token-1");
    home.spec(
        "close",
        listing(&provider, "close", "https://git.example.com/team"),
    );
    assert_eq!(password(&git(&home)), "token-2");
}

#[test]
fn a_spec_that_no_longer_lists_the_target_is_not_used_though_it_was_found_a_moment_ago() {
    let provider = numbering();
    let home = large(&provider);
    assert_eq!(password(&git(&home)), "token-1");
    edit_in_place(
        &home,
        "wide",
        &listing(&provider, "wide", "https://git.example.net"),
    );
    assert_eq!((git(&home).status, git(&home).stdout.as_str()), (0, ""));
}

#[test]
fn a_spec_that_was_broken_since_is_in_nobodys_way_though_it_was_found_a_moment_ago() {
    let provider = numbering();
    let home = large(&provider);
    let close = listing(&provider, "close", "https://git.example.com/team");
    home.spec("close", close.clone());
    assert_eq!(password(&git(&home)), "token-1");
    edit_in_place(&home, "close", &close.replacen('{', "{\"scpe\":\"a\",", 1));
    assert_eq!(password(&git(&home)), "token-2");
}

#[test]
fn after_ten_seconds_all_are_read_again_and_what_was_found_in_the_future_never_counts() {
    let provider = numbering();
    let home = large(&provider);
    assert_eq!(password(&git(&home)), "token-1");
    // Edited in place, it is not seen as long as the former answer counts.
    let closer = listing(&provider, "closer", "https://git.example.com/team");
    edit_in_place(&home, "one-of-many-specs-with-a-long-name-7", &closer);
    let files = found(&home);
    let [file] = files.as_slice() else {
        panic!("{files:?}")
    };
    let written = fs::read_to_string(file).unwrap();
    let (at, rest) = written.split_once('\n').unwrap();
    let at: i64 = at.parse().unwrap();
    for (moved, expected) in [(0, "token-1"), (-60, "token-2"), (3600, "token-2")] {
        fs::write(file, format!("{}\n{rest}", at + moved)).unwrap();
        assert_eq!(password(&git(&home)), expected, "moved by {moved} s");
    }
}

#[test]
fn a_file_that_names_a_spec_which_does_not_list_the_target_leads_nowhere() {
    let provider = numbering();
    let home = large(&provider);
    assert_eq!(password(&git(&home)), "token-1");
    let file = found(&home).remove(0);
    let written = fs::read_to_string(&file).unwrap();
    for name in [
        "one-of-many-specs-with-a-long-name-1",
        "../config/wide",
        "",
        "-",
    ] {
        fs::write(&file, written.replace("\nwide\n", &format!("\n{name}\n"))).unwrap();
        assert_eq!(password(&git(&home)), "token-1", "{name}");
    }
    fs::write(&file, "\u{fffd}").unwrap();
    assert_eq!(password(&git(&home)), "token-1");
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_small_folder_leaves_no_such_file_and_forgetting_everything_removes_it() {
    let provider = numbering();
    let home = large(&provider);
    git(&home).answer();
    assert_eq!(found(&home).len(), 1);
    run(&mut home.keyfob(["forget", "--all"]), "").answer();
    assert_eq!(found(&home).len(), 0);

    let mut small = Home::new();
    small.set("CACHE_SECRET", "hunter2");
    small.spec(
        "wide",
        listing(&provider, "wide", "https://git.example.com"),
    );
    git(&small).answer();
    assert_eq!(found(&small).len(), 0);
}

#[test]
fn what_was_found_over_a_minute_ago_is_removed_by_the_next_note() {
    let provider = numbering();
    let home = large(&provider);
    git(&home).answer();
    let old = home.write(&format!("cache/{}.found", "0".repeat(64)), "");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(61);
    let file = fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(then).unwrap();
    let other = ASKED.replace("team/x", "team/y");
    run(&mut home.keyfob(["git", "get"]), &other).answer();
    assert!(!old.exists());
    assert_eq!(found(&home).len(), 2);
}
