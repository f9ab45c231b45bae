//! The exec credential plugin of kubectl and every client-go program:
//! `client.authentication.k8s.io/v1` and `v1beta1`.
//!
//! Specified by KEP-541 and
//! <https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>.
//! `KUBERNETES_EXEC_INFO` may be absent (kr8s, client-node and the Java client do not set it) or
//! not be JSON; neither is an error. An unknown version in it is an error, because client-go
//! accepts no answer in another version. Never reads standard input.

use serde::Serialize;
use serde_json::Value;

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply};
use crate::credential::{CertificateAndKey, Credential, Secret};
use crate::target::Target;
use crate::time::Timestamp;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "kubectl",
    link: "kubectl-keyfob",
    synopsis: "[--api-version VERSION]",
    about: "exec credential plugin for kubectl and every client-go program",
    operations: &[],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: false,
    asked_alone: true,
    conversation: Conversation::once,
    read,
};

const GROUP: &str = "client.authentication.k8s.io/";
const VERSIONS: [&str; 2] = ["v1", "v1beta1"];

/// A request, and the version of its answer.
struct ExecCredential {
    version: &'static str,
    targets: Vec<Target>,
    /// `KUBERNETES_EXEC_INFO`, if it is set and is JSON.
    info: Option<Secret>,
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    match request(input) {
        Ok(request) => CallerRequest::Credential(Box::new(request)),
        Err(message) => CallerRequest::Failure(message),
    }
}

fn request(input: &mut Input<'_>) -> Result<ExecCredential, Message> {
    let mut forced = None;
    let mut words = input.arguments.iter();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--api-version") {
            Some("") => words.next().map(String::as_str),
            Some(value) => value.strip_prefix('='),
            // The message does not quote the argument, because it could be a secret in the wrong
            // place.
            None => {
                let sentence = "kubectl takes no argument but --spec and --api-version";
                return Err(Message::no_argument("kubectl", sentence));
            }
        };
        let known = value.and_then(known_version);
        forced = Some(known.ok_or_else(|| Message::usage("--api-version takes v1 or v1beta1"))?);
    }
    // client-go writes a trailing newline. A value that is not JSON counts as absent.
    let written = (input.variable)("KUBERNETES_EXEC_INFO");
    let info = written
        .as_ref()
        .and_then(|info| serde_json::from_str::<Value>(info).ok());
    let requested = info
        .as_ref()
        .and_then(|info| info.get("apiVersion"))
        .and_then(Value::as_str)
        .and_then(known_version);
    let unknown = info
        .as_ref()
        .and_then(|info| info.get("apiVersion")?.as_str()?.strip_prefix(GROUP))
        .filter(|_| requested.is_none() && forced.is_none());
    if let Some(version) = unknown {
        return Err(Message::not_supported(
            format!("the caller requests `{GROUP}{version}`, and keyfob supports v1 and v1beta1"),
            format!("write `apiVersion: {GROUP}v1` for this user in the kubeconfig"),
        ));
    }
    let server = info
        .as_ref()
        .and_then(|info| info.pointer("/spec/cluster/server"))
        .and_then(Value::as_str);
    let target = server
        .filter(|server| !server.is_empty())
        .map(Target::parse)
        .transpose();
    let target = target.map_err(|why| {
        Message::malformed(format!(
            "no token can be sent to the cluster's server: {why}"
        ))
    })?;
    Ok(ExecCredential {
        version: forced.or(requested).unwrap_or("v1"),
        targets: target.into_iter().collect(),
        info: written.filter(|_| info.is_some()).map(Secret::from),
    })
}

fn known_version(text: &str) -> Option<&'static str> {
    let bare = text.strip_prefix(GROUP).unwrap_or(text);
    VERSIONS.iter().find(|version| **version == bare).copied()
}

/// The answer with a client certificate.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: String,
    kind: &'a str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    client_certificate_data: &'a str,
    client_key_data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<String>,
}

impl ExecCredential {
    fn certificate(&self, pair: &CertificateAndKey<'_>, credential: &Credential) -> Reply {
        let answer = Answer {
            api_version: format!("{GROUP}{}", self.version),
            kind: "ExecCredential",
            status: Status {
                client_certificate_data: &pair.certificate,
                client_key_data: &pair.key,
                expiration_timestamp: credential.published_expiry.map(Timestamp::rfc3339),
            },
        };
        // An object of strings can always be serialized.
        Secret::json(&answer, "\n").map_or_else(Reply::silence, Reply::answer)
    }
}

impl CredentialRequest for ExecCredential {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// client-go caches a token until its expiry, and asks again after a 401 without saying so
    /// (KEP-541). It always sets `KUBERNETES_EXEC_INFO`; a person or a script that runs this
    /// command in a loop does not. A process with several clusters asks once for each, and each has
    /// its own `spec.cluster`.
    fn asks_again_when_refused(&self) -> Option<&str> {
        self.info.as_ref().and_then(Secret::expose_text)
    }

    fn said(&self) -> Option<&Secret> {
        self.info.as_ref()
    }

    fn reply(&self, credential: &Credential) -> Reply {
        if let Some(pair) = credential.token.access_token.certificate() {
            return self.certificate(&pair, credential);
        }
        let token = credential.token.access_token.in_json();
        let end = match credential.published_expiry {
            Some(end) => format!(r#"","expirationTimestamp":"{}"}}}}"#, end.rfc3339()),
            None => r#""}}"#.to_owned(),
        };
        let head = format!(
            r#"{{"apiVersion":"{GROUP}{}","kind":"ExecCredential","status":{{"token":""#,
            self.version
        );
        Reply::answer(Secret::joined(&[&head, &token, &end, "\n"]))
    }

    fn takes_a_certificate(&self) -> bool {
        true
    }

    fn not_listed(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}
