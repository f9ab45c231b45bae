//! Natural numbers, as large as an RSA key needs them: schoolbook arithmetic for the parts that a JWK leaves out.
//!
//! Used once per key, never per signature, and every result is checked again by ring (p·q = n, the coefficient, and the
//! signature itself), so a mistake here refuses a key and cannot make a wrong signature. It is not constant-time: it
//! runs in a process of its own that answers nobody but its caller. The limbs are wiped on drop.
//! It never grows into a general number library: no signs, no text, no modular powers.

use std::cmp::Ordering;
use std::iter;

use zeroize::Zeroizing;

/// A natural number: 32-bit limbs, least significant first, without leading zeros (zero has no limbs).
#[derive(Clone, PartialEq, Eq)]
pub struct Natural(Zeroizing<Vec<u32>>);

impl Natural {
    /// One.
    pub fn one() -> Self {
        Self(Zeroizing::new(vec![1]))
    }

    /// From big-endian bytes; leading zeros do not count.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let limb = |chunk: &[u8]| {
            chunk
                .iter()
                .fold(0, |limb, byte| limb << 8 | u32::from(*byte))
        };
        Self(Zeroizing::new(bytes.rchunks(4).map(limb).collect())).trimmed()
    }

    /// Big-endian bytes without leading zeros; zero is empty.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() * 4));
        for limb in self.0.iter().rev() {
            bytes.extend_from_slice(&limb.to_be_bytes());
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.rotate_left(zeros);
        let length = bytes.len() - zeros;
        bytes.truncate(length);
        bytes
    }

    /// How many bits it takes to write the number.
    pub fn bits(&self) -> usize {
        self.0
            .last()
            .map_or(0, |top| self.0.len() * 32 - top.leading_zeros() as usize)
    }

    /// Whether it is nought.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() < other.0.len() {
            (other, self)
        } else {
            (self, other)
        };
        let mut sum = Zeroizing::new(Vec::with_capacity(long.0.len() + 1));
        let mut carry = 0_u64;
        for (limb, more) in long.0.iter().zip(short.0.iter().chain(iter::repeat(&0))) {
            carry += u64::from(*limb) + u64::from(*more);
            sum.push(carry as u32);
            carry >>= 32;
        }
        sum.push(carry as u32);
        Self(sum).trimmed()
    }

    /// The difference, where it is not negative.
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let mut rest = self.clone();
        rest.take_away(other).then(|| rest.trimmed())
    }

    /// Takes `other` away where that leaves no debt, and says whether it did. May leave leading zeros.
    fn take_away(&mut self, other: &Self) -> bool {
        if self.compare(other) == Ordering::Less {
            return false;
        }
        let mut borrow = 0_i64;
        for (limb, less) in self
            .0
            .iter_mut()
            .zip(other.0.iter().chain(iter::repeat(&0)))
        {
            let rest = i64::from(*limb) - i64::from(*less) + borrow;
            *limb = rest as u32;
            borrow = rest >> 32;
        }
        true
    }

    /// Compares, whether or not there are leading zeros.
    fn compare(&self, other: &Self) -> Ordering {
        let significant =
            |limbs: &[u32]| limbs.len() - limbs.iter().rev().take_while(|limb| **limb == 0).count();
        let (left, right) = (significant(&self.0), significant(&other.0));
        left.cmp(&right).then_with(|| {
            self.0
                .iter()
                .take(left)
                .rev()
                .cmp(other.0.iter().take(right).rev())
        })
    }

    /// The product.
    pub fn times(&self, other: &Self) -> Self {
        let mut product = Zeroizing::new(vec![0_u32; self.0.len() + other.0.len()]);
        for (offset, limb) in self.0.iter().enumerate() {
            let mut carry = 0_u64;
            for (place, more) in product
                .iter_mut()
                .skip(offset)
                .zip(other.0.iter().chain(iter::once(&0)))
            {
                carry += u64::from(*place) + u64::from(*limb) * u64::from(*more);
                *place = carry as u32;
                carry >>= 32;
            }
        }
        Self(product).trimmed()
    }

    /// Times two to the power of `places`.
    pub fn doubled(&self, places: usize) -> Self {
        let power = 1_u32 << (places % 32);
        let scaled = self.times(&Self(Zeroizing::new(vec![power])));
        let mut limbs = Zeroizing::new(vec![0; places / 32]);
        limbs.reserve_exact(scaled.0.len());
        limbs.extend_from_slice(&scaled.0);
        Self(limbs).trimmed()
    }

    /// Half of it, rounded down.
    pub fn halved(mut self) -> Self {
        self.halve();
        self.trimmed()
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for limb in self.0.iter_mut().rev() {
            let next = *limb << 31;
            *limb = *limb >> 1 | carry;
            carry = next;
        }
    }

    /// Quotient and remainder; none by nought. Long division, bit by bit.
    pub fn divided(&self, divisor: &Self) -> Option<(Self, Self)> {
        if divisor.is_zero() {
            return None;
        }
        let places = self.bits().saturating_sub(divisor.bits());
        let mut quotient = Zeroizing::new(vec![0_u32; places / 32 + 1]);
        let mut remainder = self.clone();
        let mut scaled = divisor.doubled(places);
        for place in (0..=places).rev() {
            if remainder.take_away(&scaled)
                && let Some(limb) = quotient.get_mut(place / 32)
            {
                *limb |= 1 << (place % 32);
            }
            scaled.halve();
        }
        Some((Self(quotient).trimmed(), remainder.trimmed()))
    }

    /// The square root, rounded down; none of nought. Newton's method from above.
    pub fn root(&self) -> Option<Self> {
        let mut guess = Self::one().doubled(self.bits().div_ceil(2));
        loop {
            let (quotient, _) = self.divided(&guess)?;
            let better = guess.plus(&quotient).halved();
            if better.compare(&guess) != Ordering::Less {
                return Some(guess);
            }
            guess = better;
        }
    }

    /// The greatest common divisor with `modulus`, and the factor that takes this number to it modulo `modulus`: its
    /// inverse, where the divisor is one. Euclid's algorithm; the factors' signs alternate, so only sizes are kept.
    pub fn euclid(&self, modulus: &Self) -> Option<(Self, Self)> {
        let (_, mut rest) = self.divided(modulus)?;
        let mut divisor = modulus.clone();
        let mut factor = Self(Zeroizing::new(Vec::new()));
        let mut next_factor = Self::one();
        let mut negative = true;
        while !rest.is_zero() {
            let (quotient, remainder) = divisor.divided(&rest)?;
            let following = factor.plus(&quotient.times(&next_factor));
            divisor = std::mem::replace(&mut rest, remainder);
            factor = std::mem::replace(&mut next_factor, following);
            negative = !negative;
        }
        let factor = if negative {
            modulus.minus(&factor)?
        } else {
            factor
        };
        Some((divisor, factor))
    }
}

