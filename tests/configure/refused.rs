//! What `keyfob setup` refuses, and that nothing is lost by it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{content, home, listing, setup};
use crate::support::tools::need_root;

#[test]
fn a_file_that_cannot_be_edited_is_named_and_stays() {
    for (words, file, text, why) in [
        (
            "docker",
            ".docker/config.json",
            "{\"auths\": s3cret}",
            "it is not valid JSON, at line 1",
        ),
        (
            "docker",
            ".docker/config.json",
            "[]",
            "it is not a JSON object",
        ),
        (
            "docker",
            ".docker/config.json",
            "{\"credHelpers\": []}",
            "`credHelpers` is not an object",
        ),
        (
            "git",
            ".gitconfig",
            "[user\nname = s3cret",
            "git cannot read it",
        ),
        (
            "kubectl",
            ".kube/config",
            "a: [s3cret",
            "kubectl cannot use it",
        ),
    ] {
        let home = home();
        home.write(&format!("home/{file}"), text);
        let output = setup(&home, &format!("{words} --yes"));
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stderr.contains(why), "{output:?}");
        assert!(
            output.stderr.contains("(configuration-unusable)"),
            "{output:?}"
        );
        assert!(output.stderr.contains(file), "{output:?}");
        assert!(!output.stderr.contains("s3cret"), "{output:?}");
        assert_eq!(content(&home, file).as_deref(), Some(text));
        assert!(!home.config().join("setup").exists());
    }
}

#[test]
fn a_file_that_cannot_be_replaced_is_named_and_stays() {
    let home = home();
    let path = home.write("home/.gitconfig", "[a]\n\tb = c\n");
    let said = |why: &str| {
        let output = setup(&home, "git --yes");
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stderr.contains(why), "{output:?}");
    };
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    said("it is read-only");
    assert_eq!(content(&home, ".gitconfig").unwrap(), "[a]\n\tb = c\n");
    fs::remove_file(&path).unwrap();
    symlink(home.path("gone"), &path).unwrap();
    said("it is a symbolic link to a file that does not exist");
    assert!(path.is_symlink());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    said("it is not a regular file");
    let output = setup(&home, "git --yes --file /nowhere/at/all");
    assert!(
        output.stderr.contains("there is no folder /nowhere/at"),
        "{output:?}"
    );
    assert_eq!(output.status, 1);
}

#[test]
fn a_file_that_changes_while_it_is_looked_at_is_not_replaced() {
    if !crate::support::need(&["git"]) {
        return;
    }
    let home = home();
    home.write("home/.gitconfig", "[a]\n");
    let git = crate::support::tool("git");
    let body = format!(
        "echo '[b]' >>\"$HOME/.gitconfig\"; exec {} \"$@\"",
        git.display()
    );
    home.script("git", &body);
    let output = setup(&home, "git --yes");
    assert_eq!(output.status, 1, "{output:?}");
    assert!(
        output.stderr.contains("it has changed meanwhile"),
        "{output:?}"
    );
    assert!(!content(&home, ".gitconfig").unwrap().contains("keyfob"));
    assert!(!home.config().join("setup").exists());
}

#[test]
fn a_record_that_another_user_could_have_written_is_not_followed() {
    let home = home();
    let victim = home.write("home/.gitconfig", "[a]\n");
    assert_eq!(setup(&home, "docker --yes").status, 0);
    let folder = home.config().join("setup");
    for record in super::below(&folder) {
        let text = fs::read_to_string(&record).unwrap();
        let docker = home.home().join(".docker/config.json");
        let text = text.replace(docker.to_str().unwrap(), victim.to_str().unwrap());
        fs::write(&record, text).unwrap();
        fs::set_permissions(&record, fs::Permissions::from_mode(0o666)).unwrap();
    }
    let output = setup(&home, "docker --undo --yes");
    assert!(output.stdout.contains("nothing to undo"), "{output:?}");
    assert_eq!(content(&home, ".gitconfig").unwrap(), "[a]\n");
}

