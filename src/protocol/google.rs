//! Google's client libraries and gcloud: executable-sourced credentials, a subject token for workload identity federation.
//!
//! Ruled by AIP-4117 (<https://google.aip.dev/auth/4117>) and the libraries. Success and failure are both one JSON object on standard output
//! with exit status 0: with another status the libraries drop the words. Python's and Java's read standard error as if it were standard output,
//! so nothing is ever told there. Of the variables that the libraries set none is needed, since Rust's sets none.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, OutputFile, Reply,
    one_line,
};
use crate::code::Code;
use crate::credential::{AccessToken, Credential, Secret};
use crate::target::Target;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "google",
    link: "google-keyfob",
    words: "",
    about: "executable-sourced credentials for Google's libraries and gcloud, for a spec that is named",
    owns_stdin: true,
    asked_alone: false,
    talk: |_| Conversation::OnOneStream,
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
    let wanted = variable("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE");
    let token_type = match wanted.as_deref() {
        None | Some(ID_TOKEN) => Some(ID_TOKEN),
        Some(JWT) => Some(JWT),
        Some(_) => None,
    };
    let request = Executable {
        token_type: token_type.unwrap_or(ID_TOKEN),
        output_file: variable("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE").map(PathBuf::from),
    };
    if !input.words.is_empty() {
        return CallerRequest::Reply(
            request.fail(&Message::usage("google takes no argument but --spec")),
        );
    }
    // Asked of whoever logs out: nothing is handed out, whatever the type.
    if variable("GOOGLE_EXTERNAL_ACCOUNT_REVOKE").as_deref() == Some("1") {
        return CallerRequest::Erase {
            targets: Vec::new(),
            user: None,
            presented: None,
            done: Reply::answer(Secret::from(format!(
                r#"{{"version":1,"success":true,"token_type":"{}"}}{}"#,
                request.token_type, "\n"
            ))),
        };
    }
    match token_type {
        Some(_) => CallerRequest::Credential(Box::new(request)),
        None => CallerRequest::Reply(request.fail(&Message {
            code: Code::NotSupported,
            sentence: "the credential file wants a subject token that is no JWT".to_owned(),
            hint: Some(format!(
                "its `subject_token_type` can be {ID_TOKEN} or {JWT}"
            )),
            status: 1,
        })),
    }
}

/// Three parts in base64url (RFC 7515 §3.1, RFC 4648 §5).
fn is_jwt(token: &AccessToken) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.len() % 4 != 1 && part.bytes().all(digit);
    let parts = token.expose().split('.');
    parts.clone().count() == 3 && { parts }.all(part)
}

impl Executable {
    /// The answer to a credential that is a JWT, and whether it says when that ends.
    fn answer(&self, credential: &Credential) -> Option<(Secret, bool)> {
        let token = &credential.token;
        if !is_jwt(&token.access_token) {
            return None;
        }
        let end = credential.published_end.or(token.expires_at);
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

    fn give(&self, credential: &Credential) -> Reply {
        match self.answer(credential) {
            Some((answer, _)) => Reply::answer(answer),
            None => self.fail(&Message {
                code: Code::NotSupported,
                sentence: "the spec's token is no JWT, and Google takes no other".to_owned(),
                hint: Some(
                    "name a spec whose provider gives an OIDC token: `token_pointer` says where it lies, as in /id_token".to_owned(),
                ),
                status: 1,
            }),
        }
    }

    /// The libraries read this file before they ask again. One that does not say when the token ends is an error to most of them.
    fn output_file(&self, credential: &Credential) -> Option<OutputFile> {
        let path = self.output_file.clone()?;
        let (content, ends) = self.answer(credential)?;
        ends.then_some(OutputFile { path, content })
    }

    fn not_mine(&self, told: &Message) -> Reply {
        self.fail(told)
    }

    fn fail(&self, told: &Message) -> Reply {
        let hint = told.hint.as_ref().map(|hint| format!("; {hint}"));
        let message = format!("{}{}", told.sentence, hint.unwrap_or_default());
        let failure = json!({
            "version": 1, "success": false, "token_type": self.token_type,
            "code": told.code.as_str(), "message": one_line(&message),
        });
        Reply::answer(Secret::from(format!("{failure}\n")))
    }
}
