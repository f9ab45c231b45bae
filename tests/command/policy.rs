//! The administrator's policy: what it forbids is an error that names it, for every command and
//! every caller, also where a token is in the cache.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::etc::{keyfob_with_etc, need_etc, nobodys_keyfob_with_etc, write_etc};
use crate::support::{Answer, Home, Output, Provider, need, run};

fn home() -> Home {
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home
}

fn keyfob(home: &Home, words: &[&str]) -> Output {
    run(&mut keyfob_with_etc(home, words), "")
}

/// Nothing was handed out, and the error names the policy and the rule.
#[track_caller]
fn assert_forbidden(output: &Output, rule: &str) {
    let told = format!("is forbidden by `{rule}` in /etc/keyfob/policy.json (policy-forbids)\n");
    assert_eq!((output.status, &*output.stdout), (1, ""), "{output:?}");
    assert!(output.stderr.contains(&told), "{rule}: {output:?}");
    assert!(!output.stderr.contains("s3cret"), "{output:?}");
}

const GIT: &str = "protocol=https\nhost=git.example.com\n\n";

#[test]
fn what_is_forbidden_is_forbidden_to_every_command_and_caller_with_a_token_in_the_cache_too() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let home = home();
    home.spec("ci", spec(&provider, &["git.example.com"]).to_string());
    run(&mut home.keyfob(["token", "--spec", "ci"]), "").answer();
    for (policy, rule) in [
        (json!({"sources": {"deny": ["env"]}}), "sources.deny"),
        (json!({"sources": {"allow": ["keyring"]}}), "sources.allow"),
        (
            json!({"hosts": {"allow": ["login.example.com"]}}),
            "hosts.allow",
        ),
        (json!({"user_specs": false}), "user_specs"),
    ] {
        write_etc(&home, "policy.json", &policy.to_string());
        for words in [
            &["token", "--spec", "ci"][..],
            &["kubectl", "--spec", "ci"],
            &["aws", "--spec", "ci"],
            &["pnpm", "--spec", "ci"],
            &["check", "--spec", "ci"],
            &["revoke", "--spec", "ci"],
            &["run", "--spec", "ci", "--", "echo", "ran"],
            &["run", "--revoke", "--spec", "ci", "--", "echo", "ran"],
        ] {
            assert_forbidden(&keyfob(&home, words), rule);
        }
        for words in [&["git", "get"][..], &["git", "--spec", "ci", "get"]] {
            let output = run(&mut keyfob_with_etc(&home, words), GIT);
            assert!(!output.stdout.contains("token-1"), "{output:?}");
            assert!(
                output.stderr.contains("(policy-forbids)"),
                "{words:?}: {output:?}"
            );
        }
        let docker = run(
            &mut keyfob_with_etc(&home, &["docker", "get"]),
            "git.example.com",
        );
        assert!(docker.stdout.contains("(policy-forbids)"), "{docker:?}");
        let status = keyfob(&home, &["status", "--format", "json"]).json();
        assert_eq!(status[0]["state"], "broken");
        assert_eq!(status[0]["usable"], false);
        assert_eq!(status[0]["error"]["code"], "policy-forbids");
        let doctor = keyfob(&home, &["doctor"]);
        assert_eq!(doctor.status, 1);
        assert!(doctor.stdout.contains(&format!("`{rule}`")), "{doctor:?}");
    }
    assert_eq!(provider.count(), 1);
    // To forget is allowed.
    keyfob(&home, &["forget", "--spec", "ci"]).answer();
    std::fs::remove_file(home.path("etc/keyfob/policy.json")).unwrap();
    let again = keyfob(&home, &["token", "--spec", "ci", "--format", "token"]);
    assert_eq!(again.answer(), "token-2\n");
}

