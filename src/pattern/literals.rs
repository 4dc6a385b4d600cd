//! What every text that a pattern matches must hold: for an index that finds the few patterns worth trying
//! among many, with one look at the text.

use std::cmp::Reverse;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look as HirLook};

use super::analysis::is_anchored;
use super::ast::{Assert, Ast, Greed, Node, Repeat, Verb};
use super::byte_set::ByteSet;
use super::{Dialect, pcre, re2};

/// How many strings are kept as the whole of what a part can match.
const EXACT: usize = 16;
/// How many literals may be asked for, one of which must occur.
const LITERALS: usize = 64;
/// How long a literal can become.
const LENGTH: usize = 64;
/// So many characters a letter has at most when case is folded, and one to spare.
const FOLDED: u32 = 4;
/// How many sets of literals are kept, of each of which one must occur.
const CHOICES: usize = 16;

/// Byte strings of which at least one must occur.
type Literals = Vec<Vec<u8>>;

/// What a text must hold for a pattern to match it: necessary, not sufficient.
///
/// ```
/// use proxysql_kit::pattern::{Dialect, Modifiers, Pattern};
///
/// let caseless = Modifiers { caseless: true, global: false };
/// let needs = Pattern::new(br"^SELECT .* FROM (users|orders)\b", Dialect::Pcre, caseless)?.needs();
/// assert_eq!(needs.literals(), Some(&[b" from orders".to_vec(), b" from users".to_vec()][..]));
/// assert!(needs.is_caseless() && needs.is_anchored());
/// assert_eq!(needs.prefix(), b"select ");
/// # Ok::<(), proxysql_kit::pattern::PatternError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    choices: Vec<Literals>,
    caseless: bool,
    anchored: bool,
    prefix: Vec<u8>,
}

impl Needs {
    /// Byte strings of which at least one must occur, sorted, none of them empty; `None` when nothing is known.
    /// Of all that is known it is what the fewest texts hold, as far as lengths tell.
    pub fn literals(&self) -> Option<&[Vec<u8>]> {
        self.choices.first().map(Vec::as_slice)
    }

    /// All that is known: sets of byte strings, of each of which at least one must occur. The best one, by
    /// length, comes first; who compares many patterns may know better.
    ///
    /// ```
    /// use proxysql_kit::pattern::{Dialect, Modifiers, Pattern};
    ///
    /// let needs = Pattern::new(br"INSERT INTO .* FROM (a|b)", Dialect::Pcre, Modifiers::default())?.needs();
    /// assert_eq!(needs.choices(), [vec![b"INSERT INTO ".to_vec()], vec![b" FROM a".to_vec(), b" FROM b".to_vec()]]);
    /// # Ok::<(), proxysql_kit::pattern::PatternError>(())
    /// ```
    pub fn choices(&self) -> &[Vec<Vec<u8>>] {
        &self.choices
    }

    /// Whether the literals and the prefix stand for ASCII letters of either case. They are in lower case then.
    pub fn is_caseless(&self) -> bool {
        self.caseless
    }

    /// Whether a match can only begin at the start of the text.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// What a match begins with; with [`Needs::is_anchored`] the text does. Empty when that is not one string.
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// The same, or less, of a text in lower case.
    #[cfg(feature = "rules")]
    pub(crate) fn into_lower_case(mut self) -> Needs {
        self.caseless = true;
        self.prefix.make_ascii_lowercase();
        self.choices.iter_mut().flatten().for_each(|literal| literal.make_ascii_lowercase());
        self
    }

    /// Whether a text holds all this: if not, the pattern does not match it.
    pub fn allow(&self, text: &[u8]) -> bool {
        let lower = if self.caseless { text.to_ascii_lowercase() } else { Vec::new() };
        let text = if self.caseless { &lower } else { text };
        let begins = !self.anchored || text.starts_with(&self.prefix);
        let holds = |literals: &Literals| {
            literals.iter().any(|literal| memchr::memmem::find(text, literal).is_some())
        };
        begins && self.choices.iter().all(holds)
    }
}

pub(super) fn needs(text: &[u8], dialect: Dialect, caseless: bool) -> Needs {
    tree(text, dialect, caseless).map_or_else(Needs::default, |root| needs_of(&root))
}

/// A pattern's tree; RE2's in terms of PCRE's, with more matched where it must be.
pub(super) fn tree(text: &[u8], dialect: Dialect, caseless: bool) -> Option<Node> {
    match dialect {
        Dialect::Pcre => pcre::parse(text, caseless).ok().map(|Ast { root, .. }| root),
        Dialect::Re2 => re2::parse(text, caseless).ok().map(|parsed| from_hir(&parsed.hir)),
    }
}

