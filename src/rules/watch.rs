//! Whether a walk looked at the query itself, and not only at its digest.

use std::ops::Range;

use super::engine::Inner;
use super::rule::Facts;
use super::walk::Trace;

/// Looks out for rules whose `match_pattern` was asked.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Whether there was one.
    pub(super) pattern_asked: bool,
    /// What becomes of the mirrored copy does not matter.
    is_mirror: bool,
}

impl Trace for Watch {
    fn passed(&mut self, inner: &Inner, rules: Range<usize>, flag: i32, facts: &Facts<'_>) {
        if self.is_mirror || self.pattern_asked {
            return;
        }
        let from = inner.with_pattern.partition_point(|&position| position < rules.start);
        let passed = inner.with_pattern[from..].iter().take_while(|&&position| position < rules.end);
        self.pattern_asked =
            passed.map(|&position| &inner.rules[position]).any(|rule| rule.asks_pattern(flag, facts));
    }

    fn mirror(&mut self) {
        self.is_mirror = true;
    }
}