#[test]
fn a_forbidden_source_is_not_opened_wherever_it_stands() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let home = home();
    let mark = home.path("opened").display().to_string();
    home.script("open-secret", &format!("touch {mark}; echo s3cret"));
    write_etc(
        &home,
        "policy.json",
        r#"{"sources": {"deny": ["command"]}}"#,
    );
    let command = json!({"command": ["open-secret"]});
    let with = |member: &str, value: Value| {
        let mut spec = spec(&provider, &[]);
        spec[member] = value;
        spec
    };
    let base = json!({"token": {"provider": "static", "token": command}});
    let request = |url: &str, source: &Value| json!({"url": provider.at(url), "headers": {"X": {"secret": source}}});
    let jwt = json!({"jwt": {"alg": "HS256", "key": command, "claims": {"sub": "me"}}});
    for (at, spec) in [
        ("plain", with("client_secret", command.clone())),
        (
            "in a list",
            with("client_secret", json!([{"env": SECRET_VARIABLE}, command])),
        ),
        ("a JWT's key", with("client_secret", jwt)),
        ("a base within", with("client_secret", base)),
        ("check", with("check", request("/check", &command))),
        ("revoke", with("revoke", request("/revoke", &command))),
    ] {
        let name = home.spec("ci", spec.to_string());
        let output = keyfob(&home, &["token", "--spec", "ci"]);
        assert!(
            output.stderr.contains("(policy-forbids)"),
            "{at}: {output:?}"
        );
        assert_forbidden(&output, "sources.deny");
        std::fs::remove_file(name).unwrap();
    }
    home.spec(
        "base",
        json!({"provider": "static", "token": command}).to_string(),
    );
    let chain = with("client_secret", json!({"token": "base"}));
    assert_forbidden(
        &keyfob(&home, &["token", "--spec", &chain.to_string()]),
        "sources.deny",
    );
    assert!(!home.path("opened").exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_token_that_was_made_from_a_forbidden_base_is_not_handed_out() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let home = home();
    home.script("open-secret", "echo s3cret");
    home.spec(
        "base",
        r#"{"provider": "static", "token": {"command": ["open-secret"]}}"#,
    );
    let mut outer = spec(&provider, &[]);
    outer["client_secret"] = json!({"token": "base"});
    home.spec("outer", outer.to_string());
    keyfob(&home, &["token", "--spec", "outer"]).answer();
    write_etc(
        &home,
        "policy.json",
        r#"{"sources": {"deny": ["command"]}}"#,
    );
    assert_forbidden(
        &keyfob(&home, &["token", "--spec", "outer"]),
        "sources.deny",
    );
}

