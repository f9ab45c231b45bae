//! A target that a spec lists but for one thing: git is told in one line, and `keyfob doctor` tells
//! it later.

use super::{World, gits, home, numbering, run, spec};
use crate::support::{Home, Output, Provider};

/// What git gets for `protocol://host`, with a path if there is one.
fn get(home: &Home, url: &str) -> Output {
    let (protocol, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = if path.is_empty() {
        String::new()
    } else {
        format!("path={path}\n")
    };
    run(
        &mut home.keyfob(["git", "get"]),
        format!("protocol={protocol}\nhost={host}\n{path}"),
    )
}

fn listed(targets: &[&str]) -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("team", spec(&provider, targets).to_string());
    (home, provider)
}

#[test]
fn what_differs_in_one_thing_is_said_in_one_line_and_kept_for_the_doctor() {
    for (target, asked, hint) in [
        (
            "https://git.example.com/team",
            "https://git.example.com",
            "spec `team` lists https://git.example.com/team, not the whole host: to let git name the path, run `git config --global credential.https://git.example.com.useHttpPath true`",
        ),
        (
            "https://git.example.com:8443/team",
            "https://git.example.com:8443",
            "spec `team` lists https://git.example.com:8443/team, not the whole host: to let git name the path, run `git config --global credential.https://git.example.com:8443.useHttpPath true`",
        ),
        (
            "https://git.example.com/Team",
            "https://git.example.com/team/app",
            "spec `team` lists https://git.example.com/Team, and upper and lower case differ in a path; add \"https://git.example.com/team\" to its `targets`",
        ),
        (
            "git.example.com:5000",
            "https://git.example.com",
            "spec `team` lists git.example.com:5000, which is another port; add \"git.example.com\" to its `targets`",
        ),
        (
            "*.example.com",
            "https://git.example.com:8443",
            "spec `team` lists *.example.com, which is another port; add \"*.example.com:8443\" to its `targets`",
        ),
        (
            "http://localhost:8080",
            "https://localhost:8080",
            "spec `team` lists http://localhost:8080, which is another scheme; add \"https://localhost:8080\" to its `targets`",
        ),
        (
            "https://localhost",
            "http://localhost",
            "spec `team` lists https://localhost, which is another scheme; add \"http://localhost\" to its `targets`",
        ),
        // Of the path, git is told next.
        (
            "https://git.example.com:8443/team",
            "https://git.example.com",
            "spec `team` lists https://git.example.com:8443/team, which is another port; add \"https://git.example.com/team\" to its `targets`",
        ),
        (
            "git.example.com",
            "http://git.example.com/team",
            "spec `team` lists https://git.example.com/team: no token is sent over plain http",
        ),
    ] {
        let (home, provider) = listed(&[target]);
        let output = get(&home, asked);
        let line = format!("keyfob: hint: {hint}\n");
        assert_eq!(
            (output.status, output.stdout.as_str(), output.stderr),
            (0, "", line),
            "{asked}"
        );
        let doctor = run(&mut home.keyfob(["doctor"]), "").stdout;
        assert!(doctor.contains("last failure: git for "), "{doctor}");
        assert!(doctor.contains(&format!("\thint: {hint}\n")), "{doctor}");
        assert_eq!(provider.count(), 0);
    }
}

#[test]
fn what_differs_in_more_or_is_deliberate_is_passed_over_in_silence() {
    for (target, asked) in [
        (
            "https://git.example.com/team",
            "https://git.example.com/other/app",
        ),
        (
            "https://git.example.com/Team",
            "https://git.example.com:8443/team",
        ),
        ("git.example.com", "https://git.example.org"),
        ("git.example.com", "https://my-git.example.com"),
        ("*.example.com", "https://example.com"),
        ("git.example.org", "http://git.example.com"),
    ] {
        let (home, _provider) = listed(&[target]);
        let output = get(&home, asked);
        assert_eq!(
            (
                output.status,
                output.stdout.as_str(),
                output.stderr.as_str()
            ),
            (0, "", ""),
            "{asked}"
        );
        assert_eq!(home.last_failure("git"), "", "{asked}");
    }
    let (home, provider) = (home(), numbering());
    let mut registry = spec(&provider, &["git.example.com:5000"]);
    registry["callers"] = serde_json::json!(["docker"]);
    home.spec("registry", registry.to_string());
    assert_eq!(get(&home, "https://git.example.com").stderr, "");
}

#[test]
fn git_itself_shows_the_line_and_asks_the_next_helper() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.target("basic")]);
    world.server.accept(&["other"]);
    world
        .home
        .script("other", "echo username=u; echo password=other");
    let next = world.home.bin().join("other");
    world.configure(&format!(
        "[credential]\n\thelper = keyfob\n\thelper = {}\n",
        next.display()
    ));
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        output.answer();
        assert!(output.stderr.contains(".useHttpPath true"), "{output:?}");
        // It is what helps.
        let section = output.stderr.split('`').nth(3).unwrap();
        let words: Vec<&str> = section.split(' ').skip(1).collect();
        world.git(&git, &words).answer();
        world.server.accept(&["token-1"]);
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        assert!(!output.stderr.contains("keyfob"), "{output:?}");
        output.answer();
        world.server.accept(&["other"]);
        world.configure(&format!(
            "[credential]\n\thelper = keyfob\n\thelper = {}\n",
            next.display()
        ));
    }
}

