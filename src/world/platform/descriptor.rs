//! The owner and the access list of a file on Windows, read from its security descriptor in SDDL
//! (MS-DTYP §2.5.1, <https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-dtyp/>).
//!
//! Nothing is computed that the system computes better: an entry that denies takes nothing away
//! from one that allows, and what cannot be read allows everything. So a file may be refused that
//! is safe, never the other way round.

use super::rights::{Flaw, Owner};

/// Rights to change a file, to replace it, to put something into a folder or to give such rights.
/// Attributes are among them, since a folder can be redirected by them.
const WRITE: u32 = 0x5200_0000 | 0x000d_0000 | 0x0000_0156;
/// Rights to read a file, to list a folder or to give such rights.
const READ: u32 = 0x9200_0000 | 0x000c_0000 | 0x0000_0001;

/// Two letters for a right (MS-DTYP §2.5.1.1).
const RIGHTS: &[(&str, u32)] = &[
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("WO", 0x0008_0000),
    ("WD", 0x0004_0000),
    ("RC", 0x0002_0000),
    ("SD", 0x0001_0000),
    ("CR", 0x0000_0100),
    ("LO", 0x0000_0080),
    ("DT", 0x0000_0040),
    ("WP", 0x0000_0020),
    ("RP", 0x0000_0010),
    ("SW", 0x0000_0008),
    ("LC", 0x0000_0004),
    ("DC", 0x0000_0002),
    ("CC", 0x0000_0001),
    ("FA", 0x001f_01ff),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00a0),
];

/// Two letters for an account, as far as others than the trusted ones are met in practice.
const ACCOUNTS: &[(&str, &str)] = &[
    ("WD", "S-1-1-0"),
    ("AN", "S-1-5-7"),
    ("AU", "S-1-5-11"),
    ("IU", "S-1-5-4"),
    ("BU", "S-1-5-32-545"),
    ("BG", "S-1-5-32-546"),
    ("PU", "S-1-5-32-547"),
    ("AC", "S-1-15-2-1"),
];

/// SYSTEM, the group Administrators, and the service that installs Windows itself.
const SYSTEM: &[&str] = &[
    "SY",
    "S-1-5-18",
    "BA",
    "S-1-5-32-544",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];

/// An owner and an access list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    owner: String,
    /// Who is allowed what. `None` if there is no list, which allows everybody everything.
    allowed: Option<Vec<(String, u32)>>,
}

impl Descriptor {
    /// Reads SDDL. `None` if there is no owner in it. A list that cannot be read allows everybody
    /// everything.
    #[must_use]
    pub fn parse(sddl: &str) -> Option<Self> {
        let owner = section(sddl, 'O').filter(|owner| !owner.is_empty())?;
        let list = section(sddl, 'D').filter(|list| !list.contains("NO_ACCESS_CONTROL"));
        let entries = list.and_then(entries);
        Some(Self {
            owner: owner.to_owned(),
            allowed: entries.map(|list| list.iter().filter_map(|it| entry(it)).collect()),
        })
    }

    /// Who owns the file. `user` is this user as SDDL writes it.
    #[must_use]
    pub fn owner(&self, user: &str) -> Owner {
        if self.owner == user {
            Owner::User
        } else if SYSTEM.contains(&&*self.owner) {
            Owner::System
        } else {
            Owner::Another
        }
    }

    /// The accounts other than this user and the system that have one of these rights. An entry for
    /// the owner or the creator is for nobody else.
    fn others(&self, user: &str, rights: u32) -> Vec<&str> {
        let is_other = |account: &&str| {
            *account != user
                && !SYSTEM.contains(account)
                && !["OW", "S-1-3-4", "CO", "S-1-3-0"].contains(account)
        };
        let Some(allowed) = &self.allowed else {
            return vec!["everybody"];
        };
        let allowed = allowed.iter().filter(|(_, has)| has & rights != 0);
        let accounts = allowed.map(|(account, _)| account.as_str());
        let mut others: Vec<&str> = accounts.filter(is_other).collect();
        others.sort_unstable();
        others.dedup();
        others
    }

    /// Whether others than this user and the system can read the file.
    #[must_use]
    pub fn others_can_read(&self, user: &str) -> bool {
        !self.others(user, READ).is_empty()
    }

    /// What mends it, if others than this user and the system can read the file.
    #[must_use]
    pub fn how_to_hide(&self, user: &str, path: &str, is_folder: bool) -> Option<String> {
        let mend = self
            .others_can_read(user)
            .then(|| self.mend(user, path, is_folder));
        mend.map(|line| line.unwrap_or_else(|| IN_PROPERTIES.to_owned()))
    }

    /// The command that leaves what is this user's to this user and the system.
    fn mend(&self, user: &str, path: &str, is_folder: bool) -> Option<String> {
        let may = self.owner(user) == Owner::User;
        may.then(|| mend(user, path, is_folder, &self.others(user, READ | WRITE)))?
    }

    /// Whether the system owns the file and nobody else can write it.
    #[must_use]
    pub fn is_systems_alone(&self) -> bool {
        self.owner("") == Owner::System && self.others("", WRITE).is_empty()
    }

    /// Checks that only this user and the system could have written the file or folder. There is no
    /// command that takes writing from others and leaves them reading: it would depend on which
    /// entries are inherited.
    ///
    /// # Errors
    /// A [`Flaw`].
    pub fn check(&self, user: &str) -> Result<(), Flaw> {
        let owner = self.owner(user);
        if owner == Owner::Another {
            return Err(Flaw::Anothers("another user owns it".into()));
        }
        match self.others(user, WRITE).is_empty() {
            true => Ok(()),
            false => Err(flaw(owner, "write", IN_PROPERTIES)),
        }
    }

