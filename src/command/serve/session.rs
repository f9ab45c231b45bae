//! One request of a caller, after it is known whether a spec is named: its reply, with a token or
//! with the reason for having none.

use crate::command::{admit, credential, plain_http, spec, token};
use crate::credential::{AccessToken, Credential, Secret};
use crate::error::{Code, Error, TargetMatch};
use crate::find::{self, LoadedSpec, Lookup, Naming};
use crate::obtain::{Needs, rejected, resolve};
use crate::protocol::{Caller, CredentialRequest, Listing, Message, Reply};
use crate::target::{NearMiss, Target};
use crate::world::World;
use crate::world::cache::FailureNote;

pub(super) struct Session<'a> {
    pub(super) world: &'a dyn World,
    pub(super) caller: &'a Caller,
    /// SPEC. If none is named, the request's targets select the spec.
    pub(super) spec: Option<String>,
    /// Whether no argument and no request names it: then KEYFOB_SPEC does, if it is named.
    pub(super) by_variable: bool,
}

impl Session<'_> {
    /// Whether a spec is named.
    pub(super) fn has_spec(&self) -> bool {
        self.spec.is_some()
    }

    /// Replies with a credential, and writes the file that the caller reads before it asks again.
    pub(super) fn credential(&self, request: &dyn CredentialRequest) -> Reply {
        let credential = match self.obtain(request) {
            Ok(credential) => credential,
            Err(error) => return self.refuse(request, &error),
        };
        if let Some(file) = request.output_file(&credential)
            && let Err(why) = self.world.replace_file(&file.path, &file.content)
        {
            self.world
                .log(&|| format!("the file that the caller named cannot be written: {why}"));
        }
        request.reply(&credential)
    }

    fn obtain(&self, request: &dyn CredentialRequest) -> Result<Credential, Error> {
        let lookup = self.lookup(request);
        let loaded = self.find(lookup)?;
        let needs = Needs {
            least_life: request.least_life(),
            asker: request.asks_again_when_refused().map(asker_number),
            refused: request.refused(),
        };
        let token = token(self.world, &loaded, lookup, request.said(), needs)?;
        self.check_certificate(request, &loaded.name, &token.access_token)?;
        Ok(credential(self.world, loaded, token))
    }

    /// Checks that a client certificate is for a caller that can use one, and is one.
    fn check_certificate(
        &self,
        request: &dyn CredentialRequest,
        spec: &str,
        token: &AccessToken,
    ) -> Result<(), Error> {
        let Some(pair) = token.certificate() else {
            return Ok(());
        };
        if !pair.is_pem() {
            let sentence =
                format!("spec `{spec}` yields a `certificate` or a `key` that is not one in PEM");
            return Err(Error::new(Code::ProviderNonsense, sentence)
                .hint("check the places in `token_pointer`"));
        }
        if request.takes_a_certificate() {
            return Ok(());
        }
        let caller = self.caller.name;
        let sentence =
            format!("spec `{spec}` yields a client certificate, which {caller} cannot use");
        Err(Error::new(Code::NotSupported, sentence)
            .hint("client certificates are for kubectl; write \"callers\": [\"kubectl\"]"))
    }

    /// Acknowledges an operation that needs no credential, if a spec lists the target. Drops the
    /// cached token if `erase` is set.
    pub(super) fn acknowledge(
        &self,
        request: &dyn CredentialRequest,
        erase: bool,
        reply: Reply,
    ) -> Reply {
        let lookup = self.lookup(request);
        let acknowledged = self.find(lookup).and_then(|loaded| {
            let admitted = admit(&loaded, lookup)?;
            find::validate(&loaded.spec)?;
            if erase {
                rejected::drop(self.world, &resolve(self.world, "", admitted), None);
            }
            Ok(())
        });
        match acknowledged {
            Ok(()) => reply,
            Err(error) => self.refuse(request, &error),
        }
    }

    /// Refuses a request over plain http. If a spec lists the same target over https, the hint
    /// names that spec.
    pub(super) fn other_scheme(&self, request: &dyn CredentialRequest) -> Reply {
        let lookup = self.lookup(request);
        let error = plain_http(self.find(lookup).ok().as_ref(), lookup);
        self.refuse(request, &error)
    }

    /// Drops the token for these targets, if it is the one that the caller presents. Never fails:
    /// the caller could do nothing about it.
    ///
    /// A token that is presented is also looked for in the other specs of the host: the server that
    /// rejected it may name another path than the request for it did, or none.
    pub(super) fn erase(&self, targets: &[Target], user: Option<&str>, presented: Option<&Secret>) {
        let lookup = Lookup {
            caller: self.caller.name,
            user,
            targets,
        };
        let listing = self.find(lookup).ok();
        let admitted = listing
            .as_ref()
            .and_then(|loaded| loaded.spec.admit(lookup.caller, lookup.targets));
        let drop =
            |admitted| rejected::drop(self.world, &resolve(self.world, "", admitted), presented);
        if admitted.is_some_and(drop) || presented.is_none() {
            return;
        }
        let at_host = |loaded: &LoadedSpec| {
            let mut patterns = loaded.spec.targets.iter();
            loaded.spec.callers.include(self.caller.name)
                && patterns.any(|pattern| targets.iter().any(|to| pattern.matches_without_path(to)))
        };
        let others = match &self.spec {
            Some(spec) => find::named_for_caller(self.world, spec)
                .into_iter()
                .collect(),
            None => find::all(self.world),
        };
        for loaded in others.iter().filter(|loaded| at_host(loaded)) {
            drop(loaded.spec.admit_by_name());
        }
    }

    /// Every name that can be served, with its user name.
    pub(super) fn list(&self, listing: &Listing) -> Reply {
        let specs = match &self.spec {
            Some(spec) => find::named_for_caller(self.world, spec).map(|loaded| vec![loaded]),
            None => find::all_there(self.world),
        };
        let naming = Naming {
            caller: self.caller.name,
            name: listing.name,
            targets: listing.targets,
        };
        match specs {
            Ok(mut specs) => {
                specs.retain(|loaded| find::validate(&loaded.spec).is_ok());
                (listing.reply)(&find::servable(&specs, naming))
            }
            Err(error) => (listing.failure)(&error.message()),
        }
    }

    /// Notes a failure for `keyfob doctor`, because many tools drop standard error.
    pub(super) fn note_failure(&self, target: Option<&Target>, message: &Message) {
        self.world.record_failure(&FailureNote {
            caller: self.caller.name.to_owned(),
            at: self.world.now(),
            code: message.code,
            sentence: message.sentence.clone(),
            hint: message.hint.clone(),
            target: target.map(Target::to_string),
        });
    }

    fn lookup<'r>(&self, request: &'r dyn CredentialRequest) -> Lookup<'r> {
        Lookup {
            caller: self.caller.name,
            user: request.user(),
            targets: request.targets(),
        }
    }

    fn find(&self, lookup: Lookup<'_>) -> Result<LoadedSpec, Error> {
        match self.spec.as_deref() {
            Some("-") if !self.caller.owns_stdin => spec(self.world, Some("-"), false),
            spec => find::for_request(self.world, spec, lookup),
        }
    }

    /// The reply without a credential. A failure is noted, unless another helper may be meant.
    fn refuse(&self, request: &dyn CredentialRequest, error: &Error) -> Reply {
        self.world
            .log(&|| format!("{}: {}", error.code, error.sentence));
        let mut error = error.clone();
        if self.by_variable && self.has_spec() {
            error = find::with_shadowed(error, self.world, self.lookup(request));
        }
        if let TargetMatch::Nearly(NearMiss::NoPath) = error.whose
            && let Some(how) = find::without_path(self.caller.name, request)
            && let Some(hint) = &mut error.hint
        {
            hint.push_str(&format!(": {how}"));
        }
        let is_listed = error.code != Code::TargetNotListed;
        let message = error.message();
        if error.whose != TargetMatch::Plain || is_listed || self.caller.asked_alone {
            self.note_failure(request.targets().first(), &message);
        }
        match (is_listed, error.whose) {
            (true, TargetMatch::Unknown) => request.unknown(&message),
            (true, _) => request.failure(&message),
            (false, whose) => {
                let mut reply = request.not_listed(&message);
                let nearly = matches!(whose, TargetMatch::Nearly(_) | TargetMatch::Elsewhere);
                if nearly && reply.stderr.is_empty() && request.shows_stderr() {
                    reply.stderr = message.hint_line();
                }
                reply
            }
        }
    }
}

/// A number that distinguishes the requests of one process. It is used for nothing else, so it need
/// not be a digest.
fn asker_number(asker: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    asker.hash(&mut hasher);
    hasher.finish()
}
