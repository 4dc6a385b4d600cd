//! The connections of monitors: how their questions travel, and the answers.
//!
//! Most of a run is checks that find nothing new. Those the node is not told of: while it waits for the answer to a
//! check, the simulator goes on with the next one as the node would, and makes up for it when something is new.

use std::rc::Rc;

use super::machine::States;
use super::network::number;
use super::run::{Due, Simulation, TICKS_PER_MS, Tick, What};
use crate::cluster::event::CheckQuery;
use crate::cluster::{Answer, ChecksumRow, Input, ModuleKind, MonitorQuery, Node, Now, Output, PeerId};
use crate::schema::Version;

/// A node's monitor of one peer. There may be a million, and a check looks at one of them: it is a line of the
/// processor's cache.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Monitor {
    /// The global checksum that the node was told last, and the one that is on its way.
    last: u64,
    sampled: u64,
    /// How long the question was under way that arrived last, in ticks.
    travel: u32,
    /// The node that it is connected to, and that one's life.
    target: u32,
    target_life: u32,
    /// The check interval, in ticks.
    pub(super) interval: u32,
    owner: u32,
    id: PeerId,
    /// The node of the peer's name.
    name: u32,
    life: u16,
    /// Whether checks that find nothing new change nothing.
    pub(super) is_quiet: bool,
    /// Whether the node has not been told of the last checks.
    has_skipped: bool,
    /// What waits for the network to be whole again.
    stalled: Option<What>,
    rows: Option<Rc<States>>,
}

const NOWHERE: u32 = u32::MAX;
const TICKS_PER_SECOND: Tick = 1_000 * TICKS_PER_MS;
/// How long a connection is tried.
const CONNECT_TIMEOUT: Tick = TICKS_PER_SECOND;
/// How long a connection that hung while the network was split takes to go on, at most.
const RETRANSMISSION: Tick = 2 * TICKS_PER_SECOND;
/// Threads do not all begin at the same moment.
const SPREAD: Tick = 20 * TICKS_PER_MS;

/// What the client library says of a connection that breaks.
pub(super) const LOST: &str = "Lost connection to server during query";

