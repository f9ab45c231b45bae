//! The state behind the effects on this machine: the cache, the log and the time of the start.

use std::cell::OnceCell;
use std::time::Instant;

use super::cache::Cache;
use super::folders;
use super::log::Log;
use super::process::Parent;
use crate::spec::policy::Policy;

/// This machine.
#[derive(Debug)]
pub struct System {
    pub(super) cache: Option<Cache>,
    pub(super) log: Log,
    pub(super) begun: Instant,
    pub(super) before_lookups: fn(),
    /// Whether a person edits the keyring.
    pub(super) for_a_person: bool,
    /// The program that called this one. It is looked up once, when it is first needed.
    pub(super) parent: OnceCell<Option<Parent>>,
    /// Whether the machine has a configuration folder.
    pub(super) has_machine_folder: OnceCell<bool>,
    /// The administrator's policy, read once.
    pub(super) policy: OnceCell<Result<Option<Policy>, String>>,
}

/// An environment variable that is set, not empty and valid UTF-8.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl System {
    /// Opens the log and finds the cache folder that the environment names.
    #[must_use]
    pub fn from_environment() -> Self {
        let log = Log::from_setting(variable("KEYFOB_LOG").as_deref());
        Self {
            cache: folders::cache(&variable).map(|(folder, named)| Cache::at(&folder, named)),
            log,
            begun: Instant::now(),
            before_lookups: || {},
            for_a_person: false,
            parent: OnceCell::new(),
            has_machine_folder: OnceCell::new(),
            policy: OnceCell::new(),
        }
    }

    /// Sets a function that runs before a host is looked up.
    #[must_use]
    pub fn before_lookups(self, before_lookups: fn()) -> Self {
        Self {
            before_lookups,
            ..self
        }
    }

    /// Lets the system show its dialogs, if standard input is a terminal.
    #[must_use]
    pub fn for_a_person(self, for_a_person: bool) -> Self {
        Self {
            for_a_person,
            ..self
        }
    }

    /// Applies `-v`: steps go to standard error unless the environment has already chosen a log. If
    /// `may` is false, no steps go to standard error.
    #[must_use]
    pub fn verbose(mut self, verbose: bool, may: bool) -> Self {
        if verbose && !self.log.is_on() {
            self.log = Log::Stderr;
        }
        if !may && matches!(self.log, Log::Stderr) {
            self.log = Log::Off;
        }
        if matches!(self.log, Log::Stderr) {
            self.log.note_relative(variable("KEYFOB_LOG").as_deref());
        }
        self
    }
}
