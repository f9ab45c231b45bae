//! The tables of the README and of the pages on providers: first columns in the code's own words and order, sentences as the program says
//! them.

use std::collections::BTreeSet;

use keyfob::cli::{TYPED, help};
use keyfob::command::token::Format;
use keyfob::error::{Code, Error};
use keyfob::protocol::CALLERS;
use keyfob::spec::expand::GRANTS;
use keyfob::spec::node::SpecError;
use keyfob::spec::preset;
use keyfob::time::InvalidExpiryRule;

use super::{documents, file};
use crate::house::sources;
use crate::support::home::keyfob;
use crate::support::read_spec;

/// The rows of the table under `<!-- NAME -->`, in whichever document it stands; a cell's `\|` is a bar.
pub(super) fn table(name: &str) -> Vec<Vec<String>> {
    let mark = format!("\n<!-- {name} -->\n");
    let documents: Vec<String> = documents().iter().map(|path| file(path)).collect();
    let mut below = documents
        .iter()
        .filter_map(|text| text.split_once(&mark).map(|(_, below)| below));
    let (Some(below), None) = (below.next(), below.next()) else {
        panic!("not one document has a table `{name}`, or several have");
    };
    let rows: Vec<Vec<String>> = below
        .lines()
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let inner = line.trim_matches('|').replace("\\|", "\u{0}");
            let cell = |cell: &str| cell.trim().replace('\u{0}', "|");
            inner.split('|').map(cell).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "the table `{name}` is empty");
    rows
}

/// A cell that is one word in backticks, or a link whose text is one.
#[track_caller]
pub(super) fn word(cell: &str) -> String {
    let text = cell
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]("));
    let word = text
        .map_or(cell, |(text, _)| text)
        .strip_prefix('`')
        .and_then(|cell| cell.strip_suffix('`'))
        .filter(|word| !word.contains('`'));
    word.unwrap_or_else(|| panic!("`{cell}` is not one word in backticks"))
        .to_owned()
}

pub(super) fn first_words(name: &str) -> Vec<String> {
    table(name).iter().map(|row| word(&row[0])).collect()
}

/// Every text in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn its_commands_are_the_helps() {
    let rows: Vec<(String, String)> = table("commands")
        .iter()
        .map(|row| (word(&row[0]), row[1].clone()))
        .collect();
    let typed: Vec<(String, String)> = TYPED
        .iter()
        .map(|(name, about)| ((*name).to_owned(), (*about).to_owned()))
        .collect();
    assert_eq!(rows, typed);
    let help = help();
    assert_eq!(keyfob(["--help"], "").answer(), help);
    for (name, about) in rows {
        assert!(help.contains(&format!("\n  {name:<11}{about}\n")), "{name}");
    }
}

/// The words that argh reads are another list than the help's: none may be missing there.
#[test]
fn every_command_that_is_known_stands_in_the_help() {
    let words = sources()
        .into_iter()
        .find(|source| source.path == "cli/words.rs")
        .expect("the commands' words have moved");
    let parts = words.text.split("pub enum Typed {").nth(1).unwrap();
    let variants = parts.split('}').next().unwrap().lines();
    // argh allows no command `help`: `cli` reads it.
    let known: BTreeSet<String> = variants
        .filter_map(|line| line.trim().split('(').next())
        .filter(|name| !name.is_empty())
        .chain(["help"])
        .map(str::to_lowercase)
        .collect();
    let shown: BTreeSet<String> = TYPED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known, shown);
}

