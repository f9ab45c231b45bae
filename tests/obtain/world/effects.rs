//! What the program does to the fake world, one effect after the other: each is written down and takes its time.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use keyfob::credential::Secret;
use keyfob::http::{Request, Transport};
use keyfob::protocol::Until;
use keyfob::source::{Command, KeyringEntry, KeyringKind};
use keyfob::spec::policy::Policy;
use keyfob::time::Timestamp;
use keyfob::world::cache::{
    CacheKey, Deliveries, Delivery, Entry, LockAttempt, LookupNotes, SecretChanges, TokenCache,
};
use keyfob::world::files::FileError;
use keyfob::world::keyring::KeyringError;
use keyfob::world::process::ParentProcess;
use keyfob::world::programs::ProgramError;
use keyfob::world::prompt::Prompting;
use keyfob::world::spec_file::{FileContent, SpecWriting};
use keyfob::world::{
    Clock, Environment, Files, Keyring, Log, Network, OutputFiles, Programs, Random, SpecFile,
    SpecFiles, Terminal,
};

use super::{BEGIN, Fake, Sent, receiver, times_out};

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        let running = i64::try_from(self.running.get().as_secs()).unwrap();
        Timestamp::from_unix(BEGIN.unix() + running + self.jump.get())
    }

    fn elapsed(&self) -> Duration {
        self.running.get() - self.begun.get()
    }

    fn now_millis(&self) -> u64 {
        let since = u64::try_from(BEGIN.unix() + self.jump.get()).unwrap() * 1000;
        since + u64::try_from(self.running.get().as_millis()).unwrap()
    }

    fn sleep(&self, span: Duration) {
        self.did(format!("sleep {} ms", span.as_millis()));
        self.take(span);
    }
}

impl Random for Fake {
    fn random(&self) -> [u8; 16] {
        [self.random.get(); 16]
    }
}

impl Log for Fake {
    fn log(&self, _: &dyn Fn() -> String) {}
}

impl Environment for Fake {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.borrow().get(name).cloned()
    }

    fn secret_variable(&self, name: &str) -> Option<Secret> {
        self.variable(name).map(Secret::from)
    }

    fn working_directory(&self) -> Option<PathBuf> {
        Some("/working/directory".into())
    }

    fn find_program(&self, _: &str) -> Option<PathBuf> {
        None
    }
}

impl Files for Fake {
    fn read_value(&self, path: &Path) -> Result<Secret, FileError> {
        self.did(format!("read {}", path.display()));
        let files = self.files.borrow();
        files
            .get(path)
            .cloned()
            .map(Secret::from)
            .ok_or(FileError::Missing)
    }
}

impl SpecFiles for Fake {
    fn read_config(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let files = self.files.borrow();
        let content = files.get(path).ok_or(FileError::Missing)?;
        self.did(format!("read {}", path.display()));
        Ok(content.clone().into())
    }

    fn config_folder(&self) -> Option<PathBuf> {
        None
    }

    fn machine_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn policy(&self) -> Result<Option<&Policy>, &str> {
        Ok(None)
    }

    fn spec_files(&self) -> Result<Vec<SpecFile>, FileError> {
        Ok(self.specs.borrow().clone())
    }

    fn preset_names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Programs for Fake {
    fn run(&self, command: &Command, limit: Duration) -> Result<Secret, ProgramError> {
        self.did(format!("run {}", command.argv[0]));
        if self.program_takes.get() > limit {
            self.take(limit);
            return Err(ProgramError::TimedOut(limit));
        }
        self.take(self.program_takes.get());
        Ok(Secret::from("s3cret-of-the-program".to_owned()))
    }

    fn run_with_variable(
        &self,
        program: &OsString,
        _: &[OsString],
        _: &str,
        _: &Secret,
    ) -> Result<i32, ProgramError> {
        panic!("{} is run", program.to_string_lossy())
    }
}

impl Keyring for Fake {
    fn read_secret(&self, place: &KeyringEntry) -> Result<Secret, KeyringError> {
        self.did(format!("keyring {}", place.user));
        self.take(self.keyring_takes.get());
        if let Some(secret) = self.written.borrow().get(&place.user) {
            return Ok(Secret::from(secret.clone()));
        }
        if self.own.borrow().contains(&place.user) {
            return Err(KeyringError::Missing);
        }
        self.keyring.borrow().clone().map(Secret::from)
    }

    fn write_secret(&self, place: &KeyringEntry, secret: &Secret) -> Result<(), KeyringError> {
        self.did(format!("keep {}", place.user));
        self.writing.borrow().clone()?;
        let secret = secret.expose_text().unwrap().to_owned();
        self.written.borrow_mut().insert(place.user.clone(), secret);
        Ok(())
    }

