//! OpenBao in development mode over TLS, an AppRole whose login is a spec, and the shipped file in `~/.bao`.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::tools::tool_folder;
use crate::support::{Home, Output, Server, free_port, need, run};

pub(super) const SHIPPED: &str = include_str!("../../integrations/vault/bao.hcl");
const ROOT: &str = "root-token";

pub(super) struct World {
    _server: Server,
    port: u16,
    pub(super) home: Home,
}

impl World {
    /// A server with one secret, which the spec `bao` may read; none where OpenBao is missing.
    pub(super) fn new() -> Option<Self> {
        if !need(&["openbao/bao"]) {
            return None;
        }
        let (mut home, port) = (super::home(), free_port());
        let folder = home.path("tls");
        fs::create_dir(&folder).unwrap();
        let mut command = home.command_at(&program());
        command.args(["server", "-dev", "-dev-tls", "-dev-no-store-token"]);
        command.arg(format!("-dev-tls-cert-dir={}", folder.display()));
        command.arg(format!("-dev-root-token-id={ROOT}"));
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        let mut server = Server::start(&mut command);
        server.wait_until_listening(port);
        home.set("SSL_CERT_FILE", folder.join("vault-ca.pem"))
            .set("SSL_CERT_DIR", "/nowhere")
            .set("BAO_ADDR", format!("https://127.0.0.1:{port}"));
        let mut world = Self {
            _server: server,
            port,
            home,
        };
        world.settle();
        Some(world)
    }

    fn settle(&mut self) {
        let unsealed = |world: &Self| world.root(&["status"]).status == 0;
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !unsealed(self) {
            assert!(std::time::Instant::now() < until, "OpenBao stays sealed");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let policy = self.home.write(
            "policy.hcl",
            r#"path "secret/data/deploy" { capabilities = ["read"] }"#,
        );
        let policy = policy.to_str().unwrap().to_owned();
        let role = "auth/approle/role/ci";
        for words in [
            &["policy", "write", "ci", &policy][..],
            &["auth", "enable", "approle"],
            &["write", role, "token_ttl=20m", "token_policies=ci"],
            &["kv", "put", "secret/deploy", "answer=42"],
        ] {
            self.root(words).answer();
        }
        let field = |path: &str, words: &[&str]| {
            let words = [words, &["-format=json", path]].concat();
            self.root(&words).json()["data"].clone()
        };
        let role_id = field(&format!("{role}/role-id"), &["read"])["role_id"].clone();
        let secret_id = field(&format!("{role}/secret-id"), &["write", "-f"])["secret_id"].clone();
        self.home.set("SECRET_ID", secret_id.as_str().unwrap());
        let spec = json!({
            "provider": "http",
            "url": format!("https://127.0.0.1:{}/v1/auth/approle/login", self.port),
            "json": { "role_id": role_id, "secret_id": { "secret": { "env": "SECRET_ID" } } },
            "token_pointer": "/auth/client_token",
            "expires": { "seconds": "/auth/lease_duration" },
            "targets": [format!("127.0.0.1:{}", self.port)],
        });
        self.home.spec("bao", spec.to_string());
        let link = self.home.bin().join("vault-token-keyfob");
        let configured =
            SHIPPED.replace("/usr/local/bin/vault-token-keyfob", link.to_str().unwrap());
        assert_ne!(configured, SHIPPED);
        self.configure(&configured);
    }

    /// Writes `~/.bao`.
    pub(super) fn configure(&self, configuration: &str) {
        self.home.write("home/.bao", configuration);
    }

    /// `bao WORDS`, with whatever the helper gives.
    pub(super) fn bao(&self, words: &[&str]) -> Output {
        run(self.home.command_at(&program()).args(words), "")
    }

    /// `bao WORDS` as `root`, without the helper.
    pub(super) fn root(&self, words: &[&str]) -> Output {
        let mut command = self.home.command_at(&program());
        run(command.args(words).env("BAO_TOKEN", ROOT), "")
    }

    /// How many tokens the AppRole has been given and still has.
    pub(super) fn logins(&self) -> usize {
        let accessors = self.root(&["list", "-format=json", "auth/token/accessors"]);
        let of_role = |accessor: &&Value| {
            let accessor = accessor.as_str().unwrap();
            let words = ["token", "lookup", "-format=json", "-accessor", accessor];
            self.root(&words).json()["data"]["path"] == "auth/approle/login"
        };
        let accessors = accessors.json();
        accessors.as_array().unwrap().iter().filter(of_role).count()
    }
}

fn program() -> PathBuf {
    tool_folder().join("openbao/bao")
}
