//! The run itself: what is due happens, and what a [`Node`](crate::cluster::Node) wants is done.

use std::collections::HashMap;
use std::sync::Arc;

use super::contents::Contents;
use super::machine::Machine;
use super::monitor::Monitor;
use super::network::Network;
use super::queue::Queue;
use super::random::Random;
use super::record::Record;
use super::report::{Logged, MarkKind, Report};
use super::scenario::{Millis, Scenario};
use crate::cluster::{Address, Event, Input, ModuleKind, Node, Now, Output};

/// Ticks of the clock of a run, a tenth of a millisecond each.
pub(super) type Tick = u64;

pub(super) const TICK_US: u64 = 100;
pub(super) const TICKS_PER_MS: Tick = 1_000 / TICK_US;

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
    pub(super) addresses: Vec<Address>,
    pub(super) by_address: HashMap<Address, u32>,
    /// What each node answers to `SELECT GLOBAL_CHECKSUM()`, and which life it is in; 0 while it is down.
    pub(super) globals: Vec<(u64, u32)>,
    /// Whether a pull holds all monitors of a node.
    pub(super) is_busy: Vec<bool>,
    /// How often each node has started.
    pub(super) lives: Vec<u32>,
    pub(super) monitors: Vec<Monitor>,
    pub(super) free: Vec<u32>,
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
    /// The question for the global checksum arrives at the peer.
    Ask,
    /// The question for the rows arrives at the peer.
    AskRows,
    /// To a node that has started: its peers.
    Boot,
    /// To a monitor: not connected.
    Refused,
    /// To a monitor: connected.
    Connected,
    /// To a monitor: the peer's version.
    Version,
    /// To a monitor: the peer has heard the uuid.
    Done,
    /// To a monitor: the global checksum.
    Global,
    /// To a monitor: the rows.
    Rows,
    /// To a monitor: the connection is lost.
    Lost,
    /// To a monitor: the time has come.
    Awake,
    /// To a node: the pull is connected, or is not.
    PullConnected,
    /// The queries of a pull arrive at its source.
    PullArrives,
    /// To a node: all rows of a pull have come.
    PullAnswered,
    /// To a node: it has rested after a pull.
    PullAwake,
    /// An action of the scenario, or a first start.
    Act,
}

impl<'s> Simulation<'s> {
    /// A run of a scenario, at its beginning.
    pub fn new(scenario: &'s Scenario) -> Self {
        let names: Vec<Arc<str>> = scenario.nodes.iter().map(|node| node.name.clone()).collect();
        let mut contents = Contents::default();
        let machines: Vec<_> =
            scenario.nodes.iter().map(|spec| Machine::new(spec, &names, &mut contents)).collect();
        let modules = ModuleKind::ALL.map(ModuleKind::name);
        let count = machines.len();
        let addresses: Vec<Address> = names.iter().map(|name| address(name)).collect();
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
            by_address: addresses.iter().cloned().zip(0..).collect(),
            addresses,
            globals: vec![(0, 0); count],
            is_busy: vec![false; count],
            lives: vec![0; count],
            monitors: Vec::new(),
            free: Vec::new(),
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
        self.goes_on(progress);
        self.record.report(self.scenario)
    }

    pub(super) fn goes_on(&mut self, progress: &mut dyn FnMut(Millis)) {
        self.schedule_actions();
        let end = self.scenario.duration.saturating_mul(TICKS_PER_MS);
        let step = (end / 100).max(1);
        let mut until = 0;
        while until < end {
            until = until.saturating_add(step).min(end);
            while let Some(due) = self.queue.next(until) {
                self.happens(due);
            }
            progress(until / TICKS_PER_MS);
        }
    }

    #[inline]
    fn happens(&mut self, due: Due) {
        match due.what {
            What::Ask => self.asks(due.of, due.life),
            What::Act => self.act(due.of as usize),
            What::Boot | What::PullConnected | What::PullArrives | What::PullAnswered | What::PullAwake => {
                // A node that has restarted since is not the one that pulled.
                let is_same = short(self.lives[due.of as usize]) == due.life;
                if is_same && self.globals[due.of as usize].1 > 0 {
                    match due.what {
                        What::Boot => self.boots(due.of),
                        what => self.pull_happens(due.of, what),
                    }
                }
            }
            what => self.monitor_happens(due.of, due.life, what),
        }
    }

