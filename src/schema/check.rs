//! CHECK constraints, read once from the text of a CREATE TABLE and evaluated on rows as `SQLite` does.
//!
//! Only what ProxySQL's tables use is read: comparisons, `IN`, `IS NULL`, `AND`, `OR`, `CASE`, and a few
//! functions.

#[cfg(feature = "json")]
mod bounds;
mod parser;

use std::cmp::Ordering;

use thiserror::Error;

use super::cell::Cell;
use super::json;
use parser::Parser;

/// How deep parentheses and CASEs may lie within each other. ProxySQL's own go two deep.
const MAX_DEPTH: usize = 32;

/// One CHECK constraint, for rows of one table.
///
/// The cells of a row must have the affinity of their columns already (a `"7"` in an `INT` column is 7), as
/// they have in a table. Functions are those of text columns: a number goes through them as it is.
///
/// ```
/// use proxysql_kit::schema::{Cell, Check};
///
/// let columns = ["hostname", "port"];
/// let check = Check::parse("port >= 0 AND port <= 65535", |name| columns.iter().position(|&c| c == name))?;
/// let holds = |port| check.holds(|column| [Cell::Text(b"db1"), port][column]);
/// assert_eq!(holds(Cell::Int(3306)), Some(true));
/// assert_eq!(holds(Cell::Int(70_000)), Some(false));
/// assert_eq!(holds(Cell::Null), None);
/// # Ok::<(), proxysql_kit::schema::CheckError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Check(Condition);

impl Check {
    /// Reads the text between the parentheses of a `CHECK (...)`. `column_index` gives the position of a
    /// column in the rows that will be judged.
    pub fn parse(text: &str, column_index: impl Fn(&str) -> Option<usize>) -> Result<Check, CheckError> {
        Parser::new(text, column_index).whole().map(Check)
    }

    /// Whether a row fulfils it: `None` when NULLs leave it open. `SQLite` rejects a row only for
    /// `Some(false)`.
    pub fn holds<'a>(&self, row: impl Fn(usize) -> Cell<'a>) -> Option<bool> {
        self.0.holds(&row)
    }
}

/// A CHECK text that is not understood.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CheckError {
    /// Something else than the few forms that ProxySQL's tables use.
    #[error("`{found}` at byte {at} of a CHECK, where {expected} is due: no table of ProxySQL has this")]
    #[non_exhaustive]
    Unexpected {
        /// What stands there; empty at the end.
        found: String,
        /// Where, in bytes from the beginning of the text.
        at: usize,
        /// What could stand there.
        expected: &'static str,
    },
    /// A name that the table does not have.
    #[error("no column `{name}`, which a CHECK names at byte {at}: give the columns of the table it is from")]
    #[non_exhaustive]
    NoColumn {
        /// The name.
        name: String,
        /// Where, in bytes from the beginning of the text.
        at: usize,
    },
    /// Parentheses or CASEs too deep within each other.
    #[error("a CHECK nested deeper than {MAX_DEPTH} at byte {at}: write it flatter")]
    #[non_exhaustive]
    TooDeep {
        /// Where, in bytes from the beginning of the text.
        at: usize,
    },
}

/// What is true, false, or unknown.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare(Operand, Comparison, Operand),
    In(Operand, Vec<Operand>),
    IsNull(Operand),
    IsNotNull(Operand),
    JsonValid(Operand),
    Case(Vec<(Condition, Condition)>, Box<Condition>),
    Constant(bool),
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Column(usize),
    Int(i64),
    Text(Box<[u8]>),
    Upper(Box<Operand>),
    Lower(Box<Operand>),
    FirstCharacter(Box<Operand>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    fn holds<'a>(&self, row: &impl Fn(usize) -> Cell<'a>) -> Option<bool> {
        match self {
            Condition::All(parts) => unless(false, parts.iter().map(|part| part.holds(row))),
            Condition::Any(parts) => unless(true, parts.iter().map(|part| part.holds(row))),
            Condition::Compare(left, comparison, right) => {
                let ordering = left.value(row).compare(right.value(row))?;
                Some(comparison.accepts(ordering))
            }
            Condition::In(left, list) => {
                let left = left.value(row);
                let equal = |item: &Operand| Some(left.compare(item.value(row))?.is_eq());
                unless(true, list.iter().map(equal))
            }
            Condition::IsNull(operand) => Some(operand.value(row).cell == Cell::Null),
            Condition::IsNotNull(operand) => Some(operand.value(row).cell != Cell::Null),
            Condition::JsonValid(operand) => match operand.value(row).cell {
                Cell::Null => None,
                Cell::Int(_) => Some(true),
                Cell::Real(real) => Some(real.is_finite()),
                Cell::Text(text) => Some(json::is_valid(text)),
            },
            Condition::Case(branches, otherwise) => {
                let taken = branches.iter().find(|(when, _)| when.holds(row) == Some(true));
                taken.map_or(&**otherwise, |(_, then)| then).holds(row)
            }
            Condition::Constant(truth) => Some(*truth),
            Condition::Unknown => None,
        }
    }
}

/// AND and OR in three-valued logic: `decisive` if a part is, else unknown if a part is, else the opposite.
fn unless(decisive: bool, parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(!decisive);
    for part in parts {
        match part {
            Some(truth) if truth == decisive => return part,
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

impl Operand {
    fn value<'v, 'a: 'v>(&'v self, row: &impl Fn(usize) -> Cell<'a>) -> Value<'v> {
        let plain = |cell| Value { cell, case: Case::AsWritten };
        match self {
            Operand::Column(column) => plain(row(*column)),
            Operand::Int(int) => plain(Cell::Int(*int)),
            Operand::Text(text) => plain(Cell::Text(text)),
            Operand::Upper(inner) => Value { case: Case::Upper, ..inner.value(row) },
            Operand::Lower(inner) => Value { case: Case::Lower, ..inner.value(row) },
            Operand::FirstCharacter(inner) => inner.value(row).first_character(),
        }
    }
}

/// A cell, and the case that its letters are to be read in, so that none need be copied.
#[derive(Clone, Copy)]
struct Value<'a> {
    cell: Cell<'a>,
    case: Case,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    AsWritten,
    Upper,
    Lower,
}

impl<'a> Value<'a> {
    fn compare(self, other: Value<'_>) -> Option<Ordering> {
        match (self.cell, other.cell) {
            (Cell::Text(a), Cell::Text(b))
                if self.case != Case::AsWritten || other.case != Case::AsWritten =>
            {
                let a = a.iter().map(|byte| self.case.of(*byte));
                Some(a.cmp(b.iter().map(|byte| other.case.of(*byte))))
            }
            (a, b) => a.compare(b),
        }
    }

    fn first_character(self) -> Value<'a> {
        let Cell::Text(text) = self.cell else {
            return self;
        };
        // SQLite takes any byte, and behind one from 0xC0 all that could continue it.
        let continued = |bytes: &[u8]| bytes.iter().take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
        let length = match text {
            [] => 0,
            [0xc0..=0xff, rest @ ..] => 1 + continued(rest),
            [_, ..] => 1,
        };
        Value { cell: Cell::Text(&text[..length]), ..self }
    }
}

impl Case {
    fn of(self, byte: u8) -> u8 {
        match self {
            Case::AsWritten => byte,
            Case::Upper => byte.to_ascii_uppercase(),
            Case::Lower => byte.to_ascii_lowercase(),
        }
    }
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests;
