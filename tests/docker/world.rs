//! A registry with an image, its clients' configuration, and a spec that lists it.

use super::{home, numbering, run, spec};
use crate::support::registry::{Authentication, PROGRAMS, Registry, configure_clients};
use crate::support::{Home, Output, Provider, Tls, need};

pub(super) const SHIPPED: &str = include_str!("../../integrations/docker/config.json");

pub(super) struct World {
    pub(super) registry: Registry,
    pub(super) provider: Provider,
    pub(super) home: Home,
    _tls: Tls,
}

impl World {
    /// A registry that takes `token-1`, listed in a spec, and the shipped file with its host; none where a program is missing.
    pub(super) fn new(authentication: Authentication, client: &str) -> Option<Self> {
        Self::with(authentication, client, numbering())
    }

    pub(super) fn with(
        authentication: Authentication,
        client: &str,
        provider: Provider,
    ) -> Option<Self> {
        if !need(&[client]) || !need(&PROGRAMS) {
            return None;
        }
        let (mut home, tls) = (home(), Tls::new());
        // Go reads the folder besides the file.
        home.trust(&tls).set("SSL_CERT_DIR", "/nowhere");
        configure_clients(&mut home);
        // Without it they write to a file of their own, and never ask the helper to store or erase.
        home.set("REGISTRY_AUTH_FILE", home.path("home/.docker/config.json"));
        let registry = Registry::start(&home, &tls, authentication);
        registry.accept(&["token-1"]);
        home.spec("registry", spec(&provider, &[&registry.host()]).to_string());
        let world = Self {
            registry,
            provider,
            home,
            _tls: tls,
        };
        world.configure(&SHIPPED.replace("registry.example.com:5000", &world.registry.host()));
        Some(world)
    }

    /// Writes `~/.docker/config.json`, which podman and skopeo read too.
    pub(super) fn configure(&self, configuration: &str) {
        self.home.write("home/.docker/config.json", configuration);
    }

    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> Output {
        run(self.home.command(program).args(arguments), "")
    }

    pub(super) fn podman(&self, arguments: &[&str]) -> Output {
        let (root, runroot) = (self.home.path("podman"), self.home.path("run/podman"));
        let mut podman = self.home.command("podman");
        podman.arg("--root").arg(root).arg("--runroot").arg(runroot);
        run(
            podman
                .args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"])
                .args(arguments),
            "",
        )
    }

    pub(super) fn image(&self) -> String {
        format!("{}/team/image:1", self.registry.host())
    }

    /// Pushes an image of one empty layer with skopeo.
    pub(super) fn push(&self) -> Output {
        self.registry.push(&self.home, "image:1")
    }
}
