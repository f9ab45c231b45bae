//! What the Keychain of macOS means by its numbers.
//!
//! The numbers are those of `SecBase.h`
//! (<https://developer.apple.com/documentation/security/security-framework-result-codes>). keyfob
//! shows no dialog while a tool waits for it. A Keychain that would ask the user refuses instead.

/// Why the Keychain refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is locked, or would ask the user whether this program may read the entry.
    WouldAsk,
    /// The user cancelled its dialog.
    Cancelled,
    /// The entry is there, and this program may not change it.
    NotOurs,
    /// The user has no default keychain.
    NoDefault,
}

impl Refusal {
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::WouldAsk => {
                "the Keychain is locked, or would ask you before it lets this \
                               version of keyfob read the entry"
            }
            Self::Cancelled => "the dialog of the Keychain was cancelled",
            Self::NotOurs => {
                "another program or version stored the entry, and the Keychain does \
                              not let this one change it"
            }
            Self::NoDefault => "you have no default keychain",
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::WouldAsk => {
                "run `keyfob secret show NAME` in a terminal and choose \"Always Allow\"; over \
                 ssh, run `security unlock-keychain` first"
            }
            Self::Cancelled => "run it again and choose \"Always Allow\"",
            Self::NotOurs => "run `keyfob secret remove NAME`, then `keyfob secret set NAME`",
            Self::NoDefault => {
                "choose one: security default-keychain -s login.keychain-db; or use {\"env\": \
                 VAR} or {\"file\": PATH} in the spec"
            }
        }
    }
}

/// What a status means, if the user can do something about it.
#[must_use]
pub fn refusal(status: i32) -> Option<Refusal> {
    const CANCELLED: i32 = -128;
    const AUTHENTICATION_FAILED: i32 = -25_293;
    const DUPLICATE_ITEM: i32 = -25_299;
    const NO_DEFAULT_KEYCHAIN: i32 = -25_307;
    const INTERACTION_NOT_ALLOWED: i32 = -25_308;
    const INTERACTION_REQUIRED: i32 = -25_315;
    const IN_DARK_WAKE: i32 = -25_320;
    Some(match status {
        AUTHENTICATION_FAILED | INTERACTION_NOT_ALLOWED | INTERACTION_REQUIRED | IN_DARK_WAKE => {
            Refusal::WouldAsk
        }
        CANCELLED => Refusal::Cancelled,
        // The store adds an entry where it may not read the one that is there.
        DUPLICATE_ITEM => Refusal::NotOurs,
        NO_DEFAULT_KEYCHAIN => Refusal::NoDefault,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_the_keychain_is_told_with_what_can_be_done() {
        for (status, expected, hint) in [
            (-25_308, Refusal::WouldAsk, "Always Allow"),
            (-25_293, Refusal::WouldAsk, "unlock-keychain"),
            (-25_315, Refusal::WouldAsk, "secret show NAME"),
            (-25_320, Refusal::WouldAsk, "secret show NAME"),
            (-128, Refusal::Cancelled, "again"),
            (-25_299, Refusal::NotOurs, "secret remove NAME"),
            (-25_307, Refusal::NoDefault, "default-keychain"),
        ] {
            assert_eq!(refusal(status), Some(expected), "{status}");
            assert!(expected.hint().contains(hint), "{status}: {expected:?}");
        }
        for status in [0, -25_291, -25_292, -25_300, -34_018, 25_308] {
            assert_eq!(refusal(status), None, "{status}");
        }
    }
}
