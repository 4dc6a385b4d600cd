//! RE2's patterns for the matcher, as far as texts are ASCII: a program is some twenty times smaller than an
//! automaton, and ten thousand rules may each have been used.
//!
//! In such a text a character is a byte, and what a class holds beyond ASCII does not matter. Whether there is a
//! match is all that is asked for here: that is the same for both, whatever the order in which ways are tried.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::analysis::min_length;
use super::ast::{Assert, Ast, Greed, Node, Repeat};
use super::byte_set::ByteSet;
use super::program::Program;

/// The program, if the matcher has a word for all of the pattern.
pub(super) fn program(hir: &Hir, groups: u32) -> Option<Program> {
    let ast = Ast { root: tree(hir)?, groups, references: Vec::new() };
    Some(Program::new(&ast))
}

fn tree(hir: &Hir) -> Option<Node> {
    Some(match hir.kind() {
        HirKind::Empty => Node::Empty,
        HirKind::Literal(literal) => Node::Concat(literal.0.iter().map(|&byte| Node::Byte(byte)).collect()),
        HirKind::Class(class) => set(class),
        HirKind::Look(Look::Start) => Node::Assert(Assert::Start),
        HirKind::Look(Look::End) => Node::Assert(Assert::End),
        HirKind::Look(Look::EndLF) => Node::Assert(Assert::LineEnd),
        HirKind::Look(Look::WordAscii) => Node::Assert(Assert::Word),
        HirKind::Look(Look::WordAsciiNegate) => Node::Assert(Assert::NotWord),
        // PCRE's `(?m)^` is another one.
        HirKind::Look(_) => return None,
        HirKind::Repetition(repetition) => {
            let node = tree(&repetition.sub)?;
            if repetition.max.is_none() && min_length(&node) == 0 {
                return None;
            }
            let greed = if repetition.greedy { Greed::Greedy } else { Greed::Lazy };
            Node::Repeat(Box::new(Repeat { node, min: repetition.min, max: repetition.max, greed }))
        }
        HirKind::Capture(capture) => Node::Capture(capture.index, Box::new(tree(&capture.sub)?)),
        HirKind::Concat(parts) => Node::Concat(flat(parts)?),
        HirKind::Alternation(parts) => Node::Alternate(parts.iter().map(tree).collect::<Option<_>>()?),
    })
}

/// Literals within a sequence become parts of it, so that the matcher takes them in one step.
fn flat(parts: &[Hir]) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    for part in parts {
        match tree(part)? {
            Node::Concat(inner) => nodes.extend(inner),
            node => nodes.push(node),
        }
    }
    Some(nodes)
}

/// The bytes of a class. A class of nearly all ASCII is given what lies beyond, too: the matcher knows "any" and
/// "no newline" by sight.
fn set(class: &Class) -> Node {
    let mut set = ByteSet::EMPTY;
    let mut add = |start: u32, end: u32| {
        for byte in (0..128_u8).filter(|&byte| (start..=end).contains(&byte.into())) {
            set.insert(byte);
        }
    };
    match class {
        Class::Bytes(class) => {
            class.iter().for_each(|range| add(range.start().into(), range.end().into()));
        }
        Class::Unicode(class) => {
            class.iter().for_each(|range| add(range.start().into(), range.end().into()));
        }
    }
    if set.len() >= 127 {
        set.insert_range(128, u8::MAX);
    }
    Node::Set(Box::new(set))
}
