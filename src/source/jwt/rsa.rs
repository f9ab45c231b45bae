//! The numbers of an RSA private key, missing ones computed (RFC 8017 §3.2, RFC 7518 §6.3.2).
//!
//! ring signs by the Chinese remainder theorem and needs all eight. A JWK may hold only n, e and d,
//! or the primes without the rest: <https://www.rfc-editor.org/rfc/rfc7518#section-6.3.2>. The
//! primes are computed from n, e and d as in NIST SP 800-56B rev. 2, appendix C.2, which is
//! deterministic.
//!
//! Never validates a key: ring does, and rejects numbers that do not match.

use crypto_bigint::{BoxedUint, CheckedSub as _, Gcd as _, NonZero};
use zeroize::Zeroizing;

use super::der::{self, without_zeros};
use super::key::KeyError;

/// The public exponents that ring accepts: up to 2³³−1, and at least the minimum of FIPS 186-5
/// §A.1.1.
const EXPONENT: std::ops::RangeInclusive<u64> = 65_537..=0x1_ffff_ffff;

/// The numbers of a two-prime private key, big-endian. Those that are `None` or zero are computed.
pub struct RsaNumbers {
    /// Modulus.
    pub n: Zeroizing<Vec<u8>>,
    /// Public exponent.
    pub e: Zeroizing<Vec<u8>>,
    /// Private exponent.
    pub d: Zeroizing<Vec<u8>>,
    /// First prime.
    pub p: Option<Zeroizing<Vec<u8>>>,
    /// Second prime.
    pub q: Option<Zeroizing<Vec<u8>>>,
    /// d mod (p − 1).
    pub dp: Option<Zeroizing<Vec<u8>>>,
    /// d mod (q − 1).
    pub dq: Option<Zeroizing<Vec<u8>>>,
    /// The inverse of q modulo p.
    pub qi: Option<Zeroizing<Vec<u8>>>,
}

impl RsaNumbers {
    /// Parses `RSAPrivateKey` (RFC 8017 §A.1.2), the content of PKCS#1 and PKCS#8.
    pub fn from_pkcs1(document: &[u8]) -> Option<Self> {
        let mut body = der::Reader::new(der::Reader::new(document).read(der::SEQUENCE)?);
        if !body.integer()?.is_empty() {
            // Version 1 has more than two primes, which ring does not support.
            return None;
        }
        let mut next = || body.integer().map(|number| Zeroizing::new(number.to_vec()));
        let (n, e, d) = (next()?, next()?, next()?);
        let (p, q, dp, dq, qi) = (next()?, next()?, next()?, next()?, next()?);
        Some(Self {
            n,
            e,
            d,
            p: Some(p),
            q: Some(q),
            dp: Some(dp),
            dq: Some(dq),
            qi: Some(qi),
        })
    }

    /// Serializes `RSAPrivateKey` with all its members.
    ///
    /// # Errors
    /// [`KeyError::Size`] and [`KeyError::Exponent`] for numbers that ring rejects,
    /// [`KeyError::Inconsistent`] if the numbers do not match.
    pub fn into_pkcs1(self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let bits = bit_length(&self.n);
        // ring requires primes whose length is a multiple of 512 bits, and accepts a modulus that
        // is a few bits shorter.
        let size = bits.next_multiple_of(8);
        if !(2048..=4096).contains(&size) || !size.is_multiple_of(1024) {
            return Err(KeyError::Size { bits });
        }
        let exponent = self.e.iter().try_fold(0_u64, |exponent, byte| {
            exponent
                .checked_mul(256)
                .map(|exponent| exponent + u64::from(*byte))
        });
        if !exponent.is_some_and(|exponent| EXPONENT.contains(&exponent)) {
            return Err(KeyError::Exponent);
        }
        self.complete(size).ok_or(KeyError::Inconsistent)
    }