fn needs_of(root: &Node) -> Needs {
    if can_end_early(root) {
        return Needs::default();
    }
    let mut caseless = false;
    let info = Info::of(root, &mut caseless);
    let mut prefix = leading(root, &mut caseless);
    let mut choices = info.all();
    if caseless {
        prefix.make_ascii_lowercase();
        choices.iter_mut().flatten().for_each(|literal| literal.make_ascii_lowercase());
    }
    for literals in &mut choices {
        literals.sort();
        literals.dedup();
    }
    choices.sort_by_key(|literals| Reverse(score(literals)));
    choices.dedup();
    choices.truncate(CHOICES);
    Needs { choices, caseless, anchored: is_anchored(root), prefix }
}

/// `(*ACCEPT)` lets all that stands behind it go.
pub(super) fn can_end_early(node: &Node) -> bool {
    match node {
        Node::Verb(verb) => *verb == Verb::Accept,
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(can_end_early),
        Node::Capture(_, inner) | Node::Atomic(inner) => can_end_early(inner),
        Node::Repeat(repeat) => can_end_early(&repeat.node),
        Node::Look(look) => look.body.iter().any(can_end_early),
        Node::Condition(condition) => can_end_early(&condition.yes) || can_end_early(&condition.no),
        _ => false,
    }
}

/// What is known of a part.
#[derive(Debug, Clone, Default)]
struct Info {
    /// All strings that it can match.
    exact: Option<Literals>,
    /// Strings of which one must occur in what it matches; several such sets.
    required: Vec<Literals>,
}

impl Info {
    fn exactly(strings: Literals) -> Info {
        Info { exact: Some(strings), required: Vec::new() }
    }

    fn of(node: &Node, caseless: &mut bool) -> Info {
        match node {
            Node::Byte(byte) => Info::exactly(vec![vec![*byte]]),
            Node::Set(set) => Info::of_set(set, caseless),
            // These take no byte.
            Node::Empty | Node::Assert(_) | Node::Look(_) | Node::Keep | Node::Verb(_) => {
                Info::exactly(vec![Vec::new()])
            }
            Node::Concat(parts) => Info::of_sequence(parts, caseless),
            Node::Alternate(parts) => {
                Info::either(parts.iter().map(|part| Info::of(part, caseless)).collect())
            }
            Node::Capture(_, inner) | Node::Atomic(inner) => Info::of(inner, caseless),
            Node::Repeat(repeat) => Info::of_repeat(repeat, caseless),
            Node::Condition(condition) => {
                Info::either(vec![Info::of(&condition.yes, caseless), Info::of(&condition.no, caseless)])
            }
            Node::BackReference { .. } | Node::Call(_) | Node::LineBreak => Info::default(),
        }
    }

    fn of_set(set: &ByteSet, caseless: &mut bool) -> Info {
        if let Some(letter) = set.letter() {
            *caseless = true;
            return Info::exactly(vec![vec![letter]]);
        }
        if (1..=4).contains(&set.len()) {
            return Info::exactly(set.iter().map(|byte| vec![byte]).collect());
        }
        Info::default()
    }

    fn of_sequence(parts: &[Node], caseless: &mut bool) -> Info {
        let mut run = vec![Vec::new()];
        let mut all_exact = true;
        let mut required = Vec::new();
        for part in parts {
            let info = Info::of(part, caseless);
            let joined = info.exact.as_ref().and_then(|exact| product(&run, exact));
            if let Some(joined) = joined {
                run = joined;
                continue;
            }
            all_exact = false;
            required.extend(useful(std::mem::replace(&mut run, vec![Vec::new()])));
            // What is too much to be joined may begin the next run.
            match info.exact {
                Some(exact) if exact.len() <= EXACT => run = exact,
                Some(exact) => required.extend(useful(exact)),
                None => required.extend(info.required),
            }
            if required.len() > 4 * CHOICES {
                keep_best(&mut required);
            }
        }
        if all_exact {
            return Info::exactly(run);
        }
        required.extend(useful(run));
        Info { exact: None, required }
    }

    fn of_repeat(repeat: &Repeat, caseless: &mut bool) -> Info {
        let inner = Info::of(&repeat.node, caseless);
        match (repeat.min, repeat.max) {
            (0, Some(1)) => Info {
                exact: inner.exact.map(|mut exact| {
                    exact.push(Vec::new());
                    exact
                }),
                required: Vec::new(),
            },
            (0, _) => Info::default(),
            (min, max) => {
                let mut copies = inner.exact.clone();
                for _ in 1..min {
                    copies = copies.and_then(|copies| product(&copies, inner.exact.as_ref()?));
                }
                match copies {
                    Some(copies) if max == Some(min) => Info::exactly(copies),
                    Some(copies) => Info { exact: None, required: useful(copies).into_iter().collect() },
                    None => Info { exact: None, required: inner.all() },
                }
            }
        }
    }

    fn either(infos: Vec<Info>) -> Info {
        let exact: Option<Vec<_>> = infos.iter().map(|info| info.exact.clone()).collect();
        let exact = exact.map(|all| all.concat()).filter(|all| all.len() <= EXACT);
        if exact.is_some() {
            return Info { exact, required: Vec::new() };
        }
        let best = |info: Info| info.all().into_iter().max_by_key(score);
        let required: Option<Vec<_>> = infos.into_iter().map(best).collect();
        let required = required.map(|all| all.concat()).filter(|all| all.len() <= LITERALS);
        Info { exact: None, required: required.into_iter().collect() }
    }

