//! Any bytes at all, for [`invariants::terraform`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::terraform(bytes);
});
