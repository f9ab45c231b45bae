//! `keyfob doctor` finds each fault that is planted, and says in few lines that all is well.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Answer, Home, Output, Provider, need, run};

/// A home with the sound spec `ci`, and names on PATH.
fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret-of-doctor");
    home.set("GIT_CONFIG_NOSYSTEM", "1");
    home.spec(
        "ci",
        spec(provider, &["git.example.com", "registry.example.com"]).to_string(),
    );
    for link in ["git-credential-keyfob", "docker-credential-keyfob"] {
        home.link(link);
    }
    home
}

fn doctor(home: &Home) -> Output {
    let output = run(&mut home.keyfob(["doctor"]), "");
    assert!(!output.stdout.contains("s3cret"), "{output:?}");
    assert_eq!(output.stderr, "");
    output
}

/// The one line of this level is about this, and its exit status fits.
#[track_caller]
fn assert_found(home: &Home, level: &str, what: &str, said: &[&str]) {
    let output = doctor(home);
    assert_eq!(output.status, i32::from(level == "fail"), "{output:?}");
    let start = format!("{level}\t{what}: ");
    let found: Vec<&str> = output
        .stdout
        .lines()
        .filter(|it| it.starts_with(&start))
        .collect();
    let [line] = found[..] else {
        panic!("{what}: {output:?}")
    };
    let hint = output
        .stdout
        .lines()
        .skip_while(|it| *it != line)
        .nth(1)
        .unwrap_or_default();
    for said in said {
        assert!(
            line.contains(said) || hint.contains(said),
            "{said}: {output:?}"
        );
    }
    if level == "fail" {
        assert!(
            output.stdout.starts_with("fail\t"),
            "problems come first: {output:?}"
        );
    }
}

fn git(home: &Home, words: &[&str]) {
    run(
        home.command("git").args(["config", "--global"]).args(words),
        "",
    )
    .answer();
}

#[test]
fn a_set_up_that_is_sound_is_said_to_be_so_in_few_lines() {
    if !need(&["git", "kubectl"]) {
        return;
    }
    let provider = numbering();
    let home = home(&provider);
    git(
        &home,
        &["--add", "credential.https://git.example.com.helper", ""],
    );
    git(
        &home,
        &[
            "--add",
            "credential.https://git.example.com.helper",
            "keyfob",
        ],
    );
    home.write(
        "home/.docker/config.json",
        r#"{"auths": {"registry.example.com": {}},
        "credHelpers": {"registry.example.com": "keyfob"}}"#,
    );
    let keyfob = home.bin().join("keyfob").display().to_string();
    let words = [
        "config",
        "set-credentials",
        "me",
        "--exec-api-version=client.authentication.k8s.io/v1",
        &format!("--exec-command={keyfob}"),
        "--exec-arg=kubectl",
        "--exec-arg=--spec=ci",
    ];
    run(home.command("kubectl").args(words), "").answer();
    let output = doctor(&home);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(!output.stdout.contains("fail\t"), "{output:?}");
    for tool in ["git", "docker", "kubectl"] {
        assert!(
            output
                .stdout
                .contains(&format!("ok\t{tool}: calls keyfob: ")),
            "{output:?}"
        );
    }
    assert!(output.stdout.lines().count() <= 10, "{output:?}");
    let json = run(&mut home.keyfob(["doctor", "--format", "json"]), "").json();
    assert_eq!(json["usable"], true);
    let findings = json["findings"].as_array().unwrap();
    let has = |what: &str| {
        findings
            .iter()
            .any(|it| it["what"] == what && it["level"] == "ok")
    };
    assert!(has("git") && has("specs") && has("cache"), "{json}");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_secret_that_is_not_there_is_found_in_each_place() {
    let provider = numbering();
    let home = home(&provider);
    let with = |source: Value| {
        let mut spec = spec(&provider, &[]);
        spec["client_secret"] = source;
        spec.to_string()
    };
    let empty = home.write("empty", "");
    for (source, said) in [
        (
            json!({"env": "NOWHERE"}),
            &["environment variable NOWHERE", "set NOWHERE"][..],
        ),
        (
            json!({"file": "/nowhere/at/all"}),
            &["/nowhere/at/all", "(secret-missing)"],
        ),
        (json!({"file": empty}), &["(secret-missing)"]),
        (
            json!({"command": ["no-such-program"]}),
            &["no-such-program", "is not found"],
        ),
        (
            json!([{"env": "NOWHERE"}, {"env": "NOR-HERE"}]),
            &["(secret-missing)"],
        ),
        (
            json!({"token": {"provider": "static", "token": {"env": "NOWHERE"}}}),
            &["environment variable NOWHERE"],
        ),
        (
            json!({"jwt": {"alg": "ES256", "key": {"file": "/nowhere/key"}, "claims": {}}}),
            &["/nowhere/key"],
        ),
    ] {
        home.spec("lacks", with(source));
        assert_found(&home, "fail", "spec `lacks`", said);
    }
    home.spec(
        "lacks",
        with(json!([{"env": "NOWHERE"}, {"env": SECRET_VARIABLE}])),
    );
    assert_eq!(doctor(&home).status, 0);
    home.spec("lacks", with(json!({"token": "gone"})));
    assert_found(&home, "fail", "spec `lacks`", &["gone", "(spec-not-found)"]);
}

