//! The rules that can match, in order, and which of them do: the [index](super::index) asked for one walk.
//!
//! Under each flag that the walk comes by there is a [`List`]. A restarted walk finds on it what is known
//! already: as long as the text stays the same, a rule is compared once.

use hashbrown::HashMap;

use super::engine::Inner;
use super::index::{FlagIndex, NOWHERE, Position};
use super::rule::{Facts, Failed};
use super::walk::Trace;

/// In so many pieces what was found may be; of more, one is made.
const PIECES: usize = 8;

/// The rules that can match.
pub(super) struct Candidates<'a> {
    inner: &'a Inner,
    facts: &'a Facts<'a>,
    /// The literals of the index that the text holds, when it was searched.
    in_query: Option<Vec<u32>>,
    in_digest_text: Option<Vec<u32>>,
    /// The list of the flag that was last asked for.
    list: List<'a>,
    /// Those of other flags.
    others: HashMap<i32, List<'a>>,
    /// What rules came to, for a trace that sees them all.
    verdicts: Vec<Option<Result<(), Failed>>>,
}

/// The rules of one flag that can match a text.
struct List<'a> {
    flag: i32,
    index: Option<&'a FlagIndex>,
    /// The rules before this one are left out.
    start: usize,
    /// The rules before this one are compared.
    compared: usize,
    /// Those of them that match.
    matching: Vec<Position>,
    /// What the rest is: those that are always compared, those that stand under something that is there, in
    /// order, and those that a search of the query or the digest text would find.
    always: &'a [Position],
    found: Vec<&'a [Position]>,
    /// What was found, once that is in too many pieces.
    merged: Vec<Position>,
    merged_at: usize,
    unsearched_query: Position,
    unsearched_digest_text: Position,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(inner: &'a Inner, facts: &'a Facts<'a>, flag: i32) -> Self {
        Candidates {
            inner,
            facts,
            in_query: None,
            in_digest_text: None,
            list: List::new(inner, facts, flag, 0),
            others: HashMap::new(),
            verdicts: Vec::new(),
        }
    }

    /// The first rule from a place on that matches. `text` is the query up to its first NUL.
    pub(super) fn next_match(
        &mut self,
        from: usize,
        flag: i32,
        text: &[u8],
        trace: &mut impl Trace,
    ) -> Option<usize> {
        let mut at = from;
        while trace.wants_all() && at < self.inner.rules.len() {
            let rule = &self.inner.rules[at];
            let verdict = self.verdict(at, flag, text);
            trace.looked_at(rule, flag, self.facts, text, verdict);
            if verdict.is_ok() {
                return Some(at);
            }
            at += 1;
        }
        if at == self.inner.rules.len() {
            return None;
        }
        self.turn_to(flag, at);
        let position = self.next_on_list(at, text)?;
        trace.looked_at(&self.inner.rules[position], flag, self.facts, text, Ok(()));
        Some(position)
    }

    /// What was found out about the text holds no longer.
    pub(super) fn text_changed(&mut self) {
        self.in_query = None;
        self.others.clear();
        self.verdicts.clear();
        self.list = List::new(self.inner, self.facts, self.list.flag, 0);
    }

    /// What a rule comes to; when the walk comes by it again, it is known.
    fn verdict(&mut self, position: usize, flag: i32, text: &[u8]) -> Result<(), Failed> {
        let rule = &self.inner.rules[position];
        if rule.flag_in != flag {
            return rule.check(flag, self.facts, text);
        }
        self.verdicts.resize(self.inner.rules.len(), None);
        *self.verdicts[position].get_or_insert_with(|| rule.check(flag, self.facts, text))
    }

    /// Makes the list of a flag the current one.
    fn turn_to(&mut self, flag: i32, from: usize) {
        if self.list.flag != flag {
            let known = self.others.remove(&flag);
            let list = known.unwrap_or_else(|| List::new(self.inner, self.facts, flag, from));
            let last = std::mem::replace(&mut self.list, list);
            if self.restarts() {
                self.others.insert(last.flag, last);
            }
        }
        if from < self.list.start {
            self.list = List::new(self.inner, self.facts, flag, from);
        }
    }

    /// Whether a walk can come by a rule again.
    fn restarts(&self) -> bool {
        self.inner.settings.iterations > 0
    }

    fn next_on_list(&mut self, from: usize, text: &[u8]) -> Option<usize> {
        let known = self.list.matching.partition_point(|&position| (position as usize) < from);
        if let Some(&position) = self.list.matching.get(known) {
            return Some(position as usize);
        }
        self.list.leave_out_until(from);
        loop {
            let position = self.list.first();
            if position != NOWHERE && position < self.list.first_unsearched() {
                self.list.pass(position);
                let place = position as usize;
                if self.inner.rules[place].check(self.list.flag, self.facts, text).is_ok() {
                    if self.restarts() {
                        self.list.matching.push(position);
                    }
                    return Some(place);
                }
            } else if self.list.first_unsearched() != NOWHERE {
                self.search(text);
            } else {
                return None;
            }
        }
    }

    /// Looks for what the next rule asks for.
    fn search(&mut self, text: &[u8]) {
        let Some(flag) = self.list.index else { return };
        let index = &self.inner.index;
        let List { unsearched_query, unsearched_digest_text, .. } = &mut self.list;
        let (searched, literals, text, under) = if unsearched_query <= unsearched_digest_text {
            *unsearched_query = NOWHERE;
            (&index.query, &mut self.in_query, text, &flag.query)
        } else {
            *unsearched_digest_text = NOWHERE;
            let digest_text = self.facts.digest.map_or(&b""[..], |(_, text)| text);
            (&index.digest_text, &mut self.in_digest_text, digest_text, &flag.digest_text)
        };
        if under.starts.allow(text) {
            let literals = literals.get_or_insert_with(|| searched.search(text));
            for &literal in &*literals {
                self.list.found.extend(searched.look_up(literal, self.list.flag));
            }
            self.list.tidy();
        }
    }
}

