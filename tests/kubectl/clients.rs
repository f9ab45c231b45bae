//! Clients that are not client-go, each with the shipped kubeconfig in a program of some life: PyPI's kubernetes and kr8s, npm's
//! @kubernetes/client-node. kr8s and client-node set no `KUBERNETES_EXEC_INFO`.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::real::shipped;
use super::{SECRET, home, provider};
use crate::support::apiserver::ApiServer;
use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Output, Provider, Tls, need, run};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Library {
    Kubernetes,
    Kr8s,
    ClientNode,
}
use Library::{ClientNode, Kr8s, Kubernetes};

const ALL: [Library; 3] = [Kubernetes, Kr8s, ClientNode];

impl Library {
    fn is_there(self) -> bool {
        match self {
            Kubernetes => need(&["python3", "kubernetes-clients/kubernetes/__init__.py"]),
            Kr8s => need(&["python3", "kubernetes-clients/kr8s/__init__.py"]),
            ClientNode => need(&[
                "node",
                "client-node/node_modules/@kubernetes/client-node/package.json",
            ]),
        }
    }
}

struct World {
    provider: Provider,
    server: ApiServer,
    home: Home,
    _tls: Tls,
}

impl World {
    /// A cluster that takes any token.
    fn new(client: Library) -> Option<Self> {
        Self::with(client, provider(), ApiServer::start)
    }

    fn with(
        client: Library,
        provider: Provider,
        server: impl FnOnce(&Tls) -> ApiServer,
    ) -> Option<Self> {
        if !client.is_there() {
            return None;
        }
        let (tls, mut home) = (Tls::new(), home(&provider, &[]));
        home.set("PYTHONPATH", tool_folder().join("kubernetes-clients"));
        home.set("PYTHONDONTWRITEBYTECODE", "1");
        Some(Self {
            server: server(&tls),
            provider,
            home,
            _tls: tls,
        })
    }

    /// One program that does these steps.
    fn run(&self, client: Library, steps: &[&str]) -> Output {
        self.run_with(client, "kubeconfig.yaml", steps)
    }

    fn run_with(&self, client: Library, kubeconfig: &str, steps: &[&str]) -> Output {
        let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        let mut command = match client {
            ClientNode => self.home.command("node"),
            _ => self.home.command("python3"),
        };
        match client {
            Kubernetes => command.arg(support.join("kubernetes-clients/kubernetes_client.py")),
            Kr8s => command.arg(support.join("kubernetes-clients/kr8s_client.py")),
            ClientNode => command
                .arg(support.join("client-node/client.mjs"))
                .arg(tool_folder().join("client-node/node_modules")),
        };
        let server = "server: https://kubernetes.example.com:6443";
        let text = fs::read_to_string(shipped(kubeconfig)).unwrap();
        assert_eq!(text.matches(server).count(), 1);
        let ours = format!(
            "server: {}\n      certificate-authority: {}",
            self.server.url(),
            self._tls.ca_file.display()
        );
        let text = text.replace(server, &ours);
        command.arg(self.home.write(&format!("home/{client:?}.yaml"), text));
        run(command.args(steps), "")
    }
}

#[test]
fn the_shipped_kubeconfig_logs_every_client_in() {
    for client in ALL {
        let Some(world) = World::new(client) else {
            return;
        };
        let output = world.run(client, &["list", "list"]);
        assert_eq!(output.answer(), "pod/web\npod/web\n", "{client:?}");
        assert_eq!(world.server.distinct_tokens(), ["token-1"], "{client:?}");
        assert_eq!(world.provider.count(), 1, "{client:?}");
    }
}

#[test]
fn three_programs_at_once_ask_for_one_token() {
    let provider = Provider::start(|request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(Duration::from_secs(2))
    });
    let Some(world) = World::with(Kubernetes, provider, ApiServer::start) else {
        return;
    };
    if !ALL.iter().all(|client| client.is_there()) {
        return;
    }
    thread::scope(|scope| {
        for client in ALL {
            let world = &world;
            scope.spawn(move || {
                let output = world.run(client, &["list"]);
                assert_eq!(output.answer(), "pod/web\n", "{client:?}");
            });
        }
    });
    assert_eq!(world.provider.count(), 1);
    assert_eq!(world.server.distinct_tokens(), ["token-1"]);
}

