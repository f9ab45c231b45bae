//! The output file, which the libraries read before they ask again: whole, private, and never a failure.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::{GOOGLE, ask, fails, home, numbering, spec};
use crate::support::{Answer, Home, Provider, run};

const VARIABLE: &str = "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE";

/// The home, and the file that the libraries name.
fn with_file(provider: &Provider) -> (Home, PathBuf) {
    let mut home = home(&spec(provider));
    home.write("out/.keep", "");
    let file = home.path("out/subject.json");
    home.set(VARIABLE, &file);
    (home, file)
}

fn beside(file: &std::path::Path) -> usize {
    fs::read_dir(file.parent().unwrap()).unwrap().count()
}

#[test]
fn it_holds_what_is_said_and_is_its_owners_alone() {
    let provider = numbering(3600);
    let (home, file) = with_file(&provider);
    for before in [None, Some("before")] {
        if let Some(before) = before {
            fs::write(&file, before).unwrap();
        }
        let output = run(&mut home.keyfob(GOOGLE), "");
        assert_eq!(fs::read_to_string(&file).unwrap(), output.answer());
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        assert_eq!(beside(&file), 2, "something is left beside it");
    }
}

#[test]
fn a_failure_leaves_it_as_it_was() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let (home, file) = with_file(&provider);
    ask(&home);
    assert!(!file.exists());
    fs::write(&file, "before").unwrap();
    fails(&ask(&home), "provider-refused", "");
    assert_eq!(fs::read_to_string(&file).unwrap(), "before");
}

/// Most libraries take such a file for an error.
#[test]
fn a_token_whose_end_is_unknown_is_not_written() {
    let provider = numbering(3600);
    let (home, file) = with_file(&provider);
    let mut endless = spec(&provider);
    endless["expires"] = json!({"never": true});
    home.spec("my-identity", endless.to_string());
    let answer = ask(&home);
    assert_eq!(answer["success"], true);
    assert!(answer.get("expiration_time").is_none(), "{answer}");
    assert!(!file.exists());
}

#[test]
fn a_folder_that_is_missing_is_not_made_and_no_failure() {
    let provider = numbering(3600);
    let (mut home, _) = with_file(&provider);
    home.set(VARIABLE, home.path("missing/subject.json"));
    assert_eq!(ask(&home)["success"], true);
    assert!(!home.path("missing").exists());
}

#[test]
fn who_reads_it_meanwhile_finds_it_whole() {
    let provider = numbering(3600);
    let (home, file) = with_file(&provider);
    ask(&home);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut count = 0;
            while !over.load(Ordering::SeqCst) {
                let text = fs::read_to_string(&file).unwrap();
                serde_json::from_str::<Value>(&text).unwrap();
                count += 1;
            }
            count
        });
        let writers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..10).for_each(|_| drop(ask(&home)))))
            .collect();
        let written: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        over.store(true, Ordering::SeqCst);
        assert!(written.iter().all(Result::is_ok));
        assert!(reader.join().unwrap() > 40);
    });
    assert_eq!(beside(&file), 2);
}
