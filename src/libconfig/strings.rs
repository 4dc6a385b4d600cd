//! A string value on its way from tokens to a tree.

use std::ops::Range;

use super::grammar::Lexeme;
use super::options::Dialect;
use super::source::{Pos, Sources};
use super::text::Unescape;
use super::token::{quoted, trivia};

/// A string: one quoted piece, or several that libconfig joins.
#[derive(Debug)]
pub(super) struct StringValue {
    /// From the first quote to the last.
    pub(super) start: Pos,
    pub(super) end: Pos,
    /// One piece whose bytes stand for themselves.
    pub(super) plain: bool,
    /// The bytes, where the source between `start` and `end` does not hold just them.
    pub(super) across: Option<Vec<u8>>,
    /// The end of the token that comes next: libconfig gives the string that token's line.
    pub(super) behind: Pos,
    switches: u32,
}

impl StringValue {
    pub(super) fn begin(piece: &Lexeme<'_>, plain: bool) -> Self {
        StringValue {
            start: piece.at.start,
            end: piece.at.end,
            plain,
            across: piece.across.map(<[u8]>::to_vec),
            behind: piece.at.end,
            switches: piece.switches,
        }
    }

    /// Joins a further piece.
    pub(super) fn join(&mut self, piece: &Lexeme<'_>, sources: &Sources<'_>) {
        if self.across.is_some() || piece.across.is_some() || self.switches != piece.switches {
            let mut bytes = match self.across.take() {
                Some(bytes) => bytes,
                None => unescape(sources.slice(self.start, self.end)),
            };
            match piece.across {
                Some(more) => bytes.extend_from_slice(more),
                None => bytes.extend(unescape(piece.text)),
            }
            self.across = Some(bytes);
        }
        self.plain = false;
        self.end = piece.at.end;
    }
}

/// The bytes of a string from the source of its quoted pieces, with what stands between them.
pub(super) fn unescape(source: &[u8]) -> Vec<u8> {
    let mut unescape = Unescape::default();
    for piece in pieces(source) {
        unescape.push(&source[piece]);
        unescape.end_piece();
    }
    unescape.finish()
}

/// What stands between the quotes of each piece.
pub(super) fn pieces(source: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = source;
    std::iter::from_fn(move || {
        let (piece, ()) = trivia(rest, Dialect::V1_7_3).ok()?;
        let (behind, (text, _)) = quoted(piece.get(1..)?).ok()?;
        rest = behind;
        let end = source.len() - behind.len() - 1;
        Some(end - text.len()..end)
    })
}
