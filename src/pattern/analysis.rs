//! What a tree says about all its matches: how long they are, and how they begin.

use super::ast::{Assert, Node};
use super::byte_set::{ByteSet, is_vertical};

/// The least number of bytes a node takes, as far as is known without following calls.
pub(super) fn min_length(node: &Node) -> usize {
    match node {
        Node::Byte(_) | Node::Set(_) | Node::LineBreak => 1,
        Node::Concat(parts) => parts.iter().map(min_length).fold(0, usize::saturating_add),
        Node::Alternate(parts) => parts.iter().map(min_length).min().unwrap_or(0),
        Node::Capture(_, inner) | Node::Atomic(inner) => min_length(inner),
        Node::Repeat(repeat) => min_length(&repeat.node).saturating_mul(repeat.min as usize),
        Node::Condition(condition) => min_length(&condition.yes).min(min_length(&condition.no)),
        Node::Empty
        | Node::Assert(_)
        | Node::Look(_)
        | Node::BackReference { .. }
        | Node::Call(_)
        | Node::Keep
        | Node::Verb(_) => 0,
    }
}

/// Whether each match begins at the start of the text.
pub(super) fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Assert(Assert::Start) => true,
        Node::Concat(parts) => parts.first().is_some_and(is_anchored),
        Node::Alternate(parts) => !parts.is_empty() && parts.iter().all(is_anchored),
        Node::Capture(_, inner) | Node::Atomic(inner) => is_anchored(inner),
        Node::Repeat(repeat) => repeat.min > 0 && is_anchored(&repeat.node),
        _ => false,
    }
}

/// The bytes that a match of the node can begin with; `None` when it can be empty or that is not known.
pub(super) fn first_bytes(node: &Node) -> Option<ByteSet> {
    match node {
        Node::Byte(byte) => Some(ByteSet::of(&[*byte])),
        Node::Set(set) => Some(**set),
        Node::LineBreak => Some(ByteSet::matching(is_vertical)),
        Node::Concat(parts) => first_bytes_of(parts),
        Node::Alternate(parts) => {
            let mut all = ByteSet::EMPTY;
            for part in parts {
                all.join(&first_bytes(part)?);
            }
            Some(all)
        }
        Node::Capture(_, inner) | Node::Atomic(inner) => first_bytes(inner),
        Node::Repeat(repeat) if repeat.min > 0 => first_bytes(&repeat.node),
        _ => None,
    }
}

/// As [`first_bytes`], of parts one behind the other.
pub(super) fn first_bytes_of(parts: &[Node]) -> Option<ByteSet> {
    let mut all = ByteSet::EMPTY;
    for part in parts {
        match part {
            // Takes no byte; what comes next begins at the same place.
            Node::Assert(_) | Node::Look(_) | Node::Empty => {}
            // May be skipped; then what comes next is first.
            Node::Repeat(repeat) if repeat.min == 0 && !holds_steering(&repeat.node) => {
                all.join(&first_bytes(&repeat.node)?);
            }
            other => {
                all.join(&first_bytes(other)?);
                return Some(all);
            }
        }
    }
    None
}

/// Whether a part can end the match early, so that what stands behind it need not match.
fn holds_steering(node: &Node) -> bool {
    match node {
        Node::Verb(_) | Node::Call(_) | Node::Condition(_) => true,
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(holds_steering),
        Node::Capture(_, inner) | Node::Atomic(inner) => holds_steering(inner),
        Node::Repeat(repeat) => holds_steering(&repeat.node),
        Node::Look(_)
        | Node::Empty
        | Node::Byte(_)
        | Node::Set(_)
        | Node::LineBreak
        | Node::Assert(_)
        | Node::BackReference { .. }
        | Node::Keep => false,
    }
}
