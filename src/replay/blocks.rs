//! A log in blocks of whole records, which several threads can read.

use std::io::BufRead;

use super::error::{ReadError, ReadErrorKind};
use super::format::LogFormat;
use super::input::Input;
use super::read::binary;
use super::records::place;

/// A part of a log: whole records, but for what ends the log or breaks it off.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Where it begins in the log, in bytes.
    pub(super) at: u64,
    /// Its first line, counted from 1.
    pub(super) line: u64,
}

/// Cuts a log of a format whose records show where they end.
pub(super) struct Blocks<B> {
    input: Input<B>,
    format: LogFormat,
    /// Where the next block begins, with what is read of it.
    next: Block,
    is_done: bool,
}

/// Whether records of a format show where they end without being read from the log's beginning.
pub(super) fn can_cut(format: LogFormat) -> bool {
    matches!(format, LogFormat::EventsJson | LogFormat::EventsBinary | LogFormat::Sql)
}

impl<B: BufRead> Blocks<B> {
    /// Cuts the rest of a log.
    pub(super) fn new(input: Input<B>, format: LogFormat) -> Self {
        let next = Block { bytes: Vec::new(), at: input.at, line: input.line };
        Blocks { input, format, next, is_done: false }
    }

    /// How many bytes were read.
    pub(super) fn position(&self) -> u64 {
        self.input.at
    }

    /// The next block.
    pub(super) fn next(&mut self) -> Result<Option<Block>, ReadError> {
        while !self.is_done {
            let known = self.next.bytes.len();
            let read = self.input.read_on(&mut self.next.bytes);
            let read = read.map_err(|kind| self.failed(kind))?;
            let whole = self.whole(known);
            // What is longer than any record is passed on as it is: whoever reads it is told so.
            self.is_done = !read || self.next.bytes.len() - whole > self.input.limit + 2;
            if whole > 0 && !self.is_done {
                return Ok(Some(self.cut(whole)));
            }
        }
        let all = self.next.bytes.len();
        Ok((all > 0).then(|| self.cut(all)))
    }

    /// How many bytes are whole records; in the first ones no record of lines ends.
    fn whole(&self, known: usize) -> usize {
        let bytes = &self.next.bytes;
        if self.format == LogFormat::EventsBinary {
            binary::whole(bytes, self.input.limit)
        } else {
            memchr::memrchr(b'\n', &bytes[known..]).map_or(0, |end| known + end + 1)
        }
    }

    fn cut(&mut self, len: usize) -> Block {
        let rest = self.next.bytes.split_off(len);
        let bytes = &self.next.bytes;
        // Nobody asks for the line of a binary record.
        let lines = match self.format {
            LogFormat::EventsBinary => 0,
            _ => memchr::memchr_iter(b'\n', bytes).count() as u64,
        };
        let (at, line) = (self.next.at + len as u64, self.next.line + lines);
        std::mem::replace(&mut self.next, Block { bytes: rest, at, line })
    }

    fn failed(&self, kind: ReadErrorKind) -> ReadError {
        ReadError::new(place(self.format, self.next.at, self.next.line), kind)
    }
}
