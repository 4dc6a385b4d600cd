//! Where a module comes to rest if nobody loads anything: the pulls that are due are done, one round after the
//! other, until none is left.

use std::collections::{BTreeSet, HashMap};

use super::finding::Finding;
use super::view::{ModuleRow, NodeView};
use super::{Content, Holder, ModuleHealth, Pull, TOLERANCE, Verdict};
use crate::cluster::{Address, PeerOrder};
use crate::hash::Checksum;
use crate::schema::Version;

/// One module of the nodes.
pub(super) struct Watch<'a> {
    nodes: &'a [NodeView],
    /// The peers of each node, in the order in which it walks over them.
    orders: &'a [Vec<usize>],
    module: &'a str,
    now: Option<u64>,
}

/// What a node holds of the module.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    version: u64,
    epoch: u64,
    checksum: Checksum,
}

/// What a node does next about the module.
enum Next {
    Nothing,
    /// It pulls from a peer that is in this state.
    Pull(usize, State),
    /// It would, but for a peer that it knows as the newest one and that cannot be reached.
    Stuck(usize),
}

/// What is pulled of the servers.
const ALGORITHM: &str = "cluster_mysql_servers_sync_algorithm";

/// Whether a node pulls servers as they were loaded only. (With 3 so it does where its monitor runs, as it mostly does.)
fn leaves_running_servers(node: &NodeView) -> bool {
    matches!(node.number(ALGORITHM), Some(2 | 3))
}

/// Where nothing is said, D is 3.
const DEFAULT_DIFFS: u64 = 3;

/// A peer is silent when nothing came for so many check intervals, and some seconds.
const SILENT_CHECKS: u64 = 3;
const SILENT_SECONDS: u64 = 10;

impl<'a> Watch<'a> {
    pub(super) fn new(
        nodes: &'a [NodeView],
        orders: &'a [Vec<usize>],
        module: &'a str,
        now: Option<u64>,
    ) -> Self {
        Watch { nodes, orders, module, now }
    }

    pub(super) fn health(&self) -> ModuleHealth {
        let start = self.states();
        let held: Vec<State> = start.iter().flatten().copied().collect();
        let mut findings = Vec::new();
        let is_equal = held.windows(2).all(|pair| pair[0].checksum == pair[1].checksum);
        self.clocks(&start, &mut findings);
        let mut pulls = Vec::new();
        let mut end = start.clone();
        let verdict = if held.is_empty() {
            Verdict::NotComputed
        } else if is_equal {
            self.not_computed(&start, &mut findings);
            Verdict::InStep
        } else if let Some(why) = self.not_synced() {
            findings.push(why);
            Verdict::NotSynced
        } else {
            pulls = self.pulls(&start, &mut findings);
            end = self.settle(&start);
            self.remarks(&mut findings);
            self.not_computed(&start, &mut findings);
            self.apart(&end, &mut findings)
        };
        let newest = newest(&end).map(|state| state.checksum);
        let contents = self.contents(&start, newest);
        ModuleHealth { name: self.module.to_owned(), verdict, contents, pulls, findings }
    }

    fn states(&self) -> Vec<Option<State>> {
        let state = |node: &NodeView| {
            let row = node.module(self.module)?;
            Some(State { version: row.version, epoch: row.epoch, checksum: row.checksum? })
        };
        self.nodes.iter().map(state).collect()
    }

    /// The contents, the one that wins first, then those that more nodes hold.
    fn contents(&self, states: &[Option<State>], wins: Option<Checksum>) -> Vec<Content> {
        let mut contents: Vec<Content> = Vec::new();
        for (node, state) in self.nodes.iter().zip(states) {
            let Some(State { version, epoch, checksum }) = *state else { continue };
            let holder = Holder { node: node.name.clone(), version, epoch };
            match contents.iter_mut().find(|content| content.checksum == checksum) {
                Some(content) => content.holders.push(holder),
                None => contents.push(Content { checksum, holders: vec![holder] }),
            }
        }
        contents.sort_by_key(|content| {
            (Some(content.checksum) != wins, std::cmp::Reverse(content.holders.len()))
        });
        contents
    }