#[test]
fn a_secret_in_the_keyring_is_looked_for_by_its_name_alone() {
    let provider = numbering();
    let home = home(&provider);
    if run(
        &mut home.keyfob(["secret", "list", "--store", "kernel"]),
        "",
    )
    .status
        != 0
    {
        return;
    }
    let mut lacks = spec(&provider, &[]);
    let user = format!("doctor-{}", std::process::id());
    lacks["client_secret"] =
        json!({"keyring": {"service": "keyfob", "user": user, "store": "kernel"}});
    home.spec("lacks", lacks.to_string());
    assert_found(
        &home,
        "fail",
        "spec `lacks`",
        &[&user, "keyfob secret set doctor-"],
    );
    let words = ["secret", "set", &user, "--store", "kernel"];
    run(&mut home.keyfob(words), "s3cret-of-doctor").answer();
    let output = doctor(&home);
    run(
        &mut home.keyfob(["secret", "remove", &user, "--store", "kernel"]),
        "",
    )
    .answer();
    assert_eq!(output.status, 0, "{output:?}");
}

#[test]
fn certificates_permissions_and_ties_are_checked() {
    let provider = numbering();
    let home = home(&provider);
    let mut other = spec(&provider, &[]);
    for (ca_file, said) in [
        ("/nowhere/ca.pem", "/nowhere/ca.pem"),
        ("broken.pem", "broken.pem"),
    ] {
        home.write("config/broken.pem", "no certificate");
        other["ca_file"] = ca_file.into();
        home.spec("other", other.to_string());
        assert_found(&home, "fail", "spec `other`", &["`ca_file`", said]);
    }
    let secret = home.write("secret", "s3cret-of-doctor");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut other = spec(&provider, &[]);
    other["client_secret"] = json!({"file": secret});
    home.spec("other", other.to_string());
    assert_found(
        &home,
        "note",
        "spec `other`",
        &["other users can read", "chmod go-r"],
    );
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let tie = spec(&provider, &["https://a.example.com", "git.example.com"]);
    home.spec("other", tie.to_string());
    let said = [
        "`ci` and `other` list git.example.com equally closely",
        "(target-ambiguous)",
    ];
    assert_found(&home, "fail", "specs", &said);
    // No tie: for other callers, for another user, and closer.
    let mut one = spec(&provider, &["git.example.com"]);
    one["callers"] = json!(["aws"]);
    let mut ci = spec(&provider, &["git.example.com"]);
    ci["callers"] = json!(["git"]);
    home.spec("ci", ci.to_string());
    home.spec("other", one.to_string());
    assert_eq!(doctor(&home).status, 0);
    one["callers"] = json!(["git"]);
    one["username"] = "one".into();
    ci["username"] = "ci".into();
    home.spec("ci", ci.to_string());
    home.spec("other", one.to_string());
    assert_eq!(doctor(&home).status, 0);
}

