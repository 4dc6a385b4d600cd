//! What goes on is cut short: `(?,?,?,?,?)` becomes `(?,?,?,...)`, and many of those become
//! `(?,?,?,...),(?,?,?,...),...`.
//!
//! Both passes work in place: `read` goes over the text, `write` follows it. What they see at their right was
//! not touched yet; at their left, what was written. That is how ProxySQL does it, and it shows in odd texts.

use memchr::{memchr, memchr2};

use super::byte::is_operator;

/// A text to be cut short in place.
#[derive(Debug)]
pub(super) struct Fold<'t> {
    bytes: &'t mut [u8],
    /// The text's length; what is pending stands behind it.
    len: usize,
    pending: usize,
    read: usize,
    write: usize,
    removed: usize,
    is_overrun: bool,
}

/// Where a list or a group starts that was cut short before.
const LIST_CUT: &[u8] = b",...";
const GROUP_CUT: &[u8] = b"),...";

impl<'t> Fold<'t> {
    /// A text of `len` bytes, with so many pending ones behind it, and room for one more.
    pub(super) fn new(bytes: &'t mut [u8], len: usize, pending: usize) -> Self {
        bytes[len + pending] = 0;
        Fold { bytes, len, pending, read: 0, write: 0, removed: 0, is_overrun: false }
    }

    /// The text's length, without what is pending.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether the byte behind the text was taken for a part of it: a zero, most often.
    pub(super) fn is_overrun(&self) -> bool {
        self.is_overrun
    }

    /// How many bytes the last pass took away.
    pub(super) fn removed(&self) -> usize {
        self.removed
    }

    /// Cuts lists of more than `limit + 1` literals between brackets, from there on. Says how many it cut.
    pub(super) fn lists(&mut self, from: usize, limit: i8) -> usize {
        let from = if from + 1 < self.len { from } else { 0 };
        (self.read, self.write) = (from, from);
        let mut inside = false;
        let mut cuts = 0;
        // Whether the last byte written is a dot: the list may have been cut.
        let mut dotted = false;
        while limit != 0 && self.read < self.len {
            if !inside {
                self.copy_to(self.next(memchr(b'(', self.rest())));
                if self.read >= self.len {
                    break;
                }
            }
            if dotted && self.has_written(LIST_CUT) && self.read + 1 < self.len && self.skip_list() {
                break;
            }
            if inside && self.bytes[self.read] == b'?' && self.cut_list(limit.into()) {
                dotted = self.has_written(b".");
                cuts += usize::from(dotted);
                continue;
            }
            let byte = self.copy_byte();
            dotted = inside && byte == b'.';
            inside = byte == b'(' || inside && byte != b')';
        }
        if limit == 0 {
            self.removed = 0;
        } else {
            self.end();
        }
        cuts
    }

    /// Cuts more than `limit` groups: lists of `values` values that were cut.
    pub(super) fn groups(&mut self, from: usize, values: i8, limit: i8) {
        let (Ok(values), Ok(limit)) = (usize::try_from(values), usize::try_from(limit)) else { return };
        let from = if from + 1 < self.len { from } else { 0 };
        if values == 0 || limit == 0 {
            return;
        }
        (self.read, self.write) = (from, from);
        while self.read < self.len {
            // (Where the text has outgrown itself, a byte may just have been written over.)
            if !self.has_written(b".") && self.write <= self.read {
                self.copy_to(self.next(memchr2(b'(', b'.', self.rest())));
            }
            if self.has_written(GROUP_CUT) {
                let read = self.read;
                let ended = self.skip_groups(values);
                if self.read > read {
                    continue;
                }
                if ended {
                    break;
                }
            }
            self.cut_groups(values, limit);
            if self.read >= self.len {
                break;
            }
            self.copy_byte();
        }
        self.end();
    }

    /// Behind a list that was cut: passes what else belongs to it. Says whether only a pending number is left.
    fn skip_list(&mut self) -> bool {
        let mut at = self.read + usize::from(self.at(self.read) == b',');
        while at + 1 < self.len && self.sees(at, b"?,") {
            at += 2;
        }
        let last = at + 1 < self.len && self.sees(at, b"?)");
        at += usize::from(last);
        if at > self.read + 1 || last {
            self.read = at;
        }
        self.pending > 0 && at + 1 >= self.len && self.at(at).is_ascii_digit()
    }

