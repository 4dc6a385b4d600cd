//! What can only be said of the whole tree: how far a look behind reaches, calls that never end, size.

use std::cell::Cell;

use super::super::ast::{Ast, Condition, Look, Node, Repeat, Test, Verb};
use super::super::error::{Cause, PatternError};

/// PCRE's compiled form is at most this long (its links have two bytes).
const SIZE: usize = 65_535;
/// How far calls are followed for the length of what they match.
const CALLS: usize = 64;
/// How many calls are followed in one pattern; what then is not known is refused.
const FUEL: usize = 10_000;

pub(super) fn check(ast: &mut Ast, end: usize) -> Result<(), PatternError> {
    if size(&ast.root) > SIZE {
        return Err(PatternError::new(end, Cause::TooLarge));
    }
    let groups = Groups::of(ast);
    if groups.has_endless_call() {
        return Err(PatternError::new(end, Cause::EndlessCall));
    }
    let mut root = ast.root.clone();
    set_lengths(&mut root, 0, &groups)?;
    make_atomic(&mut root, &ast.references);
    ast.root = root;
    Ok(())
}

/// A group that refers back to itself is an atomic one in PCRE. Gives the references within the node.
fn make_atomic(node: &mut Node, references: &[Vec<u32>]) -> Vec<u32> {
    let mut within = Vec::new();
    match node {
        Node::BackReference { reference, .. } => {
            within.extend(references.get(*reference).into_iter().flatten());
        }
        Node::Capture(group, inner) => {
            within = make_atomic(inner, references);
            if within.contains(group) {
                let body = std::mem::replace(&mut **inner, Node::Empty);
                **inner = Node::Atomic(Box::new(body));
            }
        }
        Node::Concat(parts) | Node::Alternate(parts) => {
            for part in parts {
                within.extend(make_atomic(part, references));
            }
        }
        Node::Atomic(inner) => within = make_atomic(inner, references),
        Node::Repeat(repeat) => within = make_atomic(&mut repeat.node, references),
        Node::Look(look) => {
            for part in &mut look.body {
                within.extend(make_atomic(part, references));
            }
        }
        Node::Condition(condition) => {
            if let Test::Look(look) = &mut condition.test {
                for part in &mut look.body {
                    within.extend(make_atomic(part, references));
                }
            }
            within.extend(make_atomic(&mut condition.yes, references));
            within.extend(make_atomic(&mut condition.no, references));
        }
        _ => {}
    }
    within.sort_unstable();
    within.dedup();
    within
}

/// The text in order, as PCRE compiles it.
struct Walk<'a> {
    groups: &'a Groups<'a>,
    /// The open groups, and whether all between their beginning and this place can be empty.
    open: Vec<(u32, bool)>,
    /// What is not closed yet may be empty for all that PCRE knows.
    closed: Vec<bool>,
    /// How many conditional groups are around this place. Within one PCRE finds out only when it matches.
    conditions: usize,
    /// Whether a call of what is not complete stands before the node that comes next, beside it.
    is_unknown: bool,
}

/// A call that could go on for ever.
struct Endless;

