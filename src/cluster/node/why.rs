//! Why a node does what it does with a module of a peer.

use std::fmt;

use super::super::module::{ModuleKind, ModuleState};
use super::super::settings::Address;
use super::peer::Trouble;
use super::pull::Choice;
use super::update::{Verdict, verdict};
use super::{Node, PeerId};
use crate::schema::Version;

/// What a node would decide for a module at the next check that sees the same, and why. Its `Display` is a
/// sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The module.
    pub module: ModuleKind,
    /// The peer.
    pub peer: Address,
    /// The own module.
    pub own: ModuleState,
    /// What was last heard of the peer's.
    pub heard: ModuleState,
    /// The reason.
    pub reason: Reason,
}

/// Why a module of a peer is pulled, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing was heard of the peer's module so far.
    NothingHeard,
    /// Both have the same checksum.
    InStep,
    /// The checksum differs, but the node has not begun to count: it asks for rows only when the peer's global
    /// checksum moves.
    NotCounting,
    /// `admin-cluster_username` is empty: no peer is looked at.
    NoUser,
    /// The peer cannot be connected to, or does not answer what it is asked. What was heard of it before stays.
    NoAnswer,
    /// The peer calls itself another version, and is looked at again after 30 s.
    OtherVersion,
    /// This version does not sync the module.
    NotSynced,
    /// `diffs_before_sync` is 0.
    Off,
    /// `cluster_mysql_servers_sync_algorithm` leaves servers as they run out.
    LeftOut,
    /// The peer has not loaded the module since its start.
    PeerVersionOne,
    /// The peer's module was loaded before the own one.
    OlderEpoch,
    /// Both were loaded in the same second: neither is pulled, until one is loaded again.
    EqualEpochs,
    /// It is newer, or the own one has not been loaded since the start; but too few checks have seen it.
    Counting {
        /// So many checks have.
        diff_check: u32,
        /// So many must.
        of: u32,
    },
    /// It would be pulled, but another peer has a later epoch that too few checks have seen.
    SourceNotReady {
        /// The later epoch.
        seen: u64,
        /// The one that is ready.
        best: u64,
    },
    /// It is announced, but no peer is ready to be pulled from (in 2.0 one check later).
    NoSource,
    /// A pull of it, which this peer made the node begin, goes on.
    Pulling {
        /// The source.
        source: Address,
    },
    /// It is pulled, from this peer.
    Pull {
        /// The source, which need not be the peer asked about.
        source: Address,
    },
}

impl Node {
    /// Why a module of a peer is pulled, or not; `None` where there is no such peer.
    pub fn why(&self, module: ModuleKind, peer: PeerId) -> Option<Decision> {
        let state = self.get(peer)?;
        let reason = self.reason(module, peer);
        Some(Decision {
            module,
            peer: state.address.clone(),
            own: self.own[module],
            heard: state.state(module),
            reason,
        })
    }

    fn reason(&self, module: ModuleKind, peer: PeerId) -> Reason {
        let slot = peer.slot;
        let Some(peer) = self.get(peer) else { return Reason::NothingHeard };
        let (own, seen) = (&self.own[module], &peer.seen[module as usize]);
        let diffs = self.settings.diffs_before_sync[module];
        let is_left_out = module == ModuleKind::MysqlServers
            && self.settings.version >= Version::V2_7
            && !self.settings.pulls_running_servers();
        if !module.syncs_in(self.settings.version) {
            return Reason::NotSynced;
        }
        if let Some(update) =
            self.update.as_ref().filter(|update| update.module == module && update.slot == slot)
        {
            return Reason::Pulling { source: update.pull.source.clone() };
        }
        match peer.trouble {
            Trouble::None => {}
            Trouble::NoUser => return Reason::NoUser,
            Trouble::NoAnswer => return Reason::NoAnswer,
            Trouble::OtherVersion => return Reason::OtherVersion,
        }
        if seen.version == 0 && seen.checksum.is_none() && seen.diff_check == 0 {
            return Reason::NothingHeard;
        }
        if seen.checksum == own.checksum {
            return Reason::InStep;
        }
        if diffs == 0 {
            return Reason::Off;
        }
        if is_left_out {
            return Reason::LeftOut;
        }
        if seen.version <= 1 {
            return Reason::PeerVersionOne;
        }
        if seen.diff_check == 0 {
            return Reason::NotCounting;
        }
        match verdict(own, seen, diffs) {
            Verdict::Pull => match self.choose(module) {
                Choice::Source(slot) => Reason::Pull { source: self.peers[slot as usize].address.clone() },
                Choice::NotReady { seen, best } => Reason::SourceNotReady { seen, best },
                Choice::Nobody => Reason::NoSource,
            },
            _ if own.version == 1 || seen.epoch > own.epoch => {
                Reason::Counting { diff_check: seen.diff_check, of: diffs }
            }
            _ if seen.epoch == own.epoch => Reason::EqualEpochs,
            _ => Reason::OlderEpoch,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Decision { module, peer, own, heard, reason } = self;
        match reason {
            Reason::NothingHeard => write!(f, "{module}: nothing was heard of {peer} so far"),
            Reason::InStep => write!(f, "{module}: in step with {peer}"),
            Reason::NotCounting => {
                write!(f, "{module}: differs from {peer}, which is looked at when its global checksum moves")
            }
            Reason::NoUser => {
                write!(f, "{module}: {peer} is not looked at, since admin-cluster_username is empty")
            }
            Reason::NoAnswer => write!(f, "{module}: {peer} cannot be reached, or does not answer"),
            Reason::OtherVersion => {
                write!(f, "{module}: {peer} is of another version, and is not looked at")
            }
            Reason::NotSynced => write!(f, "{module}: this version does not sync it"),
            Reason::Off => write!(
                f,
                "{module}: differs from {peer}, but admin-cluster_{}_diffs_before_sync is 0",
                module.setting()
            ),
            Reason::LeftOut => write!(
                f,
                "{module}: differs from {peer}, but admin-cluster_mysql_servers_sync_algorithm leaves it out"
            ),
            Reason::PeerVersionOne => write!(
                f,
                "{module}: {peer} has version {}; nothing is pulled until LOAD {} TO RUNTIME is run there",
                heard.version,
                module.words()
            ),
            Reason::OlderEpoch => {
                write!(f, "{module}: the one of {peer} is older (epoch {}, own {})", heard.epoch, own.epoch)
            }
            Reason::EqualEpochs => write!(
                f,
                "{module}: differs from {peer} with the same epoch {}; run LOAD {} TO RUNTIME on the right one",
                own.epoch,
                module.words()
            ),
            Reason::Counting { diff_check, of } => {
                write!(f, "{module}: {diff_check} of {of} checks of {peer} have seen another checksum")
            }
            Reason::SourceNotReady { seen, best } => write!(
                f,
                "{module}: not pulled from epoch {best}, since another peer has epoch {seen}, seen too few times"
            ),
            Reason::NoSource => {
                write!(f, "{module}: differs from {peer}, but no peer is ready to be pulled from")
            }
            Reason::Pulling { source } => write!(f, "{module}: being pulled from {source}"),
            Reason::Pull { source } => write!(f, "{module}: pulled from {source}"),
        }
    }
}
