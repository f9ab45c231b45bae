//! A home with a secret in every kind of source, a spec for each, and a provider that repeats whatever it is sent.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{ID, TOKEN, holds_none};
use crate::house::files_below;
use crate::support::{Answer, Home, Output, Provider, Request, run};

/// What lies in each kind of source. Each differs in every encoding.
pub const SECRETS: [(&str, &str); 6] = [
    ("env", "c4nary+env/of=the%leak&\"?~"),
    ("file", "c4nary+file/of=the%leak&\"?~"),
    ("pointer", "c4nary+pointer/of=the%leak&\"?~"),
    ("command", "c4nary+command/of=the%leak&\"?~"),
    ("keyring", "c4nary+keyring/of=the%leak&\"?~"),
    ("stored", "c4nary+stored/of=the%leak&~"),
];

/// The specs, each with the host that it serves as `SPEC.example.com`.
pub const SPECS: [&str; 7] = [
    "env", "file", "pointer", "command", "keyring", "jwt", "stored",
];

/// The home, the names of the files in which something was planted, and the private key's lines.
pub struct Planted {
    pub home: Home,
    planted: Vec<PathBuf>,
    key: Vec<String>,
    entry: String,
}

impl Planted {
    pub fn new(provider: &Provider) -> Self {
        let mut home = Home::new();
        let secret = |name: &str| {
            let found = SECRETS.iter().find(|(known, _)| *known == name);
            found.unwrap().1
        };
        let entry = format!("leak-{}", home.path("").display()).replace('/', "-");
        let entry = entry.trim_end_matches('-').to_owned();
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        home.set("CANARY", secret("env"));
        let planted = vec![
            home.write("secret", secret("file")),
            home.write(
                "secret.json",
                json!({ "a": { "b": secret("pointer") } }).to_string(),
            ),
            home.write("stored", secret("stored")),
            home.write("key.pem", &key),
            home.script("tell", &format!("echo '{}'", secret("command"))),
        ];
        let basic = |source: Value, method: &str| {
            json!({
                "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": ID,
                "client_secret": source, "token_endpoint_auth_method": method,
                "revocation_url": provider.at("/revoke"),
            })
        };
        let claims = json!({ "iss": ID, "sub": ID, "aud": provider.url(), "exp": { "now": 60 } });
        let jwt =
            json!({ "jwt": { "alg": "ES256", "key": { "file": planted[3] }, "claims": claims } });
        let specs = [
            basic(json!({ "env": "CANARY" }), "client_secret_basic"),
            basic(json!({ "file": planted[0] }), "client_secret_post"),
            basic(
                json!({ "file": planted[1], "pointer": "/a/b" }),
                "basic_raw",
            ),
            basic(json!({ "command": ["tell"] }), "client_secret_basic"),
            basic(
                json!({ "keyring": { "user": entry, "store": "kernel" } }),
                "client_secret_post",
            ),
            json!({
                "provider": "jwt_bearer", "token_url": provider.at("/token"), "assertion": jwt,
                "client_id": ID, "revocation_url": provider.at("/revoke"),
            }),
            json!({
                "provider": "static", "token": { "file": planted[2] },
                "check": {
                    "url": provider.at("/check"), "headers": { "x-token": { "bearer": { "issued": true } } },
                    "usable": [{ "pointer": "/ok", "equals": true, "otherwise": "it is not ok" }],
                    "show": { "said": "/message" },
                },
                "revoke": { "url": provider.at("/revoke"), "json": { "token": { "secret": { "issued": true } } } },
            }),
        ];
        for (name, mut spec) in SPECS.iter().zip(specs) {
            spec["targets"] = json!([format!("{name}.example.com")]);
            home.spec(name, spec.to_string());
        }
        let planted = Self {
            home,
            planted,
            key: key.lines().map(str::to_owned).collect(),
            entry,
        };
        if planted.has_keyring() {
            let set = ["secret", "--store", "kernel", "set", &planted.entry];
            let output = run(&mut planted.home.keyfob(set), secret("keyring"));
            planted.check("secret set", &output);
        }
        planted
    }

