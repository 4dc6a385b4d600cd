//! The syntax, with flags applied on the way.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::super::byte_set::ByteSet;
use super::super::error::{Cause, PatternError};
use super::super::linear::{byte_class, capture, repetition};
use super::class::{CodeSet, perl, posix, property};
use super::utf8;

/// The largest number in `{n}`, and the most copies that nested repeats may make.
const REPEAT: u32 = 1000;
/// How deep groups may nest here; RE2 takes more.
const DEPTH: usize = 250;

/// An automaton for a pattern with fewer ranges than this is surely not too large.
const LARGE: usize = 50_000;

const DIALECT: &str = "RE2";

/// What became of a pattern.
#[derive(Debug)]
pub(in crate::pattern) struct Parsed {
    pub(in crate::pattern) hir: Hir,
    pub(in crate::pattern) groups: u32,
}

impl Parsed {
    /// Whether an automaton for it may be larger than what is taken.
    pub(in crate::pattern) fn is_large(&self) -> bool {
        size(&self.hir) > LARGE
    }
}

/// How many ranges of bytes there are, with repeats written out.
fn size(hir: &Hir) -> usize {
    let sum = |parts: &[Hir]| parts.iter().map(size).fold(1, usize::saturating_add);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => 1 + class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => 1 + 8 * class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            (size(&repetition.sub) + 1).saturating_mul(copies)
        }
        HirKind::Capture(capture) => 2 + size(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

pub(in crate::pattern) fn parse(pattern: &[u8], caseless: bool) -> Result<Parsed, PatternError> {
    let text = std::str::from_utf8(pattern)
        .map_err(|error| PatternError::new(error.valid_up_to(), Cause::NotUtf8))?;
    let flags = Flags { caseless, ..Flags::default() };
    let mut parser = Parser { text, at: 0, flags, groups: 0, depth: 0 };
    let (hir, _) = parser.alternatives()?;
    if parser.at < text.len() {
        return Err(parser.error(Cause::GroupNotOpened));
    }
    Ok(Parsed { hir, groups: parser.groups })
}

/// `(?imsU)`.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)]
struct Flags {
    caseless: bool,
    multi_line: bool,
    dot_all: bool,
    ungreedy: bool,
}

struct Parser<'p> {
    text: &'p str,
    at: usize,
    flags: Flags,
    groups: u32,
    depth: usize,
}

/// How often the repeats within a part copy it at most.
type Copies = u32;

enum Atom {
    Part(Hir, Copies),
    /// The text of `\Q..\E`: a repeat behind it is for its last character.
    Quoted(Vec<char>),
    /// Flags: nothing to match, and nothing to repeat.
    Nothing,
}