#[test]
fn nothing_is_sent_to_a_host_that_is_not_listed_whoever_names_it() {
    if !need_etc() {
        return;
    }
    let elsewhere = numbering();
    let allowed = Provider::start({
        let metadata = json!({"revocation_endpoint": elsewhere.at("/revoke")}).to_string();
        move |request| match request.path.as_str() {
            "/metadata" => Answer::json(200, &metadata),
            _ => Answer::token("t0ken", 3600),
        }
    });
    let mut home = home();
    let host = allowed.url().replace("http://", "");
    let policy = json!({"hosts": {"allow": [host]}}).to_string();
    write_etc(&home, "policy.json", &policy);
    let preset = json!({
        "provider": "mongodb-atlas", "base_url": elsewhere.url(), "client_id": "ci",
        "client_secret": {"env": SECRET_VARIABLE},
    });
    home.set("TOKEN_URL", elsewhere.at("/token"));
    let variable = json!({
        "provider": "http", "url": {"env": "TOKEN_URL"}, "token_pointer": "/access_token",
        "headers": {"X": {"secret": {"env": SECRET_VARIABLE}}},
    });
    let mut revoking = spec(&allowed, &[]);
    revoking["revocation_url"] = elsewhere.at("/revoke").into();
    let mut base = spec(&allowed, &[]);
    base["client_secret"] = json!({"token": spec(&elsewhere, &[])});
    for spec in [&spec(&elsewhere, &[]), &preset, &variable, &revoking, &base] {
        let output = keyfob(&home, &["token", "--spec", &spec.to_string()]);
        assert_forbidden(&output, "hosts.allow");
    }
    // The same variable with the provider that is listed.
    home.set("TOKEN_URL", allowed.at("/token"));
    let words = [
        "token",
        "--spec",
        &variable.to_string(),
        "--format",
        "token",
    ];
    assert_eq!(keyfob(&home, &words).answer(), "t0ken\n");
    // A URL that the metadata names is of the metadata's own origin, so its host is listed too.
    let mut discovered = spec(&allowed, &[]);
    discovered["discovery_url"] = allowed.at("/metadata").into();
    home.spec("discovered", discovered.to_string());
    keyfob(&home, &["token", "--spec", "discovered"]).answer();
    assert_eq!(keyfob(&home, &["revoke", "--spec", "discovered"]).status, 1);
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn a_keyring_that_is_not_allowed_is_neither_read_nor_written() {
    if !need_etc() {
        return;
    }
    let mut home = home();
    write_etc(&home, "policy.json", r#"{"stores": {"deny": ["kernel"]}}"#);
    let keyring = |store: &str| {
        let entry = json!({"service": "keyfob", "user": "nowhere", "store": store});
        json!({"provider": "static", "token": {"keyring": entry}}).to_string()
    };
    assert_forbidden(
        &keyfob(&home, &["token", "--spec", &keyring("kernel")]),
        "stores.deny",
    );
    for words in [
        &["secret", "list", "--store", "kernel"][..],
        &["secret", "set", "x", "--store", "kernel"],
        &["secret", "show", "x", "--store", "kernel"],
        &["secret", "remove", "x", "--store", "kernel"],
    ] {
        assert_forbidden(
            &run(&mut keyfob_with_etc(&home, words), "s3cret"),
            "stores.deny",
        );
    }
    home.set("KEYFOB_KEYRING", "kernel");
    let spec = r#"{"provider": "static", "token": {"keyring": "nowhere"}}"#;
    assert_forbidden(&keyfob(&home, &["token", "--spec", spec]), "stores.deny");
    assert_forbidden(&keyfob(&home, &["secret", "list"]), "stores.deny");
    let other = keyfob(&home, &["token", "--spec", &keyring("secret-service")]);
    assert!(!other.stderr.contains("(policy-forbids)"), "{other:?}");
}

#[test]
fn where_a_users_own_specs_do_not_count_only_those_in_etc_do() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let mut home = home();
    let text = spec(&provider, &["git.example.com"]).to_string();
    write_etc(&home, "policy.json", r#"{"user_specs": false}"#);
    write_etc(&home, "team.json", &text);
    let own = home.spec("own", &text).display().to_string();
    home.spec(
        "team",
        r#"{"provider": "static", "token": {"env": "TEST_CLIENT_SECRET"}}"#,
    );
    home.write("xdg/keyfob/listed.json", &text);
    home.set("XDG_CONFIG_DIRS", home.path("xdg"));
    let around = format!("/etc/keyfob/../..{own}");
    for spec in [text.as_str(), &own, &around, "own", "listed"] {
        assert_forbidden(&keyfob(&home, &["token", "--spec", spec]), "user_specs");
    }
    // A link in the machine's folder to a folder of the user's makes none of it the machine's.
    let to = std::path::Path::new(&own).parent().unwrap();
    std::os::unix::fs::symlink(to, home.path("etc/keyfob/sub")).unwrap();
    let mut below = keyfob_with_etc(&home, &["token", "--spec", "own"]);
    below.env("KEYFOB_CONFIG_DIR", "/etc/keyfob/sub");
    assert_forbidden(&run(&mut below, ""), "user_specs");
    let below = ["token", "--spec", "/etc/keyfob/sub/own.json"];
    assert_forbidden(&keyfob(&home, &below), "user_specs");
    let piped = run(
        &mut keyfob_with_etc(&home, &["token", "--spec", "-"]),
        &text,
    );
    assert_forbidden(&piped, "user_specs");
    assert_eq!(provider.count(), 0);
    // The machine's is not hidden by the user's of the same name, and does not tie with `own`.
    for words in [
        ["token", "--spec", "team", "--format", "token"],
        [
            "token",
            "--spec",
            "/etc/keyfob/team.json",
            "--format",
            "token",
        ],
    ] {
        assert_eq!(keyfob(&home, &words).answer(), "token-1\n");
    }
    let git = run(&mut keyfob_with_etc(&home, &["git", "get"]), GIT);
    assert!(git.answer().contains("password=token-1\n"), "{git:?}");
}

#[test]
fn where_a_users_own_specs_do_not_count_their_presets_do_not_either() {
    if !need_etc() {
        return;
    }
    let (provider, evil) = (numbering(), numbering());
    let mut home = home();
    let preset = |provider: &Provider| {
        let mut spec = spec(provider, &[]);
        spec.as_object_mut().unwrap().remove("targets");
        json!({
            "description": "the company's", "documentation": "https://docs.example.com/",
            "parameters": {}, "spec": spec,
        })
        .to_string()
    };
    write_etc(&home, "policy.json", r#"{"user_specs": false}"#);
    write_etc(&home, "providers/corp.json", &preset(&provider));
    let inner = json!({"provider": "corp"});
    write_etc(&home, "team.json", &inner.to_string());
    let mut chain = spec(&provider, &[]);
    chain["client_secret"] = json!({"token": inner});
    write_etc(&home, "chain.json", &chain.to_string());
    home.write("config/providers/corp.json", preset(&evil));
    keyfob(&home, &["token", "--spec", "team"]).answer();
    // A spec within a spec of the machine is the machine's.
    keyfob(&home, &["token", "--spec", "chain"]).answer();
    assert_eq!((provider.count(), evil.count()), (2, 0));
    // Nor do those below XDG_CONFIG_DIRS, which the user's environment names.
    home.write("xdg/keyfob/providers/other.json", preset(&evil));
    home.set("XDG_CONFIG_DIRS", home.path("xdg"));
    write_etc(&home, "other.json", r#"{"provider": "other"}"#);
    let other = keyfob(&home, &["token", "--spec", "other"]);
    assert!(other.stderr.contains("(spec-invalid)"), "{other:?}");
    assert_eq!(evil.count(), 0);
}

#[test]
fn a_policy_that_cannot_be_used_stops_everything() {
    if !need_etc() {
        return;
    }
    let provider = numbering();
    let home = home();
    home.spec("ci", spec(&provider, &["git.example.com"]).to_string());
    run(&mut home.keyfob(["token", "--spec", "ci"]), "").answer();
    let path = home.path("etc/keyfob/policy.json");
    let folder = home.path("etc/keyfob");
    let chmod = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let owned_by = |path: &std::path::Path, user| {
        std::os::unix::fs::chown(path, Some(user), Some(user)).unwrap();
    };
    let linked = |path: &std::path::Path, to: &str| {
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
        std::os::unix::fs::symlink(to, path).unwrap();
    };
    // A file and a folder of root's in a folder that others can write, and links to them that only
    // root can write.
    let open = home.write("open/policy.json", "{}").display().to_string();
    home.write("open/keyfob/policy.json", "{}");
    chmod(&home.path("open/policy.json"), 0o644);
    chmod(&home.path("open/keyfob/policy.json"), 0o644);
    chmod(&home.path("open/keyfob"), 0o755);
    chmod(&home.path("open"), 0o777);
    let open_folder = home.path("open/keyfob").display().to_string();
    type Fault<'a> = (&'a str, Box<dyn Fn() + 'a>, &'a str);
    let faults: [Fault<'_>; 14] = [
        (
            "not JSON",
            Box::new(|| write_etc(&home, "policy.json", "{")),
            "it is not valid JSON",
        ),
        (
            "an unknown member",
            Box::new(|| write_etc(&home, "policy.json", r#"{"source": {"deny": ["env"]}}"#)),
            "`/source`: this member is not known here",
        ),
        (
            "others can write it",
            Box::new(|| chmod(&path, 0o666)),
            "it is not root's alone",
        ),
        (
            "another owns it",
            Box::new(|| owned_by(&path, 65534)),
            "it is not root's alone",
        ),
        (
            "others can write its folder",
            Box::new(|| chmod(&folder, 0o777)),
            "its folder is not",
        ),
        (
            "another owns its folder",
            Box::new(|| owned_by(&folder, 65534)),
            "its folder is not",
        ),
        (
            "no file",
            Box::new(|| {
                std::fs::remove_file(&path).unwrap();
                std::fs::create_dir(&path).unwrap();
            }),
            "it is not a regular file",
        ),
        (
            "a link to nothing",
            Box::new(|| linked(&path, "/nowhere/policy.json")),
            "it is, or its folder is, a symbolic link to nothing",
        ),
        (
            "a link to itself",
            Box::new(|| linked(&path, "policy.json")),
            "it has too many symbolic links",
        ),
        (
            "a link into a folder that others can write",
            Box::new(|| linked(&path, &open)),
            "its folder is not root's alone",
        ),
        (
            "the folder is a link to nothing",
            Box::new(|| linked(&folder, "/nowhere")),
            "it is, or its folder is, a symbolic link to nothing",
        ),
        (
            "the folder is a link into a folder that others can write",
            Box::new(|| linked(&folder, &open_folder)),
            "its folder is not root's alone",
        ),
        (
            "the folder is a file",
            Box::new(|| {
                std::fs::remove_dir_all(&folder).unwrap();
                std::fs::write(&folder, "").unwrap();
            }),
            "not a directory",
        ),
        (
            "a link that is not root's",
            Box::new(|| {
                linked(&path, "/etc/hostname");
                std::os::unix::fs::lchown(&path, Some(65534), None).unwrap();
            }),
            "a symbolic link to it is not root's",
        ),
    ];
    for (fault, plant, told) in faults {
        match folder.is_symlink() || folder.is_file() {
            true => std::fs::remove_file(&folder).unwrap(),
            false => drop(std::fs::remove_dir_all(&folder)),
        }
        write_etc(&home, "policy.json", "{}");
        owned_by(&path, 0);
        owned_by(&folder, 0);
        plant();
        let told = format!("the policy /etc/keyfob/policy.json cannot be used: {told}");
        for words in [
            &["token", "--spec", "ci"][..],
            &["token", "--spec", &spec(&provider, &[]).to_string()],
            &["kubectl", "--spec", "ci"],
            &["check", "--spec", "ci"],
            &["revoke", "--spec", "ci"],
            &["run", "--spec", "ci", "--", "echo", "ran"],
            &["secret", "list", "--store", "kernel"],
        ] {
            let output = keyfob(&home, words);
            assert_eq!(
                (output.status, &*output.stdout),
                (1, ""),
                "{fault}: {output:?}"
            );
            let stderr = &output.stderr;
            assert!(
                stderr.contains(&told) && stderr.contains("(policy-forbids)"),
                "{fault}: {output:?}"
            );
        }
        let git = run(&mut keyfob_with_etc(&home, &["git", "get"]), GIT);
        assert!(!git.stdout.contains("token"), "{fault}: {git:?}");
        assert!(git.stderr.contains(&told), "{fault}: {git:?}");
        let doctor = keyfob(&home, &["doctor"]);
        assert!(
            doctor.status == 1 && doctor.stdout.contains(&told),
            "{fault}: {doctor:?}"
        );
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_policy_may_be_a_link_that_root_alone_can_write() {
    if !need_etc() {
        return;
    }
    let home = home();
    let text = r#"{"sources": {"deny": ["env"]}}"#;
    write_etc(&home, "store/policy.json", text);
    write_etc(&home, "store/empty/note", "");
    let spec = r#"{"provider": "static", "token": {"env": "TEST_CLIENT_SECRET"}}"#;
    let path = home.path("etc/keyfob/policy.json");
    for to in [
        "store/policy.json",
        "/etc/keyfob/store/../store/policy.json",
    ] {
        std::os::unix::fs::symlink(to, &path).unwrap();
        assert_forbidden(&keyfob(&home, &["token", "--spec", spec]), "sources.deny");
        std::fs::remove_file(&path).unwrap();
    }
    // Without an entry of this name there is none.
    keyfob(&home, &["token", "--spec", spec]).answer();
}

#[test]
fn a_policy_that_the_user_cannot_read_stops_everything_too() {
    if !need_etc() || !need(&["setpriv"]) {
        return;
    }
    let home = home();
    write_etc(&home, "policy.json", "{}");
    for path in ["etc/keyfob/policy.json", "etc/keyfob"] {
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(home.path(path), mode).unwrap();
        let spec = r#"{"provider": "static", "token": {"env": "TEST_CLIENT_SECRET"}}"#;
        let mut command = nobodys_keyfob_with_etc(&home, &["token", "--spec", spec]);
        let output = run(&mut command, "");
        assert_eq!((output.status, &*output.stdout), (1, ""), "{output:?}");
        assert!(
            output
                .stderr
                .contains("policy.json cannot be used: permission denied"),
            "{output:?}"
        );
    }
}
