//! The URL of a request: written in the spec, or in part a value of the environment.
//!
//! A value of the environment is the whole URL or a path, never a part of the host.

use super::encode::{self, NotText};
use crate::credential::Secret;
use crate::source::Text;
use crate::target::Endpoint;

/// The URL of a request.
#[derive(Debug, Clone)]
pub enum Url<S> {
    /// It is written in the spec.
    Written(Endpoint),
    /// It is known when its sources are opened.
    Composed {
        /// What comes before the query.
        start: Start<S>,
        /// Parameters that are added to the query, in order.
        query: Vec<(String, Text<S>)>,
    },
}

/// What comes before the query of a [`Url`]. It may contain a query itself.
#[derive(Debug, Clone)]
pub enum Start<S> {
    /// It is written in the spec.
    Written(Endpoint),
    /// The whole URL is a value.
    Whole(S),
    /// The path is a value, which is appended to this URL.
    Below(Endpoint, S),
}

impl<S> Url<S> {
    /// The URL, if all of it is written in the spec.
    #[must_use]
    pub fn written(&self) -> Option<&Endpoint> {
        match self {
            Self::Written(endpoint) => Some(endpoint),
            Self::Composed { .. } => None,
        }
    }

    /// Whether the environment decides where the request is sent, or a metadata service receives
    /// it. Such a request carries no secret of a keyring.
    #[must_use]
    pub fn is_confined(&self) -> bool {
        match self {
            Self::Written(endpoint)
            | Self::Composed {
                start: Start::Written(endpoint) | Start::Below(endpoint, _),
                ..
            } => endpoint.is_metadata(),
            Self::Composed {
                start: Start::Whole(_),
                ..
            } => true,
        }
    }

    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Url<T>, E> {
        let (start, query) = match self {
            Self::Written(endpoint) => return Ok(Url::Written(endpoint.clone())),
            Self::Composed { start, query } => (start, query),
        };
        let start = match start {
            Start::Written(endpoint) => Start::Written(endpoint.clone()),
            Start::Whole(source) => Start::Whole(open(source)?),
            Start::Below(endpoint, source) => Start::Below(endpoint.clone(), open(source)?),
        };
        let query = query
            .iter()
            .map(|(name, value)| Ok((name.clone(), value.open(open)?)));
        let query = query.collect::<Result<_, E>>()?;
        Ok(Url::Composed { start, query })
    }
}

impl Url<Secret> {
    /// The URL with its query.
    ///
    /// # Errors
    /// [`NotText`] if a value cannot be a URL or a part of one.
    pub fn endpoint(&self) -> Result<Endpoint, NotText> {
        let (start, query) = match self {
            Self::Written(endpoint) => return Ok(endpoint.clone()),
            Self::Composed { start, query } => (start, query),
        };
        let endpoint = match start {
            Start::Written(endpoint) => endpoint.clone(),
            Start::Whole(value) => {
                Endpoint::parse_from_environment(encode::text(value)?).map_err(NotText::Url)?
            }
            Start::Below(base, value) => below(base, encode::text(value)?)?,
        };
        let values: Vec<_> = query
            .iter()
            .map(|(name, value)| (name, value.secret()))
            .collect();
        let pairs = values
            .iter()
            .map(|(name, value)| Ok((name.as_str(), encode::text(value)?, false)));
        let pairs = pairs.collect::<Result<Vec<_>, NotText>>()?;
        Ok(encode::with_query(endpoint, &pairs))
    }
}

/// The URL with a path appended: segments of letters, digits and `-._~`, none of them `.` or `..`.
fn below(base: &Endpoint, path: &str) -> Result<Endpoint, NotText> {
    let plain = |segment: &str| {
        let mut bytes = segment.bytes();
        segment != "."
            && segment != ".."
            && bytes.all(|b| b.is_ascii_alphanumeric() || b"-._~+@=,".contains(&b))
    };
    if path.is_empty() || !path.split('/').all(plain) {
        return Err(NotText::Path);
    }
    let base = base.url();
    let joined = format!(
        "{}/{}",
        base.trim_end_matches('/'),
        path.trim_start_matches('/')
    );
    Endpoint::parse_or_metadata(&joined).map_err(NotText::Url)
}
