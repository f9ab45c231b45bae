//! What the linker is told: no tables for unwinding, no library for it, and the functions of a cache hit side by side.
//!
//! A program that aborts on a panic never unwinds. The tables for it are a tenth of its size, and loading `libgcc_s.so`, which reads them, is a tenth of
//! the time of a hit: its static half stands in where the compiler has it. A panic's message is as before; a backtrace, should anybody ask for one, ends there.
//! Only for the release, whose profile aborts, where glibc's linkers are used: they take a script that adds to their own. Only on x86-64, whose layout
//! was measured: elsewhere the start files of a static program refer to the tables that the script leaves out.
//!
//! It also says what the program states as its build: the commit that the environment names, else
//! `unknown`, and the target. It asks no git, so that a source archive builds the same.
//!
//! And it writes Mozilla's roots as bytes, which the program includes: `roots.der`, each certificate after its length (16 bits, big-endian).

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=.ci/build.rs");
    println!("cargo::rerun-if-changed=.ci/layout.ld");
    let roots: Vec<u8> = webpki_roots::TLS_SERVER_ROOTS
        .iter()
        .flat_map(root)
        .collect();
    std::fs::write(
        std::env::var("OUT_DIR").unwrap_or_default() + "/roots.der",
        roots,
    )?;
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    println!("cargo::rerun-if-env-changed=KEYFOB_COMMIT");
    let commit = match variable("KEYFOB_COMMIT") {
        commit if commit.is_empty() => "unknown".to_owned(),
        commit => commit,
    };
    let is_word = |word: &str| {
        word.chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '-')
    };
    if !is_word(&commit) {
        return Err(std::io::Error::other("KEYFOB_COMMIT is not a commit"));
    }
    println!(
        "cargo::rustc-env=COMMIT_AND_TARGET={commit}, {}",
        variable("TARGET")
    );
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
        && says("CARGO_CFG_TARGET_ARCH", "x86_64")
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

/// A certificate (RFC 5280 §4.1) with this name, this key and these constraints: all that is read of a root. Its issuer is empty, and so is its signature.
fn root(anchor: &rustls_pki_types::TrustAnchor<'_>) -> Vec<u8> {
    let sequence = |parts: &[&[u8]]| der(0x30, &parts.concat());
    let ecdsa_with_sha256 = sequence(&[&der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
    let time = der(0x17, b"700101000000Z");
    let extensions = anchor.name_constraints.as_ref().map(|constraints| {
        let value = der(4, &sequence(&[constraints]));
        let extension = sequence(&[&der(6, &[0x55, 0x1d, 0x1e]), &der(1, &[0xff]), &value]);
        der(0xa3, &sequence(&[&extension]))
    });
    let unsigned = sequence(&[
        &der(0xa0, &der(2, &[2])),
        &der(2, &[1]),
        &ecdsa_with_sha256,
        &sequence(&[]),
        &sequence(&[&time, &time]),
        &sequence(&[&anchor.subject]),
        &sequence(&[&anchor.subject_public_key_info]),
        &extensions.unwrap_or_default(),
    ]);
    let certificate = sequence(&[&unsigned, &ecdsa_with_sha256, &der(3, &[0, 0])]);
    [
        &(certificate.len() as u16).to_be_bytes(),
        certificate.as_slice(),
    ]
    .concat()
}

/// An element of DER (X.690 §8.1) of at most 65,535 bytes.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16).to_be_bytes();
    let head: &[u8] = match content.len() {
        0..=0x7f => &[tag, length[1]],
        0x80..=0xff => &[tag, 0x81, length[1]],
        _ => &[tag, 0x82, length[0], length[1]],
    };
    [head, content].concat()
}
