//! SECURITY.md against the tree: every promise rests on files that are there, and is held by tests that are there.

use std::fs;
use std::path::PathBuf;

use crate::house::root;

/// A row of the table: the promise, its files, its tests.
struct Promise {
    words: String,
    files: Vec<String>,
    tests: Vec<String>,
}

fn promises() -> Vec<Promise> {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (_, below) = text.split_once("\n<!-- promises -->\n").expect("no table");
    let named = |cell: &str| {
        let parts = cell.split('`').enumerate();
        let inside = parts.filter(|(number, _)| number % 2 == 1);
        inside.map(|(_, name)| name.to_owned()).collect()
    };
    let rows = below.lines().take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 3, "{row}");
            Promise {
                words: cells[0].to_owned(),
                files: named(cells[1]),
                tests: named(cells[2]),
            }
        })
        .collect()
}

/// The file in which a test of this path lies.
fn file_of(test: &str) -> (PathBuf, &str) {
    let (module, name) = test.rsplit_once("::").unwrap_or_default();
    let path = root().join("tests").join(module.replace("::", "/"));
    let file = path.with_extension("rs");
    let file = if file.is_file() {
        file
    } else {
        path.join("mod.rs")
    };
    (file, name)
}

#[test]
fn every_promise_names_files_and_tests_that_are_there() {
    let promises = promises();
    assert!(promises.len() > 10, "{} promises", promises.len());
    for promise in promises {
        let words = promise.words;
        assert!(
            !promise.files.is_empty() && !promise.tests.is_empty(),
            "nothing holds: {words}"
        );
        for file in promise.files {
            assert!(root().join(&file).is_file(), "{file} is not there: {words}");
        }
        for test in promise.tests {
            let (file, name) = file_of(&test);
            let text = fs::read_to_string(&file)
                .unwrap_or_else(|why| panic!("{test}: {}: {why}", file.display()));
            let tests = text.split("#[test]\n").skip(1);
            let named = tests.filter(|test| test.starts_with(&format!("fn {name}()")));
            assert_eq!(named.count(), 1, "{test} is not there: {words}");
        }
    }
}

#[test]
fn every_test_of_this_room_that_holds_a_promise_is_run() {
    let modules = fs::read_to_string(root().join("tests/leaks/mod.rs")).unwrap();
    for promise in promises() {
        for test in promise.tests {
            if let Some(rest) = test.strip_prefix("leaks::") {
                let module = rest.split("::").next().unwrap();
                assert!(modules.contains(&format!("\nmod {module};\n")), "{test}");
            }
        }
    }
    let main = fs::read_to_string(root().join("tests/main.rs")).unwrap();
    assert!(main.contains("\nmod leaks;\n"));
}