    /// Does all the pulls there are. Each raises an epoch to one that is there, or a version 1 to 2.
    fn settle(&self, start: &[Option<State>]) -> Vec<Option<State>> {
        let mut states = start.to_vec();
        for _ in 0..2 * self.nodes.len() {
            let before = states.clone();
            for at in 0..states.len() {
                if let (Some(own), Next::Pull(_, source)) = (before[at], self.next(&before, at)) {
                    states[at] = Some(State { version: own.version + 1, ..source });
                }
            }
            if states == before {
                break;
            }
        }
        states
    }

    /// What a node does next. It walks over its peers in its own order, and a later epoch that it does not count
    /// holds a pull back for good if it comes behind the last one that it counts.
    fn next(&self, states: &[Option<State>], at: usize) -> Next {
        let Some(own) = states[at] else { return Next::Nothing };
        let wants = |peer: &State| own.version == 1 || peer.epoch > own.epoch;
        let (mut best, mut is_triggered) = (0, false);
        let (mut seen, mut found) = (None, None);
        for &peer in &self.orders[at] {
            let Some((state, counts, is_there)) = self.known(states, at, peer, own) else { continue };
            is_triggered |= counts && is_there && wants(&state);
            if state.epoch > best {
                seen = Some((peer, state, is_there));
                if counts {
                    best = state.epoch;
                    found = seen;
                }
            }
        }
        match (found, seen) {
            _ if !is_triggered => Next::Nothing,
            // Whether it is chosen or holds back what is chosen.
            (Some(_), Some((peer, _, false))) => Next::Stuck(peer),
            (Some((peer, state, true)), Some((_, last, true))) if last.epoch <= best => {
                Next::Pull(peer, state)
            }
            _ => Next::Nothing,
        }
    }

    /// What a node knows of a peer that has loaded the module: its state, whether it is counted as different, and
    /// whether it can be reached. What is known of one that is gone stays as it was.
    fn known(
        &self,
        states: &[Option<State>],
        at: usize,
        peer: usize,
        own: State,
    ) -> Option<(State, bool, bool)> {
        if peer == at {
            return None;
        }
        let barrier = self.barrier(at, peer);
        let is_gone = states[peer].is_none() || matches!(barrier, Some(Finding::NotHeard { .. }));
        if is_gone {
            let heard = self.nodes[at].heard(&self.nodes[peer].name, self.module)?;
            let ModuleRow { version, epoch, checksum, .. } = heard.module;
            let state = State { version, epoch, checksum: checksum? };
            return (version > 1).then_some((state, heard.diff_check >= self.diffs(&self.nodes[at]), false));
        }
        let state = states[peer].filter(|state| barrier.is_none() && state.version > 1)?;
        let state = State { epoch: self.epoch_seen(at, peer, &state), ..state };
        let counts = state.checksum != own.checksum && !self.is_dormant(at, peer, &state);
        Some((state, counts, true))
    }

