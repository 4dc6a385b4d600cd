//! Digests as JSON: objects in an array, or one behind the other.

use std::io::BufRead;

use serde_json::{Map, Value};

use super::digests::{self, Column};
use crate::replay::error::ReadErrorKind;
use crate::replay::event::Event;
use crate::replay::input::Input;

/// The next object.
pub(in crate::replay) fn next<B: BufRead>(
    input: &mut Input<B>,
    object: &mut Vec<u8>,
) -> Result<Option<Event>, ReadErrorKind> {
    if !begin(input)? {
        return Ok(None);
    }
    let lines = take(input, object)?;
    let members: Map<String, Value> =
        serde_json::from_slice(object).map_err(|error| ReadErrorKind::Json(without_line(&error)))?;
    let event = event(members)?;
    input.line += lines;
    Ok(Some(event))
}

/// The message without serde's own place, which is that within one object.
pub(super) fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or(text.clone(), |at| text[..at].to_owned())
}

fn event(members: Map<String, Value>) -> Result<Event, ReadErrorKind> {
    let mut event = digests::row();
    let mut has_text = false;
    for (name, value) in members {
        let Some(column) = Column::of(name.as_bytes()) else { continue };
        let value = match value {
            Value::String(text) => text,
            Value::Null => continue,
            // The admin port gives texts, a program may have made numbers of them.
            other => other.to_string(),
        };
        has_text |= column == Column::Text;
        column.set(&mut event, value.into_bytes())?;
    }
    if has_text { Ok(event) } else { Err(ReadErrorKind::Missing(digests::TEXT)) }
}

/// Goes to the next `{`; whether there is one.
fn begin<B: BufRead>(input: &mut Input<B>) -> Result<bool, ReadErrorKind> {
    loop {
        match input.ahead()?.first() {
            None => return Ok(false),
            Some(b'{') => return Ok(true),
            Some(b'\n') => input.line += 1,
            Some(b' ' | b'\t' | b'\r' | b'[' | b']' | b',') => {}
            Some(&byte) => {
                return Err(ReadErrorKind::Json(format!("an object is due, not `{}`", byte.escape_ascii())));
            }
        }
        input.pass(1);
    }
}

/// Takes an object, from `{` to the `}` that belongs to it; gives how many lines end in it.
fn take<B: BufRead>(input: &mut Input<B>, object: &mut Vec<u8>) -> Result<u64, ReadErrorKind> {
    object.clear();
    let (mut depth, mut in_text, mut is_escaped, mut lines) = (0_usize, false, false, 0);
    loop {
        let ahead = input.ahead()?;
        if ahead.is_empty() {
            return Err(ReadErrorKind::CutOff);
        }
        let mut end = None;
        for (at, &byte) in ahead.iter().enumerate() {
            lines += u64::from(byte == b'\n');
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_text => is_escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth += 1,
                b'}' | b']' if !in_text => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = Some(at + 1);
                break;
            }
        }
        let taken = end.unwrap_or(ahead.len());
        object.extend_from_slice(&ahead[..taken]);
        input.pass(taken);
        if object.len() > input.limit {
            return Err(ReadErrorKind::TooLong { limit: input.limit });
        }
        if end.is_some() {
            return Ok(lines);
        }
    }
}
