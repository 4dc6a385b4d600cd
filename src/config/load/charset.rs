//! Character set and collation, which the server settles together after all variables of a module.

use crate::schema::{CHARSETS, Module};

use super::variables::{Running, VariableRow};
use super::{Level, Message, MessageKind};

const CHARSET: &str = "default_charset";
const COLLATION: &str = "default_collation_connection";

/// Brings both to fit each other, in memory and at runtime. `before` is what ran before the load.
pub(super) fn settle(
    module: Module,
    rows: &mut [VariableRow],
    running: &mut Running,
    before: &[Vec<u8>; 2],
    messages: &mut Vec<Message>,
) {
    let text = |name| String::from_utf8_lossy(running.named(name)).into_owned();
    let (charset, collation) = (text(CHARSET), text(COLLATION));
    let (known_charset, charset_of_collation) = (charset_named(&charset), charset_of(&collation));
    let span = |name: &str| rows.iter().find(|row| row.name() == name.as_bytes()).and_then(VariableRow::span);
    // Where the file names only one of them, that one is the cause.
    let mut say = |name: &str, level, text| {
        let span = span(name).or_else(|| span(CHARSET)).or_else(|| span(COLLATION));
        messages.push(Message { kind: MessageKind::Line { level, text }, span });
    };
    let wrong = |name, value: &str| format!("Found an incorrect value for {module}-{name}: {value}");
    let (new_charset, new_collation) = match (known_charset, charset_of_collation) {
        (None, Some((of_collation, _))) => {
            say(CHARSET, Level::Error, wrong(CHARSET, &charset));
            (Some(of_collation), None)
        }
        (None, None) => {
            say(CHARSET, Level::Error, wrong(CHARSET, &charset));
            say(COLLATION, Level::Error, wrong(COLLATION, &collation));
            (Some("utf8"), Some("utf8_general_ci"))
        }
        (Some((_, collations)), None) => {
            say(COLLATION, Level::Error, wrong(COLLATION, &collation));
            (None, collations.first().copied())
        }
        (Some((of_charset, _)), Some((of_collation, _))) if of_charset == of_collation => (None, None),
        (Some((_, collations)), Some((of_collation, _))) => {
            say(
                CHARSET,
                Level::Error,
                format!(
                    "Found incompatible values for {module}-{CHARSET} ({charset}) and {module}-{COLLATION} ({collation})"
                ),
            );
            let changed = |now: &str, then: &[u8]| now.as_bytes() != then;
            if changed(&charset, &before[0]) && !changed(&collation, &before[1]) {
                (None, collations.first().copied())
            } else {
                (Some(of_collation), None)
            }
        }
    };
    for (name, new) in [(CHARSET, new_charset), (COLLATION, new_collation)] {
        let Some(text) = new else { continue };
        running.set_named(name, text.as_bytes().to_vec());
        for row in rows.iter_mut().filter(|row| row.name() == name.as_bytes()) {
            row.set(text.as_bytes());
        }
    }
}

/// A character set by name, in any case.
fn charset_named(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    let name = if name.eq_ignore_ascii_case("utf8mb3") { "utf8" } else { name };
    CHARSETS.iter().copied().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The character set that a collation belongs to.
fn charset_of(collation: &str) -> Option<(&'static str, &'static [&'static str])> {
    let holds = |collations: &[&str]| collations.iter().any(|known| known.eq_ignore_ascii_case(collation));
    CHARSETS.iter().copied().find(|(_, collations)| holds(collations))
}