    fn remove_secret(&self, place: &KeyringEntry) -> Result<(), KeyringError> {
        self.did(format!("remove {}", place.user));
        self.writing.borrow().clone()?;
        self.written.borrow_mut().remove(&place.user);
        Ok(())
    }
}

impl keyfob::world::inspection::KeyringNames for Fake {
    fn secret_names(&self, _: KeyringKind) -> Result<Vec<String>, KeyringError> {
        Ok(Vec::new())
    }

    fn keyring_name(&self, _: KeyringKind) -> &'static str {
        "none"
    }
}

impl Network for Fake {
    fn send(&self, request: &Request, _: &Transport, budget: Duration) -> Sent {
        self.did(format!(
            "send {} {}",
            request.method.as_str(),
            request.endpoint.url()
        ));
        let body = request.body.as_ref().and_then(Secret::expose_text);
        let text = |value: &Secret| value.expose_text().unwrap().to_owned();
        let fields = request.headers.iter();
        *self.headers.borrow_mut() = fields
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        *self.sent.borrow_mut() = (
            request.method.as_str().to_owned(),
            request.endpoint.url(),
            body.unwrap_or_default().to_owned(),
        );
        let begun = self.running.get();
        let script = Rc::clone(&self.script.borrow());
        let answer = script(self);
        // No call outlives its budget: the real one is tested for that by itself.
        if self.running.get() - begun > budget {
            self.running.set(begun + budget);
            return times_out();
        }
        answer
    }
}

impl TokenCache for Fake {
    fn cached(&self, key: &CacheKey) -> Option<Entry> {
        self.did("look");
        self.cached_quietly(key)
    }

    fn remember(&self, key: &CacheKey, entry: &Entry) {
        self.did("remember");
        self.put(key, entry);
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        self.did("forget");
        if self.held.get() {
            return Err("another program holds it".to_owned());
        }
        self.entries.borrow_mut().remove(key);
        Ok(())
    }

    fn forget_all(&self) -> Result<(), String> {
        self.entries.borrow_mut().clear();
        Ok(())
    }

    fn entries(&self) -> Vec<Entry> {
        let entries = self.entries.borrow();
        entries
            .values()
            .filter_map(|bytes| Entry::from_bytes(bytes))
            .collect()
    }

    fn lock(&self, _: &CacheKey) -> LockAttempt {
        self.did("lock");
        let script = Rc::clone(&self.locks.borrow());
        script(self)
    }
}

impl Deliveries for Fake {
    fn delivery(&self, key: &CacheKey, _: u64) -> Option<Delivery> {
        let receiver = receiver(key);
        let repeated = self.given.borrow().contains(&receiver);
        Some(Delivery::of_nothing(receiver, repeated))
    }

    fn record_delivery(&self, delivery: &Delivery) {
        self.given.borrow_mut().insert(delivery.receiver);
    }
}

impl SecretChanges for Fake {
    fn record_secret_change(&self) {
        self.changes.set(
            self.changes
                .get()
                .map_or(Some([0; 16]), |[first, ..]| Some([first + 1; 16])),
        );
    }

    fn secret_changes(&self) -> Option<[u8; 16]> {
        self.changes.get()
    }
}

impl ParentProcess for Fake {
    fn caller(&self, asker: u64) -> Option<u64> {
        Some(self.parent.get() ^ asker)
    }

    fn caller_retries(&self) -> bool {
        true
    }
}

impl Terminal for Fake {
    fn read_stdin(&self, _: Until) -> Result<Secret, String> {
        Err("closed".to_owned())
    }

    fn write_stdout(&self, _: &Secret) -> Result<(), String> {
        panic!("nobody here speaks before the reply")
    }

    fn prompt(&self, _: &str) -> Option<Result<Secret, String>> {
        None
    }

    fn is_terminal(&self) -> bool {
        self.terminal.get()
    }
}

impl Prompting for Fake {
    fn show(&self, text: &str) {
        panic!("{text:?} is shown")
    }

    fn ask(&self, question: &str) -> Result<String, String> {
        panic!("{question:?} is asked")
    }
}

impl SpecWriting for Fake {
    fn write_spec(&self, path: &Path, _: &str, _: &FileContent) -> Result<(), FileError> {
        panic!("{} is written", path.display())
    }
}

impl LookupNotes for Fake {
    fn large_config_state(&self) -> Option<String> {
        None
    }

    fn recent_lookup(&self, _: &str) -> Option<String> {
        None
    }

    fn record_lookup(&self, _: &str, _: &str, _: &str) {}
}

impl OutputFiles for Fake {
    fn replace_file(&self, path: &Path, _: &Secret) -> Result<(), FileError> {
        panic!("{} is replaced", path.display())
    }

    fn append_to_file(&self, path: &Path, _: &Secret) -> Result<(), FileError> {
        panic!("{} is added to", path.display())
    }
}
