//! Specs and presets of the machine, in `/etc/keyfob` and below `XDG_CONFIG_DIRS`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::etc::{keyfob_with_etc, need_etc, nobodys_keyfob_with_etc, write_etc};
use crate::support::{Home, Provider, need, run};

fn home() -> Home {
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home
}

/// A spec whose tokens are this text.
fn says(token: &str, targets: &[&str]) -> String {
    let token = json!({"command": ["echo", token]});
    json!({"provider": "static", "token": token, "targets": targets}).to_string()
}

#[track_caller]
fn token(home: &Home, spec: &str) -> String {
    let words = ["token", "--spec", spec, "--format", "token"];
    let output = run(&mut keyfob_with_etc(home, &words), "");
    assert_eq!(output.stderr, "");
    output.answer().trim_end().to_owned()
}

#[test]
fn a_machines_spec_is_found_by_its_name_and_by_its_targets() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let home = home();
    write_etc(
        &home,
        "team.json",
        &spec(&provider, &["git.example.com"]).to_string(),
    );
    assert_eq!(token(&home, "team"), "token-1");
    let asked = "protocol=https\nhost=git.example.com\n\n";
    let git = run(&mut keyfob_with_etc(&home, &["git", "get"]), asked);
    assert!(git.answer().contains("password=token-1\n"), "{git:?}");
    let status = run(&mut keyfob_with_etc(&home, &["status"]), "");
    assert!(
        status.answer().contains("\t/etc/keyfob/team.json\t"),
        "{status:?}"
    );
    let doctor = run(&mut keyfob_with_etc(&home, &["doctor"]), "");
    assert!(doctor.stdout.contains("/etc/keyfob"), "{doctor:?}");
    // Without a home, the machine's are there all the same.
    let mut command = keyfob_with_etc(&home, &["git", "get"]);
    command.env_remove("HOME").env_remove("KEYFOB_CONFIG_DIR");
    let git = run(&mut command, asked);
    assert!(git.answer().contains("password=token-1\n"), "{git:?}");
}

#[test]
fn a_name_in_an_earlier_folder_hides_it_in_a_later_one() {
    if !need_etc() {
        return;
    }
    let mut home = home();
    let others = home.path("first");
    home.set(
        "XDG_CONFIG_DIRS",
        format!(
            "relative:{}:{}",
            others.display(),
            home.path("second").display()
        ),
    );
    for (folder, name) in [
        ("config", "a"),
        ("first/keyfob", "a"),
        ("first/keyfob", "b"),
        ("first/keyfob", "c"),
        ("second/keyfob", "c"),
        ("second/keyfob", "d"),
    ] {
        let target = format!("{name}.example.com");
        home.write(&format!("{folder}/{name}.json"), says(folder, &[&target]));
    }
    for name in ["a", "b"] {
        write_etc(
            &home,
            &format!("{name}.json"),
            &says("etc", &["a.example.com"]),
        );
    }
    let found = ["a", "b", "c", "d"].map(|name| token(&home, name));
    assert_eq!(found, ["config", "etc", "first/keyfob", "second/keyfob"]);
    // A hidden spec lists no target either: `a` of /etc would tie with `b`.
    let docker = run(
        &mut keyfob_with_etc(&home, &["docker", "get"]),
        "a.example.com",
    );
    assert!(docker.stdout.contains("equally closely"), "{docker:?}");
    home.spec("b", says("mine", &["b.example.com"]));
    let docker = run(
        &mut keyfob_with_etc(&home, &["docker", "get"]),
        "a.example.com",
    );
    assert!(
        docker.answer().contains("\"Secret\":\"config\""),
        "{docker:?}"
    );
    let status = run(
        &mut keyfob_with_etc(&home, &["status", "--format", "json"]),
        "",
    )
    .json();
    let names: Vec<&Value> = status
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["spec"])
        .collect();
    // The last is what the hidden one made before.
    assert_eq!(names, ["a", "b", "c", "d", "b"]);
}

