//! What is linked in: from one registry, under known licences, and none of what was left out on purpose.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::root;

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root());
    let output = command.output().expect("cargo is needed");
    assert!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Licences that may be linked into a program under MIT OR Apache-2.0.
pub const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "BSD-2-Clause",
    "ISC",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
    "Zlib",
    "Unlicense",
    "0BSD",
    "BSL-1.0",
    "MIT-0",
];

/// Whether an SPDX expression can be met with the licences above: any side of OR, every side of AND.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    let one =
        |name: &str| LICENCES.contains(&name.trim().trim_end_matches("WITH LLVM-exception").trim());
    if expression.contains(" AND ") {
        return expression
            .split(" AND ")
            .all(|side| side.split(" OR ").any(one));
    }
    expression.split(" OR ").any(one)
}

#[test]
fn an_expression_of_licences_is_read_as_spdx_means_it() {
    assert!(
        is_allowed("MIT OR Apache-2.0")
            && is_allowed("MIT/Apache-2.0")
            && is_allowed("Apache-2.0 AND ISC")
    );
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && is_allowed("GPL-3.0 OR MIT"));
    assert!(!is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0") && !is_allowed(""));
}

#[test]
fn every_dependency_has_a_licence_that_may_be_linked_and_comes_from_the_one_registry() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(
        packages.len() > 30,
        "{} packages: this test has lost sight of them",
        packages.len()
    );
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence), "{name} is under `{licence}`");
        let source = package["source"].as_str();
        assert!(
            name == "keyfob" || source.is_some_and(|source| source.starts_with("registry+")),
            "{name} comes from {source:?}"
        );
    }
}

/// Crates that must not come back, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("tokio", "no async runtime"),
    ("async-io", "no async runtime"),
    ("async-executor", "no async runtime"),
    ("smol", "no async runtime"),
    (
        "zbus",
        "waits for ever on a locked keyring, and brings an async runtime",
    ),
    ("aws-lc-rs", "30 ms of start-up"),
    ("aws-lc-sys", "30 ms of start-up"),
    ("openssl", "a second TLS"),
    ("native-tls", "a second TLS"),
    ("rsa", "RUSTSEC-2023-0071"),
    ("regex", "1.4 MB"),
    ("url", "IDNA tables"),
    ("chrono", "a second calendar"),
];

/// The packages that the program links on this platform: normal dependencies, reached from keyfob.
fn linked() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root());
    let output = command.output().expect("cargo is needed");
    assert!(
        output.status.success(),
        "cargo tree failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut linked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        let versions = linked.entry(name.to_owned()).or_default();
        if !versions.iter().any(|known| known == version) {
            versions.push(version.to_owned());
        }
    }
    linked
}

#[test]
fn what_was_left_out_stays_out() {
    let linked = linked();
    assert!(linked.contains_key("ring") && linked.contains_key("rustls"));
    for (name, why) in LEFT_OUT {
        assert!(!linked.contains_key(*name), "{name} is back: {why}");
    }
}

#[test]
fn no_crate_is_linked_in_two_versions_but_those_that_are_known() {
    // base64: jsonwebtoken is one behind ureq. bitflags, nix and others come with the bus library.
    let known = [
        "base64",
        "bitflags",
        "syn",
        "thiserror",
        "thiserror-impl",
        "linux-raw-sys",
        "getrandom",
        "memoffset",
    ];
    for (name, versions) in linked() {
        assert!(
            versions.len() == 1 || known.contains(&name.as_str()),
            "{name} is linked as {versions:?}"
        );
    }
}