impl Walk<'_> {
    /// Whether the node can be empty, for all that is known at its place.
    fn node(&mut self, node: &Node) -> Result<bool, Endless> {
        let is_unknown = std::mem::take(&mut self.is_unknown);
        match node {
            Node::Call(reference) => {
                let group = self.groups.called(*reference);
                // Of several groups with the number the first is called, which is complete then.
                let closed = self.is_closed(group);
                let calls_itself = !closed && self.conditions == 0;
                if calls_itself && self.open.iter().any(|&(known, empty)| known == group && empty) {
                    return Err(Endless);
                }
                Ok(!closed || self.groups.can_be_empty(node, 4))
            }
            Node::Concat(parts) => {
                let before = self.open.clone();
                let mut all = true;
                let mut is_known = true;
                for part in parts {
                    // Behind a call of what is not complete PCRE takes all for empty.
                    is_known &= !(all && self.is_incomplete(part));
                    self.is_unknown = !is_known;
                    if !self.node(part)? && is_known {
                        all = false;
                        self.fill();
                    }
                }
                self.open = before;
                Ok(all)
            }
            Node::Alternate(parts) => self.any(parts),
            Node::Capture(group, node) => {
                self.open.push((*group, true));
                let empty = self.node(node)?;
                self.open.pop();
                if let Some(closed) = self.closed.get_mut(*group as usize) {
                    *closed = true;
                }
                Ok(empty)
            }
            Node::Atomic(node) => self.node(node),
            Node::Repeat(repeat) => Ok(self.node(&repeat.node)? || repeat.min == 0),
            Node::Look(look) => self.look(look, is_unknown),
            Node::Condition(condition) => {
                self.conditions += 1;
                if let Test::Look(look) = &condition.test {
                    self.look(look, false)?;
                }
                let yes = self.node(&condition.yes)?;
                let no = self.node(&condition.no)?;
                self.conditions -= 1;
                Ok(yes || no || !condition.has_no)
            }
            other => Ok(self.groups.can_be_empty(other, 4)),
        }
    }

    /// Before the second alternative of a look-around PCRE sees the first one.
    fn look(&mut self, look: &Look, is_unknown: bool) -> Result<bool, Endless> {
        let before = self.open.clone();
        for (number, part) in look.body.iter().enumerate() {
            if !self.node(part)? && number == 0 && !is_unknown {
                self.fill();
            }
        }
        self.open = before;
        Ok(true)
    }

    /// Something that is not empty stands between the beginnings of all open groups and this place.
    fn fill(&mut self) {
        self.open.iter_mut().for_each(|entry| entry.1 = false);
    }

    fn is_closed(&self, group: u32) -> bool {
        self.closed.get(group as usize).copied().unwrap_or(false)
    }

    fn is_incomplete(&self, node: &Node) -> bool {
        matches!(node, Node::Call(reference) if !self.is_closed(self.groups.called(*reference)))
    }

    fn any(&mut self, parts: &[Node]) -> Result<bool, Endless> {
        let mut any = false;
        for part in parts {
            any |= self.node(part)?;
        }
        Ok(any)
    }
}

/// The groups of a pattern, for following calls.
struct Groups<'a> {
    ast: &'a Ast,
    bodies: Vec<Option<Body<'a>>>,
    fuel: Cell<usize>,
}

/// A group.
#[derive(Clone, Copy)]
struct Body<'a> {
    node: &'a Node,
    /// The group around it; 0, the whole pattern, stands for itself.
    parent: u32,
    /// Whether it is repeated without a limit, not behind copies of itself.
    is_looped: bool,
}

impl<'a> Groups<'a> {
    fn of(ast: &'a Ast) -> Groups<'a> {
        let mut bodies = vec![None; ast.groups as usize + 1];
        collect(&ast.root, 0, false, &mut bodies);
        if let Some(whole) = bodies.first_mut() {
            *whole = Some(Body { node: &ast.root, parent: 0, is_looped: false });
        }
        Groups { ast, bodies, fuel: Cell::new(FUEL) }
    }

    /// The number of the group that a call means.
    fn called(&self, reference: usize) -> u32 {
        self.ast.references.get(reference).and_then(|groups| groups.first()).copied().unwrap_or(0)
    }

    /// Whether a group is this one or around it.
    fn is_within(&self, mut group: u32, outer: u32) -> bool {
        while group != outer && group != 0 {
            group = self.bodies.get(group as usize).copied().flatten().map_or(0, |body| body.parent);
        }
        group == outer
    }

    fn body(&self, group: u32) -> Option<Body<'a>> {
        self.fuel.set(self.fuel.get().checked_sub(1)?);
        self.bodies.get(group as usize).copied().flatten()
    }

