//! JSON → `Provider`, strictly: what a spec's author wrote becomes a grant with its sources, or an error with its place.

pub mod node;
pub mod preset;
pub mod source;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::credential::Authtype;
use crate::grant::Grant;
use crate::grant::answer::Reading;
use crate::grant::client_credentials::{
    BodyForm, ClientAuthentication, ClientCredentials, TokenEndpoint,
};
use crate::source::Source;
use crate::target::{Closeness, NotATarget, Pattern, Target};
use crate::time::{self, Expiry};
use node::{Child, Members, Node, SpecError};

/// How the connection is made, as written.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// Trust only the certificates in this file.
    pub ca_file: Option<PathBuf>,
    /// Client certificate and key for mutual TLS.
    pub client_certificate: Option<(Source, Source)>,
    /// Proxy instead of the environment's.
    pub proxy: Option<String>,
    /// The whole call; seconds.
    pub timeout: Option<Duration>,
}

/// A spec, read: who issues the token, how it is asked for, and to whom it may be handed.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The preset or grant that the spec names.
    pub provider: String,
    /// To whom the token may be handed.
    pub targets: Vec<Pattern>,
    /// User name for callers that want one.
    pub username: String,
    /// How git is to send the token, where the spec says so.
    pub authtype: Option<Authtype>,
    /// How the connection is made.
    pub connection: Connection,
    /// How long a token of unknown life is kept.
    pub max_cache: Duration,
    /// The grant with its sources.
    grant: Grant<Source>,
    /// Everything in the spec that changes the token, in one canonical text.
    identity: String,
}

/// A provider whose token may be handed to who asked: the only way to its grant.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a>(&'a Provider);

impl<'a> Admitted<'a> {
    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &'a Provider {
        self.0
    }

    /// How its token is asked for.
    #[must_use]
    pub fn grant(&self) -> &'a Grant<Source> {
        &self.0.grant
    }
}

/// Longest path of presets over presets.
const DEEPEST: usize = 4;
/// User name where neither spec nor preset has one: what GitLab and others take beside an OAuth token.
const USERNAME: &str = "oauth2";
/// How long a token of unknown life is kept.
const MAX_CACHE: Duration = Duration::from_secs(300);
/// Longest `timeout`, in seconds.
const LONGEST_TIMEOUT: u64 = 120;
/// Members that change how a token is fetched or handed on, but not which token it is.
const NO_IDENTITY: &[&str] = &[
    "targets",
    "username",
    "authtype",
    "timeout",
    "description",
    "max_cache",
];

