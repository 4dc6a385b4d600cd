//! Where a value is due.

use super::open::{Branch, Open, level};
use super::{Names, Next, Stop, Value, Values, is_name};
use crate::config::pasted::tokens::{Kind, Token, unquote};
use crate::config::pasted::words::Word;
use crate::config::pasted::{Foreign, Literal, Sqlite};

impl Values<'_> {
    /// Reads on where a value is due.
    pub(super) fn value(&mut self) -> Result<Next, Stop> {
        let token = self.take()?;
        let literal = match token.kind {
            Kind::Str if self.peek().kind == Kind::Dot => return self.name(token),
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
                self.expect(|kind| kind == Kind::Open)?;
                self.no_query()?;
                let next = self.take()?;
                Err(self.unexpected(next))
            }
            Word::Case => {
                let when = self.peek().kind == Kind::Word(Word::When);
                if when {
                    self.take()?;
                }
                self.open(Open::Case(if when { Branch::When } else { Branch::Case }), token)
            }
            Word::Cast => {
                self.expect(|kind| kind == Kind::Open)?;
                self.open(Open::Cast, token)
            }
            Word::Raise => {
                self.expect(|kind| kind == Kind::Open)?;
                Err(Stop::at(token, Foreign::Function))
            }
            Word::Window if self.is_window_clause() => Err(self.unexpected(token)),
            word if word.is_name() => self.name(token),
            _ => Err(self.unexpected(token)),
        }
    }

    /// A name where a value is due: a column, which no table is there to have, or a function.
    fn name(&mut self, token: Token) -> Result<Next, Stop> {
        let joins = token.kind == Kind::Word(Word::Join);
        let next = self.peek();
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
            if self.peek().kind == Kind::Dot {
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
        let mut next = self.peek();
        if next.kind == Kind::Star {
            self.take()?;
            self.expect(|kind| kind == Kind::Close)?;
            return self.behind_function(function);
        }
        if matches!(next.kind, Kind::Word(Word::Distinct | Word::All)) {
            self.take()?;
            next = self.peek();
        }
        if next.kind == Kind::Close {
            self.take()?;
            return self.behind_function(function);
        }
        self.open(Open::List { function: true }, function)
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
    pub(super) fn no_query(&mut self) -> Result<(), Stop> {
        let next = self.peek();
        match next.kind {
            Kind::Word(Word::Select | Word::Values | Word::With) => Err(Stop::at(next, Foreign::Query)),
            _ => Ok(()),
        }
    }
}
