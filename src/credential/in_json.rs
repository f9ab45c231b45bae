//! A token in a JSON string.

use std::ops::Deref;

use zeroize::Zeroizing;

/// A token as between the quotes of a JSON string.
pub enum InJson<'a> {
    /// The token itself: hardly any needs a backslash.
    Unescaped(&'a str),
    /// A copy with backslashes.
    Escaped(Zeroizing<String>),
}

impl Deref for InJson<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Unescaped(text) => text,
            Self::Escaped(text) => text,
        }
    }
}