impl Provider {
    /// Reads a spec. `own_preset` gives the text of a preset of the user's own, by name.
    ///
    /// # Errors
    /// [`SpecError`] with the place.
    pub fn parse(
        text: &[u8],
        own_preset: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SpecError> {
        let value = node::parse(text)?;
        let Value::Object(written) = value else {
            return Err(SpecError::new("", "a spec is one JSON object"));
        };
        let (provider, plain) = expand(written, own_preset)?;
        let identity = plain
            .iter()
            .filter(|(name, _)| !NO_IDENTITY.contains(&name.as_str()));
        let identity = Value::Object(
            identity
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
        .to_string();
        let value = Value::Object(plain);
        read(&value, provider, identity)
    }

    /// Whether the token may be handed to this target. A caller that names none is served: it named the spec instead.
    #[must_use]
    pub fn admit(&self, targets: &[Target]) -> Option<Admitted<'_>> {
        (targets.is_empty() || self.closeness(targets).is_some()).then_some(Admitted(self))
    }

    /// How closely the spec's `targets` fit any of these.
    #[must_use]
    pub fn closeness(&self, targets: &[Target]) -> Option<Closeness> {
        targets
            .iter()
            .flat_map(|target| {
                self.targets
                    .iter()
                    .filter_map(|pattern| pattern.fits(target))
            })
            .max()
    }

    /// Everything in the spec that changes the token. Holds no secret.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Calls `visit` with every source of the spec.
    pub fn walk_sources(&self, visit: &mut dyn FnMut(&Source)) {
        let infallible = self
            .grant
            .open::<(), std::convert::Infallible>(&mut |source| {
                source.walk(&mut |source| visit(source));
                Ok(())
            });
        debug_assert!(infallible.is_ok());
        if let Some((certificate, key)) = &self.connection.client_certificate {
            certificate.walk(&mut |source| visit(source));
            key.walk(&mut |source| visit(source));
        }
    }
}

/// Presets → a plain grant's spec; gives the name that the user wrote.
///
/// # Errors
/// An unknown provider, or a preset that does not fit.
pub fn expand(
    mut spec: Map<String, Value>,
    own_preset: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, Map<String, Value>), SpecError> {
    let mut written = None;
    for _ in 0..DEEPEST {
        let name = match spec.get("provider") {
            Some(Value::String(name)) => name.clone(),
            Some(_) => {
                return Err(SpecError::new(
                    "/provider",
                    "a string is wanted here: a preset's or a grant's name",
                ));
            }
            None => {
                return Err(SpecError::new("", "member `provider` is missing")
                    .hint("`keyfob providers` lists the presets"));
            }
        };
        let first = written.get_or_insert_with(|| name.clone()).clone();
        if GRANTS.contains(&name.as_str()) {
            return Ok((first, spec));
        }
        let text = preset::shipped(&name)
            .map(str::to_owned)
            .or_else(|| own_preset(&name));
        let Some(text) = text else {
            let known: Vec<&str> = preset::names().chain(GRANTS.iter().copied()).collect();
            return Err(SpecError::new(
                "/provider",
                format!("there is no preset or grant `{}`", node::printable(&name)),
            )
            .hint(format!("known: {}", known.join(", "))));
        };
        spec.remove("provider");
        spec = preset::read(&text).and_then(|preset| preset.expand(spec))?;
    }
    Err(SpecError::new(
        "/provider",
        "presets stand on presets too deep",
    ))
}

/// The plain grants.
pub const GRANTS: &[&str] = &["client_credentials"];

fn read(value: &Value, provider: String, identity: String) -> Result<Provider, SpecError> {
    let mut members = Node::root(value).members()?;
    let grant_name = members.need("provider")?;
    members.take("description");
    let targets = members
        .take("targets")
        .map(|targets| patterns(targets.node()))
        .transpose()?
        .unwrap_or_default();
    let username = text(&mut members, "username")?.unwrap_or_else(|| USERNAME.to_owned());
    if username.contains(':') {
        return Err(SpecError::new(
            "/username",
            "a colon cannot stand in a user name (RFC 7617 §2)",
        ));
    }
    let authtype = word(
        &mut members,
        "authtype",
        &[("basic", Authtype::Basic), ("bearer", Authtype::Bearer)],
    )?;
    let max_cache = seconds(&mut members, "max_cache", 86_400)?.unwrap_or(MAX_CACHE);
    let connection = connection(&mut members)?;
    let reading = reading(&mut members)?;
    let grant = match grant_name.node().text()? {
        "client_credentials" => {
            Grant::ClientCredentials(client_credentials(&mut members, reading)?)
        }
        _ => return Err(grant_name.node().error("there is no such grant")),
    };
    members.finish()?;
    Ok(Provider {
        provider,
        targets,
        username,
        authtype,
        connection,
        max_cache,
        grant,
        identity,
    })
}

fn patterns(node: Node<'_>) -> Result<Vec<Pattern>, SpecError> {
    let pattern = |item: &Child<'_>| {
        Pattern::parse(item.node().text()?).map_err(|why| {
            let error = item.node().error(format!("this is no target: {why}"));
            match why {
                NotATarget::Scheme => {
                    error.hint("write `host`, `host:port` or `https://host[:port][/path]`")
                }
                NotATarget::PlainHttp => error.hint("write https://, or leave the scheme out"),
                _ => error,
            }
        })
    };
    node.items()?.iter().map(pattern).collect()
}

fn text(members: &mut Members<'_>, name: &'static str) -> Result<Option<String>, SpecError> {
    members
        .take(name)
        .map(|child| child.node().text().map(str::to_owned))
        .transpose()
}

fn texts(members: &mut Members<'_>, name: &'static str) -> Result<Vec<String>, SpecError> {
    members
        .take(name)
        .map(|child| child.node().texts())
        .transpose()
        .map(Option::unwrap_or_default)
}

fn seconds(
    members: &mut Members<'_>,
    name: &'static str,
    most: u64,
) -> Result<Option<Duration>, SpecError> {
    members
        .take(name)
        .map(|child| child.node().number(most).map(Duration::from_secs))
        .transpose()
}

fn word<T: Copy>(
    members: &mut Members<'_>,
    name: &'static str,
    words: &[(&str, T)],
) -> Result<Option<T>, SpecError> {
    let Some(child) = members.take(name) else {
        return Ok(None);
    };
    let written = child.node().text()?;
    match words.iter().find(|(word, _)| *word == written) {
        Some((_, meaning)) => Ok(Some(*meaning)),
        None => {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Err(child
                .node()
                .error("this word is not known here")
                .hint(format!("known here: {}", all.join(", "))))
        }
    }
}

