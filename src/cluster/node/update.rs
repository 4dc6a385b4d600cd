//! An update: what a check brought is taken over, and for each module it is decided what to do.

use super::super::event::{Event, LoadWords};
use super::super::module::{ChecksumRow, ModuleKind, ModuleState, PerModule};
use super::peer::Seen;
use super::{Node, Now, Pull};
use crate::schema::Version;

/// An update that holds the lock, since a pull of it goes on.
#[derive(Clone, Debug)]
pub(super) struct Update {
    /// The peer whose check it belongs to.
    pub(super) slot: u32,
    /// The module that is pulled.
    pub(super) module: ModuleKind,
    /// `diffs_before_sync`, all read at the beginning.
    pub(super) diffs: PerModule<u32>,
    /// The own module as it was before the pull.
    pub(super) before: ModuleState,
    pub(super) pull: Pull,
}

/// What the numbers of a module say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Nothing,
    /// Pull; afterwards, see whether the epochs are in conflict.
    Pull,
    Conflict,
    VersionOne,
}

/// What to do about a module of a peer. In 2.0 equal epochs are not mentioned.
pub(super) fn verdict(own: &ModuleState, seen: &Seen, diffs: u32) -> Verdict {
    let is_tenth = seen.diff_check > 0 && u64::from(seen.diff_check) % (u64::from(diffs) * 10) == 0;
    if seen.version <= 1 {
        return if is_tenth { Verdict::VersionOne } else { Verdict::Nothing };
    }
    let is_wanted = own.version == 1 || seen.epoch > own.epoch;
    if is_wanted && seen.diff_check >= diffs {
        Verdict::Pull
    } else if is_tenth && seen.epoch == own.epoch {
        Verdict::Conflict
    } else {
        Verdict::Nothing
    }
}

impl Node {
    /// The global checksum has not moved. Where nothing is counted there is nothing to do.
    pub(super) fn update_without_rows(&mut self, slot: u32, now: Now) {
        let peer = &mut self.peers[slot as usize];
        if peer.counting == 0 {
            self.updated(slot, now);
            return;
        }
        for module in ModuleKind::ALL {
            let seen = &peer.seen[module as usize];
            if peer.counting & module.bit() != 0 {
                let is_same = seen.checksum == self.own[module].checksum;
                let count = if is_same { 0 } else { seen.diff_check.saturating_add(1) };
                peer.set_diff_check(module, count);
            }
        }
        self.decide(slot, now);
    }

    /// Takes over the rows of a peer.
    pub(super) fn update_with_rows(&mut self, slot: u32, rows: &[ChecksumRow], now: Now) {
        for row in rows {
            if let Some(module) = row.module.filter(|module| module.syncs_in(self.settings.version)) {
                self.take_row(slot, module, &row.state);
            }
        }
        self.decide(slot, now);
    }

