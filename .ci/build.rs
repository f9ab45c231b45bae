//! What the linker is told. A program that aborts on a panic never unwinds, and the tables for it are a tenth of its size.
//!
//! Only for the release, whose profile aborts, where glibc's linkers are used: they take a script that adds to their own. A backtrace then shows no frames, and a
//! panic's message is as before.

fn main() {
    println!("cargo::rerun-if-changed=.ci/build.rs");
    println!("cargo::rerun-if-changed=.ci/no-unwinding.ld");
    let says = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // What the profile says of panics is not told here: the released one aborts, and tests unwind.
    let aborts = says("PROFILE", "release");
    // gold, mold and wild take no such script.
    let of_linker = ["CARGO_ENCODED_RUSTFLAGS", "RUSTC_LINKER"]
        .map(|name| std::env::var(name).unwrap_or_default());
    let takes_scripts = !["gold", "mold", "wild"]
        .iter()
        .any(|other| of_linker.iter().any(|flags| flags.contains(other)));
    if aborts
        && takes_scripts
        && says("CARGO_CFG_TARGET_OS", "linux")
        && says("CARGO_CFG_TARGET_ENV", "gnu")
    {
        let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{root}/.ci/no-unwinding.ld");
    }
}
