//! The entry point on glibc: a C `main` that replaces the runtime start of `std`.
//!
//! The runtime start of `std` reads `/proc/self/maps` and sets up an alternate signal stack in
//! every process, to print a better message after a stack overflow (rust-lang/rust,
//! `library/std/src/rt.rs`). That is an eighth of the cost of a cache hit. This module does the
//! rest of its work. Closed standard streams are opened on `/dev/null`, so that no file of keyfob
//! gets the number of a standard stream. SIGPIPE is ignored, so that a write to a broken pipe fails
//! with an error instead of ending the process. The module also chooses the name services of a
//! static program.
//!
//! This is the only `unsafe` code of the program: two functions of the C library that `std` does
//! not offer, and an unmangled `main`. It is limited to glibc, which passes the arguments to `std`
//! without its runtime start.
#![allow(
    unsafe_code,
    reason = "see above; tests/house holds that it is nowhere else"
)]

use std::ffi::{c_char, c_int};
use std::fs::OpenOptions;

use rustix::io::{Errno, fcntl_getfd};

unsafe extern "C" {
    safe fn signal(number: c_int, action: usize) -> usize;
}

#[cfg(target_feature = "crt-static")]
static CHOSEN: std::sync::Once = std::sync::Once::new();

/// `SIG_IGN`
const IGNORE: usize = 1;

/// The function that the C library calls. It ignores its arguments, because `std::env::args_os` has
/// them.
#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    open_standard_streams();
    signal(rustix::process::Signal::PIPE.as_raw(), IGNORE);
    super::program()
}

/// Opens closed standard streams on `/dev/null`. Otherwise the next file that keyfob opens could
/// become its standard output.
fn open_standard_streams() {
    use rustix::stdio::{stderr, stdin, stdout};
    for stream in [stdin(), stdout(), stderr()] {
        if fcntl_getfd(stream) == Err(Errno::BADF) {
            // `open` returns the lowest free file descriptor, which is the one of this stream.
            let null = OpenOptions::new().read(true).write(true).open("/dev/null");
            let _ = null.map(std::os::fd::IntoRawFd::into_raw_fd);
        }
    }
}

/// Chooses the name services of a static program. Must be called before the first lookup of a host.
///
/// glibc loads the services in `nsswitch.conf` as shared objects, and in a static program some of
/// them (`myhostname`) crash in the first lookup. So a static program uses `files` and `dns` alone:
/// `/etc/hosts`, and the servers in `/etc/resolv.conf`, which include systemd-resolved.
pub(super) fn choose_name_services() {
    #[cfg(target_feature = "crt-static")]
    CHOSEN.call_once(|| {
        unsafe extern "C" {
            fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
        }
        // SAFETY: both arguments are C strings with a static lifetime, the function copies what it
        // keeps, and no thread has begun a lookup.
        unsafe { __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr()) };
    });
}
