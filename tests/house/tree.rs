//! The tree: headers, sizes, folders, presets; and what the files may not say.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::{files_below, root, sources};

#[test]
fn every_file_begins_with_what_it_is() {
    let tests = files_below(&root().join("tests"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    for path in tests {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not begin with //!",
            path.display()
        );
    }
    for source in sources() {
        assert!(
            source.text.starts_with("//!"),
            "{} does not begin with //!",
            source.path
        );
    }
}

/// Files over 300 lines, each with the reason.
const LONG: &[(&str, &str)] = &[];

#[test]
fn no_file_is_over_300_lines_without_a_reason() {
    for source in sources() {
        let lines = source.text.lines().count();
        let reason = LONG.iter().any(|(path, _)| *path == source.path);
        assert!(lines <= 300 || reason, "{} has {lines} lines", source.path);
        assert!(
            lines > 300 || !reason,
            "{} needs no reason any more",
            source.path
        );
    }
}

#[test]
fn every_caller_has_its_integration_and_its_tests() {
    for caller in keyfob::protocol::CALLERS {
        for room in ["integrations", "tests"] {
            let folder = root().join(room).join(caller.name);
            assert!(folder.is_dir(), "{} is missing", folder.display());
            assert!(
                files_below(&folder)
                    .iter()
                    .any(|file| fs::metadata(file).unwrap().len() > 0),
                "{} is empty",
                folder.display()
            );
        }
        assert!(
            // pip and uv look for a program of this very name.
            caller.link.split('-').any(|part| part == "keyfob") || caller.link == "keyring",
            "{} is no name of ours",
            caller.link
        );
    }
}

#[test]
fn every_preset_parses_strictly_names_its_documentation_and_keeps_to_https() {
    use keyfob::spec::preset;
    let shipped: Vec<&str> = preset::names().collect();
    let files = files_below(&root().join("src/spec/presets"));
    assert_eq!(
        files.len(),
        shipped.len(),
        "a preset's file is not in the list of those that are shipped, or the other way round"
    );
    for name in shipped {
        let text = preset::shipped(name).unwrap();
        let read = preset::parse_preset(text).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(
            read.documentation.starts_with("https://"),
            "{name} names no documentation"
        );
        // A cloud's metadata service speaks nothing else.
        let metadata = ["http://169.254.", "http://metadata.google.internal"];
        let text = metadata
            .iter()
            .fold(text.to_owned(), |text, url| text.replace(url, ""));
        assert!(!text.contains("http://"), "{name} speaks plain http");
        let golden = root().join("tests/providers").join(name);
        assert!(
            golden.is_dir() && !files_below(&golden).is_empty(),
            "{} is missing or empty",
            golden.display()
        );
        let variants = read.variants.iter().flat_map(|variant| &variant.spec);
        for (member, value) in read.spec.iter().chain(variants) {
            if member.ends_with("url") && !value.is_object() {
                let url = value.as_str().unwrap();
                let parameter = url.strip_prefix('{').and_then(|url| url.split_once("}/"));
                assert!(
                    parameter.is_some_and(|(name, _)| name == "base_url"
                        || read.parameters.get(name).is_some_and(|it| it.url)),
                    "{name}: {member} cannot be replaced"
                );
            }
        }
    }
}

#[test]
fn presets_are_sorted_and_small_and_those_with_sources_of_their_own_are_known() {
    use keyfob::spec::preset;
    let names: Vec<&str> = preset::names().collect();
    assert!(names.is_sorted(), "{names:?}");
    for name in names {
        let text = preset::shipped(name).unwrap();
        let file = root().join(format!("src/spec/presets/{name}.json"));
        let file = fs::read_to_string(file).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(text.parse::<serde_json::Value>().unwrap(), file, "{name}");
        assert_eq!(text.len(), file.to_string().len(), "{name} holds blanks");
        let preset = preset::parse_preset(text).unwrap();
        let defaults = preset
            .parameters
            .values()
            .filter_map(|it| it.default.as_ref());
        let variants = preset.variants.iter().flat_map(|it| it.spec.values());
        let mut values = preset.spec.values().chain(defaults).chain(variants);
        assert_eq!(
            preset::has_sources(name),
            values.any(names_source),
            "{name}: write the first member of a source as `shipped.rs` looks for it"
        );
        for own in ["targets", "callers", "authtype"] {
            assert!(!preset.spec.contains_key(own), "{name}: {own}");
        }
        assert!(!preset.parameters.contains_key("username"), "{name}");
    }
}

/// Whether a value of a preset holds a source that a cache key depends on.
fn names_source(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Object(members) => {
            let is_source = |name: &str, value: &Value| match name {
                "env" | "file" | "command" | "keyring" => true,
                "token" => value.get("provider").is_some(),
                _ => false,
            };
            members
                .iter()
                .any(|(name, value)| is_source(name, value) || names_source(value))
        }
        Value::Array(values) => values.iter().any(names_source),
        _ => false,
    }
}