#[test]
fn faults_in_gits_configuration_are_found_through_its_includes() {
    if !need(&["git"]) {
        return;
    }
    let provider = numbering();
    let home = home(&provider);
    let included = home.write("home/included", "");
    git(&home, &["include.path", included.to_str().unwrap()]);
    let write = |text: &str| home.write("home/included", text);
    for (helper, said) in [
        (
            "keyfb",
            &["git-credential-keyfb", "is `git-credential-keyfob` meant?"][..],
        ),
        (
            "keyfbo",
            &["git-credential-keyfbo", "is `git-credential-keyfob` meant?"],
        ),
        (
            "/nowhere/git-credential-keyfob",
            &["/nowhere/git-credential-keyfob", "is not found"],
        ),
        (
            "/nowhere/keyfbo git",
            &["/nowhere/keyfbo", "is `keyfob` meant?"],
        ),
        ("keyfob --spec gone", &["gone.json", "(spec-not-found)"]),
        ("keyfob --spec=gone", &["gone.json", "(spec-not-found)"]),
    ] {
        write(&format!(
            "[credential \"https://git.example.com\"]\n\thelper = \"{helper}\"\n"
        ));
        let included = included.display().to_string();
        assert_found(&home, "fail", "git", &[said, &[&included]].concat());
    }
    write(
        "[credential]\n\thelper = store\n[credential \"https://git.example.com\"]\n\thelper = keyfob\n",
    );
    assert_found(&home, "note", "git", &["store", "`helper =` before"]);
    write(
        "[credential]\n\thelper = store\n[credential \"https://git.example.com\"]\n\thelper =\n\thelper = keyfob\n",
    );
    let output = doctor(&home);
    assert!(
        output.stdout.contains("ok\tgit: calls keyfob: "),
        "{output:?}"
    );
    write(
        "[credential \"https://git.example.com\"]\n\thelper = keyfob\n\
         [http \"https://git.example.com\"]\n\textraHeader = Authorization: Basic s3cret-of-git\n",
    );
    let said = [
        "`http.https://git.example.com.extraheader`",
        "git config --unset-all",
    ];
    assert_found(&home, "note", "git", &said);
    write("[credential]\n\thelper = keyfob\n");
    let with_path = spec(&provider, &["https://git.example.com/team"]).to_string();
    let file = home.spec("path", with_path);
    let mend = [
        "git names no path",
        "credential.https://git.example.com.useHttpPath true",
    ];
    assert_found(&home, "note", "git", &mend);
    git(
        &home,
        &["credential.https://git.example.com.useHttpPath", "true"],
    );
    assert!(!doctor(&home).stdout.contains("names no path"));
    std::fs::remove_file(file).unwrap();
    // A helper of somebody else's that is missing is not keyfob's to tell.
    write("[credential]\n\thelper = manager\n");
    let output = doctor(&home);
    assert!(!output.stdout.contains("manager"), "{output:?}");
}

#[test]
fn faults_in_dockers_and_podmans_files_are_found() {
    let provider = numbering();
    let home = home(&provider);
    let auth = json!({"auth": "dXNlcjpzM2NyZXQ="});
    for (tool, file) in [
        ("docker", ".docker/config.json"),
        ("podman", ".config/containers/auth.json"),
    ] {
        let write = |config: Value| home.write(&format!("home/{file}"), config.to_string());
        write(json!({"credHelpers": {"registry.example.com": "keyfbo"}}));
        assert_found(
            &home,
            "fail",
            tool,
            &["is `docker-credential-keyfob` meant?"],
        );
        write(json!({"credHelpers": {"unlisted.example.com": "keyfob"}}));
        assert_found(
            &home,
            "fail",
            tool,
            &["unlisted.example.com", "(target-not-listed)"],
        );
        write(json!({
            "auths": {"registry.example.com": auth}, "credHelpers": {"registry.example.com": "keyfob"},
        }));
        assert_found(&home, "note", tool, &["logout registry.example.com"]);
        home.write(&format!("home/{file}"), "{");
        assert_found(&home, "fail", tool, &["is not valid JSON"]);
        write(json!({"auths": {"registry.example.com": auth}}));
        assert_eq!(doctor(&home).status, 0);
    }
}