fn connection(members: &mut Members<'_>) -> Result<Connection, SpecError> {
    let ca_file = text(members, "ca_file")?.map(PathBuf::from);
    let client_certificate = match members.take("client_certificate") {
        None => None,
        Some(child) => {
            let mut pair = child.node().members()?;
            let certificate = source::read(pair.need("certificate")?.node())?;
            let key = source::read(pair.need("key")?.node())?;
            pair.finish()?;
            Some((certificate, key))
        }
    };
    let proxy = match members.take("proxy") {
        None => None,
        Some(child) if child.node().value() == &Value::String(String::new()) => Some(String::new()),
        Some(child) if child.node().text()?.contains('@') => {
            return Err(child
                .node()
                .error("a proxy's password is never written in a spec")
                .hint("set HTTPS_PROXY instead"));
        }
        Some(child) => Some(child.node().text()?.to_owned()),
    };
    let timeout = seconds(members, "timeout", LONGEST_TIMEOUT)?;
    Ok(Connection {
        ca_file,
        client_certificate,
        proxy,
        timeout,
    })
}

fn reading(members: &mut Members<'_>) -> Result<Reading, SpecError> {
    let token = members
        .take("token_pointer")
        .map(|child| source::pointer_text(child.node()))
        .transpose()?;
    let expires = match members.take("expires") {
        None => vec![
            Expiry::Seconds {
                at: "/expires_in".to_owned(),
                relative_to: None,
            },
            Expiry::Jwt,
        ],
        Some(child) => time::one_or_more(child.node().value().clone())
            .map_err(|why| child.node().error(why.to_string()))?,
    };
    let retry_header = text(members, "retry_header")?.map(|name| name.to_ascii_lowercase());
    Ok(Reading {
        token: token.unwrap_or_else(|| "/access_token".to_owned()),
        expires,
        retry_header,
    })
}

fn client_credentials(
    members: &mut Members<'_>,
    reading: Reading,
) -> Result<ClientCredentials<Source>, SpecError> {
    let endpoint = token_endpoint(members)?;
    let scope = texts(members, "scope")?.join(" ");
    let mut parameters = Vec::new();
    if let Some(child) = members.take("parameters") {
        for (name, child) in child.node().members()?.rest() {
            let taken = [
                "grant_type",
                "client_id",
                "client_secret",
                "scope",
                "audience",
                "resource",
                "client_assertion",
            ];
            if taken.contains(&name.as_str()) {
                return Err(child.node().error("this parameter has a member of its own"));
            }
            parameters.extend(
                child
                    .node()
                    .texts()?
                    .into_iter()
                    .map(|value| (name.clone(), value)),
            );
        }
    }
    Ok(ClientCredentials {
        endpoint,
        scope: Some(scope).filter(|scope| !scope.is_empty()),
        audience: text(members, "audience")?,
        resource: texts(members, "resource")?,
        parameters,
        reading,
    })
}

fn token_endpoint(members: &mut Members<'_>) -> Result<TokenEndpoint<Source>, SpecError> {
    let url = members.need("token_url")?.node().endpoint()?;
    let client_id = text(members, "client_id")?;
    let secret = members
        .take("client_secret")
        .map(|child| source::read(child.node()))
        .transpose()?;
    let assertion = members
        .take("client_assertion")
        .map(|child| source::read(child.node()))
        .transpose()?;
    let method = text(members, "token_endpoint_auth_method")?;
    let needs = |member: &str, value: Option<Source>| {
        value.ok_or_else(|| SpecError::new("", format!("member `{member}` is missing")))
    };
    use ClientAuthentication::{Assertion, Basic, BasicRaw, None as Public, Post};
    let authentication = match (method.as_deref(), secret, assertion) {
        (_, Some(_), Some(_)) => {
            return Err(SpecError::new(
                "/client_assertion",
                "a client authenticates with a secret or with an assertion, never both (RFC 6749 §2.3)",
            ));
        }
        (None, None, None) | (Some("none"), None, None) => Public,
        (Some("none"), _, _) => {
            return Err(SpecError::new(
                "/token_endpoint_auth_method",
                "`none` takes no secret",
            ));
        }
        (None | Some("client_secret_basic"), secret, None) => {
            Basic(needs("client_secret", secret)?)
        }
        (Some("basic_raw"), secret, None) => BasicRaw(needs("client_secret", secret)?),
        (Some("client_secret_post"), secret, None) => Post(needs("client_secret", secret)?),
        (None | Some("private_key_jwt" | "client_secret_jwt"), None, assertion) => {
            Assertion(needs("client_assertion", assertion)?)
        }
        (Some(_), _, _) => {
            return Err(SpecError::new("/token_endpoint_auth_method", "this way of authentication is not known, or does not go with what the spec gives")
                .hint("known: client_secret_basic, basic_raw, client_secret_post, private_key_jwt and client_secret_jwt with `client_assertion`, none"));
        }
    };
    if client_id.is_none() && !matches!(authentication, Public | Assertion(_)) {
        return Err(SpecError::new("", "member `client_id` is missing"));
    }
    let body = word(
        members,
        "body",
        &[("form", BodyForm::Form), ("json", BodyForm::Json)],
    )?
    .unwrap_or_default();
    Ok(TokenEndpoint {
        url,
        client_id,
        authentication,
        body,
    })
}
