//! pnpm itself, with the shipped file in its user's `.npmrc`, against Verdaccio, which signs tokens and checks them.

use std::thread;

use serde_json::json;

use super::verdaccio::{World, older};
use crate::support::{need, run};

#[test]
fn pnpm_publishes_and_installs_with_one_token_of_the_registry() {
    let Some(world) = World::new() else { return };
    world.publish().answer();
    world.project("app");
    world.pnpm("app", &["install"]).answer();
    let installed = world.home.path("app/node_modules/greeting/index.js");
    assert!(installed.is_file());
    assert_eq!(world.logins(), 1);
}

#[test]
fn each_pnpm_runs_what_setup_wrote() {
    if !need(&[&older("7"), &older("10")]) {
        return;
    }
    for version in ["7", "10", "12"] {
        let Some(mut world) = World::new() else {
            return;
        };
        world.publish().answer();
        world.project("app");
        let before = format!("registry=http://{}/\n", world.host());
        let npmrc = world.home.write("home/.npmrc", &before);
        let mut spec = world.login("VERDACCIO_PASSWORD");
        spec["targets"] = json!([format!("http://{}", world.host())]);
        world.home.spec("my-registry", spec.to_string());
        world.install_as_pnpm(version);
        run(&mut world.home.keyfob(["setup", "pnpm", "--yes"]), "").answer();
        if version != "12" {
            world.home.set("KEYFOB_SPEC", "my-registry");
        }
        let install = |world: &World| match version {
            "12" => world.pnpm("app", &["install"]),
            older => world.older_pnpm(older, "app", &["install"]),
        };
        let output = install(&world);
        assert_eq!(output.status, 0, "{version}: {output:?}");
        run(
            &mut world.home.keyfob(["setup", "pnpm", "--undo", "--yes"]),
            "",
        )
        .answer();
        assert_eq!(std::fs::read_to_string(npmrc).unwrap(), before);
    }
}

#[test]
fn many_pnpms_at_once_log_in_once() {
    let Some(world) = World::new() else { return };
    world.publish().answer();
    let mut forget = world.home.keyfob(["forget", "--all"]);
    run(&mut forget, "").answer();
    let folders = ["a", "b", "c", "d", "e", "f"];
    for folder in folders {
        world.project(folder);
    }
    thread::scope(|scope| {
        for folder in folders {
            let world = &world;
            scope.spawn(move || world.pnpm(folder, &["install"]).answer().to_owned());
        }
    });
    assert_eq!(world.logins(), 2, "the first was for publishing");
}

#[test]
fn basic_credentials_are_taken_as_they_are() {
    let Some(world) = World::new() else { return };
    let spec = json!({
        "provider": "static", "token": {"env": "VERDACCIO_PASSWORD"},
        "username": "ci", "authtype": "basic",
    });
    world.home.spec("my-registry", spec.to_string());
    world.publish().answer();
    assert_eq!(world.logins(), 0);
}

#[test]
fn pnpm_hides_why_its_helper_failed_and_tells_of_a_missing_header() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.publish().answer();
    world.home.set("WRONG_PASSWORD", "wr0ng");
    let spec = world.login("WRONG_PASSWORD");
    world.home.spec("my-registry", spec.to_string());
    world.project("app");
    let output = world.pnpm("app", &["install"]);
    assert_eq!(output.status, 1);
    assert!(output.stderr.contains("ERR_PNPM_FETCH_401"), "{output:?}");
    let says = "No authorization header was set for the request.";
    assert!(output.stderr.contains(says), "{output:?}");
    assert!(!output.stderr.contains("keyfob"), "{output:?}");
    let told = world.home.last_failure("pnpm");
    assert!(told.ends_with("(provider-refused)"), "{told}");
}

#[test]
fn pnpm_refuses_a_helper_that_a_project_names() {
    let Some(world) = World::new() else { return };
    world.project("app");
    world.home.write("app/.npmrc", world.npmrc());
    world.home.write("home/.npmrc", "");
    let output = world.pnpm("app", &["install"]);
    assert_eq!(output.status, 1);
    let refused = "ERR_PNPM_TOKEN_HELPER_IN_PROJECT_CONFIG";
    assert!(output.stderr.contains(refused), "{output:?}");
    assert_eq!(world.logins(), 0);
}

#[test]
fn pnpm_7_and_10_run_the_link_without_arguments_and_the_environment_names_the_spec() {
    if !need(&[&older("7"), &older("10")]) {
        return;
    }
    for version in ["7", "10"] {
        let Some(mut world) = World::new() else {
            return;
        };
        world.publish().answer();
        world.project("app");
        // The line with arguments, which later ones take, is a path that is not there.
        let output = world.older_pnpm(version, "app", &["install"]);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(output.status != 0 && said.contains("tokenHelper"), "{said}");

        world.home.link("pnpm-keyfob");
        let npmrc = world.npmrc_7_to_10();
        world.home.write("home/.npmrc", npmrc);
        world.home.set("KEYFOB_SPEC", "my-registry");
        let output = world.older_pnpm(version, "app", &["install"]);
        assert_eq!(output.status, 0, "{version}: {output:?}");
        let installed = world.home.path("app/node_modules/greeting/index.js");
        assert!(installed.is_file(), "{version}");
        assert_eq!(world.logins(), 1, "{version}");
    }
}
