//! The run itself: monitors that connect, ask and are answered.

use std::rc::Rc;
use std::sync::Arc;

use super::contents::Contents;
use super::core::States;
use super::machine::Machine;
use super::network::{Network, number};
use super::queue::Queue;
use super::random::Random;
use super::record::Record;
use super::report::{Logged, Report};
use super::scenario::{Millis, Scenario};
use crate::cluster::event::{CheckQuery, Event, Word};
use crate::cluster::{Address, ModuleKind};

/// Ticks of the clock of a run, a tenth of a millisecond each.
pub(super) type Tick = u64;

pub(super) const TICK_US: u64 = 100;
pub(super) const TICKS_PER_MS: Tick = 1_000 / TICK_US;
const TICKS_PER_SECOND: Tick = 1_000 * TICKS_PER_MS;
/// How long a connection is tried.
const CONNECT_TIMEOUT: Tick = TICKS_PER_SECOND;
/// How long a peer of another version is left alone.
const OTHER_VERSION: Tick = 30 * TICKS_PER_SECOND;
/// How long a connection that hung while the network was split takes to go on, at most.
const RETRANSMISSION: Tick = 2 * TICKS_PER_SECOND;

/// A scenario that runs.
///
/// ```
/// use proxysql_kit::cluster::sim::{Scenario, Simulation};
///
/// let report = Simulation::new(&Scenario::new("nothing happens", 3)).run();
/// assert!(report.modules.iter().all(|module| module.converged));
/// ```
#[derive(Debug)]
pub struct Simulation<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) queue: Queue<Due>,
    pub(super) random: Random,
    pub(super) network: Network,
    pub(super) contents: Contents,
    pub(super) machines: Vec<Machine>,
    pub(super) names: Vec<Arc<str>>,
    /// What each node answers to `SELECT GLOBAL_CHECKSUM()`, and how often it has started; 0 while it is down.
    pub(super) globals: Vec<(u64, u32)>,
    /// How often each node has started.
    pub(super) lives: Vec<u32>,
    pub(super) monitors: Vec<Monitor>,
    free: Vec<u32>,
    pub(super) nobody: Rc<States>,
    pub(super) actions: Vec<(Millis, usize)>,
    pub(super) record: Record,
}

/// Something that is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) what: What,
    /// The life of the monitor or of the node that it is about; when that has ended, nothing happens.
    pub(super) life: u16,
    pub(super) of: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A monitor connects.
    Connect,
    /// The connection that was tried is refused, or takes too long.
    Refused,
    /// The peer has answered what it is.
    Connected,
    /// The question for the global checksum arrives at the peer.
    Ask,
    /// The question for the rows arrives at the peer.
    AskRows,
    /// An answer arrives: with rows if there are any.
    Answer,
    /// The connection was lost.
    Lost,
    /// A pull reaches its source.
    PullArrives,
    /// A pull is done, or has failed and been slept over.
    PullEnds,
    /// An action of the scenario.
    Act,
}

/// A node's monitor of one peer.
#[derive(Debug)]
pub(super) struct Monitor {
    /// The global checksum last seen.
    pub(super) last: u64,
    /// The node that it is connected to, and that one's life.
    target: u32,
    target_life: u32,
    /// The check interval, in ticks.
    pub(super) interval: u32,
    pub(super) owner: u32,
    pub(super) slot: u32,
    life: u16,
    /// Whether no difference is being counted.
    pub(super) is_quiet: bool,
    /// Whether it waits for an answer that does not come.
    is_stalled: bool,
    /// When the last question arrived.
    asked: Tick,
    rows: Option<Rc<States>>,
}

/// A life as an event carries it.
pub(super) fn short(life: u32) -> u16 {
    u16::try_from(life & 0xFFFF).unwrap_or(0)
}

const NOWHERE: u32 = u32::MAX;

impl<'s> Simulation<'s> {
    /// A run of a scenario, at its beginning.
    pub fn new(scenario: &'s Scenario) -> Self {
        let names: Vec<Arc<str>> = scenario.nodes.iter().map(|node| node.name.clone()).collect();
        let mut contents = Contents::default();
        let machines: Vec<_> =
            scenario.nodes.iter().map(|spec| Machine::new(spec, &names, &mut contents)).collect();
        let modules = ModuleKind::ALL.map(ModuleKind::name);
        let count = machines.len();
        let mut actions: Vec<(Millis, usize)> =
            scenario.actions.iter().enumerate().map(|(index, (at, _))| (*at, index)).collect();
        actions.sort_unstable();
        Simulation {
            scenario,
            queue: Queue::new(),
            random: Random::new(scenario.seed),
            network: Network::new(scenario),
            contents,
            machines,
            names,
            globals: vec![(0, 0); count],
            lives: vec![0; count],
            monitors: Vec::new(),
            free: Vec::new(),
            nobody: Rc::default(),
            actions,
            record: Record::new(scenario, &modules),
        }
    }

