//! kubelet's image credential provider: a `CredentialProviderRequest` on standard input, a
//! `CredentialProviderResponse` on standard output.
//!
//! Specified by <https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/>,
//! whose versions v1, v1beta1 and v1alpha1 differ only in name. kubelet drops an answer with a
//! member that it does not know. The pod's service account token (KEP-4412) is sent only where a
//! spec says so, and never printed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    docker_hub,
};
use crate::credential::{Credential, Secret};
use crate::target::Target;
use crate::time::{Timestamp, renewal_margin};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "kubelet",
    link: "kubelet-keyfob",
    synopsis: "< REQUEST",
    about: "image credential provider for kubelet",
    operations: &[],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

const VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];
/// The longest time for which kubelet may cache an answer. kubelet does not ask again when a
/// registry rejects the token, and nothing else empties its cache.
const LONGEST: Duration = Duration::from_secs(600);

fn read(input: &mut Input<'_>) -> CallerRequest {
    if !input.arguments.is_empty() {
        return CallerRequest::Failure(Message::no_argument(
            "kubelet",
            "kubelet takes no argument but --spec: the request is on standard input",
        ));
    }
    match request(input) {
        Ok(image) => CallerRequest::Credential(Box::new(image)),
        Err(message) => CallerRequest::Failure(message),
    }
}

/// The members of a request that are used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialProviderRequest<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    api_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    image: Option<Cow<'a, str>>,
}

fn request(input: &mut Input<'_>) -> Result<Image, Message> {
    let bytes = (input.stdin)(Until::End)?;
    let request = bytes.expose_text().map(serde_json::from_str);
    let Some(Ok(request)) = request else {
        return Err(Message::malformed(
            "standard input holds no CredentialProviderRequest",
        ));
    };
    let request: CredentialProviderRequest<'_> = request;
    if request.kind.as_deref() != Some("CredentialProviderRequest") {
        return Err(Message::malformed(
            "the request's kind is not CredentialProviderRequest",
        ));
    }
    let requested = request.api_version.as_deref().unwrap_or_default();
    let version = VERSIONS.iter().find(|version| **version == requested);
    let version = version.ok_or_else(|| Message {
        hint: Some(
            "set the provider's apiVersion to credentialprovider.kubelet.k8s.io/v1".to_owned(),
        ),
        ..Message::malformed("keyfob does not support the request's apiVersion")
    })?;
    let image = request.image.as_deref().unwrap_or_default();
    let parsed = Image::parse(version, image, input.spec_is_named)?;
    drop(request);
    Ok(Image {
        request: bytes,
        ..parsed
    })
}

/// A request for the credential of an image.
struct Image {
    version: &'static str,
    /// `host[:port]` as kubelet wrote it, because kubelet compares text.
    registry: String,
    /// The whole registry, without a path.
    whole: Vec<Target>,
    targets: Vec<Target>,
    spec_is_named: bool,
    /// The whole request.
    request: Secret,
}

