//! Any bytes at all, for [`invariants::preset`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::preset(bytes);
});
