//! A row of `stats_mysql_query_digest`, its columns by name.

use crate::digest::DigestHash;
use crate::replay::error::ReadErrorKind;
use crate::replay::event::{Event, EventKind};

/// The column without which nothing can be said.
pub(in crate::replay) const TEXT: &str = "digest_text";

/// What is read of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::replay) enum Column {
    Hostgroup,
    Schemaname,
    Username,
    ClientAddress,
    Digest,
    Text,
    Count,
}

impl Column {
    pub(in crate::replay) fn of(name: &[u8]) -> Option<Self> {
        let all = [
            ("hostgroup", Column::Hostgroup),
            ("schemaname", Column::Schemaname),
            ("username", Column::Username),
            ("client_address", Column::ClientAddress),
            ("digest", Column::Digest),
            (TEXT, Column::Text),
            ("count_star", Column::Count),
        ];
        let name = name.trim_ascii();
        all.into_iter()
            .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))
            .map(|(_, column)| column)
    }

    /// Takes the value of a column over into an event.
    pub(in crate::replay) fn set(self, event: &mut Event, value: Vec<u8>) -> Result<(), ReadErrorKind> {
        match self {
            Column::Hostgroup => event.hostgroup = Some(number("hostgroup", &value)?),
            Column::Schemaname => event.schemaname = Some(value.into()),
            Column::Username => event.username = Some(value.into()),
            Column::ClientAddress => event.client_addr = (!value.is_empty()).then(|| value.into()),
            Column::Digest => event.digest = Some(hash(&value).ok_or_else(|| refused("digest", &value))?),
            Column::Text => event.query = value,
            Column::Count => event.count = number("count_star", &value)?,
        }
        Ok(())
    }
}

/// A row of which nothing is known yet.
pub(in crate::replay) fn row() -> Event {
    Event { kind: EventKind::Digest, count: 1, ..Event::default() }
}

/// The hash of `0x` and hex digits.
pub(in crate::replay) fn hash(text: &[u8]) -> Option<DigestHash> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, 16).ok().map(DigestHash::from)
}

fn number<N: std::str::FromStr>(column: &'static str, value: &[u8]) -> Result<N, ReadErrorKind> {
    let text = std::str::from_utf8(value.trim_ascii()).ok();
    text.and_then(|text| text.parse().ok()).ok_or_else(|| refused(column, value))
}

fn refused(column: &'static str, value: &[u8]) -> ReadErrorKind {
    let value = &value[..value.len().min(40)];
    ReadErrorKind::Value { column, value: String::from_utf8_lossy(value).into_owned() }
}
