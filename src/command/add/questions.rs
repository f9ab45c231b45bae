//! The questions on a terminal.

use super::Stop;
use super::draft::Draft;
use super::form::{Field, Form};
use super::places::{self, FORMS, FORMS_WITHOUT_KEYRING, Place};
use crate::credential::Secret;
use crate::error::{Cause, Error};
use crate::source::{KeyringEntry, KeyringKind};
use crate::world::keyring::{HAS_KERNEL_KEYRING, KeyringError};
use crate::world::{Commanding, Keyring, Terminal};

/// How often a question is repeated.
pub(super) const TRIES: usize = 3;

/// What to do where there is no keyring. A place in the spec holds in every shell, and
/// `KEYFOB_KEYRING` does not.
pub(super) const WITHOUT_KEYRING: &str = match HAS_KERNEL_KEYRING {
    true => "; --store kernel keeps secrets until the next reboot",
    false => "",
};

/// Asks a question. The answer may be empty.
pub(super) fn ask(world: &dyn Commanding, question: &str) -> Result<String, Stop> {
    world.ask(question).map_err(Stop::Ended)
}

/// Asks until there is an answer that `read` takes.
fn ask_until<T>(
    world: &dyn Commanding,
    question: &str,
    read: &mut dyn FnMut(&str) -> Result<T, String>,
) -> Result<T, Stop> {
    let mut why = String::new();
    for _ in 0..TRIES {
        match read(&ask(world, question)?) {
            Ok(answer) => return Ok(answer),
            Err(problem) => {
                world.show(&format!("  {problem}\n"));
                why = problem;
            }
        }
    }
    Err(Stop::Ended(why))
}

/// Asks for a yes or a no. Enter means `default`.
pub(super) fn is_yes(world: &dyn Commanding, question: &str, default: bool) -> Result<bool, Stop> {
    ask_until(
        world,
        question,
        &mut |answer| match &*answer.to_ascii_lowercase() {
            "" => Ok(default),
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err("y or n".to_owned()),
        },
    )
}

/// Asks for the provider.
pub(super) fn provider(world: &dyn Commanding) -> Result<String, Stop> {
    let question = "provider (`keyfob providers` lists them): ";
    ask_until(world, question, &mut |answer| {
        Form::of(world, answer).map_err(|error| match error.hint {
            Some(hint) => format!("{}; {hint}", error.sentence),
            None => error.sentence,
        })?;
        Ok(answer.to_owned())
    })
}

/// Asks for everything that is missing but the secrets themselves.
pub(super) fn complete(world: &dyn Commanding, form: &Form, draft: &mut Draft) -> Result<(), Stop> {
    let choices = form.open_choices(&|name| draft.has(name));
    let mut chosen: Vec<String> = Vec::new();
    if !choices.is_empty() {
        world.show(&format!("{}\none of these is needed:\n", form.description));
        for (choice, number) in choices.iter().zip(1..) {
            let fields = choice.iter().map(|name| form.field(name));
            let fields = fields.map(|field| format!("{} ({})", field.name, field.about));
            let fields: Vec<String> = fields.collect();
            world.show(&format!("  {number}  {}\n", fields.join(" with ")));
        }
        let question = format!("which? [1-{}, Enter for 1] ", choices.len());
        chosen = ask_until(world, &question, &mut |answer| {
            let number: Option<usize> = match answer {
                "" => Some(1),
                answer => answer.parse().ok(),
            };
            let chosen = number.and_then(|number| choices.get(number.checked_sub(1)?));
            chosen
                .cloned()
                .ok_or_else(|| "one of these numbers".to_owned())
        })?;
    }
    let is_chosen = |name: &str| draft.has(name) || chosen.iter().any(|other| other == name);
    let mut missing: Vec<Field> = chosen.iter().map(|name| form.field(name)).collect();
    missing.retain(|field| !draft.has(&field.name));
    missing.extend(form.missing(&is_chosen));
    missing.sort_by_key(|field| field.is_secret);
    for field in missing {
        if field.is_store {
            let own = places::in_keyring(&draft.entry_name(&field.name), draft.store);
            draft.put(&field.name, own);
        } else if !field.is_secret {
            text(world, draft, &field)?;
        } else if usable_keyring(world, draft, &field) {
            draft.put_place(&field, Place::New);
        } else {
            place(world, draft, &field)?;
        }
    }
    if !draft.has("targets") {
        let question = "targets (hosts or URLs that may be given the token; Enter for none): ";
        let answer = ask(world, question)?;
        if !answer.is_empty() {
            draft.put_text(&form.field("targets"), &answer)?;
        }
    }
    Ok(())
}

