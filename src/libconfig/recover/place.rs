//! Looking around in the text.

use memchr::{memchr, memrchr};

use super::super::options::Dialect;
use super::super::source::{Pos, Sources, to_pos};
use super::super::token::trivia;

/// How far back an indentation is looked for; a line that goes on longer counts as indented.
const LOOK_BACK: usize = 512;

/// How far from the beginning of its line a place is, in bytes.
pub(super) fn column(sources: &Sources<'_>, pos: Pos) -> usize {
    let (_, source) = sources.at(pos);
    let end = (pos - source.base) as usize;
    let start = end.saturating_sub(LOOK_BACK);
    let before = &source.text[start..end];
    memrchr(b'\n', before).map_or(before.len(), |at| before.len() - at - 1)
}

/// The end of the line that a place is on, before its line feed.
pub(super) fn line_end(sources: &Sources<'_>, pos: Pos) -> Pos {
    let rest = behind(sources, pos);
    pos + to_pos(memchr(b'\n', rest).unwrap_or(rest.len()))
}

/// What stands behind a place on its line.
pub(super) fn rest_of_line<'s>(sources: &'s Sources<'_>, pos: Pos) -> &'s [u8] {
    let rest = behind(sources, pos);
    &rest[..memchr(b'\n', rest).unwrap_or(rest.len())]
}

/// What stands behind a place in its file.
pub(super) fn behind<'s>(sources: &'s Sources<'_>, pos: Pos) -> &'s [u8] {
    let (_, source) = sources.at(pos);
    &source.text[(pos - source.base) as usize..]
}

/// Whether an `=` or `:` is the next token.
pub(super) fn assign_follows(sources: &Sources<'_>, pos: Pos) -> bool {
    let next = trivia(behind(sources, pos), Dialect::default());
    matches!(next, Ok(([b'=' | b':', ..], ())))
}

/// A word as people would read it: up to a blank, a separator or a bracket.
pub(super) fn word(text: &[u8]) -> &[u8] {
    let ends = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b')' | b'}' | b']' | b'=' | b'#' | b'"')
    };
    &text[..text.iter().position(ends).unwrap_or(text.len())]
}
