//! The text as it is written: blanks, signs and digits are decided here, as soon as the byte behind is known.
//!
//! ProxySQL first writes the whole text and then goes over it in place, looking at its neighbours in the
//! buffer: left of the place written last stands what was written, right of it the old text. To come to the
//! same answers in one go, the text keeps the two bytes that came last and how many were dropped.

use memchr::memchr;

use super::Options;
use super::byte::{Seen, Table, is_blank, is_operator, is_word};

/// A digest text in the making.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Text<'t> {
    /// The buffer; what was written is `bytes[..len]`. It always has some room behind that.
    pub(super) bytes: &'t mut [u8],
    /// How many bytes were written.
    pub(super) len: usize,
    /// How many bytes were dropped since the text was begun or rewound.
    pub(super) dropped: usize,
    /// A byte that came and is decided with the next one: a space or a sign; 0 if there is none.
    held: u8,
    /// The last two bytes that came before `held`, as they came.
    last: u8,
    last_but_one: u8,
    pub(super) seen: Seen,
    /// How many lists were cut so far.
    pub(super) cuts: usize,
    /// What ProxySQL's buffer holds behind the text is kept, too.
    is_exact: bool,
    /// What is there matters, and was not kept.
    pub(super) wants_exact: bool,
    /// Behind that place, the buffer holds nothing of this query.
    touched: usize,
    lowercase: bool,
    /// Whether digits are replaced.
    no_digits: bool,
    keep_comment: bool,
}

/// By how much a text may outgrow its limit, in very odd cases; see `Fold::room`.
const GROWTH: usize = 256;
/// What is seen left of the text's begin.
const NOTHING: u8 = b'0';
/// What is seen right of the text's end.
const END: u8 = 0;

