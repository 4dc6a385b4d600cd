//! Behind a value, where an operator or an end is due.

use super::open::{Branch, Entry, Open, level};
use super::{MAX_VALUES, Next, Stop, Value, Values, is_name};
use crate::config::pasted::tokens::{Binary, Kind, Token};
use crate::config::pasted::words::Word;
use crate::config::pasted::{Foreign, Literal, Sqlite};

impl Values<'_> {
    /// Reads on behind a value.
    pub(super) fn behind(&mut self, mut value: Value) -> Result<Next, Stop> {
        let token = self.take()?;
        let level = match token.kind {
            Kind::Plus | Kind::Minus => level::PLUS,
            Kind::Star | Kind::Binary(Binary::Divide) => level::TIMES,
            Kind::Binary(Binary::Equal) => level::EQUAL,
            Kind::Binary(Binary::Less) => level::LESS,
            Kind::Binary(Binary::Bits) => level::BITS,
            Kind::Binary(Binary::Concat) => level::CONCAT,
            Kind::Binary(Binary::Arrow) => {
                // A function, behind whose operands SQLite goes on when a name is missing in them.
                self.reordered = true;
                level::CONCAT
            }
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
                // SQLite forgets what stands beside a constant 0.
                self.reordered = true;
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
                    Kind::Word(Word::Null) => {
                        // SQLite goes on behind a name that is missing in there.
                        self.reordered = true;
                        Ok(self.computed(token, Foreign::Expression))
                    }
                    Kind::Word(word @ (Word::Like | Word::Between | Word::In)) => {
                        self.comparison(&value, word, token)
                    }
                    _ => Err(self.unexpected(next)),
                }
            }
            Word::Like | Word::Between | Word::In => {
                self.reduce(&mut value, level::EQUAL);
                self.comparison(&value, word, token)
            }
            Word::IsNull => {
                self.reduce(&mut value, level::EQUAL);
                self.reordered = true;
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
                // Not every such function takes one.
                self.unclear(token, Foreign::Function);
                self.open(Open::Infix(level::EQUAL), token)
            }
            Word::As | Word::When | Word::Then | Word::Else | Word::End => self.close(value, token),
            _ => Err(self.unexpected(token)),
        }
    }

    /// Behind IS.
    fn is(&mut self, token: Token) -> Result<Next, Stop> {
        self.reordered = true;
        if self.peek().kind == Kind::Word(Word::Not) {
            self.take()?;
        }
        if self.sqlite == Sqlite::V3_43 && self.peek().kind == Kind::Word(Word::Distinct) {
            self.take()?;
            self.expect(|kind| kind == Kind::Word(Word::From))?;
        }
        self.open(Open::Infix(level::EQUAL), token)
    }

    /// LIKE, BETWEEN or IN, perhaps with a NOT before it.
    fn comparison(&mut self, left: &Value, word: Word, token: Token) -> Result<Next, Stop> {
        match word {
            Word::Between => return self.open(Open::Between, token),
            Word::Like => {
                // It is a function, and its second operand is looked up first.
                self.reordered = true;
                if self.tokens.text(token).eq_ignore_ascii_case(b"REGEXP") {
                    self.unclear(token, Foreign::Function);
                }
                return self.open(Open::Like, token);
            }
            // Its list is looked into while it is parsed.
            _ if *left == Value::Several => return Err(Stop::at(token, Foreign::Expression)),
            _ => {}
        }
        let next = self.take()?;
        let mut list = next.kind == Kind::Open;
        if list {
            self.no_query()?;
        } else if is_name(next.kind) {
            // The table is looked up before any column.
            self.reordered = true;
            self.unclear(next, Foreign::Query);
            if self.peek().kind == Kind::Dot {
                self.take()?;
                self.expect(is_name)?;
            }
            list = self.peek().kind == Kind::Open;
            if list {
                self.take()?;
            }
        } else {
            return Err(self.unexpected(next));
        }
        if list {
            if self.peek().kind != Kind::Close {
                return self.open(Open::List { function: false }, token);
            }
            self.take()?;
            // SQLite forgets what stands before an empty list.
            self.reordered = true;
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
                    return Err(Stop::at(token, Foreign::Excess));
                }
                self.open(Open::Row(values), opened)
            }
            (Open::Row(mut values), Kind::Close) => {
                values.push(value);
                self.end_value(token);
                Ok(Next::Row(values))
            }
            (Open::Parenthesis { .. }, Kind::Comma) => {
                self.reordered = true;
                self.unclear(opened, Foreign::Expression);
                self.open(Open::Parenthesis { row_value: true }, opened)
            }
            (Open::Parenthesis { row_value: false }, Kind::Close) => Ok(Next::Behind(value)),
            (Open::Parenthesis { row_value: true }, Kind::Close) => {
                self.note(opened, Foreign::Expression);
                Ok(Next::Behind(Value::Several))
            }
            (list @ Open::List { .. }, Kind::Comma) => self.open(list, opened),
            (Open::List { function: true }, Kind::Close) => self.behind_function(opened),
            (Open::List { function: false }, Kind::Close) => Ok(self.computed(opened, Foreign::Expression)),
            (Open::Cast, Kind::Word(Word::As)) => Err(Stop::at(opened, Foreign::Expression)),
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

    /// A function may be followed by a window.
    pub(super) fn behind_function(&mut self, function: Token) -> Result<Next, Stop> {
        let mut ahead = self.tokens.clone();
        let (first, second) = (ahead.next(), ahead.next().kind);
        let windowed = match first.kind {
            Kind::Word(Word::Filter) => second == Kind::Open,
            Kind::Word(Word::Over) => second == Kind::Open || is_name(second),
            _ => false,
        };
        if windowed {
            Err(Stop::at(first, Foreign::Function))
        } else {
            Ok(self.computed(function, Foreign::Function))
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
}
