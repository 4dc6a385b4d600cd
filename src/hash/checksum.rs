//! The text form of a cluster checksum.

use std::fmt;
use std::str::FromStr;

/// A checksum as ProxySQL (2.0 and later) writes it: `0x` and 16 digits.
///
/// The digits are those of the low 32 bits of the hash, then those of its high 32 bits, both without
/// leading zeros, and then zeros up to the width. So two hashes can have one text; nodes compare the texts,
/// and that is what `==` does here. The hash can't be had back.
///
/// ```
/// use proxysql_kit::hash::Checksum;
///
/// let checksum = Checksum::from_hash(0xABCD_EF01_0000_0012);
/// assert_eq!(checksum.to_string(), "0x12ABCDEF01000000");
/// assert_eq!("0x12ABCDEF01000000".parse(), Ok(checksum));
/// assert_eq!(checksum, "0x12ABCDEF01000000");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum {
    digits: [u8; DIGITS],
}

const DIGITS: usize = 16;
const WIDTH: usize = 2 + DIGITS;

impl Checksum {
    /// The text of a hash. That of 0 belongs to a module without rows.
    pub fn from_hash(hash: u64) -> Self {
        let mut digits = [b'0'; DIGITS];
        let (low, high) = (hash & 0xFFFF_FFFF, hash >> 32);
        let end = put_hex(&mut digits, 0, low);
        put_hex(&mut digits, end, high);
        Checksum { digits }
    }

    /// The text, without `0x`: 16 upper-case digits.
    pub fn digits(&self) -> &str {
        // Nothing but hex digits gets in.
        std::str::from_utf8(&self.digits).unwrap_or_default()
    }

    /// Whether this is the text of a module without rows.
    pub fn is_zero(&self) -> bool {
        self.digits == [b'0'; DIGITS]
    }
}

/// Writes a number of 32 bits without leading zeros (0 is one digit); gives the place behind it.
fn put_hex(digits: &mut [u8; DIGITS], at: usize, number: u64) -> usize {
    let count = (67 - (number | 1).leading_zeros() as usize) / 4;
    for (index, digit) in digits[at..at + count].iter_mut().enumerate() {
        let nibble = (number >> (4 * (count - 1 - index))) & 0xF;
        *digit = b"0123456789ABCDEF"[nibble as usize];
    }
    at + count
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", self.digits())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// The same bytes as the text of a peer.
impl PartialEq<str> for Checksum {
    fn eq(&self, other: &str) -> bool {
        other.strip_prefix("0x") == Some(self.digits())
    }
}

impl PartialEq<&str> for Checksum {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// A text that is no checksum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumError {
    /// No text at all: the node does not compute this checksum (its version is 0).
    #[error("no checksum: the node does not compute it")]
    Empty,
    /// Another form.
    #[error("`{0}` is no checksum: expected 0x and 16 upper-case hex digits, as in 0x3FEC69A5C9D96848")]
    Form(String),
}

impl FromStr for Checksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Self, ChecksumError> {
        if text.is_empty() {
            return Err(ChecksumError::Empty);
        }
        let digits =
            text.strip_prefix("0x").and_then(|digits| <[u8; DIGITS]>::try_from(digits.as_bytes()).ok());
        match digits {
            Some(digits) if digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')) => {
                Ok(Checksum { digits })
            }
            // A peer can send anything; an error stays short.
            _ => Err(ChecksumError::Form(text.chars().take(2 * WIDTH).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_word_first_without_leading_zeros() {
        for (hash, text) in [
            (0, "0x0000000000000000"),
            (0xABCD_EF01_0000_0012, "0x12ABCDEF01000000"),
            (0x1234_5678_9ABC_DEF0, "0x9ABCDEF012345678"),
            (0x0000_0001_0000_0000, "0x0100000000000000"),
            (0x0000_0000_F000_0001, "0xF000000100000000"),
        ] {
            let checksum = Checksum::from_hash(hash);
            assert_eq!(checksum.to_string(), text);
            assert_eq!(text.parse(), Ok(checksum));
            assert!(checksum == text && checksum != text[1..]);
            assert_eq!(checksum.is_zero(), hash == 0);
        }
        // Two hashes, one text.
        assert_eq!(Checksum::from_hash(0x0000_0001_0000_0001), Checksum::from_hash(0x0000_0010_0000_0001));
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!("".parse::<Checksum>(), Err(ChecksumError::Empty));
        for text in ["0", "0x", "0x12", "0x12abcdef01000000", "12ABCDEF0100000000", "0x12ABCDEF0100000é"] {
            let error = text.parse::<Checksum>().unwrap_err();
            assert!(error.to_string().contains(text) && error.to_string().contains("16"), "{error}");
        }
    }
}
