//! Completion in real shells: bash, zsh and fish ask keyfob for the words that may come next.

use crate::keyring::desktop::Desktop;
use crate::support::{Home, Typist, need, run};

/// What `keyfob complete` prints, without the descriptions.
fn complete(home: &Home, words: &[&str]) -> Vec<String> {
    let all: Vec<&str> = ["complete", "--"].iter().chain(words).copied().collect();
    let output = run(&mut home.keyfob(all), "");
    assert_eq!(output.stderr, "", "{words:?}");
    let word = |line: &str| line.split('\t').next().unwrap().to_owned();
    output.answer().lines().map(word).collect()
}

fn home() -> Home {
    let home = Home::new();
    home.spec("production", "{\"provider\": \"static\"}");
    home.spec("prototype", "not even JSON");
    home
}

#[test]
fn each_place_has_its_own_words() {
    let home = home();
    for (words, wanted) in [
        (&["tok"][..], &["token"][..]),
        (&["-v", "stat"], &["status"]),
        (&["gi"], &["git"]),
        (&["token", "--sp"], &["--spec"]),
        (&["token", "--spec", ""], &["production", "prototype"]),
        (&["token", "--spec", "prod"], &["production"]),
        (&["token", "--spec=prod"], &["--spec=production"]),
        (&["git", "--spec", "prod"], &["production"]),
        (&["git", "er"], &["erase"]),
        (
            &["token", "--format", "head"],
            &["header", "header-value", "headers-json"],
        ),
        (&["check", "--format", ""], &["text", "json"]),
        (&["add", "x", "--provider", "mongo"], &["mongodb-atlas"]),
        (
            &["add", "x", "--provider", "client"],
            &["client_credentials"],
        ),
        (
            &["add", "x", "--provider", "mongodb-atlas", "client_id=1", ""],
            &["base_url=", "client_secret="],
        ),
        (
            &["add", "x", "--provider", "mongodb-atlas", "client_s"],
            &["client_secret="],
        ),
        (&["secret", "sh"], &["show"]),
        (&["secret", "set", "--sto"], &["--store"]),
        (&["secret", "copy", "--to", "k"], &["kernel"]),
        (&["providers", "pingone"], &["pingone-aic"]),
        (&["completions", "f"], &["fish"]),
        (&["help", "comp"], &["completions"]),
        (&["setup", "podm"], &["podman"]),
        (&["run", "--spec", "x", "--", "to"], &[]),
        (&["nothing", "x"], &[]),
    ] {
        assert_eq!(complete(&home, words), wanted, "{words:?}");
    }
    // Where the last word is not begun, a shell that drops empty arguments says so.
    let output = run(
        &mut home.keyfob(["complete", "--new", "--", "token", "--spec"]),
        "",
    );
    assert_eq!(output.answer(), "production\tspec\nprototype\tspec\n");
    let output = run(&mut home.keyfob(["completions", "tcsh"]), "");
    let told = "keyfob: error: completions takes bash, zsh, fish or powershell (usage)\n";
    assert!(output.stderr.starts_with(told), "{}", output.stderr);
}

#[test]
fn secrets_are_completed_by_name_and_a_keyring_that_is_not_there_is_no_message() {
    assert!(
        complete(&home(), &["secret", "show", ""]).is_empty() || cfg!(not(target_os = "linux"))
    );
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    for name in ["ci", "cd"] {
        desktop.keyfob(&["secret", "set", name], "hunter2").answer();
    }
    assert_eq!(
        complete(&desktop.home, &["secret", "show", "c"]),
        ["cd", "ci"]
    );
}

/// A shell's completion of a line: the script is written where the shell finds it.
fn script(home: &Home, shell: &str, path: &str) {
    let output = run(&mut home.keyfob(["completions", shell]), "");
    home.write(path, output.answer());
}

