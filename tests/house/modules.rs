//! The module tree of `src`, with what each file names: read by a parser, so that a grouped import counts as its members do.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use super::{Source, sources};

/// One item of a file: a function, a type with its `impl` blocks, a constant.
#[derive(Debug, Default)]
pub struct Item {
    /// Every path that the item names, as written, with the file's imports applied.
    pub names: BTreeSet<Vec<String>>,
}

/// A file of `src`, as a module.
#[derive(Debug)]
pub struct Module {
    /// Below `src`, for messages.
    pub file: String,
    /// Its items by name; what stands alone (a macro call) is under the empty name.
    pub items: BTreeMap<String, Item>,
    /// Names that it brings into scope: name → full path. Globs are under `*PATH`.
    uses: BTreeMap<String, Vec<String>>,
    /// Names that it hands on: name → full path.
    exports: BTreeMap<String, Vec<String>>,
}

/// Every file by its module path; `lib.rs` is the empty path.
pub struct Tree(pub BTreeMap<Vec<String>, Module>);

/// A place that a path leads to: the module, and the item's name if it is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub module: Vec<String>,
    pub item: Option<String>,
}

fn module_path(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    match path {
        "lib" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// `use a::{b, c::{self, d as e}}` → (name, path) for each name.
fn flatten(tree: &syn::UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let with = |name: &syn::Ident| {
        let mut path = before.to_vec();
        path.push(name.to_string());
        path
    };
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, &with(&path.ident), found),
        syn::UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before.to_vec()));
        }
        syn::UseTree::Name(name) => found.push((name.ident.to_string(), with(&name.ident))),
        syn::UseTree::Rename(rename) if rename.ident == "self" => {
            found.push((rename.rename.to_string(), before.to_vec()));
        }
        syn::UseTree::Rename(rename) => {
            found.push((rename.rename.to_string(), with(&rename.ident)))
        }
        syn::UseTree::Glob(_) => found.push((format!("*{}", before.join("::")), before.to_vec())),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before, found);
            }
        }
    }
}

/// Collects the paths of one item; imports within functions count for the item that holds them.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.0
            .push(segments.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut found = Vec::new();
        flatten(&item.tree, &[], &mut found);
        self.0.extend(found.into_iter().map(|(_, path)| path));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test_only(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // The arguments of `format!`, `matches!` and the like are text to a parser: words joined by `::` are paths.
        let text = call.tokens.to_string().replace(" :: ", "::");
        let of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for word in text.split(|c: char| !of_path(c)) {
            if !word.is_empty() && !word.starts_with(|c: char| c.is_numeric()) {
                self.0.push(word.split("::").map(str::to_owned).collect());
            }
        }
        visit::visit_macro(self, call);
    }
}

