//! The files that a document was read from, and places in them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use memchr::memchr_iter;

use super::text::lossy;

/// An offset into all opened files laid end to end, in the order in which they were opened. In a
/// document without includes it is the offset in the file.
pub(super) type Pos = u32;

/// One of the files of a document. A file that is included twice is opened twice, and has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

impl FileId {
    /// The file that was opened first: the text itself.
    pub const MAIN: FileId = FileId(0);

    /// Its position among the sources of its document or error.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte, counted from 0.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// The bytes as a range, to cut them out of the file's text.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A place as people name it; its `Display` is `FILE:LINE:COLUMN`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Location {
    /// The file's name as it was opened; empty for a text without a name.
    pub file: String,
    /// Counted from 1, by line feeds alone.
    pub line: usize,
    /// In characters, counted from 1 (in bytes where the line is not UTF-8).
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The text of a file: borrowed from the caller or held here.
#[derive(Clone, Debug)]
pub(super) enum Text<'i> {
    Borrowed(&'i [u8]),
    Shared(Arc<Vec<u8>>),
}

impl std::ops::Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Text::Borrowed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

/// One opening of a file.
#[derive(Clone, Debug)]
pub struct Source<'i> {
    pub(super) text: Text<'i>,
    pub(super) name: Vec<u8>,
    pub(super) base: Pos,
    /// The position behind the directive that opened this file.
    pub(super) resume: Option<Pos>,
    line_starts: OnceLock<Vec<u32>>,
    characters: OnceLock<Characters>,
}

/// How many characters stand before places of a text, so that the columns in one long line cost no more
/// than those in many short ones.
#[derive(Clone, Debug)]
struct Characters {
    /// Before each block of bytes.
    before: Vec<u32>,
    /// Where bytes begin that are no UTF-8.
    invalid: Vec<u32>,
}

impl Source<'_> {
    /// The name as it was opened: the include folder, if one was set, a `/` and what the directive says.
    pub fn name(&self) -> Cow<'_, str> {
        lossy(&self.name)
    }

    /// The content.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The line, counted from 1, of the byte at `offset`.
    pub fn line(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        self.line_starts().partition_point(|&start| start as usize <= offset)
    }

    /// The bytes of a line counted from 1, without its line feed.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let starts = self.line_starts();
        let start = line.checked_sub(1).and_then(|index| starts.get(index));
        let start = start.map_or(self.text.len(), |&start| start as usize);
        let end = starts.get(line).map_or(self.text.len(), |&next| next as usize - 1);
        start..end.max(start)
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let behind = memchr_iter(b'\n', &self.text).map(|at| to_pos(at + 1));
            std::iter::once(0).chain(behind).collect()
        })
    }

    fn column(&self, offset: usize) -> usize {
        let start = self.line_range(self.line(offset)).start;
        let end = offset.min(self.text.len());
        let before = &self.text[start..end];
        if before.len() > 4 * Characters::BLOCK {
            let characters = self.characters.get_or_init(|| Characters::of(&self.text));
            return 1 + characters.between(&self.text, start, end);
        }
        1 + std::str::from_utf8(before).map_or(before.len(), |text| text.chars().count())
    }

    fn end(&self) -> Pos {
        self.base + to_pos(self.text.len())
    }
}

impl Characters {
    const BLOCK: usize = 1024;

    fn of(text: &[u8]) -> Self {
        let mut sum = 0;
        let count = |block: &[u8]| {
            sum += to_pos(begun(block));
            sum
        };
        let before = std::iter::once(0).chain(text.chunks(Self::BLOCK).map(count)).collect();
        let mut at = 0;
        let mut invalid = Vec::new();
        for chunk in text.utf8_chunks() {
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                invalid.push(to_pos(at));
            }
            at += chunk.invalid().len();
        }
        Characters { before, invalid }
    }

    /// How many characters stand between two places of the text; where bytes between them are no UTF-8,
    /// how many bytes.
    fn between(&self, text: &[u8], start: usize, end: usize) -> usize {
        let first = self.invalid.partition_point(|&at| (at as usize) < start);
        if self.invalid.get(first).is_some_and(|&at| (at as usize) < end) {
            return end - start;
        }
        let before = |place: usize| {
            let block = place / Self::BLOCK;
            self.before[block] as usize + begun(&text[block * Self::BLOCK..place])
        };
        before(end) - before(start)
    }
}

/// How many characters begin in a text.
fn begun(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count()
}

/// All files of a document. The first is the text itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources<'i> {
    files: Vec<Source<'i>>,
}

