//! Docker's engine, driven by the docker CLI: pull and push. The engine gets each credential from the CLI, which asks keyfob.
//!
//! For root only, since nobody else can start an engine. It lives in a mount namespace of its own, where no other one is seen, and has no network
//! of its own: it pulls and pushes, and runs nothing.

use std::thread;
use std::time::Duration;

use super::world::World;
use super::{numbering, spec};
use crate::support::registry::Authentication;
use crate::support::tools::{need_root, tool_folder};
use crate::support::{Answer, Output, Provider, Server, need, run};

const BOTH: [Authentication; 2] = [
    Authentication::TokenEndpoint,
    Authentication::Htpasswd("token-1"),
];

struct Engine {
    // Ends before its folders are removed.
    _server: Server,
    world: World,
}

impl Engine {
    /// A registry, and an engine that trusts it.
    fn new(authentication: Authentication, provider: Provider) -> Option<Self> {
        if !need_root() || !need(&["docker-engine/dockerd", "skopeo", "unshare"]) {
            return None;
        }
        let mut world = World::with(authentication, "docker", provider)?;
        let path = std::env::var("PATH").unwrap_or_default();
        let engine = tool_folder().join("docker-engine");
        let path = format!("{}:{}:/usr/sbin:/sbin", engine.display(), path);
        let socket = format!("unix://{}", world.home.path("run/engine").display());
        let mut command = world.home.command("unshare");
        let alone = r#"mount -t tmpfs none /run && mount -t tmpfs none /etc/docker && exec "$@""#;
        command.args(["--mount", "sh", "-c", alone, "sh", "dockerd"]);
        let configuration = world.home.write("engine/daemon.json", "{}");
        command.arg("--config-file").arg(configuration);
        command.args(["--host", &socket, "--storage-driver", "vfs"]);
        command.args(["--iptables=false", "--ip6tables=false", "--bridge=none"]);
        for (flag, place) in [
            ("--data-root", "engine/data"),
            ("--exec-root", "engine/run"),
            ("--pidfile", "engine/pid"),
        ] {
            command.arg(flag).arg(world.home.path(place));
        }
        let mut server = Server::start(command.env("PATH", path));
        server.wait_until("an engine that answers", |log| {
            log.contains("API listen on").then_some(())
        });
        world.home.set("DOCKER_HOST", socket);
        Some(Self {
            _server: server,
            world,
        })
    }

    fn docker(&self, words: &[&str]) -> Output {
        self.world.run("docker", words)
    }
}

#[test]
fn the_engine_pulls_and_pushes_with_one_token() {
    for authentication in BOTH {
        let Some(engine) = Engine::new(authentication, numbering()) else {
            return;
        };
        let world = &engine.world;
        world.push().answer();
        let image = world.image();
        engine.docker(&["pull", "-q", &image]).answer();
        let copy = format!("{}/team/copy:2", world.registry.host());
        engine.docker(&["tag", &image, &copy]).answer();
        engine.docker(&["push", "-q", &copy]).answer();
        let copied = engine.docker(&["manifest", "inspect", &copy]).json();
        assert_eq!(copied["schemaVersion"], 2);
        assert_eq!(world.provider.count(), 1);
        let other = |shown: &String| shown != "Basic oauth2:token-1";
        assert!(!world.registry.seen().iter().any(other));
    }
}

#[test]
fn a_registry_that_no_spec_lists_is_pulled_from_without_a_credential() {
    let Some(engine) = Engine::new(Authentication::TokenEndpoint, numbering()) else {
        return;
    };
    let world = &engine.world;
    let elsewhere = spec(&world.provider, &["registry.example.com"]);
    world.home.spec("registry", elsewhere.to_string());
    let output = engine.docker(&["pull", "-q", &world.image()]);
    assert_eq!(output.status, 1);
    assert!(!output.stderr.contains("keyfob"), "{output:?}");
    assert_eq!(world.registry.seen(), ["none"]);
    assert_eq!(world.provider.count(), 0);
}

/// docker 28 discards a helper's error, for `pull` as for `push`, and goes on without a credential.
#[test]
fn a_pull_and_a_push_drop_our_words_and_the_doctor_tells_them() {
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    let Some(engine) = Engine::new(Authentication::TokenEndpoint, refusing) else {
        return;
    };
    let world = &engine.world;
    let image = world.image();
    // An image out of nothing.
    let empty = world.home.write("home/empty.tar", [0; 1024]);
    let empty = empty.to_str().unwrap();
    for command in ["pull", "push"] {
        if command == "push" {
            engine.docker(&["import", empty, &image]).answer();
            run(&mut world.home.keyfob(["forget", "--all"]), "").answer();
            assert_eq!(world.home.last_failure("docker"), "");
        }
        let output = engine.docker(&[command, "-q", &image]);
        assert_eq!(output.status, 1);
        assert!(!output.stderr.contains("keyfob"), "{output:?}");
        assert_eq!(world.registry.seen(), ["none"], "{command}");
        let told = world.home.last_failure("docker for");
        assert!(told.contains(&world.registry.host()), "{command}: {told}");
        assert!(told.ends_with("(provider-refused)"), "{command}: {told}");
    }
}

#[test]
fn six_pulls_and_a_skopeo_at_once_make_one_request() {
    let provider = Provider::start(|request| {
        let token = format!("token-{}", request.number);
        Answer::token(&token, 3600).after(Duration::from_millis(700))
    });
    let Some(engine) = Engine::new(Authentication::TokenEndpoint, provider) else {
        return;
    };
    let world = &engine.world;
    world.push().answer();
    run(&mut world.home.keyfob(["forget", "--all"]), "").answer();
    world.registry.accept(&["token-2"]);
    let image = world.image();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| engine.docker(&["pull", "-q", &image]).answer().to_owned());
        }
        scope.spawn(|| {
            let inspected = world.run("skopeo", &["inspect", &format!("docker://{image}")]);
            inspected.answer().to_owned()
        });
    });
    assert_eq!(world.provider.count(), 2, "the first was for the push");
}
