//! What `SQLite` makes of an INSERT into which ProxySQL pasted values.
//!
//! ProxySQL puts the values of a row between quotes as they are. A quote in one of them ends the literal,
//! and what follows is read as SQL: nearly always a syntax error, whose message ProxySQL logs; sometimes
//! still an INSERT of literals, with other values; and now and then SQL of another kind. This room tells
//! which, with `SQLite`'s own words. It knows tokens and the grammar of values, nothing of tables; what it
//! cannot tell it says so.
//!
//! `tokens` and `words` cut the text; `values` parses what stands between the parentheses of VALUES, with
//! a stack of its own, and finds the token that `SQLite`'s parser refuses; `statement` has what is around.

mod literal;
mod statement;
#[cfg(test)]
mod tests;
mod tokens;
mod values;
mod words;

use std::fmt;
use std::ops::Range;

#[allow(unused_imports)]
pub(crate) use literal::{Affinity, Literal};

/// Which `SQLite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sqlite {
    /// 3.19.2, inside ProxySQL 2.0.5.
    V3_19,
    /// 3.43.2, inside ProxySQL 2.7.1 and 3.0.0-alpha.
    V3_43,
}

/// What comes of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It is an INSERT of literals. Each row has its values in the order of the statement's columns, as
    /// they are written: before any column's affinity. There is nearly always one row; when there are
    /// more, all are inserted or, if one of them is rejected, none.
    Rows(Vec<Vec<Literal>>),
    /// `SQLite` refuses it with this message, and nothing is inserted.
    Error(Vec<u8>),
    /// It is SQL of another kind, and what it does is not told.
    Unpredictable(Departure),
}

/// Where a statement stops being an INSERT of literals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Departure {
    /// The first token that belongs to no literal, in bytes of the statement.
    pub(crate) span: Range<usize>,
    pub(crate) what: Foreign,
}

/// What a statement has beyond literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Operators, or a blob.
    Expression,
    /// A function, or the current time.
    Function,
    /// A SELECT, or a table.
    Query,
    /// ON CONFLICT, RETURNING, UNION and their like.
    Clause,
    /// Another statement behind the first.
    Statement,
    /// Values or parentheses beyond what any row has.
    Excess,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Expression => "an expression",
            Foreign::Function => "a function",
            Foreign::Query => "a query",
            Foreign::Clause => "another clause",
            Foreign::Statement => "another statement",
            Foreign::Excess => "too much",
        })
    }
}

/// Reads a statement that begins `INSERT INTO table` or `INSERT OR REPLACE INTO table`, with a column list
/// or without, and `VALUES (`, for a table of so many columns.
pub(crate) fn read(text: &[u8], table_columns: usize, sqlite: Sqlite) -> Outcome {
    statement::read(text, table_columns, sqlite)
}

/// What `SQLite` takes for a blank inside numbers and behind other blanks.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}