    /// Cuts the list of literals that stands here, if it is one of several and far enough from the end.
    fn cut_list(&mut self, limit: isize) -> bool {
        let begin = self.read;
        let is_list = self.sees(begin, b"?,?,") || self.sees(begin, b"?,?)");
        let reach = begin.cast_signed() + 2 * limit + 1;
        if !is_list || reach >= self.len.cast_signed() || is_operator(self.at(begin.wrapping_sub(1))) {
            return false;
        }
        let mut at = begin;
        while at + 1 < self.len && self.sees(at, b"?,") {
            at += 2;
        }
        let values = ((at - begin) / 2).cast_signed();
        let closed = at + 1 < self.len && self.at(at + 1) == b')';
        if 2 * values + isize::from(closed) < 2 * limit + 3 {
            self.copy_to(at);
        } else {
            for _ in 0..limit {
                self.put(b"?,");
            }
            if values > limit && limit > 0 {
                self.put(b"...");
            }
            self.read = if closed { at + 1 } else { at - 1 };
        }
        true
    }

    /// Behind groups that were cut: passes further ones. Says whether nothing is left.
    fn skip_groups(&mut self, values: usize) -> bool {
        let mut at = self.read + usize::from(matches!(self.at(self.read), b',' | b' '));
        while self.is_group(at, values) {
            at += group_len(values);
            // And what is behind it; but not the text's last byte.
            at += usize::from(at + 1 != self.len);
        }
        if at > self.read + 1 {
            self.read = at - 1;
        }
        at + 1 >= self.len
    }

    /// Cuts the groups that stand here, if they are too many.
    fn cut_groups(&mut self, values: usize, limit: usize) {
        let width = group_len(values) + 1;
        if self.read + width * (limit + 1) > self.len + 1 || !self.sees(self.read, b"(?,") {
            return;
        }
        let mut at = self.read;
        let mut count = 0;
        while self.is_group(at, values) {
            at += group_len(values);
            at += usize::from(self.at(at) == b',');
            count += 1;
        }
        if count > limit {
            self.copy_to(self.read + width * limit);
            self.put(b"...");
            self.read = at;
        }
    }

    /// Whether a list that was cut stands here.
    fn is_group(&self, at: usize, values: usize) -> bool {
        let Some(group) = self.bytes[..self.len].get(at..at + group_len(values)) else { return false };
        let (pairs, end) = group[1..].split_at(2 * values);
        group[0] == b'(' && end == b"...)" && pairs.chunks(2).all(|pair| pair == b"?,")
    }

    fn next(&self, found: Option<usize>) -> usize {
        found.map_or(self.len, |count| self.read + count)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.read..self.len).unwrap_or(&[])
    }

    /// A byte of the buffer; zeros behind what is known of it.
    fn at(&self, at: usize) -> u8 {
        if at < self.len + self.pending { self.bytes[at] } else { 0 }
    }

    fn sees(&self, at: usize, bytes: &[u8]) -> bool {
        self.bytes.get(at..self.len + self.pending).is_some_and(|rest| rest.starts_with(bytes))
    }

    /// Whether the text written so far ends so, and is not only that.
    fn has_written(&self, bytes: &[u8]) -> bool {
        self.write > bytes.len() && self.bytes[..self.write].ends_with(bytes)
    }

    fn copy_to(&mut self, end: usize) {
        let count = (end - self.read).min(self.room());
        if self.write != self.read {
            self.bytes.copy_within(self.read..self.read + count, self.write);
        }
        self.read = end;
        self.write += count;
    }

    fn copy_byte(&mut self) -> u8 {
        self.is_overrun |= self.read >= self.len;
        let byte = self.bytes[self.read];
        self.read += 1;
        self.put(&[byte]);
        byte
    }

    fn put(&mut self, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(self.room())];
        self.bytes[self.write..self.write + bytes.len()].copy_from_slice(bytes);
        self.write += bytes.len();
    }

    /// How much more can be written. Groups without a comma between them get longer when they are cut; a
    /// ProxySQL then writes behind its buffer.
    fn room(&self) -> usize {
        self.bytes.len().saturating_sub(self.write + self.pending + 1)
    }

    /// Moves what is pending behind what was written.
    fn end(&mut self) {
        self.removed = self.len - self.write.min(self.len);
        for at in 0..self.pending {
            self.bytes[self.write + at] = self.bytes[self.len + at];
        }
        self.len = self.write;
        self.bytes[self.len + self.pending] = 0;
    }
}

/// `(?,?,?,...)` for 3 values.
fn group_len(values: usize) -> usize {
    2 * values + 5
}
