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

/// One line of the plan that names a file or folder: its depth, and whether `└──` marks it as the
/// last of its folder.
struct Row<'a> {
    line: &'a str,
    depth: usize,
    is_last: bool,
}

/// The bars before a row's glyph: for each folder around it, whether its bar goes on.
fn bars(line: &str) -> Vec<bool> {
    let indent: Vec<char> = line
        .chars()
        .take_while(|c| matches!(c, '│' | ' '))
        .collect();
    indent.chunks(4).map(|part| part[0] == '│').collect()
}

/// `None` for a line on which the text of another row goes on, and for a root.
fn row(line: &str) -> Option<Row<'_>> {
    let glyph = line.trim_start_matches(['│', ' ']);
    let is_last = glyph.starts_with("└── ");
    (is_last || glyph.starts_with("├── ")).then(|| Row {
        line,
        depth: bars(line).len(),
        is_last,
    })
}

/// What is wrong with the glyphs of a tree.
fn wrong_glyphs(plan: &str) -> Vec<String> {
    let lines: Vec<&str> = plan.lines().collect();
    let mut wrong = Vec::new();
    // Whether the last row of each depth was the last of its folder.
    let mut open: Vec<bool> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(Row {
            line,
            depth,
            is_last,
        }) = row(line)
        else {
            // A row's text goes on: the bars of what is still open stand before it.
            let shown = bars(line);
            let expected = open.iter().map(|is_last| !is_last);
            let is_a_root = !line.starts_with(['│', ' ']);
            if !is_a_root && !expected.eq(shown.into_iter().take(open.len())) {
                wrong.push(format!("bars: {line}"));
            }
            if is_a_root {
                open.clear();
            }
            continue;
        };
        let mut later = lines[at + 1..]
            .iter()
            .take_while(|line| line.starts_with(['│', ' ', '├', '└']))
            .filter_map(|line| row(line));
        let next = later.find(|other| other.depth <= depth);
        let has_sibling = next.is_some_and(|next| next.depth == depth);
        if is_last == has_sibling {
            wrong.push(format!("glyph: {line}"));
        }
        open.truncate(depth);
        let expected: Vec<bool> = open.iter().map(|is_last| !is_last).collect();
        if bars(line) != expected {
            wrong.push(format!("bars: {line}"));
        }
        open.push(is_last);
    }
    wrong
}

#[test]
fn the_last_of_each_folder_and_no_other_has_the_glyph_of_the_last() {
    let text = file("ARCHITECTURE.md");
    let (_, plan) = text.split_once("```text\nsrc\n").unwrap();
    let (plan, _) = plan.split_once("\n```").unwrap();
    assert_eq!(wrong_glyphs(plan), Vec::<String>::new());
    assert!(plan.matches("├── ").count() > 50, "the plan is short");
}

#[test]
fn a_wrong_glyph_or_bar_in_a_tree_is_found() {
    let sound = "├── a/  x\n│   ├── b\n│   │   y\n│   └── c\n│       z\n└── d/\n    └── e\nroot/";
    assert_eq!(wrong_glyphs(sound), Vec::<String>::new());
    for (from, to) in [
        ("│   ├── b", "│   └── b"),
        ("│   └── c", "│   ├── c"),
        ("└── d/", "├── d/"),
        ("    └── e", "│   └── e"),
        ("    └── e", "    ├── e"),
        ("│   │   y", "│       y"),
        ("│       z", "│   │   z"),
        ("├── a/", "└── a/"),
    ] {
        let broken = sound.replacen(from, to, 1);
        assert_ne!(broken, sound);
        assert_ne!(wrong_glyphs(&broken), Vec::<String>::new(), "{broken}");
    }
}
