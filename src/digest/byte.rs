//! What a byte is, and which byte may follow which without anything having to be done.

/// A byte's entry in a [`Table`]: what it is, what it may not follow, and the byte that is written for it.
#[derive(Clone, Copy)]
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

    pub(super) const ALL: u32 = WORD | SPACE | OPENER | MARK | OTHER;
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
    use kind::{ALL, MARK, OPENER, OTHER, SPACE, WORD};

    let (kind, not_behind) = match byte {
        // Behind a mark, a number begins.
        b'0'..=b'9' => (WORD, if no_digits { ALL } else { ALL - WORD }),
        // Behind a mark, perhaps NULL.
        b'n' | b'N' if replace_null => (WORD, ALL - WORD),
        _ if is_word(byte) => (WORD, 0),
        // What comes behind it may still drop it; see `Text::copy_plain`.
        b' ' => (SPACE, SPACE | OPENER | OTHER),
        b',' => (OPENER, SPACE),
        b'(' => (OPENER, 0),
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
