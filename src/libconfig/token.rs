//! Tokens, recognised with nom.
//!
//! Every rule takes the text that is left and gives back what stands behind the match. [`token`]
//! looks at one byte and goes straight to the rule that can match. The rules are those of the
//! scanner in libconfig 1.7: the longest match wins and needs no blank behind it, so `1.2.3` is
//! `1.2` and `.3`, and `1x` is `1` and a name.

use memchr::{memchr, memchr3, memmem};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{digit0, digit1, hex_digit1, one_of};
use nom::combinator::{opt, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};

use super::number;
use super::options::Dialect;

/// What a rule returns.
pub(super) type Lexed<'a, T> = IResult<&'a [u8], T, Miss>;

/// One token, without its place in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Name,
    Scalar(Scalar),
    /// One quoted piece. `plain`: its bytes stand for themselves (no backslash, no NUL).
    Str {
        plain: bool,
    },
    Assign,
    Comma,
    Semicolon,
    Open(Bracket),
    Close(Bracket),
    /// Control flow of a template, such as `{{ if .Values.x }}`; only where placeholders are read.
    Control,
    /// An integer that libconfig refuses: over 64 bits, or octal with an 8 or a 9.
    BadInteger,
    /// A byte that begins no token.
    Garbage,
    /// The end of the opened file.
    End,
}

/// A value that is one token and no string.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    Bool(bool),
    Int {
        value: i32,
        hex: bool,
    },
    Int64 {
        value: i64,
        hex: bool,
    },
    Float(f64),
    /// What something else fills in; only where placeholders are read.
    Placeholder,
}

/// The three pairs of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Bracket {
    Group,
    List,
    Array,
}

impl Bracket {
    pub(super) fn open(self) -> char {
        match self {
            Bracket::Group => '{',
            Bracket::List => '(',
            Bracket::Array => '[',
        }
    }

    pub(super) fn close(self) -> char {
        match self {
            Bracket::Group => '}',
            Bracket::List => ')',
            Bracket::Array => ']',
        }
    }
}

/// Why a rule does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// No token begins here.
    Nothing,
    /// The text ended outside everything.
    End,
    /// The text ended within a `#` or `//` comment.
    LineComment,
    /// The text ended within a `/*` comment.
    BlockComment,
    /// The text ended within a string or a path.
    Quoted,
}

impl<'a> ParseError<&'a [u8]> for Miss {
    fn from_error_kind(_: &'a [u8], _: ErrorKind) -> Self {
        Miss::Nothing
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Skips blanks and comments up to the next token. A miss says that the text ended, and within what.
#[inline(always)]
pub(super) fn trivia(mut input: &[u8], dialect: Dialect) -> Lexed<'_, ()> {
    loop {
        let Some(&byte) = input.first() else {
            return miss(Miss::End);
        };
        if is_blank(byte) {
            input = skip_blanks(&input[1..]);
            continue;
        }
        (input, _) = match (byte, input.get(1)) {
            (b'#', _) | (b'/', Some(b'/')) => match line_comment(input) {
                // In 1.7.2 the line end belongs to the rule: without one it is no comment.
                Err(_) if dialect == Dialect::V1_7_2 => return Ok((input, ())),
                found => found?,
            },
            (b'/', Some(b'*')) => block_comment(input)?,
            _ => return Ok((input, ())),
        };
    }
}

/// Skips blanks; indentation in steps of eight.
#[inline(always)]
fn skip_blanks(mut input: &[u8]) -> &[u8] {
    while let Some(behind) = input.strip_prefix(b"        ") {
        input = behind;
    }
    let blanks = input.iter().position(|&byte| !is_blank(byte)).unwrap_or(input.len());
    &input[blanks..]
}

/// The token at the beginning of `input`, where no blank and no comment stands.
#[inline(always)]
pub(super) fn token(input: &[u8]) -> Lexed<'_, Token> {
    let Some(&byte) = input.first() else {
        return miss(Miss::End);
    };
    let single = match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'*' => return name(input),
        b'0'..=b'9' | b'.' | b'+' | b'-' => return number(input).or(Ok((&input[1..], Token::Garbage))),
        b'"' => return string(input),
        b'=' | b':' => Token::Assign,
        b',' => Token::Comma,
        b';' => Token::Semicolon,
        b'{' => Token::Open(Bracket::Group),
        b'}' => Token::Close(Bracket::Group),
        b'(' => Token::Open(Bracket::List),
        b')' => Token::Close(Bracket::List),
        b'[' => Token::Open(Bracket::Array),
        b']' => Token::Close(Bracket::Array),
        _ => Token::Garbage,
    };
    Ok((&input[1..], single))
}

