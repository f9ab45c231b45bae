//! Abstract sockets, which have a name and no file (unix(7)).

use rustix::net::SocketAddrUnix;

/// The socket of an abstract name.
pub fn abstract_name(name: &[u8]) -> Option<SocketAddrUnix> {
    SocketAddrUnix::new_abstract_name(name).ok()
}
