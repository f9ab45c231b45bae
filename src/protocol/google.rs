//! Executable-sourced credentials of Google's client libraries and gcloud: a subject token for
//! workload identity federation.
//!
//! Specified by AIP-4117 (<https://google.aip.dev/auth/4117>) and the libraries. Success and
//! failure are both one JSON object on standard output with exit status 0: with another status the
//! libraries drop the message. The libraries for Python and Java read standard error as part of
//! standard output, so nothing is ever written there. No variable of the libraries is required,
//! because the library for Rust sets none.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, OutputFile, Reply,
    one_line,
};
use crate::credential::{AccessToken, Credential, Secret};
use crate::target::Target;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "google",
    link: "google-keyfob",
    synopsis: "",
    about: "executable-sourced credentials for Google's libraries and gcloud, for a spec that is \
            named",
    operations: &[],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: |_| Conversation::OnOneStream,
    read,
};

const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// A request for a subject token.
struct Executable {
    token_type: &'static str,
    output_file: Option<PathBuf>,
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    let variable = |name: &str| (input.variable)(name).filter(|value| !value.is_empty());
    let requested = variable("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE");
    let token_type = match requested.as_deref() {
        None | Some(ID_TOKEN) => Some(ID_TOKEN),
        Some(JWT) => Some(JWT),
        Some(_) => None,
    };
    let request = Executable {
        token_type: token_type.unwrap_or(ID_TOKEN),
        output_file: variable("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE").map(PathBuf::from),
    };
    if !input.arguments.is_empty() {
        let sentence = "google takes no argument but --spec";
        return request.refused(Message::no_argument("google", sentence));
    }
    // A logout gets no token, whatever type it names.
    if variable("GOOGLE_EXTERNAL_ACCOUNT_REVOKE").as_deref() == Some("1") {
        return CallerRequest::Erase {
            targets: Vec::new(),
            user: None,
            presented: None,
            reply: Reply::answer(Secret::from(format!(
                r#"{{"version":1,"success":true,"token_type":"{}"}}{}"#,
                request.token_type, "\n"
            ))),
        };
    }
    match token_type {
        Some(_) => CallerRequest::Credential(Box::new(request)),
        None => request.refused(Message::not_supported(
            "the credential file wants a subject token that is not a JWT",
            format!("its `subject_token_type` can be {ID_TOKEN} or {JWT}"),
        )),
    }
}

/// Whether the token is three parts in base64url (RFC 7515 §3.1, RFC 4648 §5).
fn is_jwt(token: &AccessToken) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.len() % 4 != 1 && part.bytes().all(digit);
    let parts = token.expose().split('.');
    parts.clone().count() == 3 && { parts }.all(part)
}

impl Executable {
    fn refused(&self, message: Message) -> CallerRequest {
        let reply = self.failure(&message);
        CallerRequest::FailureWith(message, reply)
    }

    /// The answer, and whether it has an expiry; `None` if the token is not a JWT.
    fn answer(&self, credential: &Credential) -> Option<(Secret, bool)> {
        let token = &credential.token;
        if !is_jwt(&token.access_token) {
            return None;
        }
        let end = credential.published_expiry.or(token.expires_at);
        let head = format!(
            r#"{{"version":1,"success":true,"token_type":"{}","id_token":""#,
            self.token_type
        );
        let tail = match end {
            Some(end) => format!(r#"","expiration_time":{}}}"#, end.unix()),
            None => r#""}"#.to_owned(),
        };
        let answer = Secret::joined(&[&head, &token.access_token.in_json(), &tail, "\n"]);
        Some((answer, end.is_some()))
    }
}

impl CredentialRequest for Executable {
    fn targets(&self) -> &[Target] {
        &[]
    }

    fn reply(&self, credential: &Credential) -> Reply {
        match self.answer(credential) {
            Some((answer, _)) => Reply::answer(answer),
            None => self.failure(&Message::not_supported(
                "the spec's token is not a JWT, and Google accepts nothing else",
                "name a spec whose provider gives an OIDC token: `token_pointer` says where it \
                 lies, as in /id_token",
            )),
        }
    }

    /// The libraries read this file before they ask again. Most of them reject a file without an
    /// expiry.
    fn output_file(&self, credential: &Credential) -> Option<OutputFile> {
        let path = self.output_file.clone()?;
        let (content, has_expiry) = self.answer(credential)?;
        has_expiry.then_some(OutputFile { path, content })
    }

    fn not_listed(&self, message: &Message) -> Reply {
        self.failure(message)
    }

    fn failure(&self, message: &Message) -> Reply {
        let hint = message.hint.as_ref().map(|hint| format!("; {hint}"));
        let text = format!("{}{}", message.sentence, hint.unwrap_or_default());
        let failure = json!({
            "version": 1, "success": false, "token_type": self.token_type,
            "code": message.code.as_str(), "message": one_line(&text),
        });
        Reply::answer(Secret::from(format!("{failure}\n")))
    }
}
