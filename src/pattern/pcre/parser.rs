//! The sequence of items: literals, quantifiers, alternatives, options.

use super::super::ast::{Assert, Ast, Greed, Node, Repeat};
use super::super::byte_set::{ByteSet, is_word};
use super::super::error::{Cause, PatternError};
use super::check;

/// How deep PCRE lets parentheses nest.
const DEPTH: usize = 250;
/// The largest number in `{n}`.
const REPEAT: u32 = 65_535;

/// Parses a pattern as ProxySQL has it parsed: twice, the second time within `(?:..)\z`.
pub(in crate::pattern) fn parse(pattern: &[u8], caseless: bool) -> Result<Ast, PatternError> {
    let ast = parse_once(pattern, caseless)?;
    if needs_second_look(pattern) {
        let wrapped = [b"(?:", pattern, b")\\z"].concat();
        parse_once(&wrapped, caseless).map_err(|error| {
            PatternError::new(
                error.offset.saturating_sub(3).min(pattern.len()),
                Cause::Wrapped(Box::new(error.cause)),
            )
        })?;
    }
    Ok(ast)
}

/// Only where the end is taken in, the nesting is at its limit, or a verb comes first can the second time fail.
fn needs_second_look(pattern: &[u8]) -> bool {
    memchr::memmem::find(pattern, b"\\Q").is_some()
        || pattern.contains(&b'#')
        || pattern.starts_with(b"(*")
        || memchr::memchr_iter(b'(', pattern).count() >= DEPTH
        || pattern.len() > 10_000
}

fn parse_once(pattern: &[u8], caseless: bool) -> Result<Ast, PatternError> {
    let mut parser = Parser::new(pattern, Options { caseless, ..Options::default() });
    let root = parser.alternatives()?;
    if parser.peek().is_some() {
        return Err(parser.error(Cause::GroupNotOpened));
    }
    let references = parser.resolve()?;
    let mut ast = Ast { root, groups: parser.groups, references };
    check::check(&mut ast, pattern.len())?;
    Ok(ast)
}

/// `(?imsxUXJ)`.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Options {
    pub(super) caseless: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) extended: bool,
    pub(super) ungreedy: bool,
    pub(super) extra: bool,
    pub(super) duplicate_names: bool,
}

/// A reference as it is written, resolved when all groups are known.
#[derive(Debug, Clone)]
pub(super) enum Reference {
    Number(u32),
    Name(Vec<u8>),
    /// `(?(name)..)`: a name; when no group has it, possibly one of the special forms.
    Resolved(Vec<u32>),
}

pub(super) struct Parser<'p> {
    pub(super) text: &'p [u8],
    pub(super) at: usize,
    pub(super) options: Options,
    pub(super) groups: u32,
    pub(super) names: Vec<(Vec<u8>, u32)>,
    pub(super) references: Vec<(Reference, usize)>,
    depth: usize,
    /// Within `\Q..\E`.
    quoted: bool,
}

/// What an item of a sequence is for a quantifier behind it.
pub(super) enum Item {
    /// May be repeated.
    Node(Node),
    /// May not: an assertion, an option setting, a verb.
    Single(Node),
    /// Two, of which the second may be repeated.
    Pair(Node, Node),
    /// Nothing at all, as if it did not stand there: a comment, `\E`.
    Nothing,
}

impl<'p> Parser<'p> {
    fn new(text: &'p [u8], options: Options) -> Parser<'p> {
        Parser {
            text,
            at: 0,
            options,
            groups: 0,
            names: Vec::new(),
            references: Vec::new(),
            depth: 0,
            quoted: false,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn rest(&self) -> &'p [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes `text` if it comes next.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(super) fn error(&self, cause: Cause) -> PatternError {
        PatternError::new(self.at, cause)
    }

    pub(super) fn refer(&mut self, reference: Reference) -> usize {
        self.references.push((reference, self.at));
        self.references.len() - 1
    }

    /// Alternatives up to a `)` or the end. Options set within one hold in those that follow, too.
    pub(super) fn alternatives(&mut self) -> Result<Node, PatternError> {
        let mut all = self.branches(false)?;
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Alternate(all) })
    }

