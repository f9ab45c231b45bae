//! The AWS SDKs and the aws CLI: `credential_process`.
//!
//! Ruled by <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>. The token has to be a set of keys, the text of
//! a JSON object, as `token_pointer` with an object makes one. A failure is an exit status and words on standard error, which the SDKs show.
//! Never prints an error as JSON, and never half an answer.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply};
use crate::code::Code;
use crate::credential::{Credential, Secret};
use crate::target::Target;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "aws",
    link: "aws-credential-keyfob",
    words: "",
    about: "credential_process for the AWS SDKs and the aws CLI, for a spec that is named",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.words {
        [] => CallerRequest::Credential(Box::new(Process)),
        // Not repeated: it could be a secret in the wrong place.
        _ => CallerRequest::Reply(Reply::failure(&Message::usage(
            "aws takes no argument but --spec",
        ))),
    }
}

/// The token of a spec that yields keys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Keys<'a> {
    #[serde(borrow)]
    access_key_id: Cow<'a, str>,
    #[serde(borrow)]
    secret_access_key: Cow<'a, str>,
    #[serde(borrow)]
    session_token: Option<Cow<'a, str>>,
}

impl Drop for Keys<'_> {
    /// What was written with escapes was copied.
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

/// What an SDK is told of keys whose end is unknown: as long as such a token is kept by default.
const UNKNOWN_END: Duration = Duration::from_secs(300);

/// What an SDK reads. Some compare the names' case.
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

/// A request, which says nothing.
struct Process;

impl CredentialRequest for Process {
    fn targets(&self) -> &[Target] {
        &[]
    }

    /// botocore asks again 15 minutes before the end that it was told, which is up to 5 minutes before the true one; a minute for rounding.
    fn least_life(&self) -> Duration {
        Duration::from_secs(21 * 60)
    }

    fn give(&self, credential: &Credential) -> Reply {
        let token = credential.token.access_token.expose();
        // The SDKs never ask again for keys without an end: the last minute of a token that has one is told as it is, and keys whose end is
        // unknown are asked for again soon.
        let told = credential.published_end.or(credential.token.expires_at);
        let end = told.unwrap_or_else(|| credential.given_at.plus(UNKNOWN_END));
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

    fn not_mine(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}

fn no_keys() -> Message {
    Message {
        code: Code::NotSupported,
        sentence: "the spec yields no AWS keys: its token is no JSON object of AccessKeyId, SecretAccessKey and SessionToken".to_owned(),
        hint: Some(r#"say where they lie in the answer: "token_pointer": {"AccessKeyId": "/…", "SecretAccessKey": "/…", "SessionToken": "/…"}"#.to_owned()),
        status: 1,
    }
}
