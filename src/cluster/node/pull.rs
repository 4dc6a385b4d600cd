//! A pull: its source, its connection, and what becomes of what came.

use std::sync::Arc;

use super::super::event::{Event, Subject, Variables};
use super::super::module::{ModuleKind, ModuleState};
use super::super::queries::PullQuery;
use super::super::rows::Rows;
use super::super::settings::Address;
use super::super::sums::checksum_of_rows;
use super::{Content, Loaded, Node, Now, Output, PullAnswer, Sums};
use crate::hash::Checksum;
use crate::schema::Version;

/// How long all monitors rest after a failed pull (since 2.7).
const FAILURE_MS: u64 = 1000;

/// A pull that goes on.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    module: ModuleKind,
    pub(super) source: Address,
    /// Of the module, and of servers as they run.
    expected: Option<Checksum>,
    expected_running: Option<Checksum>,
    /// The module of the peer that triggered it, and its servers as they run.
    trigger: ModuleState,
    trigger_running: ModuleState,
    queries: &'static [PullQuery],
    rows: Vec<Rows>,
    stage: Stage,
    /// A query failed; another one may follow all the same.
    has_failed: bool,
    /// Whether to rest at the end.
    rests: bool,
    /// Peers that came with it; their monitors start after it.
    pub(super) added: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connecting,
    /// The answer to this one is to come.
    Asking(usize),
    Loading,
    Resting,
}

/// Where to pull a module from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// From this one.
    Source(u32),
    /// A later epoch was seen that is not ready.
    NotReady { seen: u64, best: u64 },
    /// None is ready.
    Nobody,
}

impl Pull {
    /// Whether servers as they run are pulled with those loaded.
    pub(super) fn has_running(&self) -> bool {
        self.queries.len() > 1 && self.queries.last() == Some(&PullQuery::RunningServers)
    }
}

impl Node {
    /// Walks over all peers. `seen` is what was looked at last, not the latest: a later epoch that is not
    /// ready counts only where it comes behind the last candidate.
    pub(super) fn choose(&self, module: ModuleKind) -> Choice {
        let diffs = self.settings.diffs_before_sync[module];
        let is_ready = |diff_check: u32| match self.settings.version {
            Version::V2_0 => diff_check > diffs,
            _ => diff_check >= diffs,
        };
        let (mut seen, mut best, mut source) = (0, 0, None);
        for slot in self.order.slots() {
            let state = &self.peers[slot as usize].seen[module as usize];
            if state.version > 1 && state.epoch > best {
                seen = state.epoch;
                if is_ready(state.diff_check) {
                    best = state.epoch;
                    source = Some(slot);
                }
            }
        }
        match source {
            Some(_) if seen > best => Choice::NotReady { seen, best },
            Some(slot) => Choice::Source(slot),
            None => Choice::Nobody,
        }
    }

    /// Begins a pull that a peer triggered; `None` where it ends at once.
    pub(super) fn begin_pull(&mut self, trigger: u32, module: ModuleKind, _now: Now) -> Option<Pull> {
        let slot = match self.choose(module) {
            Choice::Source(slot) => slot,
            choice => {
                self.no_source(module, choice);
                return None;
            }
        };
        let source = &self.peers[slot as usize];
        let ModuleState { version, epoch, checksum } = source.state(module);
        let (source_running, source) = (source.state(ModuleKind::MysqlServers), source.address.clone());
        self.events.push_back(Event::Source { peer: source.clone(), module, version, epoch });
        if self.settings.username.is_empty() {
            return None;
        }
        let trigger = &self.peers[trigger as usize];
        let is_servers = matches!(module, ModuleKind::MysqlServers | ModuleKind::MysqlServersV2);
        let pull = Pull {
            module,
            source: source.clone(),
            // The source may be another peer than the one that triggered; only for servers that counts.
            expected: if is_servers { checksum } else { trigger.state(module).checksum },
            expected_running: source_running.checksum,
            trigger: trigger.state(module),
            trigger_running: trigger.state(ModuleKind::MysqlServers),
            queries: PullQuery::of(module, &self.settings),
            rows: Vec::new(),
            stage: Stage::Connecting,
            has_failed: false,
            rests: false,
            added: Vec::new(),
        };
        self.started_line(&pull);
        self.outputs.push_back(Output::PullConnect(source));
        Some(pull)
    }

    fn no_source(&mut self, module: ModuleKind, choice: Choice) {
        if let Choice::NotReady { seen, best } = choice {
            self.events.push_back(match module {
                ModuleKind::AdminVariables | ModuleKind::MysqlVariables => {
                    Event::VariablesNotReady { module, seen, best }
                }
                _ => Event::SourceNotReady { module, seen, best },
            });
        }
        if module == ModuleKind::MysqlQueryRules && self.settings.version >= Version::V2_7 {
            self.events.push_back(Event::NoHostname {});
        }
    }

