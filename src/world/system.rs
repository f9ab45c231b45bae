//! The real world: this machine's clock, environment, files, programs, keyring and network.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use ring::rand::SecureRandom as _;

use super::cache::{Cache, Entry, Key, Locking};
use super::files::{self, FileError};
use super::keyring::{self, KeyringError};
use super::limits::{KEYRING, PROGRAM};
use super::log::Log;
use super::programs::{self, ProgramError};
use super::{Named, World, aside, http, terminal};
use crate::credential::Secret;
use crate::http::{Answer, Request, Transport};
use crate::protocol::Until;
use crate::source::{Place, Store};
use crate::time::Timestamp;

/// This machine.
#[derive(Debug)]
pub struct System {
    cache: Option<Cache>,
    log: Log,
    begun: Instant,
    before_lookups: fn(),
}

/// An environment variable that is set, not empty and UTF-8.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl System {
    /// The machine as its environment describes it.
    #[must_use]
    pub fn from_environment() -> Self {
        let log = Log::from_setting(variable("KEYFOB_LOG").as_deref());
        Self {
            cache: files::cache(&variable).map(Cache::at),
            log,
            begun: Instant::now(),
            before_lookups: || {},
        }
    }

    /// What must be done before the first host is looked up.
    #[must_use]
    pub fn before_lookups(self, before_lookups: fn()) -> Self {
        Self {
            before_lookups,
            ..self
        }
    }

    /// `-v`: steps on standard error, where the environment has not sent them elsewhere; none there if they `may` not be told.
    #[must_use]
    pub fn verbose(mut self, verbose: bool, may: bool) -> Self {
        if verbose && !self.log.is_on() {
            self.log = Log::Stderr;
        }
        if !may && matches!(self.log, Log::Stderr) {
            self.log = Log::Off;
        }
        self
    }
}

fn meant(place: &Place) -> Result<Place, KeyringError> {
    keyring::meant(place, variable("KEYFOB_KEYRING").as_deref())
}

