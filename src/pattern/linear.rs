//! The automata of the `regex` crate, built from trees of ours: their time grows with the text alone.
//!
//! A PCRE pattern goes there only when the answer is provably the same: literals, classes, groups,
//! alternatives, greedy and lazy repeats, `\b`, `\B`, `\A`, `\z` and `(?m)$`. Both take the first alternative
//! that leads to a match and the longest or shortest repeat, and the class of regular languages leaves no
//! room for more. What stands out:
//! - `$`, `\Z` and `(?m)^` look at whether the text ends in a newline. For a text that does not, they are
//!   `\z` and "behind any newline"; other texts stay with the backtracking matcher.
//! - A loop over something that can be empty (`(a*)*`) may leave other groups than PCRE's: the matcher's.
//! - Everything else (look-around, references, atomic groups, possessive repeats, conditions, calls, `\K`,
//!   `\G`, verbs) is the matcher's.

use regex_automata::meta::{Config, Regex};
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::ast::{Assert, Ast, Greed, Node};
use super::byte_set::ByteSet;
use super::program::min_length;

/// The largest automaton for a PCRE pattern, in bytes; a larger one is not built, and the matcher does alone.
const PCRE_SIZE: usize = 1 << 20;
/// RE2 lets a pattern's program have 2/3 of 8 MiB; about that.
const RE2_SIZE: usize = 16 << 20;
/// What a search may remember of the automaton's states, in bytes.
const CACHE: usize = 256 << 10;

/// A PCRE pattern as an automaton.
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) regex: Regex,
    /// The answer holds only for texts that do not end in a newline.
    pub(super) minds_last_newline: bool,
}

impl Linear {
    /// The automaton, if it gives the same answer as PCRE and is not too large.
    pub(super) fn new(ast: &Ast) -> Option<Linear> {
        let mut translation = Translation { minds_last_newline: false };
        let hir = translation.node(&ast.root)?;
        let regex = build(&hir, PCRE_SIZE)?;
        Some(Linear { regex, minds_last_newline: translation.minds_last_newline })
    }
}

pub(super) fn build_re2(hir: &Hir) -> Option<Regex> {
    build(hir, RE2_SIZE)
}

fn build(hir: &Hir, size: usize) -> Option<Regex> {
    let config = Config::new()
        .utf8_empty(false)
        .onepass(false)
        .nfa_size_limit(Some(size))
        .hybrid_cache_capacity(CACHE);
    Regex::builder().configure(config).build_from_hir(hir).ok()
}

struct Translation {
    minds_last_newline: bool,
}

impl Translation {
    fn node(&mut self, node: &Node) -> Option<Hir> {
        Some(match node {
            Node::Empty => Hir::empty(),
            Node::Byte(byte) => Hir::literal([*byte]),
            Node::Set(set) => byte_class(set),
            Node::Assert(assert) => Hir::look(self.assert(*assert)?),
            Node::Concat(parts) => Hir::concat(self.nodes(parts)?),
            Node::Alternate(parts) => Hir::alternation(self.nodes(parts)?),
            Node::Capture(group, inner) => capture(*group, self.node(inner)?),
            Node::Repeat(repeat) => {
                let endless_and_empty = repeat.max.is_none() && min_length(&repeat.node) == 0;
                if repeat.greed == Greed::Possessive || endless_and_empty {
                    return None;
                }
                repetition(repeat.min, repeat.max, repeat.greed == Greed::Greedy, self.node(&repeat.node)?)
            }
            Node::Atomic(_)
            | Node::LineBreak
            | Node::Look(_)
            | Node::BackReference { .. }
            | Node::Condition(_)
            | Node::Call(_)
            | Node::Keep
            | Node::Verb(_) => return None,
        })
    }

    fn nodes(&mut self, nodes: &[Node]) -> Option<Vec<Hir>> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn assert(&mut self, assert: Assert) -> Option<Look> {
        Some(match assert {
            Assert::Start => Look::Start,
            Assert::End => Look::End,
            Assert::LineEnd => Look::EndLF,
            Assert::Word => Look::WordAscii,
            Assert::NotWord => Look::WordAsciiNegate,
            Assert::EndOrLastNewline => {
                self.minds_last_newline = true;
                Look::End
            }
            Assert::LineStart => {
                self.minds_last_newline = true;
                Look::StartLF
            }
            Assert::SearchStart => return None,
        })
    }
}

pub(super) fn capture(group: u32, inner: Hir) -> Hir {
    Hir::capture(Capture { index: group, name: None, sub: Box::new(inner) })
}

pub(super) fn repetition(min: u32, max: Option<u32>, greedy: bool, inner: Hir) -> Hir {
    Hir::repetition(Repetition { min, max, greedy, sub: Box::new(inner) })
}

pub(super) fn byte_class(set: &ByteSet) -> Hir {
    let ranges = set.ranges().into_iter().map(|(from, to)| ClassBytesRange::new(from, to));
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}
