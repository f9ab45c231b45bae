//! What `keyfob setup TOOL --undo` does with a file that its user has edited since.

use std::fs;

use super::{below, content, home, listing, setup};
use crate::support::{Home, need};

const KUBECTL: &str = "kubectl-1.37/kubectl";

/// Sets a tool up in a file, edits the file, undoes the setup, and returns the file.
fn edited(home: &Home, words: &str, file: &str, edit: impl Fn(String) -> String) -> String {
    let tool = words.split(' ').next().unwrap();
    assert_eq!(setup(home, &format!("{words} --yes")).status, 0);
    let path = home.home().join(file);
    let text = edit(fs::read_to_string(&path).unwrap());
    fs::write(&path, text).unwrap();
    let output = setup(home, &format!("{tool} --undo --yes"));
    assert_eq!(output.status, 0, "{output:?}");
    content(home, file).unwrap()
}

#[test]
fn lines_after_a_file_without_a_last_newline_stay_lines() {
    if !need(&["git", "pnpm/node_modules/@pnpm/exe.linux-x64/pnpm"]) {
        return;
    }
    for (words, file, before) in [
        ("pnpm", ".npmrc", "registry=https://n.example.com/"),
        ("git", ".gitconfig", "[user]\n\tname = Me"),
    ] {
        let home = home();
        home.write(&format!("home/{file}"), before);
        let after = edited(&home, words, file, |text| text + "[x]\n");
        assert_eq!(after, format!("{before}\n[x]\n"));
    }
}

#[test]
fn the_head_of_a_section_stays_with_the_lines_of_the_user() {
    if !need(&["git", "cloud/awscli/__main__.py"]) {
        return;
    }
    let home = listing(&["https://git.example.com"]);
    super::Tools::set_tools(&home);
    home.write("home/.gitconfig", "[user]\n\tname = Me\n");
    let after = edited(&home, "git", ".gitconfig", |text| {
        text + "\tusername = me\n"
    });
    assert_eq!(
        after,
        "[user]\n\tname = Me\n[credential \"https://git.example.com\"]\n\tusername = me\n"
    );
    home.write("home/.aws/config", "[default]\noutput = json\n");
    let after = edited(&home, "aws --spec demo", ".aws/config", |text| {
        text + "region = eu-central-1\n"
    });
    assert_eq!(
        after.replace("\n\n", "\n"),
        "[default]\noutput = json\n[profile demo]\nregion = eu-central-1\n"
    );
}

/// The users of the contexts and the names of all users.
fn users(home: &Home) -> String {
    let template = "{range .contexts[*]}{.context.user}{end}:{range .users[*]} {.name}{end}";
    let mut kubectl = home.command_at(&home.bin().join("kubectl"));
    kubectl.args(["config", "view", "-o", &format!("jsonpath={template}")]);
    crate::support::run(&mut kubectl, "").answer().to_owned()
}

#[test]
fn a_context_that_two_specs_took_gets_its_first_user_back_in_any_order() {
    if !need(&[KUBECTL]) {
        return;
    }
    let config = "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster:\n    \
         server: https://kubernetes.example.com:6443\ncontexts:\n- name: c\n  context:\n    cluster: c\n    \
         user: me\nusers:\n- name: me\n  user: {}\n";
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let home = listing(&["kubernetes.example.com:6443"]);
        super::Tools::set_tools(&home);
        let spec = fs::read_to_string(home.config().join("demo.json")).unwrap();
        let names = ["demo", "second", "third"];
        for name in &names[1..] {
            home.spec(name, &spec);
        }
        home.write("home/.kube/config", config);
        for name in names {
            let output = setup(&home, &format!("kubectl --yes --spec {name}"));
            assert_eq!(output.status, 0, "{output:?}");
        }
        for at in order {
            let words = format!("kubectl --undo --yes --spec {}", names[at]);
            let output = setup(&home, &words);
            assert_eq!(output.status, 0, "{order:?} {output:?}");
            let text = content(&home, ".kube/config").unwrap();
            assert!(
                !text.contains(&format!("user: {}\n", names[at])),
                "{order:?} {text}"
            );
        }
        assert_eq!(users(&home), "me: me", "{order:?}");
        assert!(!home.config().join("setup").exists());
    }
}

#[test]
fn a_registry_gets_its_former_helper_back_after_the_file_was_written_anew() {
    let home = home();
    let before = serde_json::json!({
        "auths": {}, "credHelpers": {"registry.example.com:5000": "pass", "a": "x"},
    });
    home.write("home/.docker/config.json", before.to_string());
    let after = edited(&home, "docker", ".docker/config.json", |text| {
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        serde_json::to_string_pretty(&json).unwrap()
    });
    let after: serde_json::Value = serde_json::from_str(&after).unwrap();
    assert_eq!(after, before);
}

