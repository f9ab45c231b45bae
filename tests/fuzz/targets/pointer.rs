//! Any bytes at all, for [`invariants::pointer`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::pointer(bytes);
});
