//! Creates a token at the provider, stores it in the keyring, and revokes its predecessor, in an
//! order in which a crash between any two steps loses no token.
//!
//! 1. A unique name for the new token is written to the keyring. If that fails, no token is
//!    created.
//! 2. The token is created. The request is never repeated if it may have arrived.
//! 3. The token is written to the keyring, with its predecessor marked for revocation. If that
//!    fails, the new token is revoked at once.
//! 4. The predecessor is revoked, and removed from the record.
//!
//! After a crash, the next run finds a token that step 2 created by its name, and one that step 4
//! did not revoke by its id.

mod fingerprint;
mod requests;
mod store;

use std::time::Duration;

use super::call::Call;
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::grant::kept_token::record::{CurrentToken, PendingAttempt, Record};
use crate::grant::kept_token::{KeptToken, ListResult};
use crate::source::Source;
use crate::spec::Provider;
use crate::time::Timestamp;
use requests::{Requests, is_not_created};
use store::{RecordStore, continuing_after, needs_renewal};
pub use store::{doubt, reject};

/// How long a request without a known response may still take effect at the provider.
const UNDER_WAY: Duration = Duration::from_secs(600);
/// Most attempts with an unknown result. Beyond that, no token is created.
const MOST_PENDING: usize = 8;

/// The kept token if it is not due for renewal, else a new one.
///
/// # Errors
/// The keyring fails, a secret cannot be read, or the provider does not create a token.
pub fn obtain(
    call: &Call<'_>,
    provider: &Provider,
    grant: &KeptToken<Source>,
) -> Result<Token, Error> {
    let world = call.world;
    let store = RecordStore::new(world, grant);
    let mut record = store.read_record()?;
    let request = fingerprint::of_request(grant)?;
    if record.current.is_some() && record.request != request {
        let entry = store.entry();
        return Err(Error::new(
            Code::SecretUnreadable,
            format!("{entry} holds a token that was created with another request"),
        )
        .hint(
            "run `keyfob revoke` with this spec to revoke that token, or name another entry in \
            `store`",
        ));
    }
    let mut requests = Requests::new(*call, provider, grant);
    let secrets = requests.secrets()?;
    if record.current.is_some() && record.secrets != secrets {
        world.log(&|| "the kept token was created with other secrets".to_owned());
        record.supersede_in_other_account();
    }
    let doubted = std::mem::take(&mut record.doubted);
    if doubted && grant.verify.is_none() {
        record.reject(None, world.now(), Duration::ZERO);
    }
    let stored = record.current.clone();
    if let Some(current) = stored.filter(|kept| !needs_renewal(grant, &kept.token, world.now())) {
        let gone = match doubted {
            true => requests.is_not_there(&current.id)?,
            false => requests.is_gone(&current.id),
        };
        if !gone {
            world.log(&|| format!("{}: using the kept token", store.entry()));
            clean_up(&store, &mut requests, &mut record);
            if doubted {
                store.try_write_record(&record);
            }
            return Ok(current.token);
        }
        world.log(&|| "the provider does not list the kept token any more".to_owned());
        record.supersede();
    }
    match resolve_pending(&mut requests, &mut record, world.now()) {
        // A client that may create tokens but not list them can still obtain one. A lost token
        // expires.
        Err(why) if why.code == Code::ProviderRefused => world.log(&|| continuing_after(&why)),
        other => other?,
    }
    (record.request, record.secrets) = (request, secrets);
    create_and_store(&store, &mut requests, record)
}

/// Revokes every token in the record, and removes it. Returns whether there was one.
///
/// # Errors
/// The keyring fails, or a token cannot be revoked; that one stays in the record.
pub fn revoke(
    call: &Call<'_>,
    provider: &Provider,
    grant: &KeptToken<Source>,
) -> Result<bool, Error> {
    let world = call.world;
    let store = RecordStore::new(world, grant);
    let mut record = store.read_record()?;
    if record.is_empty() {
        world.log(&|| format!("{}: no token to revoke", store.entry()));
        return Ok(false);
    }
    let mut requests = Requests::new(*call, provider, grant);
    requests.revocation()?;
    // From here on the token is not handed out again, even if this process is killed.
    record.supersede();
    store.write_record(&record)?;
    let revoked = revoke_former(&mut requests, &mut record);
    let settled = resolve_pending(&mut requests, &mut record, world.now());
    store.write_record(&record)?;
    revoked.and(settled).map(|()| true)
}

/// Revokes what earlier runs left. A valid token is at hand, so a failure is logged only.
fn clean_up(store: &RecordStore<'_>, requests: &mut Requests<'_>, record: &mut Record) {
    let before = (record.superseded.len(), record.pending.len());
    if before == (0, 0) {
        return;
    }
    let revoked = revoke_former(requests, record);
    let settled = resolve_pending(requests, record, requests.now());
    for why in [revoked, settled].into_iter().filter_map(Result::err) {
        store.log.log(&|| continuing_after(&why));
    }
    if before != (record.superseded.len(), record.pending.len()) {
        store.try_write_record(record);
    }
}