#[test]
fn another_users_file_stays() {
    if !need_root() {
        return;
    }
    let home = home();
    let path = home.write("home/.gitconfig", "[a]\n");
    std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
    let output = setup(&home, "git --yes");
    assert!(output.stderr.contains("another user owns it"), "{output:?}");
    assert_eq!(content(&home, ".gitconfig").unwrap(), "[a]\n");
}

#[test]
fn a_target_that_a_tool_cannot_name_is_said_and_what_it_can_name_is_set_up() {
    let home = listing(&["*.example.com", "http://127.0.0.1:8080"]);
    let git = setup(&home, "git --yes");
    assert_eq!(git.status, 0, "{git:?}");
    let config = content(&home, ".gitconfig").unwrap();
    assert!(
        config.contains("[credential \"https://*.example.com\"]"),
        "{config}"
    );
    assert!(!config.contains("127.0.0.1"), "{config}");
    // git itself matches the wildcard.
    let mut asks = home.command("git");
    asks.args([
        "config",
        "--get-urlmatch",
        "credential.helper",
        "https://a.example.com/x",
    ]);
    let helper = crate::support::run(&mut asks, "");
    assert!(helper.answer().ends_with("/keyfob git\n"), "{helper:?}");
    assert!(
        git.stdout.contains("http://127.0.0.1:8080 is left out"),
        "{git:?}"
    );
    let docker = setup(&home, "docker --yes");
    assert!(
        docker.stdout.contains("*.example.com is left out"),
        "{docker:?}"
    );
    assert!(docker.stdout.contains("registries.conf"), "{docker:?}");
    let none = listing(&["https://git.example.com/team"]);
    let docker = setup(&none, "docker --spec demo --yes");
    assert_eq!(docker.status, 2, "{docker:?}");
    assert!(
        docker.stderr.contains("spec `demo` lists no registry"),
        "{docker:?}"
    );
}

#[test]
fn a_spec_is_taken_only_if_it_is_the_only_one() {
    let home = listing(&["https://git.example.com"]);
    let other = r#"{"provider": "static", "token": {"env": "TOKEN"}, "targets": ["https://x.example.com"]}"#;
    home.spec("other", other);
    let output = setup(&home, "git --yes");
    assert_eq!(output.status, 2, "{output:?}");
    assert!(
        output
            .stderr
            .contains("several specs are for git: demo, other"),
        "{output:?}"
    );
    home.spec(
        "other",
        other.replace("\"targets\"", "\"callers\": [\"docker\"], \"targets\""),
    );
    let output = setup(&home, "git --print");
    assert!(
        output
            .stdout
            .contains("spec `demo` is the only one for git"),
        "{output:?}"
    );
    let output = setup(&home, "git --spec other");
    assert!(
        output.stderr.contains("spec `other` is not for git"),
        "{output:?}"
    );
    // A file elsewhere is named by its path, since no target finds it.
    let file = home.write("elsewhere.json", other);
    let output = setup(&home, &format!("git --print --spec {}", file.display()));
    let named = format!("keyfob git --spec {}", file.display());
    assert!(output.stdout.contains(&named), "{output:?}");
    let output = setup(&home, &format!("docker --print --spec {}", file.display()));
    assert!(
        output.stderr.contains("cannot name this spec"),
        "{output:?}"
    );
}

