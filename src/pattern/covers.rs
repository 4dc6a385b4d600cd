//! Whether one pattern matches whatever another matches, where that is certain.

use super::ast::{Assert, Node, Verb};
use super::literals::{can_end_early, tree};
use super::{Outcome, Pattern};

/// The longest text made up to show a difference.
const SAMPLE: usize = 4096;

pub(super) fn covers(pattern: &Pattern, other: &Pattern) -> Option<bool> {
    let same_case = pattern.modifiers.caseless == other.modifiers.caseless;
    if pattern.text == other.text && pattern.dialect == other.dialect && same_case {
        return Some(true);
    }
    let root = tree(&pattern.text, pattern.dialect, pattern.modifiers.caseless)?;
    if can_end_early(&root) {
        return None;
    }
    if matches_all(&root) || holds_what_is_needed(&root, pattern, other) {
        return Some(true);
    }
    // A text that the other matches and this one does not settles it.
    let other_root = tree(&other.text, other.dialect, other.modifiers.caseless)?;
    let differs = [Pick::First, Pick::Last].into_iter().any(|pick| {
        let mut text = Vec::new();
        sample(&other_root, pick, &mut text).is_some()
            && other.is_match(&text)
            && pattern.test(&text) == Outcome::NoMatch
    });
    differs.then_some(false)
}

/// Whether the pattern matches at the start of every text.
fn matches_all(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Assert(Assert::Start) => true,
        Node::Repeat(repeat) => repeat.min == 0,
        Node::Concat(parts) => parts.iter().all(matches_all),
        Node::Alternate(parts) => parts.iter().any(matches_all),
        Node::Capture(_, inner) => matches_all(inner),
        _ => false,
    }
}

/// Whether the pattern is a literal, and the other cannot match without holding it at the right place.
fn holds_what_is_needed(root: &Node, pattern: &Pattern, other: &Pattern) -> bool {
    let Some(literal) = Literal::of(root) else { return false };
    if pattern.dialect != other.dialect {
        // Case folding differs.
        return false;
    }
    let needs = other.needs();
    if needs.is_caseless() && !literal.caseless {
        return false;
    }
    let comparable = |bytes: &[u8]| {
        if literal.caseless { bytes.to_ascii_lowercase() } else { bytes.to_vec() }
    };
    if literal.anchored {
        return needs.is_anchored() && comparable(needs.prefix()).starts_with(&literal.bytes);
    }
    let holds = |bytes: &[u8]| memchr::memmem::find(&comparable(bytes), &literal.bytes).is_some();
    holds(needs.prefix()) || needs.choices().iter().any(|literals| literals.iter().all(|known| holds(known)))
}

/// A pattern that is a byte string and nothing else, perhaps at the start.
struct Literal {
    anchored: bool,
    /// All letters are of either case; then they are in lower case.
    caseless: bool,
    bytes: Vec<u8>,
}

impl Literal {
    fn of(root: &Node) -> Option<Literal> {
        let mut flat = Vec::new();
        flatten(root, &mut flat);
        let anchored = matches!(flat.first(), Some(Node::Assert(Assert::Start)));
        let mut literal = Literal { anchored, caseless: false, bytes: Vec::new() };
        let mut has_cased_letter = false;
        for part in flat.into_iter().skip(usize::from(anchored)) {
            let byte = match part {
                Node::Byte(byte) => {
                    has_cased_letter |= byte.is_ascii_alphabetic();
                    *byte
                }
                Node::Set(set) => {
                    literal.caseless = true;
                    set.letter()?
                }
                _ => return None,
            };
            literal.bytes.push(byte);
        }
        let mixed = literal.caseless && has_cased_letter;
        (!mixed && !literal.bytes.is_empty()).then_some(literal)
    }
}

fn flatten<'n>(node: &'n Node, flat: &mut Vec<&'n Node>) {
    match node {
        Node::Empty => {}
        Node::Concat(parts) => parts.iter().for_each(|part| flatten(part, flat)),
        other => flat.push(other),
    }
}

/// Which byte of a set, and which alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    First,
    Last,
}

impl Pick {
    fn of<T>(self, mut all: impl Iterator<Item = T>) -> Option<T> {
        if self == Pick::First { all.next() } else { all.last() }
    }
}

/// A text that the node probably matches; whether it does is for the pattern to say.
fn sample(node: &Node, pick: Pick, text: &mut Vec<u8>) -> Option<()> {
    if text.len() > SAMPLE {
        return None;
    }
    match node {
        Node::Byte(byte) => text.push(*byte),
        Node::Set(set) => {
            let graphic = pick.of(set.iter().filter(u8::is_ascii_graphic));
            text.push(graphic.or_else(|| pick.of(set.iter()))?);
        }
        Node::LineBreak => text.push(b'\n'),
        Node::Concat(parts) => parts.iter().try_for_each(|part| sample(part, pick, text))?,
        Node::Alternate(parts) => sample(pick.of(parts.iter())?, pick, text)?,
        Node::Capture(_, inner) | Node::Atomic(inner) => sample(inner, pick, text)?,
        Node::Repeat(repeat) => {
            for _ in 0..repeat.min {
                sample(&repeat.node, pick, text)?;
            }
        }
        Node::Empty | Node::Assert(_) | Node::Look(_) | Node::Keep | Node::Verb(Verb::Prune | Verb::Skip) => {
        }
        Node::BackReference { .. } | Node::Condition(_) | Node::Call(_) | Node::Verb(_) => return None,
    }
    Some(())
}
