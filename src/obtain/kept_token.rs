//! Makes a token at the provider, keeps it, and revokes the former: in an order in which a crash between any two steps loses nothing.
//!
//! 1. The name of the attempt is written into the keyring. If that fails, nothing is made.
//! 2. The token is made, once: what may have arrived is never sent again.
//! 3. It is written into the keyring, the former beside it as one to be revoked. If that fails, the new one is revoked at once.
//! 4. The former is revoked, and struck out.
//!
//! Whoever comes after a crash finds what step 2 left by its name, and what step 4 left by its id.

mod errand;
mod fingerprint;
mod store;

use std::time::Duration;

use super::call::Call;
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::grant::kept_token::record::{CurrentToken, PendingAttempt, Record};
use crate::grant::kept_token::{KeptToken, ListResult};
use crate::source::Source;
use crate::spec::Provider;
use crate::time::{Timestamp, renewal_margin};
use errand::Errand;
use store::{KeyringKind, told};
pub use store::{doubt, reject};

/// For how long a request that nobody has an answer to may still be under way.
const UNDER_WAY: Duration = Duration::from_secs(600);
/// Most attempts that may be open at a time.
const MOST_PENDING: usize = 8;

/// The kept token while its end is not near, else a new one, or why there is none.
pub fn obtain(
    call: &Call<'_>,
    provider: &Provider,
    minted: &KeptToken<Source>,
) -> Result<Token, Error> {
    let world = call.world;
    let store = KeyringKind::new(world, minted);
    let mut record = store.read()?;
    let request = fingerprint::of_request(minted)?;
    if record.current.is_some() && record.request != request {
        let entry = store.entry();
        return Err(Error::new(
            Code::SecretUnreadable,
            format!("{entry} keeps a token that was made with another request"),
        )
        .hint(
            "`keyfob revoke` with this spec gives that one back; or name another entry in `store`",
        ));
    }
    let mut errand = Errand::new(*call, provider, minted);
    let secrets = errand.secrets()?;
    if record.current.is_some() && record.secrets != secrets {
        world.log(&|| "the kept token was made with other secrets".to_owned());
        record.supersede_in_other_account();
    }
    let doubted = std::mem::take(&mut record.doubted);
    if doubted && minted.verify.is_none() {
        record.reject(None, world.now(), Duration::ZERO);
    }
    let kept = record.current.clone();
    if let Some(current) = kept.filter(|current| !near_its_end(&current.token, world.now())) {
        let gone = match doubted {
            true => errand.is_not_there(&current.id)?,
            false => errand.is_gone(&current.id),
        };
        if !gone {
            world.log(&|| format!("{}: its token is good", store.entry()));
            tidy(&store, &mut errand, &mut record);
            if doubted {
                store.write_if_possible(&record);
            }
            return Ok(current.token);
        }
        world.log(&|| "the provider does not say that the kept token is there".to_owned());
        record.supersede();
    }
    match settle(&mut errand, &mut record, world.now()) {
        // Who may make tokens and not list them is not kept from making one: what is lost has an end.
        Err(why) if why.code == Code::ProviderRefused => world.log(&|| told(&why)),
        other => other?,
    }
    (record.request, record.secrets) = (request, secrets);
    make(&store, &mut errand, record)
}

/// Revokes everything of ours and forgets it; tells whether there was something.
///
/// # Errors
/// What is not revoked stays in the keyring.
pub fn revoke(
    call: &Call<'_>,
    provider: &Provider,
    minted: &KeptToken<Source>,
) -> Result<bool, Error> {
    let world = call.world;
    let store = KeyringKind::new(world, minted);
    let mut record = store.read()?;
    if record.is_empty() {
        world.log(&|| format!("{}: no token to give back", store.entry()));
        return Ok(false);
    }
    let mut errand = Errand::new(*call, provider, minted);
    errand.revocation()?;
    // From here on it is handed out no more, whatever becomes of this process.
    record.supersede();
    store.write(&record)?;
    let revoked = revoke_former(&mut errand, &mut record);
    let settled = settle(&mut errand, &mut record, world.now());
    store.write(&record)?;
    revoked.and(settled).map(|()| true)
}

/// Whether the next one is due. A quarter earlier than the margin: at whatever jittered moment the cache wants a new one, it gets one.
fn near_its_end(token: &Token, now: Timestamp) -> bool {
    token.expires_at.is_some_and(|end| {
        let early = renewal_margin(end.since(token.issued_at)) * 5 / 4;
        end.minus(early) <= now
    })
}

/// What earlier runs left, where a good token is at hand: nothing of this may fail it.
fn tidy(store: &KeyringKind<'_>, errand: &mut Errand<'_>, record: &mut Record) {
    let before = (record.superseded.len(), record.pending.len());
    if before == (0, 0) {
        return;
    }
    let revoked = revoke_former(errand, record);
    let settled = settle(errand, record, errand.now());
    for why in [revoked, settled].into_iter().filter_map(Result::err) {
        store.log.log(&|| told(&why));
    }
    if before != (record.superseded.len(), record.pending.len()) {
        store.write_if_possible(record);
    }
}