    /// Whether this machine has a kernel keyring: without one, what is in it cannot leak.
    pub fn has_keyring(&self) -> bool {
        if !cfg!(target_os = "linux") {
            return false;
        }
        let list = ["secret", "--store", "kernel", "list"];
        run(&mut self.home.keyfob(list), "").status == 0
    }

    /// What is never to be found, besides the token.
    pub fn canaries(&self) -> Vec<&str> {
        let secrets = SECRETS.iter().map(|(_, secret)| *secret);
        let lines = self.key.iter().filter(|line| !line.starts_with("-----"));
        secrets.chain(lines.map(String::as_str)).collect()
    }

    /// Asserts that neither the streams nor the files that keyfob wrote hold a canary; the token stands in a cache entry at most, and
    /// once in each.
    #[track_caller]
    pub fn check(&self, what: &str, output: &Output) {
        let canaries = self.canaries();
        holds_none(what, &output.stderr, &canaries);
        holds_none(what, &output.stderr, &[TOKEN]);
        for path in files_below(&self.home.path("")) {
            let name = path.to_string_lossy().into_owned();
            holds_none(&format!("{what}: a name"), &name, &canaries);
            holds_none(&format!("{what}: a name"), &name, &[TOKEN]);
            if self.planted.contains(&path) || path.starts_with(self.home.path("bin")) {
                continue;
            }
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
            let is_entry = path.starts_with(self.home.cache()) && name.ends_with(".json");
            let stored = SECRETS[5].1;
            let rest = if is_entry {
                // An entry of a stored token holds that one.
                text.replacen(TOKEN, "", 1).replacen(stored, "", 1)
            } else {
                text
            };
            holds_none(&format!("{what}: {name}"), &rest, &canaries);
            holds_none(&format!("{what}: {name}"), &rest, &[TOKEN]);
        }
    }

    /// The same, and that standard output holds a token this many times and nothing else.
    #[track_caller]
    pub fn check_answer(&self, what: &str, output: &Output, tokens: usize) {
        self.check(what, output);
        let stored = SECRETS[5].1;
        let quoted = stored.replace('"', "\\\"");
        let answer = freed_from_base64(&output.stdout);
        let found = [TOKEN, stored].map(|token| answer.matches(token).count());
        assert_eq!(found.iter().sum::<usize>(), tokens, "{what}: {output:?}");
        let rest = [TOKEN, stored, &quoted]
            .iter()
            .fold(answer, |rest, token| rest.replace(token, ""));
        holds_none(what, &rest, &self.canaries());
        holds_none(what, &rest, &[TOKEN]);
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let remove = ["secret", "--store", "kernel", "remove", &self.entry];
        run(&mut self.home.keyfob(remove), "");
    }
}

/// The answer with what a header says as Basic as it was before, which holds the token by right.
fn freed_from_base64(answer: &str) -> String {
    let line = |line: &str| match line.strip_prefix("Authorization: Basic ") {
        Some(pair) => String::from_utf8(BASE64_STANDARD.decode(pair).unwrap()).unwrap(),
        None => line.to_owned(),
    };
    answer.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Everything that was sent, and every secret in every form, in all places that could be repeated in turn.
pub fn reflection(status: u16) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    move |request| {
        let sent = request.header("authorization").unwrap_or_default();
        let own = request.header("x-token").unwrap_or_default();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let opened = SECRETS
            .iter()
            .find(|(_, secret)| contains(request, secret))
            .map(|(_, secret)| super::forms(secret).join(" "));
        let all = format!("{} {sent} {own} {body}", opened.unwrap_or_default());
        let short: String = all.chars().take(2000).collect();
        let said = json!({
            "error": short, "error_description": all, "message": all, "access_token": TOKEN, "ok": false,
            "refresh_token": TOKEN, "scope": all,
        });
        Answer::json(status, said.to_string())
            .header("X-Request-Id", &one_line(&format!("{sent} {own}")))
            .header("Retry-After", "30")
    }
}

fn contains(request: &Request, secret: &str) -> bool {
    let headers = request.headers.iter().map(|(_, value)| value.as_str());
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let sent = headers.collect::<Vec<_>>().join("\n") + &body;
    super::forms(secret).iter().any(|form| sent.contains(form))
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}
