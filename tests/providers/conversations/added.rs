//! `keyfob add` with every shipped preset: at a terminal, and without one. A spec that it wrote is the spec of the conversation, which then
//! goes as it is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::super::NAME;
use super::{below, converse_with, folder};
use crate::keyring::desktop::Desktop;
use crate::support::{Home, Typist, run};

/// A shipped preset: its name and its text.
fn shipped() -> Vec<(String, Value)> {
    let names = keyfob::spec::preset::names();
    let text = |name| keyfob::spec::preset::shipped(name).unwrap();
    names
        .map(|name| (name.to_owned(), serde_json::from_str(text(name)).unwrap()))
        .collect()
}

/// A conversation of the preset that begins with a token.
fn conversation(preset: &str) -> Option<PathBuf> {
    let files = below(&folder("tests/providers").join(preset), "token.json");
    let is_over_it = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let conversation: Value = serde_json::from_str(&text).unwrap();
        conversation["spec"]["provider"] == preset
    };
    files.into_iter().find(is_over_it)
}

/// The spec in `integrations/providers`.
fn example(preset: &str) -> Value {
    let path = folder("integrations/providers").join(format!("{preset}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The words of an array or a string.
fn words(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(text.split_whitespace().collect()),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// `MEMBER=VALUE`, or the option for a member that has one.
fn argument(name: &str, value: &Value) -> Vec<String> {
    let option = match name {
        "targets" => "--target",
        "callers" => "--caller",
        _ => {
            let text = value.as_str().map(str::to_owned);
            return vec![format!(
                "{name}={}",
                text.unwrap_or_else(|| value.to_string())
            )];
        }
    };
    let items = value.as_array().unwrap().iter();
    items
        .flat_map(|item| [option.to_owned(), item.as_str().unwrap().to_owned()])
        .collect()
}

#[track_caller]
fn assert_is(written: &Value, wanted: &Value, preset: &Value) {
    let (written, wanted) = (written.as_object().unwrap(), wanted.as_object().unwrap());
    let names = |object: &Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(written), names(wanted));
    for (name, value) in wanted {
        let parameter = &preset["parameters"][name];
        let is_list = parameter["words"] == true || parameter["join"].is_string();
        match is_list {
            true => assert_eq!(words(&written[name]), words(value), "{name}"),
            // A number may be written as a text.
            false if written[name].is_number() && value.is_string() => {
                assert_eq!(written[name].to_string(), value.as_str().unwrap(), "{name}");
            }
            false => assert_eq!(written[name], *value, "{name}"),
        }
    }
}

fn read(home: &Home, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(home.config().join(format!("{name}.json"))).unwrap())
        .unwrap()
}

/// Writes the spec by arguments alone.
fn by_arguments(home: &Home, spec: &Value, preset: &Value) {
    let provider = spec["provider"].as_str().unwrap();
    let mut words: Vec<String> = ["add", NAME, "--no-check", "--provider", provider]
        .map(str::to_owned)
        .to_vec();
    for (name, value) in spec.as_object().unwrap() {
        if name != "provider" {
            words.extend(argument(name, value));
        }
    }
    let output = run(&mut home.keyfob(&words), "");
    assert_eq!((output.status, &*output.stderr), (0, ""), "{words:?}");
    assert_is(&read(home, NAME), spec, preset);
}

#[test]
fn without_a_terminal_every_preset_is_added_by_arguments_alone() {
    for (name, preset) in shipped() {
        match conversation(&name) {
            Some(path) => converse_with(&path, &|home, spec| by_arguments(home, spec, &preset)),
            None => by_arguments(&super::home(), &example(&name), &preset),
        }
    }
}

/// Whether the preset needs the member, as far as its own text says.
fn is_asked_for(preset: &Value, spec: &Value, name: &str) -> bool {
    let parameter = &preset["parameters"][name];
    let none = Vec::new();
    let variants = preset["variants"].as_array().unwrap_or(&none);
    let whens: Vec<Vec<&str>> = variants
        .iter()
        .map(|it| words(&it["when"]).unwrap())
        .collect();
    if whens.iter().flatten().any(|other| *other == name) {
        let is_given = |when: &&Vec<&str>| when.iter().all(|name| spec.get(name).is_some());
        return !whens.iter().any(Vec::is_empty)
            && whens
                .iter()
                .filter(is_given)
                .flatten()
                .any(|other| *other == name);
    }
    parameter.is_object() && parameter["optional"] != true && parameter.get("default").is_none()
}

/// Writes the spec at a terminal: what the preset needs is typed, and the rest comes by arguments.
fn by_answers(home: &mut Home, desktop: &Desktop, spec: &Value, preset: &Value) {
    let provider = spec["provider"].as_str().unwrap();
    let variables: BTreeMap<String, String> = home
        .command("true")
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned())))
        .collect();
    let bus = desktop.home.command("true");
    let bus = bus
        .get_envs()
        .find(|(name, _)| *name == "DBUS_SESSION_BUS_ADDRESS")
        .and_then(|(_, value)| value);
    home.set("DBUS_SESSION_BUS_ADDRESS", bus.unwrap());
    let mut line: Vec<String> = ["add", NAME, "--no-check", "--provider", provider]
        .map(str::to_owned)
        .to_vec();
    let (mut wanted, mut answers) = (spec.clone(), BTreeMap::new());
    for (name, value) in spec.as_object().unwrap() {
        let is_secret = preset["parameters"][name]["secret"] == true;
        let is_store = preset["spec"]["keep"]["store"] == format!("{{{name}}}");
        let typed = match value {
            _ if is_store => {
                wanted[name] = json!({ "keyring": format!("{NAME}-{name}") });
                continue;
            }
            _ if name == "provider" => continue,
            _ if !is_asked_for(preset, spec, name) => None,
            Value::Object(source) if is_secret => {
                let variable = source.get("env").and_then(Value::as_str);
                let known = variable.and_then(|variable| variables.get(variable));
                known.filter(|_| source.len() == 1).cloned()
            }
            _ if is_secret => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        match typed {
            Some(text) => {
                if is_secret {
                    wanted[name] = json!({ "keyring": format!("{NAME}-{name}") });
                }
                answers.insert(name.clone(), text);
            }
            None => line.extend(argument(name, value)),
        }
    }
    let mut typist = Typist::start(&home.keyfob(&line));
    let mut asked = Vec::new();
    while let Some(question) = typist.question() {
        let member = question.split(" (").next().unwrap().to_owned();
        let answer = if question.starts_with("which? [") {
            let offered = typist.screen().lines().filter_map(|line| {
                let (number, names) = line.strip_prefix("  ")?.split_once("  ")?;
                let first = names.split(" (").next()?;
                answers.contains_key(first).then(|| number.to_owned())
            });
            offered
                .max()
                .unwrap_or_else(|| panic!("{}", typist.screen()))
        } else if question.starts_with("targets (") {
            String::new()
        } else if question == "Write it? [Y/n] " {
            "y".to_owned()
        } else {
            asked.push(member.clone());
            let answer = answers.get(&member);
            answer
                .unwrap_or_else(|| panic!("{question}: {answers:?}"))
                .clone()
        };
        typist.types(&answer.replace('\n', "\r"));
        typist.types("\r");
    }
    let (status, screen) = typist.ends();
    assert_eq!(status, 0, "{line:?} {screen}");
    asked.sort();
    let all: Vec<String> = answers.keys().cloned().collect();
    assert_eq!(asked, all, "{line:?}");
    for (name, text) in &answers {
        let is_secret = preset["parameters"][name]["secret"] == true;
        assert!(
            !is_secret || !screen.contains(text.lines().max_by_key(|line| line.len()).unwrap()),
            "{name}: {screen}"
        );
    }
    assert_is(&read(home, NAME), &wanted, preset);
    let next = "next:\n  keyfob setup";
    assert!(screen.contains(next), "{screen}");
}

