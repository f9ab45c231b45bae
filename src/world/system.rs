//! The real world: this machine's clock, environment, files, programs, keyring and network.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ring::rand::SecureRandom as _;

use super::cache::{self, Cache, CacheKey, Entry, FailureNote, LockAttempt};
use super::files::{self, FileError};
use super::keyring::{self, KeyringError};
use super::limits::KEYRING;
pub use super::machine::System;
use super::machine::variable;
use super::programs::{self, ProgramError};
use super::{SpecFile, World, http, output_file, process, terminal};
use crate::credential::Secret;
use crate::http::{Request, Response, Transport};
use crate::protocol::Until;
use crate::source::{Command, KeyringEntry, KeyringKind};
use crate::time::Timestamp;

fn meant(place: &KeyringEntry) -> Result<KeyringEntry, KeyringError> {
    keyring::meant(place, variable("KEYFOB_KEYRING").as_deref())
}

impl World for System {
    fn now(&self) -> Timestamp {
        let seconds = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(span) => i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        };
        Timestamp::from_unix(seconds)
    }

    fn now_millis(&self) -> u64 {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn elapsed(&self) -> Duration {
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

    fn log(&self, step: &dyn Fn() -> String) {
        if self.log.is_on() {
            self.log.step(&step());
        }
    }

    fn read_stdin(&self, until: Until) -> Result<Secret, String> {
        terminal::read_stdin(until)
    }

    fn write_stdout(&self, bytes: &[u8]) -> Result<(), String> {
        terminal::write_stdout(bytes)
    }

    fn replace_file(&self, path: &Path, content: &Secret) -> Result<(), FileError> {
        output_file::replace(path, content, self.random())
    }

    fn append_to_file(&self, path: &Path, content: &Secret) -> Result<(), FileError> {
        output_file::append(path, content)
    }

    fn prompt(&self, prompt: &str) -> Option<Result<Secret, String>> {
        terminal::prompt(prompt)
    }

    fn is_terminal(&self) -> bool {
        terminal::is_terminal()
    }

    fn read_value(&self, path: &Path) -> Result<Secret, FileError> {
        files::read(path).map(|bytes| Secret::new(bytes.to_vec()))
    }

    fn read_config(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        files::read_config(path, self.config_folder().as_deref())
    }

    fn working_directory(&self) -> Option<PathBuf> {
        std::env::current_dir().ok()
    }

    fn config_folder(&self) -> Option<PathBuf> {
        files::configuration(&variable)
    }

    fn spec_files(&self) -> Result<Vec<SpecFile>, FileError> {
        let Some(folder) = self.config_folder() else {
            return Ok(Vec::new());
        };
        let named = |(name, path): (String, PathBuf)| SpecFile {
            name,
            content: self.read_config(&path),
            path,
        };
        Ok(files::json_files(&folder)?.into_iter().map(named).collect())
    }

    fn recent_lookup(&self, question: &str) -> Option<String> {
        let (cache, folder) = (self.cache.as_ref()?, self.config_folder()?);
        cache.recent_lookup(&folder, question, self.now())
    }

    fn large_config_state(&self) -> Option<String> {
        cache::state(&self.config_folder()?)
    }

    fn record_lookup(&self, before: &str, question: &str, name: &str) {
        if let (Some(cache), Some(folder)) = (&self.cache, self.config_folder()) {
            cache.record_lookup(&folder, before, (question, name), self.now());
        }
    }

    fn preset_names(&self) -> Vec<String> {
        let files = self
            .config_folder()
            .and_then(|folder| files::json_files(&folder.join("providers")).ok());
        files
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    fn run(&self, command: &Command, limit: Duration) -> Result<Secret, ProgramError> {
        programs::output(command, limit)
    }

    fn run_with_variable(
        &self,
        program: &OsString,
        arguments: &[OsString],
        variable: &str,
        value: &Secret,
    ) -> Result<u8, ProgramError> {
        programs::run_with_variable(program, arguments, variable, value)
    }

    fn read_secret(&self, place: &KeyringEntry) -> Result<Secret, KeyringError> {
        keyring::get(&meant(place)?, KEYRING)
    }

    fn write_secret(&self, place: &KeyringEntry, secret: &Secret) -> Result<(), KeyringError> {
        keyring::set(&meant(place)?, secret, KEYRING)
    }

    fn remove_secret(&self, place: &KeyringEntry) -> Result<(), KeyringError> {
        keyring::remove(&meant(place)?, KEYRING)
    }

    fn secret_names(&self, store: KeyringKind) -> Result<Vec<String>, KeyringError> {
        let place = meant(&KeyringEntry {
            service: KeyringEntry::SERVICE.to_owned(),
            user: String::new(),
            store,
        })?;
        keyring::list(&place.service, place.store, KEYRING)
    }

    fn keyring_name(&self, store: KeyringKind) -> &'static str {
        let place = meant(&KeyringEntry {
            service: String::new(),
            user: String::new(),
            store,
        });
        keyring::name(place.map_or(store, |place| place.store))
    }

    fn send(
        &self,
        request: &Request,
        transport: &Transport,
        budget: Duration,
    ) -> Result<Response, http::Failure> {
        (self.before_lookups)();
        http::send(request, transport, &variable, budget)
    }

    fn cached(&self, key: &CacheKey) -> Option<Entry> {
        self.cache.as_ref()?.get(key)
    }

    fn remember(&self, key: &CacheKey, entry: &Entry) {
        let kept = self.cache.as_ref().map(|cache| cache.put(key, entry));
        if !matches!(kept, Some(Ok(()))) {
            self.log(&|| match (self.cache_folder(), &kept) {
                (Err(unusable), _) => format!("cache: {}; {}", unusable.why, unusable.hint),
                (Ok(_), Some(Err(error))) => format!("cache: the token is not kept: {error}"),
                (Ok(_), _) => "cache: the token is not kept".to_owned(),
            });
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

    fn record_failure(&self, failure: &FailureNote) {
        if let Some(cache) = &self.cache {
            cache.record_failure(failure);
        }
    }

    fn failures(&self) -> Vec<FailureNote> {
        self.cache.as_ref().map(Cache::failures).unwrap_or_default()
    }

    fn cache_folder(&self) -> Result<PathBuf, cache::Unusable> {
        let cache = self.cache.as_ref().ok_or_else(|| cache::Unusable {
            why: files::no_cache(&variable).to_owned(),
            hint: "no token is kept, and every call asks the provider; set one of them".to_owned(),
        })?;
        cache.usable()?;
        Ok(cache.folder().to_owned())
    }

    fn find_program(&self, name: &str) -> Option<PathBuf> {
        programs::on_path(name)
    }

    fn trusted_roots(&self) -> Result<(String, Option<usize>), String> {
        http::describe_roots(&Transport::default(), &variable).map_err(|why| why.to_string())
    }

    #[cfg(unix)]
    fn given_before(&self, key: &CacheKey, asker: u64) -> bool {
        let (Some(cache), Some(parent)) = (&self.cache, process::Parent::find()) else {
            return false;
        };
        cache.give(key, parent.asking(asker)) && parent.is_go()
    }

    #[cfg(not(unix))]
    fn given_before(&self, _: &CacheKey, _: u64) -> bool {
        false
    }

    fn caller(&self, asker: u64) -> Option<u64> {
        process::caller(asker)
    }

    fn record_secret_change(&self) {
        let number = self.random();
        let _ = self
            .cache
            .as_ref()
            .map(|cache| cache.record_secret_change(number));
    }

    fn secret_changes(&self) -> Option<[u8; 16]> {
        self.cache.as_ref()?.secret_changes()
    }

    fn lock(&self, key: &CacheKey) -> LockAttempt {
        self.cache
            .as_ref()
            .map_or(LockAttempt::Unusable, |cache| cache.lock(key))
    }
}
