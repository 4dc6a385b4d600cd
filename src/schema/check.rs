//! CHECK constraints, read once from the text of a CREATE TABLE and evaluated on rows as `SQLite` does.
//!
//! Only what ProxySQL's tables use is read: comparisons, `IN`, `IS NULL`, `AND`, `OR`, `CASE`, and a few
//! functions.

#[cfg(feature = "json")]
mod bounds;

use std::cmp::Ordering;

use thiserror::Error;

use super::cell::Cell;
use super::json;

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
        let mut parser = Parser { text, at: 0, column_index, depth: 0 };
        let condition = parser.disjunction()?;
        match parser.peek() {
            Word::End => Ok(Check(condition)),
            _ => parser.refuse("the end, `AND` or `OR`"),
        }
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

/// One word of a CHECK text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word<'t> {
    Name(&'t str),
    Int(i64),
    /// With its quotes.
    Text(&'t str),
    Sign(&'t str),
    End,
    Unknown,
}

struct Parser<'t, F> {
    text: &'t str,
    at: usize,
    column_index: F,
    depth: usize,
}

impl<'t, F: Fn(&str) -> Option<usize>> Parser<'t, F> {
    fn disjunction(&mut self) -> Result<Condition, CheckError> {
        self.joined("OR", Condition::Any, |parser| parser.joined("AND", Condition::All, Self::condition))
    }

    /// Conditions with the same word between them.
    fn joined(
        &mut self,
        word: &str,
        join: impl Fn(Vec<Condition>) -> Condition,
        part: impl Fn(&mut Self) -> Result<Condition, CheckError>,
    ) -> Result<Condition, CheckError> {
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eat_word(word) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    fn condition(&mut self) -> Result<Condition, CheckError> {
        if self.eat_sign("(") {
            return self.nested(|parser| {
                let inner = parser.disjunction()?;
                parser.sign(")")?;
                Ok(inner)
            });
        }
        if self.eat_word("CASE") {
            return self.nested(Self::case);
        }
        if self.eat_word("JSON_VALID") {
            self.sign("(")?;
            let operand = self.operand()?;
            self.sign(")")?;
            return Ok(Condition::JsonValid(operand));
        }
        let left = self.operand()?;
        if self.eat_word("IS") {
            let not = self.eat_word("NOT");
            self.word("NULL")?;
            return Ok(if not { Condition::IsNotNull(left) } else { Condition::IsNull(left) });
        }
        if self.eat_word("IN") {
            return Ok(Condition::In(left, self.list()?));
        }
        if let Some(comparison) = self.comparison() {
            return Ok(Condition::Compare(left, comparison, self.operand()?));
        }
        match left {
            Operand::Int(int) => Ok(Condition::Constant(int != 0)),
            _ => self.refuse("a comparison, `IN` or `IS`"),
        }
    }

    /// A CASE behind its first word. Every branch is a condition, or 1 or 0.
    fn case(&mut self) -> Result<Condition, CheckError> {
        let mut branches = Vec::new();
        while self.eat_word("WHEN") {
            let when = self.disjunction()?;
            self.word("THEN")?;
            branches.push((when, self.disjunction()?));
        }
        if branches.is_empty() {
            return self.refuse("`WHEN`");
        }
        let otherwise = if self.eat_word("ELSE") { self.disjunction()? } else { Condition::Unknown };
        self.word("END")?;
        Ok(Condition::Case(branches, Box::new(otherwise)))
    }

    fn list(&mut self) -> Result<Vec<Operand>, CheckError> {
        self.sign("(")?;
        let mut list = vec![self.operand()?];
        while self.eat_sign(",") {
            list.push(self.operand()?);
        }
        self.sign(")")?;
        Ok(list)
    }

    fn operand(&mut self) -> Result<Operand, CheckError> {
        let at = self.skip_blanks();
        let minus = self.eat_sign("-");
        match self.peek() {
            Word::Int(int) => {
                self.next();
                Ok(Operand::Int(if minus { -int } else { int }))
            }
            _ if minus => self.refuse("a number"),
            Word::Text(text) => {
                self.next();
                Ok(Operand::Text(text[1..text.len() - 1].replace("''", "'").into_bytes().into()))
            }
            Word::Name(name) => {
                self.next();
                if self.eat_sign("(") {
                    return self.nested(|parser| parser.function(name, at));
                }
                let column = (self.column_index)(name);
                column.map(Operand::Column).ok_or_else(|| CheckError::NoColumn { name: name.to_owned(), at })
            }
            _ => self.refuse("a column, a number, a text or a function"),
        }
    }

    /// A function behind its opening parenthesis.
    fn function(&mut self, name: &str, at: usize) -> Result<Operand, CheckError> {
        let argument = Box::new(self.operand()?);
        let operand = match name.to_ascii_uppercase().as_str() {
            "UPPER" => Operand::Upper(argument),
            "LOWER" => Operand::Lower(argument),
            "SUBSTR" => {
                for _ in 0..2 {
                    self.sign(",")?;
                    if self.peek() != Word::Int(1) {
                        return self.refuse("1");
                    }
                    self.next();
                }
                Operand::FirstCharacter(argument)
            }
            _ => {
                self.at = at;
                return self.refuse("UPPER, LOWER, SUBSTR or JSON_VALID");
            }
        };
        self.sign(")")?;
        Ok(operand)
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, CheckError>) -> Result<T, CheckError> {
        if self.depth == MAX_DEPTH {
            return Err(CheckError::TooDeep { at: self.at });
        }
        self.depth += 1;
        let outcome = inner(self);
        self.depth -= 1;
        outcome
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let comparison = match self.peek() {
            Word::Sign("=" | "==") => Comparison::Equal,
            Word::Sign("<>" | "!=") => Comparison::NotEqual,
            Word::Sign("<") => Comparison::Less,
            Word::Sign("<=") => Comparison::LessOrEqual,
            Word::Sign(">") => Comparison::Greater,
            Word::Sign(">=") => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.next();
        Some(comparison)
    }

    fn is_word(&mut self, word: &str) -> bool {
        matches!(self.peek(), Word::Name(name) if name.eq_ignore_ascii_case(word))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }

    fn word(&mut self, word: &'static str) -> Result<(), CheckError> {
        if self.eat_word(word) { Ok(()) } else { self.refuse(word) }
    }

    fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.peek() == Word::Sign(sign);
        if found {
            self.next();
        }
        found
    }

    fn sign(&mut self, sign: &'static str) -> Result<(), CheckError> {
        if self.eat_sign(sign) { Ok(()) } else { self.refuse(sign) }
    }

    fn refuse<T>(&mut self, expected: &'static str) -> Result<T, CheckError> {
        let at = self.skip_blanks();
        let (_, length) = self.scan();
        Err(CheckError::Unexpected { found: self.text[at..at + length].to_owned(), at, expected })
    }

    fn peek(&mut self) -> Word<'t> {
        self.skip_blanks();
        self.scan().0
    }

    fn next(&mut self) {
        self.skip_blanks();
        self.at += self.scan().1;
    }

    fn skip_blanks(&mut self) -> usize {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_ascii_start().len();
        self.at
    }

    /// The word at the current place, and its length in bytes.
    fn scan(&self) -> (Word<'t>, usize) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return (Word::End, 0);
        };
        let while_in = |inside: fn(char) -> bool| {
            let length = rest.find(|character| !inside(character)).unwrap_or(rest.len());
            (&rest[..length], length)
        };
        match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                let (name, length) = while_in(|c| c.is_ascii_alphanumeric() || c == '_');
                (Word::Name(name), length)
            }
            '0'..='9' => {
                let (digits, length) = while_in(|c| c.is_ascii_digit());
                (digits.parse().map_or(Word::Unknown, Word::Int), length)
            }
            '\'' => {
                quoted_length(rest).map_or((Word::Unknown, 1), |length| (Word::Text(&rest[..length]), length))
            }
            '(' | ')' | ',' | '-' => (Word::Sign(&rest[..1]), 1),
            '<' | '>' | '=' | '!' => {
                let double = ["<=", ">=", "<>", "!=", "=="].iter().any(|sign| rest.starts_with(sign));
                let length = if double { 2 } else { 1 };
                (Word::Sign(&rest[..length]), length)
            }
            other => (Word::Unknown, other.len_utf8()),
        }
    }
}

/// The length of a text with its quotes, where a doubled quote does not end it; nothing if none ends it.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest[at..].find('\'')? + 1;
        if !rest[at..].starts_with('\'') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests;
