//! The presets that come with keyfob. Their texts lose their blanks when keyfob is compiled.

/// A preset that comes with keyfob.
pub(super) struct Shipped {
    pub(super) text: &'static str,
    /// A digest of the text, which is part of the cache key.
    pub(super) digest: u64,
    /// Whether it names sources of its own, and not only the user's. A token then depends on what
    /// only the expanded spec says.
    pub(super) has_sources: bool,
}

/// How the sources of a preset begin. A test compares this with the parsed presets.
const SOURCES: [&str; 4] = [
    "{\"env\":\"",
    "{\"file\":",
    "{\"command\":",
    "{\"token\":{\"provider\":",
];

// A `match`, and no table: pointers in a table are relocated at each start of the program.
macro_rules! shipped {
    ($($name:literal)*) => {
        /// The names, sorted, each with a newline.
        pub(super) const NAMES: &str = concat!($($name, "\n"),*);

        /// The built-in preset of this name.
        pub(super) fn find(name: &str) -> Option<Shipped> {
            match name {
                $($name => {
                    const TEXT: &str = include_str!(concat!("../presets/", $name, ".json"));
                    const MINIFIED: [u8; minified_length(TEXT)] = minify(TEXT);
                    const SHIPPED: Shipped = Shipped::new(&MINIFIED);
                    Some(SHIPPED)
                })*
                _ => None,
            }
        }
    };
}

shipped! {
    "acr"
    "anthropic"
    "auth0"
    "autodesk"
    "aws-assume-role"
    "aws-codeartifact"
    "aws-ecr"
    "aws-ecr-public"
    "aws-eks"
    "aws-identity"
    "aws-web-identity"
    "azure-app-service"
    "azure-imds"
    "azure-pipelines"
    "bitbucket-pipelines"
    "buildkite"
    "chainguard"
    "circleci"
    "cloudsmith"
    "confluent"
    "crates-io"
    "databricks"
    "datadog"
    "datadog-mint"
    "docker-hub"
    "docker-hub-oidc"
    "ec2"
    "ecs"
    "eks-pod-identity"
    "entra"
    "forgejo-actions"
    "gce"
    "github-actions"
    "github-app"
    "gitlab-ci"
    "gitlab-job"
    "google-key"
    "google-wif"
    "harbor"
    "hcp"
    "jfrog"
    "keycloak"
    "kubernetes-token"
    "mongodb-atlas"
    "npm"
    "okta"
    "openai"
    "pingone-aic"
    "pypi"
    "quay"
    "salesforce"
    "snowflake-key"
    "spiffe"
    "tailscale"
    "talend"
    "vault-approle"
    "vault-jwt"
    "vault-kubernetes"
    "vault-kv"
    "zoom"
}

impl Shipped {
    const fn new(text: &'static [u8]) -> Self {
        // FNV-1a, 64 bits.
        let (mut digest, mut rest) = (0xcbf2_9ce4_8422_2325, text);
        let mut has_sources = false;
        while let Some((byte, after)) = rest.split_first() {
            digest = (digest ^ *byte as u64).wrapping_mul(0x100_0000_01b3);
            let [env, file, command, token] = SOURCES;
            has_sources |= begins(rest, env)
                || begins(rest, file)
                || begins(rest, command)
                || begins(rest, token);
            rest = after;
        }
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        };
        Self {
            text,
            digest,
            has_sources,
        }
    }
}

const fn begins(text: &[u8], with: &str) -> bool {
    let (mut text, mut with) = (text, with.as_bytes());
    while let Some((wanted, others)) = with.split_first() {
        match text.split_first() {
            Some((found, after)) if *found == *wanted => (text, with) = (after, others),
            _ => return false,
        }
    }
    true
}

/// Where in a JSON text a byte is.
#[derive(Clone, Copy)]
enum At {
    Outside,
    String,
    Escape,
}

/// Whether the byte is needed, and where the next one is.
const fn step(at: At, byte: u8) -> (bool, At) {
    match (at, byte) {
        (At::Outside, b' ' | b'\t' | b'\r' | b'\n') => (false, At::Outside),
        (At::Outside, b'"') | (At::Escape, _) => (true, At::String),
        (At::String, b'\\') => (true, At::Escape),
        (At::String, b'"') | (At::Outside, _) => (true, At::Outside),
        (At::String, _) => (true, At::String),
    }
}

/// The next byte that is needed, with what comes after it.
const fn next(at: At, text: &[u8]) -> Option<(u8, At, &[u8])> {
    let (mut at, mut rest) = (at, text);
    while let Some((byte, after)) = rest.split_first() {
        let (is_needed, next) = step(at, *byte);
        if is_needed {
            return Some((*byte, next, after));
        }
        (at, rest) = (next, after);
    }
    None
}

/// How long a JSON text is without blanks.
pub(in crate::spec) const fn minified_length(text: &str) -> usize {
    let (mut length, mut at, mut rest) = (0, At::Outside, text.as_bytes());
    while let Some((_, next, after)) = next(at, rest) {
        length += 1;
        (at, rest) = (next, after);
    }
    length
}

/// A JSON text without blanks.
pub(in crate::spec) const fn minify<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut minified = [0; LENGTH];
    let mut free: &mut [u8] = &mut minified;
    let (mut at, mut rest) = (At::Outside, text.as_bytes());
    while let Some((slot, others)) = free.split_first_mut() {
        if let Some((byte, next, after)) = next(at, rest) {
            *slot = byte;
            (at, rest) = (next, after);
        }
        free = others;
    }
    minified
}
