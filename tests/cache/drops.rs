//! What drops a token from the cache, what does not, and what is told about those that are there.

use std::fs;

use keyfob::command::secret::{self, SecretAction};
use keyfob::source::KeyringKind;
use serde_json::{Value, json};

use super::{ask, files, home, numbering, spec, token};
use crate::obtain::world::Fake;
use crate::support::{Answer, Home, Provider, run};

#[track_caller]
fn runs(home: &Home, arguments: &[&str], stdin: &str) -> String {
    let output = run(&mut home.keyfob(arguments), stdin);
    assert_eq!(output.stderr, "");
    output.answer().to_owned()
}

#[test]
fn git_erase_drops_the_password_that_was_handed_out_and_no_other() {
    let provider = numbering();
    let home = home(&provider);
    let erase = |password: &str| {
        let request = format!(
            "protocol=https\nhost=git.example.com\nusername=oauth2\npassword={password}\n\n"
        );
        runs(&home, &["git", "erase"], &request);
    };
    assert_eq!(token(&home), "token-1");
    erase("token-0");
    assert_eq!(token(&home), "token-1");
    erase("token-1");
    assert_eq!(token(&home), "token-2");
    // What was handed out before is not what lies there now.
    erase("token-1");
    assert_eq!(token(&home), "token-2");
}

#[test]
fn docker_erase_drops() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    runs(&home, &["docker", "erase"], "other.example.com");
    assert_eq!(token(&home), "token-1");
    runs(&home, &["docker", "erase"], "registry.example.com");
    assert_eq!(token(&home), "token-2");
}

/// A second spec, of another identity.
fn another(home: &Home, provider: &Provider) {
    let mut spec = spec(provider);
    spec["scope"] = "another".into();
    spec["targets"] = Value::Array(Vec::new());
    home.spec("another", spec.to_string());
}

#[test]
fn forget_drops_what_one_spec_made_with_whichever_secret() {
    let provider = numbering();
    let mut home = home(&provider);
    another(&home, &provider);
    token(&home);
    home.set("CACHE_SECRET", "rotated");
    token(&home);
    runs(&home, &["token", "--spec", "another"], "");
    assert_eq!(files(&home, ".json").len(), 3);
    assert_eq!(runs(&home, &["forget", "--spec", "ci"], ""), "");
    assert_eq!(files(&home, ".json").len(), 1);
    assert!(runs(&home, &["token", "--spec", "another"], "").contains("token-3"));
    assert_eq!(token(&home), "token-4");
}

#[test]
fn forget_all_drops_all_and_touches_nothing_else() {
    let provider = numbering();
    let home = home(&provider);
    another(&home, &provider);
    token(&home);
    runs(&home, &["token", "--spec", "another"], "");
    let mine = home.write("cache/package.json", "{}");
    runs(&home, &["forget", "--all"], "");
    assert_eq!(files(&home, ".json"), [mine]);
    assert_eq!(runs(&home, &["forget", "--all"], ""), "");
    assert_eq!(token(&home), "token-3");
}

#[test]
fn forget_all_drops_what_cannot_be_read_too() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    for (digit, content) in [("0", ""), ("1", "{"), ("2", "{\"version\":0}"), ("3", "\0")] {
        home.write(&format!("cache/{}.json", digit.repeat(64)), content);
    }
    let pipe = home.cache().join(format!("{}.json", "4".repeat(64)));
    run(home.command("mkfifo").arg(pipe), "").answer();
    assert_eq!(files(&home, ".json").len(), 6);
    assert_eq!(runs(&home, &["forget", "--all"], ""), "");
    assert_eq!(files(&home, ".json"), [""; 0].map(std::path::PathBuf::from));
    assert_eq!(token(&home), "token-2");
}

#[test]
fn forget_ends_a_cool_down() {
    let provider = Provider::start(|request| match request.number {
        1 => Answer::empty(429).header("Retry-After", "600"),
        _ => Answer::token("t", 3600),
    });
    let home = home(&provider);
    for _ in 0..3 {
        assert!(ask(&home).stderr.contains("(rate-limited)"));
    }
    assert_eq!(provider.count(), 1);
    runs(&home, &["forget", "--spec", "ci"], "");
    assert_eq!(token(&home), "t");
}

#[test]
fn forget_of_a_spec_that_cannot_be_read_says_so_and_drops_nothing() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    home.spec("ci", "{");
    let output = run(&mut home.keyfob(["forget", "--spec", "ci"]), "");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(output.stderr.contains("(spec-invalid)"), "{output:?}");
    assert_eq!(files(&home, ".json").len(), 1);
}

#[test]
fn forget_of_a_spec_that_is_gone_drops_no_others_tokens() {
    let provider = numbering();
    let home = home(&provider);
    another(&home, &provider);
    token(&home);
    runs(&home, &["token", "--spec", "another"], "");
    fs::remove_file(home.path("config/another.json")).unwrap();
    runs(&home, &["forget", "--spec", "another"], "");
    assert_eq!(files(&home, ".json").len(), 1);
    assert_eq!(token(&home), "token-1");
}

#[test]
fn forget_says_what_it_wants_to_know() {
    let home = Home::new();
    let output = run(&mut home.keyfob(["forget"]), "");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(output.stderr.contains("(usage)"), "{}", output.stderr);
}