    /// Runs it to its end.
    pub fn run(self) -> Report {
        self.run_with(&mut |_| {})
    }

    /// The same, and tells from time to time how far it is, in milliseconds of the scenario.
    pub fn run_with(mut self, progress: &mut dyn FnMut(Millis)) -> Report {
        self.schedule_actions();
        let end = self.scenario.duration.saturating_mul(TICKS_PER_MS);
        let step = (end / 100).max(1);
        let mut until = 0;
        while until < end {
            until = (until + step).min(end);
            while let Some(due) = self.queue.next(until) {
                self.happens(due);
            }
            progress(until / TICKS_PER_MS);
        }
        self.record.report(self.scenario)
    }

    #[inline]
    fn happens(&mut self, due: Due) {
        match due.what {
            What::Ask => self.asks(due.of, due.life),
            What::Act => self.act(due.of as usize),
            What::PullArrives | What::PullEnds => {
                // A node that has restarted since is not the one that pulled.
                if short(self.lives[due.of as usize]) == due.life && self.globals[due.of as usize].1 > 0 {
                    self.pull_goes_on(due.of, due.what);
                }
            }
            what => {
                if self.monitors[due.of as usize].life == due.life {
                    match what {
                        What::Connect => self.connects(due.of),
                        What::Refused => self.refused(due.of),
                        What::Connected => self.connected(due.of),
                        What::AskRows => self.asks_rows(due.of),
                        What::Lost => self.lost(due.of),
                        _ => self.answered(due.of),
                    }
                }
            }
        }
    }

    /// The question for the global checksum is at the peer. Most of a run is this.
    #[inline]
    fn asks(&mut self, of: u32, life: u16) {
        let now = self.queue.now();
        let monitor = &mut self.monitors[of as usize];
        if monitor.life != life {
            return;
        }
        self.record.checks += 1;
        let (global, alive) = self.globals[monitor.target as usize];
        let is_plain = alive == monitor.target_life && !self.network.is_troubled();
        if is_plain && global == monitor.last && monitor.is_quiet {
            let next = now + Tick::from(monitor.interval);
            self.queue.add(next, Due { what: What::Ask, life, of });
            return;
        }
        self.asks_with_care(of);
    }

    fn asks_with_care(&mut self, of: u32) {
        let now = self.queue.now();
        let monitor = &mut self.monitors[of as usize];
        let (owner, target) = (monitor.owner, monitor.target);
        monitor.asked = now;
        if !self.network.reaches(owner, target) {
            // There is no read timeout.
            monitor.is_stalled = true;
            return;
        }
        let (global, alive) = self.globals[target as usize];
        let delay = self.delay(owner, target);
        if alive != self.monitors[of as usize].target_life {
            return self.later(of, delay, What::Lost);
        }
        let loss = self.network.link(owner, target).loss;
        if self.random.happens(loss) {
            return self.later(of, delay, What::Lost);
        }
        let monitor = &mut self.monitors[of as usize];
        if global != monitor.last {
            monitor.last = global;
            let back = self.delay(owner, target);
            return self.later(of, delay + back, What::AskRows);
        }
        if monitor.is_quiet {
            let interval = Tick::from(monitor.interval);
            return self.later(of, interval, What::Ask);
        }
        self.later(of, delay, What::Answer);
    }

    fn asks_rows(&mut self, of: u32) {
        let monitor = &self.monitors[of as usize];
        let (owner, target) = (monitor.owner, monitor.target);
        if !self.network.reaches(owner, target) {
            self.monitors[of as usize].is_stalled = true;
            return;
        }
        let delay = self.delay(owner, target);
        let alive = self.globals[target as usize].1 == self.monitors[of as usize].target_life;
        match self.machines[target as usize].core.as_ref().filter(|_| alive) {
            Some(core) => self.monitors[of as usize].rows = Some(core.own.clone()),
            None => return self.later(of, delay, What::Lost),
        }
        self.later(of, delay, What::Answer);
    }

