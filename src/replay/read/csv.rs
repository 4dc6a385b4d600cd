//! Digests as CSV with a header, or as the command `mysql` prints them with `--batch`.

use std::io::BufRead;

use super::digests::{self, Column};
use crate::replay::error::ReadErrorKind;
use crate::replay::event::Event;
use crate::replay::input::Input;

/// What a header said.
#[derive(Debug)]
pub(in crate::replay) struct Csv {
    separator: u8,
    columns: Vec<Option<Column>>,
}

/// The most columns that a header may have.
const MOST_COLUMNS: usize = 1000;

/// Whether a log begins with a header that names digest texts.
pub(in crate::replay) fn is_header(head: &[u8]) -> bool {
    let names = first_line(head).split(|byte| matches!(byte, b',' | b';' | b'\t'));
    names.map(unquoted).any(|name| Column::of(name) == Some(Column::Text))
}

fn first_line(head: &[u8]) -> &[u8] {
    head.split(|&byte| byte == b'\n').next().unwrap_or_default()
}

fn unquoted(name: &[u8]) -> &[u8] {
    let name = name.trim_ascii();
    name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name)
}

impl Csv {
    /// Reads the header.
    pub(in crate::replay) fn begin<B: BufRead>(
        input: &mut Input<B>,
        head: &[u8],
    ) -> Result<Self, ReadErrorKind> {
        let count = |separator: &u8| memchr::memchr_iter(*separator, first_line(head)).count();
        let separator = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
        let header = Csv { separator, columns: vec![None; MOST_COLUMNS] };
        let names = header.record(input)?.unwrap_or_default();
        let columns: Vec<_> = names.iter().map(|name| Column::of(name)).collect();
        if !columns.contains(&Some(Column::Text)) {
            return Err(ReadErrorKind::Missing(digests::TEXT));
        }
        Ok(Csv { separator, columns })
    }

    /// The next row.
    pub(in crate::replay) fn next<B: BufRead>(
        &self,
        input: &mut Input<B>,
    ) -> Result<Option<Event>, ReadErrorKind> {
        let mut begin = input.line;
        let event = loop {
            match self.record(input) {
                Ok(None) => return Ok(None),
                // An empty line.
                Ok(Some(fields)) if fields.iter().all(Vec::is_empty) && fields.len() == 1 => {
                    begin = input.line;
                }
                Ok(Some(fields)) => break self.event(fields),
                Err(error) => break Err(error),
            }
        };
        if event.is_err() {
            input.line = begin;
        }
        event.map(Some)
    }

    fn event(&self, fields: Vec<Vec<u8>>) -> Result<Event, ReadErrorKind> {
        let mut event = digests::row();
        let mut has_text = false;
        for (column, value) in self.columns.iter().zip(fields) {
            if let Some(column) = column {
                has_text |= *column == Column::Text;
                column.set(&mut event, value)?;
            }
        }
        if has_text { Ok(event) } else { Err(ReadErrorKind::Missing(digests::TEXT)) }
    }

    /// The fields of the next record, those without a column left out.
    fn record<B: BufRead>(&self, input: &mut Input<B>) -> Result<Option<Vec<Vec<u8>>>, ReadErrorKind> {
        if input.ahead()?.is_empty() {
            return Ok(None);
        }
        let begin = input.at;
        let mut fields = Vec::new();
        loop {
            let (field, is_last) = self.field(input, begin)?;
            if fields.len() < self.columns.len() {
                fields.push(field);
            }
            if is_last {
                return Ok(Some(fields));
            }
        }
    }

    /// A field, and whether it is the last of its record.
    fn field<B: BufRead>(&self, input: &mut Input<B>, begin: u64) -> Result<(Vec<u8>, bool), ReadErrorKind> {
        let mut field = Vec::new();
        let is_tabbed = self.separator == b'\t';
        let mut quotes = Quoting::None;
        loop {
            if input.at - begin > input.limit as u64 {
                return Err(ReadErrorKind::TooLong { limit: input.limit });
            }
            let Some(byte) = input.byte()? else {
                return if quotes == Quoting::Open { Err(ReadErrorKind::CutOff) } else { Ok((field, true)) };
            };
            input.line += u64::from(byte == b'\n');
            match byte {
                b'"' if quotes == Quoting::Open => quotes = Quoting::Closed,
                b'"' if quotes == Quoting::Closed => {
                    quotes = Quoting::Open;
                    field.push(b'"');
                }
                _ if quotes == Quoting::Open => field.push(byte),
                b'"' if field.is_empty() && !is_tabbed => quotes = Quoting::Open,
                b'\n' => {
                    field.pop_if(|byte| *byte == b'\r' && quotes == Quoting::None);
                    return Ok((field, true));
                }
                _ if byte == self.separator => return Ok((field, false)),
                b'\r' if quotes == Quoting::Closed => {}
                _ if quotes == Quoting::Closed => return Err(ReadErrorKind::Quote),
                b'\\' if is_tabbed => field.push(unescaped(input.byte()?.ok_or(ReadErrorKind::CutOff)?)),
                _ => field.push(byte),
            }
        }
    }
}

/// Where a field stands with its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    None,
    Open,
    /// Behind a quote: it ended the field, or another one follows.
    Closed,
}

/// What stands behind a backslash of the command `mysql`.
fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'0' => 0,
        other => other,
    }
}
