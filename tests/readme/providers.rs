//! The providers' folder: every file parses as it is, every shipped preset has its page, and what a page says is what the file holds.

use std::collections::BTreeSet;

use keyfob::spec::preset;

use super::tables::{first_words, table, word};
use super::{PROVIDERS, blocks, command_lines, file, is_preset, makes_sense, own_preset, pages};
use crate::house::root;
use crate::support::home::Home;
use crate::support::{read_spec, run};

fn shipped() -> BTreeSet<String> {
    preset::names().map(str::to_owned).collect()
}

/// Each preset and its page, which the presets of a family share.
fn preset_pages() -> Vec<(String, String)> {
    let row = |row: &Vec<String>| {
        let (_, link) = row[2].rsplit_once("](").unwrap();
        let page = link.trim_end_matches(')').split('#').next().unwrap();
        (word(&row[0]), page.to_owned())
    };
    table("presets").iter().map(row).collect()
}

/// The words of a console line's `--spec`.
fn named_specs(words: &[String]) -> impl Iterator<Item = &String> {
    let spec = words.iter().position(|word| word == "--spec");
    spec.and_then(|at| words.get(at + 1)).into_iter()
}

#[test]
fn every_file_is_a_spec_or_a_preset_that_parses_as_it_is() {
    for path in pages("json") {
        let text = file(&path);
        if is_preset(&text) {
            let read = preset::parse_preset(&text).unwrap_or_else(|why| panic!("{path}: {why}"));
            assert!(read.documentation.starts_with("https://"), "{path}");
            for (member, value) in &read.spec {
                if member.ends_with("url") {
                    let url = value.as_str().unwrap();
                    assert!(url.starts_with("{base_url}/"), "{path}: {member}");
                }
            }
        } else {
            let spec = read_spec(text.as_bytes(), &own_preset);
            let spec = spec.unwrap_or_else(|why| panic!("{path}: {why}"));
            assert_eq!(path, format!("{PROVIDERS}/{}.json", spec.name));
        }
    }
}

#[test]
fn every_shipped_preset_has_its_page_and_its_spec() {
    let rows: BTreeSet<String> = first_words("presets").into_iter().collect();
    assert_eq!(rows, shipped());
    for (name, page) in preset_pages() {
        let spec = format!("{PROVIDERS}/{name}.json");
        let text = file(&spec);
        assert!(
            text.contains(&format!("\"provider\": \"{name}\"")),
            "{spec}"
        );
        let is_shared = page != format!("{name}.md");
        let page = format!("{PROVIDERS}/{page}");
        let whole = blocks(&page)
            .into_iter()
            .any(|block| block.comment.as_deref() == Some(&format!("file {spec}")));
        assert!(whole, "{page} does not show {spec}");
        let says = file(&page);
        let documentation = preset::parse_preset(preset::shipped(&name).unwrap())
            .unwrap()
            .documentation;
        assert!(
            says.contains(documentation.as_ref()),
            "{page}: {documentation}"
        );
        let section = format!("`{name}`");
        let own = ["What to create", "Add", "Set up", "Check"];
        let headings = match is_shared {
            true => vec![section.as_str()],
            false => own.to_vec(),
        };
        for heading in headings.into_iter().chain(["What goes wrong", "Limits"]) {
            assert!(
                says.contains(&format!("\n## {heading}\n")),
                "{page} has nothing on {heading}"
            );
        }
    }
}

#[test]
fn a_page_stores_the_secrets_that_its_spec_reads() {
    let pages: BTreeSet<String> = preset_pages().into_iter().map(|(_, page)| page).collect();
    for page in pages {
        let page = format!("{PROVIDERS}/{page}");
        let lines = command_lines(&page);
        assert!(lines.len() >= 3, "{page}: {} lines only", lines.len());
        let mut set = BTreeSet::new();
        let mut specs = BTreeSet::new();
        for words in &lines {
            makes_sense(words).unwrap_or_else(|why| panic!("{page}: {why}"));
            match &words[..] {
                [_, secret, action, entry] if secret == "secret" && action == "set" => {
                    set.insert(entry.clone());
                }
                // `add` stores each secret that it asks for as NAME-MEMBER.
                [_, add, name, ..] if add == "add" => {
                    let asked = asked_for(name).into_iter();
                    set.extend(asked.map(|member| format!("{name}-{member}")));
                }
                _ => {}
            }
            specs.extend(named_specs(words).cloned());
        }
        let text = file(&page);
        for block in blocks(&page)
            .iter()
            .filter(|block| block.language == "json")
        {
            // What `store` names keyfob writes itself.
            let lines = block
                .text
                .lines()
                .filter(|line| !line.contains("\"store\""));
            let text: String = lines.collect();
            for rest in text.split("\"keyring\": \"").skip(1) {
                let entry = rest.split('"').next().unwrap();
                assert!(set.contains(entry), "{page} never stores {entry}");
            }
        }
        for spec in specs {
            assert!(
                text.contains(&format!("`{spec}.json`"))
                    || text.contains(&format!("/{spec}.json`")),
                "{page} uses a spec {spec} that it does not show"
            );
        }
    }
}

