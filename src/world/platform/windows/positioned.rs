//! Bytes at a position of a file (ReadFile and WriteFile with an offset).

use std::fs::File;
use std::io;
use std::os::windows::fs::FileExt as _;

/// Reads exactly these many bytes at a position.
///
/// # Errors
/// The file cannot be read, or ends before.
pub fn read_exact_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    match file.seek_read(bytes, position)? {
        count if count == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Writes all bytes at a position.
///
/// # Errors
/// The file cannot be written.
pub fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    match file.seek_write(bytes, position)? {
        count if count == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}
