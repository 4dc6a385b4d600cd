//! A string value on its way from tokens to a tree.

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
    let mut rest = source;
    while let Ok((piece, ())) = trivia(rest, Dialect::V1_7_3) {
        let Ok((behind, (text, _))) = quoted(piece.get(1..).unwrap_or_default()) else { break };
        unescape.push(text);
        unescape.end_piece();
        rest = behind;
    }
    unescape.finish()
}
