//! The events of a log, or of a block of one, in order.

use std::io::BufRead;

use super::blocks::Block;
use super::error::{Place, ReadError, ReadErrorKind};
use super::event::Event;
use super::format::LogFormat;
use super::input::Input;
use super::read::csv::Csv;
use super::read::{binary, events_json, objects, sql};

/// Reads one record after the other, to the end or to the first error.
pub(super) struct Records<B> {
    pub(super) input: Input<B>,
    pub(super) format: LogFormat,
    csv: Option<Csv>,
    record: Vec<u8>,
    is_done: bool,
}

impl<B: BufRead> Records<B> {
    pub(super) fn new(input: Input<B>, format: LogFormat, csv: Option<Csv>) -> Self {
        Records { input, format, csv, record: Vec::new(), is_done: false }
    }

    fn read(&mut self) -> Result<Option<Event>, ReadErrorKind> {
        let Records { input, record, .. } = self;
        match (self.format, &self.csv) {
            (LogFormat::EventsBinary, _) => binary::next(input),
            (LogFormat::EventsJson, _) => events_json::next(input, record),
            (LogFormat::DigestsJson, _) => objects::next(input, record),
            (LogFormat::DigestsCsv, Some(csv)) => csv.next(input),
            (LogFormat::Sql | LogFormat::DigestsCsv, _) => sql::next(input, record),
        }
    }
}

impl<'b> Records<&'b [u8]> {
    /// The records of a block.
    pub(super) fn of_block(block: &'b Block, format: LogFormat, limit: usize) -> Self {
        Records::new(Input::of_block(&block.bytes, block.at, block.line, limit), format, None)
    }
}

impl<B: BufRead> Iterator for Records<B> {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let begin = self.input.at;
        match self.read() {
            Ok(Some(event)) => Some(Ok(event)),
            Ok(None) => {
                self.is_done = true;
                None
            }
            Err(kind) => {
                self.is_done = true;
                Some(Err(ReadError::new(place(self.format, begin, self.input.line), kind)))
            }
        }
    }
}

/// How a place in a log of that format is named.
pub(super) fn place(format: LogFormat, byte: u64, line: u64) -> Place {
    if format == LogFormat::EventsBinary { Place::Byte(byte) } else { Place::Line(line) }
}