fn item_name(item: &syn::Item) -> String {
    match item {
        syn::Item::Const(item) => item.ident.to_string(),
        syn::Item::Enum(item) => item.ident.to_string(),
        syn::Item::Fn(item) => item.sig.ident.to_string(),
        syn::Item::Macro(item) => item
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        syn::Item::Mod(item) => item.ident.to_string(),
        syn::Item::Static(item) => item.ident.to_string(),
        syn::Item::Struct(item) => item.ident.to_string(),
        syn::Item::Trait(item) => item.ident.to_string(),
        syn::Item::Type(item) => item.ident.to_string(),
        syn::Item::Impl(item) => match &*item.self_ty {
            syn::Type::Path(path) => {
                let last = path.path.segments.last();
                last.map(|last| last.ident.to_string()).unwrap_or_default()
            }
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// A path of this crate as seen from the root, with `crate` first; others as they are.
fn absolute(path: &[String], module: &[String]) -> Vec<String> {
    let mut here = module.to_vec();
    let mut rest = path.iter().peekable();
    match path.first().map(String::as_str) {
        Some("crate" | "keyfob") => {
            here.clear();
            rest.next();
        }
        Some("self") => {
            rest.next();
        }
        Some("super") => {
            while rest.next_if(|segment| *segment == "super").is_some() {
                here.pop();
            }
        }
        _ => return path.to_vec(),
    }
    let root = std::iter::once("crate".to_owned());
    root.chain(here).chain(rest.cloned()).collect()
}

fn module_of(source: &Source) -> (Vec<String>, Module) {
    let path = module_path(&source.path);
    let parsed = syn::parse_file(&source.text)
        .unwrap_or_else(|why| panic!("{} cannot be parsed: {why}", source.path));
    let mut module = Module {
        file: source.path.clone(),
        items: BTreeMap::new(),
        uses: BTreeMap::new(),
        exports: BTreeMap::new(),
    };
    let mut items = Vec::new();
    for item in &parsed.items {
        if is_test_only(attributes(item)) {
            continue;
        }
        let syn::Item::Use(import) = item else {
            items.push(item);
            continue;
        };
        let mut found = Vec::new();
        flatten(&import.tree, &[], &mut found);
        let hands_on = !matches!(import.vis, syn::Visibility::Inherited);
        for (name, target) in found {
            let target = absolute(&target, &path);
            if hands_on {
                module.exports.insert(name.clone(), target.clone());
            }
            module.uses.insert(name, target);
        }
    }
    for item in items {
        let mut paths = Paths::default();
        paths.visit_item(item);
        let named = module.items.entry(item_name(item)).or_default();
        for written in paths.0 {
            let mut whole = absolute(&written, &path);
            if let Some(import) = whole.first().and_then(|first| module.uses.get(first)) {
                whole.splice(..1, import.iter().cloned());
            }
            named.names.insert(whole);
        }
    }
    (path, module)
}

fn join(module: &[String], child: &str) -> Vec<String> {
    module.iter().cloned().chain([child.to_owned()]).collect()
}

impl Tree {
    /// Of all files that are part of the library.
    pub fn read() -> Self {
        let library = |source: &Source| {
            !["main.rs", "start.rs"].contains(&source.path.as_str()) && !source.is_test()
        };
        Self(
            sources()
                .iter()
                .filter(|source| library(source))
                .map(module_of)
                .collect(),
        )
    }

    /// Where a path leads, re-exports followed; `None` outside of this crate.
    pub fn place(&self, path: &[String], from: &[String]) -> Option<Place> {
        let (first, mut rest) = (path.first()?, path.to_vec());
        let mut module = Vec::new();
        if first == "crate" {
            rest.remove(0);
        } else {
            // Without `crate` it is an item or a child of the file that names it, else another crate's.
            let file = self.0.get(from)?;
            let own = file.items.contains_key(first) || self.0.contains_key(&join(from, first));
            module = own.then(|| from.to_vec())?;
        }
        for _ in 0..64 {
            let Some(first) = rest.first().cloned() else {
                // `pub(crate)` names the root and nothing in it.
                return (!module.is_empty()).then_some(Place { module, item: None });
            };
            let here = self.0.get(&module)?;
            let below = join(&module, &first);
            let is_last = rest.len() == 1;
            if let Some(target) = here.exports.get(&first).filter(|_| {
                // A function and a module of one name: the function is what ends a path.
                is_last || !self.0.contains_key(&below)
            }) {
                let target = target.clone();
                // A child's items by a path without `crate`, or another crate's.
                match target.first().map(String::as_str) {
                    Some("crate") => module = Vec::new(),
                    Some(child) if self.0.contains_key(&join(&module, child)) => {}
                    _ => return None,
                }
                rest.splice(..1, target.into_iter().filter(|segment| segment != "crate"));
                continue;
            }
            if self.0.contains_key(&below) {
                module = below;
                rest.remove(0);
                continue;
            }
            if here.items.contains_key(&first) {
                return Some(Place {
                    module,
                    item: Some(first),
                });
            }
            return Some(Place { module, item: None });
        }
        panic!("{path:?} leads in a circle of re-exports");
    }

    /// Everything that a file names elsewhere in the crate, by items and by imports: (item that names it, where it leads).
    pub fn edges(&self, module: &[String]) -> BTreeSet<(String, Place)> {
        let file = &self.0[module];
        let mut edges = BTreeSet::new();
        for (name, item) in &file.items {
            for path in &item.names {
                edges.extend(self.place(path, module).map(|place| (name.clone(), place)));
            }
        }
        for (name, path) in &file.uses {
            // A child that is handed on is not used.
            let place = self.place(path, module);
            let place = place.filter(|place| {
                !(file.exports.contains_key(name) && place.module.starts_with(module))
            });
            edges.extend(place.map(|place| (String::new(), place)));
        }
        edges.retain(|(_, place)| place.module != module);
        edges
    }
}
