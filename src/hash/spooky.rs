//! SpookyHash V2: 128 bits, fast, not for secrets. A public domain algorithm by Bob Jenkins
//! (<https://burtleburtle.net/bob/hash/spooky.html>), here reading little-endian words on every machine, as
//! ProxySQL's does on those that it runs on.
//!
//! Messages of less than 192 bytes go through a small mixer of four words, longer ones in blocks of
//! twelve words. Hashing in pieces keeps up to that many bytes back until it is known which one it is.

/// What a hash state starts from beside the seeds: odd, and neither all ones nor all zeros in any half.
const START: u64 = 0xDEAD_BEEF_DEAD_BEEF;
const WORDS: usize = 12;
const BLOCK: usize = 8 * WORDS;
/// Below this many bytes a message is short.
const SHORT: usize = 2 * BLOCK;

/// Both halves of the 128-bit hash of a message.
///
/// ```
/// # use proxysql_kit::hash::spooky::hash128;
/// let text = b"1000^SELECT .* FOR UPDATE0CASELESS1012000^SELECT .*0CASELESS2013000.*0CASELESS101";
/// assert_eq!(hash128(text, 19, 3).0, 0xC9D9_6848_3FEC_69A5);
/// ```
pub fn hash128(message: &[u8], seed1: u64, seed2: u64) -> (u64, u64) {
    if message.len() < SHORT { short(message, seed1, seed2) } else { long(message, seed1, seed2) }
}

/// The 64-bit hash of a message, with one seed: what query digests have (with seed 0).
pub fn hash64(message: &[u8], seed: u64) -> u64 {
    hash128(message, seed, seed).0
}

/// Hashes a message that comes in pieces.
///
/// ```
/// # use proxysql_kit::hash::spooky::{Hasher, hash128};
/// let mut hasher = Hasher::new(1, 2);
/// hasher.update(b"two ").update(b"pieces");
/// assert_eq!(hasher.finish(), hash128(b"two pieces", 1, 2));
/// ```
#[derive(Clone, Debug)]
pub struct Hasher {
    seeds: (u64, u64),
    /// Once more than `SHORT` bytes have come.
    state: Option<[u64; WORDS]>,
    /// What has come and was not mixed in yet.
    kept: [u8; SHORT],
    kept_len: usize,
}

impl Hasher {
    /// Nothing hashed so far.
    pub fn new(seed1: u64, seed2: u64) -> Self {
        Hasher { seeds: (seed1, seed2), state: None, kept: [0; SHORT], kept_len: 0 }
    }

    /// Appends a piece.
    pub fn update(&mut self, mut piece: &[u8]) -> &mut Self {
        while self.kept_len + piece.len() >= SHORT {
            let (now, later) = piece.split_at(SHORT - self.kept_len);
            self.kept[self.kept_len..].copy_from_slice(now);
            let state = self.state.get_or_insert_with(|| begin(self.seeds.0, self.seeds.1));
            let (blocks, _) = self.kept.as_chunks::<BLOCK>();
            for block in blocks {
                mix(state, &words(block));
            }
            self.kept_len = 0;
            piece = later;
        }
        self.kept[self.kept_len..self.kept_len + piece.len()].copy_from_slice(piece);
        self.kept_len += piece.len();
        self
    }

    /// The hash of all pieces joined; more can follow.
    pub fn finish(&self) -> (u64, u64) {
        let kept = &self.kept[..self.kept_len];
        match self.state {
            None => short(kept, self.seeds.0, self.seeds.1),
            Some(state) => finish(state, kept),
        }
    }
}

fn long(message: &[u8], seed1: u64, seed2: u64) -> (u64, u64) {
    finish(begin(seed1, seed2), message)
}

fn begin(seed1: u64, seed2: u64) -> [u64; WORDS] {
    std::array::from_fn(|index| [seed1, seed2, START][index % 3])
}

/// Mixes in whole blocks, then what is left with its length behind it.
fn finish(mut state: [u64; WORDS], message: &[u8]) -> (u64, u64) {
    let (blocks, rest) = message.as_chunks::<BLOCK>();
    for block in blocks {
        mix(&mut state, &words(block));
    }
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    last[BLOCK - 1] = low_byte(rest.len());
    for (word, data) in state.iter_mut().zip(words(&last)) {
        *word = word.wrapping_add(data);
    }
    for _ in 0..3 {
        mix_last(&mut state);
    }
    (state[0], state[1])
}