    fn started_line(&mut self, pull: &Pull) {
        let (peer, expected, subject) = (pull.source.clone(), pull.expected, Subject::of(pull.module));
        let is_2_0 = self.settings.version < Version::V2_7;
        self.events.push_back(match pull.module {
            ModuleKind::AdminVariables => Event::FetchVariablesStarted { variables: Variables::Admin, peer },
            ModuleKind::MysqlVariables => Event::FetchVariablesStarted { variables: Variables::Mysql, peer },
            ModuleKind::MysqlServers if !is_2_0 => Event::FetchRunningStarted { peer, expected },
            ModuleKind::MysqlServers | ModuleKind::MysqlServersV2 => {
                Event::FetchServersStarted { subject, peer, expected }
            }
            _ if is_2_0 => Event::FetchStarted2_0 { subject, peer },
            _ => Event::FetchStarted { subject, peer, expected },
        });
    }

    /// Takes what comes to the pull, if it waits for it.
    pub(super) fn pull_answer(&mut self, answer: PullAnswer, now: Now) {
        let Some(mut update) = self.update.take() else { return };
        let pull = &mut update.pull;
        let goes_on = match (pull.stage, answer) {
            (Stage::Connecting, PullAnswer::Connected) => self.ask_for(pull, 0),
            (Stage::Connecting, PullAnswer::Refused(error)) => {
                self.not_connected(pull, error);
                pull.rests = true;
                self.finish(pull, now)
            }
            (Stage::Asking(index), PullAnswer::Rows(rows)) => {
                pull.rows.push(rows);
                self.came(pull, index);
                match pull.queries.get(index + 1) {
                    Some(_) => self.ask_for(pull, index + 1),
                    None => self.all_came(pull, None, now),
                }
            }
            (Stage::Asking(index), PullAnswer::Sums(sums)) => {
                self.came(pull, index);
                for later in index + 1..pull.queries.len() {
                    self.asking_line(pull, later);
                    self.came(pull, later);
                }
                self.all_came(pull, Some(sums), now)
            }
            (Stage::Asking(index), PullAnswer::Error(error)) => self.query_failed(pull, index, error, now),
            (Stage::Resting, PullAnswer::Awake) => false,
            _ => true,
        };
        self.update = Some(update);
        if !goes_on {
            self.pull_ended(now);
        }
    }

    /// Asks the next query. All functions here that give a bool say whether the pull goes on.
    fn ask_for(&mut self, pull: &mut Pull, index: usize) -> bool {
        self.asking_line(pull, index);
        pull.stage = Stage::Asking(index);
        self.outputs.push_back(Output::PullQuery(pull.queries[index]));
        true
    }

    /// The line before a query.
    fn asking_line(&mut self, pull: &Pull, index: usize) {
        let subject = match pull.queries[index] {
            PullQuery::GroupReplicationHostgroups
            | PullQuery::GaleraHostgroups
            | PullQuery::AuroraHostgroups
            | PullQuery::HostgroupAttributes
            | PullQuery::ServersSslParams => table_subject(pull.queries[index]),
            PullQuery::ServersChecksum => {
                let peer = pull.source.clone();
                self.events.push_back(Event::Fetched { subject: Subject::Servers, peer: peer.clone() });
                self.events.push_back(Event::AskingChecksum { peer });
                return;
            }
            _ => return,
        };
        self.events.push_back(Event::FetchingTable { subject, peer: pull.source.clone() });
    }

    /// The line behind the answer to a query.
    fn came(&mut self, pull: &Pull, index: usize) {
        let (peer, query) = (pull.source.clone(), pull.queries[index]);
        let subject = table_subject(query);
        let since_2_7 = self.settings.version >= Version::V2_7;
        if query == PullQuery::LoadedServers || (query == PullQuery::RunningServers && since_2_7) {
            self.events.push_back(Event::FetchedTable { subject, peer });
        }
    }

    fn not_connected(&mut self, pull: &Pull, error: Arc<str>) {
        let subject = match pull.module {
            ModuleKind::MysqlServersV2 => Subject::Servers,
            module => Subject::of(module),
        };
        self.events.push_back(Event::FetchFailed { subject, peer: pull.source.clone(), error });
    }

    fn query_failed(&mut self, pull: &mut Pull, index: usize, error: Arc<str>, now: Now) -> bool {
        let (peer, query) = (pull.source.clone(), pull.queries[index]);
        let subject = table_subject(query);
        let since_2_7 = self.settings.version >= Version::V2_7;
        let is_servers = matches!(pull.module, ModuleKind::MysqlServers | ModuleKind::MysqlServersV2);
        self.events.push_back(match query {
            PullQuery::ServersChecksum => Event::ChecksumFailed { peer, error },
            _ if is_servers && since_2_7 => Event::FetchTableFailed { subject, peer, error },
            _ => Event::FetchFailed { subject: Subject::of(pull.module), peer, error },
        });
        pull.has_failed = true;
        // Of servers as they run a failure costs no rest; they are asked for even when another query failed.
        pull.rests |= query != PullQuery::RunningServers;
        if pull.has_running() && query != PullQuery::RunningServers {
            return self.ask_for(pull, pull.queries.len() - 1);
        }
        self.finish(pull, now)
    }