    fn pulls(&self, start: &[Option<State>], findings: &mut Vec<Finding>) -> Vec<Pull> {
        let mut pulls = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let Next::Pull(peer, state) = self.next(start, at) else { continue };
            let from = &self.nodes[peer].name;
            let needed = self.diffs(node);
            let heard = node.heard(from, self.module).map(|row| row.diff_check);
            if let Some(diff_check) = heard.filter(|seen| *seen > 3 * needed + 3) {
                let (node, peer) = (node.name.clone(), from.clone());
                findings.push(Finding::Overdue { node, peer, diff_check, needed });
            }
            pulls.push(Pull {
                node: node.name.clone(),
                from: from.clone(),
                epoch: state.epoch,
                checks_left: heard.map(|seen| needed.saturating_sub(seen)),
            });
        }
        pulls
    }

    /// Who does not end with the newest content, and why.
    fn apart(&self, end: &[Option<State>], findings: &mut Vec<Finding>) -> Verdict {
        let Some(wanted) = newest(end) else { return Verdict::NotComputed };
        let named = |wants: &dyn Fn(&State) -> bool| -> Vec<String> {
            let nodes = self.nodes.iter().zip(end);
            nodes
                .filter(|(_, state)| state.as_ref().is_some_and(wants))
                .map(|(node, _)| node.name.clone())
                .collect()
        };
        let is_behind = |state: &State| state.checksum != wanted.checksum;
        if !end.iter().flatten().any(is_behind) {
            return Verdict::Converging;
        }
        if wanted.version <= 1 {
            findings.push(Finding::VersionOne { nodes: named(&|_| true) });
            return Verdict::Apart;
        }
        let is_tie = |state: &State| state.version > 1 && state.epoch == wanted.epoch;
        if end.iter().flatten().any(|state| is_behind(state) && is_tie(state)) {
            findings.push(Finding::EqualEpochs { nodes: named(&is_tie), epoch: wanted.epoch });
        }
        let holders: Vec<usize> = (0..end.len())
            .filter(|&at| end[at].is_some_and(|state| !is_behind(&state) && is_tie(&state)))
            .collect();
        for (at, state) in end.iter().enumerate() {
            if !state.is_some_and(|state| is_behind(&state) && !is_tie(&state)) {
                continue;
            }
            if let Next::Stuck(peer) = self.next(end, at) {
                let (node, peer) = (self.nodes[at].name.clone(), self.nodes[peer].name.clone());
                findings.push(Finding::SourceGone { node, peer });
                continue;
            }
            let barrier = |holder: usize| {
                let (node, peer) = (&self.nodes[at].name, &self.nodes[holder].name);
                let (node, peer) = (node.clone(), peer.clone());
                let is_seen =
                    end[holder].is_none_or(|state| self.epoch_seen(at, holder, &state) == state.epoch);
                let unseen = |node, peer| Finding::NotNoticed { node, peer };
                let uncounted = |node, peer| Finding::NotCounting { node, peer };
                let other = if is_seen { uncounted(node, peer) } else { unseen(node, peer) };
                self.barrier(at, holder).or(Some(other))
            };
            let barriers = holders.iter().filter_map(|&holder| barrier(holder));
            for barrier in barriers.take(MOST_BARRIERS) {
                if !findings.contains(&barrier) {
                    findings.push(barrier);
                }
            }
        }
        Verdict::Apart
    }

    /// Why a node cannot pull from another one, whatever they hold.
    fn barrier(&self, at: usize, peer: usize) -> Option<Finding> {
        let (node, peer) = (&self.nodes[at], &self.nodes[peer]);
        let name = || node.name.clone();
        if self.diffs(node) == 0 {
            return Some(Finding::SyncOff { node: name(), setting: self.diffs_setting() });
        }
        if self.module == "mysql_servers" && leaves_running_servers(node) {
            return Some(Finding::SyncOff { node: name(), setting: ALGORITHM.to_owned() });
        }
        if !node.has_peer(&peer.name) {
            return Some(Finding::NotMember { node: name(), peer: peer.name.clone() });
        }
        if let (Some(version), Some(peer_version)) = (&node.version, &peer.version)
            && version != peer_version
            && version.parse() != Ok(Version::V2_0)
        {
            return Some(Finding::DifferentVersions {
                node: name(),
                version: version.clone(),
                peer: peer.name.clone(),
                peer_version: peer_version.clone(),
            });
        }
        let heard = node.heard(&peer.name, self.module)?;
        let interval = node.number("cluster_check_interval_ms").unwrap_or(1_000).div_ceil(1_000);
        let silence = SILENT_CHECKS.saturating_mul(interval).saturating_add(SILENT_SECONDS);
        let now = node.clock().or(self.now);
        let is_over = |since: u64| now.is_some_and(|now| now.saturating_sub(since) > silence);
        // One that has only just started had no time yet.
        let is_silent = match (heard.updated_at, node.started()) {
            (0, Some(started)) => now.is_none() || is_over(started),
            (0, None) => true,
            (last, _) => is_over(last),
        };
        if is_silent {
            return Some(Finding::NotHeard { node: name(), peer: peer.name.clone(), last: heard.updated_at });
        }
        None
    }

    /// The epoch that a node knows of a peer's state. The global checksum by which it notices a change is made of
    /// checksums and versions: after a restart and as many loads of the same content, the new epochs go unnoticed.
    fn epoch_seen(&self, at: usize, peer: usize, state: &State) -> u64 {
        let (node, peer) = (&self.nodes[at], &self.nodes[peer]);
        let is_as_heard = |row: &ModuleRow| match node.heard(&peer.name, &row.name) {
            Some(heard) => heard.module.version == row.version && heard.module.checksum == row.checksum,
            // Of a module that does not sync nothing is kept.
            None => true,
        };
        let heard = node.heard(&peer.name, self.module).map(|row| row.module.epoch);
        let own = peer.module(self.module);
        let is_now = own.is_some_and(|row| row.epoch == state.epoch && row.version == state.version);
        heard.filter(|_| is_now && peer.modules.iter().all(is_as_heard)).unwrap_or(state.epoch)
    }

    /// Whether a node has heard all that a peer has to say, and does not count that they differ: it was loaded
    /// itself since then.
    fn is_dormant(&self, at: usize, peer: usize, state: &State) -> bool {
        let heard = self.nodes[at].heard(&self.nodes[peer].name, self.module);
        heard.is_some_and(|heard| {
            heard.diff_check == 0
                && heard.module.checksum == Some(state.checksum)
                && heard.module.epoch == state.epoch
                && heard.module.version == state.version
        })
    }

    fn diffs(&self, node: &NodeView) -> u64 {
        node.number(&self.diffs_setting()).unwrap_or(DEFAULT_DIFFS)
    }

    /// The variable of D; the two modules of servers share one.
    fn diffs_setting(&self) -> String {
        let module = self.module.strip_suffix("_v2").unwrap_or(self.module);
        format!("cluster_{module}_diffs_before_sync")
    }

    fn not_synced(&self) -> Option<Finding> {
        match self.module {
            module if module.starts_with("pgsql_") => Some(Finding::NeverSyncs),
            "mysql_servers" if self.nodes.iter().all(leaves_running_servers) => Some(Finding::FollowsMonitor),
            _ => None,
        }
    }

    fn remarks(&self, findings: &mut Vec<Finding>) {
        if self.module != "mysql_servers" {
            return;
        }
        let is_2_0 = |version: &String| version.parse() == Ok(Version::V2_0);
        if self.nodes.iter().filter_map(|node| node.version.as_ref()).any(is_2_0) {
            findings.push(Finding::PartOfServers);
        }
        findings.push(Finding::FollowsMonitor);
    }

    fn not_computed(&self, states: &[Option<State>], findings: &mut Vec<Finding>) {
        let without = self.nodes.iter().zip(states).filter(|(node, state)| {
            state.is_none() && node.error.is_none() && node.module(self.module).is_some()
        });
        findings.extend(without.map(|(node, _)| Finding::NotComputed { node: node.name.clone() }));
    }

    fn clocks(&self, states: &[Option<State>], findings: &mut Vec<Finding>) {
        let Some(now) = self.now else { return };
        for (node, state) in self.nodes.iter().zip(states) {
            let Some(State { epoch, .. }) = *state else { continue };
            let seconds = epoch.saturating_sub(now);
            if seconds > TOLERANCE {
                findings.push(Finding::ClockAhead { node: node.name.clone(), epoch, seconds });
            }
        }
    }
}

