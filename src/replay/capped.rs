//! Counts by key, of so many keys and no more.

use std::hash::Hash;

use hashbrown::HashMap;

/// The most keys that are counted each for itself.
const MOST: usize = 50_000;

/// Values by key; of keys beyond the limit only a sum is kept.
#[derive(Clone, Debug)]
pub(super) struct Capped<K, V> {
    pub(super) all: HashMap<K, V>,
    /// The sum of those that found no room.
    pub(super) rest: u64,
}

impl<K, V> Default for Capped<K, V> {
    fn default() -> Self {
        Capped { all: HashMap::new(), rest: 0 }
    }
}

impl<K: Eq + Hash, V> Capped<K, V> {
    /// Adds a count to a key: `new` makes its value, `add` changes it.
    pub(super) fn add(
        &mut self,
        key: K,
        count: u64,
        new: impl FnOnce(u64) -> V,
        add: impl FnOnce(&mut V, u64),
    ) {
        if let Some(value) = self.all.get_mut(&key) {
            add(value, count);
        } else if self.all.len() < MOST {
            self.all.insert(key, new(count));
        } else {
            self.rest = self.rest.saturating_add(count);
        }
    }
}

impl<K: Eq + Hash> Capped<K, u64> {
    pub(super) fn count(&mut self, key: K, count: u64) {
        self.add(key, count, |count| count, |value, count| *value = value.saturating_add(count));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rest = self.rest.saturating_add(other.rest);
        other.all.into_iter().for_each(|(key, count)| self.count(key, count));
    }
}
