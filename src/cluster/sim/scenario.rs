//! What is to happen: nodes, links, what operators do, and what is expected of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::hash::{Checksum, spooky};
use crate::schema::Version;

/// A time within a run, or a length of time: milliseconds.
pub type Millis = u64;

/// A cluster, and what happens to it. The [module](super) says how it is written as TOML; in code it is made with
/// [`Scenario::new`] and changed field by field.
///
/// ```
/// use proxysql_kit::cluster::sim::{Action, Scenario, Simulation};
///
/// let mut scenario = Scenario::new("two nodes", 2);
/// scenario.at(2_000, Action::load(0, "mysql_users", "new user"));
/// let report = Simulation::new(&scenario).run();
/// let users = report.module("mysql_users").unwrap();
/// assert_eq!(users.winner.as_deref(), Some("new user"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// What it is called in reports.
    pub title: String,
    /// Where the random numbers begin.
    pub seed: u64,
    /// The wall clock at the beginning: seconds since 1970.
    pub start: u64,
    /// How long it lasts.
    pub duration: Millis,
    /// The nodes. Those that join later are among them.
    pub nodes: Vec<NodeSpec>,
    /// How nodes reach each other where nothing else is said.
    pub link: Link,
    /// How these nodes reach these others, both ways.
    pub links: Vec<(Vec<usize>, Vec<usize>, Link)>,
    /// What happens, and when.
    pub actions: Vec<(Millis, Action)>,
    /// What is expected of it.
    pub expect: Vec<Expectation>,
    /// How many lines of the logs are kept.
    pub log_limit: usize,
}

/// A node as it begins.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeSpec {
    /// `HOST:PORT`, as it stands in `proxysql_servers`.
    pub name: Arc<str>,
    /// What it answers to `SELECT @@version`; its first two numbers say how it behaves.
    pub version: Arc<str>,
    /// When it starts for the first time; `None`: when an action says so.
    pub starts: Option<Millis>,
    /// By how many milliseconds its clock is ahead.
    pub clock: i64,
    /// The nodes in its `proxysql_servers`.
    pub members: Vec<usize>,
    /// Admin variables, without `admin-`.
    pub settings: BTreeMap<String, String>,
    /// The contents of its modules at the first start: what its configuration file says. Those not named are
    /// called `initial`.
    pub contents: BTreeMap<String, Content>,
    /// Whether it has a disk at the start that holds the same.
    pub has_disk: bool,
}

/// A content of a module: a name for people, and its checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The name; empty for an empty module.
    pub label: Arc<str>,
    /// The checksum; by default one that follows from module and name.
    pub checksum: Checksum,
}

/// How packets travel between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// One way, in microseconds.
    pub delay_us: u32,
    /// What may come on top, in microseconds.
    pub jitter_us: u32,
    /// How many of a million queries break their connection.
    pub loss: u32,
}

/// Something that happens. Nodes are named by their place in [`Scenario::nodes`]; what happens to others is passed
/// over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Action {
    /// An operator changes a module in memory, loads it, and may save it.
    Load {
        /// On this node.
        node: usize,
        /// The module by name.
        module: Arc<str>,
        /// What memory holds then; `None`: what it held before.
        content: Option<Content>,
        /// Whether it is saved to disk, too.
        save: bool,
    },
    /// An operator sets admin variables, loads them, and may save them.
    Set {
        /// On this node.
        node: usize,
        /// The variables, without `admin-`.
        settings: BTreeMap<String, String>,
        /// Whether they are saved to disk, too.
        save: bool,
    },
    /// An operator puts other nodes into `proxysql_servers` and loads it.
    Members {
        /// On this node.
        node: usize,
        /// Those that stand there then.
        members: Vec<usize>,
        /// Whether it is saved to disk, too.
        save: bool,
    },
    /// A node goes down.
    Stop {
        /// This node.
        node: usize,
        /// Whether its disk is gone with it: a pod without a volume.
        loses_disk: bool,
    },
    /// A node starts: version 1 everywhere, content from disk, or from its file where there is no disk.
    Start {
        /// This node.
        node: usize,
    },
    /// The network falls apart: only nodes of one group reach each other. Nodes in no group reach all.
    Split {
        /// The groups.
        groups: Vec<Vec<usize>>,
    },
    /// The network is whole again.
    Heal,
    /// A name resolves, or no longer does.
    Dns {
        /// The node whose name it is.
        node: usize,
        /// Where it leads: to this node; `None`: it does not resolve.
        to: Option<usize>,
        /// For these nodes; empty: for all.
        observers: Vec<usize>,
    },
    /// A clock is set.
    Clock {
        /// On this node.
        node: usize,
        /// By how many milliseconds it is ahead then.
        ahead: i64,
    },
}

