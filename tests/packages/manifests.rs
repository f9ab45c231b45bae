//! What other package managers are told: the addresses and sums of the very archives.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::offered::{OTHERS, VERSION, files, packages};
use crate::house::root;
use crate::support::tools::tool_folder;
use crate::support::{Home, need, run};

/// The files, by their paths.
fn manifests(folder: &Path) -> BTreeMap<String, String> {
    let folder = folder.join("manifests");
    let text = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        (name, text)
    };
    files(&folder, "").into_iter().map(text).collect()
}

/// SHA-256 of each file of the release, as the sums say.
fn sums(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    text.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect()
}

/// A value of Cargo.toml, and of a table of it.
fn cargo(name: &str) -> String {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let start = format!("{name} = \"");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap().trim_end_matches('"').to_owned()
}

/// The address of an archive, which has to be among the sums.
fn address(sums: &BTreeMap<String, String>, target: &str) -> (String, String) {
    let ending = match target.contains("windows") {
        true => "zip",
        false => "tar.gz",
    };
    let name = format!("keyfob-{VERSION}-{target}.{ending}");
    let sum = sums
        .get(&name)
        .unwrap_or_else(|| panic!("{name}: {sums:?}"));
    let page = format!("{}/releases/download/v{VERSION}", cargo("repository"));
    (format!("{page}/{name}"), sum.clone())
}

#[test]
fn each_manifest_names_the_archives_of_its_systems_with_their_sums() {
    let Some(folder) = packages() else { return };
    let (manifests, sums) = (manifests(folder), sums(folder));
    let names: Vec<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "default.nix",
            "keyfob.json",
            "keyfob.rb",
            "winget/Keyfob.Keyfob.installer.yaml",
            "winget/Keyfob.Keyfob.locale.en-US.yaml",
            "winget/Keyfob.Keyfob.yaml",
        ]
    );
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let targets = OTHERS.iter().copied().chain([host.as_str()]);
    for target in targets {
        let (url, sum) = address(&sums, target);
        let (told, upper): (&[&str], bool) = match target.contains("windows") {
            true => (
                &["keyfob.json", "winget/Keyfob.Keyfob.installer.yaml"],
                true,
            ),
            false => (&["keyfob.rb", "default.nix"], false),
        };
        for name in told {
            let text = &manifests[*name];
            // The sum stands right after the address.
            let (_, after) = text
                .split_once(&format!("{url}\""))
                .or_else(|| text.split_once(&format!("{url}\n")))
                .unwrap_or_else(|| panic!("{name} does not name {url}"));
            let near: String = after.chars().take(120).collect();
            let is_there = near.contains(&sum) || upper && near.contains(&sum.to_uppercase());
            assert!(is_there, "{name}: {target}: {near}");
        }
    }
    for (name, text) in &manifests {
        assert!(text.contains(VERSION), "{name}");
        assert!(
            !text.contains("sha256@") && !text.contains("@version"),
            "{name}"
        );
    }
}

#[test]
fn what_winget_and_scoop_unpack_is_in_the_archive() {
    let Some(folder) = packages() else { return };
    if !need(&["python3"]) {
        return;
    }
    let home = Home::new();
    let archive = folder.join(format!("keyfob-{VERSION}-x86_64-pc-windows-gnu.zip"));
    let mut python = home.command("python3");
    let list = "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep='\\n')";
    let listed = run(python.args(["-c", list]).arg(archive), "");
    let program = format!("keyfob-{VERSION}-x86_64-pc-windows-gnu/bin/keyfob.exe");
    assert!(listed.answer().lines().any(|line| line == program));

    let manifests = manifests(folder);
    let winget = &manifests["winget/Keyfob.Keyfob.installer.yaml"];
    assert!(winget.contains(&format!(
        "RelativeFilePath: {}\n",
        program.replace('/', "\\")
    )));
    let scoop: Value = serde_json::from_str(&manifests["keyfob.json"]).unwrap();
    let folder = scoop["architecture"]["64bit"]["extract_dir"]
        .as_str()
        .unwrap();
    let bin = scoop["bin"][0].as_str().unwrap();
    assert_eq!(format!("{folder}/{}", bin.replace('\\', "/")), program);
    // A shim of Scoop's gives the caller's name, since it starts the program by its own.
    for shim in scoop["bin"].as_array().unwrap().iter().skip(1) {
        let link = shim[1].as_str().unwrap();
        let caller = keyfob::protocol::CALLERS.iter().find(|it| it.link == link);
        assert_eq!(shim[2], caller.unwrap().name, "{link}");
    }
}

