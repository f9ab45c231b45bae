//! ARCHITECTURE.md's floor plan against the tree.

use super::file;
use crate::house::sources;

#[test]
fn every_file_of_the_source_stands_in_the_floor_plan() {
    let text = file("ARCHITECTURE.md");
    let (_, plan) = text.split_once("```text\nsrc\n").expect("no floor plan");
    let (plan, _) = plan.split_once("\n```").unwrap();
    let words: Vec<&str> = plan.split_whitespace().collect();
    let paths: Vec<String> = sources().into_iter().map(|source| source.path).collect();
    assert!(paths.len() > 50, "{} files only", paths.len());
    for path in &paths {
        // The plan names the file that heads a folder; what lies below belongs to it.
        let head = |folder: &str| {
            let file = format!("{folder}.rs");
            paths.contains(&file).then_some(file)
        };
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let shown = folders.filter_map(head).next().unwrap_or(path.clone());
        for part in shown.split_inclusive('/') {
            assert!(
                words.contains(&part),
                "{part} of {path} is missing in the floor plan"
            );
        }
    }
}

#[test]
fn every_file_in_the_floor_plan_is_there() {
    let text = file("ARCHITECTURE.md");
    let (_, plan) = text.split_once("```text\nsrc\n").unwrap();
    let (plan, _) = plan.split_once("\n```").unwrap();
    let paths: Vec<String> = sources().into_iter().map(|source| source.path).collect();
    let named = plan
        .split_whitespace()
        .map(|word| word.trim_end_matches([':', ';', ',']))
        .filter(|word| word.ends_with(".rs"));
    for name in named {
        let there = paths
            .iter()
            .any(|path| path == name || path.ends_with(&format!("/{name}")));
        assert!(there, "the floor plan names {name}, which is not there");
    }
}