/// The opening of an include directive, up to and with the quote that opens its path. It counts only
/// with nothing but blanks and tabs before it on its line; the caller looks to that.
pub(super) fn include_open(input: &[u8]) -> Lexed<'_, ()> {
    let blanks = take_while1(|byte| matches!(byte, b' ' | b'\t'));
    (tag("@include"), blanks, tag("\"")).map(|_| ()).parse(input)
}

/// The rest of a quoted text behind its opening quote: the bytes before the closing quote, and
/// whether all of them stand for themselves. Nothing but a backslash can hide a quote.
#[inline]
pub(super) fn quoted(input: &[u8]) -> Lexed<'_, (&[u8], bool)> {
    let mut at = 0;
    let mut plain = true;
    while let Some(found) = memchr3(b'"', b'\\', 0, &input[at..]) {
        at += found;
        match input[at] {
            b'"' => return Ok((&input[at + 1..], (&input[..at], plain))),
            b'\\' if matches!(input.get(at + 1), Some(b'"' | b'\\')) => at += 2,
            _ => at += 1,
        }
        plain = false;
    }
    miss(Miss::Quoted)
}

/// How far into blanks and comments the comment begins that the text does not end.
pub(super) fn open_comment(input: &[u8]) -> usize {
    let mut rest = input;
    loop {
        let found = match rest {
            [b'#', ..] | [b'/', b'/', ..] => line_comment(rest),
            [b'/', b'*', ..] => block_comment(rest),
            _ => take_while1(is_blank)(rest),
        };
        match found {
            Ok((behind, _)) => rest = behind,
            Err(_) => return input.len() - rest.len(),
        }
    }
}

/// The rest of a `/*` comment behind its opening.
pub(super) fn block_comment_rest(input: &[u8]) -> Lexed<'_, &[u8]> {
    match memmem::find(input, b"*/") {
        Some(end) => Ok((&input[end + 2..], &input[..end + 2])),
        None => miss(Miss::BlockComment),
    }
}

/// The rest of a `#` or `//` comment, with the line feed that ends it.
pub(super) fn line_comment(input: &[u8]) -> Lexed<'_, &[u8]> {
    match memchr(b'\n', input) {
        Some(end) => Ok((&input[end + 1..], &input[..=end])),
        None => miss(Miss::LineComment),
    }
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

pub(super) fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'*'
}

pub(super) fn continues_name(byte: u8) -> bool {
    NAME_BYTES[byte as usize]
}

const NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
        byte += 1;
    }
    table
};

/// A name, or a boolean: `true` and `false` in any case are no names.
#[inline(always)]
fn name(input: &[u8]) -> Lexed<'_, Token> {
    let (rest, text) = take_while1(continues_name)(input)?;
    let token = match text.len() {
        4 if text.eq_ignore_ascii_case(b"true") => Token::Scalar(Scalar::Bool(true)),
        5 if text.eq_ignore_ascii_case(b"false") => Token::Scalar(Scalar::Bool(false)),
        _ => Token::Name,
    };
    Ok((rest, token))
}

#[inline(always)]
fn string(input: &[u8]) -> Lexed<'_, Token> {
    let (rest, (_, plain)) = quoted(&input[1..])?;
    Ok((rest, Token::Str { plain }))
}

fn block_comment(input: &[u8]) -> Lexed<'_, &[u8]> {
    block_comment_rest(&input[2..])
}

