//! The processes that the user may see.

use winsafe::co::{PROCESS, TH32CS};
use winsafe::guard::CloseHandleGuard;
use winsafe::{HPROCESS, HPROCESSLIST};

/// A process in a list of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub id: u32,
    /// The id that its parent had when it started this one.
    pub parent: u32,
}

/// Every process that runs.
pub fn all() -> Vec<Listed> {
    let Ok(mut list) = HPROCESSLIST::CreateToolhelp32Snapshot(TH32CS::SNAPPROCESS, None) else {
        return Vec::new();
    };
    let processes = list.iter_processes().map_while(Result::ok);
    let listed = processes.map(|process| Listed {
        id: process.th32ProcessID,
        parent: process.th32ParentProcessID,
    });
    listed.collect()
}

/// A process that is held open: its id is not given to another one.
pub struct Held(CloseHandleGuard<HPROCESS>);

impl Held {
    /// Opens a process to look at it.
    pub fn open(id: u32) -> Option<Self> {
        Self::open_for(id, PROCESS::QUERY_LIMITED_INFORMATION)
    }

    fn open_for(id: u32, rights: PROCESS) -> Option<Self> {
        HPROCESS::OpenProcess(rights, false, id).ok().map(Self)
    }

    /// When it started, in units of 100 ns.
    pub fn started_at(&self) -> Option<u64> {
        let (created, ..) = self.0.GetProcessTimes().ok()?;
        Some(u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime))
    }

    pub fn handle(&self) -> &HPROCESS {
        &self.0
    }
}

/// The processes that a process started, and those that these started. Each is held open, so that
/// ending it ends no other one.
pub fn started_by(id: u32) -> Vec<Held> {
    let rights = PROCESS::QUERY_LIMITED_INFORMATION | PROCESS::TERMINATE;
    let all = all();
    let mut found: Vec<Held> = Vec::new();
    let mut parents: Vec<(u32, Option<u64>)> = vec![(id, started_at(id))];
    while let Some((parent, began)) = parents.pop() {
        for child in all
            .iter()
            .filter(|one| one.parent == parent && one.id != parent)
        {
            let held = Held::open_for(child.id, rights);
            // A process that is older than its parent is the child of a former process with that
            // id.
            let at = held.as_ref().and_then(Held::started_at);
            if at.is_some() && began <= at && parents.len() < all.len() {
                parents.push((child.id, at));
                found.extend(held);
            }
        }
    }
    found
}

fn started_at(id: u32) -> Option<u64> {
    Held::open(id)?.started_at()
}

/// Ends processes.
pub fn end(processes: &[Held]) {
    for process in processes {
        let _ = process.handle().TerminateProcess(1);
    }
}
