//! Reading the query: literals become `?`, comments go, blanks become one.

use memchr::{memchr2, memchr3};

use super::Options;
use super::byte::{self, Table, is_blank, is_mark, leading_digits};
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
    ///
    /// The text comes and goes by value, and so do the steps that are not inlined get it: what `skim` does with it
    /// then stays in registers.
    #[inline(always)]
    pub(super) fn run<'t>(&mut self, mut text: Text<'t>, comments: &mut Comments) -> Text<'t> {
        if self.number.is_some() {
            text = self.slowly(text, Self::read_number);
        }
        while self.at < self.query.len() && self.number.is_none() && text.came() < self.most {
            if text.is_exact() || self.skim(&mut text) {
                text = self.slowly(text, |scanner, text| scanner.step(text, comments));
            }
        }
        text
    }

    #[inline(always)]
    fn slowly<'t>(&mut self, mut text: Text<'t>, step: impl FnOnce(&mut Self, &mut Text<'t>)) -> Text<'t> {
        step(self, &mut text);
        text
    }

    /// Reads what most queries are made of: what is plain, single blanks, signs, short numbers, and strings. All
    /// that it does, [`step`](Self::step) does too, but slower. Stops before anything else and says whether there
    /// is such a thing.
    #[inline(always)]
    fn skim(&mut self, text: &mut Text<'_>) -> bool {
        let (query, table) = (self.query, self.table);
        let (mut at, mut before) = (self.at, self.before);
        // No byte read gives more than one of text.
        let end = query.len().min(at + (self.most - text.came()));
        let stopped = loop {
            let count = text.copy_plain(table, &query[at..end], before);
            if count > 0 {
                at += count;
                before = query[at - 1];
            }
            let Some(&byte) = query[..end].get(at) else { break false };
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' => {
                    if is_blank(before) || text.came() == 0 {
                        break true;
                    }
                    text.put(b' ');
                    before = byte;
                    at += 1;
                }
                b'0'..=b'9' if is_mark(before) => {
                    let digits = leading_digits(&query[at..end]);
                    // A mark behind it, or nothing. (Eight digits may be more of them.)
                    match query[..end].get(at + digits) {
                        Some(&next) if next != b'.' && is_mark(next) => {}
                        None if at + digits == query.len() && digits < 8 => {
                            self.number = Some(Number::replaced(at));
                            before = b'?';
                            at = end;
                            break false;
                        }
                        _ => break true,
                    }
                    text.put_literal();
                    before = b'?';
                    at += digits;
                }
                b'\'' | b'"' => {
                    let Some(behind) = behind_string(query, at) else { break true };
                    text.put_literal();
                    before = 0;
                    at = behind;
                    if at >= end {
                        break false;
                    }
                }
                // No comment begins here.
                b'+' | b'?' | b'-' | b'/'
                    if !matches!((byte, query.get(at + 1)), (b'-', Some(b'-')) | (b'/', Some(b'*'))) =>
                {
                    text.put(byte);
                    before = byte;
                    at += 1;
                }
                _ => break true,
            }
        };
        (self.at, self.before) = (at, before);
        stopped
    }

    /// Whatever begins at a byte that is not plain.
    #[inline(never)]
    fn step(&mut self, text: &mut Text<'_>, comments: &mut Comments) {
        let byte = self.query[self.at];
        match byte {
            b'0'..=b'9' if is_mark(self.before) => {
                self.number = Some(Number::at(self.at));
                self.read_number(text);
            }
            b'\'' | b'"' => self.take_string(text),
            _ if is_blank(byte) => self.take_blank(text),
            b'/' if self.sees(b"/*") && self.at + 1 < self.most => comments.read(self, text),
            b'#' => self.skip_hash_comment(),
            b'-' if self.at_dashes() && self.at + 2 < self.most && (self.before != b'-' || self.at == 0) => {
                self.skip_dashes_comment();
            }
            b'n' | b'N' if self.replace_null && is_mark(self.before) && self.at_null() => {
                text.push(b'?');
                self.before = b'?';
                self.at += 4;
            }
            _ => self.take(byte, text),
        }
    }

    /// Appends a byte as it is.
    fn take(&mut self, byte: u8, text: &mut Text<'_>) {
        text.push_cased(byte);
        self.before = byte;
        self.at += 1;
    }

    /// Of several blanks, one is taken; none at the begin.
    fn take_blank(&mut self, text: &mut Text<'_>) {
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
    fn take_string(&mut self, text: &mut Text<'_>) {
        let behind = behind_string(self.query, self.at);
        if behind.is_some() {
            text.push(b'?');
        }
        self.before = 0;
        self.at = behind.unwrap_or(self.query.len());
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

/// The place behind the string that begins there, if it is closed.
fn behind_string(query: &[u8], begin: usize) -> Option<usize> {
    let quote = query[begin];
    let mut at = begin + 1;
    loop {
        at += memchr2(quote, b'\\', query.get(at..)?)?;
        let next = query.get(at + 1);
        if query[at] == quote && next != Some(&quote) {
            return Some(at + 1);
        }
        // Two quotes, or a backslash and what it hides.
        let hides = matches!(next, Some(next) if *next == quote || *next == b'\\');
        at += if hides { 2 } else { 1 };
    }
}