/// An integer, a hexadecimal integer or a float; a miss if the sign or point begins none.
#[inline]
fn number(input: &[u8]) -> Lexed<'_, Token> {
    // Nearly all numbers are short, decimal and positive.
    if let Some(short) = number::short_decimal(input) {
        let token = Token::Scalar(Scalar::Int { value: short.value, hex: false });
        return Ok((&input[short.len..], token));
    }
    if matches!(input, [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit()) {
        return hex(input);
    }
    if let Ok((rest, text)) = float(input) {
        return Ok((rest, Token::Scalar(Scalar::Float(number::float(text)))));
    }
    let (rest, text) = recognize((opt(sign), digit1)).parse(input)?;
    let (rest, long) = long_suffix(rest)?;
    let scalar = if long {
        Some(Scalar::Int64 { value: number::saturating(text), hex: false })
    } else {
        number::integer(text).map(|value| match i32::try_from(value) {
            Ok(value) => Scalar::Int { value, hex: false },
            Err(_) => Scalar::Int64 { value, hex: false },
        })
    };
    Ok((rest, scalar.map_or(Token::BadInteger, Token::Scalar)))
}

fn hex(input: &[u8]) -> Lexed<'_, Token> {
    let (rest, digits) = hex_digit1(&input[2..])?;
    let (rest, long) = long_suffix(rest)?;
    let value = number::hex(digits);
    let scalar = if long {
        Scalar::Int64 { value, hex: true }
    } else {
        Scalar::Int { value: number::low_32_bits(value), hex: true }
    };
    Ok((rest, Token::Scalar(scalar)))
}

fn float(input: &[u8]) -> Lexed<'_, &[u8]> {
    let exponent = || (one_of("eE"), opt(sign), digit1);
    recognize((
        opt(sign),
        alt((recognize((digit0, tag("."), digit0, opt(exponent()))), recognize((digit1, exponent())))),
    ))
    .parse(input)
}

fn sign(input: &[u8]) -> Lexed<'_, char> {
    one_of("+-")(input)
}

/// Whether `L` or `LL` follows.
fn long_suffix(input: &[u8]) -> Lexed<'_, bool> {
    let (rest, suffix) = opt(alt((tag("LL"), tag("L")))).parse(input)?;
    Ok((rest, suffix.is_some()))
}

fn miss<'a, T>(miss: Miss) -> Lexed<'a, T> {
    Err(nom::Err::Error(miss))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Token, &str)> {
        let mut rest = text.as_bytes();
        let mut found = Vec::new();
        while let Ok((input, ())) = trivia(rest, Dialect::V1_7_3) {
            let (behind, token) = token(input).unwrap();
            let start = text.len() - input.len();
            found.push((token, &text[start..text.len() - behind.len()]));
            rest = behind;
        }
        found
    }

    fn texts(text: &str) -> Vec<&str> {
        all(text).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn the_longest_match_wins() {
        assert_eq!(
            texts("1.2.3 1x 1e 1e+5 0x 0x1g -0x1"),
            ["1.2", ".3", "1", "x", "1", "e", "1e+5", "0", "x", "0x1", "g", "-0", "x1"]
        );
        assert_eq!(texts("1LLL 1.L trueish true-x"), ["1LL", "L", "1.", "L", "trueish", "true-x"]);
        assert_eq!(texts("- + -. +.e5"), ["-", "+", "-.", "+.e5"]);
    }

    #[test]
    fn a_backslash_hides_only_quotes_and_backslashes() {
        assert_eq!(texts(r#""a\"b" "\\" "\x""#), [r#""a\"b""#, r#""\\""#, r#""\x""#]);
        assert_eq!(all(r#""ab""#)[0].0, Token::Str { plain: true });
        assert_eq!(all("\"a\0b\"")[0].0, Token::Str { plain: false });
    }

    #[test]
    fn a_comment_without_line_end_is_a_matter_of_dialect() {
        assert_eq!(trivia(b" # x", Dialect::V1_7_3), miss(Miss::LineComment));
        assert_eq!(trivia(b" # x", Dialect::V1_7_2), Ok((&b"# x"[..], ())));
    }
}
