//! `/* comments */`: left out of the text, except for `/*! commands */`; the first one is kept aside.

use memchr::memchr;

use super::byte::is_blank;
use super::scan::Scanner;
use super::text::Text;

/// The most bytes that are kept of a comment.
const MOST: usize = 1023;

/// The comments of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Comments {
    /// What was read of the first comment.
    first: Vec<u8>,
    /// Whether a comment was finished.
    finished: bool,
    /// What may go to the text of the comment at hand.
    side: Vec<u8>,
    keep: bool,
}

impl Comments {
    pub(super) fn begin(&mut self, keep: bool) {
        self.first.clear();
        self.side.clear();
        self.finished = false;
        self.keep = keep;
    }

    /// The first comment, up to a NUL. If it is not closed, what there is of it; none if that is nothing.
    pub(super) fn first(&self) -> Option<&[u8]> {
        if self.first.is_empty() {
            return self.finished.then_some(b"");
        }
        let end = memchr(0, &self.first).unwrap_or(self.first.len());
        Some(&self.first[..end])
    }

    /// Reads a comment, from its `/*` on.
    pub(super) fn read(&mut self, scanner: &mut Scanner<'_>, text: &mut Text<'_>) {
        let mut command = false;
        let count = scanner.query.len();
        while scanner.at < count {
            if scanner.sees(b"/*") {
                self.side.clear();
                command |= scanner.query.get(scanner.at + 2) == Some(&b'!');
                if self.keep {
                    self.side.extend(b"/*");
                }
                scanner.at += if command { 3 } else { 2 };
                if scanner.at + 1 >= count {
                    return;
                }
            }
            if self.take(scanner, command || self.keep) {
                self.end(command, text, scanner.most);
                scanner.before = b' ';
                return;
            }
        }
    }

    /// Takes the bytes up to the next slash, and that; says whether it ends the comment.
    fn take(&mut self, scanner: &mut Scanner<'_>, aside: bool) -> bool {
        let rest = &scanner.query[scanner.at..];
        let found = memchr(b'/', rest);
        // A `/*` is for the next round.
        let taken = match found {
            Some(0) => &rest[..1],
            Some(slash) if rest.get(slash + 1) != Some(&b'*') => &rest[..=slash],
            Some(slash) => &rest[..slash],
            None => rest,
        };
        if aside {
            let room = MOST - self.side.len().min(MOST);
            self.side.extend(&taken[..taken.len().min(room)]);
        }
        if !self.finished {
            let room = MOST - self.first.len();
            let kept = taken[..taken.len().min(room)].iter();
            self.first.extend(kept.map(|&byte| if is_blank(byte) { b' ' } else { byte }));
        }
        let before = if taken.len() > 1 { taken[taken.len() - 2] } else { scanner.before };
        let last = taken.last().copied().unwrap_or(0);
        scanner.at += taken.len();
        scanner.before = last;
        before == b'*' && last == b'/'
    }

    /// A comment ended.
    fn end(&mut self, command: bool, text: &mut Text<'_>, most: usize) {
        if !self.finished {
            // Of `*/*/` only the last slash was read.
            self.first.truncate(self.first.len().checked_sub(2).unwrap_or(self.first.len()));
            self.finished = true;
        }
        if command || self.keep {
            self.put(text, most);
        }
        space(text, most);
        self.side.clear();
    }

    /// What a command says goes to the text; a kept comment too.
    fn put(&mut self, text: &mut Text<'_>, most: usize) {
        if !self.keep {
            self.side.truncate(self.side.len().saturating_sub(2));
        }
        let is_skipped = |byte: &u8| matches!(byte, b'/' | b'*' | b'!' | b' ' | b'0'..=b'9');
        let Some(begin) = self.side.iter().position(|byte| !is_skipped(byte)) else { return };
        let begin = if self.keep { 0 } else { begin };
        for &byte in &self.side[begin..] {
            if text.came() >= most {
                break;
            }
            text.push(byte);
        }
        space(text, most);
    }
}

/// A space where a comment stood, unless there is one.
fn space(text: &mut Text<'_>, most: usize) {
    if text.came() > 0 && text.came() < most && text.last_came() != b' ' {
        text.push(b' ');
    }
}
