//! Updates and pulls: what a node does with what a peer has said. One at a time; the others wait, as under
//! `ProxySQL`'s lock.

use std::collections::VecDeque;

use super::contents::Id;
use super::core::{Decision, Source};
use super::report::MarkKind;
use super::run::{Due, Simulation, TICKS_PER_MS, Tick, What, address, put, short};
use crate::cluster::event::{Event, Subject, Variables, Word};
use crate::cluster::{ModuleKind, ModuleState};

/// After a pull that fails, nothing happens for so long.
const SLEEP: Tick = 1_000 * TICKS_PER_MS;

/// What a node is at, and what waits.
#[derive(Debug, Default)]
pub(super) struct Work {
    update: Option<Update>,
    /// Monitors with an answer.
    waiting: VecDeque<u32>,
}

#[derive(Debug)]
struct Update {
    monitor: u32,
    slot: u32,
    /// How many modules are done.
    done: usize,
    /// Whether a pull of `mysql_servers_v2` was proceeded with.
    took_servers: bool,
    pull: Option<Pull>,
}

#[derive(Clone, Copy, Debug)]
struct Pull {
    module: ModuleKind,
    source: Source,
    /// The node that the source's name leads to, and its life.
    target: Option<(u32, u32)>,
    got: Option<Got>,
    has_failed: bool,
}

/// What the source holds when the queries arrive: the module, and what runs of the servers.
#[derive(Clone, Copy, Debug)]
struct Got {
    content: Id,
    servers: Id,
}

