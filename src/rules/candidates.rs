//! Which rules can match: the next one to look at.

use super::engine::Inner;
use super::rule::{Facts, Failed};

/// The rules that can match, in order.
pub(super) struct Candidates<'a> {
    inner: &'a Inner,
    facts: &'a Facts<'a>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(inner: &'a Inner, facts: &'a Facts<'a>) -> Self {
        Candidates { inner, facts }
    }

    /// The first rule from a position on that can match; every rule can, if all are wanted.
    pub(super) fn next(&mut self, from: usize, _flag: i32, _text: &[u8], _all: bool) -> Option<usize> {
        (from < self.inner.rules.len()).then_some(from)
    }

    /// Compares a rule.
    pub(super) fn check(&mut self, position: usize, flag: i32, text: &[u8]) -> Result<(), Failed> {
        self.inner.rules[position].check(flag, self.facts, text)
    }

    /// What was found out about the text holds no longer.
    pub(super) fn text_changed(&mut self) {}
}
