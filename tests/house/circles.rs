//! Imports are a line, not a graph: top-level modules in reading order, siblings apart, and no circle anywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Place, Tree};
use super::sources;

/// The modules in reading order, as `lib.rs` declares them.
fn order() -> Vec<String> {
    let lib = sources()
        .into_iter()
        .find(|source| source.path == "lib.rs")
        .unwrap();
    let parsed = syn::parse_file(&lib.text).unwrap();
    let modules = parsed.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

#[test]
fn a_file_imports_only_what_stands_earlier() {
    let order = order();
    assert_eq!(order.first().map(String::as_str), Some("time"));
    assert_eq!(order.last().map(String::as_str), Some("run"));
    let place = |module: &str| order.iter().position(|name| name == module);
    let (tree, mut looked_at) = (Tree::read(), 0);
    for path in tree.0.keys().filter(|path| !path.is_empty()) {
        let file = &tree.0[path].file;
        let own = place(&path[0]).unwrap_or_else(|| panic!("{file} is in no module of lib.rs"));
        for (item, Place { module, .. }) in tree.edges(path) {
            looked_at += 1;
            let other = place(module.first().map_or("", String::as_str));
            let other = other.unwrap_or_else(|| panic!("{file}: {item} names crate::{module:?}"));
            assert!(
                other <= own,
                "{file}: {item} names crate::{}, which stands later",
                module.join("::")
            );
        }
    }
    assert!(
        looked_at > 1000,
        "{looked_at} names only: this test has lost sight of them"
    );
}

/// Between the children of one module: which child names which, and where.
type Siblings = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Every level of the tree with its siblings; what is below a child counts as the child's.
fn levels(tree: &Tree) -> BTreeMap<Vec<String>, Siblings> {
    let mut levels: BTreeMap<Vec<String>, Siblings> = BTreeMap::new();
    for path in tree.0.keys() {
        for (item, place) in tree.edges(path) {
            let pairs = path.iter().zip(&place.module);
            let common = pairs.take_while(|(a, b)| a == b).count();
            let (Some(from), Some(to)) = (path.get(common), place.module.get(common)) else {
                continue;
            };
            let (from, to) = (from.clone(), to.clone());
            let level = levels.entry(path[..common].to_vec()).or_default();
            let named = level.entry(from).or_default().entry(to).or_default();
            named.insert(format!("{}: {item}", tree.0[path].file));
        }
    }
    levels
}

/// The first circle that is found, as the way around it.
fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        graph: &BTreeMap<String, BTreeSet<String>>,
        at: &str,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|known| known == at) {
            let mut around = way[start..].to_vec();
            around.push(at.to_owned());
            return Some(around);
        }
        if done.contains(at) {
            return None;
        }
        way.push(at.to_owned());
        for next in graph.get(at).into_iter().flatten() {
            if let Some(around) = walk(graph, next, way, done) {
                return Some(around);
            }
        }
        way.pop();
        done.insert(at.to_owned());
        None
    }
    let mut done = BTreeSet::new();
    graph
        .keys()
        .find_map(|start| walk(graph, start, &mut Vec::new(), &mut done))
}

#[test]
fn no_two_siblings_import_each_other_by_any_way_round() {
    for (level, siblings) in levels(&Tree::read()) {
        let graph = siblings
            .iter()
            .map(|(from, to)| (from.clone(), to.keys().cloned().collect()))
            .collect();
        let around = circle(&graph);
        let why = |around: &[String]| {
            let steps = around.windows(2);
            let step = |pair: &[String]| siblings[&pair[0]][&pair[1]].iter().next().cloned();
            steps.filter_map(step).collect::<Vec<_>>()
        };
        assert_eq!(
            around,
            None,
            "in {}: {:?}",
            level.join("::"),
            around.as_deref().map(why)
        );
    }
}

/// Families of parallel files: they import none of their siblings but those that the family shares.
const FAMILIES: &[(&str, &[&str])] = &[
    ("command", &["token"]),
    (
        "grant",
        &[
            "encode",
            "endpoint",
            "response",
            "template",
            "token_request",
            "url",
        ],
    ),
    ("protocol", &["docker_hub", "plain_http", "reply"]),
    ("source", &["document", "text", "value"]),
];

#[test]
fn siblings_of_a_family_do_not_import_one_another() {
    let levels = levels(&Tree::read());
    for (family, shared) in FAMILIES {
        let siblings = levels.get(&vec![(*family).to_owned()]);
        for (from, to) in siblings.into_iter().flatten() {
            for (to, why) in to {
                assert!(
                    shared.contains(&to.as_str()),
                    "{family}: {from} imports its sibling {to}: {why:?}"
                );
            }
        }
    }
}

#[test]
fn no_item_needs_itself_by_way_of_another_file() {
    let tree = Tree::read();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let name = |module: &[String], item: &str| format!("{}::{item}", module.join("::"));
    for (path, module) in &tree.0 {
        for (item, named) in &module.items {
            let from = graph.entry(name(path, item)).or_default();
            for written in &named.names {
                let Some(place) = tree.place(written, path) else {
                    continue;
                };
                let Some(to) = place.item else { continue };
                let to_name = name(&place.module, &to);
                // What stays within one file may recur; a nested function shares its parent's name.
                if to_name != name(path, item) {
                    from.insert(to_name);
                }
            }
        }
    }
    let edges: usize = graph.values().map(BTreeSet::len).sum();
    assert!(
        edges > 2000,
        "{edges} names only: this test has lost sight of them"
    );
    // Circles within one file are recursion; those are cut out before the search.
    let file_of = |name: &str| name.rsplit_once("::").map(|(file, _)| file.to_owned());
    for component in components(&graph) {
        let files: BTreeSet<_> = component.iter().map(|name| file_of(name)).collect();
        assert!(
            files.len() < 2,
            "a circle through several files: {component:?}"
        );
    }
}

/// The strongly connected components of more than one item (Kosaraju's two walks).
fn components(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    fn walk(
        graph: &BTreeMap<String, BTreeSet<String>>,
        start: &str,
        seen: &mut BTreeSet<String>,
        left: &mut Vec<String>,
    ) {
        if !seen.insert(start.to_owned()) {
            return;
        }
        for next in graph.get(start).into_iter().flatten() {
            walk(graph, next, seen, left);
        }
        left.push(start.to_owned());
    }
    let (mut seen, mut left) = (BTreeSet::new(), Vec::new());
    for start in graph.keys() {
        walk(graph, start, &mut seen, &mut left);
    }
    let mut turned: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in graph {
        for to in to {
            turned.entry(to.clone()).or_default().insert(from.clone());
        }
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for start in left.iter().rev() {
        let mut component = Vec::new();
        walk(&turned, start, &mut seen, &mut component);
        if component.len() > 1 {
            found.push(component.into_iter().collect());
        }
    }
    found
}

#[test]
fn a_circle_is_found_where_there_is_one() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in edges {
            let to = (*to).to_owned();
            graph.entry((*from).to_owned()).or_default().insert(to);
        }
        graph
    };
    let line = graph(&[("a", "b"), ("b", "c"), ("a", "c")]);
    assert_eq!(circle(&line), None);
    assert!(components(&line).is_empty());
    let round = graph(&[("a", "b"), ("b", "c"), ("c", "b")]);
    assert_eq!(
        circle(&round),
        Some(["b", "c", "b"].map(str::to_owned).to_vec())
    );
    assert_eq!(components(&round).len(), 1);
}
