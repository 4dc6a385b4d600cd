//! Answers: OK, errors, columns and rows; read and written.

use mysql_common::constants::{ColumnFlags, ColumnType};
use mysql_common::io::BufMutExt as _;

use super::error::{ServerError, WireError, is_state};
use super::read::Reader;
use crate::schema::Text;

/// Another answer follows.
const MORE_RESULTS: u16 = 0x0008;

/// That a command is done, and what a server says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// How many rows were changed.
    pub affected_rows: u64,
    /// What AUTOINCREMENT gave last.
    pub last_insert_id: u64,
    /// The status flags of MySQL.
    pub status: u16,
    /// How many warnings there are.
    pub warnings: u16,
    /// A text for people.
    pub info: Text,
}

impl Done {
    /// Done, with a number of rows that changed.
    pub fn rows(affected_rows: u64) -> Self {
        Done { affected_rows, status: super::STATUS, ..Done::default() }
    }

    /// Done, with a text for people.
    #[must_use]
    pub fn info(mut self, info: impl Into<Text>) -> Self {
        self.info = info.into();
        self
    }

    /// Whether another answer to the same query follows.
    pub fn has_more(&self) -> bool {
        self.status & MORE_RESULTS != 0
    }

    /// Reads OK, also the one that ends rows in the place of EOF.
    pub(super) fn read(payload: &[u8], tracks_session: bool) -> Result<Self, WireError> {
        let mut reader = Reader::new("OK packet", payload);
        reader.u8("its mark, 00 or fe")?;
        let mut done = Done {
            affected_rows: reader.number("a number of rows")?,
            last_insert_id: reader.number("an insert id")?,
            status: reader.u16("status flags")?,
            warnings: reader.u16("a number of warnings")?,
            info: Text::default(),
        };
        if reader.is_empty() {
            return Ok(done);
        }
        let mut probe = reader;
        done.info = match probe.text("a text") {
            // What the session's state has become, behind it, concerns nobody here.
            Ok(text) if tracks_session || probe.is_empty() => text.into(),
            // Servers of old do not say how long it is.
            _ => reader.rest().into(),
        };
        Ok(done)
    }

    pub(super) fn write(&self, packet: &mut Vec<u8>) {
        packet.push(0);
        packet.put_lenenc_int(self.affected_rows);
        packet.put_lenenc_int(self.last_insert_id);
        packet.extend_from_slice(&self.status.to_le_bytes());
        packet.extend_from_slice(&self.warnings.to_le_bytes());
        if !self.info.is_empty() {
            packet.put_lenenc_str(self.info.as_bytes());
        }
    }

    /// Reads what ends columns or rows: EOF, or the OK that newer servers send in its place.
    pub(super) fn read_end(payload: &[u8], tracks_session: bool) -> Result<Self, WireError> {
        if payload.len() > 5 {
            return Done::read(payload, tracks_session);
        }
        let mut reader = Reader::new("EOF packet", payload);
        reader.u8("its mark, fe")?;
        let warnings = reader.u16("a number of warnings")?;
        let status = reader.u16("status flags")?;
        reader.end()?;
        Ok(Done { status, warnings, ..Done::default() })
    }

    pub(super) fn write_end(status: u16, packet: &mut Vec<u8>) {
        packet.extend_from_slice(&[0xfe, 0, 0]);
        packet.extend_from_slice(&status.to_le_bytes());
    }
}

impl ServerError {
    pub(super) fn read(payload: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new("ERR packet", payload);
        reader.u8("its mark, ff")?;
        let code = reader.u16("the number of an error")?;
        let rest = reader.rest();
        // Before the login a server may leave the state out.
        let marked = rest.strip_prefix(b"#").and_then(|marked| marked.split_first_chunk::<5>());
        let marked = marked.filter(|(state, _)| is_state(**state));
        let state = marked.and_then(|(state, _)| std::str::from_utf8(state).ok());
        let message = marked.map_or(rest, |(_, message)| message);
        Ok(ServerError::new(code, state.unwrap_or_default(), message))
    }

    pub(super) fn write(&self, packet: &mut Vec<u8>) {
        packet.push(0xff);
        packet.extend_from_slice(&self.code().to_le_bytes());
        packet.push(b'#');
        packet.extend_from_slice(self.state().as_bytes());
        packet.extend_from_slice(self.message().as_bytes());
    }
}

/// A column of a result set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The schema; ProxySQL leaves it empty, as the two tables.
    pub schema: Text,
    /// The table's alias.
    pub table: Text,
    /// The table.
    pub org_table: Text,
    /// The column's name in the answer.
    pub name: Text,
    /// The column's name in the table.
    pub org_name: Text,
    /// The number of the character set.
    pub charset: u16,
    /// How long a value may be.
    pub length: u32,
    /// The number of MySQL's type.
    pub kind: u8,
    /// MySQL's flags.
    pub flags: u16,
    /// How many digits behind the point; 31: as many as there are.
    pub decimals: u8,
}

