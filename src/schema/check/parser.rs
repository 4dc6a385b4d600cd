//! Reads the text of a CHECK.

use super::{CheckError, Comparison, Condition, MAX_DEPTH, Operand};

pub(super) struct Parser<'t, F> {
    text: &'t str,
    at: usize,
    column_index: F,
    depth: usize,
}

impl<'t, F: Fn(&str) -> Option<usize>> Parser<'t, F> {
    pub(super) fn new(text: &'t str, column_index: F) -> Self {
        Parser { text, at: 0, column_index, depth: 0 }
    }

    /// The condition that the text is from its beginning to its end.
    pub(super) fn whole(&mut self) -> Result<Condition, CheckError> {
        let condition = self.disjunction()?;
        match self.peek() {
            Word::End => Ok(condition),
            _ => self.refuse("the end, `AND` or `OR`"),
        }
    }

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
