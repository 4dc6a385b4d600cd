//! Which rules tests reach.

use std::collections::BTreeMap;

use crate::rules::{Engine, Problem};

/// Which of the active rules matched in a test, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Coverage {
    hits: BTreeMap<i32, u64>,
    unloaded: Vec<i32>,
}

impl Coverage {
    pub(super) fn new(engine: &Engine) -> Self {
        let unloaded = engine.problems().iter().filter(|problem| problem.is_unloaded());
        let unloaded: Vec<i32> = unloaded.map(|Problem { rule_id, .. }| *rule_id).collect();
        let all = engine.rule_ids().chain(unloaded.iter().copied());
        Coverage { hits: all.map(|rule| (rule, 0)).collect(), unloaded }
    }

    pub(super) fn hit(&mut self, rules: impl Iterator<Item = i32>) {
        for rule in rules {
            *self.hits.entry(rule).or_default() += 1;
        }
    }

    /// How often each active rule matched, by `rule_id`.
    pub fn hits(&self) -> impl Iterator<Item = (i32, u64)> {
        self.hits.iter().map(|(rule, hits)| (*rule, *hits))
    }

    /// The active rules that never matched.
    pub fn unreached(&self) -> Vec<i32> {
        self.hits().filter(|(_, hits)| *hits == 0).map(|(rule, _)| rule).collect()
    }

    /// Those of them that ProxySQL does not load, so that no test can reach them.
    pub fn unloaded(&self) -> &[i32] {
        &self.unloaded
    }

    /// How many of the active rules matched, in percent; 100 where there are none.
    pub fn percent(&self) -> f64 {
        let all = self.hits.len();
        let reached = all - self.unreached().len();
        if all == 0 { 100.0 } else { share(reached) / share(all) * 100.0 }
    }
}

fn share(rules: usize) -> f64 {
    f64::from(u32::try_from(rules).unwrap_or(u32::MAX))
}
