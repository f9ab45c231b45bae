//! go itself, with the shipped environment file, against a module proxy.

use std::time::Duration;

use serde_json::json;

use super::spec;
use super::world::World;
use crate::support::{Answer, Output, Provider, run};

const BASIC: &str = "Basic oauth2:token-1";

#[test]
fn go_asks_with_the_url_that_was_refused_and_sends_the_token_from_then_on() {
    let Some(world) = World::new() else { return };
    world.run(&[]).answer();
    assert!(world.has_modules("job"));
    assert_eq!(world.seen(), [BASIC, "none"]);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn go_runs_what_setup_wrote_and_nothing_once_it_is_undone() {
    let Some(world) = World::new() else { return };
    let go = crate::support::tool(super::world::GO);
    std::os::unix::fs::symlink(go, world.home.bin().join("go")).unwrap();
    let before = "# mine\nGOAUTH=netrc\n";
    let file = world.home.write("home/.config/go/env", before);
    run(&mut world.home.keyfob(["setup", "go", "--yes"]), "").answer();
    world.run(&[]).answer();
    assert_eq!(world.seen(), [BASIC, "none"]);
    run(
        &mut world.home.keyfob(["setup", "go", "--undo", "--yes"]),
        "",
    )
    .answer();
    assert_eq!(std::fs::read_to_string(file).unwrap(), before);
    assert_is_unauthorized(&run(&mut world.download("other", &[]), ""));
}

#[test]
fn with_a_named_spec_the_very_first_request_has_the_token() {
    let Some(world) = World::new() else { return };
    world.configure("keyfob goauth --spec go");
    world.run(&[]).answer();
    assert!(world.has_modules("job"));
    assert_eq!(world.seen(), [BASIC]);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn the_token_is_sent_as_bearer_where_the_spec_says_so() {
    let Some(world) = World::new() else { return };
    let mut bearer = spec(&world.provider, &[&world.proxy.at("/go")]);
    bearer["authtype"] = json!("bearer");
    world.home.spec("go", bearer.to_string());
    world.run(&[]).answer();
    assert_eq!(world.seen(), ["Bearer token-1", "none"]);
}

/// The proxy said 401 to requests without a token, and go says so.
#[track_caller]
fn assert_is_unauthorized(output: &Output) {
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stderr.contains("401"), "{output:?}");
}

#[test]
fn a_proxy_that_no_spec_lists_gets_no_token() {
    let Some(world) = World::new() else { return };
    for target in [
        world.proxy.at("/gopher"),
        "https://proxy.example.com".to_owned(),
    ] {
        world.list(&target);
        for command in ["keyfob goauth", "keyfob goauth --spec go"] {
            world.configure(command);
            assert_is_unauthorized(&world.run(&[]));
            assert_eq!(world.seen(), ["none"]);
        }
    }
}

/// `runGoAuth` of `cmd/go/internal/auth`: errors are logged with `-x`, for a URL, and where no other command has a credential for it.
#[test]
fn go_drops_our_words_unless_it_is_told_to_show_each_step() {
    for command in ["keyfob goauth", "keyfob goauth --spec go"] {
        let refusing = Provider::start(|_| Answer::error("invalid_client"));
        let Some(world) = World::with(refusing) else {
            return;
        };
        world.configure(command);
        let output = world.run(&[]);
        assert_is_unauthorized(&output);
        assert!(!output.stderr.contains("keyfob"), "{output:?}");
        let told = world.home.last_failure("goauth");
        assert!(told.ends_with("(provider-refused)"), "{told}");
        let output = world.run(&["-x"]);
        assert_is_unauthorized(&output);
        assert!(output.stderr.contains("(provider-refused)"), "{output:?}");
        assert!(!output.stderr.contains("s3cret"), "{output:?}");
        assert_eq!(world.seen(), ["none"]);
    }
}

#[test]
fn a_token_that_the_proxy_refuses_is_replaced_where_the_spec_is_named() {
    let Some(world) = World::new() else { return };
    world.configure("keyfob goauth --spec go");
    world.run(&[]).answer();
    world.accept("token-2");
    run(&mut world.download("other", &[]), "").answer();
    assert!(world.has_modules("other"));
    assert_eq!(world.seen(), [BASIC, "Basic oauth2:token-2"]);
    assert_eq!(world.provider.count(), 2);
}

#[test]
fn six_downloads_at_once_make_one_request() {
    for command in ["keyfob goauth", "keyfob goauth --spec go"] {
        let provider = Provider::start(|request| {
            let token = format!("token-{}", request.number);
            Answer::token(&token, 3600).after(Duration::from_millis(300))
        });
        let Some(world) = World::with(provider) else {
            return;
        };
        world.configure(command);
        let folders: Vec<String> = (1..=6).map(|number| format!("job-{number}")).collect();
        let commands = folders.iter().map(|folder| world.download(folder, &[]));
        std::thread::scope(|scope| {
            let running: Vec<_> = commands
                .map(|mut command| scope.spawn(move || run(&mut command, "")))
                .collect();
            for one in running {
                one.join().unwrap().answer();
            }
        });
        assert!(folders.iter().all(|folder| world.has_modules(folder)));
        assert_eq!(world.provider.count(), 1, "{command}");
    }
}

/// `GOAUTH=git DIR` runs `git credential fill` there, and git its helper. The spec lists the host: without `useHttpPath` git leaves the path out.
#[test]
fn git_is_asked_too_where_goauth_says_git() {
    let Some(world) = World::new() else { return };
    if !crate::support::need(&["git"]) {
        return;
    }
    world.home.link("git-credential-keyfob");
    let shipped = include_str!("../../integrations/git/gitconfig");
    world.home.write("home/.gitconfig", shipped);
    world.list(&world.proxy.url());
    world.configure(&format!("git {}", world.home.home().display()));
    world.run(&[]).answer();
    assert!(world.has_modules("job"));
    assert_eq!(world.seen(), [BASIC, "none"]);
    assert_eq!(world.provider.count(), 1);
}
