//! Every seed, whole and broken: nothing panics, and what the invariants say holds.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use super::cases::mangled;
use super::invariants::{ALL, Invariant};
use super::random::Random;
use crate::house::{files_below, root};

fn corpus(name: &str) -> PathBuf {
    root().join("tests/fuzz/corpus").join(name)
}

/// The seeds of a parser: their paths and contents.
fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = files_below(&corpus(name));
    if name == "preset" {
        // `tests/fuzz/run` takes these too.
        files.extend(files_below(&root().join("src/spec/presets")));
        files.extend(files_below(&root().join("integrations/providers")));
    }
    let read = |path: PathBuf| (path.display().to_string(), fs::read(&path).unwrap());
    files.into_iter().map(read).collect()
}

fn invariant(name: &str) -> Invariant {
    let found = ALL.iter().find(|(known, _)| *known == name);
    found
        .unwrap_or_else(|| panic!("there is no invariant {name}"))
        .1
}

/// Says which bytes broke an invariant.
struct Case<'a>(&'a str, &'a [u8]);

impl Drop for Case<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let shown: String = String::from_utf8_lossy(self.1)
                .escape_debug()
                .take(2000)
                .collect();
            let _ = writeln!(std::io::stderr(), "a form of {}: \"{shown}\"", self.0);
        }
    }
}

/// Breaks every seed at so many places; asserts that there were so many cases.
#[track_caller]
fn holds_for(name: &str, places: usize, at_least: usize) {
    let (invariant, mut random, mut count) = (invariant(name), Random::new(7), 0);
    for (path, seed) in seeds(name) {
        for case in mangled(&seed, places, &mut random) {
            let named = Case(&path, &case);
            invariant(&case);
            drop(named);
            count += 1;
        }
    }
    crate::support::tally("bad inputs", count);
    assert!(
        count >= at_least,
        "{count} cases only: where are the seeds?"
    );
}

#[test]
fn a_broken_request_of_git_is_refused_or_read_as_git_reads_it() {
    holds_for("git", 200, 4000);
}

#[test]
fn a_broken_exec_info_is_never_fatal() {
    holds_for("kubectl", 200, 2000);
}

#[test]
fn a_broken_server_key_is_refused_or_repeated_to_the_letter() {
    holds_for("docker", 200, 2000);
}

#[test]
fn a_broken_service_is_a_miss_or_is_answered_as_it_was_asked() {
    holds_for("keyring", 200, 2000);
}

#[test]
fn a_broken_uri_is_refused_or_leads_to_the_host_that_it_names() {
    holds_for("bazel", 200, 2000);
}

#[test]
fn a_broken_line_of_cargo_is_answered_with_a_line_that_cargo_reads() {
    holds_for("cargo", 200, 2000);
}

#[test]
fn a_broken_host_of_terraform_is_refused_or_is_the_one_that_was_named() {
    holds_for("terraform", 200, 1000);
}

#[test]
fn a_broken_url_of_go_is_refused_or_begins_with_every_prefix_that_is_given() {
    holds_for("goauth", 200, 1500);
}

#[test]
fn a_broken_prompt_is_answered_for_the_host_that_stands_in_it_or_not_at_all() {
    holds_for("askpass", 200, 2000);
}

#[test]
fn a_broken_request_of_kubelets_is_refused_or_answered_for_its_own_image() {
    holds_for("kubelet", 200, 2000);
}

#[test]
fn a_broken_spec_is_refused_or_means_the_same_twice() {
    holds_for("spec", 200, 6000);
}

#[test]
fn a_broken_preset_is_refused_or_means_the_same_twice() {
    holds_for("preset", 80, 4000);
}

#[test]
fn a_broken_answer_is_a_printable_token_or_one_sober_line() {
    holds_for("answer", 25, 4000);
}

#[test]
fn a_broken_entry_is_no_entry_or_is_written_as_itself() {
    holds_for("entry", 400, 4000);
}

#[test]
fn a_broken_target_is_refused_or_means_what_it_says() {
    holds_for("target", 200, 4000);
}

#[test]
fn a_broken_key_is_refused_or_signs() {
    holds_for("key", 20, 2000);
}

#[test]
fn a_broken_date_is_none_or_is_written_as_itself() {
    holds_for("date", 100, 4000);
}

#[test]
fn a_broken_expiry_never_lengthens_a_life() {
    holds_for("expiry", 200, 4000);
}

#[test]
fn a_broken_pointer_finds_what_rfc_6901_says() {
    holds_for("pointer", 200, 4000);
}

#[test]
fn every_parser_has_seeds_that_it_takes_and_seeds_that_it_refuses() {
    for (name, invariant) in ALL {
        let seeds = seeds(name);
        assert!(
            !files_below(&corpus(name)).is_empty(),
            "{name} has no seeds"
        );
        let taken = seeds.iter().filter(|(_, seed)| invariant(seed)).count();
        assert!(taken >= 3, "{name} takes {taken} of its seeds");
        assert!(taken < seeds.len(), "{name} refuses none of its seeds");
    }
}

#[test]
fn every_invariant_has_a_fuzz_target_a_dictionary_and_a_folder_and_there_are_no_others() {
    let names: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names.len(), ALL.len());
    let folder = |name: &str| -> BTreeSet<String> {
        let items = fs::read_dir(root().join("tests/fuzz").join(name)).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        items.map(|item| stem(item.unwrap().path())).collect()
    };
    for of in ["corpus", "dictionaries", "targets"] {
        assert_eq!(folder(of), names, "tests/fuzz/{of}");
    }
    let manifest = fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).unwrap();
    let binaries = manifest.split("[[bin]]\n").skip(1);
    let binaries = binaries.map(|bin| bin.split('"').nth(1).unwrap().to_owned());
    assert_eq!(
        binaries.collect::<BTreeSet<_>>(),
        names,
        "tests/fuzz/Cargo.toml"
    );
}

#[test]
fn the_seeds_are_text_that_a_person_wrote() {
    for path in files_below(&root().join("tests/fuzz/corpus")) {
        // The fuzzer names what it keeps by 40 digits; git ignores it.
        if path.file_name().unwrap().len() == 40 {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        assert!(
            bytes.len() < 8192,
            "{} is too large to be read",
            path.display()
        );
        assert!(
            String::from_utf8(bytes).is_ok(),
            "{} is no text",
            path.display()
        );
    }
}
