//! Only Linux has abstract sockets.

use rustix::net::SocketAddrUnix;

/// `None`.
pub fn abstract_name(_: &[u8]) -> Option<SocketAddrUnix> {
    None
}
