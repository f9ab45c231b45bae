//! Any bytes at all, for [`invariants::keyring`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::keyring(bytes);
});
