//! What is linked into each program: the bill of materials against its schema, the lock file and
//! the licences that are passed on.

use std::fs;

use serde_json::Value;

use super::offered::{VERSION, files, packages};
use crate::ci::against;
use crate::house::root;
use crate::support::tools::tool_folder;
use crate::support::{Home, need, run};

const SCHEMA: &str = "ci/cyclonedx/schema/_res/bom-1.6.SNAPSHOT.schema.json";

/// Each bill, by its target.
fn bills() -> Option<Vec<(String, Value)>> {
    let folder = packages()?;
    let bills = files(folder, ".cdx.json").into_iter().map(|name| {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let target = name.strip_prefix(&format!("keyfob-{VERSION}-")).unwrap();
        let target = target.strip_suffix(".cdx.json").unwrap().to_owned();
        (target, serde_json::from_str(&text).unwrap())
    });
    Some(bills.collect())
}

/// Names and versions of the parts of a bill that have this scope.
fn parts<'a>(bill: &'a Value, scope: &str) -> Vec<(&'a str, &'a str)> {
    let all = bill["components"].as_array().unwrap().iter();
    all.filter(|part| part["scope"] == scope)
        .map(|part| {
            let name = part["name"].as_str().unwrap();
            (name, part["version"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn every_bill_of_materials_is_cyclonedx_by_its_schema() {
    if !need(&["python3", SCHEMA]) {
        return;
    }
    let Some(bills) = bills() else { return };
    assert_eq!(bills.len(), 5);
    let schema = tool_folder().join(SCHEMA);
    for (target, bill) in &bills {
        assert_eq!(against(schema.to_str().unwrap(), bill), "", "{target}");
    }
    let mut wrong = bills[0].1.clone();
    wrong["components"][0]["scope"] = "linked".into();
    assert_ne!(against(schema.to_str().unwrap(), &wrong), "");
}

#[test]
fn a_bill_lists_what_its_target_links_with_the_sums_of_the_lock_file() {
    let Some(bills) = bills() else { return };
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for (target, bill) in &bills {
        let (linked, build) = (parts(bill, "required"), parts(bill, "excluded"));
        let has = |name: &str| linked.iter().any(|part| part.0 == name);
        for name in [
            "ring",
            "rustls",
            "serde",
            "ureq",
            "webpki-roots",
            "rust-std",
        ] {
            assert!(has(name), "{target} links no {name}");
        }
        assert!(build.iter().any(|part| part.0 == "serde_derive"));
        assert!(!has("serde_derive") && !has("rcgen") && !has("keyfob"));
        assert!(!build.iter().any(|part| part.0 == "rcgen"), "{target}");
        assert_eq!(
            has("windows-native-keyring-store"),
            target.contains("windows")
        );
        assert_eq!(has("apple-native-keyring-store"), target.contains("apple"));
        assert_eq!(has("linux-keyutils"), target.contains("linux"));
        for part in bill["components"].as_array().unwrap() {
            let Some(sum) = part["hashes"][0]["content"].as_str() else {
                continue;
            };
            let name = part["name"].as_str().unwrap();
            let version = part["version"].as_str().unwrap();
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            let (_, rest) = lock.split_once(&entry).unwrap();
            let (entry, _) = rest.split_once("\n\n").unwrap_or((rest, ""));
            assert!(entry.contains(sum), "{name}");
        }
    }
}

/// `tar` or `python3` reads one file out of an archive.
fn third_party(target: &str) -> String {
    let (home, folder) = (Home::new(), packages().unwrap());
    let name = format!("keyfob-{VERSION}-{target}");
    let mut command = match target.contains("windows") {
        true => {
            let script = "import sys, zipfile\n\
                          sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
            let mut python = home.command("python3");
            python
                .args(["-c", script])
                .arg(folder.join(format!("{name}.zip")));
            python
        }
        false => {
            let mut tar = home.command("tar");
            tar.args(["-xzOf"])
                .arg(folder.join(format!("{name}.tar.gz")));
            tar
        }
    };
    command.arg(format!("{name}/THIRD-PARTY"));
    run(&mut command, "").answer().to_owned()
}

#[test]
fn each_archive_passes_on_the_licence_of_everything_that_its_program_links() {
    if !need(&["python3", "tar"]) {
        return;
    }
    let Some(bills) = bills() else { return };
    for (target, bill) in &bills {
        let text = third_party(target);
        for (name, version) in parts(bill, "required") {
            let row = match name {
                "rust-std" => format!("\nRust standard library {version}: "),
                "glibc" => "\nGNU C Library: LGPL-2.1-or-later".to_owned(),
                _ => format!("\n{name} {version}: "),
            };
            assert!(text.contains(&row), "{target}: no licence of {name}");
        }
        for row in text.lines().filter(|line| line.contains("(text ")) {
            let (_, numbers) = row.split_once("(text ").unwrap();
            for number in numbers.trim_end_matches(')').split(", ") {
                let title = format!("\nText {number}: ");
                assert!(text.contains(&title), "{target}: {row}");
            }
        }
        for words in [
            "LICENSE-BoringSSL",
            "Community Data License Agreement - Permissive - Version 2.0",
            "Apache License\n",
            "Neither the name of Google Inc. nor the names of its",
        ] {
            assert!(text.contains(words), "{target} lacks {words:?}");
        }
        // A crate that ships no text.
        let holder = text.contains("Copyright (c) Daniel Dulaney <dan@dulaney.xyz>");
        assert_eq!(holder, target.contains("windows"), "{target}");
        let (glibc, mingw) = (target.contains("linux"), target.contains("windows"));
        assert_eq!(text.contains("GNU LESSER GENERAL PUBLIC LICENSE"), glibc);
        assert_eq!(text.contains("mingw-w64 runtime: "), mingw);
        assert_eq!(
            text.contains("GCC RUNTIME LIBRARY EXCEPTION"),
            glibc || mingw
        );
    }
}

#[test]
fn no_path_of_the_machine_that_built_it_stands_in_the_released_program() {
    let Some(program) = std::env::var_os("KEYFOB_RELEASE") else {
        need(&["KEYFOB_RELEASE (set by tests/run)"]);
        return;
    };
    let program = fs::read(program).unwrap();
    let variables = ["HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR"];
    let mut paths: Vec<String> = variables
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .collect();
    paths.push(root().to_str().unwrap().to_owned());
    for path in paths.iter().filter(|path| path.len() > 3) {
        let path = format!("{path}/");
        let there = program
            .windows(path.len())
            .any(|text| text == path.as_bytes());
        assert!(!there, "{path} stands in the program");
    }
}
