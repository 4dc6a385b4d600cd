//! From lines to chapters.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::across::{Known, relate};
use super::chapter::{Chapter, Happening, PullEnd, Sighting};
use super::line::LogLine;
use super::obstacle::Obstacle;
use crate::cluster::{Address, Date, Event, LoadWords, ModuleKind, Subject};
use crate::hash::Checksum;

/// The most chapters that are kept; what comes then is counted.
const MOST_CHAPTERS: usize = 100_000;
/// The most peers, modules and nodes that are kept in mind.
const MOST_KNOWN: usize = 1_000_000;
/// So many pulls of one module by one node are no accident.
const MANY_PULLS: u64 = 4;

/// Reads logs of one or several nodes, line by line, and tells their story.
///
/// ```
/// use proxysql_kit::cluster::Storyteller;
///
/// let mut teller = Storyteller::new();
/// teller.line("proxysql-0", "2019-08-01 19:06:18 ProxySQL_Cluster.cpp:215:ProxySQL_Cluster_Monitor_thread(): [WARNING] \
///     Cluster: unable to connect to peer proxysql-1:6032 . Error: Unknown MySQL server host 'proxysql-1' (0)");
/// let story = teller.finish();
/// assert_eq!(
///     story.chapters[0].to_string(),
///     "cannot reach proxysql-1:6032: Unknown MySQL server host 'proxysql-1' (0)"
/// );
/// assert!(story.obstacles[0].remedy().contains("headless service"));
/// ```
#[derive(Debug, Default)]
pub struct Storyteller {
    nodes: HashMap<String, Node>,
    /// In the order in which they came.
    names: Vec<String>,
    chapters: Vec<Chapter>,
    dropped: u64,
    /// How much is kept in mind.
    known: usize,
}

/// What logs tell. Its `Display` is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Story {
    /// The logs.
    pub logs: Vec<LogSummary>,
    /// What happened, in the order of time.
    pub chapters: Vec<Chapter>,
    /// How many more there were.
    pub dropped: u64,
    /// What keeps the nodes apart where the logs end.
    pub obstacles: Vec<Obstacle>,
}

/// What there is of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LogSummary {
    /// The node.
    pub node: String,
    /// The date of its first and of its last line, in seconds since 1970 as the node has them.
    pub span: Option<(u64, u64)>,
    /// How many lines.
    pub lines: u64,
    /// How many of them are about the cluster.
    pub understood: u64,
}

/// What is known of a node.
#[derive(Debug, Default)]
struct Node {
    lines: u64,
    understood: u64,
    span: Option<(u64, u64)>,
    /// Chapters that go on, by what they are about.
    open: HashMap<Key, usize>,
    peers: HashSet<Address>,
    own: HashMap<ModuleKind, Own>,
    seen: HashMap<(Address, ModuleKind), Seen>,
    pulls: HashMap<ModuleKind, Pulls>,
    commanded: bool,
}

/// What repeated lines are about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Unreachable(Address),
    OtherVersion(Address),
    CheckFailed(Address),
    Conflict(Address, ModuleKind),
    VersionOne(Address, ModuleKind),
    Pull(ModuleKind),
}

#[derive(Clone, Copy, Debug)]
struct Own {
    checksum: Option<Checksum>,
    epoch: u64,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    chapter: usize,
    checksum: Option<Checksum>,
    epoch: u64,
    sighting: Sighting,
}

#[derive(Debug, Default)]
struct Pulls {
    loaded: u64,
    unsaved: bool,
    /// Failures since the last success.
    failed: u64,
    error: String,
    peer: Option<Address>,
}

impl Storyteller {
    /// Has read nothing yet.
    pub fn new() -> Self {
        Storyteller::default()
    }

