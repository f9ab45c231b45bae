//! Any bytes at all, for [`invariants::kubectl`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::kubectl(bytes);
});
