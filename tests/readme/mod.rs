//! The README and the pages on providers against the program: the demo is run, command lines and specs are read, tables are compared with
//! the code.
//!
//! A block or table that a test looks at stands under an HTML comment with its name. None of them may be empty.

mod checks;
mod demo;
mod floor_plan;
mod man;
mod providers;
mod screens;
mod tables;

use std::path::Path;

use keyfob::cli::{self, Command};
use keyfob::credential::Secret;
use keyfob::protocol::{CALLERS, CallerRequest, Input};
use keyfob::spec::{PathBase, Spec};

use crate::house::root;

fn file(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Where the pages on providers lie.
const PROVIDERS: &str = "integrations/providers";

/// Every document, by its path.
fn documents() -> Vec<String> {
    let own = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "RELEASE.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "tests/README.md",
    ];
    own.map(str::to_owned)
        .into_iter()
        .chain(files_below("integrations", "md"))
        .collect()
}

/// The files of the providers' folder whose names end so, by their paths.
fn pages(ending: &str) -> Vec<String> {
    files_below(PROVIDERS, ending)
}

/// The files below a folder whose names end so, by their paths.
fn files_below(folder: &str, ending: &str) -> Vec<String> {
    let folder = root().join(folder);
    let files = crate::house::files_below(&folder).into_iter();
    let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
    let names: Vec<String> = files
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
            name.to_owned()
        })
        .collect();
    assert!(names.len() >= 5, "{names:?}");
    names
}

/// A fenced block: the comment above it, if there is one; its language; its text.
struct Block {
    comment: Option<String>,
    language: String,
    text: String,
}

