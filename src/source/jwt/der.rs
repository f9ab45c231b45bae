//! The part of DER that private keys use (ITU-T X.690 §8, §10.1): tag, length, value.
//!
//! The reader borrows, so that there is no copy to wipe; the writer allocates its buffer once.
//! Never parses certificates.

use zeroize::Zeroizing;

/// Tag of INTEGER.
pub const INTEGER: u8 = 0x02;
/// Tag of BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// Tag of OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Tag of OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// Tag of SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// Tag of the explicit member `[0]`.
pub const MEMBER_0: u8 = 0xa0;
/// Tag of the explicit member `[1]`.
pub const MEMBER_1: u8 = 0xa1;

/// A reader of consecutive values.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A reader at the first value of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value if it has this tag. Otherwise nothing is consumed.
    pub fn read(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            long @ 0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                (
                    length
                        .iter()
                        .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                    rest,
                )
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(value)
    }

    /// The next value as a natural number: big-endian, without leading zeros; zero is empty.
    pub fn integer(&mut self) -> Option<&'a [u8]> {
        let value = self.read(INTEGER)?;
        if *value.first()? >= 0x80 {
            return None;
        }
        Some(without_zeros(value))
    }
}

/// Strips leading zeros.
pub fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.split_at_checked(zeros).map_or(&[], |(_, rest)| rest)
}

/// Serializes a SEQUENCE of INTEGERs. Each is big-endian without leading zeros.
pub fn integers(numbers: &mut dyn Iterator<Item = &[u8]>) -> Zeroizing<Vec<u8>> {
    // An RSA key of 4096 bits takes 2,350 bytes. A growing buffer would leave copies in freed
    // memory.
    const CAPACITY: usize = 4096;
    let mut body = Zeroizing::new(Vec::with_capacity(CAPACITY));
    for number in numbers {
        let sign = number.first().is_none_or(|byte| *byte >= 0x80);
        write_header(INTEGER, number.len() + usize::from(sign), &mut body);
        body.extend(sign.then_some(0));
        body.extend_from_slice(number);
    }
    let mut document = Zeroizing::new(Vec::with_capacity(CAPACITY));
    write_header(SEQUENCE, body.len(), &mut document);
    document.extend_from_slice(&body);
    document
}

/// Appends the tag and the length of a value.
pub fn write_header(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_or_has_another_tag_is_not_read() {
        assert_eq!(
            Reader::new(&[0x04, 0x02, 7, 8]).read(OCTET_STRING),
            Some([7, 8].as_slice())
        );
        assert_eq!(
            Reader::new(&[0x04, 0x81, 0x01, 7]).read(OCTET_STRING),
            Some([7].as_slice())
        );
        for bad in [
            &[][..],
            &[0x04],
            &[0x04, 0x02, 7],
            &[0x04, 0x80, 7],
            &[0x04, 0x82, 1],
            &[0x04, 0x84, 0, 0, 0, 1, 7],
        ] {
            assert_eq!(Reader::new(bad).read(OCTET_STRING), None, "{bad:?}");
        }
        let mut reader = Reader::new(&[0x04, 0x01, 7]);
        assert_eq!(reader.read(INTEGER), None);
        assert_eq!(reader.read(OCTET_STRING), Some([7].as_slice()));
    }

    #[test]
    fn integers_are_written_with_a_sign_byte_where_they_need_one() {
        assert_eq!(
            *integers(&mut [&[][..], &[0x7f], &[0x80]].into_iter()),
            [0x30, 10, 2, 1, 0, 2, 1, 0x7f, 2, 2, 0, 0x80]
        );
        let long = integers(&mut [&[1_u8; 200][..]].into_iter());
        assert_eq!(
            long.get(..6),
            Some([0x30, 0x81, 203, 2, 0x81, 200].as_slice())
        );
        assert_eq!(
            Reader::new(Reader::new(&long).read(SEQUENCE).unwrap()).integer(),
            Some(&[1_u8; 200][..])
        );
    }
}
