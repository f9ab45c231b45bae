//! What other programs get to see: the words and the environment of what keyfob starts, its own words, and the stores of git and docker.

use std::fs;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::home::{Planted, SECRETS};
use super::{ID, SECRET, TOKEN, holds_none};
use crate::house::files_below;
use crate::support::{Answer, Home, Provider, Server, need, run};

/// Writes down its own words and environment under this name.
fn recorder(home: &Home, name: &str, then: &str) {
    let to = home.path("tmp").display().to_string();
    home.script(
        name,
        &format!(
            "printf '%s\\n' \"$0\" \"$@\" > {to}/{name}.words; env > {to}/{name}.environ\n{then}"
        ),
    );
}

fn recorded(home: &Home, name: &str, what: &str) -> String {
    let bytes = fs::read(home.path(format!("tmp/{name}.{what}"))).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A home whose secret comes from a file and whose spec `ci` is served by this provider.
fn home(provider: &Provider) -> Home {
    let home = Home::new();
    let path = home.write("secret", SECRET);
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": ID,
        "client_secret": { "file": path }, "revocation_url": provider.at("/revoke"),
        "targets": ["git.example.com", "registry.example.com"],
    });
    home.spec("ci", spec.to_string());
    home
}

#[test]
fn a_program_that_tells_a_secret_is_given_none() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    recorder(&home, "tell", &format!("echo '{}'", SECRETS[3].1));
    let path = home.write("other", SECRET);
    let spec = json!({
        "provider": "http", "method": "POST", "url": provider.at("/token"),
        "headers": { "x-a": { "secret": { "file": path } }, "x-b": { "secret": { "command": ["tell", "a"] } } },
    });
    let output = run(&mut home.keyfob(["token"]), spec.to_string());
    assert!(output.answer().contains(TOKEN));
    assert_eq!(provider.request().header("x-b"), Some(SECRETS[3].1));
    let words = recorded(&home, "tell", "words");
    assert!(words.ends_with("/bin/tell\na\n"), "{words}");
    let environment = recorded(&home, "tell", "environ");
    assert!(environment.contains("PATH="), "{environment}");
    for text in [words, environment] {
        holds_none("the program", &text, &[SECRET, TOKEN, SECRETS[3].1]);
    }
}

#[test]
fn a_command_gets_the_token_in_one_variable_and_nothing_else() {
    let provider = Provider::start(|request| match request.path.as_str() {
        "/token" => Answer::token(TOKEN, 3600),
        _ => Answer::empty(200),
    });
    let home = home(&provider);
    recorder(&home, "child", "");
    for words in [&["run"][..], &["run", "--revoke"]] {
        let words = words
            .iter()
            .chain(&["--spec", "ci", "--env", "GIVEN", "--", "child", "a b"]);
        let output = run(&mut home.keyfob(words), "");
        assert_eq!((output.answer(), output.stderr.as_str()), ("", ""));
        let words = recorded(&home, "child", "words");
        assert!(words.ends_with("/bin/child\na b\n"), "{words}");
        holds_none("the command's words", &words, &[SECRET, TOKEN]);
        let environment = recorded(&home, "child", "environ");
        let given: Vec<&str> = environment
            .lines()
            .filter(|line| line.contains(TOKEN))
            .collect();
        assert_eq!(given, [format!("GIVEN={TOKEN}")]);
        holds_none("the command's environment", &environment, &[SECRET]);
    }
}

#[test]
fn keyfobs_own_words_hold_no_secret_while_it_asks() {
    if !need(&["ps"]) {
        return;
    }
    let (asked, is_asked) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let (asked, may_go_on) = (Mutex::new(asked), Arc::new(Mutex::new(may_go_on)));
    let provider = Provider::start(move |_| {
        asked.lock().unwrap().send(()).unwrap();
        let _ = may_go_on
            .lock()
            .unwrap()
            .recv_timeout(Duration::from_secs(8));
        Answer::token(TOKEN, 3600)
    });
    let home = home(&provider);
    let mut keyfob = Server::start(&mut home.keyfob(["-v", "token", "--spec", "ci"]));
    is_asked.recv_timeout(Duration::from_secs(20)).unwrap();
    let pid = keyfob.pid().to_string();
    let listed = run(
        home.command("ps").args(["-ww", "-o", "args=", "-p", &pid]),
        "",
    );
    let words = listed.answer().trim_end();
    assert!(words.ends_with(" -v token --spec ci"), "{words}");
    go_on.send(()).unwrap();
    keyfob.wait_until("answering", |log| log.contains(TOKEN).then_some(()));
    holds_none("what it told", &keyfob.log(), &[SECRET]);
}

#[test]
fn git_with_a_store_beside_keyfob_writes_no_token_down() {
    if !need(&["git"]) {
        return;
    }
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    home.link("git-credential-keyfob");
    let request = "protocol=https\nhost=git.example.com\n\n";
    let git = |words: &[&str], stdin: &str| {
        let mut git = home.command("git");
        for setting in [
            "credential.helper=keyfob --spec ci",
            "credential.helper=store",
        ] {
            git.args(["-c", setting]);
        }
        // git's trace shows what helpers are given and say, but not to files that outlive it.
        run(git.args(words).env("GIT_TERMINAL_PROMPT", "0"), stdin)
    };
    let filled = git(&["credential", "fill"], request);
    assert!(filled.answer().contains(TOKEN));
    let stored = home.home().join(".git-credentials");
    git(&["credential", "reject"], filled.answer());
    assert!(!stored.exists(), "git wrote the token down");
    for path in files_below(&home.home()) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        holds_none(&path.display().to_string(), &text, &[TOKEN, SECRET]);
    }
}

#[test]
fn a_token_that_docker_wants_stored_is_stored_nowhere() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    home.link("docker-credential-keyfob");
    let helper = |verb: &str, stdin: &str| {
        let path = home.bin().join("docker-credential-keyfob");
        run(home.command_at(&path).arg(verb), stdin)
    };
    assert!(
        helper("get", "registry.example.com")
            .answer()
            .contains(TOKEN)
    );
    let login =
        json!({ "ServerURL": "registry.example.com", "Username": "u", "Secret": SECRETS[0].1 });
    let output = helper("store", &login.to_string());
    assert_eq!(output.status, 1);
    holds_none("docker", &output.stdout, &[SECRETS[0].1, TOKEN]);
    for path in files_below(&home.path("")) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
        if !path.starts_with(home.bin()) {
            holds_none(&path.display().to_string(), &text, &[SECRETS[0].1]);
        }
    }
    assert!(!home.home().join(".docker").exists());
}

#[test]
fn a_secret_is_set_from_standard_input_and_shown_by_its_length() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let planted = Planted::new(&provider);
    if !planted.has_keyring() {
        return;
    }
    let name = format!("leak-shown-{}", std::process::id());
    let verb = |verb: &str, stdin: &str| {
        let words = ["-v", "secret", "--store", "kernel", verb, &name];
        let output = run(&mut planted.home.keyfob(words), stdin);
        planted.check(verb, &output);
        holds_none(verb, &output.stdout, &[SECRET]);
        holds_none(verb, &output.stderr, &[SECRET]);
        output
    };
    verb("set", SECRET);
    let shown = verb("show", "");
    let length = format!("{} bytes", SECRET.len());
    assert!(shown.answer().contains(&length), "{shown:?}");
    verb("remove", "");
}