impl World for System {
    fn now(&self) -> Timestamp {
        let seconds = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(span) => i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds)
            }
        };
        Timestamp::from_unix(seconds)
    }

    fn millis(&self) -> u64 {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn running(&self) -> Duration {
        self.begun.elapsed()
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // ring fails here only where the system has no source of randomness: TLS fails then too, and says so.
        let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
        bytes
    }

    fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }

    fn secret_variable(&self, name: &str) -> Option<Secret> {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(Secret::new(value.into_encoded_bytes()))
    }

    fn tell(&self, step: &dyn Fn() -> String) {
        if self.log.is_on() {
            self.log.step(&step());
        }
    }

    fn standard_input(&self, until: Until) -> Result<Secret, String> {
        terminal::standard_input(until)
    }

    fn say(&self, bytes: &[u8]) -> Result<(), String> {
        terminal::say(bytes)
    }

    fn replace_file(&self, path: &Path, content: &Secret) -> Result<(), FileError> {
        aside::replace(path, content, self.random())
    }

    fn append_to_file(&self, path: &Path, content: &Secret) -> Result<(), FileError> {
        aside::append(path, content)
    }

    fn ask(&self, prompt: &str) -> Option<Result<Secret, String>> {
        terminal::ask(prompt)
    }

    fn at_terminal(&self) -> bool {
        terminal::is_terminal()
    }

    fn read(&self, path: &Path) -> Result<Secret, FileError> {
        files::read(path).map(|bytes| Secret::new(bytes.to_vec()))
    }

    fn read_own(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let bytes = files::read_own(path)?;
        // Who can replace a file of the configuration folder need not write it.
        if let Some(folder) = self.configuration() {
            let within = path.ancestors().skip(1);
            within
                .take_while(|above| above.starts_with(&folder))
                .try_for_each(files::keeps_our_files)?;
        }
        Ok(bytes.to_vec())
    }

    fn configuration(&self) -> Option<PathBuf> {
        files::configuration(&variable)
    }

    fn specs(&self) -> Result<Vec<Named>, FileError> {
        let Some(folder) = self.configuration() else {
            return Ok(Vec::new());
        };
        let named = |(name, path): (String, PathBuf)| Named {
            name,
            content: self.read_own(&path),
            path,
        };
        Ok(files::json_files(&folder)?.into_iter().map(named).collect())
    }

    fn own_presets(&self) -> Vec<String> {
        let files = self
            .configuration()
            .and_then(|folder| files::json_files(&folder.join("providers")).ok());
        files
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    fn run(&self, words: &[String]) -> Result<Secret, ProgramError> {
        programs::output(words, PROGRAM)
    }

    fn attend(
        &self,
        program: &OsString,
        arguments: &[OsString],
        variable: &str,
        value: &Secret,
    ) -> Result<u8, ProgramError> {
        programs::attend(program, arguments, variable, value)
    }

    fn secret(&self, place: &Place) -> Result<Secret, KeyringError> {
        keyring::get(&meant(place)?, KEYRING)
    }

    fn keep_secret(&self, place: &Place, secret: &Secret) -> Result<(), KeyringError> {
        keyring::set(&meant(place)?, secret, KEYRING)
    }

    fn remove_secret(&self, place: &Place) -> Result<(), KeyringError> {
        keyring::remove(&meant(place)?, KEYRING)
    }

    fn secret_names(&self, store: Store) -> Result<Vec<String>, KeyringError> {
        let place = meant(&Place {
            service: Place::SERVICE.to_owned(),
            user: String::new(),
            store,
        })?;
        keyring::list(&place.service, place.store, KEYRING)
    }

    fn keyring_name(&self, store: Store) -> &'static str {
        let place = meant(&Place {
            service: String::new(),
            user: String::new(),
            store,
        });
        match place.map_or(store, |place| place.store) {
            Store::Kernel => "Linux kernel keyring (memory only, gone at reboot)",
            _ if cfg!(target_os = "macos") => "Keychain",
            _ if cfg!(windows) => "Windows Credential Manager",
            _ => "Secret Service",
        }
    }

    fn send(
        &self,
        request: &Request,
        transport: &Transport,
        budget: Duration,
    ) -> Result<Answer, http::Failure> {
        (self.before_lookups)();
        http::send(request, transport, &variable, budget)
    }

    fn cached(&self, key: &Key) -> Option<Entry> {
        self.cache.as_ref()?.get(key)
    }

    fn remember(&self, key: &Key, entry: &Entry) {
        if let Some(Err(error)) = self.cache.as_ref().map(|cache| cache.put(key, entry)) {
            self.tell(&|| format!("cache: cannot be written ({error}); going on without"));
        }
    }

    fn forget(&self, key: &str) {
        if let Some(cache) = &self.cache {
            cache.remove(key);
        }
    }

    fn forget_all(&self) -> Result<(), String> {
        self.cache.as_ref().map_or(Ok(()), Cache::clear)
    }

    fn entries(&self) -> Vec<Entry> {
        self.cache.as_ref().map(Cache::entries).unwrap_or_default()
    }

    #[cfg(unix)]
    fn given_before(&self, key: &Key) -> bool {
        let Some(caller) = rustix::process::getppid() else {
            return false;
        };
        let caller = u32::try_from(caller.as_raw_nonzero().get()).unwrap_or_default();
        let given = self
            .cache
            .as_ref()
            .and_then(|cache| cache.give(key, caller, self.now()));
        // A process that began later only has the number of the one that was given it; and client-go is Go.
        let same = |when| programs::began(caller, self.now()).is_some_and(|began| began <= when);
        given.is_some_and(|when| same(when) && programs::is_go(caller))
    }

    #[cfg(not(unix))]
    fn given_before(&self, _: &Key) -> bool {
        false
    }

    fn lock(&self, key: &Key) -> Locking {
        self.cache
            .as_ref()
            .map_or(Locking::Unusable, |cache| cache.lock(key))
    }
}
