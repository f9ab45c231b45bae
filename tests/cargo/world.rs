//! A registry with a package, a package that depends on it, a shipped file in `~/.cargo/config.toml`, and a spec that lists the index.

use std::path::{Path, PathBuf};

use super::registry::Registry;
use super::{home, numbering, spec};
use crate::support::tools::search_path;
use crate::support::{Home, Output, Provider, need, run};

pub(super) const SHIPPED: &str = include_str!("../../integrations/cargo/config.toml");

pub(super) struct World {
    pub(super) registry: Registry,
    pub(super) provider: Provider,
    pub(super) home: Home,
}

impl World {
    pub(super) fn new() -> Option<Self> {
        Self::with(numbering())
    }

    /// A registry that takes `token-1`.
    pub(super) fn with(provider: Provider) -> Option<Self> {
        if !need(&["tar"]) {
            return None;
        }
        let (mut home, registry) = (home(), Registry::start());
        let toolchain = cargo().parent().unwrap().to_owned();
        // rustup's own `rustc` would look for its toolchain in this empty home.
        let path = [home.bin(), toolchain].into_iter().chain(search_path());
        home.set("PATH", std::env::join_paths(path).unwrap());
        registry.accept(&["token-1"]);
        registry.add("dependency", package(&home));
        home.spec(
            "registry",
            spec(&provider, &[&registry.target()]).to_string(),
        );
        let world = Self {
            registry,
            provider,
            home,
        };
        world.configure(SHIPPED);
        world.write_package();
        Some(world)
    }

    /// Writes `~/.cargo/config.toml`, with the registry's own index.
    pub(super) fn configure(&self, shipped: &str) {
        let placeholder = "sparse+https://registry.example.com/index/";
        let configuration = shipped.replace(placeholder, &self.registry.index());
        self.home.write("home/.cargo/config.toml", configuration);
    }

    fn write_package(&self) {
        self.home.write(
            "home/sample/Cargo.toml",
            "[package]\nname = \"sample\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"d\"\nlicense = \"MIT\"\n\
             publish = [\"my-registry\"]\n\n[dependencies]\ndependency = { version = \"1\", registry = \"my-registry\" }\n",
        );
        self.home.write("home/sample/src/lib.rs", "");
    }

    /// cargo in the package, with caches of its own: it finds nothing that another run has fetched.
    pub(super) fn cargo(&self, words: &[&str]) -> Output {
        run(&mut self.command(words), "")
    }

    pub(super) fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = self.home.command_at(cargo());
        command.current_dir(self.home.home().join("sample"));
        command.args(words);
        command
    }

    /// Fetches the dependency, afresh.
    pub(super) fn fetch(&self) -> Output {
        let _ = std::fs::remove_dir_all(self.home.home().join(".cargo/registry"));
        self.cargo(&["fetch"])
    }
}

/// The cargo that has built this test, and not rustup's stand-in.
fn cargo() -> &'static Path {
    Path::new(env!("CARGO"))
}

/// `dependency-1.0.0`, as cargo would pack it.
fn package(home: &Home) -> Vec<u8> {
    let manifest = "[package]\nname = \"dependency\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    home.write("packed/dependency-1.0.0/Cargo.toml", manifest);
    home.write("packed/dependency-1.0.0/src/lib.rs", "");
    let file: PathBuf = home.path("packed/dependency.crate");
    let mut tar = home.command("tar");
    tar.arg("-czf")
        .arg(&file)
        .arg("-C")
        .arg(home.path("packed"));
    run(tar.arg("dependency-1.0.0"), "").answer();
    std::fs::read(file).unwrap()
}
