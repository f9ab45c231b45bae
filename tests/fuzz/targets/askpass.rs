//! Any bytes at all, for [`invariants::askpass`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::askpass(bytes);
});
