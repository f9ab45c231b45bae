//! Any bytes at all, for [`invariants::entry`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::entry(bytes);
});
