//! `[..]`, with POSIX names, `\Q..\E` and ranges.

use super::super::ast::{Assert, Look, Node};
use super::super::byte_set::{ByteSet, is_word, posix_class};
use super::super::error::{Cause, PatternError};
use super::escape::Escape;
use super::parser::{Item, Parser, set};

/// A member of a class.
enum Member {
    Byte(u8),
    /// A class: no end of a range.
    Class(ByteSet),
    /// `\E`, `\Q\E`: nothing.
    Nothing,
}

impl Parser<'_> {
    /// A class, or one of the old words for the borders of a word. The `[` is taken already.
    pub(super) fn class_or_boundary(&mut self) -> Result<Item, PatternError> {
        if self.take(b"[:<:]]") {
            return Ok(word_border(false));
        }
        if self.take(b"[:>:]]") {
            return Ok(word_border(true));
        }
        if let Some((kind, _)) = self.posix_syntax(self.at) {
            let cause = if kind == b':' { Cause::ClassOutside } else { Cause::CollatingElement };
            return Err(PatternError::new(self.at - 1, cause));
        }
        self.class().map(|class| Item::Node(set(class)))
    }

    fn class(&mut self) -> Result<ByteSet, PatternError> {
        let mut all = ByteSet::EMPTY;
        let mut quoted = false;
        let negated = self.class_start();
        let mut first = true;
        loop {
            let Some(byte) = self.peek() else { return Err(self.error(Cause::ClassNotClosed)) };
            if byte == b']' && !first && !quoted {
                self.at += 1;
                break;
            }
            first = false;
            let member = self.member(&mut quoted)?;
            let from = match member {
                Member::Byte(byte) => byte,
                Member::Class(class) => {
                    all.join(&class);
                    continue;
                }
                Member::Nothing => continue,
            };
            let to = self.range_end(&mut quoted)?.unwrap_or(from);
            if to < from {
                return Err(self.error(Cause::RangeOutOfOrder));
            }
            all.insert_range(from, to);
        }
        if self.options.caseless {
            all = all.folded();
        }
        Ok(if negated { all.negated() } else { all })
    }

    /// The `^`, with empty quotations before it passed over.
    fn class_start(&mut self) -> bool {
        loop {
            if self.take(b"\\E") || self.take(b"\\Q\\E") {
                continue;
            }
            return self.take(b"^");
        }
    }

    fn member(&mut self, quoted: &mut bool) -> Result<Member, PatternError> {
        let Some(byte) = self.next() else { return Err(self.error(Cause::ClassNotClosed)) };
        if *quoted {
            if byte == b'\\' && self.take(b"E") {
                *quoted = false;
                return Ok(Member::Nothing);
            }
            return Ok(Member::Byte(byte));
        }
        match byte {
            b'[' => match self.posix_syntax(self.at) {
                Some((b':', end)) => self.posix(end).map(Member::Class),
                Some(_) => Err(PatternError::new(self.at - 1, Cause::CollatingElement)),
                None => Ok(Member::Byte(byte)),
            },
            b'\\' if self.take(b"Q") => {
                *quoted = true;
                Ok(Member::Nothing)
            }
            b'\\' if self.take(b"E") => Ok(Member::Nothing),
            b'\\' => self.class_escape(),
            _ => Ok(Member::Byte(byte)),
        }
    }

    fn class_escape(&mut self) -> Result<Member, PatternError> {
        let start = self.at;
        match self.next() {
            None => Err(self.error(Cause::BackslashAtEnd)),
            Some(b'b') => Ok(Member::Byte(8)),
            Some(b'N') => Err(self.unknown(b'N')),
            Some(byte @ (b'B' | b'R' | b'X')) if self.options.extra => Err(self.unknown(byte)),
            _ => {
                self.at = start;
                Ok(match self.common_escape()? {
                    Escape::Byte(byte) => Member::Byte(byte),
                    Escape::Class(class) => Member::Class(class),
                })
            }
        }
    }

    /// The end of a range whose `-` comes next; nothing, and nothing taken, when no range stands here.
    fn range_end(&mut self, quoted: &mut bool) -> Result<Option<u8>, PatternError> {
        let start = (self.at, *quoted);
        self.skip_quotation_marks(quoted);
        if *quoted || !self.take(b"-") {
            (self.at, *quoted) = start;
            return Ok(None);
        }
        self.skip_quotation_marks(quoted);
        match self.peek() {
            None => return Err(self.error(Cause::ClassNotClosed)),
            Some(b']') if !*quoted => {
                (self.at, *quoted) = start;
                return Ok(None);
            }
            Some(_) => {}
        }
        match self.member(quoted)? {
            Member::Byte(byte) => Ok(Some(byte)),
            Member::Class(_) | Member::Nothing => Err(self.error(Cause::RangeWithClass)),
        }
    }

    fn skip_quotation_marks(&mut self, quoted: &mut bool) {
        loop {
            if self.take(b"\\E") {
                *quoted = false;
            } else if !*quoted && self.take(b"\\Q") {
                *quoted = true;
            } else {
                return;
            }
        }
    }

    /// Whether `[:..:]`, `[...]` or `[=..=]` stands here (behind the `[`): its kind, and where it closes.
    fn posix_syntax(&self, at: usize) -> Option<(u8, usize)> {
        let kind = *self.text.get(at).filter(|byte| matches!(byte, b':' | b'.' | b'='))?;
        let mut place = at + 1;
        loop {
            let byte = *self.text.get(place)?;
            let next = self.text.get(place + 1).copied();
            if byte == b'\\' && matches!(next, Some(b']' | b'\\')) {
                place += 1;
            } else if (byte == b'[' && next == Some(kind)) || byte == b']' {
                return None;
            } else if byte == kind && next == Some(b']') {
                return Some((kind, place));
            }
            place += 1;
        }
    }

    /// A POSIX class whose `:]` stands at `end`.
    fn posix(&mut self, end: usize) -> Result<ByteSet, PatternError> {
        let name = self.text.get(self.at + 1..end).unwrap_or_default();
        let (negated, name) = name.strip_prefix(b"^").map_or((false, name), |name| (true, name));
        // Without regard to case, letters of one case are letters.
        let effective = match name {
            b"upper" | b"lower" if self.options.caseless => b"alpha",
            other => other,
        };
        let Some(class) = posix_class(effective) else {
            return Err(self.error(Cause::UnknownClass(String::from_utf8_lossy(name).into_owned())));
        };
        self.at = end + 2;
        let class = ByteSet::matching(class);
        Ok(if negated { class.negated() } else { class })
    }
}

/// `[[:<:]]` and `[[:>:]]`: a border of a word with a word behind or before it.
fn word_border(end: bool) -> Item {
    let word = set(ByteSet::matching(is_word));
    let look = Look {
        behind: end,
        negative: false,
        body: vec![word],
        back: if end { vec![1] } else { Vec::new() },
        offset: 0,
    };
    Item::Pair(Node::Assert(Assert::Word), Node::Look(Box::new(look)))
}