#[test]
fn status_tells_everything_but_the_tokens() {
    let provider = numbering();
    let home = home(&provider);
    let git = "protocol=https\nhost=git.example.com\n\n";
    runs(&home, &["git", "get"], git);
    let text = runs(&home, &["status"], "");
    assert!(
        text.starts_with("ci\tclient_credentials\tgit.example.com,registry.example.com\tfresh\t2")
            && text.contains("\thttps://git.example.com\t"),
        "{text}"
    );
    let json: Value =
        serde_json::from_str(&runs(&home, &["status", "--format", "json"], "")).unwrap();
    assert_eq!(json[0]["spec"], "ci");
    assert_eq!(json[0]["provider"], "client_credentials");
    assert_eq!(json[0]["target"], "https://git.example.com");
    assert_eq!(json[0]["usable"], true);
    assert_eq!(json[0]["cool_down_until"], Value::Null);
    assert!(json[0]["expires_at"].as_str().unwrap().ends_with('Z'));
    assert!(!text.contains("token-1") && !json.to_string().contains("token-1"));
}

#[test]
fn status_tells_a_cool_down() {
    let provider = Provider::start(|_| Answer::empty(429).header("Retry-After", "600"));
    let home = home(&provider);
    ask(&home);
    let text = runs(&home, &["status"], "");
    assert!(
        text.starts_with(
            "ci\tclient_credentials\tgit.example.com,registry.example.com\tcooling-down\t"
        ) && text.contains("\trate-limited until 2"),
        "{text}"
    );
    let json: Value =
        serde_json::from_str(&runs(&home, &["status", "--format", "json"], "")).unwrap();
    assert_eq!(json[0]["last_failure"], "rate-limited");
    assert_eq!(json[0]["usable"], false);
}

#[test]
fn status_passes_over_what_is_no_entry() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    home.write("cache/package.json", "{}");
    home.write("cache/broken.json", "{");
    home.write(&format!("cache/{}.json", "0".repeat(64)), "{}");
    run(
        home.command("mkfifo")
            .arg(home.cache().join(format!("{}.json", "1".repeat(64)))),
        "",
    )
    .answer();
    fs::create_dir(home.cache().join(format!("{}.json", "2".repeat(64)))).unwrap();
    assert_eq!(runs(&home, &["status"], "").lines().count(), 1);
}

#[test]
fn what_a_deleted_spec_made_is_shown_as_such_and_forgotten_by_its_name() {
    let provider = numbering();
    let home = home(&provider);
    let elsewhere = home.write("home/elsewhere.json", spec(&provider).to_string());
    let path = elsewhere.to_str().unwrap().to_owned();
    another(&home, &provider);
    let inline = {
        let mut spec = spec(&provider);
        spec["scope"] = "inline".into();
        spec.to_string()
    };
    let mut other = spec(&provider);
    other["scope"] = "elsewhere".into();
    home.write("home/elsewhere.json", other.to_string());
    for named in ["ci", "another", &path, &inline] {
        runs(&home, &["token", "--spec", named], "");
    }
    let gone = || -> Vec<String> {
        let json: Value =
            serde_json::from_str(&runs(&home, &["status", "--format", "json"], "")).unwrap();
        let rows = json.as_array().unwrap().clone();
        assert_eq!(
            runs(&home, &["status"], "")
                .matches("\tits spec no longer exists\n")
                .count(),
            rows.iter().filter(|row| row["spec_gone"] == true).count()
        );
        rows.iter()
            .filter(|row| row["spec_gone"] == true)
            .map(|row| row["spec"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(gone(), [""; 0]);
    fs::remove_file(home.path("config/another.json")).unwrap();
    fs::remove_file(&elsewhere).unwrap();
    assert_eq!(gone(), ["another", "elsewhere"]);
    runs(&home, &["forget", "--spec", "another"], "");
    assert_eq!(gone(), ["elsewhere"]);
    runs(&home, &["forget", "--spec", &path], "");
    assert_eq!(gone(), [""; 0]);
    assert_eq!(
        files(&home, ".json").len(),
        2,
        "ci and the inline one are there"
    );
    // What made nothing is an error as before.
    let output = run(&mut home.keyfob(["forget", "--spec", "another"]), "");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.contains("(spec-not-found)"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_secret_that_is_removed_drops_what_was_made_with_it_and_not_with_its_namesakes() {
    for (entry, dropped) in [
        (json!("ci"), true),
        (json!({ "service": "keyfob", "user": "ci" }), true),
        (json!({ "service": "other", "user": "ci" }), false),
        (json!("other"), false),
        (json!({ "service": "ci", "user": "keyfob" }), false),
    ] {
        let world = Fake::new();
        let spec = json!({
            "provider": "client_credentials", "token_url": "https://id.example.com/token",
            "client_id": "ci", "client_secret": { "keyring": entry },
        });
        let spec = spec.to_string();
        assert_eq!(world.obtain_for(&spec, 0).as_deref(), Ok("token-1"));
        let remove = SecretAction::Remove("ci".to_owned());
        secret::run(&world, &remove, KeyringKind::Default).unwrap();
        let again = if dropped { "token-2" } else { "token-1" };
        assert_eq!(world.obtain_for(&spec, 0).as_deref(), Ok(again), "{spec}");
    }
}
