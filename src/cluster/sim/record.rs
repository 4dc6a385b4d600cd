//! What is noted while a run goes on, and the report that is made of it.

use std::collections::HashMap;
use std::sync::Arc;

use super::expect;
use super::report::{ContentRun, Held, Logged, Mark, MarkKind, ModuleRun, NodeRun, Report};
use super::scenario::{Millis, Scenario};
use crate::hash::Checksum;

/// The most marks that are kept.
const MOST_MARKS: usize = 10_000;

/// Who held what and when, what happened, and what was logged.
#[derive(Debug)]
pub(super) struct Record {
    modules: Vec<Module>,
    up: Vec<Vec<(Millis, Option<Millis>)>>,
    marks: Vec<Mark>,
    log: Vec<Logged>,
    log_limit: usize,
    dropped: u64,
    /// When something last happened that was not a node's own doing.
    disturbed: Millis,
    pub(super) checks: u64,
}

#[derive(Debug)]
struct Module {
    name: &'static str,
    contents: Vec<ContentRun>,
    known: HashMap<(Arc<str>, Checksum), usize>,
    held: Vec<Vec<(Millis, Option<Millis>, usize)>>,
    /// How many nodes hold each checksum now.
    holders: HashMap<Checksum, usize>,
    /// Since when all that are up hold the same.
    agreed: Option<Millis>,
    pulls: u64,
    failed_pulls: u64,
    conflicts: u64,
    /// Whether a node is known to be in a conflict.
    in_conflict: Vec<bool>,
    flaps: u64,
    /// What each node has left in this life, by place in `contents`.
    left: Vec<Vec<usize>>,
}

impl Record {
    pub(super) fn new(scenario: &Scenario, names: &[&'static str]) -> Self {
        let nodes = scenario.nodes.len();
        let module = |name: &&'static str| Module {
            name,
            contents: Vec::new(),
            known: HashMap::new(),
            held: vec![Vec::new(); nodes],
            holders: HashMap::new(),
            agreed: None,
            pulls: 0,
            failed_pulls: 0,
            conflicts: 0,
            in_conflict: vec![false; nodes],
            flaps: 0,
            left: vec![Vec::new(); nodes],
        };
        Record {
            modules: names.iter().map(module).collect(),
            up: vec![Vec::new(); nodes],
            marks: Vec::new(),
            log: Vec::new(),
            log_limit: scenario.log_limit,
            dropped: 0,
            disturbed: 0,
            checks: 0,
        }
    }

    pub(super) fn mark(
        &mut self,
        at: Millis,
        node: Option<usize>,
        module: Option<usize>,
        kind: MarkKind,
        text: String,
    ) {
        if self.marks.len() < MOST_MARKS {
            let module = module.and_then(|module| self.modules.get(module)).map(|module| module.name);
            self.marks.push(Mark { at, node, module, kind, text });
        } else {
            self.dropped += 1;
        }
    }

    /// Something that is not a node's own doing.
    pub(super) fn disturb(&mut self, at: Millis) {
        self.disturbed = at;
    }

    pub(super) fn starts(&mut self, at: Millis, node: usize) {
        self.up[node].push((at, None));
    }

    pub(super) fn stops(&mut self, at: Millis, node: usize) {
        if let Some((_, to @ None)) = self.up[node].last_mut() {
            *to = Some(at);
        }
        for module in &mut self.modules {
            module.close(at, node);
            module.left[node].clear();
            module.in_conflict[node] = false;
            module.judge(at);
        }
    }

    /// A node holds a content from now on.
    pub(super) fn holds(
        &mut self,
        at: Millis,
        node: usize,
        module: usize,
        label: &Arc<str>,
        checksum: Checksum,
    ) {
        self.modules[module].holds(at, node, label, checksum);
    }

    /// A pull that succeeded; what the node holds is told before. Gives the content's name.
    pub(super) fn pulled(&mut self, node: usize, module: usize) {
        let module = &mut self.modules[module];
        module.pulls += 1;
        module.in_conflict[node] = false;
        let now = module.held[node].last().map(|(_, _, content)| *content);
        if now.is_some_and(|now| module.left[node].contains(&now)) {
            module.flaps += 1;
        }
    }

    pub(super) fn failed(&mut self, module: usize) {
        self.modules[module].failed_pulls += 1;
    }

    /// A node reports a conflict. Gives whether it is a new one.
    pub(super) fn conflicts(&mut self, node: usize, module: usize) -> bool {
        let module = &mut self.modules[module];
        module.conflicts += 1;
        !std::mem::replace(&mut module.in_conflict[node], true)
    }

