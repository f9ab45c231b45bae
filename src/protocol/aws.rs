//! `credential_process` of the AWS SDKs and the aws CLI.
//!
//! Specified by <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>.
//! The token must be a set of keys, as the text of a JSON object. A spec whose `token_pointer` is
//! an object has such a token. A failure is an exit status and a message on standard error, which
//! the SDKs show. Never prints an error as JSON, and never prints an incomplete answer.

use std::borrow::Cow;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply};
use crate::credential::{Credential, Secret};
use crate::target::Target;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "aws",
    link: "aws-credential-keyfob",
    synopsis: "",
    about: "credential_process for the AWS SDKs and the aws CLI, for a spec that is named",
    operations: &[],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.arguments {
        [] => CallerRequest::Credential(Box::new(Process)),
        // The message does not quote the argument, because it could be a secret in the wrong place.
        _ => CallerRequest::Failure(Message::no_argument(
            "aws",
            "aws takes no argument but --spec",
        )),
    }
}

/// A token that is a set of keys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Keys<'a> {
    #[serde(borrow)]
    access_key_id: Cow<'a, str>,
    #[serde(borrow)]
    secret_access_key: Cow<'a, str>,
    #[serde(borrow)]
    session_token: Option<Cow<'a, str>>,
    /// AWS sends it beside the keys. The token's expiry is told, which may be earlier.
    #[serde(rename = "Expiration")]
    _expiration: Option<IgnoredAny>,
}

impl Drop for Keys<'_> {
    /// Wipes the copies that serde makes of strings with escapes.
    fn drop(&mut self) {
        let session_token = self.session_token.as_mut();
        for text in [&mut self.access_key_id, &mut self.secret_access_key]
            .into_iter()
            .chain(session_token)
        {
            if let Cow::Owned(copy) = text {
                copy.zeroize();
            }
        }
    }
}

/// The lifetime that is published for keys whose expiry is unknown. It is the default time for
/// which such a token is cached.
const UNKNOWN_EXPIRY: Duration = Duration::from_secs(300);

/// The answer. Some SDKs match the names of its members case-sensitively.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    expiration: String,
}

/// A request, which names no target.
struct Process;

impl CredentialRequest for Process {
    fn targets(&self) -> &[Target] {
        &[]
    }

    /// botocore renews 15 minutes before the published expiry, which is up to 5 minutes before the
    /// true one. One minute more is for rounding.
    fn least_life(&self) -> Duration {
        Duration::from_secs(21 * 60)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let token = credential.token.access_token.expose();
        // An SDK never renews keys without an expiry. So a token in its last minute is published
        // with its true expiry, and keys whose expiry is unknown are published with an early one.
        let end = credential.published_expiry.or(credential.token.expires_at);
        let end = end.unwrap_or_else(|| credential.delivered_at.plus(UNKNOWN_EXPIRY));
        let keys = token.starts_with('{').then(|| serde_json::from_str(token));
        let keys = keys.and_then(Result::ok);
        let answer = keys.and_then(|keys: Keys<'_>| {
            let answer = Response {
                version: 1,
                access_key_id: &keys.access_key_id,
                secret_access_key: &keys.secret_access_key,
                session_token: keys.session_token.as_deref(),
                expiration: end.rfc3339(),
            };
            Secret::json(&answer, "\n")
        });
        answer.map_or_else(|| Reply::failure(&no_keys()), Reply::answer)
    }

    fn not_listed(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}

/// The failure for a token that is not a set of keys.
fn no_keys() -> Message {
    Message::not_supported(
        "the spec yields no AWS keys: its token is not a JSON object of AccessKeyId, \
         SecretAccessKey and SessionToken",
        "say where they are in the response: \"token_pointer\": {\"AccessKeyId\": \"/…\", \
         \"SecretAccessKey\": \"/…\", \"SessionToken\": \"/…\"}",
    )
}