#[test]
fn the_context_of_kubectl_is_named_unless_it_is_the_only_one_that_is_meant() {
    if !crate::support::need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let home = home();
    let config = |servers: &[&str]| {
        let mut text = "apiVersion: v1\nkind: Config\nclusters:\n".to_owned();
        for (at, server) in servers.iter().enumerate() {
            text.push_str(&format!(
                "- name: c{at}\n  cluster:\n    server: {server}\n"
            ));
        }
        text.push_str("contexts:\n");
        for at in 0..servers.len() {
            text.push_str(&format!("- name: c{at}\n  context:\n    cluster: c{at}\n"));
        }
        home.write("home/.kube/config", text);
    };
    let (ours, other) = (
        "https://kubernetes.example.com:6443",
        "https://other.example.com",
    );
    config(&[other, ours]);
    assert!(
        setup(&home, "kubectl --print")
            .stdout
            .contains("provideClusterInfo: false")
    );
    config(&[other]);
    let output = setup(&home, "kubectl --print --context c0");
    assert!(
        output
            .stdout
            .contains("does not list https://other.example.com, which gets its token"),
        "{output:?}"
    );
    let says = "no context is current: use kubectl --context c0";
    assert!(output.stdout.contains(says), "{output:?}");
    let output = setup(&home, "kubectl --print --pin --context c0");
    let says =
        "spec `demo` does not list https://other.example.com: with --pin kubectl gets no token";
    assert!(output.stdout.contains(says), "{output:?}");
    for (servers, sentence, hint) in [
        (
            &[other][..],
            "lists the cluster of no context",
            "one of: c0; for another: kubectl config set-cluster NAME",
        ),
        (
            &[other, other][..],
            "lists the cluster of no context",
            "one of: c0, c1",
        ),
        (
            &[ours, other, ours],
            "lists the clusters of several contexts",
            "one of: c0, c2",
        ),
        (
            &[],
            "lists the cluster of no context",
            "--user NAME writes the user alone",
        ),
    ] {
        config(servers);
        let output = setup(&home, "kubectl");
        assert_eq!(output.status, 2, "{output:?}");
        assert!(
            output.stderr.contains(sentence) && output.stderr.contains(hint),
            "{output:?}"
        );
    }
}

#[test]
fn options_of_another_tool_and_unknown_tools_are_called_wrong() {
    let home = home();
    for words in [
        "",
        "svn",
        "git --pin",
        "docker --file x",
        "git --yes --print",
        "git --global --file x",
        "kubectl --context nowhere",
        "kubectl --context nowhere --user me",
        "git --spec {}",
    ] {
        let output = setup(&home, words);
        assert_eq!(output.status, 2, "{words}: {output:?}");
        assert!(
            output.stderr.contains("keyfob: hint: "),
            "{words}: {output:?}"
        );
    }
}

#[test]
fn a_tool_that_is_not_installed_is_said_and_its_lines_are_shown() {
    let mut home = home();
    let keyfob = home.bin();
    home.set("PATH", &keyfob);
    for name in ["kubectl", "go", "pnpm", "aws"] {
        let _ = fs::remove_file(home.bin().join(name));
    }
    let program = home.bin().join("keyfob");
    for (words, says, line) in [
        (
            "git",
            "git is not installed",
            format!("helper = {} git", program.display()),
        ),
        (
            "kubectl --user me",
            "kubectl is not installed",
            format!("command: {}", program.display()),
        ),
        (
            "go",
            "go is not installed",
            format!("GOAUTH={} goauth; netrc", program.display()),
        ),
        (
            "pnpm",
            "pnpm is not installed",
            format!("{} pnpm --spec demo", program.display()),
        ),
        (
            "aws --spec demo",
            "aws is not installed",
            format!("credential_process = {} aws --spec demo", program.display()),
        ),
    ] {
        let output = setup(&home, &format!("{words} --yes"));
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stdout.contains(says), "{output:?}");
        assert!(output.stdout.contains(&line), "{output:?}");
    }
}

#[test]
fn the_targets_of_a_tool_are_those_written_as_its_own() {
    let home = listing(&[
        "https://git.example.com",
        "registry.example.com:5000",
        "https://pkg.example.com/simple",
    ]);
    for (tool, has, has_not) in [
        (
            "git",
            "https://git.example.com",
            "registry.example.com:5000\"]",
        ),
        ("docker", "registry.example.com:5000", "\"git.example.com"),
        (
            "pip",
            "pkg.example.com/simple/",
            "index-url = https://oauth2@git.example.com",
        ),
        (
            "cargo",
            "sparse+https://pkg.example.com/simple/",
            "sparse+https://git.example.com",
        ),
        (
            "uv",
            "url = \"https://pkg.example.com/simple/",
            "url = \"https://git.example.com",
        ),
    ] {
        let output = setup(&home, tool);
        assert!(output.stdout.contains(has), "{output:?}");
        assert!(!output.stdout.contains(has_not), "{output:?}");
        assert!(output.stdout.contains("is left out: "), "{output:?}");
    }
}