fn words(block: &[u8; BLOCK]) -> [u64; WORDS] {
    let (words, _) = block.as_chunks::<8>();
    std::array::from_fn(|index| u64::from_le_bytes(words[index]))
}

#[inline(always)]
fn mix(state: &mut [u64; WORDS], data: &[u64; WORDS]) {
    const TURNS: [u32; WORDS] = [11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46];
    for i in 0..WORDS {
        let at = |step: usize| (i + step) % WORDS;
        state[i] = state[i].wrapping_add(data[i]);
        state[at(2)] ^= state[at(10)];
        state[at(11)] ^= state[i];
        state[i] = state[i].rotate_left(TURNS[i]);
        state[at(11)] = state[at(11)].wrapping_add(state[at(1)]);
    }
}

#[inline(always)]
fn mix_last(state: &mut [u64; WORDS]) {
    const TURNS: [u32; WORDS] = [44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54];
    for (i, turn) in TURNS.into_iter().enumerate() {
        let at = |step: usize| (i + step) % WORDS;
        state[at(11)] = state[at(11)].wrapping_add(state[at(1)]);
        state[at(2)] ^= state[at(11)];
        state[at(1)] = state[at(1)].rotate_left(turn);
    }
}

fn short(message: &[u8], seed1: u64, seed2: u64) -> (u64, u64) {
    let mut state = [seed1, seed2, START, START];
    let (pairs, mut rest) = message.as_chunks::<32>();
    let word = |bytes: &[u8; 32], index: usize| little_endian(&bytes[8 * index..8 * index + 8]);
    for bytes in pairs {
        state[2] = state[2].wrapping_add(word(bytes, 0));
        state[3] = state[3].wrapping_add(word(bytes, 1));
        mix_short(&mut state);
        state[0] = state[0].wrapping_add(word(bytes, 2));
        state[1] = state[1].wrapping_add(word(bytes, 3));
    }
    if let Some((half, behind)) = rest.split_first_chunk::<16>() {
        state[2] = state[2].wrapping_add(little_endian(&half[..8]));
        state[3] = state[3].wrapping_add(little_endian(&half[8..]));
        mix_short(&mut state);
        rest = behind;
    }
    state[3] = state[3].wrapping_add(u64::from(low_byte(message.len())) << 56);
    let (third, fourth) = match rest.split_first_chunk::<8>() {
        _ if rest.is_empty() => (START, START),
        Some((word, behind)) => (u64::from_le_bytes(*word), tail(message, behind.len())),
        None => (tail(message, rest.len()), 0),
    };
    state[2] = state[2].wrapping_add(third);
    state[3] = state[3].wrapping_add(fourth);
    mix_short_last(&mut state);
    (state[0], state[1])
}

