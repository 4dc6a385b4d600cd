//! The bytes of a log, in order, with their places and a limit on each record.

use std::io::{BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use super::error::{Place, ReadError, ReadErrorKind};

/// How many bytes are looked at to tell the format.
const HEAD: u64 = 64 << 10;
/// How many bytes are read at once. Each thread has the events of so many in memory, and thousands of statements can
/// stand in them.
const BUFFER: usize = 64 << 10;

/// A log, or a block of one, that is read once, from the beginning to the end.
pub(super) struct Input<B> {
    bytes: B,
    /// How many bytes were read.
    pub(super) at: u64,
    /// The line that is read, counted from 1.
    pub(super) line: u64,
    /// The most bytes of a record.
    pub(super) limit: usize,
}

/// A log as it comes, behind its head, which was looked at.
pub(super) type Buffered<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

impl<R: Read> Input<Buffered<R>> {
    /// Gives the head of the log, too, if it is wanted: it takes until so much is there.
    pub(super) fn new(mut read: R, limit: usize, wants_head: bool) -> Result<(Self, Vec<u8>), ReadError> {
        let mut head = Vec::new();
        let failed = |error| ReadError::new(Place::Byte(0), ReadErrorKind::Io(error));
        if wants_head {
            read.by_ref().take(HEAD).read_to_end(&mut head).map_err(failed)?;
        }
        let bytes = BufReader::with_capacity(BUFFER, Cursor::new(head.clone()).chain(read));
        Ok((Input { bytes, at: 0, line: 1, limit }, head))
    }
}

impl<'b> Input<&'b [u8]> {
    /// A block that begins at that byte and that line of a log.
    pub(super) fn of_block(bytes: &'b [u8], at: u64, line: u64, limit: usize) -> Self {
        Input { bytes, at, line, limit }
    }
}

impl<B: BufRead> Input<B> {
    /// Passes over the mark that some programs put before UTF-8.
    pub(super) fn skip_mark(&mut self) -> Result<(), ReadErrorKind> {
        if self.ahead()?.starts_with(b"\xef\xbb\xbf") {
            self.pass(3);
        }
        Ok(())
    }

    /// What stands behind here in memory; empty at the end only.
    pub(super) fn ahead(&mut self) -> Result<&[u8], ReadErrorKind> {
        let is_end = loop {
            match self.bytes.fill_buf() {
                Ok(ahead) => break ahead.is_empty(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadErrorKind::Io(error)),
            }
        };
        if is_end { Ok(&[]) } else { self.bytes.fill_buf().map_err(ReadErrorKind::Io) }
    }

    /// Goes on behind bytes that are [`ahead`](Self::ahead).
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at += bytes as u64;
        self.bytes.consume(bytes);
    }

    /// The next byte; nothing at the end.
    #[inline]
    pub(super) fn byte(&mut self) -> Result<Option<u8>, ReadErrorKind> {
        let byte = self.ahead()?.first().copied();
        self.pass(byte.map_or(0, |_| 1));
        Ok(byte)
    }

    /// The next line without its end; whether it had one, and nothing where there is no line.
    pub(super) fn next_line(&mut self, line: &mut Vec<u8>) -> Result<Option<bool>, ReadErrorKind> {
        line.clear();
        let limit = self.limit as u64 + 2;
        let read = self.bytes.by_ref().take(limit).read_until(b'\n', line).map_err(ReadErrorKind::Io)?;
        self.at += read as u64;
        let has_end = line.pop_if(|byte| *byte == b'\n').is_some();
        if has_end {
            line.pop_if(|byte| *byte == b'\r');
        }
        if line.len() > self.limit {
            return Err(ReadErrorKind::TooLong { limit: self.limit });
        }
        Ok((read > 0).then_some(has_end))
    }

    /// So many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u8>, ReadErrorKind> {
        // Most often they are in memory already: then one allocation of the right size will do.
        if let Some(here) = self.ahead()?.get(..count) {
            let taken = here.to_vec();
            self.pass(count);
            return Ok(taken);
        }
        let mut taken = Vec::new();
        let read = self.bytes.by_ref().take(count as u64).read_to_end(&mut taken);
        self.at += read.map_err(ReadErrorKind::Io)? as u64;
        if taken.len() < count { Err(ReadErrorKind::CutOff) } else { Ok(taken) }
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), ReadErrorKind> {
        let mut left = count;
        while left > 0 {
            let here = self.ahead()?.len().min(left);
            if here == 0 {
                return Err(ReadErrorKind::CutOff);
            }
            self.pass(here);
            left -= here;
        }
        Ok(())
    }

    /// Appends what can be read at once; says whether that is anything.
    pub(super) fn read_on(&mut self, to: &mut Vec<u8>) -> Result<bool, ReadErrorKind> {
        let ahead = self.ahead()?;
        to.extend_from_slice(ahead);
        let read = ahead.len();
        self.pass(read);
        Ok(read > 0)
    }
}
