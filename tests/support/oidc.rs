//! oidc-provider, a certified token server, as `oidc/server.mjs` sets it up: client_credentials and token exchange over http and https, with
//! introspection (RFC 7662) and revocation (RFC 7009).
//!
//! On loopback; ends with the test.

use std::fs;
use std::path::{Path, PathBuf};

use super::http::{self, Reply};
use super::tools::tool_folder;
use super::{Home, Server, Tls, need, tool};

/// A running provider and the clients' keys.
#[derive(Debug)]
pub struct Oidc {
    _server: Server,
    http: u16,
    https: u16,
    keys: PathBuf,
}

impl Oidc {
    /// Whether Node and the provider are there; see [`need`].
    pub fn can_start() -> bool {
        need(&["node", "oidc/node_modules/oidc-provider/package.json"])
    }

    /// Starts it in `home`, with `tls` for its https side.
    pub fn start(home: &Home, tls: &Tls) -> Self {
        let keys = home.path("oidc");
        fs::create_dir(&keys).unwrap();
        let mut command = home.command_at(&tool("node"));
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/oidc/server.mjs"))
            .arg(tool_folder().join("oidc/node_modules"))
            .args([&keys, &tls.certificate_file, &tls.key_file]);
        let mut server = Server::start(&mut command);
        let ports = server.wait_for_line("listening ");
        let (http, https) = ports.split_once(' ').unwrap();
        Self {
            _server: server,
            http: http.parse().unwrap(),
            https: https.parse().unwrap(),
            keys,
        }
    }

    /// The token endpoint (http), which is an accepted audience of client assertions too.
    pub fn token_url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.http)
    }

    /// The same over https.
    pub fn secure_token_url(&self) -> String {
        format!("https://127.0.0.1:{}/token", self.https)
    }

    /// The provider's own name, which is an accepted audience too.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    /// The metadata (RFC 8414).
    pub fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer())
    }

    /// The revocation endpoint (RFC 7009).
    pub fn revocation_url(&self) -> String {
        format!("{}/token/revocation", self.issuer())
    }

    /// A client's private key: `es256.pem`, `ps256.pem`, `eddsa.pem` (PKCS#8) or `rs256.jwk`.
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.keys.join(name)
    }

    /// Token requests so far.
    pub fn token_requests(&self) -> u64 {
        self.requests("/token")
    }

    /// Requests so far to this path.
    pub fn requests(&self, path: &str) -> u64 {
        let counts = http::get(self.http, "/tests/counts", &[]).json();
        counts[path].as_u64().unwrap_or(0)
    }

    /// Why requests were refused, one reason each: the provider's own, which it does not tell the client.
    pub fn refusals(&self) -> serde_json::Value {
        http::get(self.http, "/tests/refusals", &[]).json()
    }

    /// What the provider understood of each token exchange, which named a client, a subject and more.
    pub fn exchanges(&self) -> serde_json::Value {
        http::get(self.http, "/tests/exchanges", &[]).json()
    }

    /// What introspection says of an opaque token (asked as the client `plain`).
    pub fn introspect(&self, token: &str) -> serde_json::Value {
        self.ask("/token/introspection", token).json()
    }

    /// The claims of a JWT access token whose signature and lifetime hold; `error` otherwise.
    pub fn verify(&self, token: &str) -> serde_json::Value {
        self.ask("/tests/verify", token).json()
    }

    fn ask(&self, path: &str, token: &str) -> Reply {
        let basic = http::basic("plain", "plain-secret");
        let form = "application/x-www-form-urlencoded";
        let headers = [("Authorization", basic.as_str()), ("Content-Type", form)];
        http::post(self.http, path, &headers, &format!("token={token}"))
    }
}
