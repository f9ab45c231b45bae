//! Parses the commands that people type into a `Command`, with argh.
//!
//! This module adds what argh lacks: `--option=value`, and errors of one sentence.

use std::ffi::OsString;
use std::time::Duration;

use argh::FromArgs as _;

use super::words::add::AddWords;
use super::words::check::CheckWords;
use super::words::doctor::DoctorWords;
use super::words::explain::ExplainWords;
use super::words::forget::ForgetWords;
use super::words::providers::ProvidersWords;
use super::words::revoke::RevokeWords;
use super::words::run::RunWords;
use super::words::schema::SchemaWords;
use super::words::secret::{ActionWords, ListWords, RemoveWords, SecretWords, SetWords, ShowWords};
use super::words::status::StatusWords;
use super::words::{Top, Typed};
use super::{Command, printing};
use crate::command::add::Addition;
use crate::command::schema::Subject;
use crate::command::secret::SecretAction;
use crate::protocol::Message;
use crate::source::KeyringKind;

/// Parses a command that a person typed. `after` holds the arguments after a bare `--`.
///
/// # Errors
/// Returns a usage error for arguments that are not valid. The error does not quote them, because
/// one could be a secret in the wrong place.
pub(super) fn typed(words: Vec<String>, after: Option<&[OsString]>) -> Result<Command, Message> {
    // argh does not parse `--option=value`.
    let split = |word: String| match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") => {
            vec![option.to_owned(), value.to_owned()]
        }
        _ => vec![word],
    };
    let words: Vec<String> = words.into_iter().flat_map(split).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let top = match Top::from_args(&["keyfob"], &words) {
        Ok(top) => top,
        Err(early) if early.status.is_ok() => return Ok(Command::Print { text: early.output }),
        Err(early) => return Err(Message::usage(one_sentence(&early.output))),
    };
    if after.is_some() && !matches!(top.command, Typed::Run(_)) {
        return Err(Message::usage("only `run` takes arguments after `--`"));
    }
    Ok(match top.command {
        Typed::Add(AddWords {
            provider,
            target,
            caller,
            store,
            yes,
            no_check,
            name,
            members,
        }) => Command::Add(Addition {
            name,
            provider,
            members,
            targets: target,
            callers: caller,
            keyring: keyring(store.as_deref())?,
            yes,
            check: !no_check,
        }),
        Typed::Token(words) => {
            let output = printing::read(&words)?;
            Command::Token {
                spec: words.spec,
                output,
            }
        }
        Typed::Run(RunWords { spec, env, revoke }) => Command::Run {
            spec,
            variable: env,
            revoke,
            command: after.unwrap_or_default().to_vec(),
        },
        Typed::Check(CheckWords {
            spec,
            format,
            warn_within,
        }) => {
            let warn_within = warn_within
                .as_deref()
                .map(|text| {
                    span(text).ok_or_else(|| {
                        Message::usage("--warn-within takes a number with d, h, m or s")
                    })
                })
                .transpose()?;
            Command::Check {
                spec,
                as_json: is_json(&format)?,
                warn_within,
            }
        }
        Typed::Revoke(RevokeWords { spec }) => Command::Revoke { spec },
        Typed::Status(StatusWords { format }) => Command::Status {
            as_json: is_json(&format)?,
        },
        Typed::Forget(ForgetWords { spec, all }) => Command::Forget { spec, all },
        Typed::Secret(SecretWords { store, action }) => {
            let (inner, action) = match action {
                ActionWords::Set(SetWords { store, name }) => (store, SecretAction::Set(name)),
                ActionWords::Remove(RemoveWords { store, name }) => {
                    (store, SecretAction::Remove(name))
                }
                ActionWords::List(ListWords { store }) => (store, SecretAction::List),
                ActionWords::Show(ShowWords { store, name }) => (store, SecretAction::Show(name)),
            };
            let keyring = keyring(inner.or(store).as_deref())?;
            Command::Secret { action, keyring }
        }
        Typed::Setup(words) => Command::Setup(Box::new(words.into())),
        Typed::Doctor(DoctorWords { online, format }) => Command::Doctor {
            as_json: is_json(&format)?,
            online,
        },
        Typed::Explain(ExplainWords {
            spec,
            format,
            words,
        }) => {
            let mut words = words.into_iter();
            let (caller, target) = (words.next(), words.next());
            if words.next().is_some() {
                return Err(Message::usage("explain takes a caller and a target"));
            }
            Command::Explain {
                spec,
                caller,
                target,
                as_json: is_json(&format)?,
            }
        }
        Typed::Providers(ProvidersWords { name }) => Command::Providers { name },
        Typed::Schema(SchemaWords { subject }) => Command::Schema {
            subject: match subject.as_str() {
                "spec" => Subject::Spec,
                "preset" => Subject::Preset,
                _ => return Err(Message::usage("schema takes spec or preset")),
            },
        },
    })
}

/// The keyring that `--store` names.
fn keyring(store: Option<&str>) -> Result<KeyringKind, Message> {
    match store {
        None => Ok(KeyringKind::Default),
        Some("kernel") => Ok(KeyringKind::Kernel),
        Some("secret-service") => Ok(KeyringKind::SecretService),
        Some(_) => Err(Message::usage("--store takes kernel or secret-service")),
    }
}

/// Whether `--format` selects JSON.
fn is_json(format: &str) -> Result<bool, Message> {
    match format {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err(Message::usage("--format takes text or json")),
    }
}

/// Parses a duration: `14d`, `36h`, `90m`, `45s`.
fn span(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        'd' => 86_400,
        'h' => 3600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// argh's message as one sentence, without the argument that argh quotes: it could be a secret in
/// the wrong place.
fn one_sentence(output: &str) -> String {
    let mut lines = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or("the command line is not valid");
    // The lines below a colon name what is missing. argh adds its own command `help`.
    let missing: Vec<&str> = lines.filter(|name| *name != "help").collect();
    let missing = missing.join(", ");
    match line.split_once(':') {
        Some((what, _)) if what.contains("nrecognized") => {
            "there is no such argument or command".to_owned()
        }
        Some((what, "")) if what.contains("subcommands") => {
            format!("one of these commands is missing: {missing}")
        }
        Some((_, "")) => format!("an argument is missing: {missing}"),
        _ => {
            let mut characters = line.trim_end_matches('.').chars();
            let first = characters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(characters).collect()
        }
    }
}
