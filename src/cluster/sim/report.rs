//! What came of a run.

use std::fmt;
use std::sync::Arc;

use super::scenario::Millis;
use crate::config::Level;
use crate::hash::Checksum;

/// What came of a run: who held what and when, who won, and whether it is as expected. Its `Display` is for a
/// terminal; with serde it is JSON; [`Report::svg`] is a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report {
    /// The scenario's title.
    pub title: String,
    /// Where the random numbers began.
    pub seed: u64,
    /// The wall clock at the beginning: seconds since 1970.
    pub start: u64,
    /// How long it lasted, in milliseconds; so are all times here.
    pub duration: Millis,
    /// The nodes.
    pub nodes: Vec<NodeRun>,
    /// The modules, by name.
    pub modules: Vec<ModuleRun>,
    /// What happened, in order of time.
    pub marks: Vec<Mark>,
    /// What the nodes logged, in order of time.
    pub log: Vec<Logged>,
    /// How many lines and marks were too many to be kept.
    pub dropped: u64,
    /// How many checks of a peer there were.
    pub checks: u64,
    /// What was expected, and whether it holds.
    pub expectations: Vec<Checked>,
}

/// A node in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NodeRun {
    /// `HOST:PORT`.
    pub name: Arc<str>,
    /// Its version string.
    pub version: Arc<str>,
    /// When it was up, from and to.
    pub up: Vec<(Millis, Millis)>,
}

/// One module in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModuleRun {
    /// The name in `runtime_checksums_values`.
    pub name: &'static str,
    /// The contents that any node held, in the order in which they came up.
    pub contents: Vec<ContentRun>,
    /// What each node held, by node; no two in a row are the same.
    pub held: Vec<Vec<Held>>,
    /// Whether all nodes that are up at the end hold the same.
    pub converged: bool,
    /// Since when they do.
    pub converged_at: Option<Millis>,
    /// How long that was after the last thing that happened.
    pub settled_after: Option<Millis>,
    /// What they hold.
    pub winner: Option<Arc<str>>,
    /// What some node held, and none does at the end.
    pub lost: Vec<Arc<str>>,
    /// How many pulls succeeded.
    pub pulls: u64,
    /// How many pulls failed.
    pub failed_pulls: u64,
    /// How many lines reported a conflict.
    pub conflicts: u64,
    /// Whether the conflict goes on: there was one, and the nodes differ.
    pub conflict_at_end: bool,
    /// How often a pull brought a node back to a content that it had left.
    pub flaps: u64,
}

/// A content in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContentRun {
    /// Its name.
    pub label: Arc<str>,
    /// Its checksum.
    #[cfg_attr(feature = "serde", serde(serialize_with = "checksum_text"))]
    pub checksum: Checksum,
}

#[cfg(feature = "serde")]
fn checksum_text<S: serde::Serializer>(checksum: &Checksum, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(checksum)
}

#[cfg(feature = "serde")]
// serde hands a reference to the field.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn level_text<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(level)
}

/// For how long a node held a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Held {
    /// From.
    pub from: Millis,
    /// To.
    pub to: Millis,
    /// The content, by its place in [`ModuleRun::contents`].
    pub content: usize,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Mark {
    /// When.
    pub at: Millis,
    /// Where: a node by its place; `None` for the network.
    pub node: Option<usize>,
    /// The module it is about.
    pub module: Option<&'static str>,
    /// What.
    pub kind: MarkKind,
    /// In a few words.
    pub text: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum MarkKind {
    /// A node started.
    Start,
    /// A node stopped.
    Stop,
    /// An operator loaded something.
    Load,
    /// A pull succeeded.
    Pull {
        /// The node it came from, by its place.
        from: usize,
    },
    /// A pull failed.
    FailedPull,
    /// A conflict was reported for the first time in a row.
    Conflict,
    /// The network fell apart.
    Split,
    /// The network is whole again.
    Heal,
    /// A name, a clock or a setting changed.
    Change,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Logged {
    /// When.
    pub at: Millis,
    /// On which node, by its place.
    pub node: usize,
    /// The node's own clock: seconds since 1970.
    pub clock: u64,
    /// The level, as it stands in brackets.
    #[cfg_attr(feature = "serde", serde(serialize_with = "level_text"))]
    pub level: Level,
    /// The line behind the level.
    pub text: String,
}

/// An expectation, and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Checked {
    /// What is expected, of which module: `mysql_users: winner = "v2"`.
    pub what: String,
    /// Whether it holds.
    pub holds: bool,
    /// What is, where it does not.
    pub actual: String,
}

impl Report {
    /// One of the modules by name.
    pub fn module(&self, name: &str) -> Option<&ModuleRun> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// Whether everything is as expected; so it is where nothing is.
    pub fn is_as_expected(&self) -> bool {
        self.expectations.iter().all(|expectation| expectation.holds)
    }

    /// The log of one node, as the server writes it, with the times of its own clock. (Places in ProxySQL's
    /// sources, which stand in warnings and errors, are left out.)
    pub fn log_of(&self, node: usize) -> impl Iterator<Item = String> + '_ {
        self.log.iter().filter(move |line| line.node == node).map(Logged::to_string)
    }
}

impl ModuleRun {
    /// Whether there is anything to tell: some node held something else than another one, or than before.
    pub fn is_eventful(&self) -> bool {
        self.contents.len() > 1 || self.pulls + self.failed_pulls + self.conflicts > 0
    }
}

/// The line as the server writes it.
impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}] {}", crate::cluster::Date(self.clock), self.level, self.text)
    }
}
