//! Numbers: what begins with a digit behind a mark, up to the next mark.

use super::byte::is_mark;
use super::scan::Scanner;
use super::text::Text;

/// A number being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Where it begins in the query.
    begin: usize,
    /// It ends with the query and is one: `?` stands for it, and is pending as the number would be.
    replaced: bool,
}

impl Number {
    pub(super) fn at(begin: usize) -> Self {
        Number { begin, replaced: false }
    }

    /// A number that ends with the query.
    pub(super) fn replaced(begin: usize) -> Self {
        Number { begin, replaced: true }
    }

    /// What stands in the text for a number of which so much was read.
    pub(super) fn bytes<'q>(&self, query: &'q [u8], read: usize) -> &'q [u8] {
        if self.replaced { b"?" } else { &query[self.begin..read] }
    }
}

impl Scanner<'_> {
    /// Reads on in a number. If the text is full before its end is seen, or if the query ends with it, it
    /// stays pending.
    #[inline(never)]
    pub(super) fn read_number(&mut self, text: &mut Text<'_>) {
        let Some(number) = self.number else { return };
        let came = text.came();
        let begin = self.at;
        let full = self.query.len().min(number.begin + (self.most - came));
        let ends = self.pass_number(full);
        text.lay_number(self.table, &self.query[begin..self.at], came + (begin - number.begin));
        if ends {
            self.end_number(number, text);
        }
    }

    /// Goes to the byte that ends a number: the first that can't belong to it, or the query's last. Says whether
    /// that comes before the text is full.
    fn pass_number(&mut self, full: usize) -> bool {
        while self.at < full {
            let byte = self.query[self.at];
            let goes_on = match byte {
                b'.' => true,
                b'+' | b'-' => matches!(self.before, b'e' | b'E'),
                _ => !is_mark(byte),
            };
            if !goes_on || self.at + 1 == self.query.len() {
                return true;
            }
            self.before = byte;
            self.at += 1;
        }
        false
    }

    /// The byte at hand ends the number, or the query.
    fn end_number(&mut self, number: Number, text: &mut Text<'_>) {
        let read = number.bytes(self.query, self.at);
        self.number = None;
        if !is_number(read) {
            for &byte in read {
                text.push_cased(byte);
            }
        } else if is_mark(self.query[self.at]) {
            text.push(b'?');
            self.before = b'?';
        } else {
            // The query's last byte goes, whatever it is.
            self.number = Some(Number::replaced(number.begin));
            self.before = b'?';
            self.at = self.query.len();
        }
    }
}

/// Whether what was read so far is a literal: `12`, `1.5e-3`, `0x1F`, but also `1.2.3` and `1e`. Not so `0b1` and `12a`.
fn is_number(read: &[u8]) -> bool {
    match read {
        [b'0', b'x' | b'X', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        _ => {
            let mut before = 0;
            read.iter().all(|&byte| {
                let after_e = matches!(std::mem::replace(&mut before, byte), b'e' | b'E');
                byte.is_ascii_digit()
                    || matches!(byte, b'.' | b'e' | b'E')
                    || after_e && matches!(byte, b'+' | b'-')
            })
        }
    }
}
