//! The formats of logs, and how one is told from another.

use std::fmt;

use memchr::memmem;

use super::error::ReadErrorKind;
use super::read;

/// How compressed files begin, and what reads them.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b\x08", "zcat"),
    (b"\x28\xb5\x2f\xfd", "zstdcat"),
    (b"\xfd7zXZ\0", "xzcat"),
    (b"BZh", "bzcat"),
];

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogFormat {
    /// ProxySQL's events log with `mysql-eventslog_format=2`: an object a line.
    EventsJson,
    /// ProxySQL's events log with `mysql-eventslog_format=1`.
    EventsBinary,
    /// A statement a line. Empty lines and those that begin with `#` or `-- ` are none, and a `;` at the
    /// end is not sent, as with the command `mysql`.
    Sql,
    /// `stats_mysql_query_digest` with a header; the fields end with a comma, a semicolon or, with the
    /// backslashes of the command `mysql`, a tab.
    DigestsCsv,
    /// `stats_mysql_query_digest` as JSON: an array of objects, or objects one behind the other.
    DigestsJson,
}

impl LogFormat {
    /// All of them.
    pub const ALL: [LogFormat; 5] = [
        LogFormat::EventsJson,
        LogFormat::EventsBinary,
        LogFormat::Sql,
        LogFormat::DigestsCsv,
        LogFormat::DigestsJson,
    ];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            LogFormat::EventsJson => "eventslog-json",
            LogFormat::EventsBinary => "eventslog-binary",
            LogFormat::Sql => "sql",
            LogFormat::DigestsCsv => "digests-csv",
            LogFormat::DigestsJson => "digests-json",
        }
    }

    /// Whether the log has digests in the place of queries.
    pub fn has_digests(self) -> bool {
        matches!(self, LogFormat::DigestsCsv | LogFormat::DigestsJson)
    }

    /// The format of a log that begins so. A text that looks like nothing else is SQL.
    pub(super) fn of(head: &[u8]) -> Result<Self, ReadErrorKind> {
        if let Some((_, program)) = COMPRESSED.iter().find(|(begin, _)| head.starts_with(begin)) {
            return Err(ReadErrorKind::Compressed { program });
        }
        if read::binary::begins(head) {
            return Ok(LogFormat::EventsBinary);
        }
        if memchr::memchr(0, head).is_some() {
            return Err(ReadErrorKind::Unknown);
        }
        let has_digests = || memmem::find(head, b"\"digest_text\"").is_some();
        Ok(match head.trim_ascii_start() {
            [b'[', ..] => LogFormat::DigestsJson,
            [b'{', ..] if has_digests() => LogFormat::DigestsJson,
            [b'{', ..] => LogFormat::EventsJson,
            _ if read::csv::is_header(head) => LogFormat::DigestsCsv,
            _ => LogFormat::Sql,
        })
    }
}

/// What it is, in words.
impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogFormat::EventsJson => "events log (JSON)",
            LogFormat::EventsBinary => "events log (binary)",
            LogFormat::Sql => "SQL",
            LogFormat::DigestsCsv => "digests (CSV)",
            LogFormat::DigestsJson => "digests (JSON)",
        })
    }
}