#[test]
fn a_missing_program_or_spec_is_found_in_every_other_tools_file() {
    let provider = numbering();
    let mut home = home(&provider);
    home.set("GOENV", home.path("home/goenv"));
    for (tool, file, before, after) in [
        (
            "kubectl",
            ".kube/config",
            "users:\n- name: me\n  user:\n    exec:\n      command: ",
            "\n      args: [kubectl, --spec, SPEC]\n",
        ),
        (
            "cargo",
            ".cargo/config.toml",
            "[registry]\ncredential-provider = [\"",
            "\", \"cargo\", \"--spec\", \"SPEC\"]\n",
        ),
        ("go", "goenv", "GOAUTH=", " goauth --spec SPEC\n"),
        (
            "pnpm",
            ".npmrc",
            "//npm.example.com/:tokenHelper=",
            " pnpm --spec SPEC\n",
        ),
        (
            "aws",
            ".aws/config",
            "[profile me]\ncredential_process = ",
            " aws --spec SPEC\n",
        ),
    ] {
        let write = |program: &str, spec: &str| {
            let text = format!("{before}{program}{}", after.replace("SPEC", spec));
            home.write(&format!("home/{file}"), text)
        };
        let path = write("/nowhere/keyfob", "ci").display().to_string();
        assert_found(
            &home,
            "fail",
            tool,
            &[&path, "/nowhere/keyfob", "is not found"],
        );
        write("keyfbo", "ci");
        assert_found(&home, "fail", tool, &["keyfbo", "is `keyfob` meant?"]);
        write("keyfob", "gone");
        assert_found(&home, "fail", tool, &["gone.json", "(spec-not-found)"]);
        let path = write("keyfob", "ci");
        let output = doctor(&home);
        assert_eq!(output.status, 0, "{output:?}");
        assert!(
            output
                .stdout
                .contains(&format!("ok\t{tool}: calls keyfob: ")),
            "{output:?}"
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_name_that_its_tool_finds_elsewhere_is_not_missing() {
    let provider = numbering();
    let home = home(&provider);
    home.write(
        "home/.terraformrc",
        "credentials_helper \"keyfob\" {\n  args = []\n}\n",
    );
    let said = ["terraform-credentials-keyfob", "is not found"];
    assert_found(&home, "fail", "terraform", &said);
    let plugin = home.write(
        "home/.terraform.d/plugins/terraform-credentials-keyfob",
        "x",
    );
    assert!(doctor(&home).answer().contains("ok\tterraform: "));
    std::fs::remove_file(plugin).unwrap();
    home.write("home/.terraformrc", "");
    let aliases = "[registry]\ncredential-provider = \"my-keyfob\"\n";
    home.write("home/.cargo/config.toml", aliases);
    assert_found(&home, "fail", "cargo", &["my-keyfob"]);
    let aliases = format!("{aliases}[credential-alias]\nmy-keyfob = [\"/x/keyfob\"]\n");
    home.write("home/.cargo/config.toml", aliases);
    assert!(doctor(&home).answer().contains("ok\tcargo: "));
    home.write(
        "home/.bazelrc",
        "common --credential_helper=a.example.com=%workspace%/tools/keyfob\n",
    );
    assert!(doctor(&home).answer().contains("ok\tbazel: "));
}

#[test]
fn online_it_asks_each_token_endpoint_once_without_a_credential() {
    let provider = Provider::start(|_| Answer::empty(405));
    let home = home(&provider);
    home.spec("same", spec(&provider, &[]).to_string());
    let online = |home: &Home| run(&mut home.keyfob(["doctor", "--online"]), "");
    let output = online(&home);
    assert!(
        output
            .answer()
            .contains(&format!("ok\tonline: {}", provider.url())),
        "{output:?}"
    );
    assert_eq!(provider.count(), 1);
    let request = &provider.requests()[0];
    assert_eq!((request.method.as_str(), request.text()), ("HEAD", ""));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(doctor(&home).status, 0);
    assert_eq!(provider.count(), 1, "only if it is asked to");

    let late =
        Provider::start(|_| Answer::empty(200).header("Date", "Mon, 01 Jan 2035 00:00:00 GMT"));
    home.spec("same", spec(&late, &[]).to_string());
    let output = online(&home);
    assert!(
        output.status == 1 && output.stdout.contains("(clock-skew)"),
        "{output:?}"
    );
    let mut gone = spec(&late, &[]);
    gone["token_url"] = "http://127.0.0.1:1/token".into();
    home.spec("same", gone.to_string());
    let output = online(&home);
    assert!(
        output.status == 1 && output.stdout.contains("(provider-unreachable)"),
        "{output:?}"
    );
}

#[test]
fn online_a_certificate_that_is_not_trusted_and_a_name_that_does_not_resolve_are_found() {
    let provider = numbering();
    let home = home(&provider);
    let mut other = spec(&provider, &[]);
    other["token_url"] = "https://no-such-host.invalid/token".into();
    home.spec("other", other.to_string());
    let output = run(&mut home.keyfob(["doctor", "--online"]), "");
    assert_eq!(output.status, 1, "{output:?}");
    let told = "fail\tonline: https://no-such-host.invalid: ";
    assert!(output.stdout.contains(told), "{output:?}");
}
