//! A node of a cluster as a state machine: it does no I/O and reads no clock.
//!
//! A driver (a network program, a simulator) gives it [`Input`]s with the time, and does what its [`Output`]s
//! say. There is a monitor for each peer, and it waits for one thing at a time; all of them share one lock,
//! which a pull holds to its end.

mod members;
mod monitor;
mod peer;
mod pull;
#[cfg(test)]
mod tests;
mod update;
mod why;

pub use members::PeerOrder;
pub use why::{Decision, Reason};

use std::collections::VecDeque;
use std::sync::Arc;

use super::event::{Event, LoadWords};
use super::module::{ChecksumRow, ModuleKind, ModuleState, PerModule};
use super::queries::{MonitorQuery, PullQuery};
use super::rows::Rows;
use super::settings::{Address, Settings};
use super::sums::global_checksum;
use crate::hash::Checksum;
use peer::Peer;
use pull::Pull;
use update::Update;

/// The time at an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Of a clock that never goes back, in milliseconds; from where on does not matter.
    pub ms: u64,
    /// Of the wall clock, in Unix seconds: what epochs are.
    pub unix: u64,
}

/// The monitor of one peer. A peer that leaves and comes back has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId {
    slot: u32,
    generation: u32,
}

impl PeerId {
    /// A small number, unique among the monitors of a node that live at a time: a place in a driver's list.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

/// What happens to a node. What does not fit what the node waits for is passed over.
#[derive(Clone, Debug)]
pub enum Input {
    /// To the monitor of a peer.
    Peer(PeerId, Answer),
    /// To the pull that goes on.
    Pull(PullAnswer),
    /// What [`Output::Load`] said is done.
    Loaded(Loaded),
    /// The operator loaded `proxysql_servers` to runtime: these are the peers now.
    Members(Vec<Address>),
    /// The operator loaded admin variables to runtime.
    Settings(Box<Settings>),
    /// The operator loaded a module to runtime (LOAD MYSQL SERVERS: both of servers). Peers and settings
    /// come beside it.
    Operator {
        /// The module.
        module: ModuleKind,
        /// Its checksum now.
        checksum: Option<Checksum>,
    },
}

/// What comes to the monitor of a peer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Output::Connect`]: connected and logged in.
    Connected,
    /// To [`Output::Connect`]: not connected, within the second that is given to it, or not let in.
    Refused(Arc<str>),
    /// To `SELECT @@version`: the text of the row, if there is one.
    Version(Option<Arc<str>>),
    /// To `PROXYSQL CLUSTER_NODE_UUID`, and to the status: done.
    Done,
    /// To `SELECT GLOBAL_CHECKSUM()`: the number, if there is a row.
    Global(Option<u64>),
    /// To the query for checksums.
    Checksums(Vec<ChecksumRow>),
    /// To any query: an error of the peer.
    Error(Arc<str>),
    /// To any query: the connection is lost.
    Lost(Arc<str>),
    /// To [`Output::Wait`]: the time has come.
    Awake,
}

/// What comes to a pull.
#[derive(Clone, Debug)]
pub enum PullAnswer {
    /// To [`Output::PullConnect`]: connected and logged in.
    Connected,
    /// To [`Output::PullConnect`]: not connected.
    Refused(Arc<str>),
    /// To [`Output::PullQuery`]: its rows.
    Rows(Rows),
    /// To [`Output::PullQuery`]: its rows and those of all queries that would follow, of which only the
    /// checksums are told. For simulators.
    Sums(Sums),
    /// To [`Output::PullQuery`]: an error, or the connection is lost.
    Error(Arc<str>),
    /// To [`Output::PullWait`]: the time has come.
    Awake,
}

/// The checksums of what a pull brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Of the module.
    pub checksum: Checksum,
    /// Of servers as they run, where those loaded are pulled with them.
    pub running: Option<Checksum>,
}

/// What a pull brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The rows of each query, in the order of [`PullQuery::of`].
    Rows(Vec<Rows>),
    /// What a simulator said of them.
    Sums(Sums),
}

/// What a load changed.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The checksum of the module now.
    pub checksum: Option<Checksum>,
    /// With `mysql_servers_v2`: that of `mysql_servers` now.
    pub running: Option<Checksum>,
    /// With `admin_variables`: the settings now.
    pub settings: Option<Box<Settings>>,
    /// With `proxysql_servers`: the peers now.
    pub members: Option<Vec<Address>>,
}

/// What a node wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Connect to the peer's admin port and log in, within a second.
    Connect(PeerId),
    /// Ask this on the peer's connection.
    Query(PeerId, MonitorQuery),
    /// Close the peer's connection, if it is open.
    Close(PeerId),
    /// Say [`Answer::Awake`] when this time (in [`Now::ms`]) has come.
    Wait(PeerId, u64),
    /// The peer is gone, and its monitor with it: forget it.
    Ended(PeerId),
    /// Connect to this address on a connection of its own, to pull from it.
    PullConnect(Address),
    /// Ask this there.
    PullQuery(PullQuery),
    /// Close that connection, if it is open.
    PullClose,
    /// Say [`PullAnswer::Awake`] when this time has come. All monitors wait meanwhile.
    PullWait(u64),
    /// Put this in the place of what is in memory, load it to runtime, and say [`Input::Loaded`].
    Load {
        /// The module.
        module: ModuleKind,
        /// What came.
        content: Content,
        /// Whether memory is to be saved to disk as well.
        save: bool,
    },
}

