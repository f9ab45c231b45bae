//! `keyfob doctor`: what can be told of a machine without asking a provider, and the words that a caller dropped.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::{Answer, Home, Output, Provider, run};

fn doctor(home: &Home) -> Output {
    run(&mut home.keyfob(["doctor"]), "")
}

/// A home with one sound spec for this provider.
fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    let spec = json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "ci",
        "client_secret": {"env": "CLIENT_SECRET"},
        "targets": ["registry.example.com"],
    });
    home.spec("ci", spec.to_string());
    home.set("CLIENT_SECRET", "hunter2");
    home
}

/// The lines that begin with this word.
fn lines<'a>(output: &'a Output, word: &str) -> Vec<&'a str> {
    let lines = output.stdout.lines();
    lines
        .filter_map(|line| line.strip_prefix(word)?.strip_prefix('\t'))
        .collect()
}

fn docker(home: &Home, server: &str) -> Output {
    run(&mut home.keyfob(["docker", "get"]), server)
}

#[test]
fn where_all_is_well_nothing_fails_and_no_provider_is_asked() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let home = home(&provider);
    home.link("git-credential-keyfob");
    let output = doctor(&home);
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (0, ""),
        "{output:?}"
    );
    assert_eq!(lines(&output, "fail"), [""; 0]);
    let ok = lines(&output, "ok");
    let config = home.path("config");
    assert!(
        ok.contains(&format!("specs: 1 in {}", config.display()).as_str()),
        "{ok:?}"
    );
    assert!(
        ok.contains(&format!("cache: {}", home.path("cache").display()).as_str()),
        "{ok:?}"
    );
    assert!(ok.contains(&"proxy: none"), "{ok:?}");
    assert!(
        ok.iter().any(|line| line.starts_with("TLS roots: ")),
        "{ok:?}"
    );
    assert!(ok.contains(&"on PATH: git-credential-keyfob"), "{ok:?}");
    assert!(output.stdout.lines().count() <= 9, "{output:?}");
    assert_eq!(provider.count(), 0);
}

#[test]
fn the_words_that_docker_drops_are_told_with_when_for_what_and_what_to_do() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home(&provider);
    let failed = docker(&home, "registry.example.com");
    assert_eq!(failed.status, 1);
    let (_, sentence) = failed
        .stdout
        .lines()
        .next()
        .unwrap()
        .split_once("error: ")
        .unwrap();
    let output = doctor(&home);
    let told = lines(&output, "note")
        .into_iter()
        .find(|line| line.starts_with("last failure: "));
    let told = told.unwrap_or_else(|| panic!("{output:?}"));
    assert!(
        told.starts_with("last failure: docker for https://registry.example.com, "),
        "{told}"
    );
    assert!(told.ends_with(sentence), "{told}\n{sentence}");
    let hint = failed
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .strip_prefix("keyfob: hint: ")
        .unwrap();
    assert!(
        output.stdout.contains(&format!("\thint: {hint}\n")),
        "{output:?}"
    );
    // What went wrong once does not make this machine unfit.
    assert_eq!(output.status, 0);
}

#[test]
fn only_the_last_failure_is_kept_in_a_private_file_without_a_secret_and_it_can_be_forgotten() {
    let provider = Provider::start(|request| match request.number {
        1 => Answer::error("invalid_client"),
        _ => Answer::error("invalid_scope"),
    });
    let home = home(&provider);
    for _ in 0..2 {
        docker(&home, "registry.example.com");
    }
    let file = home.path("cache/last-failure-docker.json");
    let content = std::fs::read_to_string(&file).unwrap();
    assert!(
        content.contains("invalid_scope") && !content.contains("invalid_client"),
        "{content}"
    );
    assert!(!content.contains("hunter2"), "{content}");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    run(&mut home.keyfob(["forget", "--all"]), "").answer();
    assert!(!file.exists());
    assert!(!doctor(&home).stdout.contains("last failure"));
}

