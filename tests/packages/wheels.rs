//! Wheels: read as pip reads them, and installed by pip in two versions and by uv, without a network.

use std::path::Path;

use serde_json::Value;

use super::callers;
use super::offered::{VERSION, files, packages};
use crate::house::root;
use crate::support::tools::tool_folder;
use crate::support::{Home, Output, need, run, tool};

const PIPS: [&str; 2] = ["python-clients/pip-23.2", "python-clients/pip-26.3"];
const UV: &str = "python-clients/uv/bin/uv";

/// What is in each wheel, by its file's name.
fn wheels(folder: &Path) -> Vec<(String, Value)> {
    let home = Home::new();
    let read = |name: String| {
        let mut python = home.command("python3");
        python
            .arg(root().join("tests/support/packages/wheel.py"))
            .arg(tool_folder().join(PIPS[1]))
            .arg(folder.join(&name));
        let said = run(&mut python, "").json();
        (name, said)
    };
    files(folder, ".whl").into_iter().map(read).collect()
}

#[test]
fn each_platform_has_a_wheel_whose_name_record_and_metadata_are_right() {
    if !need(&[&format!("{}/pip/__init__.py", PIPS[1])]) {
        return;
    }
    let Some(folder) = packages() else { return };
    let wheels = wheels(folder);
    let names: Vec<&str> = wheels.iter().map(|(name, _)| name.as_str()).collect();
    let start = format!("keyfob-{VERSION}-py3-none-");
    let expected = [
        "macosx_11_0_arm64",
        "macosx_11_0_x86_64",
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
        "win_amd64.win_arm64",
    ]
    .map(|tags| format!("{start}{tags}.whl"));
    assert_eq!(names, expected);
    for (name, said) in wheels {
        assert_eq!(said["licence"], "MIT OR Apache-2.0", "{name}");
        assert_eq!(
            said["times"].to_string(),
            "[[2026,11,21,23,43,16]]",
            "{name}"
        );
        let description = said["description"].as_str().unwrap();
        assert!(description.starts_with("# keyfob\n"), "{name}");
        assert!(!description.contains("](integrations/"), "{name}");
        let modes = said["modes"].as_object().unwrap();
        let scripts: Vec<&str> = modes
            .keys()
            .filter_map(|path| path.strip_prefix(&format!("keyfob-{VERSION}.data/scripts/")))
            .collect();
        let all = [
            "cargo-credential-keyfob",
            "docker-credential-keyfob",
            "git-credential-keyfob",
            "keyfob",
        ];
        match name.contains("-win_") {
            true => assert_eq!(scripts, ["keyfob.exe"]),
            false => assert_eq!(scripts, all),
        }
        for (path, mode) in modes {
            let expected = match path.contains(".data/scripts/") {
                true => 0o100_755,
                false => 0o100_644,
            };
            assert_eq!(mode, expected, "{name}: {path}");
        }
    }
}

/// What is installed answers, and doctor sees one program.
fn works(home: &mut Home, bin: &Path) {
    let _provider = callers::answer(home, bin);
    let at = |words: &[&str]| callers::at(home, bin, "keyfob", words, "");
    let doctor = at(&["doctor"]);
    assert!(!doctor.stdout.contains("two versions"), "{doctor:?}");
    assert!(doctor.stdout.contains("\tversion: "), "{doctor:?}");
    let setup = at(&["setup", "docker", "--spec", "demo", "--print"]);
    assert!(!setup.stdout.contains("another program"), "{setup:?}");
}

fn pip(home: &Home, pip: &str, python: &Path, words: &[&str]) -> Output {
    let mut command = home.command_at(python);
    command
        .args(["-m", "pip", "--disable-pip-version-check"])
        .args(words)
        .env("PYTHONPATH", tool_folder().join(pip))
        .env("PIP_CONFIG_FILE", "/dev/null");
    run(&mut command, "")
}

