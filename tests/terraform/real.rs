//! terraform itself, with the shipped configuration, against a module registry.

use std::time::Duration;

use super::spec;
use super::world::{INIT, MODULE, REGISTRY, World};
use crate::support::{Answer, Output, Provider, run};

#[test]
fn init_fetches_a_module_with_the_token() {
    let Some(world) = World::new() else { return };
    world.init().answer();
    assert_eq!(world.module("job").as_deref(), Some(MODULE));
    assert_eq!(world.seen(), ["Bearer token-1"]);
    assert_eq!(world.provider.count(), 1);
}

/// Debian has none; where the machine has one of its own it is another version, in its usual form.
#[test]
fn the_machines_own_terraform_does_the_same() {
    let Some(world) = World::new() else { return };
    if crate::support::tools::find("terraform").is_none() {
        return;
    }
    let mut init = world.terraform("job", &[]);
    let mut own = world.home.command("terraform");
    own.current_dir(init.get_current_dir().unwrap()).args(INIT);
    run(&mut own, "").answer();
    assert_eq!(world.module("job").as_deref(), Some(MODULE));
    run(init.args(INIT), "").answer();
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_spec_that_the_configuration_names_is_used() {
    let Some(world) = World::new() else { return };
    let other = spec(
        &world.provider,
        &["registry.example.com", "other.example.com"],
    );
    world.home.spec("other", other.to_string());
    assert_is_unauthorized(&world.init());
    world.configure(r#"args = ["--spec", "other"]"#);
    world.init().answer();
    assert_eq!(world.seen(), ["none", "Bearer token-1"]);
}

/// The registry said 401 to a request without a token, and that is all that the user is told.
#[track_caller]
fn assert_is_unauthorized(output: &Output) {
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stderr.contains("401"), "{output:?}");
    assert!(!output.stderr.contains("keyfob"), "{output:?}");
}

#[test]
fn a_registry_that_no_spec_lists_is_asked_without_a_token() {
    let Some(world) = World::new() else { return };
    let elsewhere = spec(&world.provider, &["other.example.com"]);
    world.home.spec("registry", elsewhere.to_string());
    assert_is_unauthorized(&world.init());
    assert_eq!(world.seen(), ["none"]);
    assert_eq!(world.provider.count(), 0);
}

#[test]
fn init_drops_our_words_and_asks_the_registry_without_a_token() {
    let Some(world) = World::with(Provider::start(|_| Answer::error("invalid_client"))) else {
        return;
    };
    assert_is_unauthorized(&world.init());
    assert_eq!(world.seen(), ["none"]);
    assert!(world.provider.count() > 0);
    let told = world.home.last_failure("terraform for");
    assert!(told.contains(REGISTRY), "{told}");
    assert!(told.ends_with("(provider-refused)"), "{told}");
    // What was said is found in the log too.
    let log = world.home.path("log");
    let mut init = world.terraform("job", &INIT);
    init.env("KEYFOB_LOG", format!("debug:{}", log.display()));
    assert_is_unauthorized(&run(&mut init, ""));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("provider-refused"), "{log}");
}

#[test]
fn a_logout_drops_the_token_and_shows_our_words_where_it_fails() {
    let Some(world) = World::new() else { return };
    let logout = || {
        let words = ["logout", "-no-color", REGISTRY];
        run(&mut world.terraform("job", &words), "")
    };
    logout().answer();
    world.init().answer();
    logout().answer();
    std::fs::remove_dir_all(world.home.path("home/job/.terraform")).unwrap();
    assert_is_refused_with(&world, "token-2");
    world.configure(r#"args = ["--colour"]"#);
    let output = logout();
    assert_eq!(output.status, 1);
    let words = "keyfob: error: terraform takes";
    assert!(output.stderr.contains(words), "{output:?}");
}

/// The registry knows `token-1` only.
#[track_caller]
fn assert_is_refused_with(world: &World, token: &str) {
    let output = world.init();
    assert_eq!(output.status, 1, "{output:?}");
    let shown = format!("Bearer {token}");
    assert_eq!(world.seen().last(), Some(&shown));
}

/// A pipeline's jobs, each with a folder of its own.
#[test]
fn six_runs_at_once_make_one_request() {
    let provider = Provider::start(|request| {
        let token = format!("token-{}", request.number);
        Answer::token(&token, 3600).after(Duration::from_millis(300))
    });
    let Some(world) = World::with(provider) else {
        return;
    };
    let folders: Vec<String> = (1..=6).map(|number| format!("job-{number}")).collect();
    let commands = folders.iter().map(|folder| world.terraform(folder, &INIT));
    std::thread::scope(|scope| {
        let running: Vec<_> = commands
            .map(|mut command| scope.spawn(move || run(&mut command, "")))
            .collect();
        for one in running {
            one.join().unwrap().answer();
        }
    });
    for folder in &folders {
        assert_eq!(world.module(folder).as_deref(), Some(MODULE));
    }
    assert_eq!(world.seen(), ["Bearer token-1"]);
    assert_eq!(world.provider.count(), 1);
}