    /// What an operator does is no flapping.
    pub(super) fn forgets(&mut self, node: usize, module: usize) {
        let module = &mut self.modules[module];
        module.left[node].clear();
        module.in_conflict[node] = false;
    }

    pub(super) fn line(&mut self, line: Logged) {
        if self.log.len() < self.log_limit { self.log.push(line) } else { self.dropped += 1 }
    }

    /// Whether lines are still kept.
    pub(super) fn wants_lines(&self) -> bool {
        self.log.len() < self.log_limit
    }

    pub(super) fn lost_line(&mut self) {
        self.dropped += 1;
    }

    pub(super) fn report(self, scenario: &Scenario) -> Report {
        let end = scenario.duration;
        let closed = |to: Option<Millis>| to.unwrap_or(end);
        let nodes = scenario.nodes.iter().zip(&self.up).map(|(spec, up)| NodeRun {
            name: spec.name.clone(),
            version: spec.version.clone(),
            up: up.iter().map(|(from, to)| (*from, closed(*to))).collect(),
        });
        let mut report = Report {
            title: scenario.title.clone(),
            seed: scenario.seed,
            start: scenario.start,
            duration: end,
            nodes: nodes.collect(),
            modules: self.modules.into_iter().map(|module| module.run(end, self.disturbed)).collect(),
            marks: self.marks,
            log: self.log,
            dropped: self.dropped,
            checks: self.checks,
            expectations: Vec::new(),
        };
        report.modules.sort_by_key(|module| module.name);
        report.expectations = expect::check(&scenario.expect, &report);
        report
    }
}

impl Module {
    fn holds(&mut self, at: Millis, node: usize, label: &Arc<str>, checksum: Checksum) {
        let next = self.contents.len();
        let content = *self.known.entry((label.clone(), checksum)).or_insert(next);
        if content == next {
            self.contents.push(ContentRun { label: label.clone(), checksum });
        }
        if let Some((_, None, now)) = self.held[node].last() {
            if *now == content {
                return;
            }
            let now = *now;
            if !self.left[node].contains(&now) {
                self.left[node].push(now);
            }
        }
        self.close(at, node);
        self.held[node].push((at, None, content));
        *self.holders.entry(checksum).or_insert(0) += 1;
        self.judge(at);
    }

    fn close(&mut self, at: Millis, node: usize) {
        let Some((_, to @ None, content)) = self.held[node].last_mut() else { return };
        *to = Some(at);
        let checksum = self.contents[*content].checksum;
        if let Some(count) = self.holders.get_mut(&checksum) {
            *count -= 1;
            if *count == 0 {
                self.holders.remove(&checksum);
            }
        }
    }

    /// Notes since when all agree.
    fn judge(&mut self, at: Millis) {
        match (self.holders.len() <= 1, self.agreed) {
            (true, None) => self.agreed = Some(at),
            (true, Some(_)) => {}
            (false, _) => self.agreed = None,
        }
    }

    fn run(self, end: Millis, disturbed: Millis) -> ModuleRun {
        let is_up = |held: &&Vec<(Millis, Option<Millis>, usize)>| matches!(held.last(), Some((_, None, _)));
        let mut last =
            self.held.iter().filter(is_up).filter_map(|held| held.last()).map(|(_, _, content)| *content);
        let converged = self.holders.len() == 1;
        let winner = if converged { last.next() } else { None };
        let is_held = |content: &ContentRun| self.holders.contains_key(&content.checksum);
        let lost: Vec<_> = self
            .contents
            .iter()
            .filter(|content| !is_held(content))
            .map(|content| content.label.clone())
            .collect();
        let converged_at = self.agreed.filter(|_| converged);
        let held = self.held.iter().map(|all| {
            let all = all.iter().map(|&(from, to, content)| Held { from, to: to.unwrap_or(end), content });
            all.filter(|held| held.to > held.from || held.to == end).collect()
        });
        ModuleRun {
            name: self.name,
            held: held.collect(),
            converged,
            converged_at,
            settled_after: converged_at.map(|at| at.saturating_sub(disturbed)),
            winner: winner.map(|content| self.contents[content].label.clone()),
            lost,
            pulls: self.pulls,
            failed_pulls: self.failed_pulls,
            conflicts: self.conflicts,
            conflict_at_end: self.conflicts > 0 && !converged && self.in_conflict.contains(&true),
            flaps: self.flaps,
            contents: self.contents,
        }
    }
}
