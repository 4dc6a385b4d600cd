//! The life of a peer's monitor: connect, compare versions, check again and again.

use std::sync::Arc;

use super::super::event::{CheckQuery, Event};
use super::super::queries::MonitorQuery;
use super::peer::{Phase, Trouble};
use super::{Answer, Node, Now, Output, PeerId, Waiting};
use crate::schema::Version;

/// How long a monitor rests after it met another version.
const OTHER_VERSION_MS: u64 = 30_000;
/// How often it looks for a user name; and what a failed connect costs beside the interval (since 2.7).
const SECOND_MS: u64 = 1000;
/// In 2.0 one of so many failed queries in a row is logged.
const ERRORS_PER_LINE: u8 = 20;

impl Node {
    /// Takes what comes to a monitor, if it waits for it.
    pub(super) fn answer(&mut self, id: PeerId, answer: Answer, now: Now) {
        let Some(peer) = self.get(id) else { return };
        let slot = id.slot;
        match (peer.phase, answer) {
            (Phase::Resting, Answer::Awake) if !peer.is_member => self.end(slot),
            (Phase::Resting, Answer::Awake) => self.begin(slot, now),
            (Phase::Connecting, Answer::Connected) => self.connected(slot, now),
            (Phase::Connecting, Answer::Refused(error)) => self.refused(slot, error, now),
            (Phase::Version, Answer::Version(version)) => self.compare(slot, version, now),
            (Phase::Uuid, Answer::Done) => self.check(slot, now),
            (Phase::Sleeping, Answer::Awake) if peer.is_leaving => self.hang_up(slot, now),
            (Phase::Sleeping, Answer::Awake) => self.check(slot, now),
            (Phase::Global, answer @ Answer::Global(_)) | (Phase::Rows, answer @ Answer::Checksums(_)) => {
                if self.update.is_some() {
                    self.peers[slot as usize].phase = Phase::Locked;
                    self.waiting.push_back(Waiting::Answer(id, answer));
                } else {
                    self.checked(slot, answer, now);
                }
            }
            (Phase::Status, Answer::Done) => {
                let peer = &mut self.peers[slot as usize];
                peer.errors = 0;
                peer.is_leaving |= !peer.is_member;
                self.sleep(slot, now);
            }
            (phase, Answer::Error(error)) => self.failed(slot, phase, error, true, now),
            (phase, Answer::Lost(error)) => self.failed(slot, phase, error, false, now),
            _ => {}
        }
    }

    /// Connects, or waits for a user name.
    pub(super) fn begin(&mut self, slot: u32, now: Now) {
        if self.settings.username.is_empty() {
            self.peers[slot as usize].trouble = Trouble::NoUser;
            self.rest(slot, now.ms + SECOND_MS);
        } else {
            self.peers[slot as usize].phase = Phase::Connecting;
            self.outputs.push_back(Output::Connect(self.id(slot)));
        }
    }

    fn rest(&mut self, slot: u32, until: u64) {
        self.peers[slot as usize].phase = Phase::Resting;
        self.outputs.push_back(Output::Wait(self.id(slot), until));
    }

    fn ask(&mut self, slot: u32, query: MonitorQuery, phase: Phase, now: Now) {
        let peer = &mut self.peers[slot as usize];
        peer.phase = phase;
        peer.asked = now.ms;
        self.outputs.push_back(Output::Query(self.id(slot), query));
    }

    fn connected(&mut self, slot: u32, now: Now) {
        if self.settings.version < Version::V2_7 {
            self.check(slot, now);
        } else {
            self.ask(slot, MonitorQuery::Version, Phase::Version, now);
        }
    }

    fn refused(&mut self, slot: u32, error: Arc<str>, now: Now) {
        self.peers[slot as usize].trouble = Trouble::NoAnswer;
        let peer = self.peers[slot as usize].address.clone();
        self.events.push_back(Event::CannotConnect { peer, error });
        let longer = if self.settings.version < Version::V2_7 { 0 } else { SECOND_MS };
        self.rest(slot, now.ms + self.interval() + longer);
    }

    fn interval(&self) -> u64 {
        u64::from(self.settings.check_interval_ms)
    }

    /// Only peers of the very same version are checked.
    fn compare(&mut self, slot: u32, version: Option<Arc<str>>, now: Now) {
        let state = &mut self.peers[slot as usize];
        state.errors = 0;
        let peer = state.address.clone();
        let own = &self.settings.version_string;
        if let Some(remote) = version {
            let (remote_word, own_word) = (remote.clone().into(), own.clone().into());
            if remote == *own {
                self.events.push_back(Event::Clustering {
                    peer: peer.clone(),
                    remote: remote_word,
                    own: own_word,
                });
                self.events.push_back(Event::SendingUuid { uuid: self.settings.uuid.clone().into(), peer });
                self.ask(slot, MonitorQuery::Uuid, Phase::Uuid, now);
                return;
            }
            state.trouble = Trouble::OtherVersion;
            self.events.push_back(Event::DifferentVersion { peer, remote: remote_word, own: own_word });
        }
        self.outputs.push_back(Output::Close(self.id(slot)));
        self.rest(slot, now.ms + OTHER_VERSION_MS);
    }

