//! The events log of ProxySQL 2.7.1 in JSON: an object a line.

use std::borrow::Cow;
use std::io::BufRead;

use serde::Deserialize;

use super::digests::hash;
use crate::replay::error::ReadErrorKind;
use crate::replay::event::{Event, EventKind, address};
use crate::replay::input::Input;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    query: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    username: Option<Cow<'a, str>>,
    #[serde(borrow)]
    schemaname: Option<Cow<'a, str>>,
    #[serde(borrow)]
    client: Option<Cow<'a, str>>,
    #[serde(borrow)]
    digest: Option<Cow<'a, str>>,
    hostgroup_id: Option<i64>,
    thread_id: Option<u64>,
}

/// The event of the next line that is not blank.
pub(in crate::replay) fn next<B: BufRead>(
    input: &mut Input<B>,
    line: &mut Vec<u8>,
) -> Result<Option<Event>, ReadErrorKind> {
    let has_end = loop {
        let Some(has_end) = input.next_line(line)? else { return Ok(None) };
        if !line.trim_ascii().is_empty() {
            break has_end;
        }
        input.line += 1;
    };
    let event = event(line)
        .map_err(|error| if !has_end && is_cut_off(line) { ReadErrorKind::CutOff } else { error })?;
    input.line += 1;
    Ok(Some(event))
}

fn is_cut_off(line: &[u8]) -> bool {
    !line.trim_ascii_end().ends_with(b"}")
}

fn event(line: &[u8]) -> Result<Event, ReadErrorKind> {
    let line: Line<'_> = serde_json::from_slice(line)
        .map_err(|error| ReadErrorKind::Json(super::objects::without_line(&error)))?;
    let query = line.query.ok_or(ReadErrorKind::Missing("query"))?;
    let text = |text: Option<Cow<'_, str>>| text.map(|text| text.as_bytes().into());
    Ok(Event {
        kind: match line.event.as_deref() {
            Some("COM_STMT_PREPARE") => EventKind::Prepare,
            Some("COM_STMT_EXECUTE") => EventKind::Execute,
            _ => EventKind::Query,
        },
        query: query.into_owned().into_bytes(),
        username: text(line.username),
        schemaname: text(line.schemaname),
        client_addr: line.client.and_then(|client| address(client.as_bytes())),
        hostgroup: line.hostgroup_id.and_then(|id| i32::try_from(id).ok()).filter(|&id| id >= 0),
        digest: line.digest.and_then(|digest| hash(digest.as_bytes())),
        session: line.thread_id,
        count: 1,
    })
}
