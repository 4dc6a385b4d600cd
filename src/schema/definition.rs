//! What stands behind a column's name in CREATE TABLE, taken apart.

use super::cell::Cell;

/// A column's type and constraints.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Definition {
    pub(crate) sql_type: &'static str,
    pub(crate) not_null: bool,
    pub(crate) default: Option<Literal>,
    /// The text between the parentheses of CHECK, without blanks at its ends.
    pub(crate) check: Option<&'static str>,
}

/// A default.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Literal {
    Null,
    Int(i64),
    Text(&'static str),
}

impl Literal {
    pub(crate) fn cell(self) -> Cell<'static> {
        match self {
            Literal::Null => Cell::Null,
            Literal::Int(number) => Cell::Int(number),
            Literal::Text(text) => Cell::Text(text.as_bytes()),
        }
    }

    fn parse(text: &'static str) -> Self {
        let text = text.trim_matches(['(', ')', ' ']);
        match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            Some(text) => Literal::Text(text),
            None => text.parse().map_or(Literal::Null, Literal::Int),
        }
    }
}

impl Definition {
    /// Reads a definition of ours: the type, then NOT NULL, DEFAULT and CHECK in any order. Other
    /// words (PRIMARY KEY, AUTOINCREMENT) are passed over.
    pub(crate) fn parse(text: &'static str) -> Self {
        let words = ["CHECK", "NOT ", "DEFAULT", "PRIMARY", "UNIQUE"];
        let end = words.iter().filter_map(|word| text.find(word)).min().unwrap_or(text.len());
        let mut definition = Definition { sql_type: text[..end].trim(), ..Definition::default() };
        let mut rest = &text[end..];
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix("CHECK") {
                let (inner, behind) = parenthesised(behind);
                definition.check = Some(inner.trim());
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("DEFAULT ") {
                let len = behind.find(' ').unwrap_or(behind.len());
                definition.default = Some(Literal::parse(&behind[..len]));
                rest = &behind[len..];
            } else {
                definition.not_null |= rest.len() >= 8 && rest[..8].eq_ignore_ascii_case("NOT NULL");
                // One word on, and the blanks behind it.
                let word = rest.find(' ').map_or(rest.len(), |blank| blank + 1);
                rest = &rest[word..];
            }
        }
        definition
    }
}

/// What stands in the first pair of parentheses, and what stands behind it.
fn parenthesised(text: &'static str) -> (&'static str, &'static str) {
    let start = text.find('(').map_or(text.len(), |open| open + 1);
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[start..at], &text[at + 1..]);
        }
    }
    (&text[start..], "")
}
