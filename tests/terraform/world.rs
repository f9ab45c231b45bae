//! A module registry, terraform's configuration, and a spec that lists the registry.

use std::process::Command;

use serde_json::json;

use super::{LINK, home, numbering, run, spec};
use crate::support::home::keyfob_binary;
use crate::support::{Answer, Home, Output, Provider, Request, Tls, need};

/// The module registry's name; only the configuration knows where it is.
pub(super) const REGISTRY: &str = "registry.example.com";
/// What `tests/setup` puts in place.
pub(super) const TERRAFORM: &str = "terraform-1.15/terraform";
const SHIPPED: &str = include_str!("../../integrations/terraform/terraformrc");

pub(super) struct World {
    pub(super) registry: Provider,
    pub(super) provider: Provider,
    pub(super) home: Home,
    _tls: Tls,
}

impl World {
    /// A registry that takes `token-1`, listed in a spec; none where terraform is missing.
    pub(super) fn new() -> Option<Self> {
        Self::with(numbering())
    }

    pub(super) fn with(provider: Provider) -> Option<Self> {
        if !need(&[TERRAFORM, "tar"]) {
            return None;
        }
        let (mut home, tls) = (home(), Tls::new());
        // Go reads the folder besides the file.
        home.trust(&tls).set("SSL_CERT_DIR", "/nowhere");
        home.set("CHECKPOINT_DISABLE", "1");
        home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
        let plugins = home.home().join(".terraform.d/plugins");
        std::fs::create_dir_all(&plugins).unwrap();
        std::os::unix::fs::symlink(keyfob_binary(), plugins.join(LINK)).unwrap();
        let archive = archive(&home);
        let registry = Provider::tls(&tls, move |request| answer(request, &archive));
        let world = Self {
            registry,
            provider,
            home,
            _tls: tls,
        };
        world.configure("args = []");
        Some(world)
    }

    /// Writes the shipped `~/.terraformrc` with these arguments, and where the registry is.
    pub(super) fn configure(&self, arguments: &str) {
        assert!(SHIPPED.contains("args = []"));
        let port = self.registry.port();
        let host = format!(
            r#"host "{REGISTRY}" {{
  services = {{
    "modules.v1" = "https://localhost:{port}/modules/"
    "login.v1" = {{
      client = "terraform-cli", grant_types = ["authz_code"],
      authz = "https://localhost:{port}/authorize", token = "https://localhost:{port}/token"
    }}
  }}
}}
"#
        );
        self.home.write(
            "home/.terraformrc",
            SHIPPED.replace("args = []", arguments) + &host,
        );
    }

    /// terraform in a folder of its own, with a configuration that uses the registry's module.
    pub(super) fn terraform(&self, folder: &str, words: &[&str]) -> Command {
        let module = format!(
            "module \"m\" {{\n  source = \"{REGISTRY}/team/greeting/none\"\n  version = \"1.0.0\"\n}}\n"
        );
        let main = self.home.write(&format!("home/{folder}/main.tf"), module);
        let mut command = self.home.command(TERRAFORM);
        command.current_dir(main.parent().unwrap()).args(words);
        command
    }

    pub(super) fn init(&self) -> Output {
        run(&mut self.terraform("job", &INIT), "")
    }

    /// What the module in this folder came down as.
    pub(super) fn module(&self, folder: &str) -> Option<String> {
        let path = format!("home/{folder}/.terraform/modules/m/main.tf");
        std::fs::read_to_string(self.home.path(path)).ok()
    }

    /// Every `Authorization` that the registry was shown, without repetitions in a row.
    pub(super) fn seen(&self) -> Vec<String> {
        let shown = |request: &Request| {
            let header = request.header("authorization").unwrap_or("none");
            header.to_owned()
        };
        let modules = |request: &&Request| request.path.starts_with("/modules/");
        let requests = self.registry.requests();
        let mut seen: Vec<String> = requests.iter().filter(modules).map(shown).collect();
        seen.dedup();
        seen
    }
}

pub(super) const INIT: [&str; 3] = ["init", "-input=false", "-no-color"];
pub(super) const MODULE: &str = "output \"greeting\" {\n  value = \"hello\"\n}\n";

/// The module's archive.
fn archive(home: &Home) -> Vec<u8> {
    home.write("module/main.tf", MODULE);
    let mut tar = home.command("tar");
    let file = home.path("module.tar.gz");
    tar.arg("-czf")
        .arg(&file)
        .arg("-C")
        .arg(home.path("module"));
    run(tar.arg("main.tf"), "").answer();
    std::fs::read(file).unwrap()
}

/// The module registry protocol, `authz_code` of the login protocol, and the archive, which needs no token.
fn answer(request: &Request, archive: &[u8]) -> Answer {
    let path = request.path.as_str();
    if path == "/archive.tar.gz" {
        let body = archive.to_vec();
        return Answer {
            body,
            ..Answer::empty(200)
        };
    }
    if path == "/token" {
        return Answer::token("of-the-login", 3600);
    }
    if request.bearer() != Some("token-1") {
        return Answer::json(401, r#"{"errors":["Unauthorized"]}"#);
    }
    match path {
        "/modules/team/greeting/none/versions" => {
            let versions = json!({"modules": [{"versions": [{"version": "1.0.0"}]}]});
            Answer::json(200, versions.to_string())
        }
        "/modules/team/greeting/none/1.0.0/download" => {
            Answer::empty(204).header("X-Terraform-Get", "/archive.tar.gz")
        }
        _ => Answer::empty(404),
    }
}
