//! Any bytes at all, for [`invariants::answer`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::answer(bytes);
});
