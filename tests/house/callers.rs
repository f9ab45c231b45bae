//! A new caller is a file and a row: what reads the command line and what serves requests names none.

use std::collections::BTreeSet;

use keyfob::cli::TYPED;
use keyfob::protocol::CALLERS;

use super::modules::Tree;
use super::sources;

/// From argv to the reply, as far as it is not the caller's own.
fn is_on_the_way(path: &str) -> bool {
    ["cli", "command/serve", "run.rs", "main.rs", "start.rs"]
        .iter()
        .any(|start| path.starts_with(start))
}

/// The modules of `protocol` that hold a row.
fn caller_modules() -> BTreeSet<String> {
    let row = |text: &str| text.contains("pub const CALLER: Caller");
    let files = sources().into_iter().filter(|source| row(&source.text));
    files
        .filter_map(|source| Some(source.path.strip_prefix("protocol/")?.replace(".rs", "")))
        .collect()
}

#[test]
fn what_starts_and_serves_a_caller_knows_none_by_name() {
    let modules = caller_modules();
    assert_eq!(modules.len(), CALLERS.len(), "{modules:?}");
    let tree = Tree::read();
    let mut looked_at = 0;
    for (path, module) in tree
        .0
        .iter()
        .filter(|(_, module)| is_on_the_way(&module.file))
    {
        looked_at += 1;
        for (item, place) in tree.edges(path) {
            let named = match &place.module[..] {
                [family, name, ..] if family == "protocol" => modules.contains(name),
                _ => false,
            };
            assert!(!named, "{}: {item} names {place:?}", module.file);
        }
    }
    assert!(
        looked_at > 6,
        "{looked_at} files only: this test has lost sight of them"
    );
    for source in sources()
        .iter()
        .filter(|source| is_on_the_way(&source.path))
    {
        let lines = source.text.lines().map(str::trim);
        let code: String = lines.filter(|line| !line.starts_with("//")).collect();
        for caller in CALLERS {
            for word in [caller.name, caller.link]
                .into_iter()
                .chain(caller.plugin_argument)
            {
                let is_there = code.contains(&format!("{word:?}"));
                assert!(!is_there, "{} knows {word:?}", source.path);
            }
        }
        let reads_help = code.contains(".synopsis") && source.path != "cli/help.rs";
        assert!(!reads_help, "{} reads a help text", source.path);
    }
}

#[test]
fn a_callers_operations_are_those_of_its_help() {
    for caller in CALLERS {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let shown: BTreeSet<&str> = caller.synopsis.split(|c| !word(c)).collect();
        for operation in caller
            .operations
            .iter()
            .copied()
            .chain(caller.plugin_argument)
        {
            assert!(shown.contains(operation), "{}: {operation}", caller.name);
        }
        // An operation that has the name of a command would be read as that command.
        for (command, _) in TYPED.iter().filter(|(command, _)| shown.contains(command)) {
            let listed = caller.operations.contains(command);
            assert!(listed, "{}: {command} is no operation", caller.name);
        }
        let prompts = caller.synopsis == "PROMPT" && caller.operations.is_empty();
        assert_eq!(caller.takes_a_prompt, prompts, "{}", caller.name);
    }
}
