//! The script's copies in the files of runners that take no file with them.

use std::fs;
use std::path::PathBuf;

use crate::ci::path;
use crate::house::{files_below, root};
use crate::support::{Home, run};

/// What `.ci/embed-fetch` would write is written.
#[test]
fn every_runner_has_the_script_as_it_is_and_the_address_of_cargo_toml() {
    let home = Home::new();
    let copied = |folder: &str| {
        let files = files_below(&root().join(folder));
        files
            .into_iter()
            .map(|file| file.strip_prefix(root()).unwrap().to_owned())
    };
    let files: Vec<PathBuf> = ["Cargo.toml", ".ci/embed-fetch"]
        .into_iter()
        .map(PathBuf::from)
        .chain(copied("integrations"))
        .collect();
    for file in &files {
        let to = home.path("project").join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join(file), to).unwrap();
    }
    let embed = home.path("project/.ci/embed-fetch");
    run(&mut home.command_at(&embed), "").answer();
    for file in &files {
        let written = fs::read(home.path("project").join(file)).unwrap();
        let is = fs::read(root().join(file)).unwrap();
        assert!(written == is, "{}: run .ci/embed-fetch", file.display());
    }
    let manifest = home.path("project/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let moved = "https://git.example.com/keyfob";
    fs::write(
        manifest,
        text.replace("https://keyfob.invalid/source", moved),
    )
    .unwrap();
    run(&mut home.command_at(&embed), "").answer();
    let mut holding = 0;
    for file in &files {
        let text = fs::read(home.path("project").join(file)).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(
            !text.contains("keyfob.invalid/source"),
            "{}",
            file.display()
        );
        holding += usize::from(text.contains(&format!("{moved}/releases/download")));
    }
    assert!(holding >= 7, "{holding}");
}

/// What a runner's own language would take for its own.
#[test]
fn the_script_holds_nothing_that_a_runner_fills_in() {
    let script = fs::read_to_string(path("fetch/keyfob-fetch.sh")).unwrap();
    for word in ["<<", "${{", "$[[", "'''"] {
        assert!(!script.contains(word), "{word}");
    }
    // Azure's agent puts in the variable that `$(NAME)` names.
    let first_words = script.split("$(").skip(1);
    for rest in first_words {
        let inside = rest.split(')').next().unwrap();
        assert!(inside.contains(' '), "$({inside})");
    }
}