/// Files that git keeps.
fn kept() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git is needed");
    assert!(listed.status.success(), "git ls-files failed");
    String::from_utf8(listed.stdout)
        .unwrap()
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_top_level_is_what_the_design_says() {
    let allowed = [
        ".ci",
        ".editorconfig",
        ".github",
        ".gitignore",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "RELEASE.md",
        "SECURITY.md",
        "clippy.toml",
        "deny.toml",
        "integrations",
        "src",
        "tests",
    ];
    for path in kept() {
        let top = path.split('/').next().unwrap();
        assert!(allowed.contains(&top), "{path} lies where nothing should");
    }
}

/// The value of a `name = "…"` line of Cargo.toml.
fn manifest(name: &str) -> String {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

/// `.invalid` never resolves (RFC 2606 §2). Whoever gives the project a public home changes both and this test.
#[test]
fn the_addresses_of_the_project_are_placeholders() {
    assert_eq!(manifest("homepage"), "https://keyfob.invalid");
    assert_eq!(manifest("repository"), "https://keyfob.invalid/source");
}

#[test]
fn the_pages_for_contributors_name_what_is_there() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let least = manifest("rust-version");
    let page = read("CONTRIBUTING.md");
    assert!(page.contains(&format!("Rust {least} or newer")), "{least}");
    let words = page.split(['`', '(', ')']).filter(|word| {
        let kinds = ["src/", "tests/", "integrations/", ".ci/", "Cargo"];
        kinds.iter().any(|kind| word.starts_with(kind)) && !word.contains("NAME")
    });
    let named: Vec<&str> = words
        .map(|word| word.trim_end_matches(" --dynamic"))
        .collect();
    assert!(named.len() > 15, "{named:?}");
    for path in named {
        assert!(root().join(path).exists(), "CONTRIBUTING.md names {path}");
    }
    // The lists of licences are one list.
    let deny = read("deny.toml");
    for licence in super::dependencies::LICENCES {
        assert!(deny.contains(&format!("\"{licence}\"")), "{licence}");
    }
    let workflow = read(".github/workflows/ci.yml");
    assert!(workflow.contains("run: .ci/run"));
    assert!(root().join(".ci/run").exists());
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let told_elsewhere = [
        "/work/",
        "../shared",
        "CONTRACT.md",
        "HOUSE.md",
        "crates.io-index",
        "registry.npmjs.org",
        "pypi.org",
        "deb.debian.org",
    ];
    for path in kept()
        .iter()
        .filter(|path| *path != "tests/house/tree.rs" && !path.ends_with("Cargo.lock"))
    {
        let text =
            String::from_utf8_lossy(&fs::read(root().join(path)).unwrap_or_default()).into_owned();
        for word in told_elsewhere {
            assert!(!text.contains(word), "{path} speaks of {word}");
        }
    }
}

/// `tests/README.md` has a row for every room, and no row for a room that is not there.
#[test]
fn every_room_of_the_tests_stands_in_their_map() {
    let text = fs::read_to_string(root().join("tests/README.md")).unwrap();
    let (_, map) = text.split_once("<!-- rooms -->").unwrap();
    let rows = map
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .skip(2);
    let firsts = rows
        .take_while(|line| line.starts_with('|'))
        .filter_map(|row| row.split('|').nth(1));
    let named: BTreeSet<String> = firsts
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    let folders = fs::read_dir(root().join("tests")).unwrap();
    let is_room = |path: &std::path::Path| path.join("mod.rs").is_file();
    let rooms: BTreeSet<String> = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_room(path))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(named, rooms);
}
