//! cargo itself, with the shipped files, against a private registry: what it does, and what it shows where that fails.

use super::registry::Registry;
use super::spec;
use super::world::{SHIPPED, World};
use crate::support::{Answer, Output, Provider, run};

const PROVIDER: &str = r#""keyfob cargo""#;
const REGISTRY: [&str; 2] = ["--registry", "my-registry"];

/// cargo failed, and these words are among what it shows.
#[track_caller]
fn shows(output: &Output, words: &[&str]) {
    assert_eq!((output.status, output.stdout.as_str()), (101, ""));
    for words in words {
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    }
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
}

#[test]
fn cargo_runs_what_setup_prints() {
    let Some(world) = World::new() else { return };
    let printed = run(&mut world.home.keyfob(["setup", "cargo"]), "");
    let (_, lines) = printed.answer().split_once("[registries.").unwrap();
    let (_, lines) = lines.split_once("]\n").unwrap();
    let file = format!("[registries.my-registry]\n{lines}");
    world.home.write("home/.cargo/config.toml", file);
    world.fetch().answer();
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_dependency_is_fetched() {
    let Some(world) = World::new() else { return };
    world.fetch().answer();
    assert_eq!(
        world.registry.seen(),
        [
            "GET /index/config.json none",
            "GET /index/config.json token-1",
            "GET /index/de/pe/dependency token-1",
            "GET /dl/dependency/1.0.0/download token-1",
        ]
    );
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_package_is_published_and_yanked_and_its_owners_are_listed_with_one_token() {
    let Some(world) = World::new() else { return };
    let cargo = |words: &[&str]| world.cargo(&[words, &REGISTRY].concat());
    cargo(&["publish", "--no-verify"]).answer();
    assert!(world.registry.has("sample"));
    cargo(&["yank", "--version", "1.0.0", "sample"]).answer();
    assert!(!world.registry.has("sample"));
    cargo(&["yank", "--undo", "--version", "1.0.0", "sample"]).answer();
    assert!(world.registry.has("sample"));
    let owners = cargo(&["owner", "--list", "sample"]);
    assert_eq!(owners.answer(), "robot (A robot)\n");
    assert_eq!(world.registry.shown(), ["none", "token-1"]);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_registry_that_wants_a_scheme_gets_it_from_the_spec() {
    let Some(world) = World::new() else { return };
    world.registry.accept(&["Bearer token-1"]);
    let mut spec = spec(&world.provider, &[&world.registry.target()]);
    spec["authtype"] = "bearer".into();
    world.home.spec("registry", spec.to_string());
    world.fetch().answer();
    assert_eq!(world.registry.shown(), ["none", "Bearer token-1"]);
}

#[test]
fn the_provider_is_found_by_every_name_and_its_words_reach_it() {
    let Some(world) = World::new() else { return };
    let spec = spec(&world.provider, &[&world.registry.target()]);
    // Found by its target alone, either would be ambiguous.
    world.home.spec("second", spec.to_string());
    for provider in [
        r#"["keyfob", "cargo", "--spec", "registry"]"#.to_owned(),
        r#"["keyfob", "--spec", "registry"]"#.to_owned(),
        r#""keyfob cargo --spec registry""#.to_owned(),
        r#"["cargo-credential-keyfob", "--spec=registry"]"#.to_owned(),
        format!(r#"["{}", "cargo", "--spec", "registry"]"#, world.home.bin().join("keyfob").display()),
        "\"tokens\"\n[credential-alias]\ntokens = [\"keyfob\", \"cargo\", \"--spec\", \"registry\"]".to_owned(),
    ] {
        world.configure(&SHIPPED.replace(PROVIDER, &provider));
        let output = world.fetch();
        assert_eq!(output.status, 0, "{provider}: {}", output.stderr);
    }
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_login_fails_with_our_words_since_nothing_can_be_stored() {
    let Some(world) = World::new() else { return };
    let output = run(
        &mut world.command(&["login", "--registry", "my-registry"]),
        "p4ssw0rd\n",
    );
    shows(
        &output,
        &[
            "error: credential provider `keyfob cargo` failed action `login`",
            "  keyfob: error: keyfob obtains its tokens itself and stores no other (not-supported)\n",
            "  keyfob: hint: there is no need to log in to a registry that a spec lists\n",
        ],
    );
    let credentials = world.home.home().join(".cargo/credentials.toml");
    assert!(!credentials.exists());
    assert_eq!(world.registry.shown(), ["none", "token-1"]);
}

#[test]
fn a_token_that_is_rejected_stays_until_a_logout_since_cargo_tells_nobody() {
    let Some(world) = World::new() else { return };
    world.fetch().answer();
    world.registry.accept(&["token-2"]);
    for _ in 0..2 {
        shows(&world.fetch(), &["token rejected for `my-registry`"]);
    }
    assert_eq!(world.provider.count(), 1);
    let logout = world.cargo(&[&["logout"], &REGISTRY[..]].concat());
    assert_eq!((logout.answer(), &*logout.stderr), ("", ""));
    world.fetch().answer();
    assert_eq!(world.provider.count(), 2);
}

#[test]
fn a_provider_that_refuses_is_shown_in_its_words() {
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    let Some(world) = World::with(refusing) else {
        return;
    };
    shows(
        &world.fetch(),
        &[
            "credential provider `keyfob cargo` failed action `get`",
            "  keyfob: error: ",
            "(provider-refused)\n",
        ],
    );
    assert_eq!(world.registry.shown(), ["none"]);
}

/// Versions of cargo differ: <https://github.com/rust-lang/cargo/issues/14906>.
#[test]
fn an_array_that_stands_in_two_files_is_served_though_cargo_joins_the_two() {
    let Some(world) = World::new() else { return };
    let array = r#"["keyfob", "cargo", "--spec", "registry"]"#;
    world.configure(&SHIPPED.replace(PROVIDER, array));
    let written = world.home.home().join(".cargo/config.toml");
    let second = std::fs::read(written).unwrap();
    let cargo_home = world.home.path("cargo-home");
    world.home.write("cargo-home/config.toml", second);
    run(world.command(&["fetch"]).env("CARGO_HOME", cargo_home), "").answer();
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn words_in_the_configuration_that_keyfob_does_not_know_are_shown_as_our_error() {
    let Some(world) = World::new() else { return };
    world.configure(&SHIPPED.replace(PROVIDER, r#"["keyfob", "cargo", "--registry"]"#));
    shows(
        &world.fetch(),
        &[
            "  keyfob: error: cargo's configuration gives keyfob an argument other than --spec SPEC (usage)\n",
            "  keyfob: hint: in cargo's configuration write credential-provider = \"keyfob cargo --spec SPEC\"\n",
        ],
    );
}

#[test]
fn a_registry_that_no_spec_lists_is_shown_as_one_that_no_provider_handles() {
    let Some(world) = World::new() else { return };
    let elsewhere = spec(&world.provider, &["registry.example.com"]);
    world.home.spec("registry", elsewhere.to_string());
    shows(
        &world.fetch(),
        &["no credential providers could handle the request"],
    );
    for words in ["logout", "login"] {
        let output = world.cargo(&[&[words], &REGISTRY[..]].concat());
        shows(
            &output,
            &["no credential providers could handle the request"],
        );
    }
    assert_eq!(world.provider.count(), 0);
}

#[test]
fn asked_about_every_registry_it_leaves_the_others_to_cargos_own_tokens_login_and_logout_included()
{
    let Some(world) = World::new() else { return };
    let other = Registry::start();
    other.accept(&["p4ssw0rd"]);
    let every = include_str!("../../integrations/cargo/every-registry.toml");
    world.configure(&format!(
        "{every}\n[registries]\nmy-registry.index = \"{}\"\nother.index = \"{}\"\n",
        world.registry.index(),
        other.index()
    ));
    world.fetch().answer();
    let mut login = world.command(&["login", "--registry", "other"]);
    run(&mut login, "p4ssw0rd\n").answer();
    let owners = ["owner", "--list", "--registry", "other", "sample"];
    assert_eq!(world.cargo(&owners).answer(), "robot (A robot)\n");
    world.cargo(&["logout", "--registry", "other"]).answer();
    shows(&world.cargo(&owners), &["no token found for `other`"]);
    assert_eq!(other.shown(), ["none", "p4ssw0rd"]);
    assert_eq!(world.registry.shown(), ["none", "token-1"]);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn cargos_own_token_from_stdout_reads_a_line_and_shows_our_words_as_they_come() {
    let Some(world) = World::new() else { return };
    world.configure(include_str!(
        "../../integrations/cargo/token-from-stdout.toml"
    ));
    world.fetch().answer();
    assert_eq!(world.registry.shown(), ["none", "token-1"]);
    let elsewhere = spec(&world.provider, &["registry.example.com"]);
    world.home.spec("registry", elsewhere.to_string());
    shows(
        &world.fetch(),
        &[
            "keyfob: error: no spec lists ",
            "(target-not-listed)\n",
            "process `keyfob` failed with status `exit status: 1`",
        ],
    );
}

/// How often keyfob runs while a package with a dependency is published, where the token lives so long.
fn runs_to_publish(lives: u64) -> Option<usize> {
    let world = World::with(Provider::start(move |_| Answer::token("token-1", lives)))?;
    let runs = world.home.path("runs");
    let script = format!("echo run >>{}\nexec keyfob \"$@\"", runs.display());
    world.home.script("counting", &script);
    world.configure(&SHIPPED.replace(PROVIDER, r#"["counting"]"#));
    world.cargo(&["publish", "--no-verify"]).answer();
    assert_eq!(world.registry.shown(), ["none", "token-1"]);
    assert_eq!(world.provider.count(), 1);
    Some(std::fs::read_to_string(runs).unwrap().lines().count())
}

#[test]
fn one_run_of_keyfob_serves_reading_and_publishing() {
    let Some(runs) = runs_to_publish(3600) else {
        return;
    };
    assert_eq!(runs, 1);
}

#[test]
fn a_token_in_its_last_minute_is_asked_for_with_each_request_and_comes_from_the_cache() {
    let Some(runs) = runs_to_publish(50) else {
        return;
    };
    assert!(runs > 2, "{runs}");
}

#[test]
fn six_cargos_at_once_share_one_token() {
    let slow = Provider::start(|request| {
        let token = Answer::token(&format!("token-{}", request.number), 3600);
        token.after(std::time::Duration::from_millis(300))
    });
    let Some(world) = World::with(slow) else {
        return;
    };
    let results = std::thread::scope(|scope| {
        let cargo = |number: usize| {
            // A folder of its own for each: in one they would wait for each other.
            let home = world.home.path(format!("cargo-{number}"));
            let mut fetch = world.command(&["fetch"]);
            fetch
                .env("CARGO_HOME", home)
                .env("CARGO_TARGET_DIR", world.home.path("target"));
            run(&mut fetch, "")
        };
        let threads: Vec<_> = (0..6)
            .map(|number| scope.spawn(move || cargo(number)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    for output in results {
        output.answer();
    }
    assert_eq!(world.provider.count(), 1);
}
