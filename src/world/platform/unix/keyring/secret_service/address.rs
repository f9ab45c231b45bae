//! The addresses of the session bus.
//!
//! Specified by the [D-Bus
//! specification](https://dbus.freedesktop.org/doc/dbus-specification.html#addresses), "Server
//! Addresses" and "UNIX domain sockets". Only Unix sockets are used: never TCP, and never a program
//! that would be started.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use linux::abstract_name;
#[cfg(not(target_os = "linux"))]
use other::abstract_name;
use rustix::net::SocketAddrUnix;

use crate::text::percent_decoded;

/// The sockets in `DBUS_SESSION_BUS_ADDRESS`, in its order. Default: `$XDG_RUNTIME_DIR/bus`.
pub fn session_bus_addresses() -> Vec<SocketAddrUnix> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let runtime = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    match variable("DBUS_SESSION_BUS_ADDRESS") {
        Some(list) => list
            .as_bytes()
            .split(|byte| *byte == b';')
            .filter_map(|address| read(address, runtime.as_deref()))
            .collect(),
        None => in_folder(runtime.as_deref()).into_iter().collect(),
    }
}

fn in_folder(runtime: Option<&Path>) -> Option<SocketAddrUnix> {
    // XDG Base Directory Specification: a path that is not absolute must be ignored.
    let folder = runtime.filter(|folder| folder.is_absolute())?;
    SocketAddrUnix::new(folder.join("bus")).ok()
}

fn read(address: &[u8], runtime: Option<&Path>) -> Option<SocketAddrUnix> {
    address
        .strip_prefix(b"unix:")?
        .split(|byte| *byte == b',')
        .find_map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (key, value) = (halves.next()?, percent_decoded(halves.next()?)?);
            match key {
                b"path" => SocketAddrUnix::new(OsString::from_vec(value)).ok(),
                b"abstract" => abstract_name(&value),
                b"runtime" if value == b"yes" => in_folder(runtime),
                _ => None,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_socket_by_its_path() {
        let socket = |path: &str| SocketAddrUnix::new(path).ok();
        let folder = Some(Path::new("/run/user/1000"));
        assert_eq!(
            read(b"unix:path=/tmp/bus,guid=0a", None),
            socket("/tmp/bus")
        );
        assert_eq!(
            read(b"unix:guid=0a,path=/tmp/a%20%C3%A4", None),
            socket("/tmp/a ä")
        );
        assert_eq!(
            read(b"unix:runtime=yes", folder),
            socket("/run/user/1000/bus")
        );
        assert_eq!(in_folder(folder), socket("/run/user/1000/bus"));
    }

    #[test]
    fn what_would_start_or_leave_for_another_machine_is_no_address() {
        let folder = Some(Path::new("/run/user/1000"));
        assert_eq!(read(b"unix:runtime=no", folder), None);
        for address in [
            "autolaunch:",
            "tcp:host=localhost,port=1",
            "unixexec:path=/bin/sh",
            "unix:tmpdir=/tmp",
            "unix:path=/tmp/%2",
            "unix:runtime=yes",
            "",
        ] {
            assert_eq!(read(address.as_bytes(), None), None, "{address}");
        }
        assert_eq!(in_folder(Some(Path::new("run"))), None);
    }

    #[test]
    fn an_address_names_an_abstract_socket() {
        let socket = read(b"unix:abstract=/tmp/dbus-x,guid=0a", None);
        assert_eq!(socket, abstract_name(b"/tmp/dbus-x"));
        assert_ne!(socket, SocketAddrUnix::new("/tmp/dbus-x").ok());
    }
}
