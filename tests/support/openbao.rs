//! OpenBao in development mode (everything in memory, unsealed, KV v2 at `secret/`), and before it a door that counts who comes in.
//!
//! On loopback; ends with the test. The test itself goes in by the back door, as `root`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::http;
use super::tools::tool_folder;
use super::{Answer, Home, Output, Provider, Server, free_port, need, run};

const ROOT: &str = "root-token";

/// A running OpenBao.
pub struct OpenBao {
    _server: Server,
    port: u16,
    door: Provider,
}

impl OpenBao {
    /// Whether OpenBao is there; see [`need`].
    pub fn can_start() -> bool {
        need(&["openbao/bao"])
    }

    fn program() -> PathBuf {
        tool_folder().join("openbao/bao")
    }

    /// Starts it in `home` and waits until it is unsealed.
    pub fn start(home: &Home) -> Self {
        let port = free_port();
        let mut command = home.command_at(&Self::program());
        command.args(["server", "-dev", "-dev-no-store-token"]);
        command.arg(format!("-dev-root-token-id={ROOT}"));
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        let mut server = Server::start(&mut command);
        server.wait_until_listening(port);
        server.wait_until("unsealed", |_| {
            let health = http::get(port, "/v1/sys/health", &[]);
            (health.status == 200).then_some(())
        });
        let door = Provider::start(move |request| {
            let target = format!("{}?{}", request.path, request.query);
            let own = ["host", "connection", "content-length"];
            let headers: Vec<(&str, &str)> = request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .filter(|(name, _)| !own.contains(&name.to_ascii_lowercase().as_str()))
                .collect();
            let reply = http::send(&request.method, port, &target, &headers, request.text());
            Answer::json(reply.status, reply.body)
        });
        Self {
            _server: server,
            port,
            door,
        }
    }

    /// Its address and a path, by the door that counts.
    pub fn at(&self, path: &str) -> String {
        self.door.at(path)
    }

    /// `METHOD /path` of everything that came in by the door, in order.
    pub fn came(&self) -> Vec<String> {
        let requests = self.door.requests();
        let line = |request: &super::Request| format!("{} {}", request.method, request.path);
        requests.iter().map(line).collect()
    }

    /// Asks it as `root`, by the back door; the answer must be a success.
    #[track_caller]
    pub fn root(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.ask(ROOT, method, path, body);
        assert!(reply.status < 300, "{path}: {}{}", reply.head, reply.body);
        serde_json::from_str(&reply.body).unwrap_or(Value::Null)
    }

    /// Asks it with this token, by the back door.
    #[track_caller]
    pub fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> http::Reply {
        let headers = [("X-Vault-Token", token)];
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        http::send(method, self.port, path, &headers, &body)
    }

    /// Its own client with this token: `bao WORDS`.
    pub fn client(&self, home: &Home, token: &str, words: &[&str]) -> Output {
        let mut command = home.command_at(&Self::program());
        command
            .args(words)
            .env("BAO_ADDR", format!("http://127.0.0.1:{}", self.port))
            .env("BAO_TOKEN", token);
        run(&mut command, "")
    }

    /// A script of its client's commands, as root.
    pub fn script(&self, home: &Home, script: &str) -> Output {
        let program = Self::program();
        let path = format!(
            "PATH={}:$PATH\nset -eu\n",
            program.parent().unwrap().display()
        );
        let mut shell = home.command("sh");
        shell
            .env("BAO_ADDR", format!("http://127.0.0.1:{}", self.port))
            .env("BAO_TOKEN", ROOT);
        run(&mut shell, path + script)
    }

    /// The AppRole `ci`, whose tokens live this long and may read and write what is below `secret/deploy`, and make tokens; gives its
    /// `role_id` and a `secret_id`.
    pub fn app_role(&self, life: &str) -> (String, String) {
        let rules = r#"path "secret/data/deploy" { capabilities = ["read"] } path "auth/token/create" { capabilities = ["update"] }"#;
        self.root(
            "PUT",
            "/v1/sys/policies/acl/ci",
            &json!({ "policy": rules }),
        );
        self.root(
            "POST",
            "/v1/sys/auth/approle",
            &json!({ "type": "approle" }),
        );
        let role = "/v1/auth/approle/role/ci";
        let settings = json!({ "token_ttl": life, "token_policies": ["ci"] });
        self.root("POST", role, &settings);
        let text = |answer: Value, pointer: &str| {
            answer
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        let role_id = self.root("GET", &format!("{role}/role-id"), &Value::Null);
        let secret_id = self.root("POST", &format!("{role}/secret-id"), &json!({}));
        (
            text(role_id, "/data/role_id"),
            text(secret_id, "/data/secret_id"),
        )
    }
}
