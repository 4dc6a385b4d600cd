//! Values as SQL literals that survive the way: the client that splits a script, and the server's own
//! rewriting, before SQLite sees them.

use std::fmt::Write as _;

use crate::schema::Cell;

/// Adds a value.
pub(crate) fn push(sql: &mut String, cell: Cell<'_>) {
    match cell {
        Cell::Null => sql.push_str("NULL"),
        // Writing to a `String` cannot fail.
        Cell::Int(number) => _ = write!(sql, "{number}"),
        Cell::Real(number) => _ = write!(sql, "{number:?}"),
        Cell::Text(text) => push_text(sql, text),
    }
}

/// Adds a text: in single quotes where that means the same to everybody. What does not is cut out of the
/// quotes: `'C:'||char(92)`. Bytes that are no UTF-8 go in hex.
pub(crate) fn push_text(sql: &mut String, text: &[u8]) {
    match std::str::from_utf8(text) {
        Ok(text) => push_pieces(sql, text),
        Err(_) => {
            sql.push_str("CAST(X'");
            for byte in text {
                _ = write!(sql, "{byte:02X}");
            }
            sql.push_str("' AS TEXT)");
        }
    }
}

fn push_pieces(sql: &mut String, text: &str) {
    let start = sql.len();
    let mut open = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = if must_be_a_number(first, rest) {
            close(sql, &mut open);
            join(sql, start);
            _ = write!(sql, "char({})", u32::from(first));
            first.len_utf8()
        } else {
            let len = run(rest);
            if !open {
                join(sql, start);
                sql.push('\'');
                open = true;
            }
            sql.push_str(&rest[..len].replace('\'', "''"));
            if is_rewritten(rest) {
                close(sql, &mut open);
            }
            len
        };
        rest = &rest[len..];
    }
    if sql.len() == start {
        sql.push_str("''");
    }
    close(sql, &mut open);
}

/// Characters up to the next one that needs a thought; at least one.
fn run(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    if is_rewritten(text) {
        return SHOW.len();
    }
    let needs_thought = |c: char| c.is_ascii_control() || matches!(c, '\\' | 's' | 'S');
    first + text[first..].find(needs_thought).unwrap_or(text.len() - first)
}

/// Control characters but newline and tab, which do not survive every client (a carriage return at the end
/// of a line, for example) or end a text for C; and a backslash before a quote, which the client that splits
/// a script takes for an escaped one while `SQLite` does not.
fn must_be_a_number(first: char, rest: &str) -> bool {
    match first {
        '\n' | '\t' => false,
        // The client goes by pairs; without two in a row there are no pairs to count.
        '\\' => matches!(rest.as_bytes().get(1), None | Some(b'\'' | b'\\')) || ends_a_piece(&rest[1..]),
        _ => first.is_ascii_control(),
    }
}

/// Whether the quote is closed before this text.
fn ends_a_piece(text: &str) -> bool {
    text.chars().next().is_some_and(|first| must_be_a_number(first, text))
}

const SHOW: &str = "SHOW";

/// ProxySQL replaces `SHOW VARIABLES WHERE` and `SHOW VARIABLES LIKE` by a SELECT wherever it finds one in a
/// statement, within quotes too (2.7.1). A rule may well have it in its pattern.
fn is_rewritten(text: &str) -> bool {
    let Some(rest) = word(text, SHOW) else { return false };
    let Some(rest) = blanks(rest).and_then(|rest| word(rest, "VARIABLES")) else { return false };
    blanks(rest).is_some_and(|rest| word(rest, "WHERE").or_else(|| word(rest, "LIKE")).is_some())
}

/// What stands behind a word, in any case.
fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    start.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

/// What stands behind blanks, if there are any.
fn blanks(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    (rest.len() < text.len()).then_some(rest)
}

fn close(sql: &mut String, open: &mut bool) {
    if *open {
        sql.push('\'');
        *open = false;
    }
}

fn join(sql: &mut String, start: usize) {
    if sql.len() > start {
        sql.push_str("||");
    }
}

/// Whether the server would change a statement of this text before it runs it.
#[cfg(any(test, feature = "sqlite"))]
pub(crate) fn rewritten_at(statement: &str) -> Option<usize> {
    statement.char_indices().map(|(at, _)| at).find(|&at| is_rewritten(&statement[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn literal(text: &[u8]) -> String {
        let mut sql = String::new();
        push_text(&mut sql, text);
        sql
    }

    #[test]
    fn quotes_are_used_where_they_mean_the_same_to_all() {
        for (text, sql) in [
            ("", "''"),
            ("it's", "'it''s'"),
            ("a\nb\tc", "'a\nb\tc'"),
            (r"^\d+\.x$", r"'^\d+\.x$'"),
            (r"a\", r"'a'||char(92)"),
            (r"\'", r"char(92)||''''"),
            (r"a\\b", r"'a'||char(92)||'\b'"),
            ("a\r\n", "'a'||char(13)||'\n'"),
            ("\0", "char(0)"),
            ("^show  variables like 'x'", "'^show'||'  variables like ''x'''"),
            ("SHOW VARIABLES", "'SHOW VARIABLES'"),
        ] {
            assert_eq!(literal(text.as_bytes()), sql, "{text:?}");
        }
        assert_eq!(literal(b"a\xff"), "CAST(X'61FF' AS TEXT)");
    }

    /// Where the client that splits scripts sees the quotes of a literal end: by its rule of backslashes.
    fn client_agrees(sql: &str) -> bool {
        let mut inside = false;
        let mut bytes = sql.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' if inside => _ = bytes.next(),
                b'\'' => inside = !inside,
                _ => {}
            }
        }
        !inside
    }

    proptest! {
        #[test]
        fn sqlite_reads_the_text_back(text in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec!["\\", "'", "\0", "\r", "\n", " ", "show ", "Variables\t", "LIKE", "where", "s", "\u{e9}", "||", "\"", ";"])
                    .prop_map(|text| text.as_bytes().to_vec()),
                prop::collection::vec(any::<u8>(), 0..3),
            ], 0..12)) {
            let text = text.concat();
            let sql = literal(&text);
            prop_assert_eq!(rewritten_at(&sql), None, "{}", &sql);
            prop_assert!(client_agrees(&sql), "{}", &sql);
            thread_local!(static SQLITE: rusqlite::Connection = rusqlite::Connection::open_in_memory().unwrap());
            let (kind, found) = SQLITE.with(|sqlite| {
                sqlite.query_row(&format!("SELECT typeof({sql}), CAST({sql} AS BLOB)"), [], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
                }).unwrap()
            });
            prop_assert_eq!(kind, "text");
            prop_assert_eq!(found, text);
        }
    }
}