    /// The next question after what this one's answer led to.
    pub(super) fn asks_again(&mut self, of: u32) {
        let monitor = &self.monitors[of as usize];
        let (owner, target, due) =
            (monitor.owner, monitor.target, monitor.asked + Tick::from(monitor.interval));
        let at = due.max(self.queue.now() + self.delay(owner, target));
        let life = self.monitors[of as usize].life;
        self.queue.add(at, Due { what: What::Ask, life, of });
    }

    /// What an answer says, taken out of the monitor.
    pub(super) fn take_rows(&mut self, of: u32) -> Option<Rc<States>> {
        self.monitors[of as usize].rows.take()
    }

    fn connects(&mut self, of: u32) {
        let monitor = &self.monitors[of as usize];
        let owner = monitor.owner;
        let Some(core) = &self.machines[owner as usize].core else { return };
        if core.settings.username.is_empty() {
            return self.later(of, TICKS_PER_SECOND, What::Connect);
        }
        let name = core.peers[monitor.slot as usize].name;
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
                // TCP, the login, the version, the uuid: a journey there and back each.
                (8 * self.delay(owner, target), What::Connected)
            }
        };
        self.later(of, wait, what);
    }

    fn refused(&mut self, of: u32) {
        let monitor = &mut self.monitors[of as usize];
        monitor.target = NOWHERE;
        let (owner, slot, interval) = (monitor.owner, monitor.slot, Tick::from(monitor.interval));
        let Some(core) = &self.machines[owner as usize].core else { return };
        let is_2_0 = core.is_2_0();
        let name = core.peers[slot as usize].name;
        let error =
            connect_error(is_2_0, &self.names[name as usize], self.network.resolve(owner, name), |target| {
                self.network.reaches(owner, target)
            });
        let peer = self.address(name);
        self.log(owner, &|| Event::CannotConnect { peer: peer.clone(), error: error.as_str().into() });
        let extra = if is_2_0 { 0 } else { TICKS_PER_SECOND };
        self.later(of, interval + extra, What::Connect);
    }

    fn connected(&mut self, of: u32) {
        let monitor = &self.monitors[of as usize];
        let (owner, target, slot, life) = (monitor.owner, monitor.target, monitor.slot, monitor.target_life);
        if self.globals[target as usize].1 != life {
            return self.refused(of);
        }
        let Some(core) = &self.machines[owner as usize].core else { return };
        let name = core.peers[slot as usize].name;
        let is_2_0 = core.is_2_0();
        let uuid = core.settings.uuid.clone();
        let (own, remote) =
            (&self.scenario.nodes[owner as usize].version, &self.scenario.nodes[target as usize].version);
        if !is_2_0 {
            let peer = || self.address(name);
            if own != remote {
                let (own, remote, peer) = (own.clone(), remote.clone(), peer());
                self.log(owner, &|| Event::DifferentVersion {
                    peer: peer.clone(),
                    remote: Word::from(remote.clone()),
                    own: Word::from(own.clone()),
                });
                return self.later(of, OTHER_VERSION, What::Connect);
            }
            if self.record.wants_lines() {
                let (own, peer) = (own.clone(), peer());
                self.log(owner, &|| Event::Clustering {
                    peer: peer.clone(),
                    remote: Word::from(own.clone()),
                    own: Word::from(own.clone()),
                });
                self.log(owner, &|| Event::SendingUuid {
                    uuid: Word::from(uuid.clone()),
                    peer: peer.clone(),
                });
            }
        }
        let delay = self.delay(owner, target);
        self.later(of, delay, What::Ask);
    }

    /// A query failed; the monitor connects again at once.
    fn lost(&mut self, of: u32) {
        let monitor = &self.monitors[of as usize];
        let (owner, slot, asked) = (monitor.owner, monitor.slot, monitor.asked);
        let Some(core) = &self.machines[owner as usize].core else { return };
        let name = core.peers[slot as usize].name;
        let (is_2_0, user) = (core.is_2_0(), core.settings.username.clone());
        let (peer, ms) = (self.address(name), (self.queue.now() - asked) / TICKS_PER_MS);
        self.log(owner, &|| {
            let (peer, user, query) = (peer.clone(), Word::from(user.clone()), CheckQuery::GlobalChecksum);
            match is_2_0 {
                true => Event::QueryFailed2_0 { peer, user, query },
                false => Event::QueryFailed { peer, user, ms, query, error: LOST.into() },
            }
        });
        self.monitors[of as usize].rows = None;
        self.connects(of);
    }

    /// A monitor of a peer that a node has now.
    pub(super) fn watch(&mut self, owner: u32, slot: u32, interval: u32) {
        let monitor = Monitor {
            last: 0,
            target: NOWHERE,
            target_life: 0,
            interval,
            owner,
            slot,
            life: 0,
            is_quiet: true,
            is_stalled: false,
            asked: 0,
            rows: None,
        };
        let of = match self.free.pop() {
            Some(of) => {
                let life = self.monitors[of as usize].life;
                self.monitors[of as usize] = Monitor { life, ..monitor };
                of
            }
            None => {
                self.monitors.push(monitor);
                number(self.monitors.len() - 1)
            }
        };
        let monitors = &mut self.machines[owner as usize].monitors;
        if monitors.len() <= slot as usize {
            monitors.resize(slot as usize + 1, NOWHERE);
        }
        monitors[slot as usize] = of;
        // Threads do not all begin at the same moment.
        let wait = self.random.below(20 * TICKS_PER_MS);
        self.later(of, wait, What::Connect);
    }

    /// The monitor in a slot ends.
    pub(super) fn unwatch(&mut self, owner: u32, slot: u32) {
        let place = self.machines[owner as usize].monitors.get_mut(slot as usize);
        if let Some(of) = place.map(|place| std::mem::replace(place, NOWHERE)).filter(|of| *of != NOWHERE) {
            let monitor = &mut self.monitors[of as usize];
            monitor.life = monitor.life.wrapping_add(1);
            monitor.rows = None;
            self.free.push(of);
        }
    }

    /// What hung while the network was split goes on.
    pub(super) fn wake_stalled(&mut self) {
        for of in 0..self.monitors.len() {
            let monitor = &mut self.monitors[of];
            if std::mem::replace(&mut monitor.is_stalled, false) {
                let life = monitor.life;
                let at = self.queue.now() + self.random.below(RETRANSMISSION);
                self.queue.add(at, Due { what: What::Ask, life, of: number(of) });
            }
        }
    }

    #[inline]
    pub(super) fn later(&mut self, of: u32, wait: Tick, what: What) {
        let life = self.monitors[of as usize].life;
        self.queue.add(self.queue.now() + wait, Due { what, life, of });
    }

    /// How long a packet takes, in ticks.
    pub(super) fn delay(&mut self, from: u32, to: u32) -> Tick {
        if to == NOWHERE {
            return 1;
        }
        self.network.delay(from, to, &mut self.random).div_ceil(TICK_US).max(1)
    }

    pub(super) fn millis(&self) -> Millis {
        self.queue.now() / TICKS_PER_MS
    }

    /// The clock of a node, in seconds since 1970.
    pub(super) fn clock(&self, node: u32) -> u64 {
        let ahead = self.machines[node as usize].clock;
        let millis = self.scenario.start.saturating_mul(1_000).saturating_add(self.millis());
        millis.saturating_add_signed(ahead) / 1_000
    }

    pub(super) fn address(&self, node: u32) -> Address {
        address(&self.names, node)
    }

    /// Logs a line, if lines are still kept.
    pub(super) fn log(&mut self, node: u32, event: &dyn Fn() -> Event) {
        let (at, clock) = (self.millis(), self.clock(node));
        put(&mut self.record, at, clock, node, event);
    }
}

