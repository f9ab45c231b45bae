//! Any bytes at all, for [`invariants::docker`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::docker(bytes);
});