impl<'a> List<'a> {
    fn new(inner: &'a Inner, facts: &Facts<'_>, flag: i32, start: usize) -> Self {
        let index = inner.index.of_flag(flag);
        let mut list = List {
            flag,
            index,
            start,
            compared: start,
            matching: Vec::new(),
            always: index.map_or(&[], |index| &index.always),
            found: index.map_or_else(Vec::new, |index| index.look_up(facts).collect()),
            merged: Vec::new(),
            merged_at: 0,
            unsearched_query: index.map_or(NOWHERE, |index| index.query.first),
            unsearched_digest_text: index.map_or(NOWHERE, |index| index.digest_text.first),
        };
        if start > 0 {
            list.tidy();
        }
        list
    }

    /// Leaves out what was compared, and merges what is in many pieces.
    fn tidy(&mut self) {
        let compared = self.compared;
        let left = |rules: &[Position]| rules.partition_point(|&position| (position as usize) < compared);
        self.always = &self.always[left(self.always)..];
        for piece in &mut self.found {
            *piece = &piece[left(piece)..];
        }
        if self.found.len() > PIECES {
            self.merged.drain(..self.merged_at);
            self.merged.extend(self.found.drain(..).flatten());
            self.merged.sort_unstable();
            self.merged.dedup();
            self.merged_at = 0;
        }
        self.merged_at += left(&self.merged[self.merged_at..]);
    }

    /// Drops what lies before a place and is not compared yet.
    fn leave_out_until(&mut self, from: usize) {
        if from > self.compared {
            self.matching.clear();
            (self.start, self.compared) = (from, from);
            self.tidy();
        }
    }

    /// The first rule that is to be compared, as far as is known.
    fn first(&self) -> Position {
        let heads = self.found.iter().filter_map(|piece| piece.first());
        let others = [self.always.first(), self.merged.get(self.merged_at)];
        heads.chain(others.into_iter().flatten()).copied().min().unwrap_or(NOWHERE)
    }

    /// Rules from this one on may come out of a search.
    fn first_unsearched(&self) -> Position {
        self.unsearched_query.min(self.unsearched_digest_text)
    }

    fn pass(&mut self, position: Position) {
        self.compared = position as usize + 1;
        let behind = |rules: &'a [Position]| match rules {
            [first, rest @ ..] if *first == position => rest,
            rules => rules,
        };
        self.always = behind(self.always);
        for piece in &mut self.found {
            *piece = behind(piece);
        }
        self.merged_at += usize::from(self.merged.get(self.merged_at) == Some(&position));
    }
}
