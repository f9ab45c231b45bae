//! Authlib's token server, as `authlib/server.py` sets it up: the JWT bearer grant (RFC 7523 §2.1) and revocation (RFC 7009).
//!
//! On loopback; ends with the test.

use std::path::Path;

use super::http;
use super::tools::tool_folder;
use super::{Home, Server, need, run, tool};

/// A running server, and the private keys of its issuers in `keys/` of the home.
#[derive(Debug)]
pub struct Authlib {
    _server: Server,
    port: u16,
}

/// The issuers, and the kind of their keys.
const ISSUERS: &[(&str, &str)] = &[
    ("ci", "RSA -pkeyopt rsa_keygen_bits:2048"),
    ("curve", "EC -pkeyopt ec_paramgen_curve:P-256"),
    ("retired", "RSA -pkeyopt rsa_keygen_bits:2048"),
];

impl Authlib {
    /// Whether Python, Authlib and OpenSSL are there; see [`need`].
    pub fn can_start() -> bool {
        need(&["python3", "openssl", "authlib/authlib/__init__.py"])
    }

    /// Makes the issuers' keys in `home` and starts it.
    pub fn start(home: &Home) -> Self {
        for (name, kind) in ISSUERS {
            let openssl = |words: &str, input: &str| {
                let mut command = home.command("openssl");
                run(command.args(words.split_whitespace()), input)
                    .answer()
                    .to_owned()
            };
            let private = openssl(&format!("genpkey -algorithm {kind}"), "");
            home.write(&format!("keys/{name}.pem"), &private);
            let public = openssl("pkey -pubout", &private);
            home.write(&format!("public/{name}.pem"), public);
        }
        let mut command = home.command_at(&tool("python3"));
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/authlib/server.py"))
            .args([tool_folder().join("authlib"), home.path("public")])
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let mut server = Server::start(&mut command);
        let port = server.wait_for_line("listening ").parse().unwrap();
        Self {
            _server: server,
            port,
        }
    }

    /// `http://127.0.0.1:PORT` and a path: `/token`, `/revoke`.
    pub fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What the server keeps of a token: `client`, `user`, `scope`, `expires_in`, `revoked`.
    pub fn kept(&self, token: &str) -> serde_json::Value {
        http::get(self.port, &format!("/tests/token?token={token}"), &[]).json()
    }

    /// Token requests so far.
    pub fn count(&self) -> u64 {
        let count = http::get(self.port, "/tests/count", &[]).json();
        count.as_u64().unwrap()
    }
}