    /// Takes a line of a node's log. Where the line itself names a node ([`LogLine::node`]) it is that one. What is not
    /// about the cluster is passed over.
    pub fn line(&mut self, node: &str, line: &str) {
        let line = LogLine::parse(line);
        let named = line.and_then(|line| line.node());
        let is_full = self.known >= MOST_KNOWN;
        let name = named.filter(|name| !is_full || self.nodes.contains_key(*name)).unwrap_or(node);
        if !self.nodes.contains_key(name) {
            self.known += 1;
            self.names.push(name.to_owned());
            self.nodes.insert(name.to_owned(), Node::default());
        }
        let Some(node) = self.nodes.get_mut(name) else { return };
        node.lines += 1;
        let Some(line) = line else { return };
        let at = line.seconds();
        node.span = Some(node.span.map_or((at, at), |(first, _)| (first, at)));
        let Ok(event) = line.text.parse::<Event>() else { return };
        node.understood += 1;
        let (chapters, dropped, known) = (&mut self.chapters, &mut self.dropped, &mut self.known);
        let mut scribe = Scribe { name, at, node, chapters, dropped, known };
        scribe.event(event);
    }

    /// The story of all lines.
    pub fn finish(self) -> Story {
        let mut obstacles = Vec::new();
        let mut logs = Vec::new();
        for name in &self.names {
            let Some(node) = self.nodes.get(name) else { continue };
            node.obstacles(name, &self.chapters, &mut obstacles);
            let Node { span, lines, understood, .. } = *node;
            logs.push(LogSummary { node: name.clone(), span, lines, understood });
        }
        let known =
            self.names.iter().filter_map(|name| Some(Known { name, peers: &self.nodes.get(name)?.peers }));
        let obstacles = relate(&obstacles, &known.collect::<Vec<_>>());
        let mut chapters = self.chapters;
        chapters.sort_by_key(|chapter| chapter.first);
        Story { logs, chapters, dropped: self.dropped, obstacles }
    }
}

/// Writes down what a line of a node says.
struct Scribe<'s> {
    name: &'s str,
    at: u64,
    node: &'s mut Node,
    chapters: &'s mut Vec<Chapter>,
    dropped: &'s mut u64,
    known: &'s mut usize,
}

