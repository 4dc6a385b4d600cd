//! `SQLite`'s tokens.
//!
//! A text is cut the same way whatever stands around: the parser has no say in it, but for two words.
//! What no token begins with, or what a token does not end properly, is illegal as soon as it is met.

use memchr::memchr;

use super::Sqlite;
use super::words::{Word, word};

/// One token and its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word without quotes: a name, or one of the language's own.
    Word(Word),
    /// A name in `"`, which is a string where no column has the name.
    DoubleQuoted,
    /// A name in backticks or brackets.
    QuotedName,
    Str,
    Integer,
    Float,
    Blob,
    /// A parameter, which nobody binds.
    Variable,
    Open,
    Close,
    Comma,
    Dot,
    Semicolon,
    /// `+` and `-`, which can also stand before a value.
    Plus,
    Minus,
    /// `~`, which only can.
    Tilde,
    /// `*`, which is also the one argument of `COUNT(*)`.
    Star,
    /// Any other operator between two values.
    Binary(Binary),
    Illegal,
    End,
}

/// Operators that are signs, as far as they need telling apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    /// `=`, `==`, `<>`, `!=`
    Equal,
    /// `<`, `<=`, `>`, `>=`
    Less,
    /// `&`, `|`, `<<`, `>>`
    Bits,
    /// `/`, `%`
    Divide,
    /// `||`
    Concat,
    /// `->`, `->>`
    Arrow,
}

/// Cuts a text into tokens from some place on.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    sqlite: Sqlite,
    /// Where the last piece began, be it a token, blanks or a comment.
    last_piece: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t [u8], at: usize, sqlite: Sqlite) -> Self {
        Tokens { text, at, sqlite, last_piece: at }
    }

    pub(super) fn text(&self, token: Token) -> &'t [u8] {
        &self.text[token.start..token.end]
    }

    /// The piece before the end of the text, where 3.19 believes the end to be.
    pub(super) fn last_piece(&self) -> &'t [u8] {
        &self.text[self.last_piece..]
    }

    /// The next token behind blanks and comments.
    pub(super) fn next(&mut self) -> Token {
        loop {
            let rest = &self.text[self.at..];
            let start = self.at;
            if rest.is_empty() {
                return Token { kind: Kind::End, start, end: start };
            }
            self.last_piece = start;
            let blank = blank_length(rest, self.sqlite);
            if blank == 0 {
                let (kind, length) = scan(rest, self.sqlite);
                self.at += length;
                return Token { kind, start, end: self.at };
            }
            self.at += blank;
        }
    }

    pub(super) fn peek(&self) -> Token {
        self.clone().next()
    }
}

/// The length of the blanks or of the one comment at the beginning, 0 if there is neither.
fn blank_length(rest: &[u8], sqlite: Sqlite) -> usize {
    match rest {
        // A vertical tab is a blank only behind another one.
        [b' ' | b'\t' | b'\n' | b'\r' | 0x0c, behind @ ..] => {
            1 + behind.iter().take_while(|&&byte| super::is_space(byte)).count()
        }
        [b'-', b'-', ..] => memchr(b'\n', rest).unwrap_or(rest.len()),
        // Behind the opening at least one byte is needed.
        [b'/', b'*', behind @ ..] if !behind.is_empty() => {
            memchr::memmem::find(behind, b"*/").map_or(rest.len(), |end| end + 4)
        }
        [0xef, 0xbb, 0xbf, ..] if sqlite == Sqlite::V3_43 => 3,
        _ => 0,
    }
}

/// The token at the beginning of a text that is not empty, and its length.
fn scan(rest: &[u8], sqlite: Sqlite) -> (Kind, usize) {
    let second = rest.get(1).copied();
    match rest[0] {
        b'(' => (Kind::Open, 1),
        b')' => (Kind::Close, 1),
        b',' => (Kind::Comma, 1),
        b';' => (Kind::Semicolon, 1),
        b'+' => (Kind::Plus, 1),
        b'*' => (Kind::Star, 1),
        b'~' => (Kind::Tilde, 1),
        b'/' | b'%' => (Kind::Binary(Binary::Divide), 1),
        b'&' => (Kind::Binary(Binary::Bits), 1),
        b'-' if second == Some(b'>') && sqlite == Sqlite::V3_43 => {
            (Kind::Binary(Binary::Arrow), if rest.get(2) == Some(&b'>') { 3 } else { 2 })
        }
        b'-' => (Kind::Minus, 1),
        b'|' if second == Some(b'|') => (Kind::Binary(Binary::Concat), 2),
        b'|' => (Kind::Binary(Binary::Bits), 1),
        b'=' => (Kind::Binary(Binary::Equal), if second == Some(b'=') { 2 } else { 1 }),
        b'!' if second == Some(b'=') => (Kind::Binary(Binary::Equal), 2),
        b'<' => match second {
            Some(b'>') => (Kind::Binary(Binary::Equal), 2),
            Some(b'<') => (Kind::Binary(Binary::Bits), 2),
            Some(b'=') => (Kind::Binary(Binary::Less), 2),
            _ => (Kind::Binary(Binary::Less), 1),
        },
        b'>' => match second {
            Some(b'>') => (Kind::Binary(Binary::Bits), 2),
            Some(b'=') => (Kind::Binary(Binary::Less), 2),
            _ => (Kind::Binary(Binary::Less), 1),
        },
        quote @ (b'\'' | b'"' | b'`') => quoted(rest, quote),
        b'[' => match memchr(b']', rest) {
            Some(end) => (Kind::QuotedName, end + 1),
            None => (Kind::Illegal, rest.len()),
        },
        b'x' | b'X' if second == Some(b'\'') => blob(rest),
        b'.' if second.is_some_and(|byte| byte.is_ascii_digit()) => number(rest),
        b'.' => (Kind::Dot, 1),
        b'0'..=b'9' => number(rest),
        b'?' => (Kind::Variable, 1 + digits(&rest[1..])),
        b'$' | b'@' | b':' | b'#' => variable(rest),
        byte if continues_word(byte) => {
            let length = rest.iter().take_while(|&&byte| continues_word(byte)).count();
            (Kind::Word(word(&rest[..length], sqlite)), length)
        }
        _ => (Kind::Illegal, 1),
    }
}