    /// Whether a node can match without taking a byte.
    fn can_be_empty(&self, node: &Node, calls: usize) -> bool {
        match node {
            Node::Byte(_) | Node::Set(_) | Node::LineBreak => false,
            Node::Concat(parts) => parts.iter().all(|part| self.can_be_empty(part, calls)),
            Node::Alternate(parts) => parts.iter().any(|part| self.can_be_empty(part, calls)),
            Node::Capture(_, node) | Node::Atomic(node) => self.can_be_empty(node, calls),
            Node::Repeat(repeat) => repeat.min == 0 || self.can_be_empty(&repeat.node, calls),
            Node::Condition(condition) => {
                !condition.has_no
                    || self.can_be_empty(&condition.yes, calls)
                    || self.can_be_empty(&condition.no, calls)
            }
            Node::Call(reference) => {
                calls == 0
                    || self
                        .body(self.called(*reference))
                        .is_none_or(|body| self.can_be_empty(body.node, calls - 1))
            }
            Node::Empty
            | Node::Assert(_)
            | Node::Look(_)
            | Node::BackReference { .. }
            | Node::Keep
            | Node::Verb(_) => true,
        }
    }

    /// Looks for a call of a group within itself that nothing need precede.
    fn has_endless_call(&self) -> bool {
        let (open, closed) = (vec![(0, true)], vec![false; self.bodies.len()]);
        let mut walk = Walk { groups: self, open, closed, conditions: 0, is_unknown: false };
        walk.node(&self.ast.root).is_err()
    }

    /// How many bytes a node within a group matches, if that is always the same number.
    fn length(&self, node: &Node, within: u32, calls: usize) -> Option<usize> {
        match node {
            Node::Byte(_) | Node::Set(_) => Some(1),
            Node::Empty | Node::Assert(_) | Node::Look(_) | Node::Keep | Node::Verb(_) => Some(0),
            Node::Concat(parts) => {
                let up_to = parts.iter().position(|part| matches!(part, Node::Verb(Verb::Accept)));
                let mut parts = parts.iter().take(up_to.unwrap_or(parts.len()));
                parts.try_fold(0_usize, |sum, part| sum.checked_add(self.length(part, within, calls)?))
            }
            Node::Alternate(parts) => {
                let mut lengths = parts.iter().map(|part| self.length(part, within, calls));
                let first = lengths.next()??;
                lengths.all(|length| length == Some(first)).then_some(first)
            }
            Node::Capture(group, node) => self.length(node, *group, calls),
            Node::Atomic(node) => self.length(node, within, calls),
            Node::Repeat(repeat) => {
                let Repeat { node, min, max, .. } = &**repeat;
                let is_single = matches!(
                    node,
                    Node::Byte(_) | Node::Set(_) | Node::LineBreak | Node::BackReference { .. }
                );
                if *max == Some(0) {
                    // A group that is not matched is still there, and PCRE does not look at it further.
                    return is_single.then_some(0);
                }
                if *max != Some(*min) {
                    return None;
                }
                if matches!(node, Node::LineBreak) {
                    // PCRE counts each for one, though one of them alone has no fixed length.
                    return Some(*min as usize);
                }
                self.length(node, within, calls)?.checked_mul(*min as usize)
            }
            Node::Condition(condition) => self.condition_length(condition, within, calls),
            Node::Call(reference) => {
                let group = self.called(*reference);
                let body =
                    self.body(group).filter(|body| !body.is_looped && !self.is_within(within, group))?;
                self.length(body.node, group, calls.checked_sub(1)?)
            }
            Node::BackReference { .. } | Node::LineBreak => None,
        }
    }

    fn condition_length(&self, condition: &Condition, within: u32, calls: usize) -> Option<usize> {
        let yes = self.length(&condition.yes, within, calls)?;
        (!condition.has_no || self.length(&condition.no, within, calls)? == yes).then_some(yes)
    }
}

