//! Platforms: `cfg` has one room, and what one platform has the others have.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens as _;
use syn::visit::{self, Visit};

use super::{Source, sources};

const ROOM: &str = "world/platform/";

/// Files outside of the room that select by platform, each with the reason.
const SELECTING: &[(&str, &str)] = &[
    (
        "main.rs",
        "C's `main` replaces that of std on glibc, and `no_main` and a module need `cfg`",
    ),
    (
        "start.rs",
        "only a static program chooses its name services",
    ),
];

/// What a file selects by, with the kind of item that it stands on.
#[derive(Default)]
struct Selections {
    found: Vec<(&'static str, String)>,
    on: Vec<&'static str>,
}

fn by_platform(tokens: &str) -> bool {
    let facts = ["unix", "windows", "target_"];
    let words = tokens.split(|c: char| !c.is_alphanumeric() && c != '_');
    words
        .into_iter()
        .any(|word| facts.iter().any(|fact| word.starts_with(fact)))
}

impl<'ast> Visit<'ast> for Selections {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.on.push(match item {
            syn::Item::Mod(module) if module.content.is_none() => "mod",
            syn::Item::Use(_) => "use",
            _ => "item",
        });
        visit::visit_item(self, item);
        self.on.pop();
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let selects = ["cfg", "cfg_attr"].map(|name| attribute.path().is_ident(name));
        let text = attribute.meta.to_token_stream().to_string();
        if selects.contains(&true) && by_platform(&text) {
            let on = self.on.last().copied().unwrap_or("file");
            self.found.push((on, text));
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let text = call.to_token_stream().to_string();
        // Within another macro's arguments it is text.
        if (call.path.is_ident("cfg") || text.contains("cfg !")) && by_platform(&text) {
            self.found.push(("cfg!", text));
        }
        visit::visit_macro(self, call);
    }
}

fn selections(source: &Source) -> Vec<(&'static str, String)> {
    let parsed = syn::parse_file(&source.text).unwrap();
    let mut selections = Selections::default();
    selections.visit_file(&parsed);
    selections.found
}

#[test]
fn only_the_room_of_the_platforms_selects_by_platform() {
    let outside = sources()
        .into_iter()
        .filter(|source| !source.path.starts_with(ROOM) && !selections(source).is_empty());
    let outside: BTreeSet<String> = outside.map(|source| source.path).collect();
    let listed = SELECTING.iter().map(|(path, _)| *path);
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let new: Vec<_> = outside.difference(&listed).collect();
    assert!(
        new.is_empty(),
        "{new:?}: `cfg` stands in src/{ROOM} alone; call a function there, or take a value"
    );
    let done: Vec<_> = listed.difference(&outside).collect();
    assert!(done.is_empty(), "{done:?} select no more: take them out");
}

#[test]
fn the_room_selects_modules_and_never_within_a_function() {
    let mut modules = 0;
    for source in sources() {
        if source.path.starts_with(ROOM) {
            for (on, text) in selections(&source) {
                let may = ["mod", "use"].contains(&on);
                assert!(may, "{}: {text} stands on {on}", source.path);
                modules += 1;
            }
        }
    }
    assert!(modules > 4, "{modules} only");
}

#[test]
fn every_form_of_a_selection_is_found() {
    for (text, on) in [
        ("#[cfg(unix)] mod a;", "mod"),
        ("#[cfg(not(windows))] use a::b;", "use"),
        (
            "#[cfg(all(unix, not(target_os = \"macos\")))] fn a() {}",
            "item",
        ),
        ("mod a { #[cfg(unix)] fn a() {} }", "item"),
        ("fn a() { #[cfg(unix)] let b = 1; }", "item"),
        ("struct A { #[cfg(unix)] b: u8 }", "item"),
        ("#![cfg_attr(windows, allow(unused))]", "file"),
        ("fn a() -> bool { cfg!(unix) }", "cfg!"),
        ("fn a() { assert!(cfg!(target_env = \"gnu\")); }", "cfg!"),
    ] {
        let source = Source {
            path: String::new(),
            text: text.to_owned(),
        };
        let found = selections(&source);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, on, "{text}");
    }
    for text in ["#[cfg(test)] mod tests {}", "fn a() { b!(\"cfg!(unix)\") }"] {
        let source = Source {
            path: String::new(),
            text: text.to_owned(),
        };
        assert!(selections(&source).is_empty(), "{text}");
    }
}

/// What a file of a platform offers: name → signature without the names of the parameters.
type Offers = BTreeMap<String, String>;

fn signature(sig: &syn::Signature) -> String {
    let inputs = sig.inputs.iter().map(|input| match input {
        syn::FnArg::Receiver(receiver) => receiver.to_token_stream().to_string(),
        syn::FnArg::Typed(typed) => typed.ty.to_token_stream().to_string(),
    });
    let inputs = inputs.collect::<Vec<_>>().join(", ");
    let (generics, output) = (&sig.generics, &sig.output);
    let (bounds, kind) = (&generics.where_clause, &sig.constness);
    let [generics, output, bounds, kind] = [
        generics.to_token_stream(),
        output.to_token_stream(),
        bounds.to_token_stream(),
        kind.to_token_stream(),
    ]
    .map(|tokens| tokens.to_string());
    format!("{kind} fn{generics}({inputs}) {output} {bounds}")
}

fn is_offered(visibility: &syn::Visibility) -> bool {
    !matches!(visibility, syn::Visibility::Inherited)
}

