//! Why a text is not a target, and the sentence for it.

use std::fmt;

/// Why a text is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidTarget {
    /// The host is missing.
    NoHost,
    /// A scheme other than `https` and `http`.
    Scheme,
    /// `http` to a host that is not loopback.
    PlainHttp,
    /// User information before the host.
    UserInfo,
    /// A host that is not a DNS name, an IPv4 address or a bracketed IPv6 address.
    Host,
    /// A host with letters that are not ASCII. Its `xn--` form is accepted.
    Unicode,
    /// A host with a trailing dot.
    TrailingDot,
    /// A port that is not a number from 1 to 65535.
    Port,
    /// A path with `.` or `..` segments, empty segments, a percent-encoded slash or dot, a
    /// backslash or a control character.
    Path,
    /// A query or a fragment.
    QueryOrFragment,
    /// `*` anywhere but as the whole first label above at least two others.
    Wildcard,
    /// `*` in a path.
    WildcardInPath,
}

impl InvalidTarget {
    /// Whether its host, port or path is one that no spec can list.
    #[must_use]
    pub fn is_unlistable(self) -> bool {
        use InvalidTarget::{Host, Path, Port, TrailingDot, Unicode};
        matches!(self, Host | TrailingDot | Unicode | Port | Path)
    }
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHost => "it names no host",
            Self::Scheme => "its scheme is neither https nor http",
            Self::PlainHttp => "plain http is only for this machine's loopback addresses",
            Self::UserInfo => "it has user information (`user@`) before the host",
            Self::Host => "its host is neither a DNS name nor an IP address",
            Self::Unicode => {
                "its host has letters that are not ASCII, and only its `xn--` form is the same in \
                 all programs"
            }
            Self::TrailingDot => "its host ends in a dot: leave the dot out",
            Self::Port => "its port is not a number from 1 to 65535",
            Self::Path => {
                "its path is not plain: no `.`, `..`, empty or encoded segments, backslashes or \
                 control characters"
            }
            Self::QueryOrFragment => "it has a query or a fragment",
            Self::Wildcard => "a `*` must be the whole first label, before at least two more",
            Self::WildcardInPath => "a `*` is not allowed in a path",
        })
    }
}
