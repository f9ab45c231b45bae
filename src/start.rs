//! Before everything else: C's `main`, and the three things that must be settled before anything runs.
//!
//! Rust's own start would read `/proc/self/maps` and set up an alternate signal stack on every call, to print a better message for a stack
//! overflow (rust-lang/rust, `library/std/src/rt.rs`): an eighth of a cache hit. What else it does is done here: standard streams that are closed are
//! opened on `/dev/null`, so that no file of ours takes their number, and a broken pipe is an error and not a signal.
//!
//! The only `unsafe` of the program: two functions of the C library that `std` has no form of, and an unmangled `main`. Only for glibc, which hands
//! the arguments to `std` without Rust's start.
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

/// Where C begins. The arguments are left to `std::env::args_os`.
#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    open_standard_streams();
    signal(rustix::process::Signal::PIPE.as_raw(), IGNORE);
    c_int::from(super::program())
}

/// A file that we open must never be somebody's standard output.
fn open_standard_streams() {
    use rustix::stdio::{stderr, stdin, stdout};
    for stream in [stdin(), stdout(), stderr()] {
        if fcntl_getfd(stream) == Err(Errno::BADF) {
            // The lowest free number is this stream's.
            let null = OpenOptions::new().read(true).write(true).open("/dev/null");
            let _ = null.map(std::os::fd::IntoRawFd::into_raw_fd);
        }
    }
}

/// To be called before a host is looked up. glibc loads what `nsswitch.conf` names as shared objects, and in a static program some of these
/// (`myhostname`) crash in the first lookup. So the static program asks files and DNS itself: `/etc/hosts`, and what `/etc/resolv.conf` names,
/// systemd-resolved included.
pub(super) fn choose_name_services() {
    #[cfg(target_feature = "crt-static")]
    CHOSEN.call_once(|| {
        unsafe extern "C" {
            fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
        }
        // SAFETY: both are C strings that live for ever, the function copies what it keeps, and no lookup has begun in any thread.
        unsafe { __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr()) };
    });
}
