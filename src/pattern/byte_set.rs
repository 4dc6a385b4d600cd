//! A set of bytes, and the classes of the "C" locale that PCRE's escapes and POSIX names mean.

use std::fmt;

/// A set of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) const EMPTY: ByteSet = ByteSet([0; 4]);
    pub(super) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    pub(super) fn of(bytes: &[u8]) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        for &byte in bytes {
            set.insert(byte);
        }
        set
    }

    pub(super) fn matching(test: impl Fn(u8) -> bool) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        for byte in 0..=u8::MAX {
            if test(byte) {
                set.insert(byte);
            }
        }
        set
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn insert_range(&mut self, from: u8, to: u8) {
        for byte in from..=to {
            self.insert(byte);
        }
    }

    pub(super) fn join(&mut self, other: &ByteSet) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    #[must_use]
    pub(super) fn negated(&self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }

    /// The set with both cases of each ASCII letter in it.
    #[must_use]
    pub(super) fn folded(&self) -> ByteSet {
        let mut set = *self;
        for byte in self.iter().filter(u8::is_ascii_alphabetic) {
            set.insert(byte ^ 0x20);
        }
        set
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|&byte| self.contains(byte))
    }

    /// The lower-case letter, when the set holds both cases of one letter and nothing else.
    pub(super) fn letter(&self) -> Option<u8> {
        let mut bytes = self.iter();
        let upper = bytes.next()?;
        (self.len() == 2 && upper.is_ascii_uppercase() && self.contains(upper | 0x20)).then_some(upper | 0x20)
    }

    /// The bytes as ranges, both ends in.
    pub(super) fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in self.iter() {
            match ranges.last_mut() {
                Some((_, end)) if u16::from(*end) + 1 == u16::from(byte) => *end = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }
}

impl fmt::Debug for ByteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ranges()).finish()
    }
}

/// `\w`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `\s`, since PCRE 8.34 with the vertical tab.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// `\h`: blank, tab and the no-break space of Latin-1.
pub(super) fn is_horizontal(byte: u8) -> bool {
    matches!(byte, b'\t' | b' ' | 0xA0)
}

/// `\v`: the line ends, NEL of Latin-1 among them.
pub(super) fn is_vertical(byte: u8) -> bool {
    matches!(byte, b'\n'..=b'\r' | 0x85)
}

/// A POSIX class by its name.
pub(super) fn posix_class(name: &[u8]) -> Option<fn(u8) -> bool> {
    Some(match name {
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"ascii" => |byte| byte.is_ascii(),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"print" => |byte| byte.is_ascii_graphic() || byte == b' ',
        b"punct" => |byte| byte.is_ascii_punctuation(),
        b"space" => is_space,
        b"word" => is_word,
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => return None,
    })
}