/// Looks for tokens that attempts with an unknown result created, and revokes them: no process has
/// received them.
fn resolve_pending(
    requests: &mut Requests<'_>,
    record: &mut Record,
    now: Timestamp,
) -> Result<(), Error> {
    for pending in record.pending.clone() {
        match requests.look_for(&pending.name)? {
            ListResult::Found(ids) => {
                for id in ids {
                    requests.revoke(&id)?;
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

/// Revokes superseded tokens. Those that cannot be revoked stay in the record, as do the rest once
/// no time is left.
fn revoke_former(requests: &mut Requests<'_>, record: &mut Record) -> Result<(), Error> {
    let mut result = Ok(());
    let (secrets, now) = (record.secrets.clone(), requests.now());
    record.superseded.retain(|former| {
        if result.is_err() && requests.is_out_of_time() {
            return true;
        }
        match requests.revoke(&former.id) {
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

fn create_and_store(
    store: &RecordStore<'_>,
    requests: &mut Requests<'_>,
    mut record: Record,
) -> Result<Token, Error> {
    if record.pending.len() >= MOST_PENDING {
        let sentence = format!(
            "{MOST_PENDING} attempts to create a token have no known result, and the provider \
            lists none of them"
        );
        return Err(Error::new(Code::ProviderUnavailable, sentence).hint(
            "try again in ten minutes; `keyfob check` with this spec asks the provider \
            about the account",
        ));
    }
    let suffix = format!("-{}", requests.random_hex());
    let (template, names) = store.grant.create.with_unique_suffix(&suffix);
    let name = names.into_iter().next().unwrap_or_default();
    // Later steps open no further secret.
    let request = requests.creation(&template)?;
    requests.revocation()?;
    let at = requests.now();
    record.pending.push(PendingAttempt {
        name: name.clone(),
        at,
    });
    store.write_record(&record).map_err(|why| Error {
        sentence: format!(
            "no token was created, since it could not be stored: {}",
            why.sentence
        ),
        ..why
    })?;
    match requests.create(&request) {
        Ok(new) => store_new(store, requests, &name, &record, new),
        Err(why) => {
            if is_not_created(&why) {
                record.resolve_attempt(&name);
                store.try_write_record(&record);
            }
            Err(why)
        }
    }
}

fn store_new(
    store: &RecordStore<'_>,
    requests: &mut Requests<'_>,
    name: &str,
    made_with: &Record,
    (token, id): (Token, String),
) -> Result<Token, Error> {
    // Read again: a process without a lock must not overwrite a token that another one stored
    // meanwhile.
    let mut record = match store.read_record() {
        Ok(record) if record.is_pending(name) => record,
        Ok(record) => {
            let sentence = format!("{} was changed by another process meanwhile", store.entry());
            let why = revoke_unstored(
                requests,
                name,
                &id,
                Error::new(Code::KeyringFailed, sentence),
            );
            let same =
                (&record.request, &record.secrets) == (&made_with.request, &made_with.secrets);
            let theirs = record.current.filter(|_| same);
            return theirs.map(|current| current.token).ok_or(why);
        }
        Err(why) => return Err(revoke_unstored(requests, name, &id, why)),
    };
    record.supersede();
    record.resolve_attempt(name);
    record.request.clone_from(&made_with.request);
    record.secrets.clone_from(&made_with.secrets);
    record.current = Some(CurrentToken {
        token: token.clone(),
        id: id.clone(),
    });
    if let Err(why) = store.write_record(&record) {
        return Err(revoke_unstored(requests, name, &id, why));
    }
    let former = record.superseded.len();
    if let Err(why) = revoke_former(requests, &mut record) {
        store.log.log(&|| continuing_after(&why));
    }
    if record.superseded.len() != former {
        store.try_write_record(&record);
    }
    Ok(token)
}

/// Revokes a token that cannot be stored. Its name stays in the record, so that the next run can
/// revoke it if this fails.
fn revoke_unstored(requests: &mut Requests<'_>, name: &str, id: &str, why: Error) -> Error {
    match requests.revoke(id) {
        Ok(_) => Error {
            sentence: format!(
                "the new token could not be stored, and was revoked: {}",
                why.sentence
            ),
            ..why
        },
        Err(also) => Error {
            sentence: format!(
                "the new token could not be stored: {}; and revoking it failed: {}",
                why.sentence, also.sentence
            ),
            ..why
        }
        .hint(format!(
            "the provider lists it as {name}; the next run revokes it"
        )),
    }
}
