//! Numbers that look random and are the same in every run: xorshift64* (Vigna, <https://arxiv.org/abs/1402.6246>).

/// A generator of such numbers.
pub struct Random(u64);

impl Random {
    /// A generator that begins here; another beginning gives other numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from((self.number() >> 16) % end).unwrap()
    }

    /// Whether one of so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A text of printable ASCII without blanks, one to `longest` characters.
    pub fn graphic(&mut self, longest: usize) -> String {
        let length = 1 + self.below(longest);
        (0..length)
            .map(|_| char::from(0x21 + u8::try_from(self.below(0x7f - 0x21)).unwrap()))
            .collect()
    }
}