/// Asks for a member that is no secret.
fn text(world: &dyn Commanding, draft: &mut Draft, field: &Field) -> Result<(), Stop> {
    let question = format!("{} ({}): ", field.name, field.about);
    ask_until(world, &question, &mut |answer| match answer.is_empty() {
        true => Err("this is needed".to_owned()),
        false => draft
            .put_text(field, answer)
            .map_err(|error| error.sentence),
    })
}

/// Asks where a secret is. The answer is not shown: it could be the secret itself.
pub(super) fn place(world: &dyn Commanding, draft: &mut Draft, field: &Field) -> Result<(), Stop> {
    let forms = match draft.keyring {
        Some(false) => FORMS_WITHOUT_KEYRING,
        _ => FORMS,
    };
    let question = format!(
        "where is {} ({}; the answer is not shown)? {forms}: ",
        field.name, field.about
    );
    let refused = format!("this is no place, and it is dropped: one of {forms}");
    for _ in 0..TRIES {
        let answer = match Terminal::prompt(world, &question) {
            Some(Ok(answer)) => answer,
            Some(Err(why)) if why.starts_with("more than one line") => Secret::joined(&[""]),
            Some(Err(why)) => return Err(Stop::Ended(why)),
            None => return Err(Stop::Ended("there is no terminal".to_owned())),
        };
        match places::typed(world, draft.store, &answer) {
            Some(source) if draft.keyring != Some(false) || source.get("keyring").is_none() => {
                draft.put_place(field, Place::Source(source));
                return Ok(());
            }
            _ => world.show(&format!("  {refused}\n")),
        }
    }
    Err(Stop::Ended(refused))
}

/// Whether the keyring can hold a new secret. It is asked once, and if it cannot, that is told
/// before anything is typed.
fn usable_keyring(world: &dyn Commanding, draft: &mut Draft, field: &Field) -> bool {
    if let Some(known) = draft.keyring {
        return known;
    }
    let entry_name = draft.entry_name(&field.name);
    let is_usable = match there(world, &entry_name, draft.store) {
        Ok(_) => true,
        Err(why) => {
            let hint = match &why {
                KeyringError::Unavailable { .. } => WITHOUT_KEYRING,
                _ => "",
            };
            world.show(&format!("secrets cannot be stored: {why}{hint}\n"));
            false
        }
    };
    draft.keyring = Some(is_usable);
    is_usable
}

/// Whether the keyring has an entry of this name.
pub(super) fn there(
    world: &(impl Keyring + ?Sized),
    name: &str,
    store: KeyringKind,
) -> Result<bool, KeyringError> {
    match world.read_secret(&KeyringEntry::own(name, store)) {
        Ok(_) => Ok(true),
        Err(KeyringError::Missing) => Ok(false),
        Err(why) => Err(why),
    }
}

/// Asks once more for the member that an error names. False if it names none that can be asked for.
pub(super) fn correct(
    world: &dyn Commanding,
    form: &Form,
    draft: &mut Draft,
    error: &Error,
) -> Result<bool, Stop> {
    let Some(Cause::Spec(why)) = error.cause.as_deref() else {
        return Ok(false);
    };
    let name = why.at.split('/').nth(1).unwrap_or_default();
    if name == "provider" || !draft.has(name) || why.is_unknown_member() {
        return Ok(false);
    }
    let field = form.field(name);
    world.show(&format!("  {}\n", error.sentence));
    if let Some(hint) = &error.hint {
        world.show(&format!("  {hint}\n"));
    }
    match field.is_secret {
        true => place(world, draft, &field)?,
        false => text(world, draft, &field)?,
    }
    Ok(true)
}
