//! Bytes at a position of a file (pread(2), pwrite(2)).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Reads exactly these many bytes at a position.
///
/// # Errors
/// The file cannot be read, or ends before.
pub fn read_exact_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    file.read_exact_at(bytes, position)
}

/// Writes all bytes at a position.
///
/// # Errors
/// The file cannot be written.
pub fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    file.write_all_at(bytes, position)
}
