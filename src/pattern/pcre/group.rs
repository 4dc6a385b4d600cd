//! What follows a `(`.

use super::super::ast::{Condition, Look, Node, Test, Verb};
use super::super::error::{Cause, PatternError};
use super::parser::{Item, Options, Parser, Reference};

const DIALECT: &str = "PCRE";

impl Parser<'_> {
    /// A group, a call, a comment, options or a verb; the `(` is taken already.
    pub(super) fn group(&mut self) -> Result<Item, PatternError> {
        if self.rest().first() == Some(&b'*') && self.verb_follows() {
            self.at += 1;
            return self.verb();
        }
        if !self.take(b"?") {
            return self.capture().map(Item::Node);
        }
        let start = self.at;
        match self.next() {
            Some(b'#') => self.comment(),
            Some(b':') => self.body().map(Item::Node),
            Some(b'|') => self.reset().map(Item::Node),
            Some(b'>') => Ok(Item::Node(Node::Atomic(Box::new(self.body()?)))),
            Some(b'=') => self.look(false, false).map(Item::Node),
            Some(b'!') if self.peek() == Some(b')') && !self.quantifier_at(self.at + 1) => {
                self.at += 1;
                Ok(Item::Single(Node::Verb(Verb::Fail)))
            }
            Some(b'!') => self.look(false, true).map(Item::Node),
            Some(b'<') => match self.peek() {
                Some(b'=') => {
                    self.at += 1;
                    self.look(true, false).map(Item::Node)
                }
                Some(b'!') => {
                    self.at += 1;
                    self.look(true, true).map(Item::Node)
                }
                _ => self.named_capture(b'>', false).map(Item::Node),
            },
            Some(b'\'') => self.named_capture(b'\'', false).map(Item::Node),
            Some(b'P') => self.python().map(Item::Node),
            Some(b'(') => self.condition().map(Item::Node),
            Some(b'C') => self.callout(),
            Some(b'&') => self.call_by_name().map(Item::Node),
            Some(b'R') => {
                if !self.take(b")") {
                    return Err(self.error(Cause::UnknownGroup(DIALECT)));
                }
                Ok(Item::Node(self.call(0)))
            }
            Some(b'+' | b'0'..=b'9') => {
                self.at = start;
                self.call_until(b')').map(Item::Node)
            }
            Some(b'-') if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                self.at = start;
                self.call_until(b')').map(Item::Node)
            }
            _ => {
                self.at = start;
                self.options()
            }
        }
    }

    pub(super) fn comment(&mut self) -> Result<Item, PatternError> {
        let Some(end) = memchr::memchr(b')', self.rest()) else {
            self.at = self.text.len();
            return Err(self.error(Cause::CommentNotClosed));
        };
        self.at += end + 1;
        Ok(Item::Nothing)
    }

    /// The inside of a group and its `)`. Options set there end with it.
    fn body(&mut self) -> Result<Node, PatternError> {
        let options = self.options;
        let node = self.alternatives()?;
        self.close(options)?;
        Ok(node)
    }

    fn close(&mut self, options: Options) -> Result<(), PatternError> {
        if !self.take(b")") {
            return Err(self.error(Cause::GroupNotClosed));
        }
        self.options = options;
        Ok(())
    }

    fn capture(&mut self) -> Result<Node, PatternError> {
        self.groups += 1;
        let group = self.groups;
        Ok(Node::Capture(group, Box::new(self.body()?)))
    }

    /// `(?<name>`, `(?'name'`, `(?P<name>`.
    fn named_capture(&mut self, end: u8, python: bool) -> Result<Node, PatternError> {
        let name = self.name(end)?;
        if name.is_empty() && !python {
            return Err(self.error(Cause::UnknownGroup(DIALECT)));
        }
        self.groups += 1;
        let group = self.groups;
        let same_number = self.names.iter().find(|(_, known)| *known == group);
        if same_number.is_some_and(|(known, _)| *known != name) {
            return Err(self.error(Cause::TwoNames));
        }
        let twice = self.names.iter().any(|(known, number)| *known == name && *number != group);
        if twice && !self.options.duplicate_names {
            return Err(self.error(Cause::NameTwice(String::from_utf8_lossy(&name).into_owned())));
        }
        if same_number.is_none() {
            self.names.push((name, group));
        }
        Ok(Node::Capture(group, Box::new(self.body()?)))
    }

    /// `(?|`: each alternative begins with the same group number.
    fn reset(&mut self) -> Result<Node, PatternError> {
        let options = self.options;
        let mut all = self.branches(true)?;
        self.close(options)?;
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Alternate(all) })
    }

    fn look(&mut self, behind: bool, negative: bool) -> Result<Node, PatternError> {
        self.look_around(behind, negative).map(|look| Node::Look(Box::new(look)))
    }

    fn look_around(&mut self, behind: bool, negative: bool) -> Result<Look, PatternError> {
        let options = self.options;
        let body = self.branches(false)?;
        let offset = self.at;
        self.close(options)?;
        Ok(Look { behind, negative, body, back: Vec::new(), offset })
    }

    /// `(?P<name>`, `(?P=name)`, `(?P>name)`.
    fn python(&mut self) -> Result<Node, PatternError> {
        match self.next() {
            Some(b'<') => self.named_capture(b'>', true),
            Some(b'=') => {
                let name = self.name(b')')?;
                if name.is_empty() {
                    return Err(self.error(Cause::BadName));
                }
                Ok(self.back_reference(Reference::Name(name)))
            }
            Some(b'>') => self.call_by_name(),
            _ => {
                self.at = self.at.min(self.text.len());
                Err(self.error(Cause::UnknownGroup(DIALECT)))
            }
        }
    }

    fn call(&mut self, group: u32) -> Node {
        Node::Call(self.refer(Reference::Number(group)))
    }

    fn call_by_name(&mut self) -> Result<Node, PatternError> {
        let name = self.name(b')')?;
        if name.is_empty() {
            return Err(self.error(Cause::BadName));
        }
        Ok(Node::Call(self.refer(Reference::Name(name))))
    }

    /// A call by number, relative number or name, up to `end`: `(?1)`, `(?+1)`, `\g<name>`.
    pub(super) fn call_until(&mut self, end: u8) -> Result<Node, PatternError> {
        let sign = self.peek().filter(|byte| matches!(byte, b'+' | b'-'));
        let start = self.at + usize::from(sign.is_some());
        let rest = self.text.get(start..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if sign.is_none() && digits == 0 {
            let name = self.name(end)?;
            if name.is_empty() {
                return Err(self.error(Cause::BadName));
            }
            return Ok(Node::Call(self.refer(Reference::Name(name))));
        }
        let number = self.number_at(start, digits)?;
        self.at = start + digits;
        if digits == 0 || self.peek() != Some(end) {
            return Err(self.error(Cause::UnknownGroup(DIALECT)));
        }
        self.at += 1;
        let none = |sign: &str| Cause::NoSuchGroup(format!("{sign}{number}"));
        let group = match sign {
            None => number,
            Some(_) if number == 0 => return Err(self.error(none("+"))),
            Some(b'+') => self.groups.saturating_add(number),
            Some(_) => self.relative(number).ok_or_else(|| self.error(none("-")))?,
        };
        Ok(self.call(group))
    }

    /// `(?C1)`: nothing is called here.
    fn callout(&mut self) -> Result<Item, PatternError> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = self.number_at(self.at, digits)?;
        self.at += digits;
        if number > 255 || !self.take(b")") {
            return Err(self.error(Cause::UnknownGroup(DIALECT)));
        }
        Ok(Item::Single(Node::Empty))
    }

    /// `(?i-s)` up to the end of the group it stands in, `(?i-s:..)` for one group.
    fn options(&mut self) -> Result<Item, PatternError> {
        let before = self.options;
        let mut on = true;
        loop {
            let place = self.at;
            let target = match self.next() {
                Some(b'-') => {
                    on = false;
                    continue;
                }
                Some(b'i') => &mut self.options.caseless,
                Some(b'm') => &mut self.options.multi_line,
                Some(b's') => &mut self.options.dot_all,
                Some(b'x') => &mut self.options.extended,
                Some(b'U') => &mut self.options.ungreedy,
                Some(b'X') => &mut self.options.extra,
                Some(b'J') => &mut self.options.duplicate_names,
                Some(b')') => return Ok(Item::Single(Node::Empty)),
                Some(b':') => {
                    let node = self.alternatives()?;
                    self.close(before)?;
                    return Ok(Item::Node(node));
                }
                _ => return Err(PatternError::new(place, Cause::UnknownGroup(DIALECT))),
            };
            *target = on;
        }
    }

    /// `(?(..)yes|no)`, the `(?(` taken.
    fn condition(&mut self) -> Result<Node, PatternError> {
        let options = self.options;
        let test = self.test()?;
        let start = self.at;
        let mut branches = self.branches(false)?;
        let most = if matches!(test, Test::Never) { 1 } else { 2 };
        if branches.len() > most {
            return Err(PatternError::new(start, Cause::TooManyBranches));
        }
        self.close(options)?;
        let has_no = branches.len() == 2;
        let no = if has_no { branches.pop() } else { None };
        let yes = branches.pop().unwrap_or(Node::Empty);
        let no = no.unwrap_or(Node::Empty);
        Ok(Node::Condition(Box::new(Condition { test, yes, no, has_no })))
    }

    fn test(&mut self) -> Result<Test, PatternError> {
        if self.take(b"?") {
            return self.look_test();
        }
        for (open, end) in [(b"<", b'>'), (b"'", b'\'')] {
            if self.take(open) {
                let name = self.name(end)?;
                if name.is_empty() || !self.take(b")") {
                    return Err(self.error(Cause::BadCondition));
                }
                return Ok(Test::Group(self.refer(Reference::Name(name))));
            }
        }
        if self.take(b"R&") {
            let name = self.name(b')')?;
            return Ok(Test::Call(self.refer(Reference::Name(name))));
        }
        let start = self.at;
        let sign = self.peek().filter(|byte| matches!(byte, b'+' | b'-'));
        self.at += usize::from(sign.is_some());
        let length = self.rest().iter().take_while(|&&byte| byte != b')').count();
        let text = self.rest().get(..length).unwrap_or_default();
        let bad = PatternError::new(start, Cause::BadCondition);
        self.at += length;
        if !self.take(b")") {
            return Err(bad);
        }
        if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
            let number = self.number_at(start + usize::from(sign.is_some()), length)?;
            if number == 0 {
                return Err(bad);
            }
            let group = match sign {
                None => Some(number),
                Some(b'+') => self.groups.checked_add(number),
                Some(_) => self.relative(number),
            };
            let group = group.ok_or_else(|| self.error(Cause::NoSuchGroup(format!("-{number}"))))?;
            return Ok(Test::Group(self.refer(Reference::Number(group))));
        }
        self.named_test(text, sign.is_some()).ok_or(bad)
    }

    /// A name; where no group has it, `DEFINE`, `R` or `R1` mean something of their own.
    fn named_test(&mut self, text: &[u8], signed: bool) -> Option<Test> {
        let starts_well = text.first().is_some_and(|byte| !byte.is_ascii_digit());
        if signed || !starts_well || !text.iter().all(|&byte| super::super::byte_set::is_word(byte)) {
            return None;
        }
        let known = self.named(text);
        if known.is_empty() {
            if text == b"DEFINE" {
                return Some(Test::Never);
            }
            let number = text.strip_prefix(b"R").filter(|rest| rest.iter().all(u8::is_ascii_digit));
            if let Some(number) = number {
                if number.is_empty() {
                    return Some(Test::AnyCall);
                }
                let number = std::str::from_utf8(number).ok()?.parse().ok()?;
                return Some(Test::Call(self.refer(Reference::Resolved(vec![number]))));
            }
        }
        Some(Test::Group(self.refer(Reference::Name(text.to_vec()))))
    }

    /// A look-around as a condition, `(?` taken; a callout may stand before it.
    fn look_test(&mut self) -> Result<Test, PatternError> {
        if self.take(b"C") {
            self.callout()?;
            if !self.take(b"(?") {
                return Err(self.error(Cause::BadCondition));
            }
        }
        let (behind, negative) = if self.take(b"=") {
            (false, false)
        } else if self.take(b"!") {
            (false, true)
        } else if self.take(b"<=") {
            (true, false)
        } else if self.take(b"<!") {
            (true, true)
        } else {
            return Err(self.error(Cause::BadCondition));
        };
        self.look_around(behind, negative).map(Test::Look)
    }

    /// Whether `(*` begins a verb rather than a group that starts with a misplaced `*`.
    fn verb_follows(&self) -> bool {
        self.text.get(self.at + 1).is_some_and(|&byte| byte == b':' || byte.is_ascii_alphabetic())
    }

    /// `(*NAME)`, `(*NAME:argument)`; the `(*` is taken.
    fn verb(&mut self) -> Result<Item, PatternError> {
        let start = self.at;
        let length =
            self.rest().iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        let name = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        let mut argument: &[u8] = b"";
        let has_argument = self.take(b":");
        if has_argument {
            let end = self.rest().iter().take_while(|&&byte| byte != b')').count();
            argument = self.rest().get(..end).unwrap_or_default();
            self.at += end;
        }
        let unknown = || {
            let shown = self.text.get(start..self.at.min(self.text.len())).unwrap_or_default();
            PatternError::new(start, Cause::UnknownVerb(String::from_utf8_lossy(shown).into_owned()))
        };
        if self.peek() != Some(b')') {
            return Err(unknown());
        }
        let refused = |what| Err(PatternError::new(start, Cause::Unsupported(what)));
        let node = match (name, argument) {
            (b"ACCEPT", b"") => Node::Verb(Verb::Accept),
            (b"F" | b"FAIL", b"") => Node::Verb(Verb::Fail),
            (b"PRUNE", _) => Node::Verb(Verb::Prune),
            (b"SKIP", b"") => Node::Verb(Verb::Skip),
            (b"SKIP", _) => return refused("the verb `(*SKIP:name)`"),
            (b"COMMIT", b"") => return refused("the verb `(*COMMIT)`"),
            (b"THEN", _) => return refused("the verb `(*THEN)`"),
            (b"MARK" | b"", [_, ..]) => Node::Empty,
            _ => return Err(unknown()),
        };
        self.at += 1;
        Ok(Item::Single(node))
    }
}