    /// Begins a check.
    fn check(&mut self, slot: u32, now: Now) {
        self.peers[slot as usize].check_started = now.ms;
        self.ask(slot, MonitorQuery::Check(CheckQuery::GlobalChecksum), Phase::Global, now);
    }

    /// Takes an answer of a check, with the lock free.
    fn checked(&mut self, slot: u32, answer: Answer, now: Now) {
        let peer = &mut self.peers[slot as usize];
        peer.errors = 0;
        peer.trouble = Trouble::None;
        match answer {
            Answer::Global(global) => {
                // Of a peer that is no member nothing is known: its rows are always asked for.
                let is_known = peer.is_member && global == Some(peer.global);
                if is_known {
                    self.update_without_rows(slot, now);
                } else {
                    if let (true, Some(global)) = (peer.is_member, global) {
                        peer.global = global;
                    }
                    self.ask(slot, MonitorQuery::Check(CheckQuery::ChecksumRows), Phase::Rows, now);
                }
            }
            Answer::Checksums(_) if !peer.is_member => {
                peer.is_leaving = true;
                self.updated(slot, now);
            }
            Answer::Checksums(rows) => self.update_with_rows(slot, &rows, now),
            _ => {}
        }
    }

    /// The update of a check is done: the status, if it is time for it, then sleep.
    pub(super) fn updated(&mut self, slot: u32, now: Now) {
        let frequency = self.settings.check_status_frequency;
        let peer = &mut self.peers[slot as usize];
        peer.status_count = peer.status_count.saturating_add(1);
        if frequency > 0 && peer.status_count >= frequency {
            peer.status_count = 0;
            self.ask(slot, MonitorQuery::Check(CheckQuery::Status), Phase::Status, now);
        } else {
            self.sleep(slot, now);
        }
    }

    /// Sleeps for what is left of the interval.
    fn sleep(&mut self, slot: u32, now: Now) {
        let until = self.peers[slot as usize].check_started.saturating_add(self.interval()).max(now.ms);
        self.peers[slot as usize].phase = Phase::Sleeping;
        self.outputs.push_back(Output::Wait(self.id(slot), until));
    }

    /// Closes the connection and rests for an interval.
    fn hang_up(&mut self, slot: u32, now: Now) {
        self.outputs.push_back(Output::Close(self.id(slot)));
        self.rest(slot, now.ms + self.interval());
    }

    /// A query failed. Only after an error of the peer is there a connection to be closed, and a rest.
    fn failed(&mut self, slot: u32, phase: Phase, error: Arc<str>, is_connected: bool, now: Now) {
        let query = match phase {
            Phase::Version | Phase::Uuid => None,
            Phase::Global => Some(CheckQuery::GlobalChecksum),
            Phase::Rows => Some(CheckQuery::ChecksumRows),
            Phase::Status => Some(CheckQuery::Status),
            Phase::Resting | Phase::Connecting | Phase::Sleeping | Phase::Locked | Phase::Ended => return,
        };
        self.peers[slot as usize].trouble = Trouble::NoAnswer;
        if let Some(query) = query {
            self.log_failure(slot, query, error, now);
        }
        if is_connected {
            self.hang_up(slot, now);
            return;
        }
        self.outputs.push_back(Output::Close(self.id(slot)));
        if self.peers[slot as usize].is_member {
            self.begin(slot, now);
        } else {
            self.end(slot);
        }
    }

    fn log_failure(&mut self, slot: u32, query: CheckQuery, error: Arc<str>, now: Now) {
        let user = self.settings.username.clone().into();
        let state = &mut self.peers[slot as usize];
        let peer = state.address.clone();
        if self.settings.version >= Version::V2_7 {
            let ms = now.ms.saturating_sub(state.asked);
            self.events.push_back(Event::QueryFailed { peer, user, ms, query, error });
            return;
        }
        if state.errors == 0 {
            self.events.push_back(Event::QueryFailed2_0 { peer, user, query });
        }
        state.errors = (state.errors + 1) % ERRORS_PER_LINE;
    }

    /// The lock is free: what waited for it goes on, until one takes it again.
    pub(super) fn unlocked(&mut self, now: Now) {
        while self.update.is_none() {
            let Some(waiting) = self.waiting.pop_front() else { return };
            match waiting {
                Waiting::Members(members) => {
                    let added = self.set_members(&members);
                    self.start(added, now);
                }
                Waiting::Answer(id, answer) => {
                    if self.get(id).is_some_and(|peer| peer.phase == Phase::Locked) {
                        self.checked(id.slot, answer, now);
                    }
                }
            }
        }
    }
}