fn collect<'a>(node: &'a Node, parent: u32, is_looped: bool, bodies: &mut Vec<Option<Body<'a>>>) {
    match node {
        Node::Capture(group, inner) => {
            if let Some(body) = bodies.get_mut(*group as usize) {
                body.get_or_insert(Body { node: inner, parent, is_looped });
            }
            collect(inner, *group, false, bodies);
        }
        Node::Concat(parts) | Node::Alternate(parts) => {
            for part in parts {
                collect(part, parent, false, bodies);
            }
        }
        Node::Atomic(inner) => collect(inner, parent, false, bodies),
        Node::Repeat(repeat) => {
            collect(&repeat.node, parent, repeat.max.is_none() && repeat.min <= 1, bodies);
        }
        Node::Look(look) => look.body.iter().for_each(|part| collect(part, parent, false, bodies)),
        Node::Condition(condition) => {
            if let Test::Look(look) = &condition.test {
                for part in &look.body {
                    collect(part, parent, false, bodies);
                }
            }
            collect(&condition.yes, parent, false, bodies);
            collect(&condition.no, parent, false, bodies);
        }
        _ => {}
    }
}

/// Writes into each look behind how far its alternatives reach.
fn set_lengths(node: &mut Node, within: u32, groups: &Groups<'_>) -> Result<(), PatternError> {
    match node {
        Node::Look(look) => set_look_lengths(look, within, groups),
        Node::Capture(group, inner) => set_lengths(inner, *group, groups),
        Node::Atomic(inner) => set_lengths(inner, within, groups),
        Node::Concat(parts) | Node::Alternate(parts) => {
            parts.iter_mut().try_for_each(|part| set_lengths(part, within, groups))
        }
        Node::Repeat(repeat) => set_lengths(&mut repeat.node, within, groups),
        Node::Condition(condition) => {
            if let Test::Look(look) = &mut condition.test {
                set_look_lengths(look, within, groups)?;
            }
            set_lengths(&mut condition.yes, within, groups)?;
            set_lengths(&mut condition.no, within, groups)
        }
        _ => Ok(()),
    }
}

fn set_look_lengths(look: &mut Look, within: u32, groups: &Groups<'_>) -> Result<(), PatternError> {
    if look.behind && look.back.is_empty() {
        let back: Option<Vec<usize>> =
            look.body.iter().map(|part| groups.length(part, within, CALLS)).collect();
        let cause = || PatternError::new(look.offset, Cause::LookBehindLength);
        look.back = back.filter(|back| back.iter().all(|&back| back < SIZE)).ok_or_else(cause)?;
    }
    look.body.iter_mut().try_for_each(|part| set_lengths(part, within, groups))
}

/// About how long PCRE's compiled form is, in bytes. Bounds the size of ours, too.
fn size(node: &Node) -> usize {
    let sum = |parts: &[Node]| parts.iter().map(size).fold(0, usize::saturating_add);
    match node {
        Node::Empty => 0,
        Node::Assert(_) | Node::Keep | Node::Verb(_) | Node::LineBreak => 1,
        Node::Byte(_) => 2,
        Node::Set(set) if set.letter().is_some() => 2,
        Node::Set(_) => 33,
        Node::Concat(parts) => sum(parts),
        Node::Alternate(parts) => sum(parts) + 3 * (parts.len() + 1),
        Node::Capture(_, inner) => size(inner) + 8,
        Node::Atomic(inner) => size(inner) + 6,
        Node::Look(look) => sum(&look.body) + 3 * (look.body.len() + 2),
        Node::BackReference { .. } | Node::Call(_) => 3,
        Node::Condition(condition) => {
            let test = match &condition.test {
                Test::Look(look) => sum(&look.body) + 3 * (look.body.len() + 2),
                _ => 3,
            };
            size(&condition.yes) + size(&condition.no) + test + 9
        }
        Node::Repeat(repeat) => match &repeat.node {
            Node::Byte(_) | Node::Set(_) | Node::LineBreak => size(&repeat.node) + 6,
            inner => {
                let copies = repeat.max.unwrap_or(repeat.min).max(1) as usize;
                (size(inner) + 7).saturating_mul(copies)
            }
        },
    }
}
