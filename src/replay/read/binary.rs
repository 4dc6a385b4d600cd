//! The binary events log of ProxySQL 2.7.1.

use std::io::BufRead;

use crate::replay::error::ReadErrorKind;
use crate::replay::event::{Event, EventKind, address};
use crate::replay::input::Input;
use crate::schema::Text;

/// The hostgroup of a query that no server took part in.
const NO_HOSTGROUP: u64 = u64::MAX;

/// Whether a log begins with a record: its length has zeros at the end, and behind it is a type.
pub(in crate::replay) fn begins(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, 0, 0, 0, 0, record, ..] if kind(*record).is_some())
}

fn kind(record: u8) -> Option<EventKind> {
    match record {
        0 => Some(EventKind::Query),
        16 => Some(EventKind::Execute),
        17 => Some(EventKind::Prepare),
        _ => None,
    }
}

/// The next record.
pub(in crate::replay) fn next<B: BufRead>(input: &mut Input<B>) -> Result<Option<Event>, ReadErrorKind> {
    if input.ahead()?.is_empty() {
        return Ok(None);
    }
    let total = number(input, 8)?;
    let begin = input.at;
    let event = Record { input, begin }.event()?;
    // A record of a query says one too many: it counts a number of a statement that is not there.
    let found = input.at - begin;
    if found != total && found + 1 != total {
        return Err(ReadErrorKind::Size { said: total, found });
    }
    Ok(Some(event))
}

/// How many bytes of these are whole records. All of them, if what stands there is none: whoever reads it is told
/// so.
pub(in crate::replay) fn whole(bytes: &[u8], limit: usize) -> usize {
    let mut input = Input::of_block(bytes, 0, 1, limit);
    let mut end = 0;
    loop {
        match pass(&mut input) {
            Ok(()) => end = bytes.len().min(usize::try_from(input.at).unwrap_or(usize::MAX)),
            Err(ReadErrorKind::CutOff) => return end,
            Err(_) => return bytes.len(),
        }
    }
}

/// Goes behind a record.
fn pass<B: BufRead>(input: &mut Input<B>) -> Result<(), ReadErrorKind> {
    number(input, 8)?;
    let begin = input.at;
    Record { input, begin }.pass()
}

struct Record<'i, B> {
    input: &'i mut Input<B>,
    begin: u64,
}

impl<B: BufRead> Record<'_, B> {
    fn event(&mut self) -> Result<Event, ReadErrorKind> {
        let record = byte(self.input)?;
        let kind = kind(record).ok_or(ReadErrorKind::Type(record))?;
        let session = self.len()?;
        let (username, schemaname, client) = (self.text()?, self.text()?, self.text()?);
        let hostgroup = self.len()?;
        if hostgroup != NO_HOSTGROUP {
            self.pass_text()?;
        }
        let (_start, _end) = (self.len()?, self.len()?);
        if kind != EventKind::Query {
            let _statement = self.len()?;
        }
        let (_affected, _last_insert, _sent) = (self.len()?, self.len()?, self.len()?);
        let digest = self.len()?;
        let query = self.text()?;
        Ok(Event {
            kind,
            query,
            username: Some(Text::from(username)),
            schemaname: Some(Text::from(schemaname)),
            client_addr: address(&client),
            hostgroup: i32::try_from(hostgroup).ok(),
            digest: Some(digest.into()),
            session: Some(session),
            count: 1,
        })
    }

    /// Reads the same fields, and keeps none.
    fn pass(&mut self) -> Result<(), ReadErrorKind> {
        let record = byte(self.input)?;
        let kind = kind(record).ok_or(ReadErrorKind::Type(record))?;
        self.len()?;
        (0..3).try_for_each(|_| self.pass_text())?;
        if self.len()? != NO_HOSTGROUP {
            self.pass_text()?;
        }
        let numbers = if kind == EventKind::Query { 6 } else { 7 };
        (0..numbers).try_for_each(|_| self.len().map(drop))?;
        self.pass_text()
    }

    /// A number of one byte, or of 2, 3 or 8 behind a byte that says so.
    fn len(&mut self) -> Result<u64, ReadErrorKind> {
        match byte(self.input)? {
            0xfc => number(self.input, 2),
            0xfd => number(self.input, 3),
            0xfe => number(self.input, 8),
            first @ (0xfb | 0xff) => Err(ReadErrorKind::Length(first)),
            small => Ok(small.into()),
        }
    }

    fn text(&mut self) -> Result<Vec<u8>, ReadErrorKind> {
        let len = self.text_len()?;
        self.input.take(len)
    }

    fn pass_text(&mut self) -> Result<(), ReadErrorKind> {
        let len = self.text_len()?;
        self.input.skip(len)
    }

    /// The length of a text that may stand here.
    fn text_len(&mut self) -> Result<usize, ReadErrorKind> {
        let len = self.len()?;
        let limit = self.input.limit;
        let before = usize::try_from(self.input.at - self.begin).unwrap_or(usize::MAX);
        let len = usize::try_from(len).ok().filter(|len| *len <= limit.saturating_sub(before));
        len.ok_or(ReadErrorKind::TooLong { limit })
    }
}

fn byte<B: BufRead>(input: &mut Input<B>) -> Result<u8, ReadErrorKind> {
    match input.byte()? {
        Some(byte) => Ok(byte),
        None => Err(ReadErrorKind::CutOff),
    }
}

/// A number of so many bytes, the lowest first.
fn number<B: BufRead>(input: &mut Input<B>, bytes: usize) -> Result<u64, ReadErrorKind> {
    let mut number = [0; 8];
    let number_bytes = &mut number[..bytes];
    // Most often they are in memory already.
    if let Some(here) = input.ahead()?.get(..bytes) {
        number_bytes.copy_from_slice(here);
        input.pass(bytes);
    } else {
        for place in number_bytes {
            *place = byte(input)?;
        }
    }
    Ok(u64::from_le_bytes(number))
}
