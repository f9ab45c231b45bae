//! Why the Secret Service did not answer. The variants are the cases in which a user can do
//! something different.
//!
//! Specified by the [Secret Service
//! API](https://specifications.freedesktop.org/secret-service-spec/latest/errors.html), "Errors",
//! and the [D-Bus specification](https://dbus.freedesktop.org/doc/dbus-specification.html),
//! "Message Bus". A message repeats the name of an error on the bus, never its text.

use std::fmt;
use std::io::{self, ErrorKind};

use keyring_core::Error;

/// Why a call on the session bus returned no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusError {
    /// Neither `DBUS_SESSION_BUS_ADDRESS` nor `XDG_RUNTIME_DIR` leads to a socket.
    NoAddress,
    /// Nothing listens on the socket, or it cannot be reached.
    Unreachable(ErrorKind),
    /// The bus does not accept this user.
    NotWelcome,
    /// There was no reply in time.
    TimedOut,
    /// The bus closed the connection.
    Closed,
    /// The reply is not D-Bus, or has other types than the method returns.
    Garbled,
    /// The reply is an error of this name (`org.freedesktop.DBus.Error.ServiceUnknown`, …).
    Refused(String),
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => f.write_str(
                "there is no session bus: neither \
            DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR leads to its socket",
            ),
            Self::Unreachable(kind) => write!(f, "the session bus cannot be reached: {kind}"),
            Self::NotWelcome => f.write_str("the session bus belongs to another user"),
            Self::TimedOut => f.write_str("the session bus did not answer in time"),
            Self::Closed => f.write_str("the session bus closed the connection"),
            Self::Garbled => f.write_str(
                "the session bus answered with something that is not \
            understood",
            ),
            Self::Refused(name) => write!(f, "the session bus answered with {name}"),
        }
    }
}

impl std::error::Error for BusError {}

impl From<io::Error> for BusError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::TimedOut,
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                Self::Closed
            }
            ErrorKind::NotFound => Self::NoAddress,
            kind => Self::Unreachable(kind),
        }
    }
}

/// An error for which [`keyring_core::Error`] has no variant. It is the source of a
/// `NoStorageAccess` or `PlatformFailure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceError {
    /// Only a person can unlock the keyring, in a prompt.
    Locked,
    /// The keyring has no collection for new entries: the alias `default` names none.
    NoDefaultCollection,
    /// The session bus has no program that stores secrets.
    NoProvider,
    /// That program ended before it answered.
    Left,
    /// The session bus failed, or the program behind it.
    Bus(BusError),
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the keyring is locked"),
            Self::NoDefaultCollection => f.write_str("the keyring has no default collection"),
            Self::NoProvider => {
                f.write_str("no program on the session bus keeps secrets (org.freedesktop.secrets)")
            }
            Self::Left => f.write_str("the secret service exited before it answered"),
            Self::Bus(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServiceError {}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Bus(BusError::Refused(_) | BusError::Garbled) => {
                Self::PlatformFailure(error.into())
            }
            other => Self::NoStorageAccess(other.into()),
        }
    }
}

impl From<BusError> for Error {
    fn from(error: BusError) -> Self {
        let BusError::Refused(name) = &error else {
            return ServiceError::Bus(error).into();
        };
        match name.as_str() {
            "org.freedesktop.Secret.Error.IsLocked" => ServiceError::Locked.into(),
            "org.freedesktop.Secret.Error.NoSuchObject"
            | "org.freedesktop.DBus.Error.UnknownObject" => Self::NoEntry,
            // The bus sends this error when the called program has left without an answer. It is
            // not a timeout.
            "org.freedesktop.DBus.Error.NoReply" => ServiceError::Left.into(),
            "org.freedesktop.DBus.Error.TimedOut" => ServiceError::Bus(BusError::TimedOut).into(),
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner" => ServiceError::NoProvider.into(),
            activation if activation.starts_with("org.freedesktop.DBus.Error.Spawn.") => {
                ServiceError::NoProvider.into()
            }
            _ => ServiceError::Bus(error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_bus_is_told_apart_by_its_name() {
        let storage = |error: ServiceError| format!("{:?}", Error::NoStorageAccess(error.into()));
        let refused = |name: &str| BusError::Refused(name.to_owned());
        let odd = "org.freedesktop.DBus.Error.Failed";
        let failure = Error::PlatformFailure(ServiceError::Bus(refused(odd)).into());
        for (name, expected) in [
            (
                "org.freedesktop.Secret.Error.IsLocked",
                storage(ServiceError::Locked),
            ),
            (
                "org.freedesktop.Secret.Error.NoSuchObject",
                format!("{:?}", Error::NoEntry),
            ),
            (
                "org.freedesktop.DBus.Error.UnknownObject",
                format!("{:?}", Error::NoEntry),
            ),
            (
                "org.freedesktop.DBus.Error.NoReply",
                storage(ServiceError::Left),
            ),
            (
                "org.freedesktop.DBus.Error.TimedOut",
                storage(ServiceError::Bus(BusError::TimedOut)),
            ),
            (
                "org.freedesktop.DBus.Error.ServiceUnknown",
                storage(ServiceError::NoProvider),
            ),
            (
                "org.freedesktop.DBus.Error.Spawn.ChildExited",
                storage(ServiceError::NoProvider),
            ),
            (odd, format!("{failure:?}")),
        ] {
            let told = Error::from(refused(name));
            assert_eq!(format!("{told:?}"), expected, "{name}");
        }
    }
}