impl Scribe<'_> {
    fn event(&mut self, event: Event) {
        match event {
            Event::Created { peer } => {
                if self.has_room() {
                    self.node.peers.insert(peer.clone());
                }
                _ = self.write(Happening::PeerAdded { peer });
            }
            Event::Destroyed { peer } => self.peer_left(peer),
            Event::SeveralAddresses { host, .. } => {
                _ = self.write(Happening::SeveralAddresses { host: host.as_str().to_owned() });
            }
            Event::Clustering { peer, .. } => {
                self.close_connection(&peer);
                _ = self.write(Happening::Connected { peer });
            }
            Event::DifferentVersion { peer, remote, own } => {
                let (remote, own) = (remote.as_str().to_owned(), own.as_str().to_owned());
                self.node.open.remove(&Key::Unreachable(peer.clone()));
                self.again(Key::OtherVersion(peer.clone()), Happening::OtherVersion { peer, remote, own });
            }
            Event::CannotConnect { peer, error } => {
                let error = error.to_string();
                self.again(Key::Unreachable(peer.clone()), Happening::Unreachable { peer, error });
            }
            Event::QueryFailed { peer, error, .. } => {
                let error = error.to_string();
                self.again(Key::CheckFailed(peer.clone()), Happening::CheckFailed { peer, error });
            }
            Event::QueryFailed2_0 { peer, .. } => {
                let error = String::new();
                self.again(Key::CheckFailed(peer.clone()), Happening::CheckFailed { peer, error });
            }
            Event::Incompatible { table, hostgroups } => {
                let (table, hostgroups) = (table.as_str().to_owned(), hostgroups.to_string());
                _ = self.write(Happening::Incompatible { table, hostgroups });
            }
            Event::Reenabled { setting } => self.reenabled(setting),
            Event::CommandReceived { command } => {
                self.node.commanded = true;
                _ = self.write(Happening::Command { command: command.to_string() });
            }
            event => self.of_module(event),
        }
    }

    /// A line about a module.
    fn of_module(&mut self, event: Event) {
        match event {
            Event::NewChecksum { module, peer, version, epoch, checksum } => {
                self.detected(module, peer, version, epoch, checksum, Sighting::Differs);
            }
            Event::NewChecksumOff { module, peer, version, epoch, checksum, .. } => {
                self.detected(module, peer, version, epoch, checksum, Sighting::Off);
            }
            Event::SameChecksum { module, peer, checksum } => self.same(module, &peer, checksum),
            Event::SyncConflict { peer, module, epoch, own_epoch, own_checksum, .. } => {
                self.node.own.insert(module, Own { checksum: own_checksum, epoch: own_epoch });
                self.again(Key::Conflict(peer.clone(), module), Happening::Conflict { peer, module, epoch });
            }
            Event::VersionOne { peer, module, own_version, own_epoch, .. } => {
                if let Some(own) = self.node.own.get_mut(&module) {
                    own.epoch = own_epoch;
                }
                let what = Happening::VersionOne { peer: peer.clone(), module, own_version };
                self.again(Key::VersionOne(peer, module), what);
            }
            Event::Proceeding { peer, module, version, epoch, diff_check, .. } => {
                let end = PullEnd::Announced;
                self.announced(module, Happening::Pull { peer, module, version, epoch, diff_check, end });
            }
            Event::Source { peer, module, .. } => self.pull(module, |pull_peer, end| {
                *pull_peer = peer;
                *end = PullEnd::Fetching;
            }),
            Event::SourceNotReady { module, .. } | Event::VariablesNotReady { module, .. } => {
                self.ended(module, PullEnd::Skipped);
            }
            event => self.of_pull(event),
        }
    }

    /// A line about a pull that goes on, or a load.
    fn of_pull(&mut self, event: Event) {
        match event {
            Event::Fetched { subject, .. } | Event::FetchedAndComputed { subject, .. } => {
                if let Some(module) = module_of(subject) {
                    self.pull(module, |_, end| *end = PullEnd::Fetched);
                }
            }
            Event::Loading { subject, .. } => self.loaded_from_peer(subject, None),
            Event::Saving { subject, .. } => self.loaded_from_peer(subject, Some(true)),
            Event::NotSaving { subject, .. } => self.loaded_from_peer(subject, Some(false)),
            Event::ServersNotSaved { .. } => self.loaded_from_peer(Subject::ServersV2, Some(false)),
            Event::ServersNotSaved2_0 { .. } => self.loaded_from_peer(Subject::Servers, Some(false)),
            Event::WrongChecksum { subject, .. } | Event::WrongRulesChecksum { subject, .. } => {
                let error = "what came has another checksum than the peer had said".to_owned();
                self.failed(subject, error);
            }
            Event::FetchFailed { subject, error, .. } | Event::FetchTableFailed { subject, error, .. } => {
                self.failed(subject, error.to_string());
            }
            Event::ChecksumFailed { error, .. } => self.failed(Subject::Servers, error.to_string()),
            Event::LoadComputed { load, checksum, epoch } => self.loaded(load, checksum, epoch),
            Event::ServersComputed { module, checksum } => {
                let epoch = self.node.own.get(&module).map_or(0, |own| own.epoch);
                self.node.own.insert(module, Own { checksum, epoch });
            }
            _ => {}
        }
    }

    /// Whether one thing more can be kept in mind.
    fn has_room(&mut self) -> bool {
        let has_room = *self.known < MOST_KNOWN;
        *self.known += usize::from(has_room);
        has_room
    }

    /// A chapter of its own; its position.
    fn write(&mut self, what: Happening) -> Option<usize> {
        if self.chapters.len() >= MOST_CHAPTERS {
            *self.dropped += 1;
            return None;
        }
        let node = self.name.to_owned();
        self.chapters.push(Chapter { node, first: self.at, last: self.at, count: 1, what });
        Some(self.chapters.len() - 1)
    }

    /// Goes on with a chapter, or begins it.
    fn again(&mut self, key: Key, what: Happening) {
        if let Some(chapter) = self.node.open.get(&key).and_then(|&at| self.chapters.get_mut(at)) {
            chapter.last = self.at;
            chapter.count += 1;
            chapter.what = what;
        } else if let Some(at) = self.write(what) {
            self.node.open.insert(key, at);
        }
    }

    fn close_connection(&mut self, peer: &Address) {
        for key in
            [Key::Unreachable(peer.clone()), Key::OtherVersion(peer.clone()), Key::CheckFailed(peer.clone())]
        {
            self.node.open.remove(&key);
        }
    }

    fn peer_left(&mut self, peer: Address) {
        self.close_connection(&peer);
        self.node.peers.remove(&peer);
        self.node.seen.retain(|(seen, _), _| *seen != peer);
        self.node.open.retain(
            |key, _| !matches!(key, Key::Conflict(other, _) | Key::VersionOne(other, _) if *other == peer),
        );
        _ = self.write(Happening::PeerRemoved { peer });
    }

    /// The rows of all peers are asked for again, and what differs is counted.
    fn reenabled(&mut self, setting: ModuleKind) {
        for ((_, module), seen) in &mut self.node.seen {
            // Of rules the line says admin_variables.
            let is_meant = module.setting() == setting
                || (setting == ModuleKind::AdminVariables && *module == ModuleKind::MysqlQueryRules);
            if is_meant && seen.sighting == Sighting::Off {
                seen.sighting = Sighting::Differs;
            }
        }
        _ = self.write(Happening::Reenabled { module: setting });
    }

    fn detected(
        &mut self,
        module: ModuleKind,
        peer: Address,
        version: u64,
        epoch: u64,
        checksum: Option<Checksum>,
        sighting: Sighting,
    ) {
        // It answered: it was reached, also where no line says so (2.0).
        self.close_connection(&peer);
        self.node.open.remove(&Key::Conflict(peer.clone(), module));
        self.node.open.remove(&Key::VersionOne(peer.clone(), module));
        let what = Happening::Detected { peer: peer.clone(), module, version, epoch, checksum, sighting };
        let chapter = self.write(what).unwrap_or(usize::MAX);
        if !self.node.seen.contains_key(&(peer.clone(), module)) && !self.has_room() {
            return;
        }
        self.node.seen.insert((peer, module), Seen { chapter, checksum, epoch, sighting });
    }

    fn same(&mut self, module: ModuleKind, peer: &Address, checksum: Option<Checksum>) {
        let epoch = self.node.own.get(&module).map_or(0, |own| own.epoch);
        self.node.own.insert(module, Own { checksum, epoch });
        let Some(seen) = self.node.seen.get_mut(&(peer.clone(), module)) else { return };
        seen.sighting = Sighting::Same;
        if let Some(Chapter { what: Happening::Detected { sighting, .. }, .. }) =
            self.chapters.get_mut(seen.chapter)
        {
            *sighting = Sighting::Same;
        }
    }

    /// A pull begins, or the same one once more: 2.0 announces it a check early.
    fn announced(&mut self, module: ModuleKind, what: Happening) {
        let open = self.node.open.get(&Key::Pull(module)).and_then(|&at| self.chapters.get_mut(at));
        match open {
            Some(chapter) if matches!(chapter.what, Happening::Pull { end: PullEnd::Announced, .. }) => {
                chapter.last = self.at;
                chapter.what = what;
            }
            _ => {
                self.node.open.remove(&Key::Pull(module));
                self.again(Key::Pull(module), what);
            }
        }
    }

    /// Changes the peer and the end of the pull that goes on.
    fn pull(&mut self, module: ModuleKind, change: impl FnOnce(&mut Address, &mut PullEnd)) {
        let open = self.node.open.get(&Key::Pull(module)).and_then(|&at| self.chapters.get_mut(at));
        if let Some(chapter) = open
            && let Happening::Pull { peer, end, .. } = &mut chapter.what
        {
            change(peer, end);
            chapter.last = self.at;
        }
    }

    fn ended(&mut self, module: ModuleKind, how: PullEnd) {
        self.pull(module, |_, end| *end = how);
        self.node.open.remove(&Key::Pull(module));
    }

    fn loaded_from_peer(&mut self, subject: Subject, saved: Option<bool>) {
        // 2.0 says of users that rules are saved, which is no pull of rules then.
        let Some(module) = module_of(subject) else { return };
        let module = [module, ModuleKind::MysqlUsers, ModuleKind::MysqlServers]
            .into_iter()
            .find(|module| self.node.open.contains_key(&Key::Pull(*module)))
            .unwrap_or(module);
        if !self.node.open.contains_key(&Key::Pull(module)) {
            return;
        }
        let pulls = self.node.pulls.entry(module).or_default();
        pulls.failed = 0;
        if saved.is_none() || !pulls.unsaved {
            pulls.unsaved = saved == Some(false);
        }
        if saved.is_none() {
            pulls.loaded += 1;
        }
        self.pull(module, |_, end| *end = PullEnd::Loaded { saved });
        if saved.is_some() {
            self.node.open.remove(&Key::Pull(module));
        }
    }

    fn failed(&mut self, subject: Subject, error: String) {
        let module = module_of(subject).unwrap_or(ModuleKind::MysqlServersV2);
        let mut source = None;
        self.pull(module, |peer, _| source = Some(peer.clone()));
        self.ended(module, PullEnd::Failed { error: error.clone() });
        let pulls = self.node.pulls.entry(module).or_default();
        pulls.failed += 1;
        pulls.error = error;
        pulls.peer = source.or(pulls.peer.take());
    }

    fn loaded(&mut self, load: LoadWords, checksum: Option<Checksum>, epoch: u64) {
        for module in ModuleKind::ALL.into_iter().filter(|module| LoadWords::of(*module) == load) {
            self.node.own.insert(module, Own { checksum, epoch });
            // Loaded because it was pulled: that is told already.
            if self.node.open.contains_key(&Key::Pull(module)) {
                return;
            }
        }
        let at_start = !self.node.commanded;
        _ = self.write(Happening::Loaded { load, checksum, epoch, at_start });
    }
}