#[test]
fn what_another_helper_is_asked_for_is_no_failure_to_keep() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home(&provider);
    assert_eq!(
        docker(&home, "ghcr.io").stdout,
        "credentials not found in native keychain\n"
    );
    let git = "protocol=https\nhost=ghcr.io\n\n";
    assert_eq!(run(&mut home.keyfob(["git", "get"]), git).status, 0);
    assert!(!doctor(&home).stdout.contains("last failure"));
}

#[test]
fn what_pulumi_and_editors_drop_is_told() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home(&provider);
    let git = "protocol=https\nhost=registry.example.com\n\n";
    assert_eq!(run(&mut home.keyfob(["git", "get"]), git).status, 1);
    let told = home.last_failure("git for https://registry.example.com");
    assert!(told.ends_with("(provider-refused)"), "{told}");

    let kubectl = |spec: &str, cluster: &str| {
        let mut command = home.keyfob(["kubectl", "--spec", spec]);
        let info = json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "spec": {"interactive": false, "cluster": {"server": cluster}},
        });
        command.env("KUBERNETES_EXEC_INFO", info.to_string());
        assert_ne!(run(&mut command, "").status, 0);
        home.last_failure("kubectl")
    };
    let told = kubectl("ci", "https://registry.example.com");
    assert!(told.ends_with("(provider-refused)"), "{told}");
    // kubectl asks nobody else: that a cluster is not listed is a failure too.
    let told = kubectl("ci", "https://cluster.example.com");
    assert!(
        told.contains(" for https://cluster.example.com, "),
        "{told}"
    );
    assert!(told.ends_with("(target-not-listed)"), "{told}");
    let told = kubectl("nowhere", "https://cluster.example.com");
    assert!(told.ends_with("(spec-not-found)"), "{told}");
}

#[test]
fn a_kubectl_request_that_is_malformed_is_noted() {
    let home = Home::new();
    for (info, words, code) in [
        (
            r#"{"apiVersion": "client.authentication.k8s.io/v1alpha1"}"#,
            &["kubectl"][..],
            "(not-supported)",
        ),
        (
            r#"{"spec": {"cluster": {"server": "ftp://cluster.example.com"}}}"#,
            &["kubectl"],
            "(request-invalid)",
        ),
        ("", &["kubectl", "get"], "(usage)"),
    ] {
        let mut command = home.keyfob(words);
        command.env("KUBERNETES_EXEC_INFO", info);
        let output = run(&mut command, "");
        assert!(output.stderr.contains(code), "{}", output.stderr);
        let noted = home.last_failure("kubectl");
        assert!(noted.ends_with(code), "{noted}");
    }
}

#[test]
fn a_malformed_request_of_any_caller_is_noted() {
    let home = Home::new();
    for (words, stdin, code) in [
        (&["git"][..], "", "(usage)"),
        (
            &["git", "get"],
            "protocol=https\nhost=a/b\n\n",
            "(request-invalid)",
        ),
        (&["docker"], "", "(usage)"),
        (&["cargo", "--cargo-plugin"], "{}\n", "(request-invalid)"),
        (&["terraform", "get"], "", "(usage)"),
        (&["goauth", "one", "two"], "", "(usage)"),
        (
            &["keyring", "get", "https://index.example.com/"],
            "",
            "(usage)",
        ),
        (&["pnpm", "one"], "", "(usage)"),
        (&["bazel", "get"], "{", "(request-invalid)"),
        (&["kubelet"], "{", "(request-invalid)"),
        (&["vault"], "", "(usage)"),
        (&["askpass"], "", "(usage)"),
        (&["aws", "one"], "", "(usage)"),
        (&["google", "one"], "", "(usage)"),
    ] {
        let output = run(&mut home.keyfob(words), stdin);
        let noted = home.last_failure(words[0]);
        assert!(noted.ends_with(code), "{words:?} {noted} {output:?}");
    }
}

#[test]
fn a_failure_file_that_cannot_be_read_is_none() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let home = home(&provider);
    run(&mut home.keyfob(["token", "--spec", "ci"]), "").answer();
    for content in ["", "{}", "[]", "\u{0}"] {
        home.write("cache/last-failure-docker.json", content);
        let output = doctor(&home);
        assert_eq!(output.status, 0, "{output:?}");
        assert!(!output.stdout.contains("last failure"), "{output:?}");
    }
}

