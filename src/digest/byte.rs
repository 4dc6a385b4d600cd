//! What a byte is, and which byte may follow which without anything having to be done.

/// A byte's entry in a [`Table`]: what it is, what it may not follow, and the byte that is written for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry(u32);

/// A byte's kind, as the byte before another one.
mod kind {
    /// Letter, digit, `$`, `_`.
    pub(super) const WORD: u32 = 1;
    /// The space, and only it.
    pub(super) const SPACE: u32 = 2;
    /// A mark behind which a space is dropped: `(` and `,`.
    pub(super) const OPENER: u32 = 4;
    /// Any other mark that can only be what it looks like.
    pub(super) const MARK: u32 = 8;
    /// Whatever needs a second look.
    pub(super) const OTHER: u32 = 16;

    /// A dot, which is a mark: two of them may be the end of a list that was cut.
    pub(super) const DOT: u32 = 32;
    pub(super) const ALL: u32 = WORD | SPACE | OPENER | MARK | OTHER | DOT;

    /// `(`, which is an opener: there can be lists. Not looked at from byte to byte.
    pub(super) const BRACKET: u32 = 64;
}

/// Which bytes that matter later came at all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen(u32);

impl Seen {
    const DOTS: u32 = 1 << 24;
    const NUL: u32 = 1 << 25;

    /// A byte that is plain behind the one before.
    #[inline(always)]
    pub(super) fn add_plain(&mut self, entry: Entry) {
        self.0 |= entry.0;
    }

    /// Any byte.
    #[inline(always)]
    pub(super) fn add(&mut self, byte: u8) {
        self.0 |= match byte {
            b'(' => kind::BRACKET,
            b'.' => Seen::DOTS,
            0 => Seen::NUL,
            _ => 0,
        };
    }

    pub(super) fn bracket(self) -> bool {
        self.0 & kind::BRACKET != 0
    }

    /// Whether there may be several dots in a row.
    pub(super) fn dots(self) -> bool {
        self.0 & Seen::DOTS != 0
    }

    pub(super) fn nul(self) -> bool {
        self.0 & Seen::NUL != 0
    }
}

impl Entry {
    /// Whether this byte, behind that one, is copied without another thought.
    #[inline(always)]
    pub(super) fn is_plain_behind(self, before: Entry) -> bool {
        (self.0 >> 8) & before.0 & kind::ALL == 0
    }

    /// The byte to write.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn written(self) -> u8 {
        (self.0 >> 16) as u8
    }
}

/// An entry for each byte.
pub(super) type Table = [Entry; 256];

/// The table for these options.
pub(super) fn table(lowercase: bool, replace_null: bool, no_digits: bool) -> &'static Table {
    &TABLES[usize::from(lowercase) | usize::from(replace_null) << 1 | usize::from(no_digits) << 2]
}

static TABLES: [Table; 8] = {
    let mut tables = [[Entry(0); 256]; 8];
    let mut options = 0;
    while options < 8 {
        let mut byte = 0;
        while byte < 256 {
            #[allow(clippy::cast_possible_truncation)]
            let entry = entry(byte as u8, options & 1 != 0, options & 2 != 0, options & 4 != 0);
            tables[options][byte] = entry;
            byte += 1;
        }
        options += 1;
    }
    tables
};

const fn entry(byte: u8, lowercase: bool, replace_null: bool, no_digits: bool) -> Entry {
    use kind::{ALL, BRACKET, DOT, MARK, OPENER, OTHER, SPACE, WORD};

    let (kind, not_behind) = match byte {
        b'0'..=b'9' if no_digits => (OTHER, ALL),
        // Behind a mark, a number begins.
        b'0'..=b'9' => (WORD, ALL - WORD),
        // Behind a mark, perhaps NULL.
        b'n' | b'N' if replace_null => (WORD, ALL - WORD),
        _ if is_word(byte) => (WORD, 0),
        // What comes behind it may still drop it; see `Text::copy_plain`.
        b' ' => (SPACE, SPACE | OPENER | OTHER),
        b',' => (OPENER, SPACE),
        b'(' => (OPENER | BRACKET, 0),
        b'.' => (MARK | DOT, DOT),
        b')' => (MARK, SPACE),
        // Comments, strings, signs, blanks that become spaces, and what is a literal's sign itself.
        b'/' | b'#' | b'-' | b'+' | b'\'' | b'"' | b'?' | b'\t' | b'\n' | b'\r' | 0 => (OTHER, ALL),
        _ => (MARK, 0),
    };
    let written = if lowercase { byte.to_ascii_lowercase() } else { byte };
    Entry(kind | not_behind << 8 | (written as u32) << 16)
}

/// A letter, digit, `$` or `_`.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'$' || byte == b'_'
}

/// What a literal can follow.
pub(super) const fn is_mark(byte: u8) -> bool {
    !is_word(byte)
}

/// Space, tab, line feed, carriage return; no form feed, no vertical tab.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) const fn is_operator(byte: u8) -> bool {
    matches!(byte, b'+' | b'-' | b'*' | b'/' | b'%')
}

/// How many digits there are at the begin: their exact number below eight, else eight.
#[inline(always)]
pub(super) fn leading_digits(bytes: &[u8]) -> usize {
    let Some(word) = bytes.first_chunk::<8>() else {
        return bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    };
    // A byte of the sum has its highest bit set where the byte is above 9, or was no ASCII.
    let above_zero = u64::from_le_bytes(*word) ^ 0x3030_3030_3030_3030;
    let others =
        (above_zero | ((above_zero & 0x7F7F_7F7F_7F7F_7F7F) + 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
    others.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted() {
        for byte in 0..=255 {
            let mut bytes = *b"01234567";
            for at in 0..8 {
                bytes[at] = byte;
                let expected = if byte.is_ascii_digit() { 8 } else { at };
                assert_eq!(leading_digits(&bytes), expected, "{byte} at {at}");
                assert_eq!(leading_digits(&bytes[..=at]), if byte.is_ascii_digit() { at + 1 } else { at });
                bytes[at] = b'9';
            }
        }
    }
}
