//! Parses the commands that people type into a `Command`, with argh.
//!
//! This module adds what argh lacks: `--option=value`, and errors of one sentence.

use std::ffi::OsString;
use std::time::Duration;

use argh::FromArgs as _;

use super::outline::outline;
use super::words::add::AddWords;
use super::words::check::CheckWords;
use super::words::completions::CompletionsWords;
use super::words::doctor::DoctorWords;
use super::words::explain::ExplainWords;
use super::words::forget::ForgetWords;
use super::words::providers::ProvidersWords;
use super::words::revoke::RevokeWords;
use super::words::run::RunWords;
use super::words::schema::SchemaWords;
use super::words::secret::{ActionWords, ListWords, RemoveWords, SecretWords, SetWords, ShowWords};
use super::words::status::StatusWords;
use super::words::version::VersionWords;
use super::words::{Top, Typed};
use super::{Command, completions, help, mistakes, printing};
use crate::command::add::Addition;
use crate::command::schema::Subject;
use crate::command::secret::SecretAction;
use crate::protocol::{CALLERS, Message};
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
    let mut words: Vec<String> = words.into_iter().flat_map(split).collect();
    if words.iter().any(|word| word == "--version" || word == "-V") {
        return Ok(Command::version());
    }
    short_words(&mut words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let top = match Top::from_args(&["keyfob"], &words) {
        Ok(top) => top,
        Err(early) if early.status.is_ok() => {
            let text = help::of_typed(&words, early.output);
            return Ok(Command::Print { text });
        }
        Err(early) => return Err(mistakes::message(&words, &early.output, after.is_some())),
    };
    command(top, after).map_err(|message| mistakes::with_help(message, &words))
}

/// The command, with the values of its options.
fn command(top: Top, after: Option<&[OsString]>) -> Result<Command, Message> {
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
                        Message::usage("--warn-within takes a time such as 14d, 36h, 90m or 45s")
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
                ActionWords::Set(SetWords { store, yes, name }) => {
                    (store, SecretAction::Set { name, yes })
                }
                ActionWords::Rename(words) => (
                    words.store,
                    SecretAction::Rename {
                        name: words.name,
                        new_name: words.new_name,
                        yes: words.yes,
                    },
                ),
                ActionWords::Copy(words) => (
                    words.store,
                    SecretAction::Copy {
                        new_name: words.new_name.unwrap_or_else(|| words.name.clone()),
                        name: words.name,
                        to: words.to.map(|to| keyring(Some(&to))).transpose()?,
                        yes: words.yes,
                    },
                ),
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
        Typed::Completions(CompletionsWords { shell }) => Command::Print {
            text: completions::script(&shell)?.to_owned(),
        },
        Typed::Version(VersionWords {}) => Command::version(),
    })
}

/// The help text of the program, a caller or a command: what `keyfob help` prints.
///
/// # Errors
/// There is no such command.
pub(super) fn help_about(words: &[String]) -> Result<Command, Message> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(first) = words.first() else {
        return Ok(Command::Print { text: help() });
    };
    if let Some(caller) = CALLERS.iter().find(|caller| caller.name == *first) {
        let text = help::of_caller(caller);
        return Ok(Command::Print { text });
    }
    if outline(&words).is_none() {
        return Err(mistakes::unknown_command(first));
    }
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    typed(
        words.into_iter().chain(["--help".to_owned()]).collect(),
        None,
    )
}

/// Replaces the usual short words for the actions of `secret`.
fn short_words(words: &mut [String]) {
    let Some((command, rest)) = words.split_first_mut() else {
        return;
    };
    // The value of `--store` is no action.
    let is_option = |word: &String| word.starts_with('-');
    let mut after_option = false;
    let action = rest.iter_mut().find(|word| {
        let is_action = !after_option && !is_option(word);
        after_option = word.as_str() == "--store";
        is_action
    });
    if let Some(action) = action.filter(|_| command == "secret") {
        let long = match action.as_str() {
            "ls" => "list",
            "rm" => "remove",
            "mv" => "rename",
            "cp" => "copy",
            _ => return,
        };
        long.clone_into(action);
    }
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
