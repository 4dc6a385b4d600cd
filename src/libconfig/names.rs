//! The names of open groups, to find one that is there twice.
//!
//! libconfig compares each new name with all before it in its group. Groups are small, so this does
//! the same behind a filter of 64 bits; a large group gets a hash table with a key that nobody knows,
//! so that a million names take linear time whoever chose them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::grammar::At;
use super::source::Sources;

/// A group with more names than this gets a table.
const SMALL: usize = 24;

/// The names of all open groups, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: Vec<Seen>,
}

/// The names of one group.
#[derive(Debug, Default)]
pub(super) struct Scope {
    first: usize,
    filter: u64,
    table: Option<Box<Table>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    hash: u64,
    at: At,
}

#[derive(Debug, Default)]
struct Table {
    state: RandomState,
    places: HashMap<u64, At>,
}

impl Names {
    /// Begins a group within the group that is open.
    pub(super) fn scope(&self) -> Scope {
        Scope { first: self.seen.len(), ..Scope::default() }
    }

    /// Ends the innermost group.
    pub(super) fn leave(&mut self, scope: &Scope) {
        self.seen.truncate(scope.first);
    }

    /// Adds a name to the innermost group, or returns the place of the same name there.
    #[inline]
    pub(super) fn add(
        &mut self,
        scope: &mut Scope,
        at: At,
        text: &[u8],
        sources: &Sources<'_>,
    ) -> Option<At> {
        if let Some(table) = &mut scope.table {
            return table.add(at, text, sources);
        }
        let hash = quick_hash(text);
        let bit = 1 << (hash >> 58);
        if scope.filter & bit != 0 {
            let same = |seen: &&Seen| seen.hash == hash && sources.slice(seen.at.start, seen.at.end) == text;
            if let Some(seen) = self.seen[scope.first..].iter().find(same) {
                return Some(seen.at);
            }
        }
        scope.filter |= bit;
        self.seen.push(Seen { hash, at });
        if self.seen.len() - scope.first > SMALL {
            scope.table = Some(Box::new(Table::of(&self.seen[scope.first..], sources)));
        }
        None
    }
}

impl Table {
    #[cold]
    fn of(seen: &[Seen], sources: &Sources<'_>) -> Table {
        let mut table = Table::default();
        for name in seen {
            table.add(name.at, sources.slice(name.at.start, name.at.end), sources);
        }
        table
    }

    fn add(&mut self, at: At, text: &[u8], sources: &Sources<'_>) -> Option<At> {
        let mut hash = self.state.hash_one(text);
        while let Some(&first) = self.places.get(&hash) {
            if sources.slice(first.start, first.end) == text {
                return Some(first);
            }
            // Two names with one hash of 64 bits: the second lies at the next free number.
            hash = hash.wrapping_add(1);
        }
        self.places.insert(hash, at);
        None
    }
}

/// A hash of the length and of the first and last eight bytes: enough for a filter.
#[inline]
fn quick_hash(text: &[u8]) -> u64 {
    let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (text.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0),
    };
    let mixed = first ^ last.rotate_left(29) ^ (text.len() as u64).rotate_left(53);
    mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
