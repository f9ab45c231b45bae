//! Any bytes at all, for [`invariants::git`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::git(bytes);
});
