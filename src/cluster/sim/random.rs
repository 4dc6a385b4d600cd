//! The simulator's own random numbers: the same seed gives the same run, on every machine.

/// `SplitMix64` (Sebastiano Vigna, public domain).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 on, less than `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// Whether something happens that happens so many times in a million.
    pub(super) fn happens(&mut self, per_million: u32) -> bool {
        per_million > 0 && self.below(1_000_000) < u64::from(per_million)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_stay_below_and_repeat() {
        let (mut one, mut other) = (Random::new(7), Random::new(7));
        let mut seen = [0_u32; 10];
        for _ in 0..1_000 {
            let number = one.below(10);
            assert_eq!(number, other.below(10));
            seen[usize::try_from(number).expect("below 10")] += 1;
        }
        assert!(seen.iter().all(|times| (50..200).contains(times)), "{seen:?}");
        assert_eq!(one.below(0), 0);
        let hits = (0..10_000).filter(|_| one.happens(100_000)).count();
        assert!((800..1_200).contains(&hits), "{hits}");
    }
}