    /// As [`Parser::alternatives`]; with `reset` (for `(?|`) each begins with the same group number.
    pub(super) fn branches(&mut self, reset: bool) -> Result<Vec<Node>, PatternError> {
        self.depth += 1;
        if self.depth > DEPTH + 1 {
            return Err(self.error(Cause::TooDeep(DEPTH)));
        }
        let first_group = self.groups;
        let mut most_groups = self.groups;
        let mut all = vec![self.sequence()?];
        while self.take(b"|") {
            if reset {
                most_groups = most_groups.max(self.groups);
                self.groups = first_group;
            }
            all.push(self.sequence()?);
        }
        self.groups = self.groups.max(most_groups);
        self.depth -= 1;
        Ok(all)
    }

    fn sequence(&mut self) -> Result<Node, PatternError> {
        let mut parts: Vec<Node> = Vec::new();
        let mut repeatable = false;
        loop {
            if !self.quoted && self.options.extended {
                self.skip_blanks();
            }
            let Some(byte) = self.peek() else { break };
            if !self.quoted {
                if matches!(byte, b'|' | b')') {
                    break;
                }
                if let Some((min, max, width)) = self.quantifier()? {
                    let shown = char::from(byte);
                    if !repeatable {
                        self.at += width - 1;
                        return Err(self.error(Cause::NothingToRepeat(shown)));
                    }
                    self.at += width;
                    let greed = self.greed()?;
                    if let Some(last) = parts.pop() {
                        parts.push(repeat(last, min, max, greed));
                    }
                    repeatable = false;
                    continue;
                }
            }
            match self.item(byte)? {
                Item::Node(node) => {
                    parts.push(node);
                    repeatable = true;
                }
                Item::Single(node) => {
                    parts.push(node);
                    repeatable = false;
                }
                Item::Pair(first, second) => {
                    parts.extend([first, second]);
                    repeatable = true;
                }
                Item::Nothing => {}
            }
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Concat(parts) })
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\t'..=b'\r' | b' ' => self.at += 1,
                b'#' => {
                    let line = memchr::memchr(b'\n', self.rest()).map_or(self.rest().len(), |end| end + 1);
                    self.at += line;
                }
                _ => break,
            }
        }
    }

    fn item(&mut self, byte: u8) -> Result<Item, PatternError> {
        self.at += 1;
        if self.quoted {
            if byte == b'\\' && self.take(b"E") {
                self.quoted = false;
                return Ok(Item::Nothing);
            }
            return Ok(Item::Node(self.literal(byte)));
        }
        Ok(match byte {
            b'\\' if self.take(b"Q") => {
                self.quoted = true;
                Item::Nothing
            }
            b'\\' if self.take(b"E") => Item::Nothing,
            b'\\' => return self.escape(),
            b'^' if self.options.multi_line => Item::Single(Node::Assert(Assert::LineStart)),
            b'^' => Item::Single(Node::Assert(Assert::Start)),
            b'$' if self.options.multi_line => Item::Single(Node::Assert(Assert::LineEnd)),
            b'$' => Item::Single(Node::Assert(Assert::EndOrLastNewline)),
            b'.' if self.options.dot_all => Item::Node(set(ByteSet::ALL)),
            b'.' => Item::Node(set(ByteSet::of(b"\n").negated())),
            b'[' => return self.class_or_boundary(),
            b'(' => return self.group(),
            _ => Item::Node(self.literal(byte)),
        })
    }

    pub(super) fn literal(&self, byte: u8) -> Node {
        if self.options.caseless && byte.is_ascii_alphabetic() {
            set(ByteSet::of(&[byte, byte ^ 0x20]))
        } else {
            Node::Byte(byte)
        }
    }

    /// A quantifier at this place: the least, the most, and how many bytes it has.
    fn quantifier(&mut self) -> Result<Option<(u32, Option<u32>, usize)>, PatternError> {
        Ok(Some(match self.peek() {
            Some(b'*') => (0, None, 1),
            Some(b'+') => (1, None, 1),
            Some(b'?') => (0, Some(1), 1),
            Some(b'{') => return self.counted(),
            _ => return Ok(None),
        }))
    }

    /// Whether a quantifier stands at a place.
    pub(super) fn quantifier_at(&self, at: usize) -> bool {
        let mut ahead = Parser { at, ..Parser::new(self.text, self.options) };
        !matches!(ahead.quantifier(), Ok(None))
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else is text.
    fn counted(&self) -> Result<Option<(u32, Option<u32>, usize)>, PatternError> {
        let rest = self.rest();
        let digits = |from: usize| {
            rest.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let first = digits(1);
        if first == 0 {
            return Ok(None);
        }
        let mut end = 1 + first;
        let mut second = 0..0;
        let mut open = false;
        if rest.get(end) == Some(&b',') {
            second = end + 1..end + 1 + digits(end + 1);
            open = second.is_empty();
            end = second.end;
        }
        if rest.get(end) != Some(&b'}') {
            return Ok(None);
        }
        let number = |range: std::ops::Range<usize>| {
            let value = rest.get(range).unwrap_or_default().iter().try_fold(0_u32, |value, digit| {
                let value = value * 10 + u32::from(digit - b'0');
                (value <= REPEAT).then_some(value)
            });
            value.ok_or_else(|| self.error(Cause::RepeatTooLarge(REPEAT)))
        };
        let min = number(1..1 + first)?;
        let max = if open {
            None
        } else if second.is_empty() {
            Some(min)
        } else {
            Some(number(second)?)
        };
        if max.is_some_and(|max| max < min) {
            return Err(self.error(Cause::RepeatOutOfOrder));
        }
        Ok(Some((min, max, end + 1)))
    }

    /// The `?` or `+` behind a quantifier; one comment may stand between, with `x` blanks before it, too.
    fn greed(&mut self) -> Result<Greed, PatternError> {
        if self.options.extended {
            self.skip_blanks();
        }
        if self.take(b"(?#") {
            self.comment()?;
        }
        Ok(if self.take(b"+") {
            Greed::Possessive
        } else if self.take(b"?") != self.options.ungreedy {
            Greed::Lazy
        } else {
            Greed::Greedy
        })
    }

    /// Letters, digits and `_` up to `end`, which is taken, too.
    pub(super) fn name(&mut self, end: u8) -> Result<Vec<u8>, PatternError> {
        let length = self.rest().iter().take_while(|&&byte| is_word(byte)).count();
        let name = self.rest().get(..length).unwrap_or_default().to_vec();
        if name.first().is_some_and(u8::is_ascii_digit) || length > 32 {
            return Err(self.error(Cause::BadName));
        }
        self.at += length;
        if self.next() != Some(end) {
            self.at = self.at.min(self.text.len());
            return Err(self.error(Cause::BadName));
        }
        Ok(name)
    }

    fn resolve(&self) -> Result<Vec<Vec<u32>>, PatternError> {
        self.references
            .iter()
            .map(|(reference, offset)| {
                let groups = match reference {
                    Reference::Number(number) if *number <= self.groups => vec![*number],
                    Reference::Number(_) => Vec::new(),
                    Reference::Name(name) => self.named(name),
                    Reference::Resolved(groups) => return Ok(groups.clone()),
                };
                if groups.is_empty() {
                    let name = match reference {
                        Reference::Number(number) => number.to_string(),
                        Reference::Name(name) => String::from_utf8_lossy(name).into_owned(),
                        Reference::Resolved(_) => String::new(),
                    };
                    return Err(PatternError::new(*offset, Cause::NoSuchGroup(name)));
                }
                Ok(groups)
            })
            .collect()
    }

    pub(super) fn named(&self, name: &[u8]) -> Vec<u32> {
        let mut groups: Vec<u32> =
            self.names.iter().filter(|(known, _)| known == name).map(|(_, group)| *group).collect();
        groups.dedup();
        groups
    }
}

pub(super) fn set(set: ByteSet) -> Node {
    Node::Set(Box::new(set))
}

/// A look-around is tried once at most; anything else as often as is said.
fn repeat(node: Node, min: u32, max: Option<u32>, greed: Greed) -> Node {
    let (min, max) = match node {
        Node::Look(_) if min > 0 => return node,
        Node::Look(_) => (0, max.map_or(Some(1), |max| Some(max.min(1)))),
        _ => (min, max),
    };
    if (min, max) == (1, Some(1)) && greed != Greed::Possessive {
        return node;
    }
    Node::Repeat(Box::new(Repeat { node, min, max, greed }))
}
