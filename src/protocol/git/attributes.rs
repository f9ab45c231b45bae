//! Parses `key=value` lines, as git writes them to a helper (git-credential(1), "INPUT/OUTPUT
//! FORMAT").

use crate::protocol::Message;

/// The longest line that git writes, in bytes, with its LF.
pub(super) const LONGEST_LINE: usize = 65_535;

/// A key and its value.
pub(super) type Attribute<'a> = (&'a [u8], &'a [u8]);

/// Parses the `key=value` lines up to the first blank line or the end.
///
/// One CR before the LF is dropped, for input that was typed on Windows.
///
/// # Errors
/// Returns an error if a line is too long, has no `=`, or holds a CR or NUL elsewhere.
pub(super) fn attributes(bytes: &[u8]) -> Result<Vec<Attribute<'_>>, Message> {
    let mut attributes = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if line.len() >= LONGEST_LINE {
            return Err(Message::malformed(
                "a line of git's request is longer than 65535 bytes",
            ));
        }
        if line.iter().any(|byte| matches!(byte, b'\r' | 0)) {
            return Err(Message::malformed(
                "git's request holds a carriage return or a NUL inside a value",
            ));
        }
        let at = line.iter().position(|byte| *byte == b'=');
        let (key, value) = at
            .and_then(|at| line.split_at_checked(at))
            .ok_or_else(|| Message::malformed("a line of git's request is not `key=value`"))?;
        attributes.push((key, value.get(1..).unwrap_or_default()));
    }
    Ok(attributes)
}