#[test]
fn bash_completes_words_and_values_with_and_without_an_equals_sign() {
    let home = home();
    script(&home, "bash", "home/keyfob.bash");
    home.write(
        "home/.inputrc",
        "set enable-bracketed-paste off\nset bell-style none\n",
    );
    let mut bash = home.command("bash");
    bash.args(["--noprofile", "--norc", "-i"])
        .env("PS1", "ready> ")
        .env("TERM", "dumb");
    let mut typist = Typist::start(&bash);
    typist
        .sees("ready> ")
        .types(". ~/keyfob.bash\r")
        .sees("ready> ");
    for (line, whole) in [
        ("keyfob tok\t", "keyfob token "),
        (
            "keyfob token --spec prod\t",
            "keyfob token --spec production ",
        ),
        (
            "keyfob token --spec=prod\t",
            "keyfob token --spec=production ",
        ),
        ("keyfob secret sh\t", "keyfob secret show "),
        (
            "keyfob add x --provider mongodb-atlas client_s\t",
            "keyfob add x --provider mongodb-atlas client_secret=",
        ),
    ] {
        typist
            .types(line)
            .sees(whole)
            .types("\x15\r")
            .sees("ready> ");
    }
    typist.types("exit\r");
    typist.ends();
}

#[test]
fn zsh_completes_words_and_values() {
    if !need(&["zsh"]) {
        return;
    }
    let home = home();
    script(&home, "zsh", "home/functions/_keyfob");
    home.write(
        "home/.zshrc",
        "PROMPT='ready> '\nunset zle_bracketed_paste\nfpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\n",
    );
    let mut zsh = home.command("zsh");
    zsh.arg("-i").env("TERM", "dumb");
    let mut typist = Typist::start(&zsh);
    typist.sees("ready> ");
    for (line, word) in [
        ("keyfob tok\t", "token"),
        ("keyfob token --spec prod\t", "production"),
        ("keyfob secret sh\t", "show"),
        (
            "keyfob add x --provider mongodb-atlas client_s\t",
            "client_secret=",
        ),
    ] {
        let last = line.trim_end().rsplit(' ').next().unwrap();
        typist
            .types(line)
            .sees(last)
            .sees(word.strip_prefix(last).unwrap());
        typist.types("\x15\r").sees("ready> ");
    }
    typist.types("exit\r");
    typist.ends();
}

#[test]
fn fish_completes_words_and_values_with_their_descriptions() {
    if !need(&["fish"]) {
        return;
    }
    let home = home();
    script(&home, "fish", "home/.config/fish/completions/keyfob.fish");
    for (line, wanted) in [
        ("keyfob tok", "token\tprint a token, for scripts and CI\n"),
        ("keyfob token --spec prod", "production\tspec\n"),
        (
            "keyfob secret sh",
            "show\tshow where a secret is stored and how long it is, never the secret\n",
        ),
        (
            "keyfob add x --provider mongodb-atlas client_s",
            "client_secret=\tthe service account's secret, mdb_sa_sk_…\n",
        ),
    ] {
        let mut fish = home.command("fish");
        fish.args(["--command", &format!("complete --do-complete '{line}'")]);
        assert_eq!(run(&mut fish, "").answer(), wanted, "{line}");
    }
}

#[test]
fn a_script_is_printed_as_it_is_written() {
    for (shell, ending) in [
        ("bash", "bash"),
        ("zsh", "zsh"),
        ("fish", "fish"),
        ("powershell", "ps1"),
    ] {
        let path = format!(
            "{}/src/cli/completions/keyfob.{ending}",
            env!("CARGO_MANIFEST_DIR")
        );
        let output = run(&mut Home::new().keyfob(["completions", shell]), "");
        assert_eq!(output.answer(), std::fs::read_to_string(path).unwrap());
    }
}

/// No PowerShell can be had from where the tests' tools come from: its script is looked at only.
#[test]
fn powershells_script_registers_a_completer_that_asks_keyfob() {
    let output = run(&mut Home::new().keyfob(["completions", "powershell"]), "");
    let script = output.answer();
    for part in [
        "Register-ArgumentCompleter -Native -CommandName keyfob -ScriptBlock {",
        "& $program complete @new '--' @words @last",
        "[System.Management.Automation.CompletionResult]::new(",
    ] {
        assert!(script.contains(part), "{part}");
    }
    let count = |c: char| script.matches(c).count();
    assert_eq!(count('{'), count('}'));
    assert_eq!(count('('), count(')'));
}