#[test]
fn at_a_terminal_every_preset_asks_for_what_it_needs_and_for_nothing_else() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    for (name, preset) in shipped() {
        // What one preset stored is not there for the next.
        for secret in run(&mut desktop.home.keyfob(["secret", "list"]), "")
            .answer()
            .lines()
        {
            run(&mut desktop.home.keyfob(["secret", "remove", secret]), "").answer();
        }
        match conversation(&name) {
            Some(path) => {
                converse_with(&path, &|home, spec| {
                    by_answers(home, &desktop, spec, &preset)
                });
            }
            None => {
                let mut home = super::home();
                let mut spec = example(&name);
                // Secrets of the example come from where a person would type them.
                for (member, parameter) in preset["parameters"].as_object().unwrap() {
                    let is_example = spec[member].get("keyring").is_some();
                    if parameter["secret"] == true && is_example {
                        let variable = format!("MADE_UP_{}", member.to_uppercase());
                        home.set(&variable, made_up(&home, &name, member));
                        spec[member] = json!({ "env": variable });
                    }
                }
                by_answers(&mut home, &desktop, &spec, &preset);
            }
        }
    }
}

/// A secret of the kind that the preset signs with.
fn made_up(home: &Home, preset: &str, member: &str) -> String {
    let pem = || {
        run(home.command("openssl").args(["genrsa", "2048"]), "")
            .answer()
            .to_owned()
    };
    match (preset, member) {
        ("pingone-aic", "private_key") => {
            let seed = fs::read_to_string(folder("tests/fuzz/corpus/key/rsa.jwk")).unwrap();
            let jwk: Value = serde_json::from_str(seed.split_once('\n').unwrap().1).unwrap();
            format!("{jwk:#}")
        }
        ("google-key", "key") => {
            let key = json!({"client_email": "a@example.com", "private_key": pem(), "private_key_id": "1"});
            format!("{key:#}")
        }
        (_, "private_key") => pem(),
        _ => format!("made-up-{member}"),
    }
}
