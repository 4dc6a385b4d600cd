//! The matcher: backtracking as PCRE does it, byte for byte the same answer, with a stack of its own and a
//! limit on its steps.
//!
//! What can still be tried stands on [`Scratch::stack`], the latest on top, and between it what to restore
//! when going back. A part that is not backtracked into once it has matched (atomic groups, look-around,
//! calls) puts a barrier there; [`Scratch::open`] holds the parts that are being matched.

mod back;

use super::ast::{Assert, Greed, Verb};
use super::byte_set::is_word;
use super::matcher::Search;
use super::program::{First, Inst, NOWHERE, Next, NextLiteral, Part, Place, Program, Run, RunOf};
use back::Back;

/// Nothing: a group that took no part.
pub(super) const UNSET: usize = usize::MAX;
/// The most that may stand on the stack.
const STACK: usize = 2_000_000;
/// How deep calls, look-around and atomic groups may be nested while matching.
const DEPTH: usize = 5_000;

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Yes,
    No,
    /// The limit was reached before that was clear.
    Limit,
}

/// Memory that searches share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Where groups begin and end: two for each, the whole match first.
    pub(super) slots: Vec<usize>,
    stack: Vec<Frame>,
    open: Vec<Open>,
}

/// What to do when the way that was taken fails.
#[derive(Debug, Clone, Copy)]
enum Frame {
    Branch(Place, usize),
    Slot(u32, usize),
    /// As `Slot`, but within a part that has matched: only the end of a call restores it.
    Stale(u32, usize),
    /// A run that can give back bytes: where it goes on, the least place, and the place last tried.
    Greedy(Place, usize, usize),
    /// A run that can take more: where it stands, the place last tried, and the most bytes to come.
    Lazy(Place, usize, usize),
    Barrier,
    Verb(Verb, usize),
}

/// A part that is being matched.
#[derive(Debug, Clone, Copy)]
struct Open {
    kind: OpenKind,
    /// Where its barrier stands.
    barrier: usize,
    at: usize,
}

#[derive(Debug, Clone, Copy)]
enum OpenKind {
    Part(Part),
    Call { group: u32, back: Place },
}

/// Searches a text. With `groups` the scratch's slots then hold what groups took.
pub(super) fn search(
    program: &Program,
    subject: &[u8],
    search: Search,
    groups: bool,
    limit: u64,
    scratch: &mut Scratch,
) -> Found {
    let Search { from, only_there, not_empty } = search;
    let mut matcher = Matcher {
        program,
        subject,
        scratch,
        steps: 0,
        limit,
        search_start: from,
        groups: groups || program.needs_groups,
        not_empty,
    };
    matcher.reset();
    let mut start = from;
    loop {
        let Some(next) = matcher.next_start(start, only_there) else { return Found::No };
        match matcher.attempt(next) {
            Attempt::Match => return Found::Yes,
            Attempt::Limit => return Found::Limit,
            Attempt::Stop => return Found::No,
            Attempt::Fail => start = next + 1,
            Attempt::SkipTo(place) => {
                matcher.reset();
                start = if place > next { place } else { next + 1 };
            }
        }
        if only_there || (program.anchored && start > 0) {
            return Found::No;
        }
    }
}

/// What an attempt at one place came to.
enum Attempt {
    Match,
    Fail,
    /// No other place needs to be tried.
    Stop,
    /// Places before this one need not be tried.
    SkipTo(usize),
    Limit,
}

struct Matcher<'a> {
    program: &'a Program,
    subject: &'a [u8],
    scratch: &'a mut Scratch,
    steps: u64,
    limit: u64,
    search_start: usize,
    /// Whether groups are noted.
    groups: bool,
    not_empty: bool,
}

