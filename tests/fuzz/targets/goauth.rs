//! Any bytes at all, for [`invariants::goauth`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::goauth(bytes);
});