impl Node {
    /// What keeps this node and others apart where its log ends.
    fn obstacles(&self, name: &str, chapters: &[Chapter], found: &mut Vec<Obstacle>) {
        let node = name.to_owned();
        let mut open: Vec<_> = self.open.values().collect();
        open.sort_unstable();
        let open = open.into_iter().filter_map(|&at| chapters.get(at));
        let mut told = Vec::new();
        for chapter in open {
            match &chapter.what {
                Happening::Unreachable { peer, error } => found.push(Obstacle::Unreachable {
                    node: node.clone(),
                    peer: peer.to_string(),
                    error: error.clone(),
                    count: chapter.count,
                }),
                Happening::OtherVersion { peer, remote, own } => found.push(Obstacle::OtherVersion {
                    node: node.clone(),
                    peer: peer.to_string(),
                    remote: remote.clone(),
                    own: own.clone(),
                }),
                Happening::Conflict { peer, module, .. } if self.differs(peer, *module) => {
                    told.push((peer.clone(), *module));
                    let (peer, load) = (peer.to_string(), LoadWords::of(*module).to_string());
                    found.push(Obstacle::Conflict {
                        node: node.clone(),
                        peer,
                        module: module.to_string(),
                        load,
                    });
                }
                Happening::VersionOne { peer, module, own_version } if self.differs(peer, *module) => {
                    told.push((peer.clone(), *module));
                    let (peer, load) = (peer.to_string(), LoadWords::of(*module).to_string());
                    let both = *own_version <= 1;
                    found.push(Obstacle::VersionOne {
                        node: node.clone(),
                        peer,
                        module: module.to_string(),
                        load,
                        both,
                    });
                }
                Happening::Pull { module, .. } => {
                    told.extend(self.seen.keys().filter(|(_, seen)| seen == module).cloned());
                }
                _ => {}
            }
        }
        self.pull_obstacles(&node, found, &mut told);
        self.silent_obstacles(&node, found, &told);
    }

