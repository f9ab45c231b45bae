//! Any bytes at all, for [`invariants::bazel`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::bazel(bytes);
});