/// The presets that lie there to be copied do what a preset of the user's own must: the program itself reads them.
#[test]
fn every_preset_to_be_copied_is_shown_by_the_program() {
    let mut copies = 0;
    for path in pages("json") {
        let text = file(&path);
        if !is_preset(&text) {
            continue;
        }
        copies += 1;
        let name = path
            .trim_start_matches(&format!("{PROVIDERS}/"))
            .trim_end_matches(".json")
            .to_owned();
        assert!(first_words("copies").contains(&name), "{name}");
        let home = Home::new();
        let folder = home.config().join("providers");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(root().join(&path), folder.join(format!("{name}.json"))).unwrap();
        let output = run(&mut home.keyfob(["providers", &name]), "");
        assert!(output.answer().starts_with(&format!("{name}: ")), "{name}");
    }
    assert_eq!(copies, first_words("copies").len());
    assert!(copies > 0);
}

/// The members of a spec that are keyring entries, which `keyfob add` asks for.
fn asked_for(name: &str) -> Vec<String> {
    let spec: serde_json::Value =
        serde_json::from_str(&file(&format!("{PROVIDERS}/{name}.json"))).unwrap();
    let members = spec.as_object().unwrap().iter();
    let asked =
        members.filter(|(member, value)| *member != "store" && value["keyring"].is_string());
    asked.map(|(member, _)| member.clone()).collect()
}

/// The line of a page, and what it leaves out: the secrets that it is asked for.
#[test]
fn the_add_line_of_every_preset_writes_the_spec_of_its_page() {
    for (name, page) in preset_pages() {
        let page = file(&format!("{PROVIDERS}/{page}"));
        let start = format!("\n$ keyfob add {name} --provider {name}");
        let (_, rest) = page
            .split_once(&start)
            .unwrap_or_else(|| panic!("no page adds {name}"));
        let (words, rest) = rest.split_once('\n').unwrap();
        let asked = asked_for(&name);
        let says = rest.trim_start_matches(['`', '\n']).lines().next().unwrap();
        let wanted = match &asked[..] {
            [] => format!("It writes `~/.config/keyfob/{name}.json`:"),
            _ => format!(", and writes `~/.config/keyfob/{name}.json`:"),
        };
        assert!(says.ends_with(&wanted), "{name}: {says}");
        for member in &asked {
            assert!(says.contains(&format!("`{member}`")), "{name}: {says}");
        }
        let home = Home::new();
        let shell = |more: &str| {
            let line = format!("keyfob add {name} --provider {name}{words} --no-check{more}");
            let command = home.keyfob(["token"]);
            let mut shell = std::process::Command::new("sh");
            shell.env_clear();
            for (variable, value) in command.get_envs() {
                shell.envs(value.map(|value| (variable, value)));
            }
            let folder = std::path::Path::new(command.get_program())
                .parent()
                .unwrap();
            let path = format!("{}:/usr/bin:/bin", folder.display());
            shell.env("PATH", path).args(["-c", &line]);
            run(&mut shell, "")
        };
        if !asked.is_empty() {
            let refused = shell("");
            assert_ne!(refused.status, 0, "{name} lacks its secrets");
            for member in &asked {
                assert!(refused.stderr.contains(member.as_str()), "{refused:?}");
            }
        }
        let places: String = asked
            .iter()
            .map(|member| format!(" {member}=keyring:{name}-{member}"))
            .collect();
        let output = shell(&places);
        assert_eq!(output.status, 0, "{name}: {output:?}");
        let written = home.config().join(format!("{name}.json"));
        let written = std::fs::read_to_string(written).unwrap();
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let shown = file(&format!("{PROVIDERS}/{name}.json"));
        assert_eq!(parse(&written), parse(&shown), "{name}");
    }
}