/// Something that has to hold at the end. What is `None` is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expectation {
    /// The module by name; `None`: all of them.
    pub module: Option<String>,
    /// Whether all nodes that are up hold the same.
    pub converged: Option<bool>,
    /// At the latest so long after the last thing that happened.
    pub within: Option<Millis>,
    /// The content that all hold.
    pub winner: Option<String>,
    /// The contents that were there, and that no node holds any more.
    pub lost: Option<Vec<String>>,
    /// How many pulls succeeded.
    pub pulls: Option<u64>,
    /// How many pulls failed.
    pub failed_pulls: Option<u64>,
    /// Whether a conflict was reported.
    pub conflict: Option<bool>,
    /// Whether a conflict goes on at the end.
    pub conflict_at_end: Option<bool>,
    /// Whether a node came back to a content that it had left.
    pub flapping: Option<bool>,
    /// Texts of which each is part of a line of a log.
    pub log: Vec<String>,
    /// Texts that are part of no line.
    pub no_log: Vec<String>,
}

impl Scenario {
    /// Nodes `proxysql-0:6032` and so on, of version 2.7, all of them peers, on a good network, for a minute.
    pub fn new(title: impl Into<String>, nodes: usize) -> Self {
        let node = |index: usize| NodeSpec {
            members: (0..nodes).collect(),
            ..NodeSpec::new(format!("proxysql-{index}:6032"))
        };
        Scenario {
            title: title.into(),
            seed: 1,
            start: 1_700_000_000,
            duration: 60_000,
            nodes: (0..nodes).map(node).collect(),
            link: Link::default(),
            links: Vec::new(),
            actions: Vec::new(),
            expect: Vec::new(),
            log_limit: 100_000,
        }
    }

    /// Adds something that happens.
    pub fn at(&mut self, time: Millis, action: Action) -> &mut Self {
        self.actions.push((time, action));
        self
    }
}

impl NodeSpec {
    /// A node of version 2.7 that starts at once, knows nobody, and has a disk.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        NodeSpec {
            name: name.into(),
            version: Version::V2_7.version_string().into(),
            starts: Some(0),
            clock: 0,
            members: Vec::new(),
            settings: BTreeMap::new(),
            contents: BTreeMap::new(),
            has_disk: true,
        }
    }
}

impl Content {
    /// A content by its name; the checksum follows from module and name.
    pub fn named(module: &str, label: &str) -> Self {
        let hash = match label {
            "" => 0,
            label => spooky::hash128(format!("{module} {label}").as_bytes(), 19, 3).0,
        };
        Content { label: label.into(), checksum: Checksum::from_hash(hash) }
    }
}

/// Half a millisecond each way, and nothing is lost.
impl Default for Link {
    fn default() -> Self {
        Link { delay_us: 500, jitter_us: 100, loss: 0 }
    }
}

impl Link {
    /// The same with another delay, in microseconds one way.
    #[must_use]
    pub fn delay_us(mut self, delay: u32) -> Self {
        self.delay_us = delay;
        self
    }

    /// The same with another jitter, in microseconds.
    #[must_use]
    pub fn jitter_us(mut self, jitter: u32) -> Self {
        self.jitter_us = jitter;
        self
    }

    /// The same with other losses: how many of a million queries break their connection.
    #[must_use]
    pub fn loss(mut self, per_million: u32) -> Self {
        self.loss = per_million;
        self
    }
}

impl Action {
    /// An operator loads a content on a node, and saves it.
    pub fn load(node: usize, module: &str, label: &str) -> Self {
        let content = Some(Content::named(module, label));
        Action::Load { node, module: module.into(), content, save: true }
    }

    /// The node it happens on, if it is one.
    pub fn node(&self) -> Option<usize> {
        match self {
            Action::Load { node, .. }
            | Action::Set { node, .. }
            | Action::Members { node, .. }
            | Action::Stop { node, .. }
            | Action::Start { node }
            | Action::Dns { node, .. }
            | Action::Clock { node, .. } => Some(*node),
            Action::Split { .. } | Action::Heal => None,
        }
    }
}

/// In a few words, without the node.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsaved = |save: &bool| if *save { "" } else { ", not saved" };
        match self {
            Action::Load { module, content: Some(content), save, .. } => {
                write!(f, "load {module} `{}`{}", content.label, unsaved(save))
            }
            Action::Load { module, save, .. } => write!(f, "load {module} again{}", unsaved(save)),
            Action::Set { settings, save, .. } => {
                f.write_str("set")?;
                for (name, value) in settings {
                    write!(f, " {name}={value}")?;
                }
                f.write_str(unsaved(save))
            }
            Action::Members { members, save, .. } => {
                let noun = if members.len() == 1 { "peer" } else { "peers" };
                write!(f, "load proxysql_servers with {} {noun}{}", members.len(), unsaved(save))
            }
            Action::Stop { loses_disk: true, .. } => f.write_str("stop, the disk is gone"),
            Action::Stop { .. } => f.write_str("stop"),
            Action::Start { .. } => f.write_str("start"),
            Action::Split { groups } => write!(f, "the network falls into {} parts", groups.len()),
            Action::Heal => f.write_str("the network is whole"),
            Action::Dns { to: None, .. } => f.write_str("the name does not resolve"),
            Action::Dns { node, to: Some(to), .. } if node == to => f.write_str("the name resolves"),
            Action::Dns { .. } => f.write_str("the name leads elsewhere"),
            Action::Clock { ahead, .. } => write!(f, "the clock is {ahead} ms ahead"),
        }
    }
}
