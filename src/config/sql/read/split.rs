//! A script taken apart into statements, as SQLite's tokens and the usual client have it.

use std::borrow::Cow;

/// One statement, without its semicolon. Comments are blanks, so that every place stays where it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// Where its first word is.
    pub(crate) start: usize,
    /// From its first word to its last.
    pub(crate) text: Cow<'a, str>,
}

/// A quote or a bracket has no end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unclosed<'a> {
    /// Where it stands.
    pub(crate) at: usize,
    /// The statement, to the end of the script.
    pub(crate) piece: Piece<'a>,
}

/// Gives the statements of a script one after the other.
pub(crate) struct Pieces<'a> {
    script: &'a str,
    at: usize,
}

impl<'a> Pieces<'a> {
    /// A byte order mark is no part of the first statement.
    pub(crate) fn new(script: &'a str) -> Self {
        Pieces { script, at: if script.starts_with('\u{feff}') { 3 } else { 0 } }
    }

    fn piece(&self, start: usize, end: usize, comments: &Ranges) -> Piece<'a> {
        let text = without(&self.script[start..end], start, comments);
        let blanks = text.len() - text.trim_ascii_start().len();
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii()),
            Cow::Owned(text) => Cow::Owned(text.trim_ascii().to_owned()),
        };
        Piece { start: start + blanks, text }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, Unclosed<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.script.len() {
            let start = self.at;
            let mut comments = Vec::new();
            match end_of_statement(self.script.as_bytes(), start, &mut comments) {
                Ok(end) => {
                    self.at = end + 1;
                    let piece = self.piece(start, end, &comments);
                    if !piece.text.is_empty() {
                        return Some(Ok(piece));
                    }
                }
                Err(at) => {
                    self.at = self.script.len();
                    return Some(Err(Unclosed { at, piece: self.piece(start, self.at, &comments) }));
                }
            }
        }
        None
    }
}

type Ranges = Vec<std::ops::Range<usize>>;

/// The place of the semicolon (or the end) behind a place, and the comments before it; or the place of
/// what is never closed.
fn end_of_statement(script: &[u8], start: usize, comments: &mut Ranges) -> Result<usize, usize> {
    let mut at = start;
    while let Some(&byte) = script.get(at) {
        let next = script.get(at + 1).copied();
        match byte {
            b';' => break,
            b'\'' | b'"' | b'`' => at = behind(script, at, byte)?,
            b'[' => at = behind(script, at, b']')?,
            b'#' => at = comment(comments, at, line_end(script, at)),
            b'-' if next == Some(b'-') => at = comment(comments, at, line_end(script, at)),
            b'/' if next == Some(b'*') => {
                let inside = (at + 2).min(script.len());
                let close = memchr::memmem::find(&script[inside..], b"*/");
                at = comment(comments, at, close.map_or(script.len(), |close| inside + close + 2));
            }
            _ => at += 1,
        }
    }
    Ok(at)
}

/// The place behind the quote that closes the one at a place. A doubled one closes and opens again.
fn behind(script: &[u8], at: usize, quote: u8) -> Result<usize, usize> {
    memchr::memchr(quote, &script[at + 1..]).map(|len| at + 1 + len + 1).ok_or(at)
}

fn line_end(script: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &script[at..]).map_or(script.len(), |len| at + len)
}

fn comment(comments: &mut Ranges, start: usize, end: usize) -> usize {
    comments.push(start..end);
    end
}

/// The text with blanks in the place of comments, lines kept.
fn without<'a>(text: &'a str, start: usize, comments: &Ranges) -> Cow<'a, str> {
    if comments.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = String::with_capacity(text.len());
    let mut done = 0;
    for comment in comments {
        let (from, to) = (comment.start - start, comment.end - start);
        bytes.push_str(&text[done..from]);
        bytes.extend(text[from..to].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        done = to;
    }
    bytes.push_str(&text[done..]);
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(script: &str) -> Vec<(usize, String)> {
        Pieces::new(script)
            .map(|piece| piece.map(|piece| (piece.start, piece.text.into_owned())).unwrap())
            .collect()
    }

    #[test]
    fn semicolons_end_statements_where_sqlite_sees_them() {
        assert_eq!(pieces(" a ; b;\n\n;c"), [(1, "a".into()), (5, "b".into()), (10, "c".into())]);
        assert_eq!(pieces("a 'x;''y' \"p;q\" `r;` [s;t]"), [(0, "a 'x;''y' \"p;q\" `r;` [s;t]".into())]);
        assert_eq!(pieces("-- a; b\n# c;\nx /* ; */ y -- z;"), [(13, "x         y".into())]);
        assert_eq!(pieces("a/*\n*/b"), [(0, "a  \n  b".into())]);
        assert_eq!(pieces("/* open ;"), []);
        let unclosed = Pieces::new("a; b 'c;").last().unwrap();
        assert_eq!(unclosed.unwrap_err().at, 5);
    }

    proptest! {
        #[test]
        fn places_stay(script in "[a-c;'\"#/*\n é-]{0,30}") {
            for piece in Pieces::new(&script).filter_map(Result::ok) {
                let source = &script[piece.start..piece.start + piece.text.len()];
                prop_assert!(source.starts_with(piece.text.chars().next().unwrap()));
                for (at, character) in piece.text.char_indices() {
                    prop_assert!(character == ' ' || source[at..].starts_with(character));
                }
            }
        }
    }
}
