//! Removes the private copies of a rehearsal and ends its program if a signal ends this process.
//!
//! Such a signal runs no destructor. A thread waits for it from the first rehearsal on, and
//! afterwards lets it do what it does by default.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use crate::world::platform::interrupted::{before_end, kill_group};

/// What is to be cleared away.
#[derive(Default)]
struct Running {
    folder: Option<PathBuf>,
    group: u32,
}

static RUNNING: Mutex<Running> = Mutex::new(Running {
    folder: None,
    group: 0,
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
        WAITING.call_once(|| before_end(clear));
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
pub(super) fn runs(group: u32) {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.group = group;
}

fn clear(end: &dyn Fn()) {
    // It is held until the process has ended.
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    kill_group(running.group);
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
    end();
}
