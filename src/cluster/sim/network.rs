//! Who reaches whom, and how long that takes.

use std::collections::HashMap;

use super::random::Random;
use super::scenario::{Link, Scenario};

/// The network between nodes, as it is now.
#[derive(Debug)]
pub(super) struct Network {
    usual: Link,
    /// Those that are not usual, by the pair in either order.
    special: HashMap<(u32, u32), Link>,
    /// The part in which each node is while the network is split; `None` reaches all.
    parts: Vec<Option<u32>>,
    is_split: bool,
    is_lossy: bool,
    /// Where each name leads, for all.
    names: Vec<Option<u32>>,
    /// Where it leads for one observer, if that is something else.
    seen: HashMap<(u32, u32), Option<u32>>,
}

impl Network {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let count = scenario.nodes.len();
        let mut special = HashMap::new();
        for (nodes, others, link) in &scenario.links {
            for (&node, &other) in nodes.iter().flat_map(|node| others.iter().map(move |other| (node, other)))
            {
                special.insert((number(node), number(other)), *link);
                special.insert((number(other), number(node)), *link);
            }
        }
        Network {
            usual: scenario.link,
            special,
            parts: vec![None; count],
            is_split: false,
            is_lossy: scenario.link.loss > 0 || scenario.links.iter().any(|(_, _, link)| link.loss > 0),
            names: (0..count).map(|node| Some(number(node))).collect(),
            seen: HashMap::new(),
        }
    }

    /// Whether packets go from one node to the other.
    #[inline]
    pub(super) fn reaches(&self, from: u32, to: u32) -> bool {
        if !self.is_split || from == to {
            return true;
        }
        match (self.parts[from as usize], self.parts[to as usize]) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// Whether packets may be lost.
    #[inline]
    pub(super) fn is_troubled(&self) -> bool {
        self.is_split || self.is_lossy
    }

    /// The node to which a name leads.
    pub(super) fn resolve(&self, observer: u32, name: u32) -> Option<u32> {
        match self.seen.get(&(observer, name)) {
            Some(target) => *target,
            None => self.names[name as usize],
        }
    }

    #[inline]
    pub(super) fn link(&self, from: u32, to: u32) -> Link {
        if self.special.is_empty() {
            return self.usual;
        }
        self.special.get(&(from, to)).copied().unwrap_or(self.usual)
    }

    /// How long a packet takes, in microseconds.
    #[inline]
    pub(super) fn delay(&self, from: u32, to: u32, random: &mut Random) -> u64 {
        let link = self.link(from, to);
        let jitter = if link.jitter_us > 0 { random.below(u64::from(link.jitter_us) + 1) } else { 0 };
        u64::from(link.delay_us) + jitter
    }

    pub(super) fn split(&mut self, groups: &[Vec<usize>]) {
        self.parts.fill(None);
        for (part, group) in groups.iter().enumerate() {
            for &node in group {
                if let Some(known) = self.parts.get_mut(node) {
                    *known = Some(number(part));
                }
            }
        }
        self.is_split = true;
    }

    pub(super) fn heal(&mut self) {
        self.is_split = false;
    }

    /// A name leads elsewhere from now on.
    pub(super) fn rename(&mut self, name: usize, to: Option<usize>, observers: &[usize]) {
        let to = to.map(number);
        if observers.is_empty() {
            self.names[name] = to;
            self.seen.retain(|(_, known), _| *known != number(name));
        }
        for &observer in observers {
            self.seen.insert((number(observer), number(name)), to);
        }
    }
}

/// The place of a node. (There are never that many.)
pub(super) fn number(node: usize) -> u32 {
    u32::try_from(node).unwrap_or(u32::MAX)
}
