//! What a file's access rights mean to this user, in the words of no platform.

use std::borrow::Cow;

/// Who owns a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This user.
    User,
    /// The system or its administrators, whom this user has to trust.
    System,
    /// Another user.
    Another,
}

/// Why a file or folder is not protected from other users. Each holds a clause that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Other users can write it. This user owns it and can change that.
    NotOurs(Cow<'static, str>),
    /// Another user owns it, or the system owns it and other users can write it.
    Anothers(Cow<'static, str>),
}

impl Flaw {
    /// The clause that says what is wrong.
    #[must_use]
    pub fn why(&self) -> &str {
        let (Self::NotOurs(why) | Self::Anothers(why)) = self;
        why
    }
}