    /// All rows have come, if no query failed: they are compared with what was expected.
    fn all_came(&mut self, pull: &mut Pull, sums: Option<Sums>, now: Now) -> bool {
        if pull.has_failed {
            return self.finish(pull, now);
        }
        let is_right = if self.settings.version >= Version::V2_7 {
            let sums = sums.unwrap_or_else(|| self.sums(pull));
            self.verify(pull, sums)
        } else {
            self.confirm_2_0(pull, sums)
        };
        if !is_right {
            return self.finish(pull, now);
        }
        if pull.module != ModuleKind::MysqlServers || self.settings.version < Version::V2_7 {
            let (subject, peer) = (Subject::of(pull.module), pull.source.clone());
            self.events.push_back(Event::Loading { subject, peer });
        }
        let save = self.saves(pull.module);
        let content = match sums {
            Some(sums) => Content::Sums(sums),
            None => Content::Rows(std::mem::take(&mut pull.rows)),
        };
        pull.stage = Stage::Loading;
        self.outputs.push_back(Output::Load { module: pull.module, content, save });
        true
    }

    /// 2.0 asks the wrong variable for users.
    fn saves(&self, module: ModuleKind) -> bool {
        let setting = match module {
            ModuleKind::MysqlUsers if self.settings.version < Version::V2_7 => ModuleKind::MysqlQueryRules,
            module => module,
        };
        self.settings.save_to_disk[setting]
    }

    fn sums(&self, pull: &Pull) -> Sums {
        let version = self.settings.version;
        let running = pull.has_running().then(|| pull.rows.last()).flatten();
        Sums {
            checksum: checksum_of_rows(pull.module, version, &pull.rows),
            running: running
                .map(|rows| checksum_of_rows(ModuleKind::MysqlServers, version, std::slice::from_ref(rows))),
        }
    }

    /// Whether what came has the expected checksums, with the lines about it.
    fn verify(&mut self, pull: &mut Pull, sums: Sums) -> bool {
        let (subject, peer) = (Subject::of(pull.module), pull.source.clone());
        let (expected, computed) = (pull.expected, Some(sums.checksum));
        let mut is_right = computed == expected;
        if let ModuleKind::ProxysqlServers = pull.module {
            self.events.push_back(Event::FetchedAndComputed { subject, peer: peer.clone(), computed });
        } else {
            if !matches!(pull.module, ModuleKind::MysqlServers | ModuleKind::MysqlServersV2) {
                self.events.push_back(Event::Fetched { subject, peer: peer.clone() });
            }
            self.events.push_back(Event::Computed { subject, peer: peer.clone(), computed });
        }
        if pull.has_running() {
            let subject = Subject::Servers;
            self.events.push_back(Event::Computed { subject, peer: peer.clone(), computed: sums.running });
            is_right &= sums.running == pull.expected_running;
        }
        if is_right {
            self.confirmed_lines(pull, computed);
            return true;
        }
        pull.rests = pull.module != ModuleKind::MysqlServers;
        match pull.module {
            ModuleKind::MysqlServers => {}
            ModuleKind::MysqlQueryRules => {
                self.events.push_back(Event::WrongRulesChecksum { subject, peer, expected, computed });
            }
            _ => self.events.push_back(Event::WrongChecksum { subject, peer, expected, computed }),
        }
        false
    }

    /// Lines between the right checksum and the load.
    fn confirmed_lines(&mut self, pull: &Pull, computed: Option<Checksum>) {
        match pull.module {
            ModuleKind::MysqlServersV2 => {
                self.events.push_back(Event::ServersConfirmed { peer: pull.source.clone(), computed });
                let tables = pull.queries.iter().filter(|query| **query != PullQuery::RunningServers);
                for (index, table) in tables.filter_map(|query| query.table()).enumerate() {
                    self.events.push_back(Event::Writing { table: table.name().into() });
                    if index > 1 {
                        self.events.push_back(Event::Dumping { table: table.name().into() });
                    }
                }
            }
            ModuleKind::ProxysqlServers => {
                self.events.push_back(Event::Dumping { table: "proxysql_servers".into() });
            }
            _ => {}
        }
    }