#[test]
fn a_folder_of_another_user_gets_no_file() {
    if !need_root() {
        return;
    }
    let home = home();
    std::os::unix::fs::chown(home.home(), Some(65_534), None).unwrap();
    let output = setup(&home, "docker --yes");
    assert_eq!(output.status, 1, "{output:?}");
    assert!(
        output.stderr.contains("its folder is another user's"),
        "{output:?}"
    );
    assert!(!home.home().join(".docker").exists());
}

#[test]
fn a_misspelt_tool_is_named() {
    let output = setup(&home(), "dokcer");
    assert!(output.stderr.contains("is `docker` meant?"), "{output:?}");
}

#[test]
fn a_signal_leaves_no_copy_of_a_file_and_the_next_run_sweeps_what_a_kill_left() {
    use crate::support::{need, tool};
    if !need(&["git", "touch"]) {
        return;
    }
    let home = listing(&["https://git.example.com"]);
    home.write("home/.gitconfig", "[a]\n\tb = s3cret\n");
    let (folder, run) = (home.path("run"), home.path("is-running"));
    home.script("git", &format!("touch {}; exec sleep 60", run.display()));
    let left = |home: &crate::support::Home| {
        let all = fs::read_dir(home.path("run")).unwrap().flatten();
        let names = all.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter(|name| name.starts_with("keyfob-setup-"))
            .count()
    };
    assert!(folder.is_dir());
    for signal in ["INT", "TERM", "HUP", "KILL"] {
        let _ = fs::remove_file(&run);
        let mut command = home.command_at(&home.bin().join("keyfob"));
        let mut child = command.args(["setup", "git", "--yes"]).spawn().unwrap();
        let begun = std::time::Instant::now();
        while !run.exists() && begun.elapsed().as_secs() < 20 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let kill = std::process::Command::new(tool("kill"))
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        assert!(!child.wait().unwrap().success());
        assert_eq!(left(&home), usize::from(signal == "KILL"), "{signal}");
    }
    let past = std::process::Command::new(tool("touch"))
        .args(["-d", "1 hour ago"])
        .args(
            fs::read_dir(&folder)
                .unwrap()
                .flatten()
                .map(|entry| entry.path()),
        )
        .status();
    assert!(past.unwrap().success());
    fs::remove_file(home.bin().join("git")).unwrap();
    assert_eq!(setup(&home, "git --yes").status, 0);
    assert_eq!(left(&home), 0);
}

#[test]
fn a_link_that_cannot_lie_beside_keyfob_lies_in_a_folder_of_the_user_or_nothing_is_written() {
    let mut home = home();
    // A file in place of the folder cannot be written, by root neither.
    let keyfob = home.path("keyfob");
    fs::rename(home.bin().join("keyfob"), &keyfob).unwrap();
    let said = |home: &crate::support::Home| {
        let mut command = home.command_at(&keyfob);
        crate::support::run(command.args(["setup", "docker", "--yes"]), "")
    };
    home.set("PATH", "/usr/bin:/bin");
    let output = said(&home);
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stderr.contains("nothing was written"), "{output:?}");
    assert!(
        output.stderr.contains("keyfob setup links --dir"),
        "{output:?}"
    );
    assert_eq!(content(&home, ".docker/config.json"), None);
    let own = home.home().join(".local/bin");
    home.set("PATH", format!("{}:/usr/bin:/bin", own.display()));
    let mut links = home.command_at(&keyfob);
    links.args(["setup", "links", "--yes", "--dir", own.to_str().unwrap()]);
    crate::support::run(&mut links, "");
    assert!(own.is_dir());
    fs::remove_file(own.join("docker-credential-keyfob")).unwrap_or_default();
    let output = said(&home);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.stdout.contains("the link is made in "), "{output:?}");
    assert!(own.join("docker-credential-keyfob").is_symlink());
}
