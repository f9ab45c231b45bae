//! A platform's certificate store, and which certificates of it are roots.

/// The certificates of a store, each in DER.
#[derive(Debug)]
pub struct CertificateStore {
    /// The words of messages.
    pub name: &'static str,
    /// Roots that it trusts for servers of TLS.
    pub trusted: Vec<Vec<u8>>,
    /// Certificates that it distrusts.
    pub distrusted: Vec<Vec<u8>>,
    /// Whether the platform adds public roots only when it first meets them. The store then lacks
    /// roots that the platform's own verification would trust.
    pub is_filled_on_demand: bool,
}

/// The member of a certificate that holds its extensions (RFC 5280 §4.1). The first version has
/// none.
const EXTENSIONS: u8 = 0xa3;
const SEQUENCE: u8 = 0x30;
const OCTET_STRING: u8 = 0x04;
/// `TRUE` (ITU-T X.690 §11.1).
const TRUE: (u8, &[u8]) = (0x01, &[0xff]);
/// 2.5.29.19 (RFC 5280 §4.2.1.9).
const BASIC_CONSTRAINTS: (u8, &[u8]) = (0x06, &[0x55, 0x1d, 0x13]);

/// Whether a certificate says that it is an authority's (RFC 5280 §4.2.1.9), or is of the first
/// version, which cannot say so.
#[must_use]
pub fn is_authority(certificate: &[u8]) -> bool {
    authority(certificate).unwrap_or(false)
}

fn authority(mut certificate: &[u8]) -> Option<bool> {
    let mut signed = inside(&mut certificate, SEQUENCE)?;
    let mut members = inside(&mut signed, SEQUENCE)?;
    while !members.is_empty() {
        let (tag, mut list) = element(&mut members)?;
        if tag != EXTENSIONS {
            continue;
        }
        let mut extensions = inside(&mut list, SEQUENCE)?;
        while !extensions.is_empty() {
            let mut extension = inside(&mut extensions, SEQUENCE)?;
            if element(&mut extension)? != BASIC_CONSTRAINTS {
                continue;
            }
            let (tag, mut value) = element(&mut extension)?;
            if tag != OCTET_STRING {
                // Whether it is critical.
                value = inside(&mut extension, OCTET_STRING)?;
            }
            let mut constraints = inside(&mut value, SEQUENCE)?;
            return Some(element(&mut constraints) == Some(TRUE));
        }
        return Some(false);
    }
    Some(true)
}

fn inside<'a>(bytes: &mut &'a [u8], wanted: u8) -> Option<&'a [u8]> {
    element(bytes)
        .filter(|(tag, _)| *tag == wanted)
        .map(|(_, content)| content)
}

/// The next element of DER: its tag and its content (ITU-T X.690 §8.1).
fn element<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (more, after) = rest
            .split_at_checked(length - 0x80)
            .filter(|(more, _)| more.len() <= 3)?;
        length = more
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    *bytes = after;
    Some((*tag, content))
}

#[cfg(test)]
mod tests {
    use super::is_authority;

    fn tlv(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        [
            &[tag, u8::try_from(content.len()).unwrap()],
            content.as_slice(),
        ]
        .concat()
    }

    /// A certificate with these extensions, or none.
    fn with(extensions: Option<&[&[u8]]>) -> Vec<u8> {
        let serial = tlv(2, &[&[1]]);
        let list = extensions.map(|all| tlv(0xa3, &[&tlv(0x30, all)]));
        tlv(
            0x30,
            &[
                &tlv(0x30, &[&serial, &list.unwrap_or_default()]),
                &tlv(3, &[&[0]]),
            ],
        )
    }

    #[test]
    fn what_a_certificate_says_of_itself_decides() {
        let constraints = |critical: &[u8], value: &[u8]| {
            let value = tlv(4, &[&tlv(0x30, &[value])]);
            tlv(0x30, &[&[6, 3, 0x55, 0x1d, 0x13], critical, &value])
        };
        let usage = tlv(0x30, &[&[6, 3, 0x55, 0x1d, 0x0f], &[4, 1, 0]]);
        let (critical, yes, path): (&[u8], &[u8], &[u8]) =
            (&[1, 1, 0xff], &[1, 1, 0xff], &[2, 1, 0]);
        for (certificate, expected) in [
            (with(None), true),
            (with(Some(&[])), false),
            (with(Some(&[&usage])), false),
            (with(Some(&[&usage, &constraints(critical, yes)])), true),
            (
                with(Some(&[&constraints(&[], &[yes, path].concat())])),
                true,
            ),
            (with(Some(&[&constraints(critical, &[])])), false),
            (with(Some(&[&constraints(&[], path)])), false),
            (with(Some(&[&constraints(critical, &[1, 1, 0])])), false),
            (b"garbage".to_vec(), false),
            (Vec::new(), false),
        ] {
            assert_eq!(is_authority(&certificate), expected, "{certificate:x?}");
        }
        let whole = with(Some(&[&constraints(critical, yes)]));
        for end in 0..whole.len() {
            assert!(!is_authority(whole.get(..end).unwrap()), "{end}");
        }
    }
}