impl<'i> Sources<'i> {
    /// Adds a file. The caller has seen to it that all fit the positions.
    pub(super) fn open(&mut self, text: Text<'i>, name: Vec<u8>, resume: Option<Pos>) -> FileId {
        let base = self.files.last().map_or(0, |last| last.end() + 1);
        self.files.push(Source {
            text,
            name,
            base,
            resume,
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
        });
        FileId(to_pos(self.files.len() - 1))
    }

    pub(super) fn files(&self) -> &[Source<'i>] {
        &self.files
    }

    pub(super) fn get(&self, file: FileId) -> &Source<'i> {
        &self.files[file.0 as usize]
    }

    /// The file that holds a position.
    #[inline]
    pub(super) fn at(&self, pos: Pos) -> (FileId, &Source<'i>) {
        let index = match self.files.as_slice() {
            [_] => 0,
            files => files.partition_point(|source| source.base <= pos).saturating_sub(1),
        };
        (FileId(to_pos(index)), &self.files[index])
    }

    /// The bytes between two positions of one file.
    #[inline]
    pub(super) fn slice(&self, start: Pos, end: Pos) -> &[u8] {
        let (_, source) = self.at(start);
        &source.text[(start - source.base) as usize..(end - source.base) as usize]
    }

    /// The same with the lifetime of what the caller lent, where the text is not held here.
    #[cfg(feature = "serde")]
    pub(super) fn borrowed_slice(&self, start: Pos, end: Pos) -> Option<&'i [u8]> {
        let (_, source) = self.at(start);
        match source.text {
            Text::Borrowed(text) => text.get((start - source.base) as usize..(end - source.base) as usize),
            Text::Shared(_) => None,
        }
    }

    pub(super) fn line(&self, pos: Pos) -> usize {
        let (_, source) = self.at(pos);
        source.line((pos - source.base) as usize)
    }

    /// A span from `start` to `end`; to the end of the first file where the second is another one.
    pub(super) fn span(&self, start: Pos, end: Pos) -> Span {
        let (file, source) = self.at(start);
        let end = end.min(source.end());
        Span { file, start: (start - source.base) as usize, end: (end.max(start) - source.base) as usize }
    }

    /// Whether both positions lie in one file.
    pub(super) fn same_file(&self, start: Pos, end: Pos) -> bool {
        self.files.len() == 1 || self.at(start).0 == self.at(end).0
    }

    /// Whether the file that a position lies in was opened, however deep, by a file of this name.
    pub(super) fn encloses(&self, pos: Pos, name: &[u8]) -> bool {
        let mut at = Some(pos);
        while let Some(pos) = at {
            let (_, source) = self.at(pos);
            if source.name == name {
                return true;
            }
            at = source.resume;
        }
        false
    }

    pub(super) fn location(&self, span: Span) -> Location {
        let source = self.get(span.file);
        Location {
            file: source.name().into_owned(),
            line: source.line(span.start),
            column: source.column(span.start),
        }
    }
}

/// An offset as a position. Limits keep all positions within 32 bits.
#[inline]
pub(super) fn to_pos(offset: usize) -> Pos {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_file_by_file() {
        let mut sources = Sources::default();
        sources.open(Text::Borrowed(b"a=1\n  b=2\n"), b"main".to_vec(), None);
        let inner = sources.open(Text::Borrowed("é\nc=3".as_bytes()), b"inner".to_vec(), Some(4));
        let second = sources.get(inner).base;
        assert_eq!(sources.at(10).0, FileId::MAIN);
        assert_eq!(sources.at(second).0, inner);
        assert_eq!(sources.line(10), 3);
        let span = sources.span(second + 3, second + 4);
        assert_eq!(sources.location(span).to_string(), "inner:2:1");
        assert_eq!(sources.location(sources.span(6, 7)).to_string(), "main:2:3");
        assert_eq!(sources.location(sources.span(second + 2, second + 2)).column, 2);
        assert_eq!(sources.get(inner).line_range(2), 3..6);
    }

    #[test]
    fn columns_in_long_lines_are_those_in_short_ones() {
        let mut text = "aé".repeat(3000).into_bytes();
        text.push(b'\n');
        let invalid = text.len() + 6500;
        text.extend("aé".repeat(3000).bytes());
        text[invalid] = 0xff;
        let mut sources = Sources::default();
        let file = sources.open(Text::Borrowed(&text), Vec::new(), None);
        let source = sources.get(file);
        for offset in (0..=text.len()).filter(|at| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80)) {
            let before = &text[source.line_range(source.line(offset)).start..offset];
            let plain = 1 + std::str::from_utf8(before).map_or(before.len(), |text| text.chars().count());
            assert_eq!(source.column(offset), plain, "{offset}");
        }
    }
}
