//! Why a log is not read on, and where.

use std::fmt;

use thiserror::Error;

/// A log that is not read on. What was read before it counts.
#[derive(Debug, Error)]
#[error("{place}: {kind}")]
pub struct ReadError {
    place: Place,
    #[source]
    kind: ReadErrorKind,
}

impl ReadError {
    pub(super) fn new(place: Place, kind: ReadErrorKind) -> Self {
        ReadError { place, kind }
    }

    /// Where in the log.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What is wrong.
    pub fn kind(&self) -> &ReadErrorKind {
        &self.kind
    }
}

/// A place in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from 1.
    Line(u64),
    /// A byte, counted from 0: where the record begins.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// What is wrong with a log.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[source] std::io::Error),
    /// It is compressed.
    #[error("it is compressed: read it with `{program}` and pass on what that prints")]
    Compressed {
        /// A program that prints what is in it.
        program: &'static str,
    },
    /// It holds NUL bytes and is no binary events log.
    #[error("it is no log of a known format: if it is one, name its format")]
    Unknown,
    /// It ends within a record, as one does that is still written to.
    #[error("the log ends within this record")]
    CutOff,
    /// A record is longer than [`ReadOptions::max_record`](super::ReadOptions::max_record).
    #[error("a record of more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// It is no JSON of the kind that is due.
    #[error("it is no JSON of a log: {0}")]
    Json(String),
    /// An object has no such member, or a header no such column.
    #[error("there is no `{0}`")]
    Missing(&'static str),
    /// A value is not of its kind.
    #[error("{value:?} is not a value of `{column}`")]
    Value {
        /// The column.
        column: &'static str,
        /// Its value, cut short.
        value: String,
    },
    /// A quoted field of a CSV goes on behind its quote.
    #[error("a field goes on behind its closing quote")]
    Quote,
    /// A record of a binary log is of no known type.
    #[error("{0} is no type of record: 0, 16 and 17 are")]
    Type(u8),
    /// A length of a binary log begins with a byte that none begins with.
    #[error("byte {0:#04x} begins no length")]
    Length(u8),
    /// A record of a binary log is not as long as it says.
    #[error("a record says that it has {said} bytes, and its fields have {found}")]
    Size {
        /// What it says.
        said: u64,
        /// What it has.
        found: u64,
    },
}