/// The public items of one file, and the public methods of its types.
fn own_offers(source: &Source) -> Offers {
    let parsed = syn::parse_file(&source.text).unwrap();
    let mut offers = Offers::new();
    for item in &parsed.items {
        match item {
            syn::Item::Fn(item) if is_offered(&item.vis) => {
                offers.insert(item.sig.ident.to_string(), signature(&item.sig));
            }
            syn::Item::Const(item) if is_offered(&item.vis) => {
                let kind = item.ty.to_token_stream().to_string();
                offers.insert(item.ident.to_string(), format!("const {kind}"));
            }
            syn::Item::Type(item) if is_offered(&item.vis) => {
                offers.insert(item.ident.to_string(), "a type".to_owned());
            }
            syn::Item::Struct(item) if is_offered(&item.vis) => {
                offers.insert(item.ident.to_string(), "a type".to_owned());
            }
            syn::Item::Enum(item) if is_offered(&item.vis) => {
                offers.insert(item.ident.to_string(), "a type".to_owned());
            }
            syn::Item::Impl(item) if item.trait_.is_none() => {
                for method in &item.items {
                    if let syn::ImplItem::Fn(method) = method
                        && is_offered(&method.vis)
                    {
                        let kind = item.self_ty.to_token_stream();
                        let name = format!("{kind}::{}", method.sig.ident);
                        offers.insert(name, signature(&method.sig));
                    }
                }
            }
            _ => {}
        }
    }
    offers
}

/// A file's `use MODULE::{NAMES}` that only some systems have: module → names, none for `*`.
fn selected(source: &Source) -> Vec<(String, BTreeSet<String>)> {
    let parsed = syn::parse_file(&source.text).unwrap();
    let uses = parsed.items.iter().filter_map(|item| match item {
        syn::Item::Use(import) => Some(import),
        _ => None,
    });
    let by_platform = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg")
            && by_platform(&attribute.meta.to_token_stream().to_string())
    };
    let uses = uses.filter(|import| import.attrs.iter().any(by_platform));
    uses.map(|import| {
        let syn::UseTree::Path(path) = &import.tree else {
            panic!("{}: write `use MODULE::{{NAMES}}`", source.path);
        };
        let text = path.tree.to_token_stream().to_string();
        let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
        (path.ident.to_string(), names.collect())
    })
    .collect()
}

/// What a file offers by itself and by the modules that it selects. Each module that is selected
/// for a name has it with the same signature.
fn offers(all: &BTreeMap<String, Source>, path: &str) -> Offers {
    let mut whole = own_offers(&all[path]);
    let below = path.trim_end_matches(".rs");
    let mut alternatives: BTreeMap<String, Vec<(String, Offers)>> = BTreeMap::new();
    for (module, names) in selected(&all[path]) {
        let path = format!("{below}/{module}.rs");
        let theirs = offers(all, &path);
        let names = match names.is_empty() {
            true => theirs
                .keys()
                .filter(|name| !name.contains("::"))
                .cloned()
                .collect(),
            false => names,
        };
        for name in names {
            let of_name = |item: &str| item.split("::").next() == Some(&name);
            let these: Offers = theirs
                .iter()
                .filter(|(item, _)| of_name(item))
                .map(|(item, signature)| (item.clone(), signature.clone()))
                .collect();
            assert!(!these.is_empty(), "{path} offers no {name}");
            alternatives
                .entry(name)
                .or_default()
                .push((path.clone(), these));
        }
    }
    for (name, alternatives) in alternatives {
        let [(first, offered), others @ ..] = &alternatives[..] else {
            continue;
        };
        assert!(!others.is_empty(), "{first}: other systems have no {name}");
        for (other, theirs) in others {
            assert_eq!(offered, theirs, "{first} and {other}");
        }
        whole.extend(offered.clone());
    }
    whole
}

#[test]
fn every_platform_offers_the_same_functions_with_the_same_signatures() {
    let all = sources().into_iter();
    let all: BTreeMap<String, Source> = all.map(|source| (source.path.clone(), source)).collect();
    let files = |platform: &str| -> BTreeMap<String, Offers> {
        let folder = format!("{ROOM}{platform}/");
        let heads = all.keys().filter_map(|path| path.strip_prefix(&folder));
        let heads = heads.filter(|path| !path.contains('/'));
        let offers = |name: &str| offers(&all, &format!("{folder}{name}"));
        heads.map(|name| (name.to_owned(), offers(name))).collect()
    };
    // What is selected further down, too.
    let below = all
        .keys()
        .filter(|path| path.starts_with(ROOM) && !path.ends_with("/mod.rs"));
    for path in below {
        offers(&all, path);
    }
    let (unix, windows) = (files("unix"), files("windows"));
    let names = |files: &BTreeMap<String, Offers>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&unix), names(&windows), "unix and windows");
    for (name, offered) in &unix {
        assert!(!offered.is_empty(), "{name} offers nothing");
        assert_eq!(offered, &windows[name], "{name} of unix and of windows");
    }
}

#[test]
fn a_function_that_one_platform_lacks_or_has_otherwise_is_found() {
    let file = |text: &str| Source {
        path: String::new(),
        text: text.to_owned(),
    };
    let one = own_offers(&file("pub fn a(path: &Path) -> bool {} fn own() {}"));
    assert_eq!(
        one,
        own_offers(&file("pub fn a(_: &Path) -> bool { true }"))
    );
    for other in [
        "fn a(path: &Path) -> bool {}",
        "pub fn a(path: &Path) {}",
        "pub fn a(path: &Path, more: u8) -> bool {}",
        "pub fn a(path: &OsStr) -> bool {}",
        "pub fn a(path: &Path) -> bool {} pub fn b() {}",
        "pub fn a(path: &Path) -> bool {} pub struct A; ",
    ] {
        assert_ne!(one, own_offers(&file(other)), "{other}");
    }
}
