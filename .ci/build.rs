//! What the linker is told: no tables for unwinding, no library for it, and the functions of a cache hit side by side.
//!
//! A program that aborts on a panic never unwinds. The tables for it are a tenth of its size, and loading `libgcc_s.so`, which reads them, is a tenth of
//! the time of a hit: its static half stands in where the compiler has it. A panic's message is as before; a backtrace, should anybody ask for one, ends there.
//! Only for the release, whose profile aborts, where glibc's linkers are used: they take a script that adds to their own.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=.ci/build.rs");
    println!("cargo::rerun-if-changed=.ci/layout.ld");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let says = |name: &str, value: &str| variable(name) == value;
    // What the profile says of panics is not told here: the released one aborts, and tests unwind.
    let aborts = says("PROFILE", "release");
    // gold, mold and wild take no such script.
    let of_linker = ["CARGO_ENCODED_RUSTFLAGS", "RUSTC_LINKER"].map(variable);
    let takes_scripts = !["gold", "mold", "wild"]
        .iter()
        .any(|other| of_linker.iter().any(|flags| flags.contains(other)));
    if aborts
        && takes_scripts
        && says("CARGO_CFG_TARGET_OS", "linux")
        && says("CARGO_CFG_TARGET_ENV", "gnu")
    {
        let (root, made) = (variable("CARGO_MANIFEST_DIR"), variable("OUT_DIR"));
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{root}/.ci/layout.ld");
        if has_static_unwinder(&variable("RUSTC_LINKER")) {
            std::fs::write(format!("{made}/libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
            println!("cargo::rustc-link-arg-bins=-L{made}");
        }
    }
    Ok(())
}

/// Whether the compiler that links has `libgcc_eh.a`: it then tells where, else the bare name.
fn has_static_unwinder(linker: &str) -> bool {
    let linker = if linker.is_empty() { "cc" } else { linker };
    let asked = std::process::Command::new(linker)
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    asked.is_ok_and(|told| {
        std::path::Path::new(String::from_utf8_lossy(&told.stdout).trim()).is_absolute()
    })
}
