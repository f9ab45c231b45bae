//! The program that called this one, and what its file says of it.

use std::path::PathBuf;

/// The program that called this one.
#[derive(Debug)]
pub struct CallingProgram {
    /// Identifies one running program, in contrast to a later one with the same process id.
    pub identity: u64,
    /// A path at which its executable can be read.
    pub file: PathBuf,
}

/// How much of an executable [`is_built_by_go`] needs, in bytes. The build id is at the beginning
/// of the text section.
pub const HEAD: u64 = 32 << 10;

/// Whether the head of an executable is that of a program that was built by Go. Such programs have
/// their build id in an ELF note of the owner `Go`, else as text at the beginning of the text
/// section (cmd/link, `.note.go.buildid`; cmd/internal/buildid).
#[must_use]
pub fn is_built_by_go(head: &[u8]) -> bool {
    const OWNER_AND_TYPE: &[u8] = b"\x04\0\0\0Go\0\0";
    const BUILD_ID: &[u8] = b"\xff Go build ID: \"";
    let mark = match head.starts_with(b"\x7fELF") {
        true => OWNER_AND_TYPE,
        false => BUILD_ID,
    };
    head.windows(mark.len()).any(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_go_is_told_by_its_build_id() {
        let note = b"\x7fELF...\x04\0\0\0\x53\0\0\0\x04\0\0\0Go\0\0abc";
        let text = b"MZ...\xff Go build ID: \"abc\"\n \xff";
        let macho = b"\xcf\xfa\xed\xfe...\xff Go build ID: \"abc\"\n \xff";
        for head in [&note[..], text, macho] {
            assert!(is_built_by_go(head), "{head:?}");
        }
        let gnu = b"\x7fELF...\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0abc";
        for head in [&gnu[..], b"MZ...Go build ID", b"", b"#!/bin/sh\n"] {
            assert!(!is_built_by_go(head), "{head:?}");
        }
    }
}
