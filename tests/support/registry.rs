//! A container registry: Debian's docker-registry over TLS, with an image in it.
//!
//! Its clients show a name and a password either to the registry itself (htpasswd) or to a token endpoint that this
//! file is (<https://distribution.github.io/distribution/spec/auth/token/>); both are written down and compared with
//! the tokens that the test has accepted. It never listens off loopback.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};

use super::git_server::authorization;
use super::{Answer, Home, Output, Provider, Request, Server, Tls, free_port, run};

/// What it is made of, for `need`.
pub const PROGRAMS: [&str; 2] = ["docker-registry", "htpasswd"];

const SERVICE: &str = "registry-of-the-tests";

/// Who looks at the password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// The registry, with this one password for the user `oauth2`.
    Htpasswd(&'static str),
    /// A token endpoint, with what [`Registry::accept`] was given last.
    TokenEndpoint,
}

/// A running registry; it ends when this is dropped.
pub struct Registry {
    port: u16,
    accepted: Arc<Mutex<Vec<String>>>,
    endpoint: Provider,
    _server: Server,
}

impl Registry {
    /// Starts in `registry` below the home's root; its token endpoint accepts no token yet.
    pub fn start(home: &Home, tls: &Tls, authentication: Authentication) -> Self {
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let endpoint = token_endpoint(tls, Arc::clone(&accepted));
        let port = free_port();
        let authentication = match authentication {
            Authentication::Htpasswd(password) => htpasswd(home, password),
            Authentication::TokenEndpoint => json!({"token": {
                "realm": endpoint.at("/token"), "service": SERVICE, "issuer": "tests", "rootcertbundle": tls.ca_file,
            }}),
        };
        // JSON is YAML.
        let configuration = json!({
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": true}},
            "storage": {"filesystem": {"rootdirectory": home.path("registry/storage")}},
            "http": {
                "addr": format!("127.0.0.1:{port}"), "secret": "of the tests",
                "tls": {"certificate": tls.certificate_file, "key": tls.key_file},
            },
            "auth": authentication,
        });
        let file = home.write("registry/config.yml", configuration.to_string());
        let mut command = home.command("docker-registry");
        // To podman it is a file, to docker-registry every `REGISTRY_…` is a part of its configuration.
        let mut server = Server::start(
            command
                .arg("serve")
                .arg(file)
                .env_remove("REGISTRY_AUTH_FILE"),
        );
        server.wait_until_listening(port);
        Self {
            port,
            accepted,
            endpoint,
            _server: server,
        }
    }

    /// From now on the token endpoint takes these passwords of the user `oauth2`, and no others.
    pub fn accept(&self, tokens: &[&str]) {
        *self.accepted.lock().unwrap() = tokens.iter().map(|one| format!("oauth2:{one}")).collect();
    }

    /// From now on the token endpoint takes this user with this password, and nobody else.
    pub fn accept_login(&self, user: &str, password: &str) {
        *self.accepted.lock().unwrap() = vec![format!("{user}:{password}")];
    }

    /// What the token endpoint was shown so far, without repetitions in a row: `none`, `Basic user:password`.
    pub fn seen(&self) -> Vec<String> {
        let mut seen: Vec<String> = self.endpoint.requests().iter().map(authorization).collect();
        seen.dedup();
        seen
    }

    /// One with a token endpoint, and a home whose skopeo asks keyfob for it.
    pub fn behind_keyfob(home: &mut Home, tls: &Tls) -> Self {
        home.link("docker-credential-keyfob");
        // Go reads the folder besides the file.
        home.trust(tls).set("SSL_CERT_DIR", "/nowhere");
        configure_clients(home);
        let registry = Self::start(home, tls, Authentication::TokenEndpoint);
        let helpers = json!({ "credHelpers": { registry.host(): "keyfob" } });
        home.write("home/.docker/config.json", helpers.to_string());
        registry
    }

    /// Pushes an image of one empty layer with skopeo, as `team/NAME:TAG`.
    pub fn push(&self, home: &Home, name_and_tag: &str) -> Output {
        let from = format!("dir:{}", write_image(home).display());
        let to = format!("docker://{}/team/{name_and_tag}", self.host());
        run(home.command("skopeo").args(["copy", "-q", &from, &to]), "")
    }

    /// `127.0.0.1:PORT`, as docker and podman say it to a helper.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Prepares a home for skopeo and podman: they take any image, and know no registry of the machine's.
pub fn configure_clients(home: &mut Home) {
    let policy = r#"{"default":[{"type":"insecureAcceptAnything"}]}"#;
    home.write("home/.config/containers/policy.json", policy);
    let registries = home.write("registries.conf", "");
    home.set("CONTAINERS_REGISTRIES_CONF", registries);
}

/// Writes an image of one empty layer into the folder `image`, as skopeo's `dir:` reads it.
pub fn write_image(home: &Home) -> PathBuf {
    let layer = vec![0; 1024]; // the end of a tar archive
    let named = |content: &[u8]| {
        let hex: String = digest(&SHA256, content)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        home.write(&format!("image/{hex}"), content);
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
    home.write("image/manifest.json", manifest.to_string());
    home.write("image/version", "Directory Transport Version: 1.1\n");
    home.path("image")
}

/// docker-registry takes bcrypt only.
fn htpasswd(home: &Home, password: &str) -> Value {
    let line = run(
        home.command("htpasswd")
            .args(["-nbB", "-C", "4", "oauth2", password]),
        "",
    )
    .answer()
    .to_owned();
    json!({"htpasswd": {"realm": SERVICE, "path": home.write("registry/htpasswd", line)}})
}

/// The token endpoint: Basic in, a JWT for what was asked out.
fn token_endpoint(tls: &Tls, accepted: Arc<Mutex<Vec<String>>>) -> Provider {
    let certificate = CertificateDer::from_pem_file(&tls.certificate_file).unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_file(&tls.key_file).unwrap();
    let header =
        json!({"typ": "JWT", "alg": "ES256", "x5c": [BASE64_STANDARD.encode(certificate)]});
    Provider::start(move |request| {
        let passes = |(user, password): &(String, String)| {
            let login = format!("{user}:{password}");
            accepted.lock().unwrap().contains(&login)
        };
        let Some((user, _)) = request.basic().filter(passes) else {
            let refusal =
                json!({"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]});
            return Answer::json(401, refusal.to_string());
        };
        let token = sign(&header, &claims(request, &user), key.secret_pkcs8_der());
        Answer::json(200, json!({"token": token, "expires_in": 300}).to_string())
    })
}

/// Grants exactly what the query's `scope`s ask for: `repository:NAME:pull,push`.
fn claims(request: &Request, user: &str) -> Value {
    let scopes = request
        .query_pairs()
        .into_iter()
        .filter(|(name, _)| name == "scope");
    let access: Vec<Value> = scopes
        .flat_map(|(_, scopes)| scopes.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|scope| {
            let mut words = scope.split(':');
            let (kind, name, actions) = (words.next()?, words.next()?, words.next()?);
            Some(json!({"type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>()}))
        })
        .collect();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    json!({
        "iss": "tests", "sub": user, "aud": SERVICE, "jti": "1",
        "nbf": now - 60, "iat": now, "exp": now + 300, "access": access,
    })
}

fn sign(header: &Value, claims: &Value, key: &[u8]) -> String {
    let random = ring::rand::SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random).unwrap();
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = pair.sign(&random, signed.as_bytes()).unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}
