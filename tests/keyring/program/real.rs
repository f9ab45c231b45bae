//! pip 23.2, pip 26.3 and uv themselves, each with the shipped file, against an index that answers 401.

use std::thread;

use super::index::{Client, World};
use super::spec;
use crate::support::{Answer, Provider, run};

#[test]
fn each_installs_from_the_index_with_the_token() {
    for client in Client::ALL {
        let Some(world) = World::new() else { return };
        let output = world.installs(client);
        assert!(!output.stderr.contains("keyfob: "), "{output:?}");
        assert_eq!(world.let_in(), ["oauth2:token-1"], "{client:?}");
        assert_eq!(world.provider.count(), 1, "{client:?}");
    }
}

/// pip asks without a user from 26.2 on.
#[test]
fn the_new_pip_needs_no_user_in_the_url_and_the_old_one_never_asks_without() {
    let Some(world) = World::new() else { return };
    world.configure("");
    world.does_not_install(Client::OldPip);
    assert_eq!(world.provider.count(), 0);
    world.installs(Client::Pip);
    assert_eq!(world.let_in(), ["oauth2:token-1"]);
}

#[test]
fn the_user_in_the_url_is_the_one_who_logs_in() {
    for client in [Client::OldPip, Client::Pip] {
        let Some(world) = World::new() else { return };
        world.configure("alice@");
        world.installs(client);
        assert_eq!(world.let_in(), ["alice:token-1"], "{client:?}");
    }
    let Some(world) = World::new() else { return };
    let named = "keyring-provider = \"subprocess\"\nindex-url = \"INDEX\"\n";
    let index = world.index.at("/simple/");
    let alice = index.replace("https://", "https://alice@");
    world.configure_uv(&named.replace("INDEX", &alice));
    world.installs(Client::Uv);
    assert_eq!(world.let_in(), ["alice:token-1"]);
}

#[test]
fn an_index_that_no_spec_lists_is_none_of_ours_and_none_of_them_hears_a_word() {
    for client in Client::ALL {
        let Some(world) = World::new() else { return };
        let other = spec(&world.provider, &["pypi.example.com"]);
        world.home.spec("index", other.to_string());
        let output = world.does_not_install(client);
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(!told.contains("keyfob: "), "{told}");
        assert_eq!(world.let_in(), Vec::<String>::new(), "{client:?}");
        assert_eq!(world.provider.count(), 0);
    }
}

/// pip takes `keyring`'s standard error to itself from 26.2 on, and shows none of it.
#[test]
fn a_provider_that_refuses_is_told_by_uv_and_the_old_pip_and_hidden_by_the_new_one() {
    for client in Client::ALL {
        let refusing = Provider::start(|_| Answer::error("invalid_client"));
        let Some(world) = World::with(refusing) else {
            return;
        };
        let output = world.does_not_install(client);
        let told = format!("{}{}", output.stdout, output.stderr);
        let shown = told.contains("(provider-refused)");
        assert_eq!(shown, client != Client::Pip, "{client:?}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
        let told = world.home.last_failure("keyring for");
        assert!(told.ends_with("(provider-refused)"), "{client:?}: {told}");
        // Nobody came in with an empty password.
        assert_eq!(world.let_in(), Vec::<String>::new(), "{client:?}");
    }
}

/// There is no word for "the index refused it" in this language; `keyring del`, or `keyfob forget`, is what helps.
#[test]
fn a_token_that_the_index_refuses_is_kept_until_it_is_dropped_by_hand() {
    for client in Client::ALL {
        let Some(world) = World::new() else { return };
        world.take("token-2");
        world.does_not_install(client);
        world.does_not_install(client);
        assert_eq!(world.provider.count(), 1, "{client:?}");
        let service = world.index.at("/simple/");
        let keyring = world.home.bin().join("keyring");
        let mut del = world.home.command_at(&keyring);
        del.args(["del", &service, "oauth2"]);
        run(&mut del, "").answer();
        world.installs(client);
        assert_eq!(world.provider.count(), 2, "{client:?}");
    }
}

#[test]
fn many_at_once_make_one_request_to_the_provider() {
    let thinking = std::time::Duration::from_millis(300);
    let provider = Provider::start(move |request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(thinking)
    });
    let Some(world) = World::with(provider) else {
        return;
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..9)
            .map(|number| {
                let client = Client::ALL[number % 3];
                let world = &world;
                scope.spawn(move || {
                    let (mut command, folder) = world.install(client, number);
                    let deadline = std::time::Duration::from_secs(120);
                    crate::support::run_within(&mut command, "", deadline).answer();
                    assert!(folder.join("tiny_of_keyfob.py").exists());
                })
            })
            .collect();
        running.into_iter().for_each(|one| one.join().unwrap());
    });
    assert_eq!(world.provider.count(), 1);
    assert_eq!(world.let_in(), ["oauth2:token-1"]);
}
