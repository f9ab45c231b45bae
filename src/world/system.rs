//! The traits of `world` for this machine: its clock, environment, files, programs, keyring and
//! network.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ring::rand::SecureRandom as _;

use super::cache;
use super::files::{self, FileError};
use super::folders;
use super::inspection::{FileStatus, KeyringNames};
use super::keyring::{self, KeyringError, Patience};
pub use super::machine::System;
use super::machine::variable;
use super::platform::access;
use super::programs::installed::InstalledProgram;
use super::programs::{self, ProgramError};
use super::specs::policy_file;
use super::{
    Clock, Diagnosis, Environment, Files, Keyring, Log, Network, OutputFiles, Programs, Random,
    SpecFiles as _, Terminal, http, output_file, prompt, terminal,
};
use crate::credential::Secret;
use crate::http::{Request, Response, Transport};
use crate::protocol::Until;
use crate::source::{Command, KeyringEntry, KeyringKind};
use crate::time::Timestamp;

fn in_selected_keyring(entry: &KeyringEntry) -> Result<KeyringEntry, KeyringError> {
    keyring::in_selected_keyring(entry, variable("KEYFOB_KEYRING").as_deref())
}

impl System {
    fn patience(&self) -> Patience {
        match self.for_a_person && terminal::is_terminal() {
            true => Patience::FOR_A_PERSON,
            false => Patience::FOR_A_TOOL,
        }
    }

    /// The entry in the keyring that is meant, if the policy permits that keyring.
    fn permitted(&self, entry: &KeyringEntry) -> Result<KeyringEntry, KeyringError> {
        let entry = in_selected_keyring(entry)?;
        let unusable = |why: &str| format!("the policy {} cannot be used: {why}", policy_file());
        let checked = match self.policy() {
            Err(why) => Err(unusable(why)),
            Ok(None) => Ok(()),
            Ok(Some(policy)) => {
                let checked = policy.check_store(keyring::word(entry.store));
                checked.map_err(|by| by.sentence(policy_file()))
            }
        };
        checked.map_err(|reason| KeyringError::Forbidden { reason })?;
        Ok(entry)
    }
}

impl Clock for System {
    fn now(&self) -> Timestamp {
        let seconds = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(span) => i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        };
        Timestamp::from_unix(seconds)
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn now_millis(&self) -> u64 {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }
}

impl Random for System {
    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // ring fails only if the system has no source of randomness. TLS then fails too, and
        // reports it.
        let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
        bytes
    }
}

impl Log for System {
    fn log(&self, step: &dyn Fn() -> String) {
        if self.log.is_on() {
            self.log.step(&step());
        }
    }
}

impl Environment for System {
    fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }

    fn secret_variable(&self, name: &str) -> Option<Secret> {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(Secret::new(value.into_encoded_bytes()))
    }

    fn working_directory(&self) -> Option<PathBuf> {
        std::env::current_dir().ok()
    }

    fn find_program(&self, name: &str) -> Option<PathBuf> {
        programs::on_path(name)
    }
}

impl Terminal for System {
    fn read_stdin(&self, until: Until) -> Result<Secret, String> {
        terminal::read_stdin(until)
    }

    fn write_stdout(&self, bytes: &Secret) -> Result<(), String> {
        terminal::write_stdout(bytes)
    }

    fn prompt(&self, prompt: &str) -> Option<Result<Secret, String>> {
        prompt::secret(prompt)
    }

    fn is_terminal(&self) -> bool {
        terminal::is_terminal()
    }
}

impl Files for System {
    fn read_value(&self, path: &Path) -> Result<Secret, FileError> {
        files::read(path).map(|bytes| Secret::new(bytes.to_vec()))
    }
}

impl OutputFiles for System {
    fn replace_file(&self, path: &Path, content: &Secret) -> Result<(), FileError> {
        output_file::replace(path, content, self.random())
    }

    fn append_to_file(&self, path: &Path, content: &Secret) -> Result<(), FileError> {
        output_file::append(path, content)
    }
}

impl Programs for System {
    fn run(&self, command: &Command, limit: Duration) -> Result<Secret, ProgramError> {
        programs::output(command, limit)
    }

    fn run_with_variable(
        &self,
        program: &OsString,
        arguments: &[OsString],
        variable: &str,
        value: &Secret,
    ) -> Result<i32, ProgramError> {
        programs::run_with_variable(program, arguments, variable, value)
    }
}

impl Keyring for System {
    fn read_secret(&self, entry: &KeyringEntry) -> Result<Secret, KeyringError> {
        keyring::get(&self.permitted(entry)?, self.patience())
    }

    fn write_secret(&self, entry: &KeyringEntry, secret: &Secret) -> Result<(), KeyringError> {
        keyring::set(&self.permitted(entry)?, secret, self.patience())
    }

    fn remove_secret(&self, entry: &KeyringEntry) -> Result<(), KeyringError> {
        keyring::remove(&self.permitted(entry)?, self.patience())
    }
}

impl KeyringNames for System {
    fn secret_names(&self, store: KeyringKind) -> Result<Vec<String>, KeyringError> {
        let entry = self.permitted(&KeyringEntry::own("", store))?;
        keyring::list(&entry.service, entry.store, self.patience())
    }

    fn keyring_name(&self, store: KeyringKind) -> &'static str {
        let entry = in_selected_keyring(&KeyringEntry {
            service: String::new(),
            user: String::new(),
            store,
        });
        keyring::name(entry.map_or(store, |entry| entry.store))
    }
}

impl FileStatus for System {
    fn file_status(&self, path: &Path) -> Result<u64, FileError> {
        files::status(path)
    }
}

impl Network for System {
    fn send(
        &self,
        request: &Request,
        transport: &Transport,
        budget: Duration,
    ) -> Result<Response, http::Failure> {
        (self.before_lookups)();
        http::send(request, transport, &variable, budget)
    }
}

impl Diagnosis for System {
    fn cache_folder(&self) -> Result<PathBuf, cache::Unusable> {
        let cache = self.cache.as_ref().ok_or_else(|| cache::Unusable {
            why: folders::no_cache(&variable),
            hint: "no token is kept, and every call asks the provider; set one of them".to_owned(),
        })?;
        cache.usable()?;
        Ok(cache.folder().to_owned())
    }

    fn misnamed_specs(&self) -> Vec<PathBuf> {
        self.misnamed()
    }

    fn planted_folder(&self) -> Option<&'static str> {
        self.planted()
    }

    fn installed_programs(&self, name: &str) -> Vec<InstalledProgram> {
        programs::installed::all(name)
    }

    fn version_of(&self, program: &Path) -> Option<String> {
        programs::installed::version_of(program)
    }

    fn others_can_read(&self, path: &Path) -> Option<String> {
        access::others_can_read(path)
    }

    fn trusted_roots(&self, transport: &Transport) -> Result<(String, Option<usize>), String> {
        http::describe_roots(transport, &variable).map_err(|why| why.to_string())
    }
}
