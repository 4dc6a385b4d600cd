//! The events of a log, one by one.

use std::fmt;
use std::io::Read;

use super::error::{Place, ReadError};
use super::event::Event;
use super::format::LogFormat;
use super::input::{Buffered, Input};
use super::read::csv::Csv;
use super::records::Records;

/// Reads the events of a log.
///
/// It ends at the end of the log, or with the first error: behind it nothing could be trusted. No more than
/// one record is in memory.
///
/// ```
/// use proxysql_kit::replay::{LogFormat, Reader};
///
/// let log = r#"{"client":"10.0.0.7:4711","event":"COM_QUERY","hostgroup_id":20,"query":"SELECT 1","username":"app"}"#;
/// let mut reader = Reader::new(log.as_bytes(), None)?;
/// assert_eq!(reader.format(), LogFormat::EventsJson);
/// let event = reader.next().unwrap()?;
/// assert_eq!(event.client_addr.unwrap(), "10.0.0.7");
/// assert_eq!(event.hostgroup, Some(20));
/// # Ok::<(), proxysql_kit::replay::ReadError>(())
/// ```
pub struct Reader<R> {
    pub(super) records: Records<Buffered<R>>,
}

/// How a log is read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The format; `None` tells it from how the log begins.
    pub format: Option<LogFormat>,
    /// The most bytes of a record: 64 MiB, as of a packet that ProxySQL takes, and a bit.
    pub max_record: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { format: None, max_record: (64 << 20) + (64 << 10) }
    }
}

impl ReadOptions {
    /// With this format.
    #[must_use]
    pub fn format(self, format: LogFormat) -> Self {
        ReadOptions { format: Some(format), ..self }
    }

    /// With this limit on a record, in bytes.
    #[must_use]
    pub fn max_record(self, bytes: usize) -> Self {
        ReadOptions { max_record: bytes, ..self }
    }
}

impl<R: Read> Reader<R> {
    /// Reads a log of a format, or of the one that it begins like.
    ///
    /// # Errors
    /// Where its beginning cannot be read or is of no known format, or a CSV has no column `digest_text`.
    pub fn new(read: R, format: Option<LogFormat>) -> Result<Self, ReadError> {
        Reader::with(read, &ReadOptions { format, ..ReadOptions::default() })
    }

    /// Reads a log with options.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(read: R, options: &ReadOptions) -> Result<Self, ReadError> {
        let wants_head = matches!(options.format, None | Some(LogFormat::DigestsCsv));
        let (mut input, head) = Input::new(read, options.max_record, wants_head)?;
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let told = || LogFormat::of(text).map_err(|kind| ReadError::new(Place::Byte(0), kind));
        let format = options.format.map_or_else(told, Ok)?;
        let failed = |kind| ReadError::new(Place::Line(1), kind);
        if format != LogFormat::EventsBinary {
            input.skip_mark().map_err(failed)?;
        }
        let csv = match format {
            LogFormat::DigestsCsv => Some(Csv::begin(&mut input, text).map_err(failed)?),
            _ => None,
        };
        Ok(Reader { records: Records::new(input, format, csv) })
    }

    /// The format of the log.
    pub fn format(&self) -> LogFormat {
        self.records.format
    }

    /// How many bytes were read.
    pub fn position(&self) -> u64 {
        self.records.input.at
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.records.next()
    }
}

/// The format and the place.
impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("format", &self.records.format)
            .field("at", &self.records.input.at)
            .finish_non_exhaustive()
    }
}
