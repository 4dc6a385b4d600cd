//! What one node of the simulator knows of its peers, and what it decides: the rules of the sync algorithm over
//! numbers, small enough for a million pairs of nodes.

use std::rc::Rc;

use super::order::Order;
use crate::cluster::event::{Event, LoadWords};
use crate::cluster::{Address, ModuleKind, ModuleState, PerModule, Settings};
use crate::schema::Version;

/// The states of all modules of a node at a time.
pub(super) type States = PerModule<ModuleState>;

/// The order of the rows that a peer sends.
const BY_NAME: [ModuleKind; ModuleKind::COUNT] = [
    ModuleKind::AdminVariables,
    ModuleKind::MysqlQueryRules,
    ModuleKind::MysqlServers,
    ModuleKind::MysqlServersV2,
    ModuleKind::MysqlUsers,
    ModuleKind::MysqlVariables,
    ModuleKind::ProxysqlServers,
];

/// A running node.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) settings: Settings,
    /// What the node says of itself; peers keep what they last heard.
    pub(super) own: Rc<States>,
    pub(super) peers: Vec<Peer>,
    /// The slots in `peers`, as they are walked.
    pub(super) order: Order,
}

/// What is known of a peer.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The node of this name, by its place; `u32::MAX` when it is a peer no longer.
    pub(super) name: u32,
    heard: Rc<States>,
    diffs: PerModule<u32>,
}

/// What a decision comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Nothing,
    Conflict,
    /// Pull from the peer in a slot; what it said when it was chosen.
    Pull(Source),
    /// A pull was announced, and there is no source.
    NoSource,
}

/// Where a pull comes from, and what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) slot: u32,
    /// What the peer said that set it off.
    pub(super) trigger: ModuleState,
    /// What the peer said that it comes from.
    pub(super) source: ModuleState,
}

impl Core {
    pub(super) fn new(settings: Settings, own: States) -> Self {
        Core { settings, own: Rc::new(own), peers: Vec::new(), order: Order::new() }
    }

    pub(super) fn is_2_0(&self) -> bool {
        self.settings.version < Version::V2_7
    }

    /// A peer comes in; gives its slot. Of the first ones none has left a slot behind.
    pub(super) fn add_peer(&mut self, name: u32, nobody: &Rc<States>, is_first: bool) -> u32 {
        let peer = Peer { name, heard: nobody.clone(), diffs: PerModule::default() };
        let free = match is_first {
            true => None,
            false => self.peers.iter().position(|peer| peer.name == u32::MAX),
        };
        let slot = free.unwrap_or(self.peers.len());
        match free {
            Some(slot) => self.peers[slot] = peer,
            None => self.peers.push(peer),
        }
        super::network::number(slot)
    }

    /// Changes the own state of a module.
    pub(super) fn set(&mut self, module: ModuleKind, state: ModuleState) {
        Rc::make_mut(&mut self.own)[module] = state;
    }

    /// What a peer was last heard to say.
    pub(super) fn heard(&self, slot: u32) -> &States {
        &self.peers[slot as usize].heard
    }

    /// Whether checks without a change change nothing: no difference is being counted.
    pub(super) fn is_quiet(&self, slot: u32) -> bool {
        self.peers[slot as usize].diffs.iter().all(|(_, diff)| *diff == 0)
    }

