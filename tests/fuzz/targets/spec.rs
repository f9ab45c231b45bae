//! Any bytes at all, for [`invariants::spec`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::spec(bytes);
});