/// kubernetes logs it and goes on without a token, so that a 401 comes after; to the others it is the error.
#[test]
fn what_keyfob_says_is_told_by_every_client() {
    for client in ALL {
        let refusing = Provider::start(|_| Answer::error("invalid_client"));
        let Some(world) = World::with(client, refusing, ApiServer::start) else {
            return;
        };
        let output = world.run(client, &["list"]);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("keyfob: error: "), "{client:?}: {output:?}");
        assert!(said.contains("(provider-refused)"), "{output:?}");
        assert!(!said.contains(SECRET), "{client:?}: {output:?}");
        match client {
            Kubernetes => {
                assert_eq!(output.stdout, "401\n");
                assert_eq!(world.server.tokens(), [""]);
            }
            _ => assert_eq!(world.server.tokens(), [""; 0], "{client:?}: never asked"),
        }
    }
}

/// A cluster that takes `token-1` until the fake clock is set, and `token-2` from then on.
fn aging(clock: &Path, tls: &Tls) -> ApiServer {
    let clock = clock.to_owned();
    ApiServer::guarded(tls, move |request| {
        let later = fs::read_to_string(&clock).unwrap() != "+0";
        request.bearer() == Some(if later { "token-2" } else { "token-1" })
    })
}

#[test]
fn a_token_that_ended_is_renewed_in_the_same_process() {
    if !need(&["faketime"]) {
        return;
    }
    for client in ALL {
        let folder = Home::new();
        let clock = folder.write("clock", "+0");
        let Some(mut world) = World::with(client, provider(), |tls| aging(&clock, tls)) else {
            return;
        };
        let mut preload = folder.command("faketime");
        preload.args(["-f", "+0", "printenv", "LD_PRELOAD"]);
        let preload = run(&mut preload, "").answer().trim().to_owned();
        world.home.set("LD_PRELOAD", preload);
        world.home.set("FAKETIME_TIMESTAMP_FILE", &clock);
        world.home.set("FAKETIME_NO_CACHE", "1");
        world.home.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let output = world.run(client, &["list", "later 3601", "list", "list"]);
        assert_eq!(output.answer(), "pod/web\npod/web\npod/web\n", "{client:?}");
        assert_eq!(world.provider.count(), 2, "{client:?}");
    }
}

/// client-go would run its plugin again; kubernetes and client-node keep the token to its end.
#[test]
fn a_401_does_not_make_kubernetes_or_client_node_ask_again() {
    for client in [Kubernetes, ClientNode] {
        let guarded = |tls: &Tls| ApiServer::refusing_first(tls, 2);
        let Some(world) = World::with(client, provider(), guarded) else {
            return;
        };
        let output = world.run(client, &["list", "list", "list"]);
        assert_eq!(output.answer(), "401\n401\npod/web\n", "{client:?}");
        assert_eq!(world.server.tokens(), ["token-1"; 3], "{client:?}");
        assert_eq!(world.provider.count(), 1, "{client:?}");
    }
}

/// kr8s asks again, but says nothing by which it could be told from a script that runs keyfob in a loop.
#[test]
fn kr8s_asks_again_after_a_401_and_is_given_the_token_that_is_still_good() {
    let guarded = |tls: &Tls| ApiServer::refusing_first(tls, 1);
    let Some(world) = World::with(Kr8s, provider(), guarded) else {
        return;
    };
    assert_eq!(world.run(Kr8s, &["list"]).answer(), "pod/web\n");
    assert_eq!(world.server.distinct_tokens(), ["token-1"]);
    assert_eq!(world.provider.count(), 1);
}

/// A program may read its kubeconfig for each job that it does. That is no refusal, though the process is the same and asks again.
#[test]
fn a_program_that_reads_its_kubeconfig_again_is_given_the_same_token() {
    let Some(world) = World::new(Kubernetes) else {
        return;
    };
    let steps = ["list", "load", "list", "load", "list"];
    let output = world.run(Kubernetes, &steps);
    assert_eq!(output.answer(), "pod/web\npod/web\npod/web\n");
    assert_eq!(world.server.distinct_tokens(), ["token-1"]);
    assert_eq!(world.provider.count(), 1);
}

/// kubernetes says which cluster it is for, kr8s and client-node do not: they have to name their spec.
#[test]
fn a_kubeconfig_that_names_the_cluster_only_serves_who_passes_it_on() {
    for client in ALL {
        let Some(world) = World::new(client) else {
            return;
        };
        let pinned = "kubeconfig-pinned.yaml";
        let output = world.run_with(client, pinned, &["list"]);
        assert_ne!(output.stdout, "pod/web\n", "{client:?}: no spec lists it");
        let listing = home(&world.provider, &[&world.server.url()]);
        let spec = fs::read(listing.path("config/my-cluster.json")).unwrap();
        world.home.write("config/my-cluster.json", spec);
        let output = world.run_with(client, pinned, &["list"]);
        let served = client == Kubernetes;
        assert_eq!(output.stdout == "pod/web\n", served, "{output:?}");
        assert_eq!(world.provider.count(), usize::from(served), "{client:?}");
    }
}