    fn all(self) -> Vec<Literals> {
        let mut all = self.required;
        all.extend(self.exact.and_then(useful));
        all
    }
}

fn keep_best(choices: &mut Vec<Literals>) {
    choices.sort_by_key(|literals| Reverse(score(literals)));
    choices.truncate(CHOICES);
}

/// Each of the first followed by each of the second, if that is not too much.
fn product(first: &[Vec<u8>], second: &[Vec<u8>]) -> Option<Literals> {
    if first.len() * second.len() > EXACT {
        return None;
    }
    let joined = first.iter().flat_map(|start| second.iter().map(move |end| [&**start, end].concat()));
    let joined: Vec<_> = joined.collect();
    joined.iter().all(|string| string.len() <= LENGTH).then_some(joined)
}

/// A set asks for something only if none of it is empty.
fn useful(strings: Literals) -> Option<Literals> {
    strings.iter().all(|string| !string.is_empty()).then_some(strings)
}

/// The more the fewer texts hold one of them, as far as lengths tell.
fn score(literals: &Literals) -> (usize, Reverse<usize>, usize) {
    let shortest = literals.iter().map(Vec::len).min().unwrap_or(0);
    (shortest.min(8), Reverse(literals.len()), shortest)
}

/// What a match begins with, when that is one string.
fn leading(node: &Node, caseless: &mut bool) -> Vec<u8> {
    let parts = match node {
        Node::Concat(parts) => parts.as_slice(),
        Node::Capture(_, inner) | Node::Atomic(inner) => return leading(inner, caseless),
        other => std::slice::from_ref(other),
    };
    let mut prefix = Vec::new();
    for part in parts {
        let mut folds = false;
        match Info::of(part, &mut folds).exact.as_deref() {
            Some([only]) if prefix.len() + only.len() <= LENGTH => prefix.extend_from_slice(only),
            _ => break,
        }
        *caseless |= folds;
    }
    prefix
}

/// RE2's tree; what PCRE's has no word for becomes something that matches more.
fn from_hir(hir: &Hir) -> Node {
    match hir.kind() {
        HirKind::Empty => Node::Empty,
        HirKind::Literal(literal) => Node::Concat(literal.0.iter().map(|&byte| Node::Byte(byte)).collect()),
        HirKind::Class(Class::Bytes(class)) => {
            let mut set = ByteSet::EMPTY;
            class.iter().for_each(|range| set.insert_range(range.start(), range.end()));
            Node::Set(Box::new(set))
        }
        HirKind::Class(Class::Unicode(class)) => match class.to_byte_class() {
            Some(class) => from_hir(&Hir::class(Class::Bytes(class))),
            None => some_characters(class),
        },
        HirKind::Look(look) => Node::Assert(match look {
            HirLook::Start => Assert::Start,
            HirLook::StartLF => Assert::LineStart,
            HirLook::EndLF => Assert::LineEnd,
            HirLook::WordAscii => Assert::Word,
            HirLook::WordAsciiNegate => Assert::NotWord,
            _ => Assert::End,
        }),
        HirKind::Repetition(repetition) => Node::Repeat(Box::new(Repeat {
            node: from_hir(&repetition.sub),
            min: repetition.min,
            max: repetition.max,
            greed: if repetition.greedy { Greed::Greedy } else { Greed::Lazy },
        })),
        HirKind::Capture(capture) => Node::Capture(capture.index, Box::new(from_hir(&capture.sub))),
        HirKind::Concat(parts) => Node::Concat(parts.iter().map(from_hir).collect()),
        HirKind::Alternation(parts) => Node::Alternate(parts.iter().map(from_hir).collect()),
    }
}

/// A class of few characters as the bytes of each; else any bytes.
fn some_characters(class: &ClassUnicode) -> Node {
    let count: u32 = class.iter().map(|range| u32::from(range.end()) - u32::from(range.start()) + 1).sum();
    if count > FOLDED {
        return some_bytes();
    }
    let mut ascii = ByteSet::EMPTY;
    let mut ways = Vec::new();
    for character in class.iter().flat_map(|range| range.start()..=range.end()) {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => ascii.insert(byte),
            _ => {
                let bytes = character.encode_utf8(&mut [0; 4]).bytes().map(Node::Byte).collect();
                ways.push(Node::Concat(bytes));
            }
        }
    }
    if ascii != ByteSet::EMPTY {
        ways.push(Node::Set(Box::new(ascii)));
    }
    Node::Alternate(ways)
}

fn some_bytes() -> Node {
    let node = Node::Set(Box::new(ByteSet::ALL));
    Node::Repeat(Box::new(Repeat { node, min: 1, max: Some(4), greed: Greed::Greedy }))
}