#[cfg(test)]
mod tests {
    use super::Natural;

    fn natural(number: u128) -> Natural {
        Natural::from_bytes(&number.to_be_bytes())
    }

    fn number(natural: &Natural) -> u128 {
        natural
            .to_bytes()
            .iter()
            .fold(0, |number, byte| number << 8 | u128::from(*byte))
    }

    /// Numbers at and around the edges of a limb.
    fn edges() -> impl Iterator<Item = u128> {
        [1, 31, 32, 33, 63]
            .into_iter()
            .flat_map(|bit| (1 << bit) - 1..=(1 << bit) + 1)
    }

    #[test]
    fn arithmetic_agrees_with_the_machine_at_the_edges_of_a_limb() {
        for a in edges() {
            for b in edges() {
                let (left, right) = (natural(a), natural(b));
                assert_eq!(number(&left.plus(&right)), a + b, "{a} + {b}");
                assert_eq!(
                    left.minus(&right).as_ref().map(number),
                    a.checked_sub(b),
                    "{a} - {b}"
                );
                assert_eq!(number(&left.times(&right)), a * b, "{a} * {b}");
                let (quotient, remainder) = left.times(&left).divided(&right).unwrap();
                assert_eq!(
                    (number(&quotient), number(&remainder)),
                    (a * a / b, a * a % b),
                    "{a}² / {b}"
                );
                assert_eq!(
                    number(&left.times(&right).root().unwrap()),
                    (a * b).isqrt(),
                    "√({a} * {b})"
                );
            }
        }
    }

    #[test]
    fn nothing_is_divided_by_nought() {
        assert!(natural(7).divided(&natural(0)).is_none());
        assert!(natural(0).root().is_none());
        assert!(natural(7).euclid(&natural(0)).is_none());
    }

    #[test]
    fn euclid_finds_the_divisor_and_the_inverse() {
        let (divisor, _) = natural(12 * 35).euclid(&natural(12 * 11)).unwrap();
        assert_eq!(number(&divisor), 12);
        for a in [1_u128, 2, 3, 65_537, 1_000_000_006, 0xffff_ffff] {
            let (divisor, inverse) = natural(a).euclid(&natural(1_000_000_007)).unwrap();
            assert_eq!(
                (number(&divisor), number(&inverse) * a % 1_000_000_007),
                (1, 1),
                "{a}"
            );
        }
    }

    #[test]
    fn bytes_come_back_without_leading_zeros() {
        assert_eq!(
            *Natural::from_bytes(&[0, 0, 1, 2, 3, 4, 5]).to_bytes(),
            [1, 2, 3, 4, 5]
        );
        assert!(Natural::from_bytes(&[0; 9]).to_bytes().is_empty());
        assert_eq!(Natural::from_bytes(&[0, 1, 0, 0, 0, 0]).bits(), 33);
    }
}
