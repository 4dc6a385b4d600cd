//! The values of one row: which token `SQLite`'s parser would refuse, and what is a literal.
//!
//! The grammar of expressions is followed with a stack of what is open, and an operator is taken off it
//! when one that binds less follows, as in the LR parser of `SQLite`: so both stop at the same token.
//! `before` reads on where a value is due, `behind` where one is complete; `open` is what lies on the stack.

mod before;
mod behind;
mod open;

use std::ops::Range;

use super::literal::Literal;
use super::tokens::{Kind, Token, Tokens};
use super::{Departure, Foreign, Sqlite};
use open::{Entry, Open};

/// `SQLite`'s parser has a stack of 100 symbols.
const MAX_DEPTH: usize = 90;
/// An expression may be 1000 operators high.
const MAX_OPERATORS: usize = 900;
/// Values in a row; `SQLite` takes 2000 columns.
const MAX_VALUES: usize = 1900;

/// Why reading ends early.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    Error(Vec<u8>),
    Departure(Departure),
}

impl Stop {
    pub(super) fn departure(span: Range<usize>, what: Foreign) -> Stop {
        Stop::Departure(Departure { span, what })
    }

    /// What this token begins is not told.
    pub(super) fn at(token: Token, what: Foreign) -> Stop {
        Stop::departure(token.start..token.end, what)
    }
}

/// What is known of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Literal(Literal),
    /// 9223372036854775808, which is an integer only behind a minus.
    TwoTo63,
    /// Several in parentheses.
    Several,
    Computed,
}

impl Value {
    pub(super) fn literal(self) -> Option<Literal> {
        match self {
            Value::Literal(literal) => Some(literal),
            Value::TwoTo63 => Some(Literal::Real(9_223_372_036_854_775_808.0)),
            Value::Several | Value::Computed => None,
        }
    }
}

/// What looking up the names among the values would give.
#[derive(Clone, Debug, PartialEq)]
enum Names {
    Known,
    /// The message about the first one.
    Missing(Vec<u8>),
    Unclear(Departure),
}

/// Where the parser stands behind a token.
enum Next {
    /// A value must follow.
    Value,
    /// A value is complete.
    Behind(Value),
    /// The row is complete.
    Row(Vec<Value>),
}

/// Reads rows.
pub(super) struct Values<'t> {
    tokens: Tokens<'t>,
    sqlite: Sqlite,
    stack: Vec<Entry>,
    depth: usize,
    /// The operators of the current value.
    operators: usize,
    /// Whether the names of the current value come in another order than `SQLite` looks them up in.
    reordered: bool,
    /// Whether all names before the current value are known.
    known_before: bool,
    names: Names,
    first_departure: Option<Departure>,
    /// An error that is seen only behind the next token, if that one has none of its own.
    delayed: Option<(Stop, bool)>,
}

impl<'t> Values<'t> {
    pub(super) fn new(tokens: Tokens<'t>, sqlite: Sqlite) -> Self {
        Values {
            tokens,
            sqlite,
            stack: Vec::new(),
            depth: 0,
            operators: 0,
            reordered: false,
            known_before: true,
            names: Names::Known,
            first_departure: None,
            delayed: None,
        }
    }