#[test]
fn a_repository_is_one_with_git_behind_it_or_not() {
    for (target, path) in [
        ("https://git.example.com/team/app", "team/app.git"),
        ("https://git.example.com/team/app.git", "team/app"),
        ("https://git.example.com/team/app", "team/app.git/info/lfs"),
        ("https://git.example.com/team/app.git", "team/app/info/lfs"),
        ("https://git.example.com/team/app.git", "team/app.git/"),
    ] {
        let (home, _provider) = listed(&[target]);
        let output = get(&home, &format!("https://git.example.com/{path}"));
        assert!(
            output.answer().contains("password=token-1\n"),
            "{target} {path}: {output:?}"
        );
    }
    for (target, path) in [
        ("https://git.example.com/team/app", "team/app.git.git"),
        ("https://git.example.com/team/app", "team/apps.git"),
        ("https://git.example.com/team/app", "team.git/app"),
        ("https://git.example.com/team/app", "team/appgit"),
    ] {
        let (home, _provider) = listed(&[target]);
        assert_eq!(
            get(&home, &format!("https://git.example.com/{path}")).answer(),
            "",
            "{path}"
        );
    }
    // Where both are listed, the one that is written the same counts.
    let home = home();
    let (one, other) = (numbering(), numbering());
    home.spec(
        "one",
        spec(&one, &["https://git.example.com/team/app"]).to_string(),
    );
    home.spec(
        "other",
        spec(&other, &["https://git.example.com/team/app.git"]).to_string(),
    );
    get(&home, "https://git.example.com/team/app.git").answer();
    get(&home, "https://git.example.com/team/app").answer();
    assert_eq!((one.count(), other.count()), (1, 1));
}

/// git decodes the path of its URL; libgit2 and dulwich pass it on as it stands there.
#[test]
fn a_path_is_found_whether_it_was_decoded_or_not() {
    for (target, path) in [
        (
            "https://git.example.com/My%20Project",
            "My Project/_git/app",
        ),
        (
            "https://git.example.com/My%20Project",
            "My%20Project/_git/app",
        ),
        ("https://git.example.com/gr%C3%BCn", "gr\u{fc}n/app"),
        ("https://git.example.com/gr%C3%BCn", "gr%c3%bcn/app"),
        ("https://git.example.com/100%25", "100%/app"),
        ("https://git.example.com/100%25", "100%25/app"),
        ("https://git.example.com/team/My%20App", "team/My%20App.git"),
    ] {
        let (home, _provider) = listed(&[target]);
        let output = get(&home, &format!("https://git.example.com/{path}"));
        assert!(
            output.answer().contains("password=token-1\n"),
            "{target} {path}: {output:?}"
        );
    }
    for (target, path) in [
        ("https://git.example.com/team", "te%61m/app"),
        ("https://git.example.com/team/app", "team%2Fapp"),
        ("https://git.example.com/team/app", "team%2fapp/x y"),
        ("https://git.example.com/team", "x%20y/%2e%2e/team"),
        ("https://git.example.com/team", "team%252f%20app"),
        ("https://git.example.com/a%20b", "a%20b/%2e%2e/c"),
        ("https://git.example.com/a%20b", "a%20b%2fc"),
        ("https://git.example.com/a%20b", "a%20b/%5c"),
        ("https://git.example.com/a%20b", "a%20b/%00"),
        ("https://git.example.com/a%20b", "a%20b/%0a"),
        ("https://git.example.com/a%20b", "a%20b/%2"),
        ("https://git.example.com/a%20b", "a%2520b"),
    ] {
        let (home, provider) = listed(&[target]);
        assert_eq!(
            get(&home, &format!("https://git.example.com/{path}")).stdout,
            "",
            "{path}"
        );
        assert_eq!(provider.count(), 0, "{path}");
    }
}

#[test]
fn docker_and_cargo_are_told_as_well() {
    let (home, provider) = listed(&["registry.example.com:5000"]);
    let docker = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
    let hint = "keyfob: hint: spec `team` lists registry.example.com:5000, which is another port; add \"registry.example.com\" to its `targets`\n";
    assert_eq!(docker.stdout, "credentials not found in native keychain\n");
    assert_eq!((docker.status, docker.stderr.as_str()), (1, hint));
    let request = r#"{"v":1,"registry":{"index-url":"sparse+https://registry.example.com/index/"},"kind":"get","operation":"read"}"#;
    let cargo = run(
        &mut home.keyfob(["cargo", "--cargo-plugin"]),
        format!("{request}\n"),
    );
    assert!(cargo.answer().contains("url-not-supported"), "{cargo:?}");
    assert_eq!(cargo.stderr, hint);
    for caller in ["docker", "cargo"] {
        assert!(
            home.last_failure(caller).ends_with("(target-not-listed)"),
            "{caller}"
        );
    }
    let (home, _provider) = listed(&["https://registry.example.com/index.git"]);
    let request = request.replace("sparse+", "").replace("/index/", "/index");
    let cargo = run(
        &mut home.keyfob(["cargo", "--cargo-plugin"]),
        format!("{request}\n"),
    );
    assert!(cargo.answer().contains("token-1"), "{cargo:?}");
    assert_eq!(provider.count(), 0);
}
