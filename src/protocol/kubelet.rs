//! kubelet's image credential provider: a `CredentialProviderRequest` on standard input, a `CredentialProviderResponse` on standard output.
//!
//! Ruled by <https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/>, whose versions v1, v1beta1 and v1alpha1 differ in name
//! alone. kubelet drops an answer with a member that it does not know. The pod's service account token in a request is neither used nor repeated.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until};
use crate::credential::{Credential, Secret};
use crate::target::Target;
use crate::time::{Timestamp, margin};

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "kubelet",
    link: "kubelet-keyfob",
    words: "< REQUEST",
    about: "image credential provider for kubelet",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

const VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];
/// Docker Hub's names; kubelet says the second, and a spec may say any.
const HUB: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];
/// Longest time for which kubelet is told to keep an answer: it does not ask again when a registry refuses, and nothing else makes it forget.
const LONGEST: Duration = Duration::from_secs(600);

fn read(input: &mut Input<'_>) -> CallerRequest {
    if !input.words.is_empty() {
        return CallerRequest::Reply(Reply::failure(&Message::usage(
            "kubelet takes no argument but --spec: the request is on standard input",
        )));
    }
    match request(input) {
        Ok(image) => CallerRequest::Credential(Box::new(image)),
        Err(told) => CallerRequest::Reply(Reply::failure(&told)),
    }
}

/// What is read of a request; the rest is passed over.
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
    let asked = request.api_version.as_deref().unwrap_or_default();
    let version = VERSIONS.iter().find(|version| **version == asked);
    let version = version.ok_or_else(|| Message {
        hint: Some(
            "set the provider's apiVersion to credentialprovider.kubelet.k8s.io/v1".to_owned(),
        ),
        ..Message::malformed("the request's apiVersion is none that keyfob speaks")
    })?;
    Image::parse(
        version,
        request.image.as_deref().unwrap_or_default(),
        input.named,
    )
}

/// An image that is to be pulled.
struct Image {
    version: &'static str,
    /// `host[:port]` as kubelet wrote it, since it compares letters.
    registry: String,
    /// The registry without a path.
    whole: Vec<Target>,
    targets: Vec<Target>,
    named: bool,
}

impl Image {
    fn parse(version: &'static str, image: &str, named: bool) -> Result<Self, Message> {
        // kubelet leaves tag and digest out; a person who tries it may not.
        let name = image.split('@').next().unwrap_or_default();
        let (registry, path) = name.split_once('/').unwrap_or_default();
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
        let last = last.split(':').next().unwrap_or_default();
        let path = if folder.is_empty() {
            last.to_owned()
        } else {
            format!("{folder}/{last}")
        };
        // Without one of these it is a path at Docker Hub, which kubelet would have written out.
        if !registry.contains(['.', ':']) && registry != "localhost" {
            return Err(Message::malformed(
                "the request's image does not begin with a registry's name",
            ));
        }
        let parsed = |text: String| {
            Target::parse(&text).map_err(|why| {
                Message::malformed(format!("the request's image is at no registry: {why}"))
            })
        };
        let target = parsed(format!("https://{registry}/{path}"))?;
        let host = target.host().as_str();
        let (whole, targets): (Vec<String>, Vec<String>) = if HUB.contains(&host) {
            let whole = HUB
                .iter()
                .flat_map(|name| [format!("https://{name}"), format!("https://{name}/v1")]);
            let image = HUB.iter().map(|name| format!("https://{name}/{path}"));
            let whole: Vec<String> = whole.collect();
            (whole.clone(), image.chain(whole).collect())
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
            named,
        })
    }

    /// kubelet hands an answer that it keeps for the registry to every other image there, and looks for no closer one. So it may only be kept for
    /// the registry where no other spec could be meant, and this one means the whole of it.
    fn cache_key_type(&self, credential: &Credential) -> &'static str {
        let means = |target: &Target| {
            let mut patterns = credential.targets.iter();
            patterns.any(|pattern| pattern.fits(target).is_some())
        };
        if self.named && self.whole.iter().any(means) {
            "Registry"
        } else {
            "Image"
        }
    }
}

/// An answer; without `auth` it says that there is no credential.
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

/// As Go writes a duration (`time.Duration.String`): kubelet takes no number.
fn go_duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// How long kubelet may keep the answer. An expiry that is unknown is not published, and then it keeps nothing: `0s`, since without a word
/// it takes a time of its own. A pull begins with what was kept, so the margin is left to it even where all of the life is published.
fn kept_for(credential: &Credential) -> Duration {
    let token = &credential.token;
    let early = |end: Timestamp| end.minus(margin(end.since(token.issued_at)));
    let end = credential
        .published_end
        .zip(token.expires_at)
        .map(|(published, end)| published.min(early(end)));
    end.map_or(Duration::ZERO, |end| end.since(credential.given_at))
        .min(LONGEST)
}

impl CredentialRequest for Image {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// A pull of many layers shows the same token again and again.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn give(&self, credential: &Credential) -> Reply {
        let auth = AuthConfig {
            username: &credential.username,
            password: credential.token.access_token.expose(),
        };
        // Not made from an array: that would sort, which costs the program kilobytes for each type.
        let mut registries = BTreeMap::new();
        registries.insert(self.registry.as_str(), auth);
        CredentialProviderResponse {
            api_version: self.version,
            kind: "CredentialProviderResponse",
            cache_key_type: self.cache_key_type(credential),
            cache_duration: go_duration(kept_for(credential)),
            auth: Some(registries),
        }
        .reply()
    }

    /// Not kept, so that a spec which is written later counts at once.
    fn not_mine(&self, _: &Message) -> Reply {
        CredentialProviderResponse {
            api_version: self.version,
            kind: "CredentialProviderResponse",
            cache_key_type: "Image",
            cache_duration: go_duration(Duration::ZERO),
            auth: None,
        }
        .reply()
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}
