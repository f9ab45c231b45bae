//! Checks for printable ASCII without blanks, eight bytes at a time: every cache hit checks its
//! token, and a token is long.

/// The byte, eight times.
const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Whether every byte is one of 0x21 to 0x7e.
pub(super) fn is_graphic(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    let mut words = words.iter().copied().map(u64::from_ne_bytes);
    words.all(is_graphic_word) && rest.iter().all(u8::is_ascii_graphic)
}

/// The same for eight bytes in one number. The top bit of a byte is set if the byte is at least
/// 0x80. It is also set after adding 1 if the byte is 0x7f, and after subtracting 0x21 if the byte
/// is less than 0x21. A carry or borrow leaves a byte only if that byte is out of range.
fn is_graphic_word(word: u64) -> bool {
    let too_large = word | word.wrapping_add(repeat(0x01));
    let too_small = word.wrapping_sub(repeat(0x21));
    (too_large | too_small) & repeat(0x80) == 0
}

#[cfg(test)]
mod tests {
    use super::is_graphic;

    #[test]
    fn one_byte_of_any_value_and_at_any_place_decides() {
        assert!(is_graphic(b""));
        for length in 1..=20 {
            for place in 0..length {
                for others in [b'!', b'a', b'~'] {
                    for byte in 0..=u8::MAX {
                        let mut bytes = vec![others; length];
                        bytes[place] = byte;
                        let expected = byte.is_ascii_graphic();
                        assert_eq!(is_graphic(&bytes), expected, "{byte:#x} at {place}");
                    }
                }
            }
        }
    }

    #[test]
    fn two_bytes_do_not_make_up_for_each_other() {
        for one in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                let bytes = [b'a', one, other, b'~', b'!', one, b'x', other];
                let expected = one.is_ascii_graphic() && other.is_ascii_graphic();
                assert_eq!(is_graphic(&bytes), expected, "{one:#x} {other:#x}");
            }
        }
    }
}