impl Simulation<'_> {
    /// An answer is there.
    pub(super) fn answered(&mut self, of: u32) {
        let owner = self.monitors[of as usize].owner;
        if self.machines[owner as usize].work.update.is_some() {
            self.machines[owner as usize].work.waiting.push_back(of);
        } else {
            self.begin(of, owner);
            self.go_on(owner);
        }
    }

    fn begin(&mut self, of: u32, owner: u32) {
        let rows = self.take_rows(of);
        let slot = self.monitors[of as usize].slot;
        let (at, clock) = (self.millis(), self.clock(owner));
        let (record, names) = (&mut self.record, &self.names);
        let machine = &mut self.machines[owner as usize];
        let Some(core) = &mut machine.core else { return };
        let name = core.peers[slot as usize].name;
        core.hear(slot, rows.as_ref(), &|| address(names, name), &mut |event| {
            put(record, at, clock, owner, event);
        });
        machine.work.update = Some(Update { monitor: of, slot, done: 0, took_servers: false, pull: None });
    }

    /// Looks at module after module, until there is something to pull; then at the next answer.
    fn go_on(&mut self, owner: u32) {
        while let Some(update) = &mut self.machines[owner as usize].work.update {
            let Some(&module) = ModuleKind::ALL.get(update.done) else {
                self.end_update(owner);
                continue;
            };
            update.done += 1;
            if module == ModuleKind::MysqlServers && update.took_servers {
                continue;
            }
            let slot = update.slot;
            if let Decision::Pull(source) = self.decide(owner, slot, module) {
                self.start_pull(owner, module, source);
                return;
            }
        }
    }

    fn decide(&mut self, owner: u32, slot: u32, module: ModuleKind) -> Decision {
        let (at, clock) = (self.millis(), self.clock(owner));
        let (record, names) = (&mut self.record, &self.names);
        let machine = &mut self.machines[owner as usize];
        let Some(core) = &machine.core else { return Decision::Nothing };
        if module == ModuleKind::MysqlServers && !core.is_2_0() && !core.settings.pulls_running_servers() {
            return Decision::Nothing;
        }
        let name = |name| address(names, name);
        let decision = core.decide(slot, module, &name, &mut |event| put(record, at, clock, owner, event));
        let is_about_servers = module == ModuleKind::MysqlServersV2;
        if matches!(decision, Decision::Pull(_) | Decision::NoSource) && is_about_servers {
            if let Some(update) = &mut machine.work.update {
                update.took_servers = true;
            }
        }
        if decision == Decision::Conflict && self.record.conflicts(owner as usize, module as usize) {
            let peer = &self.names[self.peer(owner, slot) as usize];
            let text = format!("conflict on {module} with {peer}: equal epochs");
            self.record.mark(at, Some(owner as usize), Some(module as usize), MarkKind::Conflict, text);
        }
        decision
    }

    fn end_update(&mut self, owner: u32) {
        let machine = &mut self.machines[owner as usize];
        let update = machine.work.update.take();
        let next = machine.work.waiting.pop_front();
        if let (Some(Update { monitor, slot, .. }), Some(core)) = (update, &machine.core) {
            self.monitors[monitor as usize].is_quiet = core.is_quiet(slot);
            self.asks_again(monitor);
        }
        if let Some(of) = next {
            self.begin(of, owner);
        }
    }

    fn start_pull(&mut self, owner: u32, module: ModuleKind, source: Source) {
        let name = self.peer(owner, source.slot);
        let expected = match module {
            ModuleKind::MysqlServers | ModuleKind::MysqlServersV2 => source.source.checksum,
            _ => source.trigger.checksum,
        };
        let is_2_0 = self.is_2_0(owner);
        let peer = self.address(name);
        let subject = Subject::of(module);
        self.log(owner, &|| {
            let peer = peer.clone();
            match module {
                ModuleKind::MysqlServers if !is_2_0 => Event::FetchRunningStarted { peer, expected },
                ModuleKind::MysqlServers | ModuleKind::MysqlServersV2 => {
                    Event::FetchServersStarted { subject, peer, expected }
                }
                ModuleKind::AdminVariables => {
                    Event::FetchVariablesStarted { variables: Variables::Admin, peer }
                }
                ModuleKind::MysqlVariables => {
                    Event::FetchVariablesStarted { variables: Variables::Mysql, peer }
                }
                _ if is_2_0 => Event::FetchStarted2_0 { subject, peer },
                _ => Event::FetchStarted { subject, peer, expected },
            }
        });
        let target = self.network.resolve(owner, name).filter(|target| self.network.reaches(owner, *target));
        let target =
            target.map(|target| (target, self.globals[target as usize].1)).filter(|(_, life)| *life > 0);
        if let Some(update) = &mut self.machines[owner as usize].work.update {
            update.pull = Some(Pull { module, source, target, got: None, has_failed: false });
        }
        match target {
            // A connection, and the question.
            Some((target, _)) => {
                let wait = 5 * self.delay(owner, target);
                self.due(owner, wait, What::PullArrives);
            }
            None => self.fail(owner, "Can't connect to server"),
        }
    }

    pub(super) fn pull_goes_on(&mut self, owner: u32, what: What) {
        let Some(pull) = self.pull(owner) else { return };
        if what == What::PullArrives {
            return self.arrives(owner, pull);
        }
        if pull.has_failed {
            return self.go_on(owner);
        }
        match pull.got {
            Some(got) => self.fetched(owner, pull, got),
            None => self.go_on(owner),
        }
    }

    /// The queries are at the source.
    fn arrives(&mut self, owner: u32, pull: Pull) {
        let is_there = |&(target, life): &(u32, u32)| {
            self.globals[target as usize].1 == life && self.network.reaches(owner, target)
        };
        let Some((target, _)) = pull.target.filter(is_there) else {
            return self.fail(owner, "Lost connection to server during query");
        };
        let running = &self.machines[target as usize].running;
        let got = Got { content: running[pull.module], servers: running[ModuleKind::MysqlServers] };
        let queries = match pull.module {
            ModuleKind::MysqlQueryRules => 2,
            ModuleKind::MysqlServersV2 => 8,
            _ => 1,
        };
        if let Some(Update { pull: Some(pull), .. }) = &mut self.machines[owner as usize].work.update {
            pull.got = Some(got);
        }
        let wait = (2 * queries - 1) * self.delay(owner, target);
        self.due(owner, wait, What::PullEnds);
    }

    /// All rows have come: is it what was expected?
    fn fetched(&mut self, owner: u32, pull: Pull, got: Got) {
        let Pull { module, source, .. } = pull;
        let peer = self.address(self.peer(owner, source.slot));
        let computed = Some(self.contents.checksum(got.content));
        let subject = Subject::of(module);
        let is_2_0 = self.is_2_0(owner);
        let is_about_servers = matches!(module, ModuleKind::MysqlServers | ModuleKind::MysqlServersV2);
        self.log(owner, &|| match module {
            ModuleKind::ProxysqlServers if !is_2_0 => {
                Event::FetchedAndComputed { subject, peer: peer.clone(), computed }
            }
            ModuleKind::MysqlServers | ModuleKind::MysqlServersV2 if !is_2_0 => {
                Event::FetchedTable { subject, peer: peer.clone() }
            }
            _ => Event::Fetched { subject, peer: peer.clone() },
        });
        if module == ModuleKind::MysqlServersV2 {
            self.log_tables(owner, &peer);
        }
        if is_2_0 && is_about_servers {
            self.log(owner, &|| Event::AskingChecksum { peer: peer.clone() });
            self.log(owner, &|| Event::ChecksumConfirmed { peer: peer.clone(), checksum: computed });
            for table in ["mysql_servers", "mysql_replication_hostgroups"] {
                self.log(owner, &|| Event::Writing { table: Word::from(table) });
            }
        } else if !is_2_0 && module != ModuleKind::ProxysqlServers {
            self.log(owner, &|| Event::Computed { subject, peer: peer.clone(), computed });
        }
        let expected = if is_about_servers { source.source.checksum } else { source.trigger.checksum };
        if !is_2_0 && computed != expected {
            self.log(owner, &|| {
                let peer = peer.clone();
                match module {
                    ModuleKind::MysqlQueryRules => {
                        Event::WrongRulesChecksum { subject, peer, expected, computed }
                    }
                    _ => Event::WrongChecksum { subject, peer, expected, computed },
                }
            });
            return self.sleep(owner);
        }
        self.take_over(owner, pull, got);
        self.go_on(owner);
    }

    fn log_tables(&mut self, owner: u32, peer: &crate::cluster::Address) {
        const TABLES: [Subject; 5] = [
            Subject::GroupReplicationHostgroups,
            Subject::GaleraHostgroups,
            Subject::AuroraHostgroups,
            Subject::HostgroupAttributes,
            Subject::ServersSslParams,
        ];
        for subject in TABLES {
            self.log(owner, &|| Event::FetchingTable { subject, peer: peer.clone() });
        }
    }

    /// What came is what runs now, and may be saved.
    fn take_over(&mut self, owner: u32, pull: Pull, got: Got) {
        let Pull { module, source, .. } = pull;
        let is_2_0 = self.is_2_0(owner);
        let now = self.clock(owner);
        let from = self.peer(owner, source.slot);
        let peer = self.address(from);
        let subject = Subject::of(module);
        let epoch =
            |content: Id, sim: &Self| match Some(sim.contents.checksum(content)) == source.trigger.checksum {
                true if !is_2_0 => source.trigger.epoch,
                _ => now,
            };
        self.log(owner, &|| Event::Loading { subject, peer: peer.clone() });
        let Some(core) = &self.machines[owner as usize].core else { return };
        // The users of 2.0 are saved as the rules are, and say so.
        let (setting, saved) = match module {
            ModuleKind::MysqlUsers if is_2_0 => (ModuleKind::MysqlQueryRules, Subject::QueryRules),
            _ => (module, subject),
        };
        let saves = core.settings.save_to_disk[setting];
        let is_variables = matches!(module, ModuleKind::AdminVariables | ModuleKind::MysqlVariables);
        if saves {
            self.log(owner, &|| Event::Saving { subject: saved, peer: peer.clone() });
        } else if !is_2_0 && !is_variables {
            self.log(owner, &|| match module {
                ModuleKind::MysqlServersV2 => Event::ServersNotSaved { peer: peer.clone() },
                _ => Event::NotSaving { subject, peer: peer.clone() },
            });
        }
        let mut changed = vec![(module, got.content, epoch(got.content, self))];
        if module == ModuleKind::MysqlServersV2 {
            let same = self.machines[owner as usize].core.as_ref().map(|core| core.heard(source.slot));
            let theirs = same.map(|states| states[ModuleKind::MysqlServers]);
            let is_theirs =
                theirs.is_some_and(|state| state.checksum == Some(self.contents.checksum(got.servers)));
            let epoch = theirs.filter(|_| is_theirs).map_or(now, |state| state.epoch);
            changed.push((ModuleKind::MysqlServers, got.servers, epoch));
        }
        let at = self.millis();
        for (module, content, epoch) in changed {
            self.now_holds(owner, module, content, epoch, saves);
            self.record.pulled(owner as usize, module as usize);
        }
        let target = pull.target.map_or(from, |(target, _)| target);
        let label = &self.contents.get(got.content).content.label;
        let text = format!("pull {module} `{label}` from {}", self.names[target as usize]);
        let kind = MarkKind::Pull { from: target as usize };
        self.record.mark(at, Some(owner as usize), Some(module as usize), kind, text);
    }

    /// A module holds a content from now on: one load more.
    pub(super) fn now_holds(&mut self, owner: u32, module: ModuleKind, content: Id, epoch: u64, saves: bool) {
        let at = self.millis();
        let machine = &mut self.machines[owner as usize];
        machine.running[module] = content;
        machine.memory[module] = content;
        if let Some(disk) = machine.disk.as_mut().filter(|_| saves) {
            disk[module] = content;
        } else if saves {
            // A disk comes into being with the first that is saved.
            let mut disk = machine.begins_with();
            disk[module] = content;
            machine.disk = Some(disk);
        }
        let known = self.contents.get(content);
        let (label, checksum) = (known.content.label.clone(), known.content.checksum);
        if let Some(core) = &mut machine.core {
            let version = core.own[module].version;
            if module.syncs_in(core.settings.version) {
                core.set(module, ModuleState::new(version + 1, epoch, checksum));
                self.record.holds(at, owner as usize, module as usize, &label, checksum);
            }
            self.globals[owner as usize].0 = super::machine::global(&core.own);
        }
        self.takes_effect(owner, content);
    }

    fn fail(&mut self, owner: u32, error: &str) {
        let Some(Pull { module, source, .. }) = self.pull(owner) else { return };
        let peer = self.address(self.peer(owner, source.slot));
        let subject = Subject::of(module);
        self.log(owner, &|| Event::FetchFailed { subject, peer: peer.clone(), error: error.into() });
        self.sleep(owner);
    }

    fn sleep(&mut self, owner: u32) {
        let at = self.millis();
        if let Some(Update { pull: Some(pull), .. }) = &mut self.machines[owner as usize].work.update {
            pull.has_failed = true;
            let module = pull.module;
            self.record.failed(module as usize);
            let text = format!("a pull of {module} fails");
            self.record.mark(at, Some(owner as usize), Some(module as usize), MarkKind::FailedPull, text);
        }
        self.due(owner, SLEEP, What::PullEnds);
    }

    /// A peer went: its answers count no longer.
    pub(super) fn drop_update_of(&mut self, owner: u32, monitor: u32) {
        let work = &mut self.machines[owner as usize].work;
        work.waiting.retain(|waiting| *waiting != monitor);
        if let Some(update) = work.update.as_mut().filter(|update| update.monitor == monitor) {
            // The pull that took it out of the list is the last thing that it did.
            update.done = ModuleKind::COUNT;
        }
    }

    fn due(&mut self, owner: u32, wait: Tick, what: What) {
        let life = short(self.lives[owner as usize]);
        self.queue.add(self.queue.now() + wait, Due { what, life, of: owner });
    }

    fn pull(&self, owner: u32) -> Option<Pull> {
        self.machines[owner as usize].work.update.as_ref()?.pull
    }

    fn peer(&self, owner: u32, slot: u32) -> u32 {
        let core = self.machines[owner as usize].core.as_ref();
        core.and_then(|core| core.peers.get(slot as usize)).map_or(owner, |peer| peer.name)
    }

    fn is_2_0(&self, owner: u32) -> bool {
        self.machines[owner as usize].version < crate::schema::Version::V2_7
    }
}