    /// Checks that only this user and the system can write or read a folder.
    ///
    /// # Errors
    /// A [`Flaw`] that names the command which mends it, if there is one.
    pub fn check_private(&self, user: &str, folder: &str) -> Result<(), Flaw> {
        let (checked, owner) = (self.check(user), self.owner(user));
        if owner == Owner::Another || !self.others_can_read(user) {
            return checked;
        }
        let what = if checked.is_ok() { "read" } else { "write" };
        let line = self.mend(user, folder, true);
        let how = line.map(|line| format!("`{line}` fixes that"));
        Err(flaw(owner, what, how.as_deref().unwrap_or(IN_PROPERTIES)))
    }
}

fn flaw(owner: Owner, what: &str, how: &str) -> Flaw {
    let why = format!("other users can {what} it");
    match owner {
        Owner::User => Flaw::NotOurs(format!("{why} ({how})").into()),
        _ => Flaw::Anothers(format!("{why}, and the administrators own it").into()),
    }
}

/// The access list of what keyfob makes where the folder's own list is not enough: this user,
/// SYSTEM and Administrators, and nothing that is inherited.
#[must_use]
pub fn private(user: &str, is_folder: bool) -> String {
    let inherit = if is_folder { "OICI" } else { "" };
    let entry = |account: &str| format!("(A;{inherit};FA;;;{account})");
    format!("D:P{}{}{}", entry(user), entry("SY"), entry("BA"))
}

/// What a person does where no command is safe to name.
const IN_PROPERTIES: &str = "take that from them in its properties, under Security";

/// The command line that leaves a file to this user and the system, for cmd and PowerShell. `None`
/// if a path cannot be quoted for both, or an account has no number here.
fn mend(user: &str, path: &str, is_folder: bool, others: &[&str]) -> Option<String> {
    // PowerShell takes the curved quotes for straight ones.
    let is_special = |c: char| c.is_control() || "\"`$%\u{201c}\u{201d}\u{201e}".contains(c);
    if path.contains(is_special) || path.ends_with(['\\', '/', ':']) {
        return None;
    }
    let inherit = if is_folder { "(OI)(CI)" } else { "" };
    let mut line = format!("icacls \"{path}\" /inheritance:r /grant:r");
    for account in [user, "S-1-5-18", "S-1-5-32-544"] {
        // An account of two letters is this machine's own Administrator: one of the group.
        if account.starts_with("S-1-") {
            line.push_str(&format!(" \"*{account}:{inherit}F\""));
        }
    }
    for other in others {
        let listed = ACCOUNTS.iter().find(|(letters, _)| letters == other);
        let account = listed.map_or(*other, |(_, account)| account);
        // The numbers of a domain's own groups are not known here.
        let is_number = |rest: &str| rest.bytes().all(|c| c.is_ascii_digit() || c == b'-');
        account
            .strip_prefix("S-1-")
            .filter(|rest| is_number(rest))?;
        line.push_str(&format!(" /remove:g \"*{account}\""));
    }
    Some(line)
}

/// The characters outside of quotes, with their places and how many brackets are open after them.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let (mut depth, mut is_quoted) = (0_usize, false);
    text.char_indices().filter_map(move |(at, c)| {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        (!is_quoted).then_some((at, c, depth))
    })
}

/// A section of SDDL: what follows its letter and a colon, up to the next such letter. Colons in
/// brackets and in quotes begin none.
fn section(sddl: &str, letter: char) -> Option<&str> {
    let (mut begin, mut before) = (None, ' ');
    for (at, c, depth) in outside_quotes(sddl) {
        if c == ':' && depth == 0 {
            if let Some(begin) = begin {
                return sddl.get(begin..at - before.len_utf8());
            }
            begin = (before == letter).then_some(at + 1);
        }
        before = c;
    }
    sddl.get(begin?..)
}

/// The entries of an access list, without their outer brackets. `None` if there is anything else in
/// it than its flags and whole entries.
fn entries(list: &str) -> Option<Vec<&str>> {
    let mut rest = list.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('(')?;
        let (end, ..) = outside_quotes(rest).find(|(_, c, depth)| *c == ')' && *depth == 0)?;
        entries.push(inner.get(..end.checked_sub(1)?)?);
        rest = rest.get(end + 1..)?;
    }
    Some(entries)
}

/// Whom an entry allows what. `None` for an entry that denies. One of a kind that is not known, or
/// with a condition, allows everything: what a condition quotes may hide where the entry ends.
fn entry(entry: &str) -> Option<(String, u32)> {
    let parts: Vec<&str> = entry.split(';').collect();
    match parts[..] {
        ["D" | "OD", _, _, _, _, _] => None,
        ["A", _, rights, _, _, account] => Some((account.to_owned(), mask(rights))),
        _ => Some((entry.to_owned(), u32::MAX)),
    }
}

fn mask(rights: &str) -> u32 {
    if let Some(digits) = rights.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    }
    let (mut mask, mut rest) = (0, rights);
    while !rest.is_empty() {
        let known = RIGHTS.iter().find(|(letters, _)| rest.starts_with(letters));
        let Some((letters, right)) = known else {
            return u32::MAX;
        };
        mask |= right;
        rest = rest.get(letters.len()..).unwrap_or_default();
    }
    mask
}

#[cfg(test)]
#[path = "descriptor_tests.rs"]
mod tests;