    fn pull_obstacles(&self, node: &str, found: &mut Vec<Obstacle>, told: &mut Vec<(Address, ModuleKind)>) {
        for module in ModuleKind::ALL {
            let Some(pulls) = self.pulls.get(&module) else { continue };
            let (node, name, load) = (node.to_owned(), module.to_string(), LoadWords::of(module).to_string());
            if pulls.failed > 0 {
                told.extend(self.seen.keys().filter(|(_, seen)| *seen == module).cloned());
                let peer = pulls.peer.as_ref().map(Address::to_string).unwrap_or_default();
                let (error, count) = (pulls.error.clone(), pulls.failed);
                found.push(Obstacle::PullsFail { node, peer, module: name, error, count });
            } else if pulls.loaded >= MANY_PULLS {
                found.push(Obstacle::Flapping { node, module: name, pulls: pulls.loaded });
            } else if pulls.unsaved {
                found.push(Obstacle::NotSaved { node, module: name, load });
            }
        }
    }

    fn silent_obstacles(&self, node: &str, found: &mut Vec<Obstacle>, told: &[(Address, ModuleKind)]) {
        let mut seen: Vec<_> = self.seen.iter().collect();
        seen.sort_by(|((peer, module), _), ((other, other_module), _)| {
            (peer.to_string(), module).cmp(&(other.to_string(), other_module))
        });
        for ((peer, module), seen) in seen {
            if told.contains(&(peer.clone(), *module)) || !self.differs(peer, *module) {
                continue;
            }
            let (node, peer, name) = (node.to_owned(), peer.to_string(), module.to_string());
            if seen.sighting == Sighting::Off {
                let variable = format!("admin-cluster_{}_diffs_before_sync", module.setting());
                found.push(Obstacle::Off { node, peer, module: name, variable });
            } else if let Some(own) = self.own.get(module) {
                let own_is_newer = own.epoch > seen.epoch;
                found.push(Obstacle::Silent { node, peer, module: name, own_is_newer });
            }
        }
    }

