//! The D-Bus session bus: one connection, one call at a time, one deadline for everything.
//!
//! Specified by the [D-Bus
//! specification](https://dbus.freedesktop.org/doc/dbus-specification.html), "Authentication
//! Protocol" (mechanism EXTERNAL) and "Message Bus". The socket is our own, because `rustbus`
//! connects and authenticates without a time limit. A bus is never started, and the deadline is
//! never exceeded.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, send, socket_with,
};

use super::address::session_bus_addresses;
use super::error::BusError;
use super::message::{Arguments, FIXED_HEADER, Incoming, Method, Reply, header};

/// A connection to the session bus, which cannot be used after its deadline.
pub struct SessionBus {
    socket: UnixStream,
    until: Instant,
    serial: u32,
}

impl SessionBus {
    /// Connects, authenticates and calls `Hello`.
    ///
    /// # Errors
    /// [`BusError`]: there is no bus, it does not accept this user, or it does not answer in time.
    pub fn connect(until: Instant) -> Result<Self, BusError> {
        let mut reason = BusError::NoAddress;
        for address in session_bus_addresses() {
            match open(&address, until) {
                Ok(socket) => {
                    let mut bus = Self {
                        socket,
                        until,
                        serial: 0,
                    };
                    bus.authenticate()?;
                    let hello = Method {
                        service: "org.freedesktop.DBus",
                        object: "/org/freedesktop/DBus",
                        interface: "org.freedesktop.DBus",
                        name: "Hello",
                    };
                    bus.call(hello, Arguments::with_room_for(0), "s")?;
                    return Ok(bus);
                }
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    fn authenticate(&mut self) -> Result<(), BusError> {
        let user = rustix::process::geteuid().as_raw().to_string();
        let user: String = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        self.write_all(format!("\0AUTH EXTERNAL {user}\r\n").as_bytes())?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n") {
            let mut byte = [0];
            self.read_exact(&mut byte)?;
            answer.extend(byte);
            if answer.len() > 512 {
                return Err(BusError::Garbled);
            }
        }
        if !answer.starts_with(b"OK ") {
            return Err(BusError::NotWelcome);
        }
        Ok(self.write_all(b"BEGIN\r\n")?)
    }

    /// Calls a method and waits for its reply, whose values must have the types of `signature`.
    ///
    /// # Errors
    /// [`BusError`]: there is no reply in time, the reply is an error, or it has other types.
    pub fn call(
        &mut self,
        method: Method<'_>,
        arguments: Arguments,
        signature: &str,
    ) -> Result<Reply, BusError> {
        let serial = self.send(method, &arguments)?;
        loop {
            if let Some(reply) = self.receive()?.reply_to(serial, signature)? {
                return Ok(reply);
            }
        }
    }

    fn send(&mut self, method: Method<'_>, arguments: &Arguments) -> Result<u32, BusError> {
        self.serial = self.serial.wrapping_add(1);
        self.write_all(&header(method, arguments, self.serial)?)?;
        self.write_all(arguments.bytes())?;
        Ok(self.serial)
    }

    fn receive(&mut self) -> Result<Incoming, BusError> {
        let mut start = [0; FIXED_HEADER];
        self.read_exact(&mut start)?;
        let mut message = Incoming::after(&start)?;
        self.read_exact(message.rest())?;
        Ok(message)
    }
}

impl Read for SessionBus {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(left(self.until)?))?;
        self.socket.read(buffer)
    }
}

impl Write for SessionBus {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(left(self.until)?))?;
        // A closed connection is an error, not a SIGPIPE.
        Ok(send(&self.socket, bytes, SendFlags::NOSIGNAL)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn left(until: Instant) -> io::Result<Duration> {
    match until.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(ErrorKind::TimedOut.into()),
        left => Ok(left),
    }
}

/// Connects without blocking: a frozen bus stops accepting connections once its queue is full.
fn open(address: &SocketAddrUnix, until: Instant) -> Result<UnixStream, BusError> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
        .map_err(io::Error::from)?;
    loop {
        match connect(&socket, address) {
            Ok(()) | Err(Errno::ISCONN) => break,
            Err(Errno::AGAIN | Errno::INTR | Errno::INPROGRESS | Errno::ALREADY) => {
                sleep(left(until)?.min(Duration::from_millis(10)));
            }
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    let socket = UnixStream::from(socket);
    socket.set_nonblocking(false)?;
    Ok(socket)
}
