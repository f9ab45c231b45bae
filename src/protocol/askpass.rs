//! git's and git-lfs' prompts, by way of `GIT_ASKPASS`: one word in, one line out, for tools that read no credential helper.
//!
//! Ruled by gitcredentials(7) and <https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-config.adoc>. A prompt holds text that a server
//! or a repository chose: the one URL in it is read strictly and never repeated, and a prompt without one (OpenSSH's) is answered by nobody.
//! An empty answer would be taken for one, so there is none with exit status 0.

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply};
use crate::code::Code;
use crate::credential::{Credential, Secret};
use crate::target::Target;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "askpass",
    link: "keyfob-askpass",
    words: super::PROMPT,
    about: "answers git's and git-lfs' prompts (GIT_ASKPASS)",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Username,
    Password,
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    let [prompt] = input.words else {
        return CallerRequest::Reply(Reply::failure(&Message::usage(
            "askpass takes one word: the prompt",
        )));
    };
    match question(prompt) {
        Ok((wanted, target)) => CallerRequest::Credential(Box::new(Prompt {
            wanted,
            targets: vec![target],
        })),
        Err(sentence) => CallerRequest::Reply(Reply::failure(&Message {
            hint: Some("keyfob answers git's prompts for https alone; for ssh leave SSH_ASKPASS to another program, and set GIT_ASKPASS".to_owned()),
            ..Message::malformed(sentence)
        })),
    }
}

/// `Username for 'URL': ` or `Password for 'URL': `, as git writes it; git-lfs has double quotes and nothing after them.
fn question(prompt: &str) -> Result<(Field, Target), String> {
    let wanted = [
        ("Username for ", Field::Username),
        ("Password for ", Field::Password),
    ];
    let (wanted, quoted) = wanted
        .iter()
        .find_map(|(start, wanted)| Some((*wanted, prompt.strip_prefix(start)?)))
        .ok_or("this is no prompt of git's for a user name or a password")?;
    let quoted = quoted.trim_end_matches(' ');
    let quoted = quoted.strip_suffix(':').unwrap_or(quoted);
    let inside = |quote: char| quoted.strip_prefix(quote)?.strip_suffix(quote);
    let url = inside('\'')
        .or_else(|| inside('"'))
        .ok_or("the prompt names no URL")?;
    Ok((wanted, target(url)?))
}

/// The URL without its user name.
fn target(url: &str) -> Result<Target, String> {
    let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '\'' | '"' | '\\' | '`' | '<' | '>');
    if url.contains(odd) {
        return Err(
            "the URL in the prompt holds a quote, a blank or another character that a URL has not"
                .to_owned(),
        );
    }
    let (scheme, rest) = url
        .split_once("://")
        .ok_or("the prompt names no URL with a scheme")?;
    // An older git wrote a user name as it is, and one that holds a slash would pass for the host: a second `@` tells.
    let rest = match rest.split_once('@') {
        None => rest,
        Some((user, rest)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%!$&()*+,;=".contains(c);
            if user.is_empty() || !user.chars().all(plain) || rest.contains('@') {
                return Err(
                    "what stands before the host in the prompt's URL is no user name".to_owned(),
                );
            }
            rest
        }
    };
    Target::parse(&format!("{scheme}://{rest}"))
        .map_err(|why| format!("the URL in the prompt cannot be given a token: {why}"))
}

/// A prompt for a host.
struct Prompt {
    wanted: Field,
    targets: Vec<Target>,
}

impl CredentialRequest for Prompt {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The user name waits for the token too, which is asked for next in any case: a name without one would leave git half answered, and a
    /// failure would be told after it.
    fn give(&self, credential: &Credential) -> Reply {
        let answer = match self.wanted {
            Field::Username => credential.username.as_str(),
            Field::Password => credential.token.access_token.expose(),
        };
        if answer.trim().is_empty() {
            return Reply::failure(&Message {
                code: Code::NotSupported,
                sentence: "the spec's user name is empty, and git would take that for an answer"
                    .to_owned(),
                hint: Some("write a `username` into the spec".to_owned()),
                status: 1,
            });
        }
        Reply::answer(Secret::joined(&[answer, "\n"]))
    }

    /// git tells that it got no answer, and then asks on the terminal; it does not tell why.
    fn not_mine(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}