    /// Gives a node an input, and does what it wants then.
    pub(super) fn give(&mut self, owner: u32, input: Input) {
        let now = self.now(owner);
        let Some(node) = &mut self.machines[owner as usize].node else { return };
        node.handle(input, now);
        self.pump(owner);
    }

    /// Does what a node wants, until it wants nothing.
    pub(super) fn pump(&mut self, owner: u32) {
        loop {
            self.drain_events(owner);
            let Some(node) = &mut self.machines[owner as usize].node else { return };
            let Some(output) = node.poll() else { break };
            self.does(owner, output);
        }
        let is_busy = self.machines[owner as usize].node.as_ref().is_some_and(Node::is_pulling);
        self.is_busy[owner as usize] = is_busy;
    }

    fn does(&mut self, owner: u32, output: Output) {
        match output {
            Output::Connect(id) => self.connects(owner, id),
            Output::Query(id, query) => self.queries(owner, id, query),
            Output::Wait(id, until) => self.waits(owner, id, until),
            Output::Ended(id) => self.ended(owner, id),
            // What arrives on it is passed over anyway.
            Output::Close(_) => {}
            Output::PullConnect(address) => self.pull_connects(owner, &address),
            Output::PullQuery(_) => self.pull_asks(owner),
            Output::PullClose => self.pull_ends(owner),
            Output::PullWait(until) => {
                let wait = until.saturating_mul(TICKS_PER_MS).saturating_sub(self.queue.now());
                self.due(owner, wait, What::PullAwake);
            }
            Output::Load { module, save, .. } => self.takes_over(owner, module, save),
        }
    }

    fn drain_events(&mut self, owner: u32) {
        let (at, clock) = (self.millis(), self.clock(owner));
        while let Some(event) = self.machines[owner as usize].node.as_mut().and_then(Node::next_event) {
            match &event {
                Event::Proceeding { module, .. } => self.machines[owner as usize].announced = *module,
                Event::SyncConflict { module, peer, .. }
                    if self.record.conflicts(owner as usize, *module as usize) =>
                {
                    let text = format!("conflict on {module} with {peer}: equal epochs");
                    let (node, of) = (Some(owner as usize), Some(*module as usize));
                    self.record.mark(at, node, of, MarkKind::Conflict, text);
                }
                _ => {}
            }
            if self.record.wants_lines() {
                let (level, text) = (event.level(), event.to_string());
                self.record.line(Logged { at, node: owner as usize, clock, level, text });
            } else {
                self.record.lost_line();
            }
        }
    }

    /// Logs a line that is not the node's algorithm's.
    pub(super) fn log(&mut self, owner: u32, event: &Event) {
        let (at, clock) = (self.millis(), self.clock(owner));
        if self.record.wants_lines() {
            let (level, text) = (event.level(), event.to_string());
            self.record.line(Logged { at, node: owner as usize, clock, level, text });
        } else {
            self.record.lost_line();
        }
    }

    /// Something that is due for a node.
    pub(super) fn due(&mut self, owner: u32, wait: Tick, what: What) {
        let life = short(self.lives[owner as usize]);
        self.queue.add(self.queue.now() + wait, Due { what, life, of: owner });
    }

    /// How long a packet takes, in ticks.
    pub(super) fn delay(&mut self, from: u32, to: u32) -> Tick {
        self.network.delay(from, to, &mut self.random).div_ceil(TICK_US).max(1)
    }

    pub(super) fn millis(&self) -> Millis {
        self.queue.now() / TICKS_PER_MS
    }

    pub(super) fn now(&self, node: u32) -> Now {
        Now { ms: self.millis(), unix: self.clock(node) }
    }

    /// The clock of a node, in seconds since 1970.
    pub(super) fn clock(&self, node: u32) -> u64 {
        let ahead = self.machines[node as usize].clock;
        let millis = self.scenario.start.saturating_mul(1_000).saturating_add(self.millis());
        millis.saturating_add_signed(ahead) / 1_000
    }
}

/// A life as an event carries it.
pub(super) fn short(life: u32) -> u16 {
    u16::try_from(life & 0xFFFF).unwrap_or(0)
}

/// `HOST:PORT`, taken apart.
fn address(name: &str) -> Address {
    let (host, port) = name.rsplit_once(':').unwrap_or((name, "6032"));
    Address::new(host, port.parse().unwrap_or(0))
}
