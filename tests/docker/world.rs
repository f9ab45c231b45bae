//! A registry with an image, its clients' configuration, and a spec that lists it.

use ring::digest::{SHA256, digest};
use serde_json::json;

use super::{home, numbering, run, spec};
use crate::support::registry::{Authentication, PROGRAMS, Registry};
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
        let registries = home.write("registries.conf", "");
        home.set("CONTAINERS_REGISTRIES_CONF", registries);
        // Without it they write to a file of their own, and never ask the helper to store or erase.
        home.set("REGISTRY_AUTH_FILE", home.path("home/.docker/config.json"));
        let policy = r#"{"default":[{"type":"insecureAcceptAnything"}]}"#;
        home.write("home/.config/containers/policy.json", policy);
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
        let layer = vec![0; 1024]; // the end of a tar archive
        let named = |content: &[u8]| {
            let hex: String = digest(&SHA256, content)
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            self.home.write(&format!("image/{hex}"), content);
            format!("sha256:{hex}")
        };
        let layer_name = named(&layer);
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer_name]},
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": named(&config), "size": config.len(),
            },
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": layer_name, "size": layer.len(),
            }],
        });
        self.home.write("image/manifest.json", manifest.to_string());
        self.home
            .write("image/version", "Directory Transport Version: 1.1\n");
        let from = format!("dir:{}", self.home.path("image").display());
        self.run(
            "skopeo",
            &["copy", "-q", &from, &format!("docker://{}", self.image())],
        )
    }
}
