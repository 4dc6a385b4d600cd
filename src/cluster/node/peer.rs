//! What is kept of one peer: small, since there may be a million of them in a simulation.

use super::super::module::{ModuleKind, ModuleState};
use super::super::settings::Address;
use crate::hash::Checksum;

/// A peer and its monitor.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The global checksum last seen.
    pub(super) global: u64,
    /// When the check began.
    pub(super) check_started: u64,
    pub(super) phase: Phase,
    /// The modules whose `diff_check` is not 0.
    pub(super) counting: u8,
    pub(super) is_member: bool,
    /// It was found to be no member any more: this is the last check.
    pub(super) is_leaving: bool,
    /// Why it is not checked.
    pub(super) trouble: Trouble,
    /// Failed queries in a row, up to 20.
    pub(super) errors: u8,
    pub(super) generation: u32,
    /// Checks since the status was asked for.
    pub(super) status_count: u32,
    /// When the query began that is not answered yet.
    pub(super) asked: u64,
    pub(super) seen: [Seen; ModuleKind::COUNT],
    pub(super) address: Address,
}

/// What a monitor waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The time to look again.
    Resting,
    Connecting,
    Version,
    Uuid,
    /// The time of the next check.
    Sleeping,
    Global,
    Rows,
    /// The lock, or the end of its own update.
    Locked,
    Status,
    Ended,
}

/// Why a peer is not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// There is no user name to log in with.
    NoUser,
    /// It cannot be connected to, or what it was asked failed.
    NoAnswer,
    OtherVersion,
}

/// What was last heard of a module.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) version: u64,
    pub(super) epoch: u64,
    pub(super) checksum: Option<Checksum>,
    pub(super) diff_check: u32,
}

impl Peer {
    pub(super) fn new(address: Address, generation: u32) -> Self {
        Peer {
            global: 0,
            check_started: 0,
            phase: Phase::Resting,
            counting: 0,
            is_member: true,
            is_leaving: false,
            trouble: Trouble::None,
            errors: 0,
            generation,
            status_count: 0,
            asked: 0,
            seen: [Seen::default(); ModuleKind::COUNT],
            address,
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.phase != Phase::Ended
    }

    pub(super) fn state(&self, module: ModuleKind) -> ModuleState {
        let seen = &self.seen[module as usize];
        ModuleState { version: seen.version, epoch: seen.epoch, checksum: seen.checksum }
    }

    pub(super) fn set_diff_check(&mut self, module: ModuleKind, count: u32) {
        self.seen[module as usize].diff_check = count;
        if count == 0 {
            self.counting &= !module.bit();
        } else {
            self.counting |= module.bit();
        }
    }
}