impl<'p> Parser<'p> {
    fn rest(&self) -> &'p str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn error(&self, cause: Cause) -> PatternError {
        PatternError::new(self.at, cause)
    }

    fn unknown_escape(&self, start: usize) -> PatternError {
        let text = self.text.get(start + 1..self.at).unwrap_or_default();
        PatternError::new(start, Cause::UnknownEscape(text.to_owned(), DIALECT))
    }

    fn alternatives(&mut self) -> Result<(Hir, Copies), PatternError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error(Cause::Unsupported("more than 250 groups within each other")));
        }
        let mut all = Vec::new();
        let mut most = 1;
        loop {
            let (part, copies) = self.sequence()?;
            all.push(part);
            most = most.max(copies);
            if !self.take("|") {
                break;
            }
        }
        self.depth -= 1;
        Ok((Hir::alternation(all), most))
    }

    fn sequence(&mut self) -> Result<(Hir, Copies), PatternError> {
        let mut parts: Vec<(Hir, Copies)> = Vec::new();
        let mut repeated = false;
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            if let Some((min, max, width)) = self.quantifier()? {
                if repeated {
                    return Err(self.error(Cause::NothingToRepeat(next)));
                }
                let Some((part, copies)) = parts.pop() else {
                    return Err(self.error(Cause::NothingToRepeat(next)));
                };
                let counted = next == '{';
                let copies = if counted { self.copies(copies, min, max)? } else { copies };
                self.at += width;
                let lazy = self.take("?") != self.flags.ungreedy;
                parts.push((repetition(min, max, !lazy, part), copies));
                repeated = true;
                continue;
            }
            repeated = false;
            match self.atom()? {
                Atom::Part(part, copies) => parts.push((part, copies)),
                Atom::Quoted(text) => {
                    parts.extend(text.into_iter().map(|letter| (self.literal(letter), 1)));
                }
                Atom::Nothing => {}
            }
        }
        let most = parts.iter().map(|(_, copies)| *copies).max().unwrap_or(1);
        Ok((Hir::concat(parts.into_iter().map(|(part, _)| part).collect()), most))
    }

    fn copies(&self, inner: Copies, min: u32, max: Option<u32>) -> Result<Copies, PatternError> {
        let all = inner.saturating_mul(max.unwrap_or(min).max(1));
        if all > REPEAT {
            return Err(self.error(Cause::RepeatTooLarge(REPEAT)));
        }
        Ok(all)
    }

    fn quantifier(&self) -> Result<Option<(u32, Option<u32>, usize)>, PatternError> {
        Ok(match self.peek() {
            Some('*') => Some((0, None, 1)),
            Some('+') => Some((1, None, 1)),
            Some('?') => Some((0, Some(1), 1)),
            Some('{') => {
                let Some((min, max, width)) = counted(self.rest()) else { return Ok(None) };
                if max.is_some_and(|max| max < min) {
                    return Err(self.error(Cause::RepeatOutOfOrder));
                }
                if min > REPEAT || max.is_some_and(|max| max > REPEAT) {
                    return Err(self.error(Cause::RepeatTooLarge(REPEAT)));
                }
                Some((min, max, width))
            }
            _ => None,
        })
    }

    fn atom(&mut self) -> Result<Atom, PatternError> {
        let start = self.at;
        let look = |look| Ok(Atom::Part(Hir::look(look), 1));
        match self.next() {
            Some('^') if self.flags.multi_line => look(Look::StartLF),
            Some('^') => look(Look::Start),
            Some('$') if self.flags.multi_line => look(Look::EndLF),
            Some('$') => look(Look::End),
            Some('.') => {
                let mut class = CodeSet::default();
                if self.flags.dot_all {
                    class.insert(0, utf8::MAX);
                } else {
                    class.insert(0, 9);
                    class.insert(11, utf8::MAX);
                }
                Ok(Atom::Part(utf8::class(&class.ranges()), 1))
            }
            Some('[') => self.class().map(|hir| Atom::Part(hir, 1)),
            Some('(') => self.group(start),
            Some('\\') => self.escape(start),
            Some(letter) => Ok(Atom::Part(self.literal(letter), 1)),
            None => Ok(Atom::Nothing),
        }
    }

    fn literal(&self, letter: char) -> Hir {
        self.code(letter.into())
    }

    fn code(&self, code: u32) -> Hir {
        let mut class = CodeSet::default();
        class.insert(code, code);
        self.set(class)
    }

    fn set(&self, class: CodeSet) -> Hir {
        let class = if self.flags.caseless { class.folded() } else { class };
        utf8::class(&class.ranges())
    }

    fn group(&mut self, start: usize) -> Result<Atom, PatternError> {
        let flags = self.flags;
        if !self.take("?") {
            return self.capture(flags);
        }
        if self.take("P<") {
            let length = self.rest().find('>').unwrap_or(0);
            let name = self.rest().get(..length).unwrap_or_default();
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(self.error(Cause::BadName));
            }
            self.at += length + 1;
            return self.capture(flags);
        }
        let mut on = true;
        let mut any = true;
        loop {
            let target = match self.next() {
                Some('i') => &mut self.flags.caseless,
                Some('m') => &mut self.flags.multi_line,
                Some('s') => &mut self.flags.dot_all,
                Some('U') => &mut self.flags.ungreedy,
                Some('-') if on => {
                    on = false;
                    any = false;
                    continue;
                }
                Some(')') if any => return Ok(Atom::Nothing),
                Some(':') if any => {
                    let (inner, copies) = self.alternatives()?;
                    self.close(flags)?;
                    return Ok(Atom::Part(inner, copies));
                }
                _ => return Err(PatternError::new(start, Cause::UnknownGroup(DIALECT))),
            };
            any = true;
            *target = on;
        }
    }

    fn capture(&mut self, flags: Flags) -> Result<Atom, PatternError> {
        self.groups += 1;
        let group = self.groups;
        let (inner, copies) = self.alternatives()?;
        self.close(flags)?;
        Ok(Atom::Part(capture(group, inner), copies))
    }

    fn close(&mut self, flags: Flags) -> Result<(), PatternError> {
        if !self.take(")") {
            return Err(self.error(Cause::GroupNotClosed));
        }
        self.flags = flags;
        Ok(())
    }

    /// An escape outside a class; the backslash stands at `start`.
    fn escape(&mut self, start: usize) -> Result<Atom, PatternError> {
        let Some(letter) = self.next() else { return Err(self.error(Cause::BackslashAtEnd)) };
        let part = |hir| Ok(Atom::Part(hir, 1));
        match letter {
            'A' => part(Hir::look(Look::Start)),
            'z' => part(Hir::look(Look::End)),
            'b' => part(Hir::look(Look::WordAscii)),
            'B' => part(Hir::look(Look::WordAsciiNegate)),
            'C' => part(byte_class(&ByteSet::ALL)),
            'Q' => {
                let length = self.rest().find("\\E").unwrap_or(self.rest().len());
                let text = self.rest().get(..length).unwrap_or_default();
                self.at = (self.at + length + 2).min(self.text.len());
                Ok(Atom::Quoted(text.chars().collect()))
            }
            'p' | 'P' => {
                let (class, negated) = self.property(letter == 'P')?;
                part(self.set_folded(class, negated))
            }
            _ => {
                if let Some(class) = perl(letter) {
                    return part(self.set_folded(class, letter.is_ascii_uppercase()));
                }
                let code = self.code_escape(start, letter)?;
                part(self.code(code))
            }
        }
    }

    /// A class by name: when it is a negated one, its opposite is folded.
    fn set_folded(&self, class: CodeSet, negated: bool) -> Hir {
        utf8::class(&self.fold(class, negated).ranges())
    }

    fn fold(&self, class: CodeSet, negated: bool) -> CodeSet {
        match (self.flags.caseless, negated) {
            (false, _) => class,
            (true, false) => class.folded(),
            (true, true) => class.negated().folded().negated(),
        }
    }

    /// An escape for one character, known in a class, too.
    fn code_escape(&mut self, start: usize, letter: char) -> Result<u32, PatternError> {
        Ok(match letter {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            'x' => return self.hexadecimal(start),
            '1'..='7' if !self.peek().is_some_and(|next| next.is_digit(8)) => {
                return Err(self.unknown_escape(start));
            }
            '0'..='7' => {
                let mut value = letter.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) else { break };
                    value = value * 8 + digit;
                    self.at += 1;
                }
                value
            }
            _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => letter.into(),
            _ => return Err(self.unknown_escape(start)),
        })
    }

    fn hexadecimal(&mut self, start: usize) -> Result<u32, PatternError> {
        let braced = self.take("{");
        let digits = self.rest().chars().take_while(char::is_ascii_hexdigit).count();
        let digits = if braced { digits } else { digits.min(2) };
        let text = self.rest().get(..digits).unwrap_or_default();
        let mut value = 0_u32;
        for digit in text.chars().filter_map(|digit| digit.to_digit(16)) {
            value = value * 16 + digit;
            if value > utf8::MAX {
                return Err(self.unknown_escape(start));
            }
        }
        self.at += digits;
        let well = if braced { digits > 0 && self.take("}") } else { digits == 2 };
        if well { Ok(value) } else { Err(self.unknown_escape(start)) }
    }

    /// `\pN`, `\p{Name}`, `\p{^Name}`, with the letter taken; and whether it is a negated one.
    fn property(&mut self, mut negated: bool) -> Result<(CodeSet, bool), PatternError> {
        let start = self.at;
        let name = if self.take("{") {
            let length = self.rest().find('}').ok_or_else(|| self.error(Cause::ClassNotClosed))?;
            let name = self.rest().get(..length).unwrap_or_default();
            self.at += length + 1;
            name.strip_prefix('^').inspect(|_| negated = !negated).unwrap_or(name)
        } else {
            let length = self.peek().map_or(0, char::len_utf8);
            let name = self.rest().get(..length).unwrap_or_default();
            self.at += length;
            name
        };
        let class =
            property(name).ok_or_else(|| PatternError::new(start, Cause::UnknownClass(name.to_owned())))?;
        Ok((if negated { class.negated() } else { class }, negated))
    }

    /// `[..]`, with the `[` taken.
    fn class(&mut self) -> Result<Hir, PatternError> {
        let negated = self.take("^");
        let mut all = CodeSet::default();
        let mut first = true;
        loop {
            let Some(next) = self.peek() else { return Err(self.error(Cause::ClassNotClosed)) };
            if next == ']' && !first {
                self.at += 1;
                break;
            }
            first = false;
            if self.named_member(&mut all)? {
                continue;
            }
            let from = self.member()?;
            let is_range = self.rest().starts_with('-')
                && self.rest().get(1..).is_some_and(|rest| !rest.starts_with(']'));
            let to = if is_range {
                self.at += 1;
                self.member()?
            } else {
                from
            };
            if to < from {
                return Err(self.error(Cause::RangeOutOfOrder));
            }
            let mut range = CodeSet::default();
            range.insert(from, to);
            all.join(&self.fold(range, false));
        }
        let all = if negated { all.negated() } else { all };
        Ok(utf8::class(&all.ranges()))
    }

    /// `[:name:]`, `\d`, `\pN` within a class.
    fn named_member(&mut self, all: &mut CodeSet) -> Result<bool, PatternError> {
        if let Some(end) = self.rest().strip_prefix("[:").and_then(|rest| rest.find(":]")) {
            let name = self.rest().get(2..end + 2).unwrap_or_default();
            let class = posix(name).ok_or_else(|| self.error(Cause::UnknownClass(format!("[:{name}:]"))))?;
            all.join(&self.fold(class, name.starts_with('^')));
            self.at += end + 4;
            return Ok(true);
        }
        let mut letters = self.rest().chars();
        if letters.next() != Some('\\') {
            return Ok(false);
        }
        let Some(letter) = letters.next() else { return Ok(false) };
        if let Some(class) = perl(letter) {
            all.join(&self.fold(class, letter.is_ascii_uppercase()));
            self.at += 2;
            return Ok(true);
        }
        if matches!(letter, 'p' | 'P') {
            self.at += 2;
            let (class, negated) = self.property(letter == 'P')?;
            all.join(&self.fold(class, negated));
            return Ok(true);
        }
        Ok(false)
    }

    fn member(&mut self) -> Result<u32, PatternError> {
        let start = self.at;
        match self.next() {
            None => Err(self.error(Cause::ClassNotClosed)),
            Some('\\') => match self.next() {
                None => Err(self.error(Cause::BackslashAtEnd)),
                Some(letter) => self.code_escape(start, letter),
            },
            Some(letter) => Ok(letter.into()),
        }
    }
}

/// `{n}`, `{n,}`, `{n,m}` with numbers of at most eight digits; anything else is text.
fn counted(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let inner = text.strip_prefix('{')?;
    let end = inner.find('}')?;
    let inner = inner.get(..end)?;
    let number = |digits: &str| {
        let well = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        well.then(|| digits.parse().ok()).flatten().filter(|&number: &u32| number < 100_000_000)
    };
    let (min, max) = match inner.split_once(',') {
        None => {
            let number = number(inner)?;
            (number, Some(number))
        }
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    Some((min, max, end + 2))
}

/// Letters, marks, digits and connectors may name a group.
fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