impl<'t> Text<'t> {
    /// An empty text, for at most so many bytes.
    #[inline(always)]
    pub(super) fn new(buffer: &'t mut Vec<u8>, most: usize, is_exact: bool, options: &Options) -> Self {
        // Room for the byte behind the end. Old content stays: none of it is read before it is written.
        let room = most + 1 + GROWTH;
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        Text {
            bytes: &mut buffer[..room],
            last: NOTHING,
            last_but_one: NOTHING,
            is_exact,
            lowercase: options.lowercase,
            no_digits: options.no_digits,
            keep_comment: options.keep_comment,
            ..Text::default()
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Goes over the bytes behind `from` once more, up to `end`.
    #[inline(never)]
    pub(super) fn rewound(mut self, from: usize, end: usize) -> Self {
        self.len = from;
        self.dropped = 0;
        self.held = 0;
        let before = |count: usize| from.checked_sub(count).map_or(NOTHING, |at| self.bytes[at]);
        (self.last, self.last_but_one) = (before(1), before(2));
        for at in from..end {
            self.push(self.bytes[at]);
        }
        self
    }

    /// How many bytes came; those dropped since the last rewind count.
    #[inline(always)]
    pub(super) fn came(&self) -> usize {
        self.len + self.dropped + usize::from(self.held != 0)
    }

    /// The byte that came last.
    pub(super) fn last_came(&self) -> u8 {
        if self.held == 0 { self.last } else { self.held }
    }

    /// Takes a byte.
    pub(super) fn push(&mut self, byte: u8) {
        if self.is_exact {
            self.lay(byte, self.came());
        }
        self.put(byte);
    }

    /// Takes a byte. Not for an exact text.
    #[inline(always)]
    pub(super) fn put(&mut self, byte: u8) {
        self.decide(byte);
        self.seen.add(byte);
        match byte {
            // Dropped whatever comes.
            b' ' if matches!(self.last, b'(' | b',') => self.drop(b' '),
            b' ' | b'+' | b'-' => self.held = byte,
            b'0'..=b'9' if self.no_digits => self.push_digit(byte),
            _ => self.keep(byte),
        }
    }

    /// Takes the `?` of a literal. Not for an exact text.
    #[inline(always)]
    pub(super) fn put_literal(&mut self) {
        self.decide(b'?');
        self.keep(b'?');
    }

    /// Takes a blank behind another one: nothing, as a rule.
    ///
    /// Behind a comment to the end of the line the first blank may not have been taken. Then whatever stands in
    /// the buffer comes into the text: often the remains of a number, and else what was in ProxySQL's memory
    /// before. Nobody can rely on the latter; here it is the blank that should stand there.
    pub(super) fn push_further_blank(&mut self) {
        let at = self.came();
        if !is_blank(self.last_came()) {
            self.wants_exact |= !self.is_exact;
            self.push(if at < self.touched { self.bytes[at] } else { b' ' });
        }
        if self.is_exact {
            self.lay(b' ', self.came());
        }
    }

    /// Puts a number where the text goes on, without taking it: that is decided at its end.
    pub(super) fn lay_number(&mut self, table: &Table, number: &[u8], at: usize) {
        if !self.is_exact {
            return;
        }
        let Some(room) = self.bytes.get_mut(at..at + number.len()) else { return };
        for (to, &byte) in room.iter_mut().zip(number) {
            *to = table[usize::from(byte)].written();
        }
        self.touched = self.touched.max(at + number.len());
    }

    /// Puts a byte where the text goes on, as ProxySQL does before blanks, signs and digits are decided.
    fn lay(&mut self, byte: u8, at: usize) {
        if let Some(to) = self.bytes.get_mut(at) {
            *to = byte;
            self.touched = self.touched.max(at + 1);
        }
    }

    /// Takes a byte of the query, in lower case if that is asked for.
    pub(super) fn push_cased(&mut self, byte: u8) {
        self.push(if self.lowercase { byte.to_ascii_lowercase() } else { byte });
    }

    /// Copies the longest run at the source's begin of which each byte is plain behind the one before it;
    /// gives its length. Not for an exact text.
    #[inline(always)]
    pub(super) fn copy_plain(&mut self, table: &Table, source: &[u8], before: u8) -> usize {
        let mut left = table[usize::from(before)];
        let Some(&first) = source.first() else { return 0 };
        let begins_blank = first == b' ' && self.came() == 0;
        if begins_blank || !table[usize::from(first)].is_plain_behind(left) {
            return 0;
        }
        self.decide(first);
        let mut count = 0;
        let mut seen = self.seen;
        for (to, &byte) in self.bytes[self.len..].iter_mut().zip(source) {
            let entry = table[usize::from(byte)];
            if !entry.is_plain_behind(left) {
                break;
            }
            *to = entry.written();
            seen.add_plain(entry);
            left = entry;
            count += 1;
        }
        self.seen = seen;
        self.len += count;
        let earlier = self.last;
        let came = |back: usize| count.checked_sub(back).and_then(|at| source.get(at)).copied();
        if source[count - 1] == b' ' {
            // What comes next may drop it.
            self.len -= 1;
            self.held = b' ';
            (self.last, self.last_but_one) = (
                came(2).unwrap_or(earlier),
                came(3).unwrap_or(if count == 2 { earlier } else { self.last_but_one }),
            );
        } else {
            (self.last, self.last_but_one) = (source[count - 1], came(2).unwrap_or(earlier));
        }
        count
    }

    /// Ends the text for now, with what is pending behind it.
    #[inline(always)]
    pub(super) fn finish(&mut self, pending: &[u8]) {
        let lowercase = self.lowercase;
        let cased = |byte: u8| if lowercase { byte.to_ascii_lowercase() } else { byte };
        let pending = pending.iter().map(|&byte| cased(byte));
        let end = self.came() + pending.len();
        self.bytes[end] = 0;
        self.decide(pending.clone().next().unwrap_or(END));
        for (to, byte) in self.bytes[self.len..].iter_mut().zip(pending) {
            *to = byte;
        }
    }

    /// Ends the text for good: it is so long, with so many pending bytes behind it. Gives its length.
    #[inline(always)]
    pub(super) fn close(&mut self, len: usize, pending: usize, is_full: bool) -> usize {
        if is_full && pending > 0 && self.bytes[len].is_ascii_digit() {
            self.bytes[len] = b'?';
            return self.until_nul(len + 1);
        }
        let text = &self.bytes[..len + pending];
        let is_kept = |byte: &u8| !matches!(byte, b' ' | b';');
        let len = text.iter().rposition(is_kept).map_or(text.len().min(1), |last| last + 1);
        self.until_nul(len)
    }

    #[inline(always)]
    fn until_nul(&self, len: usize) -> usize {
        if self.seen.nul() { memchr(0, &self.bytes[..len]).unwrap_or(len) } else { len }
    }

    #[inline(always)]
    fn decide(&mut self, right: u8) {
        if self.held != 0 {
            let held = std::mem::take(&mut self.held);
            let (left, left2) = self.neighbours();
            if is_dropped(held, left2, left, right, self.keep_comment) {
                self.drop(held);
            } else {
                self.keep(held);
            }
        }
    }

    /// The two bytes left of the one that is decided, as they stand in ProxySQL's buffer.
    #[inline(always)]
    fn neighbours(&self) -> (u8, u8) {
        let written = |count: usize| self.len.checked_sub(count).map_or(NOTHING, |at| self.bytes[at]);
        match self.dropped {
            0 => (written(1), written(2)),
            1 => (self.last, written(1)),
            _ => (self.last, self.last_but_one),
        }
    }

    /// A run of digits becomes one `?`; none behind another `?` or at the begin of the text.
    fn push_digit(&mut self, digit: u8) {
        if self.len > 0 && self.bytes[self.len - 1] != b'?' {
            self.keep(b'?');
            self.last = digit;
        } else {
            self.drop(digit);
        }
    }

    #[inline(always)]
    fn keep(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.len) {
            *to = byte;
        }
        self.len += 1;
        (self.last_but_one, self.last) = (self.last, byte);
    }

    #[inline(always)]
    fn drop(&mut self, byte: u8) {
        self.dropped += 1;
        (self.last_but_one, self.last) = (self.last, byte);
    }
}

/// Whether a blank or a sign goes.
fn is_dropped(held: u8, left2: u8, left: u8, right: u8, keep_comment: bool) -> bool {
    if held == b' ' { drops_space(left2, left, right, keep_comment) } else { drops_sign(left2, left, right) }
}

fn drops_space(left2: u8, left: u8, right: u8, keep_comment: bool) -> bool {
    if left == b'(' || right == b')' {
        return true;
    }
    // A kept comment is no operator.
    let comment = keep_comment && (left2, left) == (b'*', b'/');
    let around = is_operator(left) && right == b'?' || left == b',' || right == b',';
    around && !comment || left == b'?' && is_operator(right)
}

/// A sign of a literal.
fn drops_sign(left2: u8, left: u8, right: u8) -> bool {
    let is_opening = |byte: u8| !is_word(byte) && byte != b'?' && byte != b')';
    let before_literal = right == b'?' || right == b' ';
    if left == b' ' {
        is_word(left2) || is_opening(left2) && before_literal
    } else {
        is_opening(left) && before_literal
    }
}
