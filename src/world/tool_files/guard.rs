//! Removes the private copies of a rehearsal and ends its program if a signal ends this process.
//!
//! Ctrl-C, SIGTERM, SIGHUP and SIGQUIT run no destructor. A thread waits for them from the first
//! rehearsal on, and afterwards lets each do what it does by default.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

/// What is to be cleared away.
#[derive(Default)]
struct Running {
    folder: Option<PathBuf>,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running {
    folder: None,
    #[cfg(unix)]
    group: None,
});
static WAITING: Once = Once::new();

/// The folder of the copies, removed when dropped or when a signal ends this process.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Creates the folder. `create` makes it.
    pub(super) fn create(
        path: PathBuf,
        create: &dyn Fn(&Path) -> std::io::Result<()>,
    ) -> std::io::Result<Self> {
        WAITING.call_once(wait);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        create(&path)?;
        running.folder = Some(path.clone());
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = std::fs::remove_dir_all(&self.0);
        running.folder = None;
    }
}

/// Does something that a signal waits for, such as writing the copies.
pub(super) fn undisturbed<T>(act: impl FnOnce() -> T) -> T {
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    act()
}

/// Notes the process group of the program that runs; 0 for none.
#[cfg(unix)]
pub(super) fn runs(group: u32) {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let group = i32::try_from(group).ok();
    running.group = group.and_then(rustix::process::Pid::from_raw);
}

#[cfg(not(unix))]
pub(super) fn runs(_: u32) {}

#[cfg(unix)]
fn wait() {
    use rustix::process::{Signal, kill_process_group};
    let signals = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw);
    let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else {
        return;
    };
    let waiting = move || {
        for signal in signals.forever() {
            // It is held until the process has ended.
            let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(group) = running.group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            // The program may have written once more before it ended.
            for _ in 0..10 {
                match &running.folder {
                    Some(folder) if folder.exists() => {
                        let _ = std::fs::remove_dir_all(folder);
                        std::thread::sleep(std::time::Duration::from_millis(2));
                    }
                    _ => break,
                }
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    // If no thread can be started, the next run removes what is left.
    let _ = std::thread::Builder::new().spawn(waiting);
}

#[cfg(not(unix))]
fn wait() {}