#[test]
fn a_spec_that_is_not_valid_is_named_with_its_place() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let home = home(&provider);
    home.spec("broken", r#"{"provider": "talend", "client_id": 7}"#);
    let output = doctor(&home);
    assert_eq!(output.status, 1);
    let [fail] = lines(&output, "fail")[..] else {
        panic!("{output:?}")
    };
    assert!(
        fail.starts_with("spec `broken`: member ") && fail.ends_with("(spec-invalid)"),
        "{fail}"
    );
    assert!(
        lines(&output, "ok")
            .iter()
            .any(|line| line.starts_with("specs: 1 in "))
    );
}

#[test]
fn each_line_is_there_once_and_names_what_it_is_about() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut home = Home::new();
    home.set("KEYFOB_KEYRING", "kernel");
    let secret = home.write("secret file", "hunter2");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let entry = json!({"service": "keyfob", "user": "nowhere", "store": "kernel"});
    for (name, token) in [
        ("kept", json!({ "keyring": entry })),
        ("read", json!({ "file": secret })),
    ] {
        let spec = json!({"provider": "static", "token": token});
        home.spec(name, spec.to_string());
    }
    let name = std::ffi::OsStr::from_bytes(b"t\xe4st.json");
    std::fs::write(home.config().join(name), "{}").unwrap();
    let output = doctor(&home);
    let keyrings = output.stdout.matches("\tkeyring: ").count();
    assert_eq!(keyrings, 1, "{output:?}");
    let hint = format!("\thint: chmod go-r '{}'\n", secret.display());
    assert!(output.stdout.contains(&hint), "{output:?}");
    let fail = lines(&output, "fail");
    assert!(
        fail.iter()
            .any(|line| line.ends_with("st.json is not used: its name is not UTF-8")),
        "{fail:?}"
    );
    // No folder is said to have no spec where its only spec is broken.
    let broken = Home::new();
    broken.spec("team", "{");
    let output = doctor(&broken);
    assert!(!output.stdout.contains("specs: 0 in"), "{output:?}");
}

#[test]
fn a_tool_that_is_installed_and_not_set_up_is_noted() {
    let home = Home::new();
    home.script("docker", "exit 1");
    home.script("podman", "exit 1");
    home.write("home/.docker/config.json", "{}");
    let note = |home: &Home| {
        let output = doctor(home);
        let note = lines(&output, "note").join("\n");
        note.lines()
            .find(|line| line.starts_with("not set up: "))
            .map(str::to_owned)
    };
    let told = note(&home).unwrap();
    assert!(
        told.contains("docker, podman: no file of its configuration"),
        "{told}"
    );
    home.link("docker-credential-keyfob");
    home.write("home/.docker/config.json", r#"{"credsStore": "keyfob"}"#);
    // podman reads docker's file too.
    let told = note(&home).unwrap_or_default();
    assert!(!told.contains("docker, podman"), "{told}");
    assert!(!told.contains("podman"), "{told}");
}

#[test]
fn a_cache_folder_that_cannot_be_used_is_told() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = home(&provider);
    let file = home.write("a-file", "");
    home.set("KEYFOB_CACHE_DIR", &file);
    let output = doctor(&home);
    assert_eq!(output.status, 1);
    let fail = lines(&output, "fail");
    assert_eq!(
        fail,
        [format!("cache: {}: it is not a folder", file.display())]
    );
}

#[test]
fn a_cache_folder_that_cannot_be_made_is_told_with_the_systems_reason() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = home(&provider);
    let below = home.write("a-file", "").join("below");
    home.set("KEYFOB_CACHE_DIR", &below);
    let output = doctor(&home);
    assert_eq!(output.status, 1);
    let told = format!("cache: {}: not a directory", below.display());
    let [fail] = lines(&output, "fail")[..] else {
        panic!("{output:?}")
    };
    assert!(fail.starts_with(&told), "{fail}");
}