    fn take_row(&mut self, slot: u32, module: ModuleKind, state: &ModuleState) {
        let own = self.own[module].checksum;
        let peer = &mut self.peers[slot as usize];
        let seen = &mut peer.seen[module as usize];
        let is_new = seen.checksum != state.checksum;
        (seen.version, seen.epoch, seen.checksum) = (state.version, state.epoch, state.checksum);
        let count = match (state.checksum == own, is_new) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => seen.diff_check.saturating_add(1),
        };
        peer.set_diff_check(module, count);
        if !is_new {
            return;
        }
        let &ModuleState { version, epoch, checksum } = state;
        let peer = peer.address.clone();
        let is_off = self.settings.diffs_before_sync[module] == 0 && self.settings.version >= Version::V2_7;
        self.events.push_back(if is_off {
            let (peer, setting) = (peer.clone(), module.setting());
            Event::NewChecksumOff { module, peer, version, epoch, checksum, setting }
        } else {
            Event::NewChecksum { module, peer: peer.clone(), version, epoch, checksum }
        });
        if checksum == own {
            self.events.push_back(Event::SameChecksum { module, peer, checksum: own });
        }
    }

    fn decide(&mut self, slot: u32, now: Now) {
        if self.peers[slot as usize].counting == 0 {
            self.updated(slot, now);
            return;
        }
        self.decide_from(slot, 0, self.settings.diffs_before_sync, false, now);
    }

    /// Decides for the modules from one on, until one is pulled.
    fn decide_from(
        &mut self,
        slot: u32,
        first: usize,
        diffs: PerModule<u32>,
        mut has_running: bool,
        now: Now,
    ) {
        for module in ModuleKind::ALL.into_iter().skip(first) {
            let state = &self.peers[slot as usize];
            if state.counting & module.bit() == 0 || diffs[module] == 0 {
                continue;
            }
            let is_left_out = module == ModuleKind::MysqlServers
                && self.settings.version >= Version::V2_7
                && (has_running || !self.settings.pulls_running_servers());
            if is_left_out {
                continue;
            }
            let before = self.own[module];
            match verdict(&before, &state.seen[module as usize], diffs[module]) {
                Verdict::Nothing => {}
                Verdict::Conflict => self.conflict(slot, module, &before, diffs[module]),
                Verdict::VersionOne => self.version_one(slot, module, diffs[module]),
                Verdict::Pull => {
                    let has_begun = self.proceed(slot, module, diffs, before, now);
                    if has_begun {
                        return;
                    }
                    has_running |=
                        module == ModuleKind::MysqlServersV2 && self.settings.pulls_running_servers();
                    self.after_pull(slot, module, &before, diffs[module]);
                }
            }
        }
        self.updated(slot, now);
    }

    /// Announces a pull and begins it; whether it goes on.
    fn proceed(
        &mut self,
        slot: u32,
        module: ModuleKind,
        diffs: PerModule<u32>,
        before: ModuleState,
        now: Now,
    ) -> bool {
        let state = &self.peers[slot as usize];
        let seen = &state.seen[module as usize];
        self.events.push_back(Event::Proceeding {
            peer: state.address.clone(),
            module,
            version: seen.version,
            epoch: seen.epoch,
            diff_check: seen.diff_check,
            own_version: before.version,
            own_epoch: before.epoch,
        });
        if module == ModuleKind::MysqlServersV2 {
            let (running, peer) = (self.settings.pulls_running_servers().into(), state.address.clone());
            self.events.push_back(Event::FetchServers { running, peer });
        }
        match self.begin_pull(slot, module, now) {
            Some(pull) => {
                self.update = Some(Box::new(Update { slot, module, diffs, before, pull }));
                true
            }
            None => false,
        }
    }

    /// A pull has ended, successful or not: the update goes on.
    pub(super) fn pull_ended(&mut self, now: Now) {
        let Some(update) = self.update.take() else { return };
        let Update { slot, module, diffs, before, pull } = *update;
        self.after_pull(slot, module, &before, diffs[module]);
        let has_running = module == ModuleKind::MysqlServersV2 && pull.has_running();
        self.decide_from(slot, module as usize + 1, diffs, has_running, now);
        if self.update.is_none() {
            self.start(pull.added, now);
            self.unlocked(now);
        } else if let Some(update) = &mut self.update {
            update.pull.added.splice(0..0, pull.added);
        }
    }

    /// Equal epochs are looked at after a pull too, with the own numbers from before it (but the checksum as it
    /// is now).
    fn after_pull(&mut self, slot: u32, module: ModuleKind, before: &ModuleState, diffs: u32) {
        let state = &self.peers[slot as usize];
        let seen = &state.seen[module as usize];
        let is_tenth = seen.diff_check > 0 && u64::from(seen.diff_check) % (u64::from(diffs) * 10) == 0;
        if state.is_member && is_tenth && seen.epoch == before.epoch {
            let own = ModuleState { checksum: self.own[module].checksum, ..*before };
            self.conflict(slot, module, &own, diffs);
        }
    }

    fn conflict(&mut self, slot: u32, module: ModuleKind, own: &ModuleState, diffs: u32) {
        if self.settings.version < Version::V2_7 {
            return;
        }
        let state = &self.peers[slot as usize];
        let seen = &state.seen[module as usize];
        self.events.push_back(Event::SyncConflict {
            peer: state.address.clone(),
            module,
            version: seen.version,
            epoch: seen.epoch,
            diff_check: seen.diff_check,
            checksum: seen.checksum,
            own_version: own.version,
            own_epoch: own.epoch,
            own_checksum: own.checksum,
            checks: diffs.saturating_mul(10),
            load: LoadWords::named_for(module),
        });
    }

    fn version_one(&mut self, slot: u32, module: ModuleKind, diffs: u32) {
        let state = &self.peers[slot as usize];
        let (seen, own) = (&state.seen[module as usize], &self.own[module]);
        self.events.push_back(Event::VersionOne {
            peer: state.address.clone(),
            module: module.setting(),
            version: seen.version,
            epoch: seen.epoch,
            diff_check: seen.diff_check,
            own_version: own.version,
            own_epoch: own.epoch,
            checks: diffs.saturating_mul(10),
            load: LoadWords::of(module),
        });
    }
}