/// Keeps a line of a log, if lines are still kept.
pub(super) fn put(record: &mut Record, at: Millis, clock: u64, node: u32, event: &dyn Fn() -> Event) {
    if record.wants_lines() {
        let event = event();
        record.line(Logged { at, node: node as usize, clock, level: event.level(), text: event.to_string() });
    } else {
        record.lost_line();
    }
}

pub(super) fn address(names: &[Arc<str>], node: u32) -> Address {
    let name = &*names[node as usize];
    let (host, port) = name.rsplit_once(':').unwrap_or((name, "6032"));
    Address::new(host, port.parse().unwrap_or(0))
}

/// What the client library says of a connection that breaks.
const LOST: &str = "Lost connection to server during query";

/// What it says of one that cannot be had.
fn connect_error(is_2_0: bool, name: &str, target: Option<u32>, reaches: impl Fn(u32) -> bool) -> String {
    let host = name.rsplit_once(':').map_or(name, |(host, _)| host);
    match (target, is_2_0) {
        (None, true) => format!("Unknown MySQL server host '{host}' (0)"),
        (None, false) => format!("Unknown server host '{host}' (-2)"),
        (Some(target), _) => {
            let error = if reaches(target) { 111 } else { 110 };
            let server = if is_2_0 { "MySQL server" } else { "server" };
            format!("Can't connect to {server} on '{host}' ({error})")
        }
    }
}