#[test]
fn wingets_files_are_yaml_with_the_members_that_it_wants() {
    let Some(folder) = packages() else { return };
    let reader = "ci/check_jsonschema/__init__.py";
    if !need(&["python3", reader]) {
        return;
    }
    let home = Home::new();
    for (file, kind) in [
        ("Keyfob.Keyfob.yaml", "version"),
        ("Keyfob.Keyfob.locale.en-US.yaml", "defaultLocale"),
        ("Keyfob.Keyfob.installer.yaml", "installer"),
    ] {
        let mut python = home.command("python3");
        python
            .arg(root().join("tests/support/ci/yaml_and_schemas.py"))
            .arg(tool_folder().join("ci"))
            .arg("read")
            .arg(folder.join("manifests/winget").join(file));
        let document = run(&mut python, "").json()[0].clone();
        assert_eq!(document["ManifestType"], kind);
        assert_eq!(document["PackageIdentifier"], "Keyfob.Keyfob");
        assert_eq!(document["PackageVersion"], VERSION);
        let lacks = match kind {
            "version" => &["DefaultLocale"][..],
            "defaultLocale" => &["PackageLocale", "Publisher", "License", "ShortDescription"],
            _ => &["Installers", "NestedInstallerFiles", "InstallerType"],
        };
        for member in lacks {
            assert!(!document[member].is_null(), "{file}: {member}");
        }
        let short = document["ShortDescription"].as_str().unwrap_or_default();
        assert!(short.len() <= 256);
    }
}

/// Homebrew's formula, loaded with a stand-in for Homebrew that does what its words say.
#[test]
fn the_formula_installs_the_program_its_links_pages_and_completions() {
    let Some(folder) = packages() else { return };
    if !need(&["ruby", "tar"]) {
        return;
    }
    let home = Home::new();
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let archive = folder.join(format!("keyfob-{VERSION}-{host}.tar.gz"));
    let mut tar = home.command("tar");
    tar.args(["--strip-components=1", "-xzf"]).arg(archive);
    run(&mut tar, "").answer();
    let mut ruby = home.command("ruby");
    ruby.arg(root().join("tests/support/packages/formula.rb"))
        .arg(folder.join("manifests/keyfob.rb"))
        .arg(home.path("prefix"));
    let said = run(&mut ruby, "").json();
    let (url, sum) = address(&sums(folder), &host);
    assert_eq!((&said["url"], &said["sha256"]), (&url.into(), &sum.into()));
    let installed = files(&home.path("prefix"), "");
    for file in [
        "bin/keyfob",
        "bin/git-credential-keyfob",
        "share/man/man1/keyfob.1",
        "share/man/man5/keyfob-spec.5",
        "share/zsh/site-functions/_keyfob",
    ] {
        assert!(
            installed.iter().any(|it| it == file),
            "{file}: {installed:?}"
        );
    }
    let link = home.path("prefix/bin/docker-credential-keyfob");
    assert_eq!(run(home.command_at(&link).arg("list"), "").answer(), "{}\n");
}

#[test]
fn the_nix_expression_parses() {
    let Some(folder) = packages() else { return };
    if !need(&["nix-instantiate"]) {
        return;
    }
    let home = Home::new();
    let mut nix = home.command("nix-instantiate");
    nix.arg("--parse").arg(folder.join("manifests/default.nix"));
    for (name, place) in [("NIX_STATE_DIR", "state"), ("NIX_STORE_DIR", "store")] {
        nix.env(name, home.path(place));
    }
    run(&mut nix, "").answer();
}

/// `cargo binstall` fills in a template of Cargo.toml: with the values of each target it has to be the
/// address of the archive, and the path of the program in it.
#[test]
fn cargo_binstall_finds_the_archives_and_the_program_in_them() {
    let Some(folder) = packages() else { return };
    let sums = sums(folder);
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, table) = text.split_once("[package.metadata.binstall]\n").unwrap();
    let value = |name: &str| {
        let start = format!("{name} = \"");
        let line = table.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().trim_end_matches('"').to_owned()
    };
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    for target in OTHERS.iter().copied().chain([host.as_str()]) {
        let is_windows = target.contains("windows");
        let filled = |template: String| {
            let suffix = if is_windows { ".zip" } else { ".tar.gz" };
            [
                ("{ repo }", cargo("repository").as_str()),
                ("{ name }", "keyfob"),
                ("{ bin }", "keyfob"),
                ("{ version }", VERSION),
                ("{ target }", target),
                ("{ archive-suffix }", suffix),
                ("{ binary-ext }", if is_windows { ".exe" } else { "" }),
            ]
            .iter()
            .fold(template, |text, (name, value)| text.replace(name, value))
        };
        let (url, _) = address(&sums, target);
        assert_eq!(filled(value("pkg-url")), url);
        let ending = if is_windows { ".exe" } else { "" };
        let program = format!("keyfob-{VERSION}-{target}/bin/keyfob{ending}");
        assert_eq!(filled(value("bin-dir")), program);
    }
    assert!(table.contains("[package.metadata.binstall.overrides.x86_64-pc-windows-msvc]"));
}