impl Image {
    fn parse(version: &'static str, image: &str, spec_is_named: bool) -> Result<Self, Message> {
        // kubelet removes the tag and the digest, but a person may include them.
        let name = image.split('@').next().unwrap_or_default();
        let (registry, path) = name.split_once('/').unwrap_or_default();
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
        let last = last.split(':').next().unwrap_or_default();
        let path = if folder.is_empty() {
            last.to_owned()
        } else {
            format!("{folder}/{last}")
        };
        // Without one of these the name is a path at Docker Hub. kubelet always writes the host of
        // Docker Hub, so this is an error.
        if !registry.contains(['.', ':']) && registry != "localhost" {
            return Err(Message::malformed(
                "the request's image does not begin with a registry's name",
            ));
        }
        let parsed = |text: String| {
            Target::parse(&text).map_err(|why| {
                Message::malformed(format!("the request's image names no registry: {why}"))
            })
        };
        let target = parsed(format!("https://{registry}/{path}"))?;
        let host = target.host().as_str();
        let (whole, targets): (Vec<String>, Vec<String>) = if docker_hub::is_at(host) {
            let (whole, image) = (
                docker_hub::registry(),
                docker_hub::urls(&format!("/{path}")),
            );
            (whole.clone(), image.into_iter().chain(whole).collect())
        } else {
            let schemes: &[&str] = if target.host().is_loopback() {
                &["https", "http"]
            } else {
                &["https"]
            };
            let at = |path: &str| {
                let url = |scheme: &&str| format!("{scheme}://{registry}{path}");
                schemes.iter().map(url).collect()
            };
            (at(""), at(&format!("/{path}")))
        };
        let all = |texts: Vec<String>| texts.into_iter().map(parsed).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            version,
            registry: registry.to_owned(),
            whole: all(whole)?,
            targets: all(targets)?,
            spec_is_named,
            request: Secret::new(Vec::new()),
        })
    }

    /// The scope in which kubelet may reuse the answer. It uses an answer for a registry for every
    /// image there. So the spec must list the whole registry, and nothing that the request says may
    /// change the token. It must also be named, because otherwise another spec could list an image
    /// more closely.
    fn cache_key_type(&self, credential: &Credential) -> &'static str {
        let is_listed = |target: &Target| {
            let mut patterns = credential.targets.iter();
            patterns.any(|pattern| pattern.matches(target).is_some())
        };
        let is_the_same = self.spec_is_named && !credential.depends_on_request;
        if is_the_same && self.whole.iter().any(is_listed) {
            "Registry"
        } else {
            "Image"
        }
    }
}

/// The answer. Without `auth` there is no credential.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialProviderResponse<'a> {
    api_version: &'a str,
    kind: &'a str,
    cache_key_type: &'a str,
    cache_duration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<BTreeMap<&'a str, AuthConfig<'a>>>,
}

#[derive(Serialize)]
struct AuthConfig<'a> {
    username: &'a str,
    password: &'a str,
}

impl CredentialProviderResponse<'_> {
    fn reply(&self) -> Reply {
        match Secret::json(self, "\n") {
            Some(json) => Reply::answer(json),
            None => Reply::failure(&Message::malformed("the answer cannot be written as JSON")),
        }
    }
}

/// Formats a duration as Go does (`time.Duration.String`), because kubelet accepts no number.
fn go_duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// How long kubelet may cache the answer.
///
/// The time is `0s` if the expiry is unknown, because kubelet uses its own default if there is no
/// duration. It ends at the published expiry, or at the renewal margin before the true expiry if
/// that is earlier: a pull that begins with the cached token needs that margin.
fn cached_for(credential: &Credential) -> Duration {
    let token = &credential.token;
    let early = |end: Timestamp| end.minus(renewal_margin(end.since(token.issued_at)));
    let end = credential
        .published_expiry
        .zip(token.expires_at)
        .map(|(published, end)| published.min(early(end)));
    end.map_or(Duration::ZERO, |end| end.since(credential.delivered_at))
        .min(LONGEST)
}

impl CredentialRequest for Image {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn said(&self) -> Option<&Secret> {
        Some(&self.request)
    }

    /// A pull of many layers uses the same token for minutes.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let auth = AuthConfig {
            username: &credential.username,
            password: credential.token.access_token.expose(),
        };
        // `BTreeMap::from` sorts its array, and the code for that would make the program kilobytes
        // larger.
        let mut registries = BTreeMap::new();
        registries.insert(self.registry.as_str(), auth);
        CredentialProviderResponse {
            api_version: self.version,
            kind: "CredentialProviderResponse",
            cache_key_type: self.cache_key_type(credential),
            cache_duration: go_duration(cached_for(credential)),
            auth: Some(registries),
        }
        .reply()
    }

    /// The answer is not cached, so that a spec that is added later is used at once.
    fn not_listed(&self, _: &Message) -> Reply {
        CredentialProviderResponse {
            api_version: self.version,
            kind: "CredentialProviderResponse",
            cache_key_type: "Image",
            cache_duration: go_duration(Duration::ZERO),
            auth: None,
        }
        .reply()
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}
