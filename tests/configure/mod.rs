//! `keyfob setup`: the files in [`files`], the way of a first-time user in [`first_user`], what it refuses in [`refused`], what is shown and asked in [`screen`], its parts in
//! [`parts`], the real tools that read what it wrote in [`tools`], and edited files in [`undo`].

mod files;
mod first_user;
mod parts;
mod refused;
mod screen;
mod tools;
mod undo;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::tools::tool_folder;
use crate::support::{Home, Output, run, tool};

/// A home with the spec `demo`, which lists a git host with a path, a registry, and a cluster.
fn home() -> Home {
    let home = listing(&[
        "https://git.example.com/team",
        "registry.example.com:5000",
        "https://kubernetes.example.com:6443",
    ]);
    home.set_tools();
    home
}

/// A home whose spec `demo` lists these targets.
fn listing(targets: &[&str]) -> Home {
    let mut home = Home::new();
    home.set("TOKEN", "t0ken");
    let spec = json!({"provider": "static", "token": {"env": "TOKEN"}, "targets": targets});
    home.spec("demo", spec.to_string());
    home
}

trait Tools {
    fn set_tools(&self);
}

impl Tools for Home {
    /// Puts the tools that `tests/setup` installed on PATH.
    fn set_tools(&self) {
        for (name, path) in [
            ("kubectl", "kubectl-1.37/kubectl"),
            ("go", "go-1.27/bin/go"),
            ("pnpm", "pnpm/node_modules/@pnpm/exe.linux-x64/pnpm"),
        ] {
            let program = tool_folder().join(path);
            if program.is_file() {
                symlink(program, self.bin().join(name)).unwrap();
            }
        }
        let cloud = tool_folder().join("cloud");
        if cloud.is_dir() {
            let python = tool("python3");
            let (cloud, python) = (cloud.display(), python.display());
            let body = format!("PYTHONPATH={cloud} exec {python} -m awscli \"$@\"");
            self.script("aws", &body);
        }
    }
}

/// `keyfob setup WORDS`
fn setup(home: &Home, words: &str) -> Output {
    let words = words.split(' ').filter(|word| !word.is_empty());
    let keyfob = home.bin().join("keyfob");
    run(home.command_at(&keyfob).arg("setup").args(words), "")
}

/// The bytes of a file in `$HOME`; none if it is not there.
fn content(home: &Home, file: &str) -> Option<String> {
    fs::read(home.home().join(file))
        .ok()
        .map(|bytes| String::from_utf8(bytes).unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Every file below a folder, sorted.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        found.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            found.extend(below(&entry.path()));
        }
    }
    found.sort();
    found
}