#[test]
fn a_machines_file_that_others_can_write_is_not_used() {
    if !need_etc() {
        return;
    }
    let home = home();
    write_etc(&home, "team.json", &says("etc", &["a.example.com"]));
    for path in ["etc/keyfob/team.json", "etc/keyfob"] {
        let path = home.path(path);
        let mode = path.metadata().unwrap().permissions();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let output = run(
            &mut keyfob_with_etc(&home, &["token", "--spec", "team"]),
            "",
        );
        assert_eq!((output.status, &*output.stdout), (2, ""), "{output:?}");
        assert!(output.stderr.contains("(spec-unsafe)"), "{output:?}");
        std::fs::set_permissions(&path, mode).unwrap();
    }
    assert_eq!(token(&home, "team"), "etc");
}

#[test]
fn a_machines_file_that_the_user_cannot_read_is_told_as_such() {
    if !need_etc() || !need(&["setpriv"]) {
        return;
    }
    let home = home();
    write_etc(&home, "team.json", &says("etc", &["a.example.com"]));
    let path = home.path("etc/keyfob/team.json");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let program = home.path("etc/program");
    std::fs::create_dir_all(&program).unwrap();
    let mut command = nobodys_keyfob_with_etc(&home, &["token", "--spec", "team"]);
    let output = run(&mut command, "");
    assert_eq!((output.status, &*output.stdout), (2, ""), "{output:?}");
    assert!(
        output
            .stderr
            .contains("/etc/keyfob/team.json cannot be used: permission denied"),
        "{output:?}"
    );
}

#[test]
fn a_preset_of_the_machine_serves_the_users_specs_and_the_users_own_hides_it() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let home = home();
    let preset = |path: &str| {
        json!({
            "description": "the company's", "documentation": "https://docs.example.com/",
            "parameters": {},
            "spec": {
                "provider": "client_credentials", "token_url": provider.at(path),
                "client_id": "ci", "client_secret": {"env": SECRET_VARIABLE},
            },
        })
        .to_string()
    };
    write_etc(&home, "providers/corp.json", &preset("/machines"));
    home.spec("mine", r#"{"provider": "corp"}"#);
    assert_eq!(token(&home, "mine"), "token-1");
    home.write("config/providers/corp.json", preset("/own"));
    assert_eq!(token(&home, "mine"), "token-2");
    let paths: Vec<String> = provider
        .requests()
        .iter()
        .map(|it| it.path.clone())
        .collect();
    assert_eq!(paths, ["/machines", "/own"]);
    let listed = run(&mut keyfob_with_etc(&home, &["providers"]), "");
    assert_eq!(listed.answer().matches("corp\t").count(), 1);
}

#[test]
fn without_such_a_folder_a_hit_makes_one_system_call_more() {
    if !need(&["strace"]) || std::path::Path::new("/etc/keyfob").exists() {
        return;
    }
    let provider: Provider = numbering();
    let home = home();
    home.spec("ci", spec(&provider, &["git.example.com"]).to_string());
    let git = "protocol=https\nhost=git.example.com\n\n";
    for (words, stdin) in [(&["token", "--spec", "ci"][..], ""), (&["git", "get"], git)] {
        run(&mut home.keyfob(words), stdin).answer();
        let trace = home.path("trace");
        let mut command = home.command("strace");
        command
            .args(["-f", "-qq", "-o"])
            .arg(&trace)
            .arg(crate::support::home::keyfob_binary());
        run(command.args(words), stdin).answer();
        let trace = std::fs::read_to_string(&trace).unwrap();
        let calls = trace
            .lines()
            .filter(|line| line.contains("keyfob\"") && line.contains("/etc"));
        assert_eq!(calls.count(), 1, "{trace}");
        assert!(!trace.contains("/etc/xdg"), "{trace}");
    }
}
