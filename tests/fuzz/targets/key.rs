//! Any bytes at all, for [`invariants::key`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::key(bytes);
});