/// The number that eight bytes make, the lowest first.
#[inline(always)]
fn little_endian(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// The number that the last bytes of a message make, less than eight: without a loop where that can be.
#[inline(always)]
fn tail(message: &[u8], count: usize) -> u64 {
    let bytes = &message[message.len() - count..];
    if count == 0 {
        0
    } else if let Some(word) = message.last_chunk::<8>() {
        u64::from_le_bytes(*word) >> (64 - 8 * count)
    } else if let (Some(low), Some(high)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        u64::from(u32::from_le_bytes(*low)) | u64::from(u32::from_le_bytes(*high)) << (8 * (count - 4))
    } else {
        bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
    }
}

#[inline(always)]
fn mix_short(state: &mut [u64; 4]) {
    const TURNS: [u32; 12] = [50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36];
    for (step, turn) in TURNS.into_iter().enumerate() {
        let at = |index: usize| (step + index) % 4;
        state[at(2)] = state[at(2)].rotate_left(turn).wrapping_add(state[at(3)]);
        state[at(0)] ^= state[at(2)];
    }
}

#[inline(always)]
fn mix_short_last(state: &mut [u64; 4]) {
    const TURNS: [u32; 11] = [15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63];
    for (step, turn) in TURNS.into_iter().enumerate() {
        let at = |index: usize| (step + index) % 4;
        state[at(3)] ^= state[at(2)];
        state[at(2)] = state[at(2)].rotate_left(turn);
        state[at(3)] = state[at(3)].wrapping_add(state[at(2)]);
    }
}

#[allow(clippy::cast_possible_truncation)]
fn low_byte(length: usize) -> u8 {
    length as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Answers of the original for the bytes 0, 1, 2, ... of several lengths, seeds 7 and 11.
    #[test]
    fn known_answers() {
        let message: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for &(length, first, second) in KNOWN {
            assert_eq!(hash128(&message[..length], 7, 11), (first, second), "{length}");
        }
    }

    #[rustfmt::skip]
    const KNOWN: &[(usize, u64, u64)] = &[
        (0, 0xC3E0_6ACE_2829_F195, 0x6367_4BA9_51B5_E4E5),
        (1, 0xBD43_2FC3_ADD4_25E0, 0x99F9_75E3_89BE_EBAA),
        (7, 0xE224_C700_618E_8958, 0x93D0_A3D0_0DEE_54DF),
        (8, 0xE297_0C92_70F4_94AA, 0x1D96_FF0F_1D38_85C1),
        (9, 0xF74C_E94B_E77E_4276, 0x2D14_14A0_771C_DA5F),
        (12, 0x4BC5_68D1_BE94_C997, 0xE025_5352_4833_E549),
        (15, 0xAB6B_230C_62D6_DB9D, 0x7B22_7C20_5FA8_AF23),
        (16, 0xE58C_CE55_DEB0_7B30, 0x649A_8BB7_E5B7_BB2B),
        (17, 0x6635_4CE1_2776_5894, 0x72DF_D38B_C65E_05BE),
        (31, 0xDE0E_12C1_D6AA_A8C5, 0x4A6A_B443_059E_C0B3),
        (32, 0x69BA_871F_FF9E_D6DF, 0xF6CD_2B70_018D_0065),
        (33, 0x6A7C_ABFD_8E2E_CCA1, 0x0A81_8B3A_96EF_DB1D),
        (48, 0x455D_2056_2EFE_3218, 0xBD6F_024F_F6F1_46FC),
        (63, 0xFC3B_E737_D6A9_3D77, 0xB32C_3FE5_6869_1201),
        (95, 0xF4A0_9633_056D_82B2, 0xAF57_5CD4_712C_CA38),
        (96, 0x159F_092E_2A4D_4171, 0x8B7E_2273_0AAB_38D1),
        (191, 0x57EB_F032_DE7A_4C74, 0xA1DA_B5E7_5F47_D023),
        (192, 0x0E5C_5EBB_EE7F_1146, 0x1F7C_0A2A_F4D4_F9BD),
        (193, 0x1E11_C136_9203_7664, 0x9FB7_4AEA_0EBF_566A),
        (255, 0x57EA_DDA5_7F7F_A30A, 0xD200_F750_E972_9017),
        (256, 0xB3D6_AE4F_56FA_DA99, 0x301C_23A1_DE65_C9CA),
        (287, 0xEE95_7D82_7AEA_4832, 0x80F5_A419_73F1_1028),
        (288, 0xA6D3_3BD2_408E_BE39, 0x88C1_4549_0DB6_142B),
        (289, 0x30C8_1142_7BEA_B516, 0x7A48_FE9D_6D75_B1CA),
        (383, 0x289B_8361_01E4_3C1E, 0xFE5B_B2C1_8206_312E),
        (384, 0x7C8C_5727_71A4_F4AA, 0xECC3_1D57_7A38_BB74),
        (500, 0xC659_5D56_72AE_84CE, 0x9D5D_E91B_B41E_D70C),
        (999, 0x2BE1_57B8_5C0F_23DE, 0x7A0B_46A4_007E_A901),
    ];

    proptest! {
        #[test]
        fn pieces_are_as_good_as_the_whole(
            message in proptest::collection::vec(any::<u8>(), 0..1000),
            cuts in proptest::collection::vec(0_usize..1000, 0..6),
            seeds: (u64, u64),
        ) {
            let mut hasher = Hasher::new(seeds.0, seeds.1);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).collect();
            cuts.extend([0, message.len()]);
            cuts.sort_unstable();
            for pair in cuts.windows(2) {
                hasher.update(&message[pair[0]..pair[1]]);
            }
            prop_assert_eq!(hasher.finish(), hash128(&message, seeds.0, seeds.1));
            // A short message that got longer and one that was long at once.
            hasher.update(&message);
            let twice = [&message[..], &message[..]].concat();
            prop_assert_eq!(hasher.finish(), hash128(&twice, seeds.0, seeds.1));
        }
    }
}