#[test]
fn what_is_not_found_is_named_and_can_be_undone_later() {
    if !need(&["git"]) {
        return;
    }
    let home = listing(&["https://git.example.com"]);
    let before = "[user]\n\tname = Me\n";
    home.write("home/.gitconfig", before);
    assert_eq!(setup(&home, "git --yes").status, 0);
    let after = content(&home, ".gitconfig").unwrap();
    let changed = after.replace("/keyfob git", "/keyfob git --token hunter2");
    home.write("home/.gitconfig", &changed);
    let output = setup(&home, "git --undo --yes");
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stdout.contains("take it out by hand"), "{output:?}");
    assert!(output.stdout.contains("  line 5: helper = "), "{output:?}");
    assert!(!output.stdout.contains("hunter2"), "{output:?}");
    assert_eq!(content(&home, ".gitconfig").unwrap(), changed);
    assert_eq!(below(&home.config().join("setup")).len(), 1);
    home.write("home/.gitconfig", &after);
    assert_eq!(setup(&home, "git --undo --yes").status, 0);
    assert_eq!(content(&home, ".gitconfig").unwrap(), before);
}

#[test]
fn another_program_whose_path_holds_keyfob_stays() {
    if !need(&["git", "go-1.27/bin/go"]) {
        return;
    }
    let home = listing(&["https://git.example.com"]);
    super::Tools::set_tools(&home);
    let other = "/opt/keyfob-tools/other";
    home.write(
        "home/.gitconfig",
        format!("[credential \"https://git.example.com\"]\n\thelper =\n\thelper = {other} git\n"),
    );
    home.write("home/.config/go/env", format!("GOAUTH={other} x; netrc\n"));
    for tool in ["git", "go"] {
        assert_eq!(setup(&home, &format!("{tool} --yes")).status, 0);
    }
    for file in [".gitconfig", ".config/go/env"] {
        let text = content(&home, file).unwrap();
        assert!(text.contains(other), "{text}");
    }
}

#[test]
fn of_two_lines_with_the_same_key_the_one_that_counts_is_replaced() {
    if !need(&["pnpm/node_modules/@pnpm/exe.linux-x64/pnpm"]) {
        return;
    }
    let home = listing(&["https://npm.example.com"]);
    super::Tools::set_tools(&home);
    let key = "//npm.example.com/:tokenHelper";
    let before = format!("{key}=/one\n{key}=/two\nfund=false\n");
    home.write("home/.npmrc", &before);
    assert_eq!(setup(&home, "pnpm --yes").status, 0);
    let after = content(&home, ".npmrc").unwrap();
    let program = home.bin().join("keyfob");
    let line = format!("{key}={} pnpm --spec demo", program.display());
    assert_eq!(after, format!("{key}=/one\n{line}\nfund=false\n"));
    assert!(setup(&home, "pnpm").stdout.contains("nothing to do"));
    assert_eq!(setup(&home, "pnpm --undo --yes").status, 0);
    assert_eq!(content(&home, ".npmrc").unwrap(), before);
}

#[test]
fn a_difference_shows_no_value_that_setup_did_not_write() {
    let home = home();
    let config =
        r#"{"HttpHeaders":{"Authorization":"Basic hunter2"},"x":{"password":"ab\"hunter2"}}"#;
    home.write("home/.docker/config.json", config);
    let output = setup(&home, "docker --print");
    assert!(
        output
            .stdout
            .contains("\"registry.example.com:5000\":\"keyfob\""),
        "{output:?}"
    );
    assert!(!output.stdout.contains("hunter2"), "{output:?}");
    if !need(&[KUBECTL]) {
        return;
    }
    let config = "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: 'https://kubernetes.example.com:6443'}}],\n\
         contexts: [{name: c, context: {cluster: c, user: me}}],\nusers: [{name: me, user: {exec: {apiVersion: \
         client.authentication.k8s.io/v1, command: x, interactiveMode: Never, args: [--password, hunter2],\n\
         env: [{name: A, value: hunter2}]}}}, {name: b, user: {token: \"hunter2\\nname: hunter2\"}}]}\n";
    home.write("home/.kube/config", config);
    let output = setup(&home, "kubectl --print");
    assert!(output.stdout.contains("+    user: demo"), "{output:?}");
    assert!(!output.stdout.contains("hunter2"), "{output:?}");
}
