//! The values of one row: which token `SQLite`'s parser would refuse, and what is a literal.
//!
//! The grammar of expressions is followed with a stack of what is open, and an operator is taken off it
//! when one that binds less follows, as in the LR parser of `SQLite`: so both stop at the same token.

use std::ops::Range;

use super::literal::Literal;
use super::tokens::{Binary, Kind, Token, Tokens, unquote};
use super::words::Word;
use super::{Departure, Foreign, Sqlite};

/// `SQLite`'s parser has a stack of 100 symbols, and some are taken before the first value.
const MAX_DEPTH: usize = 80;
/// An expression may be 1000 operators high.
const MAX_OPERATORS: usize = 900;
/// Values in a row; `SQLite` takes 2000 columns.
const MAX_VALUES: usize = 1900;

/// How tightly operators bind.
mod level {
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const NOT: u8 = 3;
    /// `=`, `IS`, `LIKE`, `BETWEEN`, `IN` and their like.
    pub(super) const EQUAL: u8 = 4;
    pub(super) const LESS: u8 = 5;
    pub(super) const BITS: u8 = 7;
    pub(super) const PLUS: u8 = 8;
    pub(super) const TIMES: u8 = 9;
    pub(super) const CONCAT: u8 = 10;
    pub(super) const COLLATE: u8 = 11;
    pub(super) const SIGN: u8 = 12;
}

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
}

/// What is known of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Literal(Literal),
    /// 9223372036854775808, which is an integer only behind a minus.
    TwoTo63,
    Computed,
}

impl Value {
    pub(super) fn literal(self) -> Option<Literal> {
        match self {
            Value::Literal(literal) => Some(literal),
            Value::TwoTo63 => Some(Literal::Real(9_223_372_036_854_775_808.0)),
            Value::Computed => None,
        }
    }
}

/// What looking up the names among the values would give.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Names {
    Known,
    /// The message about the first one.
    Missing(Vec<u8>),
    Unclear(Departure),
}

/// Something open.
#[derive(Clone, Debug)]
struct Entry {
    open: Open,
    token: Token,
}

#[derive(Clone, Debug, PartialEq)]
enum Open {
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
enum Branch {
    Case,
    When,
    Then,
    Else,
}

impl Open {
    /// How tightly it binds, if it is an operator that has all that it needs once a value follows.
    fn level(&self) -> Option<u8> {
        match self {
            Open::Infix(level) | Open::Prefix(level) => Some(*level),
            Open::Like => Some(level::EQUAL),
            _ => None,
        }
    }

    /// How many symbols it has on the stack of `SQLite`'s parser, at most.
    fn symbols(&self) -> usize {
        match self {
            Open::Prefix(_) => 1,
            Open::Infix(_) | Open::Like => 2,
            Open::Parenthesis { .. } | Open::Cast => 3,
            Open::Between => 4,
            Open::Row(_) | Open::List { .. } | Open::Case(_) => 6,
        }
    }
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
    /// Of the current value: its operators, and whether its names come in another order than `SQLite`
    /// looks them up in.
    operators: usize,
    reordered: bool,
    names_before: Names,
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
            names_before: Names::Known,
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

    /// What the names of all rows come to.
    pub(super) fn names(&self) -> Names {
        self.names.clone()
    }

