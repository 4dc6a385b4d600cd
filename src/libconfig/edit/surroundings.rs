//! What stands around a place in a file: indentation, blanks, the comments that belong to a setting.

use std::ops::Range;

use memchr::memchr;

use super::super::token::{block_comment_rest, line_comment};

/// The blanks from the beginning of the line to a place, if nothing else stands there.
pub(super) fn indent(text: &[u8], at: usize) -> Option<&[u8]> {
    let before = &text[line_start(text, at)..at];
    before.iter().all(|byte| matches!(byte, b' ' | b'\t')).then_some(before)
}

/// The blanks that the line of a place begins with.
pub(super) fn line_indent(text: &[u8], at: usize) -> &[u8] {
    let line = &text[line_start(text, at)..at];
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &line[..blanks]
}

pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |before| before + 1)
}

/// Where the line behind a place ends (before its line end), if only blanks and comments stand there.
pub(super) fn rest_of_line_is_free(text: &[u8], at: usize) -> Option<usize> {
    let mut rest = &text[at..];
    loop {
        rest = match rest {
            [] | [b'\n', ..] | [b'\r', b'\n', ..] => return Some(text.len() - rest.len()),
            [b' ' | b'\t' | b'\r' | 0x0c, behind @ ..] => behind,
            [b'#', ..] | [b'/', b'/', ..] => {
                let end = line_comment(rest).map_or(rest.len(), |(_, comment)| comment.len() - 1);
                let end = if end > 0 && rest.get(end - 1) == Some(&b'\r') && end < rest.len() {
                    end - 1
                } else {
                    end
                };
                return Some(text.len() - rest.len() + end);
            }
            [b'/', b'*', inside @ ..] => {
                let (behind, comment) = block_comment_rest(inside).ok()?;
                // A comment of several lines belongs to what follows it.
                if memchr(b'\n', comment).is_some() {
                    return None;
                }
                behind
            }
            _ => return None,
        };
    }
}

/// Where a line end at this place is over.
pub(super) fn behind_line_end(text: &[u8], at: usize) -> usize {
    match &text[at..] {
        [b'\r', b'\n', ..] => at + 2,
        [b'\n', ..] => at + 1,
        _ => at,
    }
}

/// The first byte of the comment lines right above a line, not before `floor`.
pub(super) fn comments_above(text: &[u8], line: usize, floor: usize) -> usize {
    let mut first = line;
    while first > floor {
        let above = line_start(text, first - 1);
        let content = text[above..first].trim_ascii_start();
        let comment = content.starts_with(b"#") || content.starts_with(b"//") || is_block_comment(content);
        if above < floor || !comment {
            break;
        }
        first = above;
    }
    first
}

/// The blanks and tabs around a place on its line.
pub(super) fn blanks_before(text: &[u8], at: usize) -> Range<usize> {
    let blanks = text[..at].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    at - blanks..at
}

pub(super) fn blanks_behind(text: &[u8], at: usize) -> Range<usize> {
    let blanks = text[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    at..at + blanks
}

/// A comment of one line in `/* */`.
fn is_block_comment(line: &[u8]) -> bool {
    line.starts_with(b"/*")
        && block_comment_rest(&line[2..]).is_ok_and(|(behind, _)| behind.trim_ascii().is_empty())
}
