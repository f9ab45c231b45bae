//! Any bytes at all, for [`invariants::cargo`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::cargo(bytes);
});
