//! Any bytes at all, for [`invariants::date`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::date(bytes);
});
