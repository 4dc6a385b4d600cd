//! Many literals searched for in one pass over a text, by Aho and Corasick's automaton.

use std::fmt;

use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::{contiguous, noncontiguous};
use aho_corasick::{Anchored, StartKind, dfa};

/// The largest table of states, in bytes; of more literals than it takes, the smaller and slower form is made.
const TABLE: usize = 16 << 20;
/// So many finds are noted before those that came twice are dropped.
const NOTED: usize = 64;

/// Literals that are searched for, letters in either case.
#[derive(Default)]
pub(super) struct Literals(Option<Form>);

enum Form {
    Table(dfa::DFA),
    Small(contiguous::NFA),
}

impl Literals {
    /// Literals in lower case, none of them empty; each is named by its place.
    pub(super) fn new(literals: &[&[u8]]) -> Self {
        if literals.is_empty() {
            return Literals(None);
        }
        // It fails only with more than 2^31 states, which the caller's limit on literals is far below.
        Literals(build(literals))
    }

    /// The numbers of those that occur in a text, in order.
    pub(super) fn search(&self, text: &[u8]) -> Vec<u32> {
        let mut found = Finds::default();
        match &self.0 {
            Some(Form::Table(table)) => scan(table, text, &mut found),
            Some(Form::Small(small)) => scan(small, text, &mut found),
            None => {}
        }
        found.finish()
    }
}

fn build(literals: &[&[u8]]) -> Option<Form> {
    let states = noncontiguous::NFA::builder().prefilter(false).build(literals).ok()?;
    if table_size(literals) <= TABLE {
        let table = dfa::DFA::builder()
            .prefilter(false)
            .start_kind(StartKind::Unanchored)
            .build_from_noncontiguous(&states);
        return table.ok().map(Form::Table);
    }
    contiguous::NFA::builder().prefilter(false).build_from_noncontiguous(&states).ok().map(Form::Small)
}

/// A state for each way that literals begin, and in each state an entry for each byte that they hold.
fn table_size(literals: &[&[u8]]) -> usize {
    let mut sorted = literals.to_vec();
    sorted.sort_unstable();
    let mut bytes = [false; 256];
    let mut states = 4;
    let mut last: &[u8] = &[];
    for literal in sorted {
        let shared = last.iter().zip(literal).take_while(|(one, other)| one == other).count();
        states += literal.len() - shared;
        last = literal;
        for &byte in literal {
            bytes[usize::from(byte)] = true;
        }
    }
    // Bytes that no literal holds fall into ranges between those that some do.
    let classes = (2 * bytes.iter().filter(|held| **held).count() + 1).min(257);
    states * classes.next_power_of_two() * size_of::<u32>()
}

fn scan<A: Automaton>(automaton: &A, text: &[u8], found: &mut Finds) {
    let Ok(mut state) = automaton.start_state(Anchored::No) else { return };
    for byte in text {
        state = automaton.next_state(Anchored::No, state, byte.to_ascii_lowercase());
        if automaton.is_special(state) && automaton.is_match(state) {
            for index in 0..automaton.match_len(state) {
                found.add(automaton.match_pattern(state, index).as_u32());
            }
        }
    }
}

/// Numbers that were found, each noted about once.
#[derive(Default)]
struct Finds {
    numbers: Vec<u32>,
    /// How many may be noted before they are looked through.
    room: usize,
}

impl Finds {
    fn add(&mut self, number: u32) {
        if self.numbers.last() == Some(&number) {
            return;
        }
        if self.numbers.len() >= self.room.max(NOTED) {
            self.sort();
            self.room = 2 * self.numbers.len();
        }
        self.numbers.push(number);
    }

    fn sort(&mut self) {
        self.numbers.sort_unstable();
        self.numbers.dedup();
    }

    fn finish(mut self) -> Vec<u32> {
        self.sort();
        self.numbers
    }
}

impl fmt::Debug for Literals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (form, patterns, memory) = match &self.0 {
            None => ("none", 0, 0),
            Some(Form::Table(table)) => ("table", table.patterns_len(), table.memory_usage()),
            Some(Form::Small(small)) => ("small", small.patterns_len(), small.memory_usage()),
        };
        f.debug_struct("Literals")
            .field("form", &form)
            .field("count", &patterns)
            .field("bytes", &memory)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_found_overlapping_and_in_either_case() {
        let literals: [&[u8]; 5] = [b"from t1", b"t1", b"t12", b"m t", b"\xc3\x9f"];
        let small = noncontiguous::NFA::new(literals).unwrap();
        let small = contiguous::NFA::builder().build_from_noncontiguous(&small).unwrap();
        for literals in [Literals::new(&literals), Literals(Some(Form::Small(small)))] {
            assert_eq!(literals.search(b"FROM T1"), [0, 1, 3], "{literals:?}");
            assert_eq!(literals.search(b"from t12"), [0, 1, 2, 3]);
            assert_eq!(literals.search(b"t1 t1 T12 \xc3\x9f t1"), [1, 2, 4]);
            assert_eq!(literals.search(b""), [0_u32; 0]);
        }
        assert_eq!(Literals::default().search(b"t1"), [0_u32; 0]);
    }

    #[test]
    fn what_comes_often_is_noted_once() {
        let literals: [&[u8]; 3] = [b"a", b"b", b"ab"];
        let text = b"ab".repeat(10_000);
        let literals = Literals::new(&literals);
        assert_eq!(literals.search(&text), [0, 1, 2]);
        let mut found = Finds::default();
        (0..100_000).for_each(|number| found.add(number % 500));
        assert!(found.numbers.capacity() < 5_000);
        assert_eq!(found.finish().len(), 500);
    }
}