    /// Computes missing numbers and serializes all in DER. `size` is the length of the modulus in
    /// bits.
    fn complete(self, size: usize) -> Option<Zeroizing<Vec<u8>>> {
        // One width for all numbers, enough for the products e·d·gcd and (p + q)².
        let width = u32::try_from(2 * size + 128).ok()?;
        let number = |bytes: &[u8]| BoxedUint::from_be_slice(without_zeros(bytes), width).ok();
        let present = |bytes: &Option<Zeroizing<Vec<u8>>>| {
            let bytes = bytes.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
            let bytes = without_zeros(bytes);
            (!bytes.is_empty()).then(|| number(bytes))
        };
        let (n, e, d) = (number(&self.n)?, number(&self.e)?, number(&self.d)?);
        let (p, q) = match (present(&self.p), present(&self.q)) {
            (Some(p), Some(q)) => (p?, q?),
            (Some(p), None) => {
                let p = p?;
                let q = n.div_rem(&non_zero(&p)?).0;
                (p, q)
            }
            (None, Some(q)) => {
                let q = q?;
                (n.div_rem(&non_zero(&q)?).0, q)
            }
            (None, None) => primes(&n, &e, &d)?,
        };
        let one = BoxedUint::one_with_precision(width);
        let remainder =
            |prime: &BoxedUint| Some(d.rem(&non_zero(&prime.checked_sub(&one).into_option()?)?));
        let dp = present(&self.dp).unwrap_or_else(|| remainder(&p))?;
        let dq = present(&self.dq).unwrap_or_else(|| remainder(&q))?;
        let inverse = || {
            let modulus = p.to_odd().into_option()?;
            let reduced = q.rem(modulus.as_nz_ref());
            reduced.invert_odd_mod(&modulus).into_option()
        };
        let qi = present(&self.qi).unwrap_or_else(inverse)?;
        let numbers = [&n, &e, &d, &p, &q, &dp, &dq, &qi];
        let numbers = numbers.map(|number| Zeroizing::new(number.to_be_bytes().into_vec()));
        Some(der::integers(&mut with_version(&numbers)))
    }
}

/// The length of a big-endian number in bits.
fn bit_length(bytes: &[u8]) -> usize {
    let bytes = without_zeros(bytes);
    let first = bytes.first().map_or(0, |first| first.leading_zeros());
    bytes.len() * 8 - first as usize
}

fn non_zero(number: &BoxedUint) -> Option<NonZero<BoxedUint>> {
    number.to_nz().into_option()
}

/// The numbers after the version, which is zero (two primes).
fn with_version(numbers: &[Zeroizing<Vec<u8>>; 8]) -> impl Iterator<Item = &[u8]> {
    let numbers = numbers.iter().map(|number| without_zeros(number));
    std::iter::once([].as_slice()).chain(numbers)
}

/// The primes of n, the larger first (SP 800-56B rev. 2, C.2). Valid for d modulo (p−1)(q−1) and
/// for d modulo their least common multiple: the common divisor converts between them. All numbers
/// have the same width.
fn primes(n: &BoxedUint, e: &BoxedUint, d: &BoxedUint) -> Option<(BoxedUint, BoxedUint)> {
    let product = |a: &BoxedUint, b: &BoxedUint| a.checked_mul(b).into_option();
    let one = BoxedUint::one_with_precision(n.bits_precision());
    let less = |a: &BoxedUint, b: &BoxedUint| a.checked_sub(b).into_option();
    let multiple = less(&product(e, d)?, &one)?;
    let divisor = less(n, &one)?.gcd(&multiple);
    let multiple = product(&multiple, &divisor)?;
    let times = multiple.div_rem(&non_zero(n)?).0.wrapping_add(&one);
    let totient = multiple.div_rem(&non_zero(&times)?).0;
    let sum = less(&n.wrapping_add(&one), &totient)?;
    let square = less(&product(&sum, &sum)?, &n.wrapping_shl(2))?;
    let difference = square.floor_sqrt();
    let p = sum.wrapping_add(&difference).wrapping_shr(1);
    let q = less(&sum, &difference)?.wrapping_shr(1);
    (product(&p, &q)? == *n).then_some((p, q))
}
