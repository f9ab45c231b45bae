//! Answers the prompts of git and git-lfs (`GIT_ASKPASS`), for tools that use no credential helper.
//! The prompt is the only argument, and the answer is one line.
//!
//! Specified by gitcredentials(7) and
//! <https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-config.adoc>. A server or a
//! repository chooses parts of the prompt. So the URL in it is parsed strictly and never printed,
//! and a prompt without a URL, such as OpenSSH's, is an error. git accepts an empty line as an
//! answer, so keyfob never prints one with exit status 0.

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply};
use crate::credential::{Credential, Secret};
use crate::target::Target;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "askpass",
    link: "keyfob-askpass",
    synopsis: "PROMPT",
    about: "answers git's and git-lfs' prompts (GIT_ASKPASS)",
    operations: &[],
    takes_a_prompt: true,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

/// The field that the prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Username,
    Password,
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    let [prompt] = input.arguments else {
        return CallerRequest::Failure(Message::usage("askpass takes one argument: the prompt"));
    };
    match question(prompt) {
        Ok((field, target)) => CallerRequest::Credential(Box::new(Prompt {
            field,
            targets: vec![target],
        })),
        Err(sentence) => CallerRequest::Failure(Message {
            hint: Some(
                "keyfob answers git's prompts for https alone; for ssh leave SSH_ASKPASS to \
                 another program, and set GIT_ASKPASS"
                    .to_owned(),
            ),
            ..Message::malformed(sentence)
        }),
    }
}

/// `Username for 'URL': ` or `Password for 'URL': ` (git), or the same with double quotes and
/// nothing after them (git-lfs).
fn question(prompt: &str) -> Result<(Field, Target), String> {
    let beginnings = [
        ("Username for ", Field::Username),
        ("Password for ", Field::Password),
    ];
    let (field, quoted) = beginnings
        .iter()
        .find_map(|(start, field)| Some((*field, prompt.strip_prefix(start)?)))
        .ok_or("this is not a prompt of git for a user name or a password")?;
    let quoted = quoted.trim_end_matches(' ');
    let quoted = quoted.strip_suffix(':').unwrap_or(quoted);
    let inside = |quote: char| quoted.strip_prefix(quote)?.strip_suffix(quote);
    let url = inside('\'')
        .or_else(|| inside('"'))
        .ok_or("the prompt names no URL")?;
    Ok((field, target(url)?))
}

/// The target that the URL names, without its user name.
fn target(url: &str) -> Result<Target, String> {
    let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '\'' | '"' | '\\' | '`' | '<' | '>');
    if url.contains(odd) {
        return Err(
            "the URL in the prompt holds a quote, a blank or another character that a URL cannot \
             contain"
                .to_owned(),
        );
    }
    let (scheme, rest) = url
        .split_once("://")
        .ok_or("the prompt names no URL with a scheme")?;
    // Older versions of git do not encode the user name. If it holds a slash, its first part would
    // be parsed as the host; the `@` after it reveals this.
    let rest = match rest.split_once('@') {
        None => rest,
        Some((user, rest)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%!$&()*+,;=".contains(c);
            if user.is_empty() || !user.chars().all(plain) || rest.contains('@') {
                return Err(
                    "the text before the host in the prompt's URL is not a user name".to_owned(),
                );
            }
            rest
        }
    };
    Target::parse(&format!("{scheme}://{rest}"))
        .map_err(|why| format!("no token can be sent to the URL in the prompt: {why}"))
}

/// A request for one field of the credential of a target.
struct Prompt {
    field: Field,
    targets: Vec<Target>,
}

impl CredentialRequest for Prompt {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// git prompts for the user name first. keyfob answers that prompt only if there is a token
    /// too, so that a failure is shown before git has half of the credential.
    fn reply(&self, credential: &Credential) -> Reply {
        let answer = match self.field {
            Field::Username => credential.username.as_str(),
            Field::Password => credential.token.access_token.expose(),
        };
        if answer.trim().is_empty() {
            return Reply::failure(&Message::not_supported(
                "the spec's user name is empty, and git would use it",
                "write a `username` into the spec",
            ));
        }
        Reply::answer(Secret::joined(&[answer, "\n"]))
    }

    /// git reports that it got no answer, without the reason, and prompts on the terminal.
    fn not_listed(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}