/// A text in quotes, where a doubled quote does not end it.
fn quoted(rest: &[u8], quote: u8) -> (Kind, usize) {
    let mut at = 1;
    while let Some(found) = memchr(quote, &rest[at..]) {
        at += found + 1;
        if rest.get(at) != Some(&quote) {
            let kind = match quote {
                b'\'' => Kind::Str,
                b'"' => Kind::DoubleQuoted,
                _ => Kind::QuotedName,
            };
            return (kind, at);
        }
        at += 1;
    }
    (Kind::Illegal, rest.len())
}

/// `x'...'` with an even number of hexadecimal digits; with anything else in it, it is illegal as a whole.
fn blob(rest: &[u8]) -> (Kind, usize) {
    let Some(end) = memchr(b'\'', &rest[2..]) else {
        return (Kind::Illegal, rest.len());
    };
    let digits = &rest[2..2 + end];
    let proper = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    (if proper { Kind::Blob } else { Kind::Illegal }, end + 3)
}

/// A number; illegal if it runs into a word.
fn number(rest: &[u8]) -> (Kind, usize) {
    if let [b'0', b'x' | b'X', digit, ..] = rest
        && digit.is_ascii_hexdigit()
    {
        return (Kind::Integer, 2 + rest[2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count());
    }
    let mut length = digits(rest);
    let mut kind = Kind::Integer;
    if rest.get(length) == Some(&b'.') {
        length += 1 + digits(&rest[length + 1..]);
        kind = Kind::Float;
    }
    if let [b'e' | b'E', behind @ ..] = &rest[length..] {
        let sign = usize::from(matches!(behind.first(), Some(b'+' | b'-')));
        let exponent = digits(&behind[sign..]);
        if exponent > 0 {
            length += 1 + sign + exponent;
            kind = Kind::Float;
        }
    }
    match rest[length..].iter().take_while(|&&byte| continues_word(byte)).count() {
        0 => (kind, length),
        more => (Kind::Illegal, length + more),
    }
}

/// `:name`, `@name`, `$name` and `#name`; with `::` inside and a suffix in parentheses, as Tcl has it.
fn variable(rest: &[u8]) -> (Kind, usize) {
    let mut at = 1;
    let mut letters = 0;
    loop {
        match rest[at..] {
            [byte, ..] if continues_word(byte) => {
                letters += 1;
                at += 1;
            }
            [b'(', ref suffix @ ..] if letters > 0 => {
                let inside =
                    suffix.iter().take_while(|&&byte| byte != b')' && !super::is_space(byte)).count();
                let closed = suffix.get(inside) == Some(&b')');
                let kind = if closed { Kind::Variable } else { Kind::Illegal };
                return (kind, at + 1 + inside + usize::from(closed));
            }
            [b':', b':', ..] => at += 2,
            _ => return (if letters > 0 { Kind::Variable } else { Kind::Illegal }, at),
        }
    }
}

fn digits(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

/// What a quoted text stands for: without its quotes, doubled ones single.
pub(super) fn unquote(text: &[u8]) -> Vec<u8> {
    let quote = match text.first() {
        Some(quote @ (b'\'' | b'"' | b'`')) => *quote,
        Some(b'[') => b']',
        _ => return text.to_vec(),
    };
    let mut plain = Vec::with_capacity(text.len());
    let mut inside = text.get(1..text.len() - 1).unwrap_or_default();
    while let Some(found) = memchr(quote, inside) {
        plain.extend_from_slice(&inside[..=found]);
        // The token ends at the first quote that is not doubled: this one is.
        inside = inside.get(found + 2..).unwrap_or_default();
    }
    plain.extend_from_slice(inside);
    plain
}
