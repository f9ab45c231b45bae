//! A TCP proxy on loopback that spoils what a server says, in one way at a time, and heals when it is told to.
//!
//! It knows nothing of HTTP or TLS and passes on untouched what the client says: the same fault can stand in front of either.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: all is passed on.
    None,
    /// Everything that the server says comes so much later.
    Latency(Duration),
    /// What the server says comes byte by byte, with this pause between.
    Drip(Duration),
    /// RST as soon as the client has said something.
    ResetAtOnce,
    /// RST after so many bytes of what the server says.
    ResetAfter(usize),
    /// FIN after so many bytes of what the server says.
    TruncatedAfter(usize),
    /// The client is heard, and never answered.
    BlackHole,
    /// No connection is accepted: the system's queue is full.
    NeverAccept,
    /// One bit of this byte of what the server says is turned over.
    FlippedBit(usize),
    /// The server says other bytes, which mean nothing.
    Garbage,
    /// A header field that has no end.
    EndlessHead,
    /// A body that has no end.
    EndlessBody,
    /// The ServerHello of TLS 1.1 (RFC 4346 §7.4.1.3).
    OldTls,
}

struct Shared {
    /// The server's port.
    port: AtomicU16,
    /// The fault, and for how many connections more; `None` for all.
    fault: Mutex<(Fault, Option<usize>)>,
    changed: Condvar,
    connections: AtomicUsize,
    over: AtomicBool,
}

/// The proxy; it ends when it is dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Connections that fill the system's queue.
    filling: Mutex<Vec<TcpStream>>,
}

impl FaultProxy {
    /// In front of this port of 127.0.0.1, faultless as yet.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            port: AtomicU16::new(port),
            fault: Mutex::new((Fault::None, None)),
            changed: Condvar::new(),
            connections: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let kept = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &kept));
        Self {
            address,
            shared,
            filling: Mutex::default(),
        }
    }

    /// The port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on another server stands behind it.
    pub fn lead_to(&self, port: u16) {
        self.shared.port.store(port, Ordering::SeqCst);
    }

    /// From now on every connection suffers this.
    pub fn set(&self, fault: Fault) {
        self.change((fault, None));
    }

    /// The next connections suffer this, so many of them, and those after them nothing.
    pub fn set_first(&self, connections: usize, fault: Fault) {
        self.change((fault, Some(connections)));
    }

    fn change(&self, to: (Fault, Option<usize>)) {
        *self.shared.fault.lock().unwrap() = to;
        self.filling.lock().unwrap().clear();
        self.shared.changed.notify_all();
        if to.0 != Fault::NeverAccept {
            return;
        }
        // The first ends the wait for a connection; the queue is full when the system stops answering.
        let mut filling = self.filling.lock().unwrap();
        while let Ok(stream) = TcpStream::connect_timeout(&self.address, Duration::from_millis(300))
        {
            filling.push(stream);
            assert!(filling.len() < 20_000, "the queue has no end");
        }
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.set(Fault::None);
        // Wakes the listener.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let closed = |state: &mut (Fault, Option<usize>)| state.0 == Fault::NeverAccept;
        let fault = shared.fault.lock().unwrap();
        drop(shared.changed.wait_while(fault, closed).unwrap());
        let Ok((client, _)) = listener.accept() else {
            return;
        };
        if shared.over.load(Ordering::SeqCst) {
            return;
        }
        let fault = {
            let mut state = shared.fault.lock().unwrap();
            match &mut state.1 {
                None => state.0,
                Some(0) => Fault::None,
                Some(left) => {
                    *left -= 1;
                    state.0
                }
            }
        };
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(shared);
        thread::spawn(move || pass(client, fault, &shared));
    }
}

/// One connection, from its beginning to its end.
fn pass(mut client: TcpStream, fault: Fault, shared: &Shared) {
    for limit in [
        TcpStream::set_read_timeout,
        TcpStream::set_write_timeout as fn(&TcpStream, _) -> _,
    ] {
        limit(&client, Some(Duration::from_secs(20))).unwrap();
    }
    let _ = client.set_nodelay(true);
    match fault {
        Fault::NeverAccept => return,
        Fault::ResetAtOnce => {
            let _ = client.peek(&mut [0]);
            return reset(client);
        }
        Fault::BlackHole => {
            let _ = std::io::copy(&mut client, &mut std::io::sink());
            return;
        }
        Fault::Garbage => return say(client, b"\x07\x00garbage\r\n\xff\xfe\r\n\r\n", b""),
        Fault::EndlessHead => return say(client, b"HTTP/1.1 200 OK\r\nX-Long: ", &[b'x'; 4096]),
        Fault::EndlessBody => return say(client, b"HTTP/1.1 200 OK\r\n\r\n", &[b' '; 8192]),
        Fault::OldTls => {
            let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
            hello.extend([7; 32]);
            hello.extend([0, 0, 0x2f, 0]);
            return say(client, &hello, b"");
        }
        _ => {}
    }
    let port = shared.port.load(Ordering::SeqCst);
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let _ = server.set_nodelay(true);
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let upwards = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let ending = downwards(&server, &mut client, fault);
    // What still reads from the client ends, so that this end of it is the last.
    let _ = client.shutdown(Shutdown::Read);
    let _ = server.shutdown(Shutdown::Both);
    let _ = upwards.join();
    if ending == Ending::Reset {
        reset(client);
    }
}

#[derive(PartialEq, Eq)]
enum Ending {
    Fin,
    Reset,
}

/// Passes on what the server says, less what the fault makes of it.
fn downwards(mut server: &TcpStream, client: &mut TcpStream, fault: Fault) -> Ending {
    let mut passed = 0;
    let mut bytes = [0; 16 << 10];
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        let piece = &mut bytes[..count];
        let written = match fault {
            Fault::Latency(pause) => {
                thread::sleep(pause);
                client.write_all(piece)
            }
            Fault::Drip(pause) => piece.iter().try_for_each(|byte| {
                thread::sleep(pause);
                client.write_all(&[*byte])
            }),
            Fault::ResetAfter(most) | Fault::TruncatedAfter(most) if passed + count >= most => {
                let _ = client.write_all(&piece[..most - passed]);
                // The client reads it before the RST throws it away.
                thread::sleep(Duration::from_millis(50));
                return match fault {
                    Fault::ResetAfter(_) => Ending::Reset,
                    _ => Ending::Fin,
                };
            }
            Fault::FlippedBit(at) => {
                if let Some(byte) = at.checked_sub(passed).and_then(|at| piece.get_mut(at)) {
                    *byte ^= 4;
                }
                client.write_all(piece)
            }
            _ => client.write_all(piece),
        };
        if written.is_err() {
            break;
        }
        passed += count;
    }
    Ending::Fin
}

/// Hears the client's first words, says these, and then `more` for ever.
fn say(mut client: TcpStream, words: &[u8], more: &[u8]) {
    let _ = client.read(&mut [0; 4096]);
    let _ = client.write_all(words);
    if !more.is_empty() {
        while client.write_all(more).is_ok() {}
    }
    let _ = client.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut client, &mut std::io::sink());
}

/// Closes with an RST: nothing lingers.
fn reset(client: TcpStream) {
    set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
}