    /// 2.0 compares nothing but the checksum of servers, which it has asked for once more.
    fn confirm_2_0(&mut self, pull: &mut Pull, sums: Option<Sums>) -> bool {
        let (subject, peer) = (Subject::of(pull.module), pull.source.clone());
        if pull.module != ModuleKind::MysqlServers {
            self.events.push_back(Event::Fetched { subject, peer });
            return true;
        }
        let answered = pull.rows.last().and_then(|rows| rows.cell(0, 3));
        let checksum = match sums {
            Some(sums) => Some(sums.checksum),
            None => answered.and_then(|text| std::str::from_utf8(text).ok()?.parse().ok()),
        };
        // Without a row it is no empty text that is compared.
        if sums.is_none() && answered.is_none() {
            return false;
        }
        if checksum != pull.expected {
            return false;
        }
        self.events.push_back(Event::ChecksumConfirmed { peer, checksum });
        for table in ["mysql_servers", "mysql_replication_hostgroups"] {
            self.events.push_back(Event::Writing { table: table.into() });
        }
        true
    }

    /// What came is loaded.
    pub(super) fn loaded(&mut self, loaded: Loaded, now: Now) {
        let Some(mut update) = self.update.take_if(|update| update.pull.stage == Stage::Loading) else {
            return;
        };
        let pull = &mut update.pull;
        let is_2_0 = self.settings.version < Version::V2_7;
        let epoch_for = |trigger: &ModuleState, checksum: Option<Checksum>| {
            if checksum == trigger.checksum && !is_2_0 { trigger.epoch } else { now.unix }
        };
        if pull.module == ModuleKind::MysqlServersV2 {
            let state = &mut self.own[ModuleKind::MysqlServers];
            let epoch = epoch_for(&pull.trigger_running, loaded.running);
            *state = ModuleState { version: state.version + 1, epoch, checksum: loaded.running };
        }
        if let Some(settings) = loaded.settings {
            self.set_settings(*settings);
        }
        self.load(pull.module, loaded.checksum, epoch_for(&pull.trigger, loaded.checksum));
        if let Some(members) = loaded.members {
            pull.added = self.set_members(&members);
        }
        self.saved_line(pull);
        let goes_on = self.finish(pull, now);
        self.update = Some(update);
        if !goes_on {
            self.pull_ended(now);
        }
    }

    fn saved_line(&mut self, pull: &Pull) {
        let (subject, peer) = (Subject::of(pull.module), pull.source.clone());
        let is_2_0 = self.settings.version < Version::V2_7;
        let saves = self.saves(pull.module);
        let line = match pull.module {
            // In 2.0 the line of users names the rules.
            ModuleKind::MysqlUsers if is_2_0 && saves => Event::Saving { subject: Subject::QueryRules, peer },
            ModuleKind::MysqlServers if saves && !is_2_0 => {
                Event::Saving { subject: Subject::ServersV2, peer }
            }
            ModuleKind::MysqlServers if is_2_0 && !saves => {
                Event::ServersNotSaved2_0 { peer, checksum: pull.expected }
            }
            _ if saves => Event::Saving { subject, peer },
            ModuleKind::MysqlServersV2 => Event::ServersNotSaved { peer },
            ModuleKind::AdminVariables | ModuleKind::MysqlVariables | ModuleKind::MysqlServers => return,
            _ if is_2_0 => return,
            _ => Event::NotSaving { subject, peer },
        };
        self.events.push_back(line);
    }

    /// Closes the connection, and rests where the pull failed.
    fn finish(&mut self, pull: &mut Pull, now: Now) -> bool {
        self.outputs.push_back(Output::PullClose);
        if !pull.rests || self.settings.version < Version::V2_7 {
            return false;
        }
        pull.stage = Stage::Resting;
        self.outputs.push_back(Output::PullWait(now.ms + FAILURE_MS));
        true
    }
}

/// What lines call the table of a query.
fn table_subject(query: PullQuery) -> Subject {
    match query {
        PullQuery::AdminVariables | PullQuery::AllAdminVariables => Subject::AdminVariables,
        PullQuery::MysqlVariables | PullQuery::AllMysqlVariables => Subject::MysqlVariables,
        PullQuery::Rules | PullQuery::FastRouting => Subject::QueryRules,
        PullQuery::LoadedServers | PullQuery::ReplicationHostgroups => Subject::ServersV2,
        PullQuery::GroupReplicationHostgroups => Subject::GroupReplicationHostgroups,
        PullQuery::GaleraHostgroups => Subject::GaleraHostgroups,
        PullQuery::AuroraHostgroups => Subject::AuroraHostgroups,
        PullQuery::HostgroupAttributes => Subject::HostgroupAttributes,
        PullQuery::ServersSslParams => Subject::ServersSslParams,
        PullQuery::RunningServers | PullQuery::ServersChecksum => Subject::Servers,
        PullQuery::Users => Subject::Users,
        PullQuery::ProxysqlServers => Subject::ProxysqlServers,
    }
}