#[test]
fn its_callers_are_the_helps() {
    let rows: Vec<Vec<String>> = table("callers")
        .iter()
        .map(|row| {
            let words = match row[2].as_str() {
                "" => String::new(),
                words => word(words),
            };
            vec![word(&row[0]), word(&row[1]), words, row[3].clone()]
        })
        .collect();
    let callers: Vec<Vec<String>> = CALLERS
        .iter()
        .map(|caller| {
            [caller.name, caller.link, caller.synopsis, caller.about]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    assert_eq!(rows, callers);
}

/// A row's first cell links to the page of the caller, or to the section of the command.
#[test]
fn each_caller_and_command_is_linked_to_its_page() {
    for row in table("callers") {
        let name = word(&row[0]);
        let link = format!("[`{name}`](integrations/{name}/README.md)");
        assert_eq!(row[0], link);
        let page = file(&format!("integrations/{name}/README.md"));
        for heading in ["Set up", "Failures", "Versions"] {
            let heading = format!("\n## {heading}\n");
            assert!(page.contains(&heading), "{name} lacks {heading}");
        }
    }
    let page = file("integrations/commands.md");
    for row in table("commands") {
        let name = word(&row[0]);
        let link = format!("[`{name}`](integrations/commands.md#{name})");
        assert_eq!(row[0], link);
        assert!(page.contains(&format!("\n## {name}\n")), "{name}");
    }
}

#[test]
fn the_readme_has_at_most_250_lines() {
    assert!(file("README.md").lines().count() <= 250);
}

#[test]
fn its_error_codes_are_the_programs() {
    let rows: Vec<(String, String, String)> = table("codes")
        .iter()
        .map(|row| (word(&row[0]), row[1].clone(), row[2].clone()))
        .collect();
    let codes: Vec<(String, String, String)> = Code::ALL
        .iter()
        .map(|code| {
            let status = Error::new(*code, "").status();
            (
                code.as_str().to_owned(),
                code.meaning().to_owned(),
                status.to_string(),
            )
        })
        .collect();
    assert_eq!(rows, codes);
}

#[test]
fn its_token_formats_are_the_programs() {
    let formats: Vec<String> = Format::ALL
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(first_words("formats"), formats);
}

#[test]
fn its_presets_and_their_members_are_the_programs() {
    let shipped: Vec<String> = preset::names().map(str::to_owned).collect();
    assert_eq!(first_words("presets"), shipped);
    let told = keyfob(["providers"], "");
    for row in table("presets") {
        let name = word(&row[0]);
        let preset = preset::parse_preset(preset::shipped(&name).unwrap()).unwrap();
        // What every spec may have is a parameter where the preset needs it in two places; it is listed once, with the others.
        let members: BTreeSet<String> = preset.parameters.keys().map(ToString::to_string).collect();
        let members = &members - &listed(&["members"]);
        assert_eq!(
            quoted(&row[1]).into_iter().collect::<BTreeSet<_>>(),
            members,
            "{name}"
        );
        assert!(told.answer().contains(&format!("{name}\t")), "{name}");
    }
}

/// The members that a spec's reader says it knows, when it meets one that it does not.
fn known(spec: &str) -> BTreeSet<String> {
    after_known_here(read_spec(spec.as_bytes(), &|_| Ok(None)).unwrap_err())
}

fn after_known_here(why: SpecError) -> BTreeSet<String> {
    let hint = why.hint.unwrap_or_else(|| panic!("{}", why.problem));
    let (_, known) = hint
        .split_once("known here: ")
        .unwrap_or_else(|| panic!("{hint}"));
    known.split(", ").map(str::to_owned).collect()
}

/// The first columns of these tables together.
fn listed(tables: &[&str]) -> BTreeSet<String> {
    let all: Vec<String> = tables.iter().flat_map(|name| first_words(name)).collect();
    let set: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(all.len(), set.len(), "{tables:?} repeat a member");
    set
}

/// `client_credentials`, so that a spec may have what goes with a client.
const CLIENT: &str =
    r#""provider": "client_credentials", "token_url": "https://login.example.com/t""#;

#[test]
fn its_grants_are_those_that_there_are() {
    assert_eq!(first_words("grant-names"), GRANTS);
    for name in GRANTS {
        let told = keyfob(["providers"], "");
        assert!(told.answer().contains(&format!("{name}\t")), "{name}");
    }
}

#[test]
fn its_members_are_those_that_a_spec_may_have() {
    let client = ["members", "client"];
    let spec = format!("{{{CLIENT}, \"~\": 1}}");
    assert_eq!(
        listed(&[&client[..], &["client_credentials"]].concat()),
        known(&spec)
    );
    let spec = r#"{"provider": "jwt_bearer", "token_url": "https://login.example.com/t", "assertion": {"env": "A"}, "~": 1}"#;
    assert_eq!(
        listed(&[&client[..], &["jwt_bearer"]].concat()),
        known(spec)
    );
    let spec = r#"{"provider": "token_exchange", "token_url": "https://login.example.com/t", "subject_token": {"env": "A"}, "subject_token_type": "jwt", "~": 1}"#;
    assert_eq!(
        listed(&[&client[..], &["token_exchange"]].concat()),
        known(spec)
    );
    let spec = r#"{"provider": "http", "url": "https://login.example.com/t", "~": 1}"#;
    assert_eq!(listed(&["members", "request", "http"]), known(spec));
    let spec = r#"{"provider": "static", "token": {"env": "A"}, "~": 1}"#;
    assert_eq!(listed(&["members", "static"]), known(spec));
}

#[test]
fn its_members_of_requests_are_those_that_there_are() {
    let url = r#""url": "https://login.example.com/t""#;
    let spec = format!("{{{CLIENT}, \"revoke\": {{{url}, \"~\": 1}}}}");
    assert_eq!(listed(&["request"]), known(&spec));
    let spec = format!("{{{CLIENT}, \"check\": {{{url}, \"~\": 1}}}}");
    assert_eq!(listed(&["request", "check"]), known(&spec));
    let spec = format!(
        r#"{{"provider": "static", "token": {{"env": "A"}}, "metadata": {{{url}, "~": 1}}}}"#
    );
    assert_eq!(listed(&["request", "metadata"]), known(&spec));
    let keep = r#""store": {"keyring": "k"}, "id": "/id", "revoke": {"method": "DELETE", "url": "https://login.example.com/t"}"#;
    let minted = |rest: &str| {
        format!(
            r#"{{"provider": "http", {url}, "json": {{"n": {{"unique": "k"}}}}, "keep": {{{keep}, {rest}}}}}"#
        )
    };
    let list = r#""url": "https://login.example.com/t", "items": "/i", "id": "/id", "name": "/n", "page": 100"#;
    let spec = minted(&format!(r#""list": {{{list}}}, "~": 1"#));
    assert_eq!(listed(&["keep"]), known(&spec));
    let spec = minted(&format!(r#""list": {{{list}, "~": 1}}"#));
    assert_eq!(listed(&["request", "list"]), known(&spec));
    let requirement = r#"{"pointer": "/a", "equals": "b", "otherwise": "it is not b", "~": 1}"#;
    let spec = format!("{{{CLIENT}, \"check\": {{{url}, \"usable\": [{requirement}]}}}}");
    assert_eq!(listed(&["requirement"]), known(&spec));
    let revocation = listed(&["revocation"]);
    let spec = format!("{{{CLIENT}, \"~\": 1}}");
    assert!(revocation.is_subset(&known(&spec)), "{revocation:?}");
    assert!(revocation.is_subset(&listed(&["members"])));
}

#[test]
fn the_members_of_a_presets_parameter_are_those_that_there_are() {
    let preset = r#"{"description": "d", "documentation": "https://example.com/", "parameters": {"a": {"about": "b", "~": 1}}, "spec": {}}"#;
    let why = preset::parse_preset(preset).unwrap_err().problem;
    let (_, known) = why.split_once("expected one of ").unwrap();
    let known: BTreeSet<String> = quoted(known).into_iter().collect();
    assert_eq!(listed(&["parameter"]), known, "{why}");
    let preset = r#"{"description": "d", "documentation": "https://example.com/", "parameters": {}, "spec": {}, "variants": [{"~": 1}]}"#;
    let why = preset::parse_preset(preset).unwrap_err().problem;
    let (_, known) = why.split_once("expected ").unwrap();
    let known: BTreeSet<String> = quoted(known).into_iter().collect();
    assert_eq!(listed(&["variant"]), known, "{why}");
}

#[test]
fn its_expiry_rules_are_those_that_there_are() {
    assert_eq!(
        first_words("expires"),
        quoted(&InvalidExpiryRule::NotOne.to_string())
    );
}

#[test]
fn its_sources_are_those_that_a_spec_may_name() {
    let spec = r#"{"provider": "client_credentials", "token_url": "https://login.example.com/t", "client_id": "ci", "client_secret": {"~": 1}}"#;
    let listed: BTreeSet<String> = first_words("sources").into_iter().collect();
    assert_eq!(listed, known(spec));
}

#[test]
fn its_variables_are_those_that_the_source_names() {
    let listed: BTreeSet<String> = table("variables")
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .collect();
    let mut named = BTreeSet::new();
    for source in sources() {
        let code = source.code();
        for part in code.split('"').filter(|part| part.starts_with("KEYFOB_")) {
            if part.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                named.insert(part.to_owned());
            }
        }
    }
    assert!(named.len() > 4, "{named:?}");
    let ours: BTreeSet<String> = listed
        .iter()
        .filter(|name| name.starts_with("KEYFOB_"))
        .cloned()
        .collect();
    assert_eq!(ours, named);
}