impl Simulation<'_> {
    /// The question for the global checksum is at the peer. Most of a run is this.
    #[inline]
    pub(super) fn asks(&mut self, of: u32, life: u16) {
        let now = self.queue.now();
        let monitor = &mut self.monitors[of as usize];
        if monitor.life != life {
            return;
        }
        self.record.checks += 1;
        if monitor.is_quiet && !self.is_busy[monitor.owner as usize] && !self.network.is_troubled() {
            let (global, alive) = self.globals[monitor.target as usize];
            if global == monitor.last && alive == monitor.target_life {
                let interval = Tick::from(monitor.interval);
                monitor.has_skipped = true;
                self.queue.add(now + interval, Due { what: What::Ask, life, of });
                return;
            }
        }
        self.asks_with_care(of);
    }

    fn asks_with_care(&mut self, of: u32) {
        let Monitor { owner, target, target_life, .. } = self.monitors[of as usize];
        if !self.makes_up(of) {
            return;
        }
        if !self.network.reaches(owner, target) {
            // There is no read timeout.
            self.monitors[of as usize].stalled = Some(What::Ask);
            return;
        }
        let delay = self.delay(owner, target);
        let loss = self.network.link(owner, target).loss;
        let (global, alive) = self.globals[target as usize];
        if alive != target_life || self.random.happens(loss) {
            return self.later(of, delay, What::Lost);
        }
        self.monitors[of as usize].sampled = global;
        self.later(of, delay, What::Global);
    }

    /// Tells a node of the checks that it was not told of. Gives whether it waits for the answer to the question
    /// that is on its way.
    fn makes_up(&mut self, of: u32) -> bool {
        let monitor = &mut self.monitors[of as usize];
        if !std::mem::replace(&mut monitor.has_skipped, false) {
            return true;
        }
        let Monitor { owner, id, last, travel, .. } = *monitor;
        let sent = self.queue.now().saturating_sub(Tick::from(travel));
        // As it was when that question went off.
        let now = Now { ms: sent / TICKS_PER_MS, ..self.now(owner) };
        let Some(node) = &mut self.machines[owner as usize].node else { return false };
        node.handle(Input::Peer(id, Answer::Global(Some(last))), now);
        let is_usual = |output: &Output| matches!(output, Output::Wait(of, _) if *of == id);
        let waits = match node.poll() {
            Some(output) if is_usual(&output) => {
                node.handle(Input::Peer(id, Answer::Awake), now);
                matches!(node.poll(), Some(Output::Query(of, _)) if of == id)
            }
            // It holds the lock, or wants to see the rows.
            Some(Output::Query(of, query)) if of == id => {
                self.queries(owner, id, query);
                false
            }
            _ => false,
        };
        self.pump(owner);
        waits
    }

    /// Whether a node has not been told of the last checks of a peer, for they found nothing new.
    pub(super) fn has_skipped(&self, owner: u32, id: PeerId) -> bool {
        let place = self.machines[owner as usize].monitors.get(id.slot());
        place.and_then(|of| self.monitors.get(*of as usize)).is_some_and(|monitor| monitor.has_skipped)
    }

    pub(super) fn monitor_happens(&mut self, of: u32, life: u16, what: What) {
        let Monitor { owner, id, name, target, target_life, .. } = self.monitors[of as usize];
        if self.monitors[of as usize].life != life {
            return;
        }
        let is_there = target != NOWHERE && self.globals[target as usize].1 == target_life;
        let lost = Answer::Lost(LOST.into());
        let answer = match what {
            What::AskRows => return self.asks_rows(of),
            What::Refused => Answer::Refused(self.connect_error(owner, name).into()),
            What::Awake => Answer::Awake,
            What::Lost => lost,
            What::Connected if !is_there => Answer::Refused(self.connect_error(owner, name).into()),
            What::Connected => Answer::Connected,
            What::Version if is_there => {
                Answer::Version(Some(self.scenario.nodes[target as usize].version.clone()))
            }
            What::Done if is_there => Answer::Done,
            What::Global => {
                let monitor = &mut self.monitors[of as usize];
                monitor.last = monitor.sampled;
                Answer::Global(Some(monitor.sampled))
            }
            What::Rows => match self.monitors[of as usize].rows.take() {
                Some(states) => Answer::Checksums(rows(&states)),
                None => lost,
            },
            _ => lost,
        };
        self.give(owner, Input::Peer(id, answer));
    }

    /// The question for the rows is at the peer.
    fn asks_rows(&mut self, of: u32) {
        let Monitor { owner, target, target_life, .. } = self.monitors[of as usize];
        if !self.network.reaches(owner, target) {
            self.monitors[of as usize].stalled = Some(What::AskRows);
            return;
        }
        let delay = self.delay(owner, target);
        if self.globals[target as usize].1 == target_life {
            self.monitors[of as usize].rows = Some(self.machines[target as usize].says.clone());
            self.later(of, delay, What::Rows);
        } else {
            self.later(of, delay, What::Lost);
        }
    }

    pub(super) fn connects(&mut self, owner: u32, id: PeerId) {
        let Some(of) = self.monitor(owner, id) else { return };
        let name = self.monitors[of as usize].name;
        let is_2_0 = self.machines[owner as usize].version < Version::V2_7;
        let spread = self.random.below(SPREAD);
        let (wait, what) = match self.network.resolve(owner, name) {
            None => (0, What::Refused),
            Some(target) if !self.network.reaches(owner, target) => (CONNECT_TIMEOUT, What::Refused),
            Some(target) if self.globals[target as usize].1 == 0 => {
                (2 * self.delay(owner, target), What::Refused)
            }
            Some(target) => {
                let life = self.globals[target as usize].1;
                let monitor = &mut self.monitors[of as usize];
                (monitor.target, monitor.target_life) = (target, life);
                // TCP and the login, and TLS since 2.7.
                let journeys = if is_2_0 { 4 } else { 8 };
                (spread + journeys * self.delay(owner, target), What::Connected)
            }
        };
        if what == What::Refused {
            self.monitors[of as usize].target = NOWHERE;
        }
        self.later(of, wait, what);
    }

    pub(super) fn queries(&mut self, owner: u32, id: PeerId, query: MonitorQuery) {
        let Some(of) = self.monitor(owner, id) else { return };
        let target = self.monitors[of as usize].target;
        let delay = if target == NOWHERE { 1 } else { self.delay(owner, target) };
        let (wait, what) = match query {
            MonitorQuery::Version => (2 * delay, What::Version),
            MonitorQuery::Check(CheckQuery::GlobalChecksum) => {
                self.monitors[of as usize].travel = u32::try_from(delay).unwrap_or(u32::MAX);
                (delay, What::Ask)
            }
            MonitorQuery::Check(CheckQuery::ChecksumRows) => (delay, What::AskRows),
            MonitorQuery::Uuid | MonitorQuery::Check(CheckQuery::Status) => (2 * delay, What::Done),
        };
        self.later(of, wait, what);
    }

    pub(super) fn waits(&mut self, owner: u32, id: PeerId, until: u64) {
        let Some(of) = self.monitor(owner, id) else { return };
        let node = self.machines[owner as usize].node.as_ref();
        let monitor = &mut self.monitors[of as usize];
        monitor.is_quiet = monitor.target != NOWHERE && node.is_some_and(|node| is_quiet(node, id));
        let wait = until.saturating_mul(TICKS_PER_MS).saturating_sub(self.queue.now());
        self.later(of, wait, What::Awake);
    }

    pub(super) fn ended(&mut self, owner: u32, id: PeerId) {
        let place = self.machines[owner as usize].monitors.get_mut(id.slot());
        if let Some(of) = place.map(|place| std::mem::replace(place, NOWHERE)).filter(|of| *of != NOWHERE) {
            self.frees(of);
        }
    }

    /// A process is gone, and all its monitors with it.
    pub(super) fn all_end(&mut self, owner: u32) {
        for of in std::mem::take(&mut self.machines[owner as usize].monitors) {
            if of != NOWHERE {
                self.frees(of);
            }
        }
    }

    fn frees(&mut self, of: u32) {
        let monitor = &mut self.monitors[of as usize];
        monitor.life = monitor.life.wrapping_add(1);
        monitor.rows = None;
        monitor.stalled = None;
        self.free.push(of);
    }

    /// The node is to be asked at the next check, whatever that finds.
    pub(super) fn looks_again(&mut self, owner: u32, interval_ms: u32) {
        let interval = u32::try_from(u64::from(interval_ms).saturating_mul(TICKS_PER_MS)).unwrap_or(u32::MAX);
        for index in 0..self.machines[owner as usize].monitors.len() {
            let of = self.machines[owner as usize].monitors[index];
            if let Some(monitor) = self.monitors.get_mut(of as usize) {
                monitor.interval = interval.max(1);
                monitor.is_quiet = false;
            }
        }
    }

    /// What hung while the network was split goes on.
    pub(super) fn wake_stalled(&mut self) {
        for of in 0..self.monitors.len() {
            if let Some(what) = self.monitors[of].stalled.take() {
                let life = self.monitors[of].life;
                let at = self.queue.now() + self.random.below(RETRANSMISSION);
                self.queue.add(at, Due { what, life, of: number(of) });
            }
        }
    }

    #[inline]
    fn later(&mut self, of: u32, wait: Tick, what: What) {
        let life = self.monitors[of as usize].life;
        self.queue.add(self.queue.now() + wait, Due { what, life, of });
    }

    /// The monitor of a peer; a new one for a new peer.
    fn monitor(&mut self, owner: u32, id: PeerId) -> Option<u32> {
        let known = self.machines[owner as usize].monitors.get(id.slot()).copied();
        if let Some(of) = known.filter(|of| *of != NOWHERE) {
            return Some(of);
        }
        let node = self.machines[owner as usize].node.as_ref()?;
        let name = *self.by_address.get(node.address(id)?)?;
        let interval = u64::from(node.settings().check_interval_ms).saturating_mul(TICKS_PER_MS);
        let life = self.free.last().map_or(0, |of| self.monitors[*of as usize].life);
        let monitor = Monitor {
            last: 0,
            sampled: 0,
            travel: 0,
            target: NOWHERE,
            target_life: 0,
            interval: u32::try_from(interval).unwrap_or(u32::MAX).max(1),
            owner,
            id,
            name,
            life,
            is_quiet: false,
            has_skipped: false,
            stalled: None,
            rows: None,
        };
        let of = match self.free.pop() {
            Some(of) => {
                self.monitors[of as usize] = monitor;
                of
            }
            None => {
                self.monitors.push(monitor);
                number(self.monitors.len() - 1)
            }
        };
        let monitors = &mut self.machines[owner as usize].monitors;
        if monitors.len() <= id.slot() {
            monitors.resize(id.slot() + 1, NOWHERE);
        }
        monitors[id.slot()] = of;
        Some(of)
    }

    /// What the client library says of a connection that cannot be had.
    pub(super) fn connect_error(&self, owner: u32, name: u32) -> String {
        let host = &self.addresses[name as usize].hostname;
        let is_2_0 = self.machines[owner as usize].version < Version::V2_7;
        match (self.network.resolve(owner, name), is_2_0) {
            (None, true) => format!("Unknown MySQL server host '{host}' (0)"),
            (None, false) => format!("Unknown server host '{host}' (-2)"),
            (Some(target), _) => {
                let error = if self.network.reaches(owner, target) { 111 } else { 110 };
                let server = if is_2_0 { "MySQL server" } else { "server" };
                format!("Can't connect to {server} on '{host}' ({error})")
            }
        }
    }
}

/// Whether no difference is being counted.
fn is_quiet(node: &Node, id: PeerId) -> bool {
    ModuleKind::ALL.into_iter().all(|module| node.diff_check(id, module) == Some(0))
}

fn rows(states: &States) -> Vec<ChecksumRow> {
    let all = ModuleKind::BY_NAME.into_iter().map(|module| (module, states[module]));
    let shown = all.filter(|(_, state)| state.version > 0);
    shown.map(|(module, state)| ChecksumRow { module: Some(module), state }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_is_one_line_of_the_cache() {
        assert_eq!(size_of::<Monitor>(), 64);
        assert_eq!(size_of::<Due>(), 8);
    }
}