#[test]
fn pip_installs_it_in_an_environment_and_takes_it_out_whole() {
    let present = PIPS.map(|pip| format!("{pip}/pip/__init__.py"));
    if !need(&["git", "python3", &present[0], &present[1]]) {
        return;
    }
    let Some(folder) = packages() else { return };
    for version in PIPS {
        let mut home = Home::new();
        let environment = home.path("home/venv");
        let mut python = home.command("python3");
        python
            .args(["-m", "venv", "--without-pip"])
            .arg(&environment);
        run(&mut python, "").answer();
        let bin = environment.join("bin");
        let before = files(&environment, "");
        let from = folder.to_str().unwrap();
        let words = ["install", "--no-index", "--find-links", from, "keyfob"];
        let output = pip(&home, version, &bin.join("python"), &words);
        assert!(output.answer().contains("Successfully installed keyfob"));
        works(&mut home, &bin);
        let output = pip(
            &home,
            version,
            &bin.join("python"),
            &["uninstall", "-y", "keyfob"],
        );
        output.answer();
        assert_eq!(files(&environment, ""), before, "{version}");
    }
}

/// What pip takes where the platform is this one: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
#[test]
fn pip_takes_the_right_wheel_on_each_platform_and_none_on_another() {
    if !need(&["python3", &format!("{}/pip/__init__.py", PIPS[1])]) {
        return;
    }
    let Some(folder) = packages() else { return };
    for (platform, taken) in [
        ("manylinux_2_17_x86_64", Some("musllinux_1_1_x86_64")),
        ("manylinux2014_aarch64", Some("musllinux_1_1_aarch64")),
        ("musllinux_1_1_x86_64", Some("musllinux_1_1_x86_64")),
        ("musllinux_1_1_aarch64", Some("musllinux_1_1_aarch64")),
        ("macosx_11_0_arm64", Some("macosx_11_0_arm64")),
        ("macosx_14_0_arm64", Some("macosx_11_0_arm64")),
        ("macosx_12_0_x86_64", Some("macosx_11_0_x86_64")),
        ("win_amd64", Some("win_amd64.win_arm64")),
        ("win_arm64", Some("win_amd64.win_arm64")),
        ("win32", None),
        ("manylinux2014_i686", None),
    ] {
        let home = Home::new();
        let from = folder.to_str().unwrap();
        let words = ["download", "--no-index", "--find-links", from, "--no-deps"];
        let words = [&words[..], &["--platform", platform, "keyfob"]].concat();
        let output = pip(&home, PIPS[1], &tool("python3"), &words);
        let found = files(&home.home(), ".whl");
        let expected: Vec<String> = taken.map(|end| format!("{end}.whl")).into_iter().collect();
        let ends = found
            .iter()
            .zip(&expected)
            .all(|(name, end)| name.ends_with(end));
        assert!(
            ends && found.len() == expected.len(),
            "{platform}: {output:?}"
        );
    }
}

#[test]
fn uv_runs_it_once_and_installs_it_as_a_tool() {
    if !need(&["git", "python3", UV]) {
        return;
    }
    let Some(folder) = packages() else { return };
    let mut home = Home::new();
    let python = tool("python3");
    home.set("UV_OFFLINE", "1")
        .set("UV_NO_CONFIG", "1")
        .set("UV_PYTHON_DOWNLOADS", "never")
        .set("UV_PYTHON", &python);
    let uv = |words: &[&str]| {
        let mut command = home.command_at(&tool_folder().join(UV));
        let links = ["--no-index", "--find-links", folder.to_str().unwrap()];
        let (first, rest) = words.split_at(2);
        run(command.args(first).args(links).args(rest), "")
    };
    let version = uv(&["tool", "run", "keyfob", "--version"]);
    let start = format!("keyfob {VERSION} (");
    assert!(version.answer().starts_with(&start), "{version:?}");
    // A command of the package by another name than its own.
    let listed = uv(&[
        "tool",
        "run",
        "--from",
        "keyfob",
        "docker-credential-keyfob",
        "list",
    ]);
    assert_eq!(listed.answer(), "{}\n");
    uv(&["tool", "install", "keyfob"]).answer();
    let bin = home.path("home/.local/bin");
    works(&mut home, &bin);
}