    /// The first token that makes a value no literal.
    pub(super) fn first_departure(&self) -> Option<Stop> {
        self.first_departure.clone().map(Stop::Departure)
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

    pub(super) fn expect_open(&mut self) -> Result<Token, Stop> {
        self.expect(|kind| kind == Kind::Open)
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

    pub(super) fn depart(&self, token: Token, what: Foreign) -> Stop {
        Stop::departure(token.start..token.end, what)
    }

    /// Reads on where a value is due.
    fn value(&mut self) -> Result<Next, Stop> {
        let token = self.take()?;
        let literal = match token.kind {
            Kind::Str if self.tokens.peek().kind == Kind::Dot => return self.name(token),
            Kind::Str => Literal::Text(unquote(self.tokens.text(token))),
            Kind::Integer => return Ok(Next::Behind(self.integer(token))),
            Kind::Float => Literal::real(self.tokens.text(token)),
            Kind::Blob => return Ok(self.computed(token, Foreign::Expression)),
            Kind::Variable => {
                self.delayed = self.variable(token).err().map(|stop| (stop, false));
                Literal::Null
            }
            Kind::DoubleQuoted | Kind::QuotedName => return self.name(token),
            Kind::Open => {
                self.no_query()?;
                return self.open(Open::Parenthesis { row_value: false }, token);
            }
            Kind::Plus | Kind::Minus | Kind::Tilde => return self.open(Open::Prefix(level::SIGN), token),
            Kind::Word(word) => return self.word(word, token),
            _ => return Err(self.unexpected(token)),
        };
        Ok(Next::Behind(Value::Literal(literal)))
    }

    /// A word where a value is due.
    fn word(&mut self, word: Word, token: Token) -> Result<Next, Stop> {
        match word {
            Word::Null => Ok(Next::Behind(Value::Literal(Literal::Null))),
            Word::CurrentTime => Ok(self.computed(token, Foreign::Function)),
            Word::Not => self.open(Open::Prefix(level::NOT), token),
            Word::Exists => {
                self.expect_open()?;
                self.no_query()?;
                let next = self.take()?;
                Err(self.unexpected(next))
            }
            Word::Case => {
                let when = self.tokens.peek().kind == Kind::Word(Word::When);
                if when {
                    self.take()?;
                }
                self.open(Open::Case(if when { Branch::When } else { Branch::Case }), token)
            }
            Word::Cast => {
                self.expect_open()?;
                self.open(Open::Cast, token)
            }
            Word::Raise => {
                self.expect_open()?;
                Err(self.depart(token, Foreign::Function))
            }
            Word::Window if self.is_window_clause() => Err(self.unexpected(token)),
            word if word.is_name() => self.name(token),
            _ => Err(self.unexpected(token)),
        }
    }

    /// A name where a value is due: a column, which no table is there to have, or a function.
    fn name(&mut self, token: Token) -> Result<Next, Stop> {
        let joins = token.kind == Kind::Word(Word::Join);
        let next = self.tokens.peek();
        if next.kind == Kind::Open && token.kind != Kind::Str && !(joins && self.sqlite == Sqlite::V3_19) {
            self.take()?;
            self.unclear(token, Foreign::Function);
            return self.arguments(token);
        }
        let text = self.tokens.text(token);
        if next.kind != Kind::Dot {
            if token.kind == Kind::DoubleQuoted {
                return Ok(Next::Behind(Value::Literal(Literal::Text(unquote(text)))));
            }
            let truth =
                |word: &str| self.sqlite == Sqlite::V3_43 && text.eq_ignore_ascii_case(word.as_bytes());
            if truth("true") || truth("false") {
                return Ok(Next::Behind(Value::Literal(Literal::Integer(i64::from(truth("true"))))));
            }
        }
        let mut name = unquote(text);
        for _ in 0..2 {
            if self.tokens.peek().kind == Kind::Dot {
                self.take()?;
                let part = self.expect(is_name)?;
                name.push(b'.');
                name.extend(unquote(self.tokens.text(part)));
            }
        }
        if self.names == Names::Known {
            self.names = Names::Missing([b"no such column: ".as_slice(), &name].concat());
        }
        Ok(self.computed(token, Foreign::Expression))
    }

    /// The arguments of a function, behind the opening parenthesis.
    fn arguments(&mut self, function: Token) -> Result<Next, Stop> {
        let mut next = self.tokens.peek();
        if next.kind == Kind::Star {
            self.take()?;
            self.expect(|kind| kind == Kind::Close)?;
            return self.behind_function(function);
        }
        if matches!(next.kind, Kind::Word(Word::Distinct | Word::All)) {
            self.take()?;
            next = self.tokens.peek();
        }
        if next.kind == Kind::Close {
            self.take()?;
            return self.behind_function(function);
        }
        self.open(Open::List { function: true }, function)
    }

    /// A function may be followed by a window.
    fn behind_function(&mut self, function: Token) -> Result<Next, Stop> {
        let mut ahead = self.tokens.clone();
        let (first, second) = (ahead.next(), ahead.next().kind);
        let windowed = match first.kind {
            Kind::Word(Word::Filter) => second == Kind::Open,
            Kind::Word(Word::Over) => second == Kind::Open || is_name(second),
            _ => false,
        };
        if windowed {
            Err(self.depart(first, Foreign::Function))
        } else {
            Ok(self.computed(function, Foreign::Function))
        }
    }

    /// Reads on behind a value.
    fn behind(&mut self, mut value: Value) -> Result<Next, Stop> {
        let token = self.take()?;
        let level = match token.kind {
            Kind::Plus | Kind::Minus => level::PLUS,
            Kind::Star | Kind::Binary(Binary::Divide) => level::TIMES,
            Kind::Binary(Binary::Equal) => level::EQUAL,
            Kind::Binary(Binary::Less) => level::LESS,
            Kind::Binary(Binary::Bits) => level::BITS,
            Kind::Binary(Binary::Concat | Binary::Arrow) => level::CONCAT,
            Kind::Word(Word::Or) => level::OR,
            Kind::Word(word) => return self.word_behind(value, word, token),
            Kind::Comma | Kind::Close => return self.close(value, token),
            _ => return Err(self.unexpected(token)),
        };
        self.reduce(&mut value, level);
        self.open(Open::Infix(level), token)
    }

    /// A word behind a value.
    fn word_behind(&mut self, mut value: Value, word: Word, token: Token) -> Result<Next, Stop> {
        match word {
            Word::And => {
                self.reduce(&mut value, level::AND);
                if self.top() == Some(&Open::Between) {
                    self.pop();
                    return self.open(Open::Infix(level::EQUAL), token);
                }
                self.open(Open::Infix(level::AND), token)
            }
            Word::Is => {
                self.reduce(&mut value, level::EQUAL);
                self.is(token)
            }
            Word::Not => {
                // As an operator it binds from the right.
                self.reduce(&mut value, level::NOT + 1);
                let next = self.take()?;
                match next.kind {
                    Kind::Word(Word::Null) => Ok(self.computed(token, Foreign::Expression)),
                    Kind::Word(word @ (Word::Like | Word::Between | Word::In)) => {
                        self.comparison(word, token)
                    }
                    _ => Err(self.unexpected(next)),
                }
            }
            Word::Like | Word::Between | Word::In => {
                self.reduce(&mut value, level::EQUAL);
                self.comparison(word, token)
            }
            Word::IsNull => {
                self.reduce(&mut value, level::EQUAL);
                Ok(self.computed(token, Foreign::Expression))
            }
            Word::Collate => {
                self.reduce(&mut value, level::COLLATE);
                self.expect(|kind| match kind {
                    Kind::Word(word) => word.is_plain_name(),
                    kind => is_name(kind),
                })?;
                self.count_operator(token)?;
                Ok(self.computed(token, Foreign::Expression))
            }
            Word::Escape => {
                while self.top().is_some_and(|open| *open != Open::Like && open.level().is_some()) {
                    self.pop();
                }
                if self.top() != Some(&Open::Like) {
                    return Err(self.unexpected(token));
                }
                self.pop();
                self.open(Open::Infix(level::EQUAL), token)
            }
            Word::As | Word::When | Word::Then | Word::Else | Word::End => self.close(value, token),
            _ => Err(self.unexpected(token)),
        }
    }

    /// Behind IS.
    fn is(&mut self, token: Token) -> Result<Next, Stop> {
        if self.tokens.peek().kind == Kind::Word(Word::Not) {
            self.take()?;
        }
        if self.sqlite == Sqlite::V3_43 && self.tokens.peek().kind == Kind::Word(Word::Distinct) {
            self.take()?;
            self.expect(|kind| kind == Kind::Word(Word::From))?;
        }
        self.open(Open::Infix(level::EQUAL), token)
    }

    /// LIKE, BETWEEN or IN, perhaps with a NOT before it.
    fn comparison(&mut self, word: Word, token: Token) -> Result<Next, Stop> {
        match word {
            Word::Between => return self.open(Open::Between, token),
            Word::Like => {
                // It is a function, and its second operand comes first.
                self.reordered = true;
                if self.tokens.text(token).eq_ignore_ascii_case(b"REGEXP") {
                    self.unclear(token, Foreign::Function);
                }
                return self.open(Open::Like, token);
            }
            _ => {}
        }
        let next = self.take()?;
        let mut list = next.kind == Kind::Open;
        if list {
            self.no_query()?;
        } else if is_name(next.kind) {
            self.unclear(next, Foreign::Query);
            if self.tokens.peek().kind == Kind::Dot {
                self.take()?;
                self.expect(is_name)?;
            }
            list = self.tokens.peek().kind == Kind::Open;
            if list {
                self.take()?;
            }
        } else {
            return Err(self.unexpected(next));
        }
        if list {
            if self.tokens.peek().kind != Kind::Close {
                return self.open(Open::List { function: false }, token);
            }
            self.take()?;
        }
        Ok(self.computed(token, Foreign::Expression))
    }

    /// A sign or word that ends a part of what is open.
    fn close(&mut self, mut value: Value, token: Token) -> Result<Next, Stop> {
        self.reduce(&mut value, 0);
        let Some(Entry { open, token: opened }) = self.pop() else {
            return Err(self.unexpected(token));
        };
        match (open, token.kind) {
            (Open::Row(mut values), Kind::Comma) => {
                values.push(value);
                self.end_value(token);
                if values.len() > MAX_VALUES {
                    return Err(self.depart(token, Foreign::Excess));
                }
                self.open(Open::Row(values), opened)
            }
            (Open::Row(mut values), Kind::Close) => {
                values.push(value);
                self.end_value(token);
                Ok(Next::Row(values))
            }
            (Open::Parenthesis { .. }, Kind::Comma) => {
                self.unclear(opened, Foreign::Expression);
                self.open(Open::Parenthesis { row_value: true }, opened)
            }
            (Open::Parenthesis { row_value: false }, Kind::Close) => Ok(Next::Behind(value)),
            (Open::Parenthesis { row_value: true }, Kind::Close) => {
                Ok(self.computed(opened, Foreign::Expression))
            }
            (list @ Open::List { .. }, Kind::Comma) => self.open(list, opened),
            (Open::List { function: true }, Kind::Close) => self.behind_function(opened),
            (Open::List { function: false }, Kind::Close) => Ok(self.computed(opened, Foreign::Expression)),
            (Open::Cast, Kind::Word(Word::As)) => Err(self.depart(opened, Foreign::Expression)),
            (Open::Case(Branch::Case | Branch::Then), Kind::Word(Word::When)) => {
                self.open(Open::Case(Branch::When), opened)
            }
            (Open::Case(Branch::When), Kind::Word(Word::Then)) => self.open(Open::Case(Branch::Then), opened),
            (Open::Case(Branch::Then), Kind::Word(Word::Else)) => self.open(Open::Case(Branch::Else), opened),
            (Open::Case(Branch::Then | Branch::Else), Kind::Word(Word::End)) => {
                Ok(self.computed(opened, Foreign::Expression))
            }
            _ => Err(self.unexpected(token)),
        }
    }

    /// Takes the operators off the stack that bind at least so tightly.
    fn reduce(&mut self, value: &mut Value, level: u8) {
        while self.top().and_then(Open::level).is_some_and(|open| open >= level) {
            let Some(entry) = self.pop() else { return };
            let sign = match entry.open {
                Open::Prefix(level::SIGN) => entry.token.kind,
                _ => Kind::End,
            };
            *value = match (sign, std::mem::replace(value, Value::Computed)) {
                (Kind::Plus, value) => value,
                (Kind::Minus, Value::TwoTo63) => Value::Literal(Literal::Integer(i64::MIN)),
                (Kind::Minus, Value::Literal(literal)) => {
                    literal.negated().map_or(Value::Computed, Value::Literal)
                }
                _ => Value::Computed,
            };
            if *value == Value::Computed {
                self.note(entry.token, Foreign::Expression);
            }
        }
    }

    fn end_value(&mut self, token: Token) {
        if self.reordered && self.names_before == Names::Known && matches!(self.names, Names::Missing(_)) {
            let span = token.start..token.end;
            let departure = self.first_departure.clone();
            self.names = Names::Unclear(departure.unwrap_or(Departure { span, what: Foreign::Expression }));
        }
        self.names_before = self.names.clone();
        self.operators = 0;
        self.reordered = false;
    }

    fn integer(&mut self, token: Token) -> Value {
        let text = self.tokens.text(token);
        if let [b'0', b'x' | b'X', digits @ ..] = text {
            let significant = digits.iter().skip_while(|&&digit| digit == b'0');
            let value = significant.clone().fold(0_u64, |value, &digit| {
                let digit = char::from(digit).to_digit(16).unwrap_or_default();
                value << 4 | u64::from(digit)
            });
            if significant.count() > 16 {
                self.note(token, Foreign::Excess);
                return Value::Computed;
            }
            return Value::Literal(Literal::Integer(value.cast_signed()));
        }
        match std::str::from_utf8(text).map(str::parse::<u64>) {
            Ok(Ok(value)) if value == 1 << 63 => Value::TwoTo63,
            Ok(Ok(value)) if i64::try_from(value).is_ok() => {
                Value::Literal(Literal::Integer(value.cast_signed()))
            }
            _ => Value::Literal(Literal::real(text)),
        }
    }

    /// A parameter: nothing is ever bound to it, so it is NULL.
    fn variable(&self, token: Token) -> Result<(), Stop> {
        let text = self.tokens.text(token);
        match text {
            [b'#', b'0'..=b'9', ..] => Err(self.unexpected(token)),
            [b'?', number @ ..] if !number.is_empty() => {
                let limit = if self.sqlite == Sqlite::V3_19 { 999 } else { 32766 };
                let number = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
                if number.is_some_and(|number| (1..=limit).contains(&number)) {
                    return Ok(());
                }
                Err(Stop::Error(format!("variable number must be between ?1 and ?{limit}").into_bytes()))
            }
            _ => Ok(()),
        }
    }

    /// WINDOW is a word of the language before `name AS`.
    fn is_window_clause(&self) -> bool {
        let mut ahead = self.tokens.clone();
        is_name(ahead.next().kind) && ahead.next().kind == Kind::Word(Word::As)
    }

    /// Nothing is told of what begins a query behind an opening parenthesis.
    fn no_query(&mut self) -> Result<(), Stop> {
        let next = self.tokens.peek();
        match next.kind {
            Kind::Word(Word::Select | Word::Values | Word::With) => Err(self.depart(next, Foreign::Query)),
            _ => Ok(()),
        }
    }

    fn expect(&mut self, fits: impl Fn(Kind) -> bool) -> Result<Token, Stop> {
        let token = self.take()?;
        if fits(token.kind) { Ok(token) } else { Err(self.unexpected(token)) }
    }

    /// Names behind this token are looked up in a way that is not told.
    fn unclear(&mut self, token: Token, what: Foreign) {
        if self.names == Names::Known {
            self.names = Names::Unclear(Departure { span: token.start..token.end, what });
        }
    }

    fn computed(&mut self, token: Token, what: Foreign) -> Next {
        self.note(token, what);
        Next::Behind(Value::Computed)
    }

    fn note(&mut self, token: Token, what: Foreign) {
        self.first_departure.get_or_insert(Departure { span: token.start..token.end, what });
    }

    fn open(&mut self, open: Open, token: Token) -> Result<Next, Stop> {
        if open.level().is_some() {
            self.count_operator(token)?;
        }
        self.push(open, token)?;
        Ok(Next::Value)
    }

    fn count_operator(&mut self, token: Token) -> Result<(), Stop> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS { Err(self.depart(token, Foreign::Excess)) } else { Ok(()) }
    }

    fn push(&mut self, open: Open, token: Token) -> Result<(), Stop> {
        self.depth += open.symbols();
        self.stack.push(Entry { open, token });
        if self.depth > MAX_DEPTH { Err(self.depart(token, Foreign::Excess)) } else { Ok(()) }
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