    /// Takes over what a peer says, or counts on. Lines go to `log`.
    pub(super) fn hear(
        &mut self,
        slot: u32,
        rows: Option<&Rc<States>>,
        address: &dyn Fn() -> Address,
        log: &mut dyn FnMut(&dyn Fn() -> Event),
    ) {
        let (own, settings) = (&self.own, &self.settings);
        let is_2_0 = settings.version < Version::V2_7;
        let peer = &mut self.peers[slot as usize];
        let Some(rows) = rows else {
            for module in BY_NAME {
                let differs = peer.heard[module].checksum != own[module].checksum;
                let diff = &mut peer.diffs[module];
                *diff = if differs && *diff > 0 { diff.saturating_add(1) } else { 0 };
            }
            return;
        };
        for module in BY_NAME {
            let state = rows[module];
            if state.version == 0 || !module.syncs_in(settings.version) {
                continue;
            }
            let is_new = peer.heard[module].checksum != state.checksum;
            let is_equal = state.checksum == own[module].checksum;
            let ModuleState { version, epoch, checksum } = state;
            if is_new {
                let is_off = !is_2_0 && settings.diffs_before_sync[module] == 0;
                log(&|| match is_off {
                    true => Event::NewChecksumOff {
                        module,
                        peer: address(),
                        version,
                        epoch,
                        checksum,
                        setting: module.setting(),
                    },
                    false => Event::NewChecksum { module, peer: address(), version, epoch, checksum },
                });
                if is_equal {
                    log(&|| Event::SameChecksum { module, peer: address(), checksum });
                }
            }
            let diff = &mut peer.diffs[module];
            *diff = match (is_equal, is_new) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => diff.saturating_add(1),
            };
        }
        peer.heard = rows.clone();
    }

    /// What is to be done for one module after a check of a peer.
    pub(super) fn decide(
        &self,
        slot: u32,
        module: ModuleKind,
        address: &dyn Fn(u32) -> Address,
        log: &mut dyn FnMut(&dyn Fn() -> Event),
    ) -> Decision {
        let needed = self.settings.diffs_before_sync[module];
        let peer = &self.peers[slot as usize];
        let diff_check = peer.diffs[module];
        if needed == 0 || diff_check == 0 || !module.syncs_in(self.settings.version) {
            return Decision::Nothing;
        }
        let (theirs, own) = (peer.heard[module], self.own[module]);
        let repeats = diff_check.is_multiple_of(needed.saturating_mul(10));
        let checks = needed.saturating_mul(10);
        let name = peer.name;
        if theirs.version <= 1 {
            if repeats {
                log(&|| Event::VersionOne {
                    peer: address(name),
                    module: if module == ModuleKind::MysqlServersV2 {
                        ModuleKind::MysqlServers
                    } else {
                        module
                    },
                    version: theirs.version,
                    epoch: theirs.epoch,
                    diff_check,
                    own_version: own.version,
                    own_epoch: own.epoch,
                    checks,
                    load: LoadWords::of(module),
                });
            }
            return Decision::Nothing;
        }
        if (own.version == 1 || theirs.epoch > own.epoch) && diff_check >= needed {
            log(&|| Event::Proceeding {
                peer: address(name),
                module,
                version: theirs.version,
                epoch: theirs.epoch,
                diff_check,
                own_version: own.version,
                own_epoch: own.epoch,
            });
            if module == ModuleKind::MysqlServersV2 {
                let running = self.settings.pulls_running_servers().into();
                log(&|| Event::FetchServers { running, peer: address(name) });
            }
            return match self.source(module, address, log) {
                Some((slot, source)) => Decision::Pull(Source { slot, trigger: theirs, source }),
                None => Decision::NoSource,
            };
        }
        if theirs.epoch == own.epoch && repeats {
            if self.is_2_0() {
                return Decision::Nothing;
            }
            log(&|| Event::SyncConflict {
                peer: address(name),
                module,
                version: theirs.version,
                epoch: theirs.epoch,
                diff_check,
                checksum: theirs.checksum,
                own_version: own.version,
                own_epoch: own.epoch,
                own_checksum: own.checksum,
                checks,
                load: LoadWords::named_for(module),
            });
            return Decision::Conflict;
        }
        Decision::Nothing
    }

    /// Chooses among all peers: a later epoch that is not ready holds a pull back if it comes last.
    fn source(
        &self,
        module: ModuleKind,
        address: &dyn Fn(u32) -> Address,
        log: &mut dyn FnMut(&dyn Fn() -> Event),
    ) -> Option<(u32, ModuleState)> {
        let needed = self.settings.diffs_before_sync[module];
        let is_2_0 = self.is_2_0();
        let (mut best, mut seen, mut found) = (0, 0, None);
        for slot in self.order.peers() {
            let peer = &self.peers[slot as usize];
            let state = peer.heard[module];
            if state.version > 1 && state.epoch > best {
                seen = state.epoch;
                let diff = peer.diffs[module];
                if (is_2_0 && diff > needed) || (!is_2_0 && diff >= needed) {
                    best = state.epoch;
                    found = Some((slot, state));
                }
            }
        }
        let (slot, state) = found?;
        if seen > best {
            let is_variables = matches!(module, ModuleKind::AdminVariables | ModuleKind::MysqlVariables);
            log(&|| match is_variables {
                true => Event::VariablesNotReady { module, seen, best },
                false => Event::SourceNotReady { module, seen, best },
            });
            return None;
        }
        let peer = self.peers[slot as usize].name;
        log(&|| Event::Source { peer: address(peer), module, version: state.version, epoch: state.epoch });
        Some((slot, state))
    }
}
