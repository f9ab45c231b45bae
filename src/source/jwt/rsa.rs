//! The numbers of an RSA private key, and the ones that a key left out (RFC 8017 §3.2, RFC 7518 §6.3.2).
//!
//! ring signs by the Chinese remainder theorem and wants all eight. A JWK may hold only n, e and d, or the primes
//! without the rest: <https://www.rfc-editor.org/rfc/rfc7518#section-6.3.2>. The primes are found from n, e and d as in
//! NIST SP 800-56B rev. 2, appendix C.2, which takes no luck and no random numbers.
//!
//! It never decides whether a key is sound: ring does, and refuses numbers that do not belong together.

use super::der;
use super::key::KeyError;
use super::natural::Natural;
use zeroize::Zeroizing;

/// ring's largest public exponent, 2³³−1, and the least that it signs with (FIPS 186-5 §A.1.1).
const EXPONENT: std::ops::RangeInclusive<u64> = 65_537..=0x1_ffff_ffff;

/// The numbers of a two-prime private key, big-endian. What is `None` or nought is derived.
pub struct Numbers {
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

impl Numbers {
    /// Reads `RSAPrivateKey` (RFC 8017 §A.1.2), the inside of PKCS#1 and PKCS#8.
    pub fn from_pkcs1(document: &[u8]) -> Option<Self> {
        let mut body = der::Reader::new(der::Reader::new(document).read(der::SEQUENCE)?);
        if !body.integer()?.is_empty() {
            return None; // version 1: more than two primes, which ring does not do
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

    /// Writes `RSAPrivateKey` with all its members.
    ///
    /// # Errors
    /// [`KeyError::Size`] and [`KeyError::Exponent`] for what ring does not sign with, [`KeyError::Inconsistent`] where
    /// the numbers cannot be one key's.
    pub fn into_pkcs1(self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let modulus = Natural::from_bytes(&self.n);
        // ring wants both primes to be a multiple of 512 bits long, and forgives a modulus a few bits short.
        let size = modulus.bits().next_multiple_of(8);
        if !(2048..=4096).contains(&size) || !size.is_multiple_of(1024) {
            return Err(KeyError::Size {
                bits: modulus.bits(),
            });
        }
        let exponent = self.e.iter().try_fold(0_u64, |exponent, byte| {
            exponent
                .checked_mul(256)
                .map(|exponent| exponent + u64::from(*byte))
        });
        if !exponent.is_some_and(|exponent| EXPONENT.contains(&exponent)) {
            return Err(KeyError::Exponent);
        }
        self.completed(&modulus).ok_or(KeyError::Inconsistent)
    }

    fn completed(self, n: &Natural) -> Option<Zeroizing<Vec<u8>>> {
        let present = |number: Option<Zeroizing<Vec<u8>>>| {
            number
                .map(|bytes| Natural::from_bytes(&bytes))
                .filter(|number| !number.is_zero())
        };
        let (e, d) = (Natural::from_bytes(&self.e), Natural::from_bytes(&self.d));
        let (p, q) = match (present(self.p), present(self.q)) {
            (Some(p), Some(q)) => (p, q),
            (Some(p), None) => {
                let q = n.divided(&p)?.0;
                (p, q)
            }
            (None, Some(q)) => (n.divided(&q)?.0, q),
            (None, None) => primes(n, &e, &d)?,
        };
        let remainder = |prime: &Natural| Some(d.divided(&prime.minus(&Natural::one())?)?.1);
        let dp = present(self.dp).or_else(|| remainder(&p))?;
        let dq = present(self.dq).or_else(|| remainder(&q))?;
        let qi = present(self.qi).or_else(|| Some(q.euclid(&p)?.1))?;
        let numbers = [n, &e, &d, &p, &q, &dp, &dq, &qi].map(Natural::to_bytes);
        Some(der::integers(with_version(&numbers)))
    }
}

/// The version, nought (two primes), before the numbers.
fn with_version(numbers: &[Zeroizing<Vec<u8>>; 8]) -> impl Iterator<Item = &[u8]> {
    std::iter::once([].as_slice()).chain(numbers.iter().map(|number| number.as_slice()))
}

/// The primes of n, the larger first (SP 800-56B rev. 2, C.2). Good for d modulo (p−1)(q−1) as well as modulo their
/// least common multiple: the common divisor turns the one into the other.
fn primes(n: &Natural, e: &Natural, d: &Natural) -> Option<(Natural, Natural)> {
    let one = Natural::one();
    let multiple = e.times(d).minus(&one)?;
    let (divisor, _) = n.minus(&one)?.euclid(&multiple)?;
    let multiple = multiple.times(&divisor);
    let times = multiple.divided(n)?.0.plus(&one);
    let totient = multiple.divided(&times)?.0;
    let sum = n.plus(&one).minus(&totient)?;
    let difference = sum.times(&sum).minus(&n.doubled(2))?.root()?;
    let (p, q) = (
        sum.plus(&difference).halved(),
        sum.minus(&difference)?.halved(),
    );
    (p.times(&q) == *n).then_some((p, q))
}
