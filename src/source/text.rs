//! A text that a spec writes or takes from a source, and that is no secret.

use crate::credential::Secret;

/// A text that a spec writes or takes from a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Text<S> {
    /// The text itself.
    Written(String),
    /// The value of a source.
    From(S),
}

impl<S> Text<S> {
    /// Opens the source with `open`, if there is one.
    ///
    /// # Errors
    /// The error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Text<T>, E> {
        Ok(match self {
            Self::Written(text) => Text::Written(text.clone()),
            Self::From(source) => Text::From(open(source)?),
        })
    }

    /// The source, if the text is from one.
    pub fn source(&self) -> Option<&S> {
        match self {
            Self::Written(_) => None,
            Self::From(source) => Some(source),
        }
    }
}

impl Text<Secret> {
    /// The text, as values are held.
    #[must_use]
    pub fn secret(&self) -> Secret {
        match self {
            Self::Written(text) => Secret::from(text.clone()),
            Self::From(value) => value.clone(),
        }
    }
}
