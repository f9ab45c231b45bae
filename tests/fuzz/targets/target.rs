//! Any bytes at all, for [`invariants::target`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::target(bytes);
});
