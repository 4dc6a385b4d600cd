//! Going back: what the stack is for.

use super::super::ast::Verb;
use super::super::program::{Inst, NOWHERE, Place, Run};
use super::{Frame, Matcher, OpenKind};

/// What going back came to.
pub(super) enum Back {
    /// There is another way.
    On,
    /// There is none from this start.
    Exhausted,
    /// There is none from any start before this place.
    SkipTo(usize),
}

impl Matcher<'_> {
    /// Drops what could still be tried above `barrier`, and the barrier. What groups took within a look-around
    /// stays even when this way fails later: that is PCRE's doing, and seen where a loop comes by again.
    pub(super) fn forget_choices(&mut self, barrier: usize, is_look: bool) {
        let kept_groups = 2..if is_look { self.program.known_slot() } else { 0 };
        let stack = &mut self.scratch.stack;
        let mut kept = barrier;
        for from in barrier..stack.len() {
            let frame = match stack.get(from) {
                Some(&Frame::Slot(slot, old)) if kept_groups.contains(&slot) => Frame::Stale(slot, old),
                Some(&frame @ (Frame::Slot(..) | Frame::Stale(..))) => frame,
                _ => continue,
            };
            if let Some(target) = stack.get_mut(kept) {
                *target = frame;
            }
            kept += 1;
        }
        self.steps += (stack.len() - barrier) as u64 / 16;
        stack.truncate(kept);
    }

    /// Restores everything above `barrier`, and drops it with the barrier.
    pub(super) fn unwind(&mut self, barrier: usize) {
        while self.scratch.stack.len() > barrier {
            if let Some(Frame::Slot(slot, old) | Frame::Stale(slot, old)) = self.scratch.stack.pop() {
                self.set_slot_without_trail(slot as usize, old);
            }
        }
    }

    /// Goes back to the last choice.
    pub(super) fn backtrack(&mut self, pc: &mut Place, at: &mut usize) -> Back {
        while let Some(frame) = self.scratch.stack.pop() {
            match frame {
                Frame::Branch(place, before) => {
                    *pc = place;
                    *at = before;
                    return Back::On;
                }
                Frame::Slot(slot, old) => self.set_slot_without_trail(slot as usize, old),
                Frame::Stale(..) => {}
                Frame::Greedy(place, least, tried) => {
                    if self.again_greedy(place, least, tried, at) {
                        *pc = place;
                        return Back::On;
                    }
                }
                Frame::Lazy(place, tried, more) => {
                    if self.again_lazy(place, tried, more, at) {
                        *pc = place + 1;
                        return Back::On;
                    }
                }
                Frame::Barrier => {
                    if self.part_failed(pc, at) {
                        return Back::On;
                    }
                }
                Frame::Verb(verb, place) => {
                    if let Some(back) = self.verb_reached(verb, place) {
                        return back;
                    }
                }
            }
        }
        Back::Exhausted
    }

    /// A greedy run gives back a byte, or as many as what must come next asks for.
    fn again_greedy(&mut self, place: Place, least: usize, tried: usize, at: &mut usize) -> bool {
        let Some(most) = tried.checked_sub(1).filter(|&most| most >= least) else { return false };
        let run = self.run_before(place);
        let Some(next) = run.and_then(|run| self.give_back(&run, least, most)) else { return false };
        if next > least {
            self.scratch.stack.push(Frame::Greedy(place, least, next));
        }
        *at = next;
        true
    }

    fn run_before(&self, place: Place) -> Option<Run> {
        match self.program.code.get((place as usize).checked_sub(1)?)? {
            Inst::Run(run) => self.program.runs.get(*run as usize).copied(),
            _ => None,
        }
    }

    /// A lazy run takes one more byte.
    fn again_lazy(&mut self, place: Place, tried: usize, more: usize, at: &mut usize) -> bool {
        let Some(run) = self.run_before(place + 1) else { return false };
        let Some(byte) = self.subject.get(tried..=tried) else { return false };
        if self.run_length(&run, byte) == 0 {
            return false;
        }
        if more > 1 {
            self.scratch.stack.push(Frame::Lazy(place, tried + 1, more - 1));
        }
        *at = tried + 1;
        true
    }

    /// The innermost part has not matched. Whether there is a way on.
    fn part_failed(&mut self, pc: &mut Place, at: &mut usize) -> bool {
        let Some(open) = self.scratch.open.pop() else { return false };
        match open.kind {
            OpenKind::Part(part) if part.failed != NOWHERE => {
                *pc = part.failed;
                *at = open.at;
                true
            }
            _ => false,
        }
    }

    /// Backtracking came to a verb: the negative look-around or call around it fails, or else this start.
    fn verb_reached(&mut self, verb: Verb, place: usize) -> Option<Back> {
        while let Some(open) = self.scratch.open.last().copied() {
            match open.kind {
                OpenKind::Part(part) if !part.is_negative => {
                    self.scratch.open.pop();
                    self.unwind(open.barrier);
                }
                _ => {
                    self.unwind(open.barrier + 1);
                    return None;
                }
            }
        }
        Some(Back::SkipTo(if verb == Verb::Skip { place } else { 0 }))
    }
}
