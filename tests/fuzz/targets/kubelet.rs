//! Any bytes at all, for [`invariants::kubelet`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    invariants::kubelet(bytes);
});