impl Matcher<'_> {
    fn reset(&mut self) {
        self.scratch.stack.clear();
        self.scratch.open.clear();
        self.scratch.slots.clear();
        self.scratch.slots.resize(self.program.slots, UNSET);
        self.set_slot_without_trail(self.program.known_slot() as usize, 1);
    }

    /// The first place from `start` on where a match can begin.
    fn next_start(&self, start: usize, only_there: bool) -> Option<usize> {
        let rest = self.subject.get(start..)?;
        if only_there || (self.program.anchored && start == 0) {
            let begins = match &self.program.first {
                First::Any => true,
                First::Bytes(_, bytes) => rest.first().is_some_and(|first| bytes.contains(first)),
                First::Set(set) => rest.first().is_some_and(|first| set.contains(*first)),
            };
            return begins.then_some(start);
        }
        if self.program.by_line && start > self.search_start {
            let behind = self.subject.get(start - 1..)?;
            return memchr::memchr(b'\n', behind).map(|offset| start + offset);
        }
        let offset = match &self.program.first {
            First::Any => Some(0),
            First::Bytes(1, [one, ..]) => memchr::memchr(*one, rest),
            First::Bytes(2, [one, two, _]) => memchr::memchr2(*one, *two, rest),
            First::Bytes(_, [one, two, three]) => memchr::memchr3(*one, *two, *three, rest),
            First::Set(set) => rest.iter().position(|&byte| set.contains(byte)),
        };
        offset.map(|offset| start + offset)
    }

    fn attempt(&mut self, start: usize) -> Attempt {
        self.set_slot_without_trail(0, start);
        let mut pc: Place = 0;
        let mut at = start;
        loop {
            self.steps += 1;
            if self.steps > self.limit || self.scratch.stack.len() > STACK {
                return Attempt::Limit;
            }
            let Some(&inst) = self.program.code.get(pc as usize) else { return Attempt::Stop };
            let went_on = match self.step(inst, &mut pc, &mut at) {
                Step::On => true,
                Step::Fail => false,
                Step::Matched => {
                    if self.not_empty && self.scratch.slots.first() == Some(&at) {
                        false
                    } else {
                        self.set_slot_without_trail(1, at);
                        self.forget_unknown();
                        return Attempt::Match;
                    }
                }
                Step::Stop => return Attempt::Stop,
                Step::Limit => return Attempt::Limit,
            };
            if !went_on {
                match self.backtrack(&mut pc, &mut at) {
                    Back::On => {}
                    Back::Exhausted => return Attempt::Fail,
                    Back::SkipTo(place) => return Attempt::SkipTo(place),
                }
            }
        }
    }

    #[inline]
    fn step(&mut self, inst: Inst, pc: &mut Place, at: &mut usize) -> Step {
        match inst {
            Inst::Byte(byte) => return self.take(*pc, pc, at, |found| found == byte),
            Inst::Letter(letter) => return self.take(*pc, pc, at, |found| found | 0x20 == letter),
            Inst::Set(set) => {
                let set = self.program.sets.get(set as usize).copied().unwrap_or_default();
                return self.take(*pc, pc, at, |found| set.contains(found));
            }
            Inst::Literal(start, length) => {
                let (start, length) = (start as usize, length as usize);
                let literal = self.program.literals.get(start..start + length).unwrap_or_default();
                if !self.subject.get(*at..).is_some_and(|rest| rest.starts_with(literal)) {
                    return Step::Fail;
                }
                *at += length;
                *pc += 1;
            }
            Inst::FoldedLiteral(start, length) => {
                let (start, length) = (start as usize, length as usize);
                let literal = self.program.literals.get(start..start + length).unwrap_or_default();
                let found = self.subject.get(*at..*at + length);
                if !found.is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
                    return Step::Fail;
                }
                *at += length;
                *pc += 1;
            }
            Inst::Assert(assert) => {
                if !self.holds(assert, *at) {
                    return Step::Fail;
                }
                *pc += 1;
            }
            Inst::Jump(place) => *pc = place,
            Inst::Split(first, second) => {
                self.scratch.stack.push(Frame::Branch(second, *at));
                *pc = first;
            }
            Inst::Run(run) => return self.run(run, pc, at),
            Inst::Open(group) => {
                if self.groups {
                    self.set_slot(self.program.open_slot(group), *at);
                }
                *pc += 1;
            }
            Inst::Close(group) => return self.close(group, pc, *at),
            Inst::CloseEarly(group) => {
                self.note_group(group, *at);
                *pc += 1;
            }
            Inst::LoopStart(slot) => {
                self.set_slot(slot, *at);
                *pc += 1;
            }
            Inst::LoopCheck(slot, end) => {
                *pc = if self.slot(slot) == *at { end } else { *pc + 1 };
            }
            Inst::BackReference(reference, caseless) => {
                return self.back_reference(reference, caseless, pc, at);
            }
            Inst::Enter(part) => {
                let Some(&part) = self.program.parts.get(part as usize) else { return Step::Fail };
                *pc += 1;
                return self.enter(OpenKind::Part(part), *at);
            }
            Inst::Leave => return self.leave(pc, at),
            Inst::Back(bytes) => match at.checked_sub(bytes as usize) {
                Some(place) => {
                    *at = place;
                    *pc += 1;
                }
                None => return Step::Fail,
            },
            Inst::Call(group) => return self.call(group, pc, *at),
            Inst::IfGroup(reference, other) => {
                let set = self.first_set(reference).is_some();
                *pc = if set { *pc + 1 } else { other };
            }
            Inst::IfAnyCall(other) => {
                *pc = if self.innermost_call().is_some() { *pc + 1 } else { other };
            }
            Inst::IfCall(reference, other) => {
                let groups = self.program.references.get(reference as usize);
                let within = self
                    .innermost_call()
                    .is_some_and(|call| groups.is_some_and(|groups| groups.contains(&call)));
                *pc = if within { *pc + 1 } else { other };
            }
            Inst::Keep => {
                self.set_slot(0, *at);
                *pc += 1;
            }
            Inst::Verb(verb) => return self.verb(verb, pc, at),
            Inst::Match => return self.matched(pc, *at),
        }
        Step::On
    }

    #[inline]
    fn take(&self, place: Place, pc: &mut Place, at: &mut usize, test: impl Fn(u8) -> bool) -> Step {
        match self.subject.get(*at) {
            Some(&byte) if test(byte) => {
                *at += 1;
                *pc = place + 1;
                Step::On
            }
            _ => Step::Fail,
        }
    }

    fn holds(&self, assert: Assert, at: usize) -> bool {
        let end = self.subject.len();
        let is_newline = |place: Option<usize>| {
            place.and_then(|place| self.subject.get(place)).is_some_and(|&byte| byte == b'\n')
        };
        let word = |place: Option<usize>| {
            place.and_then(|place| self.subject.get(place)).is_some_and(|&byte| is_word(byte))
        };
        match assert {
            Assert::Start => at == 0,
            Assert::LineStart => at == 0 || (at < end && is_newline(at.checked_sub(1))),
            Assert::End => at == end,
            Assert::EndOrLastNewline => at == end || (at + 1 == end && is_newline(Some(at))),
            Assert::LineEnd => at == end || is_newline(Some(at)),
            Assert::Word => word(at.checked_sub(1)) != word(Some(at)),
            Assert::NotWord => word(at.checked_sub(1)) == word(Some(at)),
            Assert::SearchStart => at == self.search_start,
        }
    }

    fn slot(&self, slot: u32) -> usize {
        self.scratch.slots.get(slot as usize).copied().unwrap_or(UNSET)
    }

    /// Sets a slot, and notes what to restore.
    fn set_slot(&mut self, slot: u32, value: usize) {
        if let Some(target) = self.scratch.slots.get_mut(slot as usize) {
            self.scratch.stack.push(Frame::Slot(slot, *target));
            *target = value;
        }
    }

    fn set_slot_without_trail(&mut self, slot: usize, value: usize) {
        if let Some(target) = self.scratch.slots.get_mut(slot) {
            *target = value;
        }
    }

    /// Takes as many bytes as the run allows, or as few.
    fn run(&mut self, number: u32, pc: &mut Place, at: &mut usize) -> Step {
        let Some(run) = self.program.runs.get(number as usize).copied() else { return Step::Fail };
        let rest = self.subject.get(*at..).unwrap_or_default();
        if run.greed == Greed::Lazy {
            let must = rest.get(..run.min).filter(|must| self.run_length(&run, must) == run.min);
            if must.is_none() {
                return Step::Fail;
            }
            *at += run.min;
            let more = run.max - run.min;
            if more > 0 {
                self.scratch.stack.push(Frame::Lazy(*pc, *at, more));
            }
            *pc += 1;
            return Step::On;
        }
        let most = rest.get(..run.max.min(rest.len())).unwrap_or(rest);
        let taken = self.run_length(&run, most);
        self.steps += taken as u64 / 16;
        if taken < run.min {
            return Step::Fail;
        }
        let least = *at + run.min;
        *at += taken;
        *pc += 1;
        if run.greed == Greed::Possessive || *at == least {
            return Step::On;
        }
        // The place reached is tried through the frame, too: it knows what must come next.
        match self.give_back(&run, least, *at) {
            Some(place) => {
                if place > least {
                    self.scratch.stack.push(Frame::Greedy(*pc, least, place));
                }
                *at = place;
                Step::On
            }
            None => Step::Fail,
        }
    }

    /// The last place from `least` to `most` that what must come next allows.
    fn give_back(&mut self, run: &Run, least: usize, most: usize) -> Option<usize> {
        let Some(next) = run.next else { return Some(most) };
        let window = self.subject.get(least..(most + 1).min(self.subject.len()))?;
        let offset = match next {
            Next::Byte(byte) => memchr::memrchr(byte, window),
            Next::Letter(letter) => memchr::memrchr2(letter, letter & !0x20, window),
            Next::Set(set) => {
                let set = self.program.sets.get(set as usize)?;
                window.iter().rposition(|&byte| set.contains(byte))
            }
            Next::Literal(literal) => return self.give_back_to(literal, least, most),
        };
        offset.map(|offset| least + offset)
    }

    /// The last place from `least` to `most` where a literal stands.
    fn give_back_to(&mut self, next: NextLiteral, least: usize, most: usize) -> Option<usize> {
        let (start, length, rare) = (next.start as usize, next.length as usize, next.rare as usize);
        let literal = self.program.literals.get(start..start + length)?;
        let sought = *literal.get(rare)?;
        let subject = self.subject;
        // Where the byte that is looked for can stand.
        let window = subject.get(least + rare..subject.len().min(most + rare + 1))?;
        let mut end = window.len();
        loop {
            let window = window.get(..end)?;
            let offset = if next.folded && sought.is_ascii_alphabetic() {
                memchr::memrchr2(sought, sought & !0x20, window)?
            } else {
                memchr::memrchr(sought, window)?
            };
            self.steps += 1 + length as u64 / 64;
            let place = least + offset;
            let is_there = subject.get(place..place + length).is_some_and(|found| {
                if next.folded { found.eq_ignore_ascii_case(literal) } else { found == literal }
            });
            if is_there {
                return Some(place);
            }
            end = offset;
        }
    }

    /// How many of the bytes belong to the run.
    fn run_length(&self, run: &Run, bytes: &[u8]) -> usize {
        match run.what {
            RunOf::Any => bytes.len(),
            RunOf::NotNewline => memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()),
            RunOf::Set(set) => {
                let set = self.program.sets.get(set as usize).copied().unwrap_or_default();
                bytes.iter().position(|&byte| !set.contains(byte)).unwrap_or(bytes.len())
            }
        }
    }

    /// Ends a group: of a call it is the return, else what it took is noted.
    fn close(&mut self, group: u32, pc: &mut Place, at: usize) -> Step {
        if let Some(Open { kind: OpenKind::Call { group: called, back }, .. }) = self.scratch.open.last()
            && *called == group
        {
            *pc = *back;
            self.end_call();
            return Step::On;
        }
        self.note_group(group, at);
        *pc += 1;
        Step::On
    }

    fn note_group(&mut self, group: u32, at: usize) {
        if !self.groups {
            return;
        }
        let known = self.slot(self.program.known_slot());
        if group as usize >= known {
            for between in 2 * known..2 * group as usize {
                self.set_slot_without_trail(between, UNSET);
            }
            self.set_slot(self.program.known_slot(), group as usize + 1);
        }
        let start = self.slot(self.program.open_slot(group));
        self.set_slot(2 * group, start);
        self.set_slot(2 * group + 1, at);
    }

    /// The groups that are known on this way; what others hold is left over from another.
    fn forget_unknown(&mut self) {
        let known = self.slot(self.program.known_slot()).min(self.program.groups as usize + 1);
        for slot in 2 * known..2 * (self.program.groups as usize + 1) {
            self.set_slot_without_trail(slot, UNSET);
        }
    }

    fn first_set(&self, reference: u32) -> Option<(usize, usize)> {
        let groups = self.program.references.get(reference as usize)?;
        let known = self.slot(self.program.known_slot());
        groups.iter().filter(|&&group| (group as usize) < known).find_map(|&group| {
            let (start, end) = (self.slot(2 * group), self.slot(2 * group + 1));
            (start != UNSET && end != UNSET).then_some((start, end))
        })
    }

    fn back_reference(&mut self, reference: u32, caseless: bool, pc: &mut Place, at: &mut usize) -> Step {
        let Some((start, end)) = self.first_set(reference) else { return Step::Fail };
        let wanted = self.subject.get(start..end).unwrap_or_default();
        let Some(found) = self.subject.get(*at..*at + wanted.len()) else { return Step::Fail };
        self.steps += wanted.len() as u64 / 16;
        let same = if caseless { found.eq_ignore_ascii_case(wanted) } else { found == wanted };
        if !same {
            return Step::Fail;
        }
        *at += wanted.len();
        *pc += 1;
        Step::On
    }

    fn enter(&mut self, kind: OpenKind, at: usize) -> Step {
        if self.scratch.open.len() >= DEPTH {
            return Step::Limit;
        }
        self.scratch.open.push(Open { kind, barrier: self.scratch.stack.len(), at });
        self.scratch.stack.push(Frame::Barrier);
        Step::On
    }

    /// The innermost part has matched.
    fn leave(&mut self, pc: &mut Place, at: &mut usize) -> Step {
        let Some(open) = self.scratch.open.pop() else { return Step::Stop };
        let OpenKind::Part(part) = open.kind else { return Step::Stop };
        if part.is_look {
            *at = open.at;
        }
        if part.matched == NOWHERE {
            self.forget_choices(open.barrier, part.is_look);
            return Step::Fail;
        }
        self.forget_choices(open.barrier, part.is_look);
        *pc = part.matched;
        Step::On
    }

    fn call(&mut self, group: u32, pc: &mut Place, at: usize) -> Step {
        self.steps += self.scratch.open.len() as u64;
        let endless = self.scratch.open.iter().any(|open| match open.kind {
            OpenKind::Call { group: other, .. } => other == group && open.at == at,
            OpenKind::Part(_) => false,
        });
        if endless {
            return Step::Stop;
        }
        let Some(&entry) = self.program.entries.get(group as usize) else { return Step::Fail };
        let back = *pc + 1;
        *pc = entry;
        self.enter(OpenKind::Call { group, back }, at)
    }

    /// A call has matched: groups are again what they were before it.
    fn end_call(&mut self) {
        let Some(open) = self.scratch.open.pop() else { return };
        let match_start = self.slot(0);
        self.unwind(open.barrier);
        if self.slot(0) != match_start {
            self.set_slot(0, match_start);
        }
    }

    fn innermost_call(&self) -> Option<u32> {
        self.scratch.open.iter().rev().find_map(|open| match open.kind {
            OpenKind::Call { group, .. } => Some(group),
            OpenKind::Part(_) => None,
        })
    }

    fn verb(&mut self, verb: Verb, pc: &mut Place, at: &mut usize) -> Step {
        match verb {
            Verb::Fail => Step::Fail,
            Verb::Prune | Verb::Skip => {
                self.scratch.stack.push(Frame::Verb(verb, *at));
                *pc += 1;
                Step::On
            }
            Verb::Accept => {
                // Before atomic groups are left: what they can still try must not be lost.
                let is_whole = |open: &Open| matches!(open.kind, OpenKind::Part(part) if !part.is_look);
                if self.not_empty && self.slot(0) == *at && self.scratch.open.iter().all(is_whole) {
                    return Step::Fail;
                }
                // Out of atomic groups up to the next look-around or call.
                while let Some(Open { kind: OpenKind::Part(part), barrier, .. }) =
                    self.scratch.open.last().copied()
                    && !part.is_look
                {
                    self.scratch.open.pop();
                    self.forget_choices(barrier, false);
                }
                match self.scratch.open.last().map(|open| open.kind) {
                    None => Step::Matched,
                    Some(OpenKind::Part(_)) => self.leave(pc, at),
                    Some(OpenKind::Call { back, .. }) => {
                        *pc = back;
                        self.end_call();
                        Step::On
                    }
                }
            }
        }
    }

    fn matched(&mut self, pc: &mut Place, _at: usize) -> Step {
        match self.scratch.open.last().map(|open| open.kind) {
            Some(OpenKind::Call { back, .. }) => {
                *pc = back;
                self.end_call();
                Step::On
            }
            _ => Step::Matched,
        }
    }
}

/// What one instruction came to.
enum Step {
    On,
    Fail,
    Matched,
    /// The whole search ends without a match.
    Stop,
    Limit,
}
