//! What is open at some place among the values, and how tightly operators bind.

use super::Value;
use crate::config::pasted::tokens::Token;

/// Something open.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) open: Open,
    pub(super) token: Token,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Open {
    /// The row itself.
    Row(Vec<Value>),
    /// A parenthesis; with a comma in it, a row value.
    Parenthesis {
        row_value: bool,
    },
    /// The arguments of a function, or a list behind IN.
    List {
        function: bool,
    },
    Cast,
    Case(Branch),
    /// An operator between two values.
    Infix(u8),
    /// An operator before a value.
    Prefix(u8),
    /// BETWEEN, which waits for its AND.
    Between,
    /// LIKE, which may still get an ESCAPE.
    Like,
}

/// Behind which word of a CASE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    Case,
    When,
    Then,
    Else,
}

impl Open {
    /// How tightly it binds, if it is an operator that has all that it needs once a value follows.
    pub(super) fn level(&self) -> Option<u8> {
        match self {
            Open::Infix(level) | Open::Prefix(level) => Some(*level),
            Open::Like => Some(level::EQUAL),
            _ => None,
        }
    }

    /// How many symbols it has on the stack of `SQLite`'s parser, at most.
    pub(super) fn symbols(&self) -> usize {
        match self {
            Open::Prefix(_) => 1,
            // IS NOT DISTINCT FROM is the longest.
            Open::Infix(level::EQUAL) => 5,
            Open::Infix(_) => 2,
            Open::Parenthesis { .. } | Open::Cast | Open::Like => 3,
            Open::Between => 4,
            Open::List { .. } | Open::Case(_) => 7,
            Open::Row(_) => 12,
        }
    }
}

/// How tightly operators bind.
pub(super) mod level {
    pub(in crate::config::pasted::values) const OR: u8 = 1;
    pub(in crate::config::pasted::values) const AND: u8 = 2;
    pub(in crate::config::pasted::values) const NOT: u8 = 3;
    /// `=`, `IS`, `LIKE`, `BETWEEN`, `IN` and their like.
    pub(in crate::config::pasted::values) const EQUAL: u8 = 4;
    pub(in crate::config::pasted::values) const LESS: u8 = 5;
    pub(in crate::config::pasted::values) const BITS: u8 = 7;
    pub(in crate::config::pasted::values) const PLUS: u8 = 8;
    pub(in crate::config::pasted::values) const TIMES: u8 = 9;
    pub(in crate::config::pasted::values) const CONCAT: u8 = 10;
    pub(in crate::config::pasted::values) const COLLATE: u8 = 11;
    pub(in crate::config::pasted::values) const SIGN: u8 = 12;
}