    /// Whether a peer's module differs, as far as the log tells.
    fn differs(&self, peer: &Address, module: ModuleKind) -> bool {
        let Some(seen) = self.seen.get(&(peer.clone(), module)) else { return true };
        match self.own.get(&module) {
            Some(own) => own.checksum != seen.checksum,
            None => seen.sighting != Sighting::Same,
        }
    }
}

/// The module whose pull a line is about; none for the tables that are parts of one.
fn module_of(subject: Subject) -> Option<ModuleKind> {
    ModuleKind::ALL.into_iter().find(|module| Subject::of(*module) == subject)
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for log in self.logs.iter().filter(|log| log.understood > 0) {
            write!(f, "{}: {} of {} lines are about the cluster", log.node, log.understood, log.lines)?;
            match log.span {
                Some((first, last)) => writeln!(f, ", {} to {}", Date(first), Date(last))?,
                None => writeln!(f)?,
            }
        }
        writeln!(f)?;
        let width = self.chapters.iter().map(|chapter| chapter.node.chars().count()).max().unwrap_or(0);
        for chapter in &self.chapters {
            writeln!(f, "{}  {:width$}  {chapter}", Date(chapter.first), chapter.node)?;
        }
        if self.dropped > 0 {
            writeln!(f, "... and {} more", self.dropped)?;
        }
        if self.obstacles.is_empty() {
            return writeln!(f, "\nNothing keeps the nodes apart where the logs end.");
        }
        writeln!(f, "\nWhere the logs end")?;
        for obstacle in &self.obstacles {
            writeln!(
                f,
                "{} {obstacle}\n  -> {}",
                if obstacle.is_grave() { "!" } else { "-" },
                obstacle.remedy()
            )?;
        }
        Ok(())
    }
}