/// A node and what it knows of its peers.
#[derive(Clone, Debug)]
pub struct Node {
    settings: Settings,
    own: PerModule<ModuleState>,
    peers: Vec<Peer>,
    free: Vec<u32>,
    order: PeerOrder,
    /// The update that holds the lock, if one does.
    update: Option<Box<Update>>,
    /// What waits for the lock.
    waiting: VecDeque<Waiting>,
    outputs: VecDeque<Output>,
    events: VecDeque<Event>,
}

#[derive(Clone, Debug)]
enum Waiting {
    Answer(PeerId, Answer),
    Members(Vec<Address>),
}

impl Node {
    /// A node that has started with these modules, and has no peers yet.
    pub fn new(settings: Settings, own: PerModule<ModuleState>) -> Self {
        Node {
            settings,
            own,
            peers: Vec::new(),
            free: Vec::new(),
            order: PeerOrder::new(),
            update: None,
            waiting: VecDeque::new(),
            outputs: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Peer(peer, answer) => self.answer(peer, answer, now),
            Input::Pull(answer) => self.pull_answer(answer, now),
            Input::Loaded(loaded) => self.loaded(loaded, now),
            Input::Members(members) if self.update.is_some() => {
                self.waiting.push_back(Waiting::Members(members));
            }
            Input::Members(members) => {
                let added = self.set_members(&members);
                self.start(added, now);
            }
            Input::Settings(settings) => self.set_settings(*settings),
            Input::Operator { module, checksum } => self.load(module, checksum, now.unix),
        }
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next line of the log.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The own modules: what `runtime_checksums_values` says.
    pub fn modules(&self) -> &PerModule<ModuleState> {
        &self.own
    }

    /// What the node answers a peer that asks for the rows of `runtime_checksums_values`: the modules that
    /// sync, by name. (A 2.0 has rows of variables too, empty and with version 0.)
    pub fn checksum_rows(&self) -> Vec<ChecksumRow> {
        let own = |module: ModuleKind| ChecksumRow { module: Some(module), state: self.own[module] };
        ModuleKind::BY_NAME
            .into_iter()
            .filter(|module| module.syncs_in(self.settings.version))
            .map(own)
            .collect()
    }

    /// What it answers to `SELECT GLOBAL_CHECKSUM()`. (In a 3.0.0-alpha pgsql counts too, which is not known
    /// here; it moves when one of these modules does, all the same.)
    pub fn global_checksum(&self) -> u64 {
        global_checksum(self.checksum_rows().into_iter().map(|row| row.state))
    }

    /// The peers, in the order in which the node walks over them.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.order.slots().map(|slot| self.id(slot))
    }

    /// The monitor of a peer.
    pub fn peer(&self, address: &Address) -> Option<PeerId> {
        self.peers().find(|id| self.address(*id) == Some(address))
    }

    /// Where a peer is.
    pub fn address(&self, peer: PeerId) -> Option<&Address> {
        self.get(peer).map(|peer| &peer.address)
    }

    /// What was last heard of a module of a peer.
    pub fn heard(&self, peer: PeerId, module: ModuleKind) -> Option<ModuleState> {
        self.get(peer).map(|peer| peer.state(module))
    }

    /// How many checks in a row have seen another checksum in a module of a peer.
    pub fn diff_check(&self, peer: PeerId, module: ModuleKind) -> Option<u32> {
        self.get(peer).map(|peer| peer.seen[module as usize].diff_check)
    }

    /// When the last check of a peer began, in [`Now::ms`]; 0 before the first one.
    pub fn checked_at(&self, peer: PeerId) -> Option<u64> {
        self.get(peer).map(|peer| peer.check_started)
    }

    /// Whether a pull goes on, and holds all monitors.
    pub fn is_pulling(&self) -> bool {
        self.update.is_some()
    }

    fn id(&self, slot: u32) -> PeerId {
        PeerId { slot, generation: self.peers[slot as usize].generation }
    }

    fn get(&self, id: PeerId) -> Option<&Peer> {
        self.peers.get(id.slot()).filter(|peer| peer.generation == id.generation && peer.is_alive())
    }

    /// A module was loaded by the operator.
    fn load(&mut self, module: ModuleKind, checksum: Option<Checksum>, epoch: u64) {
        let state = &mut self.own[module];
        *state = ModuleState { version: state.version + 1, epoch, checksum };
        self.loaded_line(module);
    }

    /// The line of a load, where there is one.
    fn loaded_line(&mut self, module: ModuleKind) {
        let is_servers = matches!(module, ModuleKind::MysqlServers | ModuleKind::MysqlServersV2);
        if is_servers || !module.syncs_in(self.settings.version) {
            return;
        }
        let ModuleState { checksum, epoch, .. } = self.own[module];
        self.events.push_back(Event::LoadComputed { load: LoadWords::of(module), checksum, epoch });
    }

    /// Where a module syncs again, or others of the servers do, all peers are asked for their rows.
    fn set_settings(&mut self, settings: Settings) {
        let before = std::mem::replace(&mut self.settings, settings);
        if self.settings.version < crate::schema::Version::V2_7 {
            return;
        }
        let mut is_reset = false;
        for module in ModuleKind::ALL.into_iter().filter(|module| module.setting() == *module) {
            if before.diffs_before_sync[module] == 0 && self.settings.diffs_before_sync[module] > 0 {
                // ProxySQL names the wrong variable for rules.
                let setting = match module {
                    ModuleKind::MysqlQueryRules => ModuleKind::AdminVariables,
                    other => other,
                };
                self.events.push_back(Event::Reenabled { setting });
                is_reset = true;
            }
        }
        if before.servers_algorithm != self.settings.servers_algorithm {
            self.events.push_back(Event::AlgorithmChanged {});
            is_reset = true;
        }
        if is_reset {
            for peer in &mut self.peers {
                peer.global = 0;
            }
        }
    }
}