impl Column {
    /// A column as the admin of ProxySQL 2.7.1 describes all that it takes from a table.
    pub fn text(name: impl Into<Text>) -> Self {
        Column {
            schema: Text::default(),
            table: Text::default(),
            org_table: Text::default(),
            name: name.into(),
            org_name: Text::default(),
            charset: 33,
            length: 15,
            kind: ColumnType::MYSQL_TYPE_VAR_STRING as u8,
            flags: ColumnFlags::NOT_NULL_FLAG.bits(),
            decimals: 31,
        }
    }

    /// A column as the admin of ProxySQL 2.7.1 describes the one of `SELECT GLOBAL_CHECKSUM()`.
    pub fn number(name: impl Into<Text>) -> Self {
        let flags = ColumnFlags::NOT_NULL_FLAG | ColumnFlags::UNSIGNED_FLAG | ColumnFlags::BINARY_FLAG;
        Column {
            charset: 63,
            length: 31,
            kind: ColumnType::MYSQL_TYPE_LONGLONG as u8,
            flags: flags.bits(),
            decimals: 0,
            ..Column::text(name)
        }
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new("column definition", payload);
        if reader.text("a catalog")? != b"def" {
            return Err(reader.malformed("the catalog `def`"));
        }
        let schema = reader.text("a schema")?.into();
        let table = reader.text("a table")?.into();
        let org_table = reader.text("a table's own name")?.into();
        let name = reader.text("a name")?.into();
        let org_name = reader.text("a column's own name")?.into();
        let mut fixed = Reader::new("column definition", reader.text("12 bytes of fixed length")?);
        let column = Column {
            schema,
            table,
            org_table,
            name,
            org_name,
            charset: fixed.u16("a character set")?,
            length: fixed.u32("a length")?,
            kind: fixed.u8("a type")?,
            flags: fixed.u16("flags")?,
            decimals: fixed.u8("a number of decimals")?,
        };
        Ok(column)
    }

    pub(super) fn write(&self, packet: &mut Vec<u8>) {
        packet.put_lenenc_str(b"def");
        for text in [&self.schema, &self.table, &self.org_table, &self.name, &self.org_name] {
            packet.put_lenenc_str(text.as_bytes());
        }
        packet.push(12);
        packet.extend_from_slice(&self.charset.to_le_bytes());
        packet.extend_from_slice(&self.length.to_le_bytes());
        packet.push(self.kind);
        packet.extend_from_slice(&self.flags.to_le_bytes());
        packet.extend_from_slice(&[self.decimals, 0, 0]);
    }
}

/// Where a value lies in its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// [`NULL`] where there is none.
    start: u32,
    end: u32,
}

const NULL: u32 = u32::MAX;

/// A row, borrowed from what was received.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    payload: &'a [u8],
    spans: &'a [Span],
}

impl<'a> Row<'a> {
    pub(super) fn new(payload: &'a [u8], spans: &'a [Span]) -> Self {
        Row { payload, spans }
    }

    /// How many values it has: as many as there are columns.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether it has none, which no row of a server is.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A value: `None` where it is NULL, or where there is no such column.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).and_then(|span| self.value(*span))
    }

    /// The values in order; `None` is NULL.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&'a [u8]>> + use<'a> {
        let row = *self;
        self.spans.iter().map(move |span| row.value(*span))
    }

    fn value(&self, span: Span) -> Option<&'a [u8]> {
        if span.start == NULL {
            return None;
        }
        self.payload.get(span.start as usize..span.end as usize)
    }
}

/// Not the values: they may be passwords.
impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Finds the values of a row; the payload is shorter than 4 GiB.
pub(super) fn split_row(payload: &[u8], columns: usize, spans: &mut Vec<Span>) -> Result<(), WireError> {
    spans.clear();
    let mut at = 0;
    for _ in 0..columns {
        let (start, end) = match payload.get(at) {
            Some(0xfb) => {
                at += 1;
                spans.push(Span { start: NULL, end: NULL });
                continue;
            }
            Some(&len @ 0..=0xfa) => (at + 1, at + 1 + usize::from(len)),
            _ => long_value(payload, at)?,
        };
        if end > payload.len() {
            return Err(malformed_row("as many bytes as a value says", at));
        }
        at = end;
        // A payload is shorter than 4 GiB.
        #[allow(clippy::cast_possible_truncation)]
        spans.push(Span { start: start as u32, end: end as u32 });
    }
    if at < payload.len() {
        return Err(malformed_row("as many values as there are columns, and no more", at));
    }
    Ok(())
}

#[cold]
fn long_value(payload: &[u8], at: usize) -> Result<(usize, usize), WireError> {
    let rest = payload.get(at..).unwrap_or_default();
    let mut reader = Reader::new("row", rest);
    let value = reader.text("a value for each column");
    let value = value.map_err(|_| malformed_row("a value for each column", at))?;
    let end = payload.len() - reader.rest().len();
    Ok((end - value.len(), end))
}

#[cold]
fn malformed_row(expected: &'static str, at: usize) -> WireError {
    WireError::Malformed { packet: "row", expected, at }
}

/// Appends a value of a row.
pub(super) fn write_value(value: Option<&[u8]>, packet: &mut Vec<u8>) {
    match value {
        None => packet.push(0xfb),
        Some(value) => packet.put_lenenc_str(value),
    }
}