/// The order in which each node walks over its peers, if they all came in with one LOAD: by their places among
/// these nodes, without those that are not there.
pub(super) fn orders(nodes: &[NodeView]) -> Vec<Vec<usize>> {
    let places: HashMap<&str, usize> = nodes.iter().map(|node| &*node.name).zip(0..).collect();
    let all: BTreeSet<&str> = places.keys().copied().collect();
    let of = |names: &BTreeSet<&str>| {
        let mut peers: Vec<(Address, Option<usize>)> =
            names.iter().map(|name| (address(name), places.get(name).copied())).collect();
        peers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let addresses: Vec<Address> = peers.iter().map(|(address, _)| address.clone()).collect();
        let mut order = PeerOrder::new();
        order.load(&addresses);
        order.slots().filter_map(|slot| peers.get(slot as usize)?.1).collect::<Vec<usize>>()
    };
    // Most know the same ones.
    let mut known: HashMap<BTreeSet<&str>, Vec<usize>> = HashMap::new();
    let each = nodes.iter().map(|node| {
        let names = match &node.peers {
            Some(rows) => rows.iter().map(|row| &*row.peer).collect(),
            None => all.clone(),
        };
        known.entry(names).or_insert_with_key(of).clone()
    });
    each.collect()
}

/// `HOST:PORT`, taken apart.
fn address(name: &str) -> Address {
    let (host, port) = name.rsplit_once(':').unwrap_or((name, "6032"));
    Address::new(host, port.parse().unwrap_or(0))
}

/// Of so many holders of the newest content it is said why a node cannot pull from them.
const MOST_BARRIERS: usize = 3;

/// The newest state: that of a version above 1 with the greatest epoch; if there is none, any.
fn newest(states: &[Option<State>]) -> Option<State> {
    states.iter().flatten().copied().max_by_key(|state| (state.version > 1, state.epoch))
}
