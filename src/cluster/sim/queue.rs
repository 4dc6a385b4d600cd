//! What happens when: a ring of slots, one a tick, instead of a heap. A million events that each come back within a
//! second cost an append and a walk over a list.

use std::collections::BTreeMap;

/// Events by tick. Those of one tick come in the order in which they were added, except that those added more than
/// a [`RING`] ahead come first.
#[derive(Debug)]
pub(super) struct Queue<E> {
    slots: Vec<Vec<E>>,
    /// A bit for each slot that has something.
    filled: Vec<u64>,
    now: u64,
    /// How many are in the slots.
    near: usize,
    /// Those beyond the ring, by the turn of the ring in which they are due.
    far: BTreeMap<u64, Vec<(u64, E)>>,
    /// The slot that is being walked, and how far.
    current: Vec<E>,
    walked: usize,
}

/// How many ticks the ring holds.
const RING: u64 = 1 << 14;
const WORDS: usize = 1 << 8;

impl<E: Copy> Queue<E> {
    pub(super) fn new() -> Self {
        Queue {
            slots: (0..RING).map(|_| Vec::new()).collect(),
            filled: vec![0; WORDS],
            now: 0,
            near: 0,
            far: BTreeMap::new(),
            current: Vec::new(),
            walked: 0,
        }
    }

    /// The tick of what was taken last.
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Adds an event; what should have been is due at once.
    #[inline]
    pub(super) fn add(&mut self, tick: u64, event: E) {
        let tick = tick.max(self.now);
        if tick - self.now < RING {
            self.put(tick, event);
        } else {
            self.far.entry(tick / RING).or_default().push((tick, event));
        }
    }

    /// Takes the next event up to a tick; `None` if there is none, and that tick is now.
    #[inline]
    pub(super) fn next(&mut self, until: u64) -> Option<E> {
        loop {
            if let Some(event) = self.current.get(self.walked) {
                self.walked += 1;
                return Some(*event);
            }
            if !self.turn(until) {
                return None;
            }
        }
    }

    #[inline]
    fn put(&mut self, tick: u64, event: E) {
        let at = slot(tick);
        self.slots[at].push(event);
        self.filled[at / 64] |= 1 << (at % 64);
        self.near += 1;
    }

    /// The tick of the next slot that has something, or the end of this turn of the ring, if that comes first.
    fn next_filled(&self) -> u64 {
        let from = slot(self.now) + 1;
        let turn = self.now - slot(self.now) as u64;
        let mut word = from / 64;
        let mut mask = u64::MAX << (from % 64);
        while word < WORDS {
            let bits = self.filled[word] & mask;
            if bits != 0 {
                return turn + (word * 64) as u64 + u64::from(bits.trailing_zeros());
            }
            (word, mask) = (word + 1, u64::MAX);
        }
        turn + RING
    }

    /// Goes to the next slot that has something.
    fn turn(&mut self, until: u64) -> bool {
        self.current.clear();
        self.walked = 0;
        loop {
            let at = slot(self.now);
            if !self.slots[at].is_empty() {
                std::mem::swap(&mut self.current, &mut self.slots[at]);
                self.filled[at / 64] &= !(1 << (at % 64));
                self.near -= self.current.len();
                return true;
            }
            if self.now >= until {
                return false;
            }
            self.now = match (self.near, self.far.first_key_value()) {
                // Nothing near: the ring need not be walked.
                (0, None) => until,
                (0, Some((turn, _))) => (turn * RING).clamp(self.now + 1, until),
                _ => self.next_filled().min(until),
            };
            let turn = self.now / RING;
            while let Some(entry) = self.far.first_entry().filter(|entry| *entry.key() <= turn) {
                for (tick, event) in entry.remove() {
                    self.put(tick, event);
                }
            }
        }
    }
}

fn slot(tick: u64) -> usize {
    // Less than `RING`.
    (tick % RING) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::sim::random::Random;

    #[test]
    fn everything_comes_at_its_tick() {
        let mut queue = Queue::new();
        let mut random = Random::new(1);
        let mut due = Vec::new();
        for _ in 0..1_000 {
            let tick = random.below(5 * RING);
            queue.add(tick, tick);
            due.push(tick);
        }
        let mut seen = Vec::new();
        while let Some(tick) = queue.next(6 * RING) {
            assert_eq!(queue.now(), tick);
            seen.push(tick);
            // What comes back, near and far.
            if tick < RING && due.len() < 1_500 {
                let later = tick + random.below(2 * RING);
                queue.add(later, later);
                due.push(later);
            }
        }
        due.sort_unstable();
        assert_eq!(seen, due);
        assert_eq!(queue.now(), 6 * RING);
    }

    #[test]
    fn one_tick_is_a_queue_and_the_past_is_now() {
        let mut queue = Queue::new();
        queue.add(5, 'a');
        queue.add(5, 'b');
        assert_eq!(queue.next(4), None);
        assert_eq!((queue.now(), queue.next(9)), (4, Some('a')));
        queue.add(5, 'c');
        queue.add(1, 'd');
        assert_eq!([queue.next(9), queue.next(9), queue.next(9)], [Some('b'), Some('c'), Some('d')]);
        assert_eq!((queue.next(1 << 60), queue.now()), (None, 1 << 60));
    }
}
