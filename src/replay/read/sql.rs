//! Plain SQL: a statement a line.

use std::io::BufRead;

use crate::replay::error::ReadErrorKind;
use crate::replay::event::Event;
use crate::replay::input::Input;

/// The statement of the next line that has one.
pub(in crate::replay) fn next<B: BufRead>(
    input: &mut Input<B>,
    line: &mut Vec<u8>,
) -> Result<Option<Event>, ReadErrorKind> {
    while input.next_line(line)?.is_some() {
        input.line += 1;
        let statement = statement(line);
        if !statement.is_empty() {
            return Ok(Some(Event::query(statement)));
        }
    }
    Ok(None)
}

/// What a line sends: nothing, if it is a comment that the command `mysql` keeps to itself.
fn statement(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    if line.starts_with(b"#") || line == b"--" || line.starts_with(b"-- ") {
        return &[];
    }
    line.strip_suffix(b";").unwrap_or(line).trim_ascii_end()
}
