//! Reading the query: literals become `?`, comments go, blanks become one.

use memchr::{memchr2, memchr3};

use super::Options;
use super::byte::{self, Table, is_blank, is_mark};
use super::comment::Comments;
use super::number::Number;
use super::text::Text;

/// Reads a query from its begin to its end, or as far as there is room for the text.
#[derive(Debug)]
pub(super) struct Scanner<'q> {
    pub(super) query: &'q [u8],
    /// The place read next.
    pub(super) at: usize,
    /// The most bytes of text.
    pub(super) most: usize,
    /// What counts as the byte before `at`; decides whether a literal can begin.
    pub(super) before: u8,
    /// A number whose end was not seen yet.
    pub(super) number: Option<Number>,
    replace_null: bool,
    pub(super) table: &'static Table,
}

impl<'q> Scanner<'q> {
    pub(super) fn new(query: &'q [u8], most: usize, options: &Options) -> Self {
        let table = byte::table(options.lowercase, options.replace_null, options.no_digits);
        Scanner { query, at: 0, most, before: 0, number: None, replace_null: options.replace_null, table }
    }

    /// The number whose end was not seen yet, as far as it was read.
    pub(super) fn pending(&self) -> &'q [u8] {
        self.number.map_or(b"", |number| number.bytes(self.query, self.at))
    }

    /// Reads on until the query ends or the text is full.
    pub(super) fn run(&mut self, text: &mut Text, comments: &mut Comments) {
        let table = self.table;
        if self.number.is_some() {
            self.read_number(text);
        }
        while self.at < self.query.len() && self.number.is_none() {
            let came = text.came();
            if came >= self.most {
                break;
            }
            let end = self.query.len().min(self.at + (self.most - came));
            let count = text.copy_plain(table, &self.query[self.at..end], self.before);
            if count > 0 {
                self.at += count;
                self.before = self.query[self.at - 1];
                if self.at == end {
                    continue;
                }
            }
            self.step(text, comments);
        }
    }

    /// Whatever begins at a byte that is not plain.
    fn step(&mut self, text: &mut Text, comments: &mut Comments) {
        let byte = self.query[self.at];
        match byte {
            b'0'..=b'9' if is_mark(self.before) => self.begin_number(text),
            b'\'' | b'"' => self.skip_string(byte, text),
            _ if is_blank(byte) => self.take_blank(text),
            b'/' if self.sees(b"/*") && self.at + 1 < self.most => comments.read(self, text),
            b'#' => self.skip_hash_comment(),
            b'-' if self.at_dashes() && self.at + 2 < self.most && (self.before != b'-' || self.at == 0) => {
                self.skip_dashes_comment();
            }
            b'n' | b'N' if self.replace_null && is_mark(self.before) && self.at_null() => {
                text.push_literal();
                self.before = b'?';
                self.at += 4;
            }
            _ => self.take(byte, text),
        }
    }

    /// Appends a byte as it is.
    fn take(&mut self, byte: u8, text: &mut Text) {
        text.push_cased(byte);
        self.before = byte;
        self.at += 1;
    }

    /// Of several blanks, one is taken; none at the begin.
    fn take_blank(&mut self, text: &mut Text) {
        let byte = self.query[self.at];
        if text.came() == 0 {
            self.at += 1;
        } else if is_blank(self.before) {
            text.push_further_blank();
            self.at += 1;
            self.before = b' ';
        } else {
            text.push(b' ');
            self.before = byte;
            self.at += 1;
        }
    }

    /// A string becomes `?`; one that is not closed leaves nothing.
    fn skip_string(&mut self, quote: u8, text: &mut Text) {
        self.before = quote;
        self.at += 1;
        while let Some(found) = memchr2(quote, b'\\', &self.query[self.at..]) {
            let at = self.at + found;
            let byte = self.query[at];
            let next = self.query.get(at + 1).copied();
            if byte == quote && next != Some(quote) {
                text.push_literal();
                self.before = 0;
                self.at = at + 1;
                return;
            }
            // Two quotes, or a backslash and what it hides.
            let hides = next == Some(quote) || next == Some(b'\\');
            self.at = if hides { at + 2 } else { at + 1 };
        }
        self.at = self.query.len();
    }

    /// `# comment`: up to the end of the line, except that each `#` hides the byte behind it.
    fn skip_hash_comment(&mut self) {
        let last = self.query.len() - 1;
        loop {
            if self.query[self.at] == b'#' && self.at < last {
                self.at += 1;
                if self.at + 1 == last {
                    return;
                }
            }
            if self.ends_line() {
                return;
            }
            self.skip_to(memchr3(b'#', b'\n', b'\r', &self.query[self.at..]));
        }
    }

    /// `-- comment`: up to the end of the line, except that each further `-- ` hides the byte behind it.
    fn skip_dashes_comment(&mut self) {
        let last = self.query.len() - 1;
        loop {
            if self.at_dashes() && self.at + 3 <= last {
                self.at += 3;
                if self.at + 3 == last {
                    return;
                }
            }
            if self.ends_line() {
                return;
            }
            self.skip_to(memchr3(b'-', b'\n', b'\r', &self.query[self.at..]));
        }
    }

    /// Goes so many bytes on; to the last one if there is no place to go to.
    fn skip_to(&mut self, found: Option<usize>) {
        self.at = found.map_or(self.query.len() - 1, |count| self.at + count);
        self.before = self.query[self.at - 1];
    }

    /// Passes a byte of a comment to the end of the line; says whether that was its end.
    fn ends_line(&mut self) -> bool {
        let byte = self.query[self.at];
        self.at += 1;
        let ends = matches!(byte, b'\n' | b'\r') || self.at == self.query.len();
        self.before = if ends { b' ' } else { byte };
        ends
    }

    pub(super) fn sees(&self, bytes: &[u8]) -> bool {
        self.query[self.at..].starts_with(bytes)
    }

    fn at_dashes(&self) -> bool {
        matches!(self.query[self.at..], [b'-', b'-', blank, ..] if is_blank(blank))
    }

    fn at_null(&self) -> bool {
        let rest = &self.query[self.at..];
        rest.len() >= 4
            && rest[..4].eq_ignore_ascii_case(b"null")
            && rest.get(4).is_none_or(|&behind| is_mark(behind))
    }
}