/// Looks for what open attempts made, and revokes it: nobody has that token.
fn settle(errand: &mut Errand<'_>, record: &mut Record, now: Timestamp) -> Result<(), Error> {
    for pending in record.pending.clone() {
        match errand.look_for(&pending.name)? {
            ListResult::Found(ids) => {
                for id in ids {
                    errand.revoke(&id)?;
                }
                record.resolve_attempt(&pending.name);
            }
            ListResult::Absent if now.since(pending.at) > UNDER_WAY => {
                record.resolve_attempt(&pending.name)
            }
            ListResult::Absent | ListResult::Unknown => {}
        }
    }
    Ok(())
}

/// Revokes former tokens; those that cannot be stay in the record, and so do the others once that took all the time.
fn revoke_former(errand: &mut Errand<'_>, record: &mut Record) -> Result<(), Error> {
    let mut result = Ok(());
    let (secrets, now) = (record.secrets.clone(), errand.now());
    record.superseded.retain(|former| {
        if result.is_err() && errand.is_over() {
            return true;
        }
        match errand.revoke(&former.id) {
            Ok(true) => false,
            Ok(false) => former.may_exist_in_other_account(&secrets, now),
            Err(why) => {
                result = Err(why);
                true
            }
        }
    });
    result
}

fn make(
    store: &KeyringKind<'_>,
    errand: &mut Errand<'_>,
    mut record: Record,
) -> Result<Token, Error> {
    if record.pending.len() >= MOST_PENDING {
        let sentence = format!(
            "{MOST_PENDING} attempts to make a token came to no known end, and the provider lists none of them"
        );
        return Err(Error::new(Code::ProviderUnavailable, sentence)
            .hint("try again in ten minutes; `keyfob check` with this spec asks the provider about the account"));
    }
    let world = errand.world();
    let random: String = world
        .random()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let suffix = format!("-{random}");
    let (template, names) = store.minted.create.with_unique_suffix(&suffix);
    let name = names.into_iter().next().unwrap_or_default();
    // All that is needed to the end is opened before anything begins.
    let request = errand.creation(&template)?;
    errand.revocation()?;
    let at = world.now();
    record.pending.push(PendingAttempt {
        name: name.clone(),
        at,
    });
    store.write(&record).map_err(|why| Error {
        sentence: format!(
            "no token was made, for it could not be kept: {}",
            why.sentence
        ),
        ..why
    })?;
    match errand.create(&request) {
        Ok(new) => keep(store, errand, &name, &record, new),
        Err(why) => {
            if made_nothing(&why) {
                record.resolve_attempt(&name);
                store.write_if_possible(&record);
            }
            Err(why)
        }
    }
}

/// Whether an error says that there is no token: the provider refused, or nothing was ever sent.
fn made_nothing(why: &Error) -> bool {
    matches!(
        why.code,
        Code::ProviderRefused | Code::RateLimited | Code::ConnectionSetup
    )
}

/// Keeps a new token, and only then revokes the former.
fn keep(
    store: &KeyringKind<'_>,
    errand: &mut Errand<'_>,
    name: &str,
    made_with: &Record,
    (token, id): (Token, String),
) -> Result<Token, Error> {
    // Read again: who works without a lock must not write over what others made meanwhile.
    let mut record = match store.read() {
        Ok(record) if record.is_pending(name) => record,
        Ok(record) => {
            let sentence = format!("{} was written by another process meanwhile", store.entry());
            let why = not_kept(errand, name, &id, Error::new(Code::KeyringFailed, sentence));
            let same =
                (&record.request, &record.secrets) == (&made_with.request, &made_with.secrets);
            let theirs = record.current.filter(|_| same);
            return theirs.map(|current| current.token).ok_or(why);
        }
        Err(why) => return Err(not_kept(errand, name, &id, why)),
    };
    record.supersede();
    record.resolve_attempt(name);
    record.request.clone_from(&made_with.request);
    record.secrets.clone_from(&made_with.secrets);
    record.current = Some(CurrentToken {
        token: token.clone(),
        id: id.clone(),
    });
    if let Err(why) = store.write(&record) {
        return Err(not_kept(errand, name, &id, why));
    }
    let former = record.superseded.len();
    if let Err(why) = revoke_former(errand, &mut record) {
        store.log.log(&|| told(&why));
    }
    if record.superseded.len() != former {
        store.write_if_possible(&record);
    }
    Ok(token)
}

/// A token that cannot be kept is revoked at once. Its name stays written down for the next run, in case that fails too.
fn not_kept(errand: &mut Errand<'_>, name: &str, id: &str, why: Error) -> Error {
    match errand.revoke(id) {
        Ok(_) => Error {
            sentence: format!(
                "the new token could not be kept, and was revoked at once: {}",
                why.sentence
            ),
            ..why
        },
        Err(also) => Error {
            sentence: format!(
                "the new token could not be kept: {}; and revoking it failed: {}",
                why.sentence, also.sentence
            ),
            ..why
        }
        .hint(format!(
            "it is named {name} at the provider; the next run looks for it"
        )),
    }
}
