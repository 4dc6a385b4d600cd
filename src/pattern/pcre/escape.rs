//! What follows a backslash.

use super::super::ast::{Assert, Node};
use super::super::byte_set::{ByteSet, is_horizontal, is_space, is_vertical, is_word};
use super::super::error::{Cause, PatternError};
use super::parser::{Item, Parser, Reference, set};

/// An escape that means the same within a class and outside.
pub(super) enum Escape {
    Byte(u8),
    Class(ByteSet),
}

impl Parser<'_> {
    /// An escape outside a class; the backslash is taken already.
    pub(super) fn escape(&mut self) -> Result<Item, PatternError> {
        let Some(byte) = self.peek() else { return Err(self.error(Cause::BackslashAtEnd)) };
        let assert = |assert| Ok(Item::Single(Node::Assert(assert)));
        let start = self.at;
        self.at += 1;
        match byte {
            b'A' => assert(Assert::Start),
            b'Z' => assert(Assert::EndOrLastNewline),
            b'z' => assert(Assert::End),
            b'b' => assert(Assert::Word),
            b'B' => assert(Assert::NotWord),
            b'G' => assert(Assert::SearchStart),
            b'K' => Ok(Item::Single(Node::Keep)),
            b'C' => Ok(Item::Node(set(ByteSet::ALL))),
            b'N' => self.not_newline(),
            b'R' => Ok(Item::Node(Node::LineBreak)),
            b'X' => Err(self.unknown(byte)),
            b'k' => self.named_back_reference().map(Item::Node),
            b'g' => self.reference().map(Item::Node),
            b'1'..=b'9' => self.numbered(start).map(Item::Node),
            _ => {
                self.at = start;
                Ok(Item::Node(match self.common_escape()? {
                    Escape::Byte(byte) => self.literal(byte),
                    Escape::Class(class) => set(class),
                }))
            }
        }
    }

    /// An escape that a class knows, too. What is no escape is the character itself.
    pub(super) fn common_escape(&mut self) -> Result<Escape, PatternError> {
        let Some(byte) = self.next() else { return Err(self.error(Cause::BackslashAtEnd)) };
        let class = |test: fn(u8) -> bool| Escape::Class(ByteSet::matching(test));
        let other = |test: fn(u8) -> bool| Escape::Class(ByteSet::matching(test).negated());
        Ok(match byte {
            b'd' => class(|byte| byte.is_ascii_digit()),
            b'D' => other(|byte| byte.is_ascii_digit()),
            b'w' => class(is_word),
            b'W' => other(is_word),
            b's' => class(is_space),
            b'S' => other(is_space),
            b'h' => class(is_horizontal),
            b'H' => other(is_horizontal),
            b'v' => class(is_vertical),
            b'V' => other(is_vertical),
            b'a' => Escape::Byte(7),
            b'e' => Escape::Byte(0x1B),
            b'f' => Escape::Byte(0x0C),
            b'n' => Escape::Byte(b'\n'),
            b'r' => Escape::Byte(b'\r'),
            b't' => Escape::Byte(b'\t'),
            b'c' => Escape::Byte(self.control()?),
            b'0'..=b'7' => {
                self.at -= 1;
                Escape::Byte(self.octal()?)
            }
            b'o' => Escape::Byte(self.braced("o", 8)?),
            b'x' if self.peek() == Some(b'{') => Escape::Byte(self.braced("x", 16)?),
            b'x' => Escape::Byte(self.hexadecimal()),
            b'L' | b'l' | b'U' | b'u' | b'p' | b'P' => return Err(self.unknown(byte)),
            _ if self.options.extra && byte.is_ascii_alphabetic() => return Err(self.unknown(byte)),
            _ => Escape::Byte(byte),
        })
    }

    pub(super) fn unknown(&self, byte: u8) -> PatternError {
        let name = char::from(byte).to_string();
        PatternError::new(self.at - 1, Cause::UnknownEscape(name, "PCRE as ProxySQL builds it"))
    }

    fn malformed(&self, name: &str, how: &'static str) -> PatternError {
        self.error(Cause::MalformedEscape(name.to_owned(), how))
    }

    /// `\N`; `\N{name}` is refused, `\N{3}` is a repeat.
    fn not_newline(&mut self) -> Result<Item, PatternError> {
        if self.peek() == Some(b'{') && !self.at_counted() {
            return Err(self.unknown(b'N'));
        }
        Ok(Item::Node(set(ByteSet::of(b"\n").negated())))
    }

    fn at_counted(&self) -> bool {
        let rest = self.rest();
        let end = rest.iter().position(|&byte| byte == b'}').unwrap_or(0);
        let inner = rest.get(1..end).unwrap_or_default();
        let mut parts = inner.split(|&byte| byte == b',');
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        parts.next().is_some_and(|part| !part.is_empty() && digits(part))
            && parts.next().is_none_or(digits)
            && parts.next().is_none()
    }

    /// `\cX`.
    fn control(&mut self) -> Result<u8, PatternError> {
        match self.peek() {
            Some(byte) if byte.is_ascii() => {
                self.at += 1;
                Ok(byte.to_ascii_uppercase() ^ 0x40)
            }
            _ => Err(self.malformed("c", "an ASCII character must follow")),
        }
    }

    /// Up to three octal digits.
    fn octal(&mut self) -> Result<u8, PatternError> {
        let mut value = 0_u32;
        for _ in 0..3 {
            let Some(digit @ b'0'..=b'7') = self.peek() else { break };
            value = value * 8 + u32::from(digit - b'0');
            self.at += 1;
        }
        u8::try_from(value).map_err(|_| self.error(Cause::CharacterTooLarge))
    }

    /// Up to two hexadecimal digits; none is the byte 0.
    fn hexadecimal(&mut self) -> u8 {
        let mut value = 0_u8;
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else { break };
            value = value.wrapping_mul(16) | u8::try_from(digit).unwrap_or(0);
            self.at += 1;
        }
        value
    }

    /// `{..}` of `\x` and `\o`.
    fn braced(&mut self, name: &str, radix: u32) -> Result<u8, PatternError> {
        if !self.take(b"{") {
            return Err(self.malformed(name, "`{` must follow"));
        }
        if self.peek() == Some(b'}') {
            return Err(self.malformed(name, "the digits are missing"));
        }
        let mut value = 0_u32;
        while let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) {
            value = value * radix + digit;
            if value > 0xFF {
                return Err(self.error(Cause::CharacterTooLarge));
            }
            self.at += 1;
        }
        if !self.take(b"}") {
            return Err(self.malformed(name, "only digits may stand before the `}`"));
        }
        Ok(u8::try_from(value).unwrap_or(u8::MAX))
    }

    /// `\N` with a number: a group if it can be one, else an octal number or a digit.
    fn numbered(&mut self, start: usize) -> Result<Node, PatternError> {
        self.at = start;
        let number = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .try_fold(0_u32, |value, digit| value.checked_mul(10)?.checked_add(u32::from(digit - b'0')));
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        match number {
            // PCRE holds the number in a signed integer.
            Some(number) if i32::try_from(number).is_ok() => {
                if number < 8 || number <= self.groups {
                    self.at += digits;
                    return Ok(self.back_reference(Reference::Number(number)));
                }
            }
            _ => return Err(self.malformed("1", "the number is too large")),
        }
        if self.peek().is_some_and(|byte| byte >= b'8') {
            let digit = self.next().unwrap_or_default();
            return Ok(Node::Byte(digit));
        }
        let byte = self.octal()?;
        Ok(self.literal(byte))
    }

    pub(super) fn back_reference(&mut self, reference: Reference) -> Node {
        let caseless = self.options.caseless;
        Node::BackReference { reference: self.refer(reference), caseless }
    }

    /// `\k<name>`, `\k'name'`, `\k{name}`.
    fn named_back_reference(&mut self) -> Result<Node, PatternError> {
        let end = match self.next() {
            Some(b'<') => b'>',
            Some(b'\'') => b'\'',
            Some(b'{') => b'}',
            _ => {
                self.at = self.at.min(self.text.len());
                return Err(self.malformed("k", "a name in `<>`, `''` or `{}` must follow"));
            }
        };
        let name = self.name(end)?;
        if name.is_empty() {
            return Err(self.error(Cause::BadName));
        }
        Ok(self.back_reference(Reference::Name(name)))
    }

    /// `\g`: `\g1`, `\g-1`, `\g{1}`, `\g{-1}`, `\g{name}` refer back; `\g<..>`, `\g'..'` call.
    fn reference(&mut self) -> Result<Node, PatternError> {
        match self.peek() {
            Some(b'<') => {
                self.at += 1;
                self.call_until(b'>')
            }
            Some(b'\'') => {
                self.at += 1;
                self.call_until(b'\'')
            }
            _ => {
                let braced = self.take(b"{");
                let back = self.rest().first() == Some(&b'-');
                let start = self.at + usize::from(back);
                let digits = self.text.get(start..).unwrap_or_default();
                let digits = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if digits == 0 && braced && !back {
                    let name = self.name(b'}')?;
                    if name.is_empty() {
                        return Err(self.error(Cause::BadName));
                    }
                    return Ok(self.back_reference(Reference::Name(name)));
                }
                let number = self.number_at(start, digits)?;
                self.at = start + digits;
                if braced && !self.take(b"}") {
                    return Err(self.malformed("g", "`}` must follow"));
                }
                if number == 0 {
                    return Err(self.malformed("g", "a number other than 0 must follow"));
                }
                let number = if back {
                    self.relative(number)
                        .ok_or_else(|| self.error(Cause::NoSuchGroup(format!("-{number}"))))?
                } else {
                    number
                };
                Ok(self.back_reference(Reference::Number(number)))
            }
        }
    }

    /// The group that is `number` back from here; 1 is the last that was opened.
    pub(super) fn relative(&self, number: u32) -> Option<u32> {
        (self.groups + 1).checked_sub(number).filter(|&group| group > 0)
    }

    pub(super) fn number_at(&self, start: usize, digits: usize) -> Result<u32, PatternError> {
        let text = self.text.get(start..start + digits).unwrap_or_default();
        let number = text
            .iter()
            .try_fold(0_u32, |value, digit| value.checked_mul(10)?.checked_add(u32::from(digit - b'0')));
        number
            .filter(|&number| i32::try_from(number).is_ok())
            .ok_or_else(|| self.malformed("g", "the number is too large"))
    }
}
