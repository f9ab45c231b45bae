//! Any bytes at all, for [`invariants::expiry`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::expiry(bytes);
});