    /// Reads a row behind its opening parenthesis, with the closing one.
    pub(super) fn row(&mut self, further: bool) -> Result<Vec<Value>, Stop> {
        let here = self.tokens.peek();
        if further && self.sqlite == Sqlite::V3_19 && here.kind == Kind::Close {
            self.take()?;
            return Ok(Vec::new());
        }
        self.stack.clear();
        self.depth = 0;
        self.push(Open::Row(Vec::new()), here)?;
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value => self.value()?,
                Next::Behind(value) => self.behind(value)?,
                Next::Row(values) => return Ok(values),
            };
        }
    }

    /// Looks up the names in the one row: there is no table to have them as columns.
    pub(super) fn look_names_up(&self) -> Result<(), Stop> {
        match self.names.clone() {
            Names::Known => Ok(()),
            Names::Missing(message) => Err(Stop::Error(message)),
            Names::Unclear(departure) => Err(Stop::Departure(departure)),
        }
    }

    /// Stops at the first token that makes a value no literal.
    pub(super) fn all_literals(&self) -> Result<(), Stop> {
        self.first_departure.clone().map_or(Ok(()), |departure| Err(Stop::Departure(departure)))
    }

    /// The next token; an error if it is none.
    pub(super) fn take(&mut self) -> Result<Token, Stop> {
        match self.delayed.take() {
            Some((stop, true)) => return Err(stop),
            Some((stop, false)) => self.delayed = Some((stop, true)),
            None => {}
        }
        let token = self.tokens.next();
        match token.kind {
            Kind::Illegal => {
                Err(Stop::Error(quoting("unrecognized token: \"", self.tokens.text(token), "\"")))
            }
            _ => Ok(token),
        }
    }

    /// The next token, whatever it is.
    pub(super) fn take_any(&mut self) -> Token {
        self.tokens.next()
    }

    pub(super) fn peek(&self) -> Token {
        self.tokens.peek()
    }

    /// The next token, if it can stand here.
    pub(super) fn expect(&mut self, fits: impl Fn(Kind) -> bool) -> Result<Token, Stop> {
        let token = self.take()?;
        if fits(token.kind) { Ok(token) } else { Err(self.unexpected(token)) }
    }

    /// What `SQLite` says to a token that cannot stand where it stands.
    pub(super) fn unexpected(&self, token: Token) -> Stop {
        let near = match (token.kind, self.sqlite) {
            (Kind::End, Sqlite::V3_43) => return Stop::Error(b"incomplete input".to_vec()),
            (Kind::End, Sqlite::V3_19) => self.tokens.last_piece(),
            _ => self.tokens.text(token),
        };
        Stop::Error(quoting("near \"", near, "\": syntax error"))
    }

    /// Behind a value of the row: settles whether the first missing name in it is the one that is reported.
    fn end_value(&mut self, token: Token) {
        if self.reordered && self.known_before && matches!(self.names, Names::Missing(_)) {
            let span = token.start..token.end;
            let departure = self.first_departure.clone();
            self.names = Names::Unclear(departure.unwrap_or(Departure { span, what: Foreign::Expression }));
        }
        self.known_before = self.names == Names::Known;
        self.operators = 0;
        self.reordered = false;
    }

    /// Names behind this token are looked up in a way that is not told.
    fn unclear(&mut self, token: Token, what: Foreign) {
        if self.names == Names::Known {
            self.names = Names::Unclear(Departure { span: token.start..token.end, what });
        }
    }

    /// A value that is no literal because of this token.
    fn computed(&mut self, token: Token, what: Foreign) -> Next {
        self.note(token, what);
        Next::Behind(Value::Computed)
    }

    fn note(&mut self, token: Token, what: Foreign) {
        self.first_departure.get_or_insert(Departure { span: token.start..token.end, what });
    }

    /// Puts something on the stack that needs a value next.
    fn open(&mut self, open: Open, token: Token) -> Result<Next, Stop> {
        if open.level().is_some() {
            self.count_operator(token)?;
        }
        self.push(open, token)?;
        Ok(Next::Value)
    }

    fn count_operator(&mut self, token: Token) -> Result<(), Stop> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS { Err(Stop::at(token, Foreign::Excess)) } else { Ok(()) }
    }

    fn push(&mut self, open: Open, token: Token) -> Result<(), Stop> {
        self.depth += open.symbols();
        self.stack.push(Entry { open, token });
        if self.depth > MAX_DEPTH { Err(Stop::at(token, Foreign::Excess)) } else { Ok(()) }
    }

    fn pop(&mut self) -> Option<Entry> {
        let entry = self.stack.pop()?;
        self.depth -= entry.open.symbols();
        Some(entry)
    }

    fn top(&self) -> Option<&Open> {
        self.stack.last().map(|entry| &entry.open)
    }
}

fn is_name(kind: Kind) -> bool {
    match kind {
        Kind::Word(word) => word.is_name(),
        Kind::DoubleQuoted | Kind::QuotedName | Kind::Str => true,
        _ => false,
    }
}

fn quoting(before: &str, text: &[u8], behind: &str) -> Vec<u8> {
    [before.as_bytes(), text, behind.as_bytes()].concat()
}