#[test]
fn a_cache_folder_that_nobody_may_make_is_not_said_to_be_somebody_elses() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = home(&provider);
    // Not even root may: EPERM, EACCES or EROFS.
    home.set("KEYFOB_CACHE_DIR", "/sys/keyfob");
    let output = doctor(&home);
    let [fail] = lines(&output, "fail")[..] else {
        panic!("{output:?}")
    };
    assert!(fail.starts_with("cache: /sys/keyfob: "), "{fail}");
    assert!(
        !fail.contains("owns") && !fail.contains("no folder"),
        "{fail}"
    );
}

#[test]
fn a_proxy_is_shown_without_its_password_and_one_that_cannot_be_used_fails() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = home(&provider);
    home.set(
        "HTTPS_PROXY",
        "http://user:s3cret-of-the-proxy@proxy.example.com:3128",
    );
    let output = doctor(&home);
    assert!(
        lines(&output, "ok").contains(&"proxy: proxy.example.com:3128"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("s3cret"), "{output:?}");
    home.set("HTTPS_PROXY", "socks5://proxy.example.com");
    let output = doctor(&home);
    assert_eq!(output.status, 1);
    assert!(
        lines(&output, "fail")[0].starts_with("proxy: "),
        "{output:?}"
    );
}

#[test]
fn roots_that_are_not_there_fail() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = home(&provider);
    home.set("SSL_CERT_FILE", "/nowhere/roots.pem");
    let output = doctor(&home);
    assert_eq!(output.status, 1);
    let [fail] = lines(&output, "fail")[..] else {
        panic!("{output:?}")
    };
    assert!(
        fail.starts_with("TLS roots: ") && fail.contains("/nowhere/roots.pem"),
        "{fail}"
    );
}

#[test]
fn without_a_keyring_it_depends_on_whether_a_spec_needs_one() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = home(&provider);
    home.set("KEYFOB_KEYRING", "nowhere");
    let output = doctor(&home);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(
        lines(&output, "note")
            .iter()
            .any(|line| line.starts_with("keyring: ")),
        "{output:?}"
    );
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"),
        "client_id": "ci", "client_secret": {"keyring": "ci"},
    });
    home.spec("needs-one", spec.to_string());
    let output = doctor(&home);
    assert_eq!(output.status, 1);
    assert!(
        lines(&output, "fail")[0].starts_with("keyring: "),
        "{output:?}"
    );
}

#[test]
fn what_keeps_a_tool_from_calling_the_helper_of_its_file_is_told() {
    let mut home = Home::new();
    let keyfob = home.bin().join("keyfob");
    let kubeconfig = format!("    command: {}\n", keyfob.display());
    home.write("home/.kube/config", kubeconfig);
    home.write("home/.config/go/env", "GOAUTH=keyfob goauth; netrc\n");
    let file = home.path("home/.kube/kuberc");
    let list = "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n  - command: ";
    for (kuberc, expected) in [
        (String::new(), None),
        (format!("{list}keyfob\n"), None),
        (format!("{list}{}\n", keyfob.display()), None),
        (
            format!("{list}aws\n"),
            Some(format!(
                "kubectl: {} lists the plugins that kubectl may run, and `{}` is not among them",
                file.display(),
                keyfob.display()
            )),
        ),
        (
            "credentialPluginPolicy: DenyAll\n".to_owned(),
            Some(format!(
                "kubectl: {} lets kubectl run no plugin at all, so not `{}`",
                file.display(),
                keyfob.display()
            )),
        ),
    ] {
        home.write("home/.kube/kuberc", &kuberc);
        let output = doctor(&home);
        let told = lines(&output, "fail");
        let told = told.iter().find(|line| line.starts_with("kubectl"));
        assert_eq!(told.map(|line| (*line).to_owned()), expected, "{kuberc}");
    }
    home.write("home/.kube/kuberc", "");
    for (goauth, is_told) in [
        ("", false),
        ("keyfob goauth", false),
        ("off", true),
        ("git /srv; netrc", true),
    ] {
        home.set("GOAUTH", goauth);
        let output = doctor(&home);
        let told = lines(&output, "note");
        let told = told
            .iter()
            .any(|line| line.starts_with("go: GOAUTH is set"));
        assert_eq!(told, is_told, "{goauth}: {output:?}");
    }
}