fn blocks(document: &str) -> Vec<Block> {
    let text = file(document);
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```");
            blocks.push(Block {
                comment: before
                    .strip_prefix("<!-- ")
                    .and_then(|comment| comment.strip_suffix(" -->"))
                    .map(str::to_owned),
                language: language.to_owned(),
                text: text.map(|line| format!("{line}\n")).collect(),
            });
        }
        before = line;
    }
    blocks
}

/// The texts of a document's blocks of JSON.
pub fn json_blocks(document: &str) -> Vec<String> {
    let blocks = blocks(document).into_iter();
    let json = blocks.filter(|block| block.language == "json");
    json.map(|block| block.text).collect()
}

/// The command lines of the session under this comment.
pub fn console(document: &str, comment: &str) -> Vec<String> {
    let session = blocks(document)
        .into_iter()
        .find(|block| block.comment.as_deref() == Some(comment));
    let text = session
        .unwrap_or_else(|| panic!("{document} has no session `{comment}`"))
        .text;
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    lines.map(str::to_owned).collect()
}

/// The programs that a line of shell runs, each with its words; redirections are left out.
fn programs(line: &str) -> Vec<Vec<String>> {
    let program = |part: &str| {
        let words = part.split_whitespace();
        words
            .take_while(|word| *word != "<" && *word != ">")
            .map(|word| word.trim_matches('\'').to_owned())
            .collect()
    };
    line.split(" | ").map(program).collect()
}

/// Whether keyfob's command line makes sense to it, down to the caller's own words.
fn makes_sense(words: &[String]) -> Result<(), String> {
    let argv: Vec<_> = words.iter().map(Into::into).collect();
    let told = |lines: String| Err(format!("{}: {lines}", words.join(" ")));
    let line = match cli::read(&argv) {
        Ok(line) => line,
        Err(why) => return told(why.lines()),
    };
    match line.command {
        Command::Caller {
            caller, arguments, ..
        } => {
            let mut stdin = |_| {
                Ok(Secret::from(
                    "protocol=https\nhost=git.example.com\n".to_owned(),
                ))
            };
            let asked = (caller.read)(&mut Input {
                arguments: &arguments,
                spec_is_named: false,
                stdin: &mut stdin,
                variable: &|_| None,
            });
            match asked {
                CallerRequest::Failure(why) | CallerRequest::FailureWith(why, _)
                    if why.status == 2 =>
                {
                    told(why.lines())
                }
                _ => Ok(()),
            }
        }
        Command::Run { command, .. } if command.is_empty() => {
            told("there is nothing to run".to_owned())
        }
        _ => Ok(()),
    }
}

/// The command lines of ours in a document's sessions.
fn command_lines(document: &str) -> Vec<Vec<String>> {
    let ours = |words: &Vec<String>| {
        let name = words.first().map_or("", String::as_str);
        name == "keyfob" || CALLERS.iter().any(|caller| caller.link == name)
    };
    let sessions = blocks(document).into_iter();
    let sessions = sessions.filter(|block| block.language == "console");
    let lines: Vec<String> = sessions
        .flat_map(|block| {
            let lines = block.text.lines().map(str::to_owned);
            lines.collect::<Vec<_>>()
        })
        .collect();
    let lines = lines.iter().filter_map(|line| line.strip_prefix("$ "));
    lines.flat_map(programs).filter(ours).collect()
}

#[test]
fn every_command_line_of_ours_makes_sense() {
    let mut all = 0;
    for document in documents() {
        for words in command_lines(&document) {
            makes_sense(&words).unwrap_or_else(|why| panic!("{document}: {why}"));
            all += 1;
        }
    }
    assert!(all >= 100, "{all} command lines only");
    for wrong in [
        "keyfob tokn",
        "keyfob token --format xml",
        "keyfob run --spec x",
        "keyfob check --warn-within soon",
        "keyfob kubectl --api-version v2",
        "git-credential-keyfob",
    ] {
        assert!(
            programs(wrong)
                .iter()
                .any(|words| makes_sense(words).is_err()),
            "{wrong}"
        );
    }
}

/// A preset that lies among the providers' files, for specs that name it as one of the user's own.
fn own_preset(name: &str) -> Result<Option<String>, String> {
    Ok(std::fs::read_to_string(root().join(PROVIDERS).join(format!("{name}.json"))).ok())
}

/// Whether a block or file is a preset, and no spec.
fn is_preset(text: &str) -> bool {
    text.contains("\"parameters\": {") && text.contains("\"documentation\"")
}

#[test]
fn every_spec_in_a_document_is_valid() {
    let mut specs = 0;
    for document in documents() {
        let written = blocks(&document).into_iter().filter(|block| {
            block.language == "json"
                && block.text.contains("\"provider\"")
                && !is_preset(&block.text)
        });
        for spec in written {
            // Where it lies in a user's configuration folder, there is a home.
            let beside = PathBase {
                folder: None,
                home: &|| Some("/home/user".into()),
            };
            Spec::parse_with_base(spec.text.as_bytes(), &own_preset, &beside)
                .and_then(|spec| spec.admit_by_name().read_provider())
                .unwrap_or_else(|why| panic!("{document}: {why}:\n{}", spec.text));
            specs += 1;
        }
    }
    assert!(specs >= 60, "{specs} specs only");
}

#[test]
fn what_is_quoted_of_a_file_stands_in_that_file() {
    let mut quoted = 0;
    for document in documents() {
        for block in blocks(&document) {
            let Some(path) = block
                .comment
                .as_deref()
                .and_then(|comment| comment.strip_prefix("file "))
            else {
                continue;
            };
            quoted += 1;
            let text = file(path);
            if path.starts_with(PROVIDERS) {
                assert_eq!(text, block.text, "{document} quotes {path}");
            } else {
                assert!(
                    text.contains(&block.text),
                    "{path} does not hold:\n{}",
                    block.text
                );
            }
        }
    }
    assert!(quoted >= 60, "{quoted} quotations only");
}

/// The heading as a link has it: lower case, without marks, blanks as hyphens.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_');
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn every_file_and_heading_that_a_document_links_to_is_there() {
    let mut inside = 0;
    for document in documents() {
        let text = file(&document);
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|link| !link.starts_with("https://"));
        for link in links {
            inside += 1;
            let (path, heading) = link
                .split_once('#')
                .map_or((link, None), |(path, heading)| (path, Some(heading)));
            let folder = Path::new(&document).parent().unwrap();
            let target = if path.is_empty() {
                root().join(&document)
            } else {
                root().join(folder).join(path)
            };
            assert!(target.exists(), "{document} links to {link}");
            let Some(heading) = heading else { continue };
            let there = std::fs::read_to_string(&target)
                .unwrap()
                .lines()
                .any(|line| line.starts_with('#') && anchor(line) == heading);
            assert!(there, "{document} links to {link}: no such heading");
        }
    }
    assert!(inside > 200, "{inside} links only");
}
